// The modules under tsc, the declarations in the tree, and the message types against the golden frames.
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { browser, filesIn, here, read, root, scratch, tsc } from './support.js';

test('the modules have no type errors, and their declarations in the tree are fresh', () => {
  const fresh = scratch();
  tsc(['--project', here, '--outDir', fresh]);
  const stale = 'stale: npm run --prefix tests/browser/package types';
  assert.deepEqual(filesIn(join(browser, 'types')), filesIn(fresh), stale);
  for (const file of filesIn(fresh)) assert.equal(read(browser, 'types', file), read(fresh, file), `types/${file} is ${stale}`);
});

const vectors = (folder) => readdirSync(join(root, 'tests/vectors', folder)).map((name) =>
  ({ name, ...JSON.parse(read(root, 'tests/vectors', folder, name)) }));

/** The type of what a frame carries, and what it carries. */
function contentOf({ answers, canonical, frame }) {
  const { method, params = {}, result, error } = JSON.parse(canonical ?? frame);
  if (error) return undefined;
  return answers ? { type: `Results['${answers}']`, value: result } : { type: `Messages['${method}']`, value: params };
}

/** One statement per vector; tsc says of each whether its content has its type. */
function statements(cases, before) {
  assert.ok(cases.length > 0);
  const file = join(scratch(), 'vectors.ts');
  writeFileSync(file, [
    `import type { Messages, Results } from ${JSON.stringify(join(browser, 'types/message_types.js'))};`,
    ...cases.map(({ name, content: { type, value } }, index) =>
      `${before}\nexport const vector${index}: ${type} = ${JSON.stringify(value)}; // ${name}`),
  ].join('\n'));
  tsc(['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext', file]);
}

const frames = (folder, concerns = () => true) => vectors(folder).filter((vector) => vector.dialect === 'v1' && concerns(vector))
  .map((vector) => ({ ...vector, content: contentOf(vector) })).filter(({ content }) => content);

/** What types can say: a member is missing, or of another type, or no word of a list that is closed. */
const typed = new Set(['missing_member', 'wrong_type', 'unknown_value']);

/** But an open word may be any text, so also the empty one, and an array counts as a record. */
const isBeyondTypes = ({ reason, frame }) =>
  (reason === 'unknown_value' && frame.includes('""')) || (reason === 'wrong_type' && /ttributes":\[\]/.test(frame));

describe('message types', () => {
  test('every golden frame has its type', () => {
    const cases = frames('valid');
    assert.ok(cases.length > 50, `${cases.length} frames`);
    statements(cases, '');
  });

  test('frames with a missing member or a wrong type do not, where types can say so', () => {
    const cases = frames('invalid', ({ reason }) => typed.has(reason));
    assert.ok(cases.length > 50, `${cases.length} frames`);
    statements(cases.filter((vector) => !isBeyondTypes(vector)), '// @ts-expect-error');
    statements(cases.filter(isBeyondTypes), '');
  });
});
