import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decode, decodeBare, encode, encodeBare } from '../../../src/browser/codec.js';
import { errors, messages } from '../../../src/browser/messages.js';
import { limits, sid } from './support.js';

const frame = (method, params, id = 1) => JSON.stringify({ jsonrpc: '2.0', id, method, params });
const dial = (more = {}) => frame('DialRequest', { destination: '+34911234567', dialId: 'd1', lifetimeMs: 10000, ...more });
const selected = (more = {}) => frame('TaskSelected', { attributes: {}, ...more });
const transfer = (more) => frame('CallControlRequest', { taskSid: sid('WT'), action: 'transfer', lifetimeMs: 10000, ...more });
const changed = (at) => frame('TaskChanged', { taskSid: sid('WT'), status: 'accepted', at });

/** Every refusal: [about, text, reason, pointer, id, options]. */
const refusals = [
  ['text that is no JSON', '{"jsonrpc":', 'syntax'],
  ['text behind the end', `${dial()} x`, 'syntax'],
  ['a lone surrogate, escaped', selected({}).replace('{}', '{"a":"\\ud800"}'), 'syntax'],
  ['a lone surrogate, raw', selected({}).replace('{}', '{"a":"\ud800"}'), 'syntax'],
  ['a number', '42', 'not_an_object'],
  ['null', 'null', 'not_an_object'],
  ['a batch', `[${dial()}]`, 'batch_not_supported'],
  ['no version', '{"id":1,"method":"Ping"}', 'wrong_version', '/jsonrpc', 1],
  ['another version', dial().replace('2.0', '1.0'), 'wrong_version', '/jsonrpc', 1],
  ['neither method nor result', '{"jsonrpc":"2.0","id":1}', 'missing_method', '/method', 1],
  ['a method that is no text', '{"jsonrpc":"2.0","id":1,"method":7}', 'invalid_request', '/method', 1],
  ['a word as id', frame('DialRequest', {}, 'x'), 'invalid_id', '/id'],
  ['a fraction as id', frame('DialRequest', {}, 1.5), 'invalid_id', '/id'],
  ['zero as id', frame('DialRequest', {}, 0), 'invalid_id', '/id'],
  ['an id beyond 2^53', dial().replace('"id":1', '"id":9007199254740992'), 'invalid_id', '/id'],
  ['null as id', frame('DialRequest', {}, null), 'invalid_id', '/id'],
  ['no id', '{"jsonrpc":"2.0","method":"DialRequest"}', 'invalid_id', '/id'],
  ['Hello with a number', frame('Hello', {}), 'invalid_id', '/id', 1],
  ['Bye with a number', frame('Bye', { reason: 'logout' }), 'invalid_id', '/id', 1],
  ['a doubled id', '{"jsonrpc":"2.0","id":1,"id":2,"method":"Ping"}', 'invalid_request', '/id'],
  ['result and error', '{"jsonrpc":"2.0","id":1,"result":null,"error":{"code":1,"message":""}}', 'invalid_request', '/error', 1],
  ['an error without code', '{"jsonrpc":"2.0","id":1,"error":{"message":""}}', 'invalid_request', '/error/code', 1],
  ['an unknown method', frame('Launch', {}), 'unknown_method', '/method', 1],
  ['a method of every object', frame('toString', {}), 'unknown_method', '/method', 1],
  ['a method of every prototype', frame('__proto__', {}), 'unknown_method', '/method', 1],
  ['params that are an array', frame('DialRequest', []), 'wrong_type', '', 1],
  ['params that are null', frame('DialRequest', null), 'wrong_type', '', 1],
  ['no params', '{"jsonrpc":"2.0","id":1,"method":"DialRequest"}', 'missing_member', '/destination', 1],
  ['a missing member', frame('DialRequest', { destination: '+34911234567', lifetimeMs: 10000 }), 'missing_member', '/dialId', 1],
  ['an inherited name', selected().replace('"attributes"', '"__proto__"'), 'missing_member', '/attributes', 1],
  ['null for an optional member', dial({ queueSid: null }), 'wrong_type', '/queueSid', 1],
  ['a number for a text', dial({ dialId: 7 }), 'wrong_type', '/dialId', 1],
  ['a text for a number', dial({ lifetimeMs: '10000' }), 'wrong_type', '/lifetimeMs', 1],
  ['a text for a flag', frame('AgentChanged', { availability: 'busy', connected: 'yes' }), 'wrong_type', '/connected', 1],
  ['an object for a list', frame('Hello', { role: 'crm', protocolMin: 1, protocolMax: 1, agent: 'a', instance: 'i', capabilities: {} }, 'hello'), 'wrong_type', '/capabilities', 'hello'],
  ['a number in a list of texts', frame('Hello', { role: 'crm', protocolMin: 1, protocolMax: 1, agent: 'a', instance: 'i', capabilities: ['a', 7] }, 'hello'), 'wrong_type', '/capabilities/1', 'hello'],
  ['a member of a member', selected({ customer: { name: 7 } }), 'wrong_type', '/customer/name', 1],
  ['an empty text', dial({ dialId: '' }), 'too_short', '/dialId', 1],
  ['a long text', dial({ dialId: 'd'.repeat(129) }), 'too_long', '/dialId', 1],
  ['a long text in bytes', dial({ dialId: 'ñ'.repeat(65) }), 'too_long', '/dialId', 1],
  ['a fraction', dial({ lifetimeMs: 1000.5 }), 'not_an_integer', '/lifetimeMs', 1],
  ['an integer beyond 2^53', dial().replace('10000', '9007199254740993'), 'not_an_integer', '/lifetimeMs', 1],
  ['a small integer', dial({ lifetimeMs: 999 }), 'out_of_range', '/lifetimeMs', 1],
  ['a large integer', dial({ lifetimeMs: 60001 }), 'out_of_range', '/lifetimeMs', 1],
  ['an unlisted word', frame('AgentChanged', { availability: 'asleep' }), 'unknown_value', '/availability', 1],
  ['an empty open word', selected({ channel: '' }), 'unknown_value', '/channel', 1],
  ['a SID with another prefix', selected({ taskSid: sid('WR') }), 'invalid_sid', '/taskSid', 1],
  ['a short SID', selected({ taskSid: 'WT12' }), 'invalid_sid', '/taskSid', 1],
  ['a SID with a letter beyond f', selected({ taskSid: sid('WT', 'g') }), 'invalid_sid', '/taskSid', 1],
  ['"new" for a task', selected({ taskSid: 'new' }), 'invalid_sid', '/taskSid', 1],
  ['the exercise\'s empty destination', dial({ destination: '' }), 'invalid_destination', '/destination', 1],
  ['a SIP URI that is switched off', dial({ destination: 'sip:a@example.com' }), 'destination_kind_disabled', '/destination', 1],
  ['a client that is switched off', dial({ destination: 'client:ana' }), 'destination_kind_disabled', '/destination', 1],
  ['a reserved attribute', dial({ taskAttributes: { outbound_to: 'x' } }), 'reserved_attribute', '/taskAttributes/outbound_to', 1],
  ['a SID with none of its prefixes', transfer({ targetSid: sid('WT') }), 'invalid_sid', '/targetSid', 1],
  ['no digits', transfer({ digits: '' }), 'invalid_digits', '/digits', 1],
  ['too many digits', transfer({ digits: '1'.repeat(33) }), 'invalid_digits', '/digits', 1],
  ['a letter beyond D', transfer({ digits: '1E' }), 'invalid_digits', '/digits', 1],
  ['a number for digits', transfer({ digits: 12 }), 'wrong_type', '/digits', 1],
  ['a flag for a time', changed(true), 'wrong_type', '/at', 1],
  ['null where it is not allowed', frame('Snapshot', { agent: null, reset: false }), 'wrong_type', '/agent', 1],
  ['none of exactly one', frame('ContactLookupRequest', { limit: 1 }), 'not_exactly_one', '', 1],
  ['none of exactly one, without params', '{"jsonrpc":"2.0","id":1,"method":"ContactLookupRequest"}', 'not_exactly_one', '', 1],
  ['two of exactly one', frame('ContactLookupRequest', { phone: '1', text: 'x' }), 'not_exactly_one', '', 1],
  ['none of at least one', frame('TaskControlRequest', { action: 'accept', lifetimeMs: 10000 }), 'not_exactly_one', '', 1],
  ['attributes that are an array', selected({ attributes: [] }), 'wrong_type', '/attributes', 1],
  ['attributes in a text that is no JSON', selected({ attributes: '{' }), 'syntax', '/attributes', 1],
  ['attributes in a text that is no object', selected({ attributes: '[1]' }), 'wrong_type', '/attributes', 1],
  ['a doubled key', selected().replace('{}', '{"a":{"b~/":1,"b~/":2}}'), 'duplicate_key', '/attributes/a/b~0~1', 1],
  ['a key doubled by an escape', selected().replace('{}', '{"a":1,"\\u0061":2}'), 'duplicate_key', '/attributes/a', 1],
  ['a number beyond a double', selected().replace('{}', '{"a":[0,1e400]}'), 'number_not_finite', '/attributes/a/1', 1],
];

