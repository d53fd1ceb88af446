// report.mjs RESULTS: prints what the rounds found, medians with the least and the most, and writes RESULTS/nodes.json.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spread } from '../spread.mjs';

const [directory] = process.argv.slice(2);
const rounds = readdirSync(directory).filter((name) => /^nodes-\d+\.json$/.test(name))
  .map((name) => JSON.parse(readFileSync(join(directory, name), 'utf8')));

const counts = Object.keys(rounds[0].nats);
const columns = [['in memory', (round) => round.memory[counts[0]]],
  ...counts.map((agents) => [`NATS, ${Number(agents).toLocaleString('en')} agents`, (round) => round.nats[agents]])];
const rows = [
  ['request, one at a time: median, µs', 0, ({ one }) => one.p50],
  ['request, 64 at once: a second', 0, ({ many }) => many.perSecond],
  ...['owner', 'asker', 'broker'].map((who) => [`its CPU, µs: ${who}`, 1, ({ many }) => many.cpu[who]]),
  ['its CPU, µs: all', 1, ({ many }) => Object.values(many.cpu).reduce((sum, each) => sum + each)],
  ...['owner', 'asker', 'broker'].map((who) => [`news, 5,000 a second, CPU, µs: ${who}`, 1, ({ news }) => news.cpu[who]]),
  ['its CPU, µs: all', 1, ({ news }) => Object.values(news.cpu).reduce((sum, each) => sum + each)],
  ...['owner', 'broker'].map((who) => [`memory of an agent, KiB: ${who}`, 2, ({ kibibytesPerAgent }) => kibibytesPerAgent?.[who]]),
];

const number = (value, digits) => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const report = [];
console.log(`| frames of 1 KB | ${columns.map(([name]) => name).join(' | ')} |\n|${'---|'.repeat(columns.length + 1)}`);
for (const [name, digits, read] of rows) {
  const cells = columns.map(([column, part]) => {
    const values = rounds.map((round) => read(part(round))).filter((value) => value !== undefined);
    if (values.length === 0) return '–';
    const { median, least, most } = spread(values);
    report.push({ name, column, median, least, most });
    return `${number(median, digits)} (${number(least, digits)}–${number(most, digits)})`;
  });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
writeFileSync(join(directory, 'nodes.json'), JSON.stringify({ rounds: rounds.length, report }, null, 1) + '\n');
