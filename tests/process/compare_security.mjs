// Fails when docs/security.md names a test that does not exist.
import { readFileSync, readdirSync } from 'node:fs';

const [root] = process.argv.slice(2);
const sources = readdirSync(`${root}/tests`, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(cpp|js|py)$/.test(path) && !path.includes('node_modules'))
  .map((path) => readFileSync(`${root}/tests/${path}`, 'utf8').replaceAll("\\'", "'"));
const rows = readFileSync(`${root}/docs/security.md`, 'utf8').split('\n').filter((line) => line.startsWith('| ') && line.split(' | ').length === 3);
const names = rows.flatMap((row) => [...row.split(' | ')[2].matchAll(/`([^`]+)`/g)].map(([, name]) => name));
/** Of tests whose names are made from a table: `of a task that ${what} …`. */
const made = sources.flatMap((source) => [...source.matchAll(/(?:test|attack)\(`([^`]*\$\{[^`]*)`/g)].map(([, template]) =>
  new RegExp(`^${template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+')}$`)));
const isTest = (name) => made.some((pattern) => pattern.test(name)) ||
  sources.some((source) => ['"', "'", '`'].some((quote) => source.includes(quote + name)));
const missing = names.filter((name) => !isTest(name));
for (const name of missing) console.error(`docs/security.md names a test that does not exist: ${name}`);
if (names.length < 40) console.error(`docs/security.md names only ${names.length} tests: is its form another?`);
process.exit(missing.length > 0 || names.length < 40 ? 1 : 0);