describe('decode refuses', () => {
  for (const [about, text, reason, pointer, id, options] of refusals) {
    test(about, () => {
      const read = decode(text, options);
      assert.equal(read.type, 'refused');
      assert.equal(read.error.reason, reason);
      assert.equal(read.error.code, errors[reason]);
      assert.equal(read.error.pointer, pointer);
      assert.equal(read.id, id);
      assert.ok(!read.error.message.includes('34911234567'));
    });
  }

  for (const destination of [
    '34911234567', '+0911234567', '+1', '+1234567890123456', '+34 911234567', '911', 'tel:+34911234567', 'webpackHotUpdateabc123',
    '[object Object]', '+34911234567\n', '+３４911234567', 'SIP:a@example.com', 'whatsapp:+34911234567',
  ]) {
    test(`the destination ${JSON.stringify(destination)}`, () => {
      const options = { allowSip: true, allowClient: true };
      assert.equal(decode(dial({ destination }), options).error?.reason, 'invalid_destination');
    });
  }
  for (const destination of [
    'sip:', 'sip:a', 'sip:@b', 'sip:a@', 'sip:a b@c', 'sip:a@b:0', 'sip:a@b:65536', 'sip:a@b;x=y', 'sip:a@b@c', `sip:${'a'.repeat(250)}@b`,
    'client:', 'client:a b', `client:${'a'.repeat(249)}`,
  ]) {
    test(`the destination ${destination.slice(0, 20)} though its kind is allowed`, () => {
      assert.equal(decode(dial({ destination }), { allowSip: true, allowClient: true }).error?.reason, 'invalid_destination');
    });
  }
});

