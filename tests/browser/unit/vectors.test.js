// The frames that every implementation shares: tests/vectors/{valid,invalid,bare}, see its README.md.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode, decodeBare, encode, encodeBare } from '../../../src/browser/codec.js';
import { messages, results } from '../../../src/browser/messages.js';
import { missing } from '../../../src/browser/outbound_settings.js';
import { isForUs, readVectors } from './vectors.js';

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

/** The sentence in an error is everybody's own. */
const withoutSentence = (text) => text.replace(/"error":\{"code":(-?\d+),"message":"[^"]*"/, '"error":{"code":$1');

describe('shared vectors', () => {
  for (const vector of ['valid', 'invalid', 'bare'].flatMap(readVectors).filter(isForUs)) {
    test(`${vector.name}: ${vector.about}`, () => {
      const message = read(vector);
      if (vector.reason !== undefined) {
        assert.equal(message.type, 'refused');
        assert.equal(message.error.reason, vector.reason);
        assert.equal(message.error.code, vector.code);
        assert.equal(message.error.pointer ?? '', vector.pointer ?? '');
        assert.equal(message.id !== undefined, vector.id === true, 'whether the id could be read');
        return;
      }
      assert.notEqual(message.type, 'refused', JSON.stringify(message.error));
      if (vector.dialect === 'bare') assert.deepEqual(encodeBare(message.method, message.params, optionsOf(vector)).value, posted(vector.frame));
      else assert.equal(withoutSentence(encode(message, optionsOf(vector)).text), withoutSentence(vector.canonical ?? vector.frame));
    });
  }
});

describe('what is missing in the set-up of Flex', () => {
  for (const { name, about, settings, dial, missing: expected } of readVectors('settings').filter(isForUs)) {
    test(`${name}: ${about}`, () => assert.deepEqual(missing(settings, dial), expected));
  }
});

// ---- every rule of every row is broken by some vector

const tables = { ...messages, ...results };

/** Tables that are declared once and used in several places count once, by the first place. */
const firstPlaces = new Map(Object.entries(tables).filter(([, { fields }]) => fields.length > 0).reverse().map(([name, { fields }]) => [JSON.stringify(fields), name]));
const nameOf = (fields, place) => {
  const key = JSON.stringify(fields);
  if (!firstPlaces.has(key)) firstPlaces.set(key, place);
  return firstPlaces.get(key);
};

const largest = Number.MAX_SAFE_INTEGER;
const ofKind = {
  text: ({ min = 0 }) => ['wrong_type', 'too_long', ...(min > 0 ? ['too_short'] : [])],
  sid: () => ['wrong_type', 'invalid_sid'],
  digits: () => ['wrong_type', 'invalid_digits'],
  destination: () => ['wrong_type', 'invalid_destination', 'destination_kind_disabled'],
  time: () => ['wrong_type', 'invalid_time'],
  choice: ({ open }) => ['wrong_type', 'unknown_value', ...(open ? ['too_long'] : [])],
  flag: () => ['wrong_type'],
  integer: ({ min, max }) => ['wrong_type', 'not_an_integer',
    ...(min > -largest ? ['out_of_range below'] : []), ...(max < largest ? ['out_of_range above'] : [])],
  attributes: ({ reserved = [] }) => ['wrong_type', ...reserved.map((key) => `reserved_attribute /${key}`)],
  list: () => ['wrong_type'],
  object: () => ['wrong_type'],
};

/** Every way to break a table's rows: "table/row reason". */
function* faultsOf({ fields = [], exactlyOne, atLeastOne }, place) {
  const table = nameOf(fields, place);
  if (exactlyOne) yield* [`${table} not_exactly_one none`, `${table} not_exactly_one several`];
  if (atLeastOne) yield `${table} not_exactly_one none`;
  for (const field of fields) {
    const at = `${table}/${field.name}`;
    if (field.required) yield `${at} missing_member`;
    for (let rule = field, where = at; rule; rule = rule.items, where += '/*') {
      for (const fault of ofKind[rule.kind](rule)) yield `${where} ${fault}`;
      if (rule.kind === 'object') yield* faultsOf(rule, where);
    }
  }
}

/** The table that a vector is about, if it is about one. */
const tableOf = ({ answers }, frame) => (answers ? messages[answers].result : frame?.method);

/** What a vector breaks, in the same words; undefined for one that is not about a row. */
function faultOf({ frame, answers, reason, pointer = '' }) {
  let value;
  try {
    value = JSON.parse(frame);
  } catch {
    return undefined;
  }
  const top = tableOf({ answers }, value);
  if (!Object.hasOwn(tables, top ?? '')) return undefined;
  let rule = { kind: 'object', ...tables[top] };
  let where = nameOf(rule.fields, top);
  value = answers ? value.result : value.params ?? {};
  const tokens = pointer.split('/').slice(1);
  while (tokens.length > 0 && (rule.kind === 'object' || rule.kind === 'list')) {
    const token = tokens.shift();
    const within = rule.kind === 'list' ? rule.items : rule.fields.find(({ name }) => name === token);
    if (!within) return undefined;
    if (rule.kind === 'object') where = nameOf(rule.fields, where);
    where += rule.kind === 'list' ? '/*' : `/${token}`;
    rule = within;
    value = value?.[token];
  }
  const several = (names) => names.filter((name) => Object.hasOwn(value, name)).length > 1;
  if (reason === 'not_exactly_one') return `${nameOf(rule.fields, where)} ${reason} ${several(rule.exactlyOne ?? rule.atLeastOne) ? 'several' : 'none'}`;
  if (reason === 'out_of_range') return `${where} ${reason} ${value < rule.min ? 'below' : 'above'}`;
  return `${where} ${reason}${tokens.map((token) => ` /${token}`).join('')}`;
}

test('every message and every result has a golden frame', () => {
  const golden = new Set(readVectors('valid').map((vector) => tableOf(vector, JSON.parse(vector.frame))));
  assert.deepEqual(Object.keys(tables).filter((name) => !golden.has(name)), []);
});

test('every rule of every row has a vector that breaks it', () => {
  const invalid = readVectors('invalid');
  assert.ok(invalid.length >= 150);
  const wanted = new Set(Object.entries(tables).flatMap(([name, table]) => [...faultsOf(table, name)]));
  assert.ok(wanted.size > 300);
  const broken = new Set(invalid.map(faultOf));
  assert.deepEqual([...wanted].filter((fault) => !broken.has(fault)), []);
});
