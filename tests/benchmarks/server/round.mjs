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
const pinned = (core, command) => ['taskset', ['-c', String(core), ...command]];

const servers = [
  { name: 'flexcrm', command: [program('flexcrm')], speaks: true },
  { name: 'Beast', command: [program('beast')] },
  { name: 'websocketpp', command: [program('websocketpp')] },
  { name: 'Node ws', command: [process.execPath, fileURLToPath(new URL('node.js', import.meta.url))] },
].filter(({ command }) => command.every((path) => existsSync(path)));

async function measure({ name, command, speaks }, args) {
  // With a handler for events the hub relays all the same.
  const server = spawn(...pinned(0, [...command, ...(speaks && args.includes('event') ? ['event'] : [])]),
    { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [port] = await once(createInterface(server.stdout), 'line');
    const run = spawnSync(...pinned(1, [program('generator'), '--port', port, '--pid', String(server.pid),
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
for (const { name, args, once: justOnce } of cases) {
  if (justOnce && round !== '1') continue;
  results[name] = {};
  for (const server of round % 2 ? servers : [...servers].reverse()) results[name][server.name] = await measure(server, args);
}
console.log(JSON.stringify(results, null, 1));
