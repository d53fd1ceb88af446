// round.mjs PROGRAMS ROUND: each server on core 0, the generator on core 1. Writes what the generator told, as JSON.

import { cases } from './cases.mjs';
import { loaded, serversIn } from './loaded.mjs';

const [programs, round] = process.argv.slice(2);
const servers = serversIn(programs);
const on = (cores) => ['taskset', '-c', cores];

// With a handler for events the hub relays all the same.
const measure = (server, args, serverCores = '0', generatorCores = '1', threads = 1) => loaded(server, args, {
  tool: on(serverCores), generatorTool: on(generatorCores),
  serverArgs: server.speaks && args.includes('event') ? ['event', String(threads)] : [],
});

const results = {};
for (const { name, args, once: justOnce, same } of cases) {
  if (same) continue;
  if (justOnce && round !== '1') continue;
  results[name] = {};
  for (const server of round % 2 ? servers : [...servers].reverse()) results[name][server.name] = await measure(server, args);
}
// One server and two on one port, with the same load on the same cores.
const event = ['--mode', 'event', '--depth', '16'];
results['two threads'] = {};
for (const threads of round % 2 ? [1, 2] : [2, 1]) {
  results['two threads'][threads] = await measure(servers[0], event, '0,1', '0,1', threads);
}
console.log(JSON.stringify(results, null, 1));
