// Takes the plugin out of the course's page: the code that it prints, its hole filled from its own solution.
import {readFile, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const beside = fileURLToPath(new URL('../../../../../shared/seed', import.meta.url));

/** The text of the course, or undefined where it is not at hand. */
export async function courseText() {
  try {
    if (process.env.FLEXCRM_SEED) return await readFile(process.env.FLEXCRM_SEED, 'utf8');
    for (const name of await readdir(beside)) {
      const text = name.endsWith('.txt') ? await readFile(join(beside, name), 'utf8') : '';
      if (text.includes('## Solución')) return text;
    }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  return undefined;
}

/** @param {string} text @returns {{plugin: string, withHole: string}} */
export function coursePlugin(text) {
  const blocks = part => [...part.matchAll(/^```javascript\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  const [lesson, solution] = text.split(/^## Solución$/m);
  const hooks = blocks(lesson).find(code => code.includes("addListener('afterSelectTask'"));
  const exercise = blocks(lesson).find(code => code.includes("invokeAction('StartOutboundCall'"));
  const solved = blocks(solution).find(code => code.includes("invokeAction('StartOutboundCall'"));
  const destination = /^ *destination: .*$/m;
  const filled = exercise.replace(destination, solved.match(destination)[0]);
  return {plugin: `${hooks}\n${filled}`, withHole: `${hooks}\n${exercise}`};
}
