// insert.mjs PAGE NAME TABLE: puts the text of TABLE between <!-- NAME --> and <!-- /NAME --> of PAGE.

import { readFileSync, writeFileSync } from 'node:fs';

const [page, name, table] = process.argv.slice(2);
const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
const text = readFileSync(page, 'utf8');
const [from, to] = [text.indexOf(begin), text.indexOf(end)];
if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`);
writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${readFileSync(table, 'utf8').trim()}\n\n${text.slice(to)}`);
