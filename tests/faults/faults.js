// Agents at work while everything between and under them breaks: real processes, a proxy in between, seeded faults. Ends
// with the judge's verdicts.
//
//   node faults.js [--faults 60] [--agents 4] [--seed N] [--keep FOLDER] [--minutes N]
//
// With --minutes it goes on for so long, the server is not killed, and what it has of the machine must not grow.
// The seed fixes what is done and which faults are planned; when the machine runs which process it cannot fix.
import { parseArgs } from 'node:util';
import { Desk, sleep } from './desk.js';
import { judge, tally } from './judge.js';
import { freePort, startCrm } from './programs.js';
import { Random, anySeed } from './random.js';
import { Soak } from './soak.js';
import { Workplace } from './workplace.js';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '60' }, agents: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(anySeed()) }, keep: { type: 'string' }, minutes: { type: 'string', default: '0' },
  },
});
const soakMs = Number(values.minutes) * 60000;
const wanted = Number(values.faults);
const random = new Random(Number(values.seed));
const place = new Workplace('faults', values);
console.log(`faults: seed ${values.seed}, ${soakMs > 0 ? `${values.minutes} minutes` : `${wanted} faults`}, ${values.agents} agents`);

/** Half open connections are noticed by this. */
const idleMs = 1500;
const pagesPerAgent = 2;
/** In place of so many of the faults a process is killed. */
const killShare = 0.04;
const stuckMs = 60000;

const struck = new Map();
let faults = 0;
let lastFault = Date.now();
let ending = false;

/** @param {string} kind */
function count(kind) {
  struck.set(kind, (struck.get(kind) ?? 0) + 1);
  lastFault = Date.now();
  faults++;
}

/** What shall happen to the next connection: perhaps something it survives, and something that it does not. @param {Random} random */
function planned(random) {
  const direction = () => random.of(['up', 'down']);
  // Within a frame, or between two of them when nothing is said.
  const when = () => ({ after: random.between(0, 8000), afterMs: random.between(0, 2000) });
  const nuisances = [
    () => ({ kind: 'stall', direction: direction(), ms: random.between(20, random.chance(0.1) ? 2500 : 400), ...when() }),
    () => ({ kind: 'delay', direction: direction(), ms: random.between(1, 30), ...when() }),
    () => ({ kind: 'trickle', direction: direction(), bytes: random.between(20, 500), ...when() }),
  ];
  const ends = ['cut', 'cut', 'cut', 'reset', 'reset', 'reset', 'halfOpen'];
  return /** @type {import('./proxy.js').Fault[]} */ ([
    ...(random.chance(0.5) ? [random.of(nuisances)()] : []),
    { kind: random.of(ends), direction: direction(), ...when() },
  ]);
}

/** Calls come in, are taken and end; people click on numbers. @param {Desk} desk @param {Random} random */
async function work(desk, random) {
  const pause = (/** @type {number} */ most) => sleep(random.between(0, most));
  for (let call = 0; !ending; call++) {
    const number = `+346${String(call).padStart(8, '0')}`;
    await pause(60);
    if (random.chance(0.5)) {
      for (const command of [`inbound ${number}`, 'accept', ...random.of([[], ['deselect'], ['deselect', 'select']]), 'complete']) {
        desk.write(command);
        await pause(random.chance(0.3) ? 200 : 5);
      }
    } else {
      const pages = desk.pages.slice(0, random.between(1, pagesPerAgent));
      // A page lets nobody click while it knows that Flex is away; a fast finger is faster.
      const blind = random.chance(0.2);
      for (const limit = Date.now() + 1000; !blind && !ending && !pages.every(({ flex }) => flex) && Date.now() < limit;) await sleep(10);
      const dials = pages.map((page) => page.dial(number, random.between(1000, 3000)));
      // An impatient person does something else meanwhile.
      await Promise.race([Promise.all(dials), pause(1500)]);
      desk.write('complete');
    }
  }
}

const agents = Array.from({ length: Number(values.agents) }, (_, i) => `agent-${i}`);
const port = await freePort();
const proxies = await Promise.all(agents.map(() => Desk.proxies(port)));
proxies.flatMap(({ flex, pages }) => [flex, pages]).forEach((proxy, i) => {
  const plans = random.branch(i);
  proxy.plan = () => planned(plans);
  proxy.onFault = count;
});
const start = () => startCrm({ port, folder: place.folder, agents, proxies, idleMs, onCrash: place.fail });
let crm = await start();
const desks = agents.map((agent, i) => new Desk(agent, place.folder, proxies[i]));
desks.forEach((desk, i) => {
  for (let page = 0; page < pagesPerAgent; page++) {
    const waits = random.branch(1000 + 10 * i + page);
    desk.openPage(() => waits.fraction());
  }
});

/** Processes die too, one at a time. @param {Random} random */
async function kill(random) {
  for (let due = random.between(1, 2 / killShare); !ending; await sleep(20)) {
    if (faults < due) continue;
    due = faults + random.between(1, 2 / killShare);
    if (soakMs === 0 && random.chance(0.25)) {
      await crm.kill();
      // Nothing of the old process may still be under way when the new one begins.
      for (const { flex, pages } of proxies) [flex, pages].forEach((proxy) => proxy.cutAll());
      crm = await start();
      count('kill crm');
    } else {
      await random.of(desks).killFlex();
      count('kill flex');
    }
  }
}

const working = [...desks.map((desk, i) => work(desk, random.branch(2000 + i))), kill(random.branch(3000))];
const soak = new Soak(soakMs);
while ((soak.lasts || faults < wanted) && !place.failed) {
  await sleep(20);
  soak.look(crm);
  if (Date.now() - lastFault > stuckMs) place.fail(`no fault for ${stuckMs} ms`);
  for (const { failures } of desks) failures.splice(0).forEach(place.fail);
}
ending = true;
await Promise.all(working);
const stormy = place.seconds();
for (const { flex, pages } of proxies) [flex, pages].forEach((proxy) => proxy.calm());
if (!place.failed) await Promise.all(desks.map((desk) => desk.settle()));
for (const { failures } of desks) failures.splice(0).forEach(place.fail);

soak.judge(place.fail);
const cases = desks.map((desk) => desk.case(place.server()));
place.find(cases.flatMap(judge), cases);
console.log(`faults: ${faults} in ${stormy} s: ${[...struck].sort().map(([kind, times]) => `${kind} ${times}`).join(', ')}`);
console.log(`faults: ${Object.entries(tally(cases)).map(([what, times]) => `${what} ${times}`).join(', ')}`);
await Promise.all(desks.map((desk) => desk.stop()));
await crm.stop();
place.leave();