describe('decode accepts', () => {
  for (const destination of ['+12', '+123456789012345', 'sip:a@b', 'sips:ana.b@10.0.0.1:5061', 'sip:+34911234567@[::1]:65535', `sip:${'a'.repeat(249)}@b`, 'client:ana', `client:${'a'.repeat(248)}`]) {
    test(`the destination ${destination.slice(0, 20)}`, () => {
      assert.equal(decode(dial({ destination }), { allowSip: true, allowClient: true }).params?.destination, destination);
    });
  }

  test('bounds themselves', () => {
    assert.equal(decode(dial({ dialId: 'd'.repeat(128), lifetimeMs: 1000 })).type, 'request');
    assert.equal(decode(dial({ dialId: 'ñ'.repeat(64), lifetimeMs: 60000 })).type, 'request');
    assert.equal(decode(selected({ reservationSid: 'new', taskSid: sid('WT', 'F') })).type, 'request');
    assert.equal(decode(selected({ taskSid: 'WTxxx' }), { lenientSids: true }).type, 'request');
  });

  test('unknown members, and leaves them behind', () => {
    assert.deepEqual(Object.keys(decode(dial({ later: 1 })).params), ['destination', 'dialId', 'lifetimeMs']);
  });

  test('unknown words of open choices', () => {
    assert.equal(decode(selected({ channel: 'carrier pigeon' })).params.channel, 'carrier pigeon');
  });

  test('attributes as a text with JSON inside', () => {
    assert.deepEqual(decode(selected({ attributes: '{"a": 1}' })).params.attributes, { a: 1 });
  });

  test('both SIDs a call can be handed to, every tone, and null where it is allowed', () => {
    for (const prefix of ['WK', 'WQ']) assert.equal(decode(transfer({ targetSid: sid(prefix) })).type, 'request');
    for (const digits of ['0', '0123456789*#ABCDw', '1'.repeat(32)]) assert.equal(decode(transfer({ digits })).params.digits, digits);
    const snapshot = decode(frame('Snapshot', { agent: { availability: 'busy' }, selected: null, reset: false }));
    assert.deepEqual(Object.keys(snapshot.params), ['agent', 'reset']);
  });

  test('any key in attributes without harm', () => {
    const read = decode(selected().replace('{}', '{"__proto__":{"polluted":1},"constructor":2}'));
    assert.equal({}.polluted, undefined);
    assert.deepEqual(Object.keys(read.params.attributes), ['__proto__', 'constructor']);
  });

  test('a response by the method of its id', () => {
    const text = '{"jsonrpc":"2.0","id":3,"result":{"granted":"yes"}}';
    assert.equal(decode(text).type, 'response');
    assert.equal(decode(text, { resultOf: () => 'DialClaimRequest' }).error.pointer, '/granted');
    assert.equal(decode('{"jsonrpc":"2.0","id":3,"result":{}}', { resultOf: () => 'TaskSelected' }).error.reason, 'wrong_type');
  });

  test('an error however little it says', () => {
    assert.deepEqual(decode('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}').error, { code: -32700, message: 'syntax', reason: 'syntax' });
    const { error } = decode('{"jsonrpc":"2.0","id":1,"error":{"code":-32017,"message":"","data":{"reason":"misconfigured","detail":"48421","pointer":7,"retryAfterMs":-1}}}');
    assert.deepEqual(error, { code: -32017, message: 'misconfigured', reason: 'misconfigured', detail: '48421' });
  });

  test('no pointer of more than 256 bytes', () => {
    const pointerOf = (pointer) => decode(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'x', data: { pointer } } })).error.pointer;
    assert.equal(pointerOf(`/a${'é'.repeat(127)}`), `/a${'é'.repeat(127)}`);
    assert.equal(pointerOf(`/a${'é'.repeat(127)}b`), undefined);
  });

  test('a reason only by a name that we know for the code', () => {
    const reasonOf = (code, reason) => decode(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message: 'x', data: { reason } } })).error.reason;
    assert.equal(reasonOf(-32602, 'too_long'), 'too_long');
    assert.equal(reasonOf(-32602, '<b>call +34911234567</b>'), 'invalid_params');
    assert.equal(reasonOf(-32020, 'outcome_unknown'), 'failed');
    assert.equal(reasonOf(-32020, 'toString'), 'failed');
    assert.equal(reasonOf(-1, 'agent_busy'), 'peer_error');
  });

  test('no detail that could be a number to call', () => {
    const { error } = decode('{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"","data":{"detail":"34911234567"}}}');
    assert.equal(error.detail, undefined);
  });
});

