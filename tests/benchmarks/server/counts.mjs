// counts.mjs PROGRAMS RESULTS: what does not depend on what else the machine does, for each server in C++: user instructions
// (callgrind) and system calls (strace) of a message that is relayed and answered. Both count two runs, of which one is
// longer: what the start takes is in both. Prints a table and writes RESULTS/server-counts.json.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [programs, results] = process.argv.slice(2);
const program = (name) => join(programs, `flexcrm_benchmark_${name}`);
const servers = ['flexcrm', 'beast', 'uwebsockets', 'websocketpp'].filter((name) => existsSync(program(name)));
const directory = mkdtempSync(join(tmpdir(), 'flexcrm-counts-'));
const [few, many] = [1000, 5000];

async function run(name, tool, args, messages, depth) {
  const server = spawn(tool, [...args, program(name)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(server, 'exit');
  const [port] = await once(createInterface(server.stdout), 'line');
  // The tool's process is the server's under callgrind, and its parent under strace.
  const child = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ')[0];
  const pid = child === '' ? server.pid : Number(child);
  try {
    const load = spawnSync(program('generator'), ['--port', port, '--pid', String(pid), ...(name === 'flexcrm' ? [] : ['--raw']),
      '--mode', 'relay', '--pairs', '16', '--depth', String(depth), '--messages', String(messages)], { encoding: 'utf8', timeout: 180_000 });
    if (load.status !== 0) throw new Error(`${name}: ${load.stderr || load.error}`);
  } finally {
    process.kill(pid, 'SIGTERM');
    await gone;
  }
}

async function instructions(name, messages, depth) {
  const file = join(directory, 'callgrind.out');
  await run(name, 'valgrind', ['--tool=callgrind', '-q', `--callgrind-out-file=${file}`], messages, depth);
  return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(file, 'utf8'))[1]);
}

async function systemCalls(name, messages, depth) {
  const file = join(directory, 'strace.out');
  await run(name, 'strace', ['-f', '-c', '-o', file], messages, depth);
  return Number(/^\S+\s+\S+\s+\S+\s+(\d+)\s.*total$/m.exec(readFileSync(file, 'utf8'))[1]);
}

const report = {};
try {
  for (const depth of [1, 16]) {
    for (const name of servers) {
      const of = async (count) => (await count(name, many, depth) - await count(name, few, depth)) / (many - few);
      report[`${name}, ${depth} in flight`] = { instructions: Math.round(await of(instructions)), systemCalls: Number((await of(systemCalls)).toFixed(2)) };
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}
writeFileSync(join(results, 'server-counts.json'), JSON.stringify(report, null, 1) + '\n');
console.log('| relay, 16 pairs | user instructions | system calls |\n|---|---|---|');
for (const [name, { instructions: count, systemCalls: calls }] of Object.entries(report)) console.log(`| ${name} | ${count.toLocaleString('en')} | ${calls} |`);
