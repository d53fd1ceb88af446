// report.mjs RESULTS [IMAGES]: prints the tables of docs/performance.md and draws the chart.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { chart } from '../chart.mjs';
import { cases } from './cases.mjs';

const [directory, images] = process.argv.slice(2);
const rounds = readdirSync(directory).filter((name) => /^server-\d+\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};

const groups = [];
const names = Object.keys(rounds[0][cases[0].name]);
console.log(`| | ${names.join(' | ')} |\n|${'---|'.repeat(names.length + 1)}`);
for (const { name, key } of cases) {
  const here = rounds.filter((round) => round[name]);
  if (here.length === 0) continue;
  const of = (server) => here.map((round) => round[name][server][key]);
  const unit = key.endsWith('_us') ? 'µs' : 'KiB';
  const cells = names.map((server) => {
    const ratios = of(server).map((value, round) => value / of('Beast')[round]);
    return `${median(of(server)).toFixed(1)} (${median(ratios).toFixed(2)}; ${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
  });
  console.log(`| ${name}, ${unit} | ${cells.join(' | ')} |`);
  groups.push({ title: `${name}: ${key === 'p50_us' ? 'median latency' : unit === 'µs' ? 'CPU' : 'memory'}, against Beast`,
    bars: names.map((server) => {
      const ratios = of(server).map((value, round) => value / of('Beast')[round]);
      return { label: server, value: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios), ours: server === 'flexcrm' };
    }) });
}
if (images) writeFileSync(join(images, 'performance-server.svg'), chart({ title: 'One server beside others (less is better)', groups }));
