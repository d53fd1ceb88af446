// The published schema against the corpus, with a validator that is not ours.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import Ajv from 'ajv/dist/2020.js';

const read = (path) => JSON.parse(readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8'));
const schema = read('docs/schema/flexcrm.v1.schema.json');
// Not strictRequired: the members that oneOf asks for are declared a level above.
const ajv = new Ajv({ strict: true, strictRequired: false });
ajv.addSchema(schema);

const definition = (name) => ajv.getSchema(`${schema.$id}#/$defs/${name}`);
const validators = { request: ajv.getSchema(schema.$id), answer: (method) => definition(method ? `${method}Answer` : 'ErrorAnswer') };

/** A frame's own validator: that of requests, or of the answers to the message that the vector names. */
const validatorOf = ({ answers, frame }) =>
  (answers || !JSON.parse(frame)?.method ? validators.answer(answers) : validators.request);

const vectors = (folder) => readdirSync(new URL(`../../vectors/${folder}/`, import.meta.url)).map((name) =>
  ({ name, ...read(`tests/vectors/${folder}/${name}`) }));

/** What a schema cannot say, by reason. */
const beyondSchemas = new Map([
  ['syntax', 'the text is no JSON, or JSON inside a string is none'],
  ['duplicate_key', 'JSON.parse keeps the last of two'],
  ['too_large', 'bytes of the text'],
  ['too_deep', 'nesting of everything, unknown members included'],
  ['too_many_members', 'members of everything'],
  ['destination_kind_disabled', 'an option of the reader'],
]);

/** What one cannot say in these cases alone. */
const beyondSchema = new Map([
  ['attributes in a string', ({ about }) => about === 'a string that holds no object'],
  ['bytes of UTF-8, not characters', ({ reason, frame }) => reason === 'too_long' && /[^\x00-\x7f]/.test(frame)],
  ['so many bytes, which fewer characters can have', ({ name }) => name === 'agent_changed_outbound_location_short.json'],
  ['limits that were set', ({ options }) => options?.limits !== undefined],
  ['JSON.parse makes Infinity of 1e400, which is a number', ({ reason, pointer }) => reason === 'number_not_finite' && /attributes/.test(pointer)],
  ['JSON.parse keeps the last of two members of the envelope', ({ name }) => name.startsWith('duplicate_')],
  ['the calendar: leap years, and what an offset leads to', ({ name }) =>
    ['leap_day', 'last_leap_second', 'beyond_by_offset'].some((part) => name === `task_changed_at_${part}.json`)],
]);

const isBeyond = (vector) => beyondSchemas.has(vector.reason) || [...beyondSchema.values()].some((applies) => applies(vector));

describe('the schema accepts every golden frame', () => {
  for (const vector of vectors('valid')) {
    // Short SIDs are for fixtures; the schema is the protocol's.
    if (vector.options?.lenientSids) continue;
    test(vector.name, () => {
      const validate = validatorOf(vector);
      for (const text of [vector.frame, vector.canonical ?? vector.frame]) assert.ok(validate(JSON.parse(text)), ajv.errorsText(validate.errors));
    });
  }
});

describe('the schema refuses every bad frame that it can', () => {
  for (const vector of vectors('invalid')) {
    if (isBeyond(vector)) continue;
    test(vector.name, () => assert.equal(validatorOf(vector)(JSON.parse(vector.frame)), false));
  }
});

test('results are defined by their names', () => {
  assert.ok(definition('DialResult')({ destination: '+34911234567' }));
  assert.ok(!definition('DialResult')({}));
});

test('what is left out is left out for a reason that is still true', () => {
  const wrongly = vectors('invalid').filter(isBeyond).filter(({ reason }) => reason !== 'syntax')
    .filter((vector) => !validatorOf(vector)(JSON.parse(vector.frame))).map(({ name, reason }) => `${name}: ${reason}`);
  assert.deepEqual(wrongly, []);
});
