// report.mjs RESULTS IMAGES: prints what the rounds found, as ratios to boost::json::parse in the same round, writes
// RESULTS/codec.json and draws IMAGES/performance-codec.svg.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart } from '../chart.mjs';
import { spread } from '../spread.mjs';

const [results, images] = process.argv.slice(2);
const read = (name) => JSON.parse(readFileSync(join(results, name), 'utf8'));
const factors = { ns: 1, us: 1e3, ms: 1e6 };

const rounds = new Map();
for (const name of readdirSync(results)) {
  const round = /^codec-(?:node-)?(\d+)\.json$/.exec(name)?.[1];
  if (!round) continue;
  const times = rounds.get(round) ?? new Map();
  rounds.set(round, times);
  for (const { name: operation, cpu_time, time_unit } of read(name).benchmarks) times.set(operation, cpu_time * factors[time_unit]);
}

const { made, figures } = read('codec-instructions.json');
const report = {};
const measured = new Set([...rounds.values()].flatMap((times) => [...times.keys()]));
// The rounds are in random order, the figures are not; what only the rounds have, Node, comes behind.
const documents = [...new Set(Object.keys(figures).map((name) => name.split('|')[0]))];
const order = [...Object.keys(figures), ...measured].filter((name) => measured.has(name));
order.sort((a, b) => documents.indexOf(a.split('|')[0]) - documents.indexOf(b.split('|')[0]));
for (const operation of new Set(order)) {
  const reference = `${operation.split('|')[0]}|Boost.JSON|parse`;
  const all = [...rounds.values()];
  const { median: ratio, least, most } = spread(all.map((times) => times.get(operation) / times.get(reference)));
  report[operation] = {
    nanoseconds: spread(all.map((times) => times.get(operation))).median,
    ratio, least, most,
    instructions: figures[operation]?.instructions, instructionRatio: figures[operation]?.ratio,
    allocations: figures[operation]?.allocations,
  };
}
writeFileSync(join(results, 'codec.json'), JSON.stringify({ made, rounds: rounds.size, report }, null, 1) + '\n');

const two = (value) => value.toFixed(2);
let document;
for (const [operation, found] of Object.entries(report)) {
  const [where, library, name] = operation.split('|');
  if (where !== document) console.log(`\n**${document = where}**\n\n| | time | instructions | ratio | allocations |\n|---|---|---|---|---|`);
  console.log(`| ${library} ${name} | ${two(found.ratio)} (${two(found.least)}–${two(found.most)}) | ${
    found.instructions === undefined ? '– | –' : `${found.instructions} | ${found.instructionRatio.toFixed(3)}`} | ${found.allocations ?? '–'} |`);
}

const bars = (names) => names.filter((name) => report[`TaskSelected 1.3 KB|${name}`]).map((name) => {
  const { ratio, least, most } = report[`TaskSelected 1.3 KB|${name}`];
  return { label: name.replace('|', ' '), value: ratio, least, most, ours: name.startsWith('flexcrm') };
});
writeFileSync(join(images, 'performance-codec.svg'), chart({
  title: 'A TaskSelected of 1.3 KB: time as a ratio to boost::json::parse',
  groups: [
    { title: 'read', bars: bars(['flexcrm|decode, memory reused', 'flexcrm|decode', 'simdjson|parse (reused parser)', 'Boost.JSON|validate only',
      'Boost.JSON|parse', 'Boost.JSON|parse + duplicate keys', 'RapidJSON|parse', 'nlohmann|parse', 'Node|JSON.parse']) },
    { title: 'write', bars: bars(['flexcrm|encode, memory reused', 'flexcrm|encode', 'Boost.JSON|serialize', 'simdjson|minify', 'RapidJSON|write',
      'nlohmann|dump', 'Node|JSON.stringify']) },
  ],
}));
