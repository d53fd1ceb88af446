// One short session, again and again: connect, a click, a call that comes in and ends. Each time one connection is cut
// after another byte, of either direction; the journals are judged each time.
//
//   node every_byte.js [--step 1] [--slots 8] [--seed N] [--keep FOLDER]
//
// `--step 97` tries every 97th byte, from one that the seed chooses.
import { parseArgs } from 'node:util';
import { Desk } from './desk.js';
import { judge } from './judge.js';
import { freePort, startCrm } from './programs.js';
import { Random, anySeed } from './random.js';
import { Workplace } from './workplace.js';

const { values } = parseArgs({
  options: {
    step: { type: 'string', default: '1' }, slots: { type: 'string', default: '8' },
    seed: { type: 'string', default: String(anySeed()) }, keep: { type: 'string' },
  },
});
const step = Number(values.step);
const random = new Random(Number(values.seed));
const place = new Workplace('every-byte', values);

/** @typedef {{link: 'flex' | 'pages', direction: 'up' | 'down', after: number}} Cut */

/** A session from its first byte to its last. @param {Desk} desk @param {Cut} [cut] */
async function session(desk, cut) {
  desk.begin(place.server());
  let struck = false;
  if (cut) {
    const proxy = desk.proxies[cut.link];
    /** @type {import('./proxy.js').Fault[]} */
    const faults = [{ kind: 'cut', direction: cut.direction, after: cut.after }];
    proxy.plan = () => faults.splice(0);
    proxy.onFault = () => { struck = true; };
  }
  const page = desk.openPage(() => random.fraction());
  desk.write('login');
  await desk.meet();
  await page.dial('+34600000017', 1000);
  desk.write('complete', 'inbound +34600000017', 'accept', 'complete');
  await desk.settle();
  if (report(desk, cut)) return struck;

  const given = desk.case(place.server());
  const findings = judge(given);
  if (findings.length > 0) place.fail(`${where(cut)}: the judge says`);
  place.find(findings, [given]);

  desk.write('accept', 'complete');
  await desk.answered();
  await desk.logout();
  page.stop();
  desk.pages.length = 0;
  const { flex, pages } = desk.proxies;
  await desk.until(() => flex.open === 0 && pages.open === 0, 'a connection does not close');
  report(desk, cut);
  return struck;
}

/** @param {Cut} [cut] */
function where(cut) {
  return cut ? `${cut.link} ${cut.direction}, cut after ${cut.after} bytes` : 'undisturbed';
}

/** @param {Desk} desk @param {Cut} [cut] @returns whether there was something to report */
function report({ failures }, cut) {
  failures.forEach((why) => place.fail(`${where(cut)}: ${why}`));
  return failures.length > 0;
}

const agents = Array.from({ length: Number(values.slots) }, (_, i) => `slot-${i}`);
const port = await freePort();
const proxies = await Promise.all(agents.map(() => Desk.proxies(port)));
const crm = await startCrm({ port, folder: place.folder, agents, proxies, idleMs: 10000, onCrash: place.fail });
const desks = agents.map((agent, i) => new Desk(agent, place.folder, proxies[i]));
await Promise.all(desks.map((desk) => desk.logout()));

// Once undisturbed, to learn how long it is.
await session(desks[0]);
const { flex, pages } = proxies[0];
const lengths = { flex: flex.carried, pages: pages.carried };
const cuts = (/** @type {const} */ (['flex', 'pages'])).flatMap((link) => (/** @type {const} */ (['up', 'down'])).flatMap((direction) =>
  Array.from({ length: lengths[link][direction] }, (_, after) => ({ link, direction, after }))));
const chosen = cuts.filter((_, i) => i % step === Number(values.seed) % step);
console.log(`every-byte: seed ${values.seed}, ${chosen.length} of ${cuts.length} bytes: ${Object.entries(lengths).map(([link, { up, down }]) => `${link} ${up} up and ${down} down`).join(', ')}`);

let struck = 0;
await Promise.all(desks.map(async (desk) => {
  for (let cut = chosen.shift(); cut && !place.failed; cut = chosen.shift()) {
    const was = await session(desk, cut);
    struck += Number(was);
  }
}));
console.log(`every-byte: ${struck} cuts`);
await Promise.all(desks.map((desk) => desk.stop()));
await crm.stop();
place.leave();
