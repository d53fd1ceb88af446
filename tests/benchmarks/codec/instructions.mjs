// instructions.mjs PROGRAM DIRECTORY [RESULT.json]   runs the program under callgrind, prints instructions per message
// instructions.mjs --check PROGRAM DIRECTORY         only our own, against the goals and the figures in instructions.json
// instructions.mjs --accept PROGRAM DIRECTORY        writes them there
//
// DIRECTORY takes callgrind's dumps. A figure may grow by 5 % without being noticed; another compiler or C library makes
// other figures, so that --check then only says so (exit status 77).

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const tolerance = 1.05;
const kept = new URL('instructions.json', import.meta.url);
const args = process.argv.slice(2);
const mode = args[0].startsWith('--') ? args.shift() : '';
const [program, directory, result] = args;

function measure() {
  mkdirSync(directory, {recursive: true});
  const dumps = mkdtempSync(join(directory, 'callgrind-'));
  try {
    const output = execFileSync('valgrind',
      ['-q', '--tool=callgrind', `--callgrind-out-file=${join(dumps, 'out')}`, program, ...(mode ? ['few'] : [])],
      {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
    const [made, ...lines] = output.trim().split('\n');
    const instructions = new Map();
    for (const name of readdirSync(dumps)) {
      const dump = readFileSync(join(dumps, name), 'latin1');
      const label = /^desc: Trigger: Client Request: (.*)$/m.exec(dump);
      const total = /^(?:summary|totals): (\d+)/m.exec(dump);
      if (label && total) instructions.set(label[1], Number(total[1]));
    }
    const figures = {};
    const references = {};
    for (const line of lines) {
      const [document, library, operation, times, allocations] = line.split('|');
      const each = Math.round(instructions.get(`${document}|${library}|${operation}`) / Number(times));
      if (library === 'Boost.JSON' && operation === 'parse') references[document] = each;
      figures[`${document}|${library}|${operation}`] =
        {instructions: each, ratio: each / references[document], allocations: Number(allocations)};
    }
    return { made, figures };
  } finally {
    rmSync(dumps, {recursive: true});
  }
}

const { made, figures } = measure();
console.log(made);
for (const [name, figure] of Object.entries(figures))
  console.log(`${name.replaceAll('|', '  ').padEnd(56)}${String(figure.instructions).padStart(9)}${
    figure.ratio.toFixed(3).padStart(8)}${String(figure.allocations).padStart(8)}`);
if (result) writeFileSync(result, JSON.stringify({made, figures}, null, 1) + '\n');

if (mode) {
  const file = JSON.parse(readFileSync(kept, 'utf8'));
  const own = Object.fromEntries(Object.entries(figures).filter(([name]) => name.split('|')[1] === 'flexcrm'));
  if (mode === '--accept') {
    file.made = made;
    file.figures = Object.fromEntries(Object.entries(own).map(([name, {instructions, allocations}]) => [name, {instructions, allocations}]));
    writeFileSync(kept, JSON.stringify(file, null, 2) + '\n');
  } else if (file.made !== made) {
    console.log(`SKIPPED: the figures to compare with were ${file.made}`);
    process.exitCode = 77;
  } else {
    const complain = text => {
      console.error(text);
      process.exitCode = 1;
    };
    for (const [name, goal] of Object.entries(file.goals)) {
      const against = goal.of ? figures[`${name.split('|')[0]}|${goal.of}`].instructions : figures[name].instructions / figures[name].ratio;
      const ratio = own[name].instructions / against;
      if (ratio > goal.ratio) complain(`${name}: ${ratio.toFixed(3)} of ${goal.of ?? 'Boost.JSON|parse'}, the goal is ${goal.ratio}`);
      if (own[name].allocations > goal.allocations) complain(`${name}: ${own[name].allocations} allocations, the goal is ${goal.allocations}`);
    }
    for (const [name, before] of Object.entries(file.figures)) {
      const now = own[name];
      if (!now) complain(`${name} was not measured`);
      else if (now.instructions > before.instructions * tolerance) complain(`${name}: ${now.instructions} instructions, were ${before.instructions}`);
      else if (now.allocations > before.allocations) complain(`${name}: ${now.allocations} allocations, were ${before.allocations}`);
    }
  }
}
