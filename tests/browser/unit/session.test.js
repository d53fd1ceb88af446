// What is the browser's session alone. What both languages keep stands in tests/vectors/session.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Session, outcomeOf } from '../../../src/browser/session.js';
import { drain, helloFrame, resumedFrame } from './support.js';

/** Both clocks at t; the wall may be off by some. */
const at = (t, off = 0) => ({ steady: t, wall: 1700000000000 + t + off });

function opened(role, options) {
  const session = new Session({ role, agent: 'ana', instance: 'i1' }, options);
  session.opened(at(0));
  session.receive(helloFrame, at(0));
  drain(session);
  return session;
}

const request = (id, method, params = {}) => JSON.stringify({ jsonrpc: '2.0', id, method, params });
const result = (id, value = null) => JSON.stringify({ jsonrpc: '2.0', id, result: value });
const dialParams = { destination: '+34911234567', dialId: 'd1', lifetimeMs: 10000 };
const ofType = (actions, type) => actions.filter((action) => action.type === type);
const sent = (actions) => ofType(actions, 'sendFrame').map(({ text }) => text);

describe('Hello', () => {
  test('says what is known when the connection opens', () => {
    const session = new Session({ role: 'flex', agent: '', instance: 'i1', capabilities: ['x'] });
    session.identify({ agent: 'ana', token: 't' });
    session.opened(at(0));
    assert.deepEqual(sent(drain(session)), ['{"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,'
      + '"agent":"ana","instance":"i1","token":"t","capabilities":["x"]}}']);
  });

  test('that cannot be written ends at once', () => {
    const session = new Session({ role: 'crm', agent: '', instance: 'i1' });
    session.opened(at(0));
    assert.deepEqual(drain(session).map(({ type, error }) => error?.pointer ?? type), ['/agent', 'closeTransport', 'ended']);
  });
});