describe('times', () => {
  for (const [at, canonical] of [
    ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'], ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31t12:00:00z', '2026-01-31T12:00:00.000Z'], ['2026-01-31T12:00:00.5Z', '2026-01-31T12:00:00.500Z'],
    ['2026-01-31T12:00:00.123999999Z', '2026-01-31T12:00:00.123Z'], ['2026-01-31T14:00:00+02:00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T00:30:00+05:45', '2026-01-30T18:45:00.000Z'], ['2026-12-31T23:00:00-01:00', '2027-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'], ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'], ['1969-12-31T23:00:00-01:00', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'], [0, '1970-01-01T00:00:00.000Z'], [-0, '1970-01-01T00:00:00.000Z'],
    [1769860800, '2026-01-31T12:00:00.000Z'], [1769860800.123, '2026-01-31T12:00:00.123Z'], [253402300799, '9999-12-31T23:59:59.000Z'],
  ]) {
    test(`${JSON.stringify(at)} is ${canonical}`, () => {
      const read = decode(changed(at));
      assert.equal(read.params?.at, canonical);
      assert.equal(encode({ id: 1, method: 'TaskChanged', params: { ...read.params, at } }).text, changed(canonical));
    });
  }

  for (const at of [
    '', 'yesterday', '2026-01-31', '2026-01-31T12:00:00', '2026-01-31 12:00:00Z', '2026-1-31T12:00:00Z', '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z', '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-01-00T00:00:00Z', '2026-01-31T24:00:00Z',
    '2026-01-31T12:60:00Z', '2026-01-31T12:00:61Z', '2026-01-31T12:00Z', '2026-01-31T12:00:00.Z', '2026-01-31T12:00:00,5Z',
    '2026-01-31T12:00:00.1234567890Z', '2026-01-31T12:00:00+2:00', '2026-01-31T12:00:00+0200', '2026-01-31T12:00:00+24:00',
    '2026-01-31T12:00:00+00:60', '2026-01-31T12:00:00Z ', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00+00:01', '0070-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z', '9999-12-31T23:59:60Z', '9999-12-31T23:59:59-01:00', -1, -0.001, 253402300800, 253402300799.9999, 1e300,
  ]) {
    test(`not ${JSON.stringify(at)}`, () => {
      const { error } = decode(changed(at));
      assert.equal(error?.reason, 'invalid_time');
      assert.equal(error.pointer, '/at');
    });
  }

  test('may be given as a Date', () => {
    const params = { taskSid: sid('WT'), status: 'accepted', at: new Date(1769860800123) };
    assert.equal(encode({ id: 1, method: 'TaskChanged', params }).text, changed('2026-01-31T12:00:00.123Z'));
    assert.equal(encode({ id: 1, method: 'TaskChanged', params: { ...params, at: new Date(NaN) } }).error.pointer, '/at');
  });
});

