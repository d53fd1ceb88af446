// report.mjs RESULTS IMAGES: prints what the rounds found, writes RESULTS/server.json and draws IMAGES/performance-server.svg.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { chart } from '../chart.mjs';
import { spread } from '../spread.mjs';
import { cases } from './cases.mjs';

const [directory, images] = process.argv.slice(2);
const rounds = readdirSync(directory).filter((name) => /^server-\d+\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));

const groups = [];
const report = {};
const names = Object.keys(rounds[0][cases[0].name]);
console.log(`| | ${names.join(' | ')} |\n|${'---|'.repeat(names.length + 1)}`);
for (const { name, key, same } of cases) {
  const here = rounds.filter((round) => round[same ?? name]);
  if (here.length === 0) continue;
  const unit = key.endsWith('_us') ? 'µs' : 'KiB';
  report[name] = Object.fromEntries(names.map((server) => {
    const values = here.map((round) => round[same ?? name][server][key]);
    const { median: ratio, least, most } = spread(here.map((round, i) => values[i] / round[same ?? name].Beast[key]));
    return [server, { unit, value: spread(values).median, ratio, least, most }];
  }));
  const cells = Object.values(report[name]).map(({ value, ratio, least, most }) =>
    `${value.toFixed(1)} (${ratio.toFixed(2)}; ${least.toFixed(2)}–${most.toFixed(2)})`);
  console.log(`| ${name}, ${unit} | ${cells.join(' | ')} |`);
  groups.push({ title: `${name}: ${key === 'p50_us' ? 'median latency' : unit === 'µs' ? 'CPU' : 'memory'}, against Beast`,
    bars: Object.entries(report[name]).map(([server, { ratio, least, most }]) =>
      ({ label: server, value: ratio, least, most, ours: server === 'flexcrm' })) });
}
const threads = rounds.map((round) => round['two threads']).filter(Boolean);
const { median: ratio, least, most } = spread(threads.map((found) => found['2'].cpu_us / found['1'].cpu_us));
report['two threads'] = { ratio, least, most };
console.log(`\nTwo servers on one port, a thread each: ${ratio.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)}) of the CPU that one takes for a message.`);
writeFileSync(join(directory, 'server.json'), JSON.stringify({ rounds: rounds.length, report }, null, 1) + '\n');
writeFileSync(join(images, 'performance-server.svg'), chart({ title: 'One server beside others (less is better)', groups }));
