// round.mjs PROGRAMS ROUND: each server on core 0, the generator on core 1. Writes what the generator told, as JSON.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { cases } from './cases.mjs';

const [programs, round] = process.argv.slice(2);
const program = (name) => join(programs, `flexcrm_benchmark_${name}`);
const pinned = (cores, command) => ['taskset', ['-c', String(cores), ...command]];

const servers = [
  { name: 'flexcrm', command: [program('flexcrm')], speaks: true },
  { name: 'Beast', command: [program('beast')] },
  { name: 'uWebSockets', command: [program('uwebsockets')] },
  { name: 'websocketpp', command: [program('websocketpp')] },
  { name: 'Node ws', command: [process.execPath, fileURLToPath(new URL('node.js', import.meta.url))] },
].filter(({ command }) => command.every((path) => existsSync(path)));

async function measure({ name, command, speaks }, args, cores = ['0', '1'], threads = 1) {
  // With a handler for events the hub relays all the same.
  const server = spawn(...pinned(cores[0], [...command, ...(speaks && args.includes('event') ? ['event', String(threads)] : [])]),
    { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface(server.stdout), 'line');
    const run = spawnSync(...pinned(cores[1], [program('generator'), '--port', port, '--pid', String(server.pid),
      ...(speaks ? [] : ['--raw']), ...args]), { encoding: 'utf8', timeout: 180_000 });
    if (run.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${run.stderr || run.error}`);
    return JSON.parse(run.stdout);
  } finally {
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }
}

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
  results['two threads'][threads] = await measure(servers[0], event, ['0,1', '0,1'], threads);
}
console.log(JSON.stringify(results, null, 1));