describe('sending', () => {
  test('names that are no message are refused', () => {
    for (const method of ['Launch', 'toString', '__proto__']) {
      assert.equal(opened('flex').send(method, {}, at(1)).error.reason, 'invalid_argument');
    }
  });

  test('what cannot be sent costs no number', () => {
    const session = opened('flex');
    assert.equal(session.send('TaskSelected', {}, at(1)).error.pointer, '/attributes');
    assert.deepEqual(session.send('TaskDeselected', {}, at(1)), { key: 1 });
    assert.match(sent(drain(session))[0], /"id":1,/);
  });

  test('what was sent stays as it was, whatever its sender does to it later', () => {
    const session = opened('flex');
    session.lost(at(1));
    const params = { attributes: { n: 1 } };
    session.send('TaskSelected', params, at(1));
    params.attributes.n = 2;
    session.opened(at(2));
    session.receive(resumedFrame, at(2));
    assert.match(sent(drain(session))[1], /"attributes":\{"n":1\}/);
  });

  test('a result that cannot be written is an internal error', () => {
    const session = opened('flex');
    session.receive(request(1, 'DialRequest', dialParams), at(1));
    session.receive(result(1, { granted: true }), at(1));
    drain(session);
    session.answer(1, { result: { destination: 7 } }, at(3));
    const actions = drain(session);
    assert.deepEqual(ofType(actions, 'problem').map(({ error }) => error.pointer), ['/destination']);
    assert.match(sent(actions)[0], /"id":1,"error":\{"code":-32603,/);
  });
});

test('what was dropped is counted', () => {
  const session = opened('crm');
  session.receive(request(1, 'Launch'), at(1));
  session.receive(result(9), at(1));
  session.answer(9, {}, at(1));
  assert.deepEqual(session.counters, { unknownResponses: 1, refusedFrames: 1, lateAnswers: 1 });
});

describe('an end says why', () => {
  const why = (input, options) => {
    const session = opened('crm', options);
    input(session);
    return drain(session).flatMap(({ type, reason }) => (reason ? [`${type} ${reason}`] : []));
  };

  for (const [about, input, ...reasons] of [
    ['a breach', (session) => session.receive(request(3, 'TaskDeselected'), at(1)), 'closeTransport id_out_of_order', 'ended id_out_of_order'],
    ['an unreadable frame', (session) => session.receive('x', at(1)), 'closeTransport unreadable_frame', 'ended unreadable_frame'],
    ['silence', (session) => session.tick(at(25000)), 'closeTransport idle'],
    ['sleep', (session) => session.tick(at(0, 5001)), 'closeTransport slept'],
    ['our Bye', (session) => session.close('logout', at(1)), 'closeTransport logout', 'ended logout'],
  ]) test(about, () => assert.deepEqual(why(input), reasons));

  test('a lost connection', () => assert.deepEqual(why((session) => session.lost(at(1)), { resumeMs: 0 }), ['ended connection_lost']));

  test('once', () => {
    const session = opened('flex');
    session.send('TaskChanged', { taskSid: `WT${'0'.repeat(32)}`, status: 'accepted', at: 0 }, at(1));
    session.close('shutdown', at(1));
    drain(session);
    session.close('shutdown', at(2));
    assert.deepEqual(drain(session), []);
    session.close('logout', at(3));
    assert.deepEqual(drain(session).map(({ type }) => type), ['answered', 'ended']);
    session.close('logout', at(4));
    assert.deepEqual(drain(session), []);
  });
});

test('an issuer and Flex across a relay: one click, one call, one outcome', () => {
  const crm = opened('crm');
  const flex = opened('flex');
  /** The hub in small: new envelopes, the same params; answers go back to who asked. */
  const relay = { toFlex: 0, toCrm: 0, flexAsked: new Map(), crmAsked: new Map() };
  let delivered = 0;
  let outcome;
  const pump = (now) => {
    for (let busy = true; busy;) {
      busy = false;
      for (const [side, other, asked, back, count] of [[crm, flex, 'crmAsked', 'flexAsked', 'toFlex'], [flex, crm, 'flexAsked', 'crmAsked', 'toCrm']]) {
        for (const action of drain(side)) {
          busy = true;
          if (action.type === 'deliver') {
            delivered++;
            side.answer(action.key, { result: { destination: action.params.destination } }, now);
          }
          if (action.type === 'answered') outcome = outcomeOf(action);
          if (action.type !== 'sendFrame') continue;
          const frame = JSON.parse(action.text);
          if (frame.method) {
            const id = ++relay[count];
            relay[asked].set(id, frame.id);
            other.receive(JSON.stringify({ ...frame, id }), now);
          } else {
            other.receive(JSON.stringify({ ...frame, id: relay[back].get(frame.id) }), now);
          }
        }
      }
    }
  };
  crm.send('DialRequest', dialParams, at(1));
  pump(at(2));
  assert.deepEqual([delivered, outcome], [1, 'placed']);
  crm.send('DialRequest', { ...dialParams, dialId: 'd2' }, at(3));
  pump(at(20000));
  assert.deepEqual([delivered, outcome], [1, 'expired']);
});

describe('what the server tells', () => {
  test('keeps nobody away for more than a day', () => {
    const session = opened('flex');
    session.receive('{"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown","retryAfterMs":9007199254740991}}', at(1));
    assert.equal(ofType(drain(session), 'ended')[0].retryAfterMs, 86400000);
  });

  test('may leave no room for an event: it is not told again', () => {
    const session = opened('flex');
    const other = (id, frameBytes = 65536) => helloFrame.replace('"session":"s1"', `"session":"${id}"`).replace('65536', String(frameBytes));
    const event = { taskSid: `WT${'1'.repeat(32)}`, status: 'accepted', at: '2026-01-31T12:00:00.000Z', attributes: { a: '' } };
    const empty = request(Number.MAX_SAFE_INTEGER, 'TaskChanged', event).length;
    const long = (length) => ({ ...event, attributes: { a: 'x'.repeat(length) } });
    session.send('TaskChanged', long(65536 - empty), at(1));
    session.send('TaskChanged', long(65536 - empty - ',"repeated":true'.length), at(1));
    session.lost(at(2));
    session.opened(at(2));
    drain(session);
    session.receive(other('s2'), at(2));
    const actions = drain(session);
    assert.deepEqual(ofType(actions, 'answered').map(({ key, error }) => [key, error.reason]), [[1, 'too_large']]);
    assert.match(sent(actions).join(), /"repeated":true\}\}$/);
    session.lost(at(3));
    session.opened(at(3));
    drain(session);
    session.receive(other('s3', 1024), at(3));
    assert.deepEqual(ofType(drain(session), 'answered').map(({ key, error }) => [key, error.reason]), [[2, 'too_large']]);
  });
});