describe('limits hold at n and refuse at n + 1', () => {
  const attributes = (inner) => `{"jsonrpc":"2.0","id":1,"method":"TaskSelected","params":{"attributes":${inner}}}`;
  const reason = (text, options) => decode(text, options).error?.reason;

  test('frame bytes', () => {
    const room = limits.frameBytes - attributes('{"a":""}').length;
    assert.equal(reason(attributes(`{"a":"${'x'.repeat(room)}"}`)), undefined);
    assert.equal(reason(attributes(`{"a":"${'x'.repeat(room + 1)}"}`)), 'too_large');
    assert.equal(reason(attributes(`{"a":"${'x'.repeat(room - 2)}ñ"}`)), undefined);
    assert.equal(reason(attributes(`{"a":"${'x'.repeat(room - 1)}ñ"}`)), 'too_large');
  });

  test('depth', () => {
    const nested = (n) => attributes(`{"a":${'['.repeat(n - 3)}${']'.repeat(n - 3)}}`);
    assert.equal(reason(nested(32)), undefined);
    assert.equal(reason(nested(33)), 'too_deep');
    assert.equal(reason(`${'['.repeat(30000)}${']'.repeat(30000)}`), 'too_deep');
  });

  test('members', () => {
    const many = (n) => attributes(`{${Array.from({ length: n - 5 }, (_, i) => `"k${i}":0`).join()}}`);
    assert.equal(reason(many(2048)), undefined);
    const refused = decode(many(2049));
    assert.equal(refused.error.reason, 'too_many_members');
    assert.equal(refused.error.code, -32600);
    assert.equal(refused.id, 1);
  });

  test('text bytes', () => {
    assert.equal(reason(selected({ queueName: 'x'.repeat(16384) })), undefined);
    assert.equal(reason(selected({ queueName: 'x'.repeat(16385) })), 'too_long');
    assert.equal(reason(selected({ queueName: 'x'.repeat(257) }), { limits: { textBytes: 256 } }), 'too_long');
  });
});

