// counts.mjs PROGRAMS RESULTS: what does not depend on what else the machine does, for each server in C++: user instructions
// (callgrind) and system calls (strace) of a message that is relayed and answered. Both count two runs, of which one is
// longer: what the start takes is in both. Prints a table and writes RESULTS/server-counts.json.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loaded, serversIn } from './loaded.mjs';

const [programs, results] = process.argv.slice(2);
const servers = serversIn(programs).filter(({ name }) => !name.startsWith('Node'));
const directory = mkdtempSync(join(tmpdir(), 'flexcrm-counts-'));
const [few, many] = [1000, 5000];

const run = (server, tool, messages, depth, pidOf) => loaded(server,
  ['--mode', 'relay', '--pairs', '16', '--depth', String(depth), '--messages', String(messages)], { tool, pidOf });

async function instructions(server, messages, depth) {
  const file = join(directory, 'callgrind.out');
  await run(server, ['valgrind', '--tool=callgrind', '-q', `--callgrind-out-file=${file}`], messages, depth);
  return Number(/^(?:summary|totals): (\d+)/m.exec(readFileSync(file, 'utf8'))[1]);
}

async function systemCalls(server, messages, depth) {
  const file = join(directory, 'strace.out');
  const childOf = (strace) => Number(readFileSync(`/proc/${strace}/task/${strace}/children`, 'utf8').trim().split(' ')[0]);
  await run(server, ['strace', '-f', '-c', '-o', file], messages, depth, childOf);
  return Number(/^\S+\s+\S+\s+\S+\s+(\d+)\s.*total$/m.exec(readFileSync(file, 'utf8'))[1]);
}

const report = {};
try {
  for (const depth of [1, 16]) {
    for (const server of servers) {
      const of = async (count) => (await count(server, many, depth) - await count(server, few, depth)) / (many - few);
      report[`${server.name}, ${depth} in flight`] = { instructions: Math.round(await of(instructions)), systemCalls: Number((await of(systemCalls)).toFixed(2)) };
    }
  }
} finally {
  rmSync(directory, { recursive: true });
}
writeFileSync(join(results, 'server-counts.json'), JSON.stringify(report, null, 1) + '\n');
console.log('| relay, 16 pairs | user instructions | system calls |\n|---|---|---|');
for (const [name, { instructions: count, systemCalls: calls }] of Object.entries(report)) console.log(`| ${name} | ${count.toLocaleString('en')} | ${calls} |`);
