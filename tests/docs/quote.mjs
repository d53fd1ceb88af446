// Puts the code that documents quote as it is in the files now: node tests/docs/quote.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents, quoted, read, root } from './documents.js';

for (const path of documents()) {
  const text = read(path);
  const now = quoted(text);
  if (now === text) continue;
  writeFileSync(join(root, path), now);
  console.log(path);
}
