// The documents: links lead somewhere, and quoted code is the code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { anchors, documents, links, missing, quoted, read, source, unquoted, wrong } from './documents.js';

const all = documents();

test('links and images lead to what there is', () => {
  const found = all.flatMap((path) => links(read(path)).map((link) => ({ path, link })));
  assert.ok(found.length > 100, `only ${found.length} links were found`);
  assert.deepEqual(found.map(({ path, link }) => wrong(path, link)).filter(Boolean), []);
});

test('a link that leads nowhere is found', () => {
  for (const link of ['nothing.md', '#nothing', 'docs/protocol.md#nothing', 'docs/images/nothing.png'])
    assert.ok(wrong('README.md', link), link);
  for (const link of ['docs/protocol.md#6-who-may-do-what', 'LICENSE', 'docs/images/crm.png'])
    assert.equal(wrong('README.md', link), undefined, link);
  assert.deepEqual(links('[a](b.md) `[c](d)` ![e](f.png "g")\n```\n[h](i)\n```\n<img src="j">'), ['b.md', 'f.png', 'j']);
  assert.deepEqual([...anchors('# §4.7 A `b`, [c](d)\n## A\n## A\n```\n# no\n```')], ['47-a-b-c', 'a', 'a-1']);
});

test('code that names its origin is as it is there: node tests/docs/quote.mjs', () => {
  for (const path of all) {
    assert.equal(quoted(read(path)), read(path), path);
    assert.deepEqual(missing(read(path)), [], path);
  }
});

test('no document prints C++ that nothing compiles, the README and the guide no code at all', () => {
  for (const path of all) assert.deepEqual(unquoted(read(path), ['cpp']), [], path);
  for (const path of ['README.md', 'docs/guide.md']) assert.deepEqual(unquoted(read(path), ['js', 'javascript', 'html', 'ini']), [], path);
});

test('the JavaScript that a document has of its own is JavaScript', () => {
  const isCode = (code) => spawnSync(process.execPath, ['--check', '-'], { input: code }).status === 0;
  for (const path of all) {
    for (const code of unquoted(read(path), ['js', 'javascript'])) {
      const script = code.replace(/^import .*$/gm, '').replace(/^export default /gm, 'void ');
      assert.ok(isCode(`(async function () {${script}})`) || isCode(`(class {${script}})`), `${path}: ${code}`);
    }
  }
});

test('a quotation that differs is found', () => {
  const document = '<!-- from examples/1_codec.cpp [decode] -->\n```cpp\nint x;\n```\n';
  const now = quoted(document);
  assert.ok(now.startsWith('<!-- from examples/1_codec.cpp [decode] -->\n```cpp\nflexcrm::Codec codec;\nfor ('));
  assert.ok(now.endsWith('}\n```\n'));
  assert.equal(quoted(now), now);
  assert.throws(() => source('examples/1_codec.cpp', 'nothing'), /no part \[nothing\]/);
  assert.deepEqual(unquoted('```cpp\nint x;\n```\n```text\ny\n```\n', ['cpp']), ['int x;\n']);
  assert.deepEqual(missing('<!-- in LICENSE -->\n```text\nBoost Software License\n```\n'), ['LICENSE: Boost Software License\n']);
});
