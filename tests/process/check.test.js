// flexcrm-check as a process: the corpus, and input that is no protocol at all.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';

const program = process.env.FLEXCRM_CHECK;

/** @returns what it printed, line by line, and how it ended */
function check(input, ...options) {
  const { status, signal, stdout, stderr } = spawnSync(program, options, { input, maxBuffer: 64 << 20 });
  assert.equal(signal, null);
  const verdicts = stdout.toString().split('\n').slice(0, -1).map((line) => JSON.parse(line));
  return { status, verdicts, stderr: stderr.toString() };
}

const vectors = ['valid', 'invalid', 'bare'].flatMap((folder) => {
  const directory = new URL(`../vectors/${folder}/`, import.meta.url);
  return readdirSync(directory).map((name) => ({ name: `${folder}/${name}`, ...JSON.parse(readFileSync(new URL(name, directory))) }));
});

const optionsOf = ({ dialect, answers, options = {} }) => [
  '--dialect', dialect, ...(answers ? ['--answers', answers] : []),
  ...(options.allowSip ? ['--allow-sip'] : []), ...(options.allowClient ? ['--allow-client'] : []),
  ...(options.lenientSids ? ['--lenient-sids'] : []),
];

const expected = ({ frame, canonical, code, reason, pointer }) =>
  (reason === undefined ? { ok: true, canonical: canonical ?? frame } : { ok: false, code, reason, pointer });

const ping = '{"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}}';
const frameLimit = 64 * 1024;

describe('the corpus', () => {
  // Limits are no option of the program.
  const usable = vectors.filter(({ readers, options }) => readers.includes('cpp') && !options?.limits);
  const groups = new Map(usable.map((vector) => [optionsOf(vector).join(' '), []]));
  for (const vector of usable) groups.get(optionsOf(vector).join(' ')).push(vector);
  for (const [options, group] of groups) {
    test(`line by line, ${options}`, () => {
      const lines = group.filter(({ frame }) => !frame.includes('\n'));
      const { verdicts, status } = check(lines.map(({ frame }) => `${frame}\n`).join(''), ...optionsOf(lines[0]));
      assert.equal(verdicts.length, lines.length);
      lines.forEach((vector, i) => {
        const { message, ...verdict } = verdicts[i];
        assert.deepEqual(verdict, expected(vector), vector.name);
        assert.equal(typeof message, vector.reason === undefined ? 'undefined' : 'string');
      });
      assert.equal(status, lines.some(({ reason }) => reason !== undefined) ? 1 : 0);
    });
  }

  test('frames with line feeds, as one file', () => {
    for (const vector of usable.filter(({ frame }) => frame.includes('\n'))) {
      const { verdicts: [{ message, ...verdict }], status } = check(vector.frame, '--raw', ...optionsOf(vector));
      assert.deepEqual(verdict, expected(vector), vector.name);
      assert.equal(status, 1);
    }
    const pretty = JSON.stringify(JSON.parse(ping), null, 2);
    assert.deepEqual(check(`${pretty}\n`, '--raw'), { status: 0, verdicts: [{ ok: true, canonical: ping }], stderr: '' });
  });
});

describe('any input', () => {
  const reasons = (input, ...options) => check(input, ...options).verdicts.map(({ reason }) => reason);

  test('nothing is fine, an empty line and an empty file are not', () => {
    assert.deepEqual(check(''), { status: 0, verdicts: [], stderr: '' });
    assert.deepEqual(reasons(`\n${ping}`), ['syntax', undefined]);
    assert.deepEqual(reasons('', '--raw'), ['syntax']);
  });

  test('lines may end as they do on Windows, or with the file', () => {
    assert.equal(check(`${ping}\r\n${ping}`).status, 0);
  });

  test('NUL bytes and bytes that are no UTF-8', () => {
    assert.deepEqual(reasons(`\0\n${ping}\0\n${ping}\n`), ['syntax', 'syntax', undefined]);
    assert.deepEqual(reasons(Buffer.from('{"a":"\xff\xfe"}\n\xc3(\n', 'latin1')), ['syntax', 'syntax']);
  });

  test('the frame limit, and lines far beyond it', () => {
    const spaces = (n) => ping + ' '.repeat(n - ping.length);
    assert.deepEqual(reasons([frameLimit, frameLimit + 1, 32 << 20].map(spaces).join('\n')), [undefined, 'too_large', 'too_large']);
    assert.deepEqual(reasons(`${'['.repeat(1 << 20)}\n${ping}`), ['too_large', undefined]);
    assert.deepEqual(reasons(spaces(32 << 20), '--raw'), ['too_large']);
  });

  test('noise', () => {
    for (const options of [[], ['--raw'], ['--dialect', 'bare']]) {
      for (let i = 0; i < 20; i++) {
        const { status, verdicts } = check(randomBytes(2000), ...options);
        assert.equal(status, 1);
        for (const { ok, code, reason, pointer, message } of verdicts) {
          assert.equal(ok, false);
          assert.ok(Number.isInteger(code) && reason && typeof pointer === 'string' && message);
        }
      }
    }
  });
});

describe('answers', () => {
  test('a result needs the message that it answers', () => {
    const [verdict] = check('{"jsonrpc":"2.0","id":1,"result":{"granted":true}}').verdicts;
    assert.equal(verdict.reason, 'invalid_request');
    assert.equal(verdict.pointer, '/result');
    assert.match(verdict.message, /--answers/);
  });

  test('an error needs none, and one of a later version stays as it is', () => {
    const later = '{"jsonrpc":"2.0","id":1,"error":{"code":-32099,"message":"?"}}';
    assert.deepEqual(check(later), { status: 0, verdicts: [{ ok: true, canonical: later }], stderr: '' });
  });

  test('what is written may be longer than what may be read', () => {
    const frame = (at, room) => JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'TaskChanged', params: {
      taskSid: `WT${'0'.repeat(32)}`, status: 'accepted', at, attributes: { a: 'x'.repeat(room) } } });
    const room = frameLimit - frame(0, 0).length;
    assert.deepEqual(check(frame(0, room)).verdicts, [{ ok: true, canonical: frame('1970-01-01T00:00:00.000Z', room) }]);
  });
});

test('a wrong command line is neither', () => {
  for (const options of [['--dialect', 'v2'], ['--answers', 'Launch'], ['--unknown'], ['file.json']]) {
    const { status, verdicts, stderr } = check(ping, ...options);
    assert.equal(status, 2);
    assert.deepEqual(verdicts, []);
    assert.match(stderr, /^flexcrm-check: /);
  }
  assert.equal(spawnSync(program, ['--help']).status, 0);
});
