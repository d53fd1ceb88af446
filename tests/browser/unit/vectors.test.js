// The vectors that every implementation shares. Where there are none yet, there is nothing to check.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { decode, decodeBare, encode, encodeBare } from '../../../src/browser/codec.js';

const root = new URL('../../vectors/', import.meta.url);

/** @param {string} folder */
function vectors(folder) {
  const directory = new URL(`${folder}/`, root);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => name.endsWith('.json')).map((name) =>
    ({ name: `${folder}/${name}`, vector: JSON.parse(readFileSync(new URL(name, directory), 'utf8')) }));
}

/** In bare a frame is a posted value; a vector has it as JSON text. */
function posted(frame) {
  if (typeof frame !== 'string') return frame;
  try {
    return JSON.parse(frame);
  } catch {
    return frame;
  }
}

/** A response is read by the method that its id was given to, which a vector may name. */
const optionsOf = (vector) => ({ ...vector.options, ...(vector.answers && { resultOf: () => vector.answers }) });

const read = ({ dialect, frame, ...vector }) =>
  (dialect === 'bare' ? decodeBare(posted(frame), optionsOf(vector)) : decode(frame, optionsOf(vector)));

describe('shared vectors', () => {
  for (const { name, vector } of [...vectors('valid'), ...vectors('invalid'), ...vectors('bare')]) {
    if (vector.readers && !vector.readers.includes('js')) continue;
    test(`${name}: ${vector.about}`, () => {
      const message = read(vector);
      if (vector.reason !== undefined) {
        assert.equal(message.type, 'refused');
        assert.equal(message.error.reason, vector.reason);
        assert.equal(message.error.code, vector.code ?? message.error.code);
        assert.equal(message.error.pointer ?? '', vector.pointer ?? '');
        if (vector.id !== undefined) assert.equal(message.id !== undefined, vector.id, 'whether the id could be read');
        return;
      }
      assert.notEqual(message.type, 'refused', JSON.stringify(message.error));
      if (vector.dialect === 'bare') assert.deepEqual(encodeBare(message.method, message.params, optionsOf(vector)).value, posted(vector.frame));
      else assert.equal(encode(message, optionsOf(vector)).text, vector.canonical ?? vector.frame);
    });
  }
});
