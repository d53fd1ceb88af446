// round.mjs PROGRAM: two nodes in one process and in memory, then as two processes over a nats-server. Writes JSON: for each number
// of agents the times that the asking node saw, and the CPU of everybody for one message, in µs.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Program } from '../../support/program.mjs';

const [program] = process.argv.slice(2);
const conf = fileURLToPath(new URL('../../../examples/crm/nats.conf', import.meta.url));
const counts = [1000, 10000, 100000];
const requests = 20000;
const oneByOne = 5000;
const depth = 64;
const news = 20000;
const newsRate = 5000;
const ticksPerSecond = 100;

const say = async (node, line) => {
  node.write(line);
  return JSON.parse(`{${await node.line('{')}`);
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a process has used of the processor, µs. */
function cpu({ pid }) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 1e6 / ticksPerSecond;
}

/** CPU for one of `count` messages, by name of process. */
async function perMessage(processes, count, work) {
  const before = Object.fromEntries(Object.entries(processes).map(([name, each]) => [name, cpu(each)]));
  const found = await work();
  const used = Object.fromEntries(Object.entries(processes).map(([name, each]) => [name, (cpu(each) - before[name]) / count]));
  return { ...found, perSecond: count / found.seconds, cpu: used };
}

async function measure(asker, owner, processes) {
  await say(asker, 'requests 2000 16');
  const one = await perMessage(processes, oneByOne, () => say(asker, `requests ${oneByOne} 1`));
  const many = await perMessage(processes, requests, () => say(asker, `requests ${requests} ${depth}`));
  await say(asker, 'watch');
  const told = await perMessage(processes, news, async () => {
    owner.write(`announce ${news} ${newsRate}`);
    if (owner !== asker) return say(asker, `news ${news}`);
    await owner.line('{');
    return say(asker, `news ${news}`);
  });
  return { one, many, news: told };
}

async function inMemory(agents) {
  const both = new Program(program, ['memory', '-', String(agents)]);
  try {
    await say(both, 'own');
    return await measure(both, both, { both });
  } finally {
    await both.kill();
  }
}

async function overNats(agents) {
  const broker = new Program('nats-server', ['-c', conf, '-a', '127.0.0.1', '-p', '-1', '-T=false'], { PATH: `${process.env.PATH}:/usr/sbin` });
  const started = [broker];
  try {
    const listening = new Promise((resolve) => {
      broker.onLine = (line) => /client connections on 127\.0\.0\.1:\d+/.test(line) && resolve(line.replace(/^.*:/, ''));
    });
    const url = `nats://127.0.0.1:${await listening}`;
    const [owner, asker] = ['owner', 'asker'].map((role) => new Program(program, [role, url, String(agents)]));
    started.push(owner, asker);
    const before = { broker: broker.usage().kibibytes, owner: owner.usage().kibibytes };
    await say(owner, 'own');
    await say(asker, 'find');
    // An owner says its word once more after a second.
    await pause(3000 + agents / 20);
    const memory = Object.fromEntries(Object.entries({ broker, owner }).map(([name, each]) =>
      [name, (each.usage().kibibytes - before[name]) / agents]));
    return { ...await measure(asker, owner, { broker, owner, asker }), kibibytesPerAgent: memory };
  } finally {
    await Promise.all(started.map((each) => each.kill()));
  }
}

const results = { memory: {}, nats: {} };
results.memory[counts[0]] = await inMemory(counts[0]);
for (const agents of counts) results.nats[agents] = await overNats(agents);
console.log(JSON.stringify(results, null, 1));