describe('encode', () => {
  test('writes members in table order, compact, without what is absent', () => {
    const params = { lifetimeMs: 10000, queueSid: null, callerId: undefined, dialId: 'd', destination: '+34911234567', later: 1 };
    assert.equal(encode({ id: 7, method: 'DialRequest', params }).text,
      '{"jsonrpc":"2.0","id":7,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d","lifetimeMs":10000}}');
    assert.equal(encode({ id: 'ping', method: 'Ping' }).text, '{"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}}');
    assert.equal(encode({ method: 'Bye', params: { reason: 'logout' } }).text, '{"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}}');
  });

  test('writes answers', () => {
    assert.equal(encode({ id: 1, of: 'TaskSelected', result: 'whatever' }).text, '{"jsonrpc":"2.0","id":1,"result":null}');
    assert.equal(encode({ id: 1, of: 'DialResult', result: null }).text, '{"jsonrpc":"2.0","id":1,"result":null}');
    assert.equal(encode({ id: 1, of: 'DialClaimRequest', result: { granted: true } }).text, '{"jsonrpc":"2.0","id":1,"result":{"granted":true}}');
    const error = { retryAfterMs: 5, pointer: '/a', reason: 'rate_limited', message: 'm', code: -32004 };
    assert.equal(encode({ id: 1, error }).text,
      '{"jsonrpc":"2.0","id":1,"error":{"code":-32004,"message":"m","data":{"reason":"rate_limited","pointer":"/a","retryAfterMs":5}}}');
  });

  test('leaves out the pointer of an error that is too long, escapes included', () => {
    const told = (pointer) => decode(encode({ id: 1, error: { code: -32602, message: 'm', reason: 'too_long', pointer } }).text).error.pointer;
    for (const longest of [`/${'a'.repeat(255)}`, `/aaa${'\u0001'.repeat(42)}`]) {
      assert.equal(told(longest), longest);
      assert.equal(told(`${longest}a`), undefined);
    }
  });

  test('refuses what the receiver would refuse', () => {
    const cycle = {};
    cycle.self = cycle;
    assert.equal(encode({ id: 1, method: 'TaskSelected', params: { attributes: cycle } }).error.reason, 'wrong_type');
    assert.equal(encode({ id: 1, method: 'TaskSelected', params: { attributes: { n: 1n } } }).error.reason, 'wrong_type');
    assert.equal(encode({ id: 1, method: 'TaskSelected', params: null }).error.pointer, '/attributes');
    assert.equal(encode({ id: 1, method: 'TaskSelected', params: { attributes: { a: 'x'.repeat(70000) } } }).error.reason, 'too_large');
    assert.equal(encode({ id: 1, method: 'TaskSelected', params: { attributes: { a: '\ud800' } } }).error.reason, 'syntax');
    assert.equal(encode({ id: 1, of: 'DialRequest', result: {} }).error.pointer, '/destination');
    assert.equal(encode({ id: 1, method: 'Launch', params: {} }).error.reason, 'unknown_method');
  });

  test('is undone by decode for every message', () => {
    const samples = { text: 't', flag: true, destination: '+34911234567', digits: '1#', time: '2026-01-31T12:00:00.000Z', attributes: { b: [1, null, 'ñ'], a: {} } };
    const fill = ({ fields, exactlyOne = [] }) => Object.fromEntries(fields
      .filter(({ name }) => exactlyOne.indexOf(name) < 1)
      .map((field) => [field.name, sample(field)]));
    const sample = (field) => {
      switch (field.kind) {
        case 'sid': return sid(field.prefix.slice(0, 2));
        case 'choice': return field.values[0];
        case 'integer': return field.min;
        case 'object': return fill(field);
        case 'list': return [sample(field.items)];
        case 'text': return samples.text.repeat(Math.max(1, field.min ?? 1));
        default: return samples[field.kind];
      }
    };
    for (const [method, row] of Object.entries(messages)) {
      const id = { Hello: 'hello', Ping: 'ping', Bye: undefined }[method] ?? (method === 'Bye' ? undefined : 1);
      const { text, error } = encode({ id, method, params: fill(row) });
      assert.equal(error, undefined, method);
      const read = decode(text);
      assert.deepEqual(read.params, fill(row), method);
      assert.equal(encode(read).text, text, method);
    }
  });
});

describe('bare', () => {
  test('a string is a number to dial, an object the attributes', () => {
    assert.deepEqual(decodeBare('+34911234567'), { type: 'request', method: 'DialRequest', params: { destination: '+34911234567' } });
    assert.deepEqual(decodeBare({ account_data: 1 }).params, { attributes: { account_data: 1 } });
    assert.equal(encodeBare('DialRequest', { destination: '+34911234567', dialId: 'x' }).value, '+34911234567');
    assert.deepEqual(encodeBare('TaskSelected', { attributes: { a: 1 }, taskSid: 'x' }).value, { a: 1 });
  });

  test('anything else is refused with what was found', () => {
    for (const [value, found] of [[null, 'null'], [undefined, 'undefined'], [42, 'a number'], [true, 'a boolean'], [[], 'an array'], [new Date(0), 'an object that is not plain']]) {
      const { error } = decodeBare(value);
      assert.equal(error.reason, 'not_a_bare_message');
      assert.ok(error.message.endsWith(`found ${found}`), error.message);
    }
    assert.equal(decodeBare('').error.reason, 'invalid_destination');
    assert.equal(decodeBare('webpackHotUpdateabc123').error.reason, 'invalid_destination');
    assert.equal(encodeBare('TaskDeselected', {}).error.reason, 'not_a_bare_message');
    assert.equal(encodeBare('DialRequest', { destination: 'x' }).error.reason, 'invalid_destination');
  });
});
