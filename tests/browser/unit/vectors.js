// The files of tests/vectors, as every test of this language reads them.
import { readFileSync, readdirSync } from 'node:fs';

export const root = new URL('../../vectors/', import.meta.url);

/** Every vector of a folder. @param {string} folder */
export function readVectors(folder) {
  const directory = new URL(`${folder}/`, root);
  return readdirSync(directory).map((name) =>
    ({ name: `${folder}/${name.replace(/\.json$/, '')}`, ...JSON.parse(readFileSync(new URL(name, directory), 'utf8')) }));
}

/** Must JavaScript agree? Both languages must where a vector does not say. */
export function isForUs({ name, readers = ['cpp', 'js'], note }) {
  for (const reader of readers) if (reader !== 'cpp' && reader !== 'js') throw new Error(`${name}: unknown reader ${reader}`);
  if (readers.length === 0) throw new Error(`${name}: nobody reads it`);
  if (readers.length < 2 && !note) throw new Error(`${name}: one reader, and no note why`);
  return readers.includes('js');
}
