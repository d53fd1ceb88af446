import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errors } from '../../../src/browser/messages.js';
import { Session, outcomeOf } from '../../../src/browser/session.js';
import { drain, helloFrame, helloResult } from './support.js';

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
const failure = (id, code, data) => JSON.stringify({ jsonrpc: '2.0', id, error: { code, message: 'm', data } });
const dialParams = { destination: '+34911234567', dialId: 'd1', lifetimeMs: 10000 };
const dial = (id, dialId = 'd1') => request(id, 'DialRequest', { ...dialParams, dialId });
const ofType = (actions, type) => actions.filter((action) => action.type === type);
const sent = (actions) => ofType(actions, 'sendFrame').map(({ text }) => text);
const errorFrame = (id, reason) => new RegExp(`"id":${JSON.stringify(id)},"error":\\{"code":${errors[reason]},.*"reason":"${reason}"`);

describe('Hello', () => {
  test('goes first and alone', () => {
    const session = new Session({ role: 'flex', agent: 'ana', instance: 'i1', token: 't', capabilities: ['x'], takeover: true });
    assert.equal(session.send('TaskDeselected', {}, at(0)).error.reason, 'not_connected');
    session.opened(at(0));
    assert.deepEqual(drain(session), [{
      type: 'sendFrame',
      text: '{"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,'
        + '"agent":"ana","instance":"i1","token":"t","capabilities":["x"],"takeover":true}}',
    }]);
    assert.equal(session.send('TaskDeselected', {}, at(1)).error.reason, 'not_connected');
    session.receive(helloFrame, at(2));
    assert.deepEqual(drain(session), [{ type: 'opened', hello: helloResult, reset: false }]);
    assert.deepEqual(session.send('TaskDeselected', {}, at(3)), { key: 1 });
    assert.deepEqual(drain(session), [{ type: 'sendFrame', text: '{"jsonrpc":"2.0","id":1,"method":"TaskDeselected","params":{}}' }]);
  });

  test('without an answer ends', () => {
    const session = new Session({ role: 'crm', agent: 'ana', instance: 'i1' });
    session.opened(at(0));
    assert.equal(session.deadline(), 5000);
    session.tick(at(4999));
    assert.deepEqual(ofType(drain(session), 'ended'), []);
    session.tick(at(5000));
    assert.deepEqual(drain(session), [
      { type: 'closeTransport', code: 4408, reason: 'no_hello_result' }, { type: 'ended', reason: 'no_hello_result', terminal: false }]);
    assert.equal(session.deadline(), undefined);
  });

  for (const [code, reason, terminal] of [[-32001, 'unauthorized', true], [-32002, 'wrong_role', true], [-32003, 'protocol_version', true], [-32004, 'rate_limited', false], [-32603, 'internal_error', false]]) {
    test(`refused as ${reason} ${terminal ? 'is' : 'is not'} the end of it`, () => {
      const session = new Session({ role: 'crm', agent: 'ana', instance: 'i1' });
      session.opened(at(0));
      session.receive(failure('hello', code, { retryAfterMs: 7 }), at(1));
      assert.deepEqual(ofType(drain(session), 'ended'), [{ type: 'ended', reason, terminal, retryAfterMs: 7 }]);
    });
  }

  test('in another version is no session', () => {
    const session = new Session({ role: 'crm', agent: 'ana', instance: 'i1' });
    session.opened(at(0));
    session.receive(result('hello', { ...helloResult, protocol: 2 }), at(1));
    assert.deepEqual(ofType(drain(session), 'ended'), [{ type: 'ended', reason: 'protocol_version', terminal: true }]);
  });

  test('that cannot be written ends at once', () => {
    const session = new Session({ role: 'crm', agent: '', instance: 'i1' });
    session.opened(at(0));
    assert.deepEqual(drain(session).map(({ type }) => type), ['problem', 'closeTransport', 'ended']);
  });

  for (const frame of [request(1, 'TaskDeselected'), request('ping', 'Ping'), result(1), 'x', result('hello', {}), request('hello', 'Hello', { role: 'crm', protocolMin: 1, protocolMax: 1, agent: 'a', instance: 'i' })]) {
    test(`awaits nothing like ${frame.slice(0, 60)}`, () => {
      const session = new Session({ role: 'crm', agent: 'ana', instance: 'i1' });
      session.opened(at(0));
      drain(session);
      session.receive(frame, at(1));
      assert.equal(ofType(drain(session), 'closeTransport')[0].code, 4400);
    });
  }
});

describe('numbers', () => {
  test('are taken in order, a gap closes', () => {
    const session = opened('crm');
    session.receive(request(1, 'TaskDeselected'), at(1));
    session.receive(request(3, 'TaskDeselected'), at(2));
    const actions = drain(session);
    assert.equal(ofType(actions, 'deliver').length, 1);
    assert.deepEqual(ofType(actions, 'closeTransport'), [{ type: 'closeTransport', code: 4400, reason: 'id_out_of_order' }]);
    assert.deepEqual(ofType(actions, 'ended'), [{ type: 'ended', reason: 'id_out_of_order', terminal: false }]);
  });

  test('are not taken twice', () => {
    const session = opened('crm');
    session.receive(request(1, 'TaskDeselected'), at(1));
    session.receive(request(1, 'TaskDeselected'), at(2));
    assert.deepEqual(drain(session).map(({ type }) => type), ['deliver']);
  });

  test('of what cannot be understood are answered and consumed', () => {
    const session = opened('crm');
    session.receive(request(1, 'Launch'), at(1));
    session.receive(request(2, 'TaskSelected', { attributes: 7 }), at(1));
    session.receive(request(3, 'TaskDeselected'), at(1));
    const actions = drain(session);
    assert.match(sent(actions)[0], errorFrame(1, 'unknown_method'));
    assert.match(sent(actions)[1], /"id":2,"error":.*"pointer":"\/attributes"/);
    assert.equal(ofType(actions, 'deliver')[0].id, 3);
    assert.equal(ofType(actions, 'problem').length, 2);
    assert.equal(session.counters.refusedFrames, 2);
  });

  for (const frame of ['x', '[]', '42', request('x', 'Ping'), request(-1, 'TaskDeselected'), '{"jsonrpc":"2.0","method":"TaskDeselected"}', request('hello', 'Hello')]) {
    test(`that cannot be read close: ${frame.slice(0, 50)}`, () => {
      const session = opened('crm');
      session.receive(frame, at(1));
      assert.equal(ofType(drain(session), 'closeTransport')[0].code, 4400);
      session.receive(request(1, 'TaskDeselected'), at(2));
      assert.deepEqual(drain(session), []);
    });
  }

  test('an unknown notification harms nobody', () => {
    const session = opened('crm');
    session.receive('{"jsonrpc":"2.0","method":"Later"}', at(1));
    assert.deepEqual(drain(session).map(({ type }) => type), ['problem']);
  });

  test('of answers that nobody waits for are counted', () => {
    const session = opened('crm');
    session.receive(result(9), at(1));
    session.receive(failure(9, -32603), at(1));
    assert.deepEqual(drain(session), []);
    assert.equal(session.counters.unknownResponses, 2);
  });

  test('begin again with every connection', () => {
    const session = opened('crm');
    session.receive(request(1, 'TaskDeselected'), at(1));
    session.lost(at(2));
    session.opened(at(3));
    session.receive(helloFrame, at(3));
    session.receive(request(1, 'TaskDeselected'), at(4));
    assert.equal(ofType(drain(session), 'deliver').length, 2);
  });
});

describe('handlers', () => {
  const state = (id) => request(id, 'TaskDeselected');

  test('of states run one by one, in order', () => {
    const session = opened('crm');
    for (const id of [1, 2, 3]) session.receive(state(id), at(id));
    assert.deepEqual(drain(session), [{ type: 'deliver', key: 1, id: 1, method: 'TaskDeselected', params: {} }]);
    session.answer(1, {}, at(4));
    assert.deepEqual(drain(session), [
      { type: 'sendFrame', text: '{"jsonrpc":"2.0","id":1,"result":null}' },
      { type: 'deliver', key: 2, id: 2, method: 'TaskDeselected', params: {} }]);
    session.answer(2, { error: { code: -32603, reason: 'internal_error', message: 'm' } }, at(5));
    const actions = drain(session);
    assert.match(sent(actions)[0], errorFrame(2, 'internal_error'));
    assert.equal(ofType(actions, 'deliver')[0].id, 3);
  });

  test('have ten seconds, then the line goes on without them', () => {
    const session = opened('crm');
    session.receive(state(1), at(100));
    session.receive(state(2), at(100));
    drain(session);
    session.receive(request('ping', 'Ping'), at(10099));
    assert.equal(session.deadline(), 10100);
    assert.equal(sent(drain(session)).at(-1), '{"jsonrpc":"2.0","id":"ping","result":null}');
    session.tick(at(10100));
    const actions = drain(session);
    assert.match(sent(actions)[0], errorFrame(1, 'handler_timeout'));
    assert.equal(ofType(actions, 'deliver')[0].id, 2);
    session.answer(1, {}, at(10101));
    assert.deepEqual(drain(session), []);
    assert.equal(session.counters.lateAnswers, 1);
  });

  test('answer to their own session only', () => {
    const session = opened('crm');
    session.receive(state(1), at(1));
    session.lost(at(2));
    session.opened(at(3));
    session.receive(helloFrame, at(3));
    session.receive(state(1), at(4));
    drain(session);
    session.answer(1, {}, at(5));
    assert.deepEqual(drain(session), []);
    session.answer(2, {}, at(6));
    assert.equal(sent(drain(session)).length, 1);
  });

  test('a result that cannot be written is an internal error', () => {
    const session = granted();
    session.answer(1, { result: { destination: 7 } }, at(3));
    const actions = drain(session);
    assert.equal(ofType(actions, 'problem').length, 1);
    assert.match(sent(actions)[0], errorFrame(1, 'internal_error'));
  });

  test('never see a Void, which takes its number and is answered', () => {
    const session = opened('crm');
    session.receive(request(1, 'Void'), at(1));
    const actions = drain(session);
    assert.match(sent(actions)[0], errorFrame(1, 'expired'));
    assert.equal(actions.length, 1);
    session.receive(request(2, 'TaskDeselected'), at(2));
    assert.equal(ofType(drain(session), 'deliver').length, 1);
  });

  test('messages against their direction never reach one', () => {
    for (const [role, frame] of [['flex', request(1, 'TaskDeselected')], ['crm', dial(1)], ['flex', request(1, 'DialClaimRequest', { dialId: 'd' })]]) {
      const session = opened(role);
      session.receive(frame, at(1));
      const actions = drain(session);
      assert.match(sent(actions)[0], errorFrame(1, 'wrong_role'));
      assert.equal(ofType(actions, 'deliver').length, 0);
    }
    assert.equal(opened('crm').send('TaskDeselected', {}, at(1)).error.reason, 'wrong_role');
    assert.equal(opened('flex').send('DialRequest', dialParams, at(1)).error.reason, 'wrong_role');
  });

  test('the session\'s own messages are not the application\'s', () => {
    for (const method of ['Hello', 'Ping', 'Bye', 'Void', 'DialClaimRequest', 'Launch', 'toString']) {
      assert.equal(opened('flex').send(method, { dialId: 'd', reason: 'logout' }, at(1)).error.reason, 'unknown_method');
    }
  });

  test('what cannot be sent costs no number', () => {
    const session = opened('flex');
    assert.equal(session.send('TaskSelected', {}, at(1)).error.pointer, '/attributes');
    assert.deepEqual(session.send('TaskDeselected', {}, at(1)), { key: 1 });
    assert.match(sent(drain(session))[0], /"id":1,/);
  });

  test('the server\'s limits hold for what is sent', () => {
    const session = new Session({ role: 'flex', agent: 'ana', instance: 'i1' });
    session.opened(at(0));
    session.receive(result('hello', { ...helloResult, limits: { frameBytes: 1024, depth: 4, members: 64, textBytes: 256 } }), at(0));
    assert.equal(session.send('TaskSelected', { attributes: { a: 'x'.repeat(1024) } }, at(1)).error.reason, 'too_large');
    assert.equal(session.send('TaskSelected', { attributes: { a: [[]] } }, at(1)).error.reason, 'too_deep');
    session.receive(request(1, 'Launch'), at(2));
  });
});

describe('silence', () => {
  test('of ours is broken by a ping', () => {
    const session = opened('crm');
    assert.equal(session.deadline(), 10000);
    session.tick(at(9999));
    assert.deepEqual(drain(session), []);
    session.tick(at(10000));
    assert.deepEqual(sent(drain(session)), ['{"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}}']);
    session.receive(result('ping'), at(10010));
    assert.deepEqual(drain(session), []);
    assert.equal(session.deadline(), 20000);
  });

  test('of the peer ends the connection, and the session if there is no resume', () => {
    for (const resumeMs of [0, undefined]) {
      const session = opened('crm', { resumeMs });
      session.send('DialRequest', { ...dialParams, lifetimeMs: 60000 }, at(0));
      session.tick(at(24999));
      assert.deepEqual(ofType(drain(session), 'closeTransport'), []);
      session.tick(at(25000));
      const actions = drain(session);
      assert.deepEqual(actions[0], { type: 'closeTransport', code: 4408, reason: 'idle' });
      assert.deepEqual(ofType(actions, 'answered').map(({ error }) => error.reason), resumeMs === 0 ? ['session_lost'] : []);
      assert.deepEqual(ofType(actions, 'ended'), resumeMs === 0 ? [{ type: 'ended', reason: 'idle', terminal: false }] : []);
    }
  });

  test('and a sleep end it before another frame is read', () => {
    const session = opened('crm');
    session.receive(request(1, 'TaskDeselected'), at(5, 3600000));
    assert.deepEqual(drain(session), [{ type: 'closeTransport', code: 4408, reason: 'slept' }]);
  });
});

describe('Bye', () => {
  test('keeps nobody away for more than a day', () => {
    const session = opened('flex');
    session.receive('{"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown","retryAfterMs":9007199254740991}}', at(1));
    assert.equal(ofType(drain(session), 'ended')[0].retryAfterMs, 86400000);
  });

  for (const [reason, terminal] of [['replaced', true], ['logout', true], ['shutdown', false]]) {
    test(`${reason} is ${terminal ? 'for good' : 'for now'}`, () => {
      const session = opened('crm');
      session.receive(`{"jsonrpc":"2.0","method":"Bye","params":{"reason":"${reason}","retryAfterMs":900}}`, at(1));
      assert.deepEqual(drain(session), [
        { type: 'closeTransport', code: 1000, reason }, { type: 'ended', reason, terminal, retryAfterMs: 900 }]);
    });
  }

  test('of ours is said before leaving', () => {
    const session = opened('crm');
    session.close('logout', at(1));
    assert.deepEqual(drain(session), [
      { type: 'sendFrame', text: '{"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}}' },
      { type: 'closeTransport', code: 1000, reason: 'logout' }, { type: 'ended', reason: 'logout', terminal: true }]);
    session.close('logout', at(2));
    session.lost(at(2));
    assert.deepEqual(drain(session), []);
  });
});

// ---- dials, where they are issued

describe('the issuer', () => {
  const claim = (id, dialId = 'd1') => request(id, 'DialClaimRequest', { dialId });
  const answered = (session) => ofType(drain(session), 'answered')[0];
  const issuer = (lifetimeMs = 10000, options) => {
    const session = opened('crm', options);
    assert.deepEqual(session.send('DialRequest', { ...dialParams, lifetimeMs }, at(0)), { key: 1 });
    drain(session);
    return session;
  };

  test('grants once', () => {
    const session = issuer();
    session.receive(claim(1), at(100));
    session.receive(claim(2), at(101));
    assert.deepEqual(sent(drain(session)), ['{"jsonrpc":"2.0","id":1,"result":{"granted":true}}', '{"jsonrpc":"2.0","id":2,"result":{"granted":false}}']);
  });

  test('grants nothing it does not know', () => {
    const session = issuer();
    session.receive(claim(1, 'other'), at(100));
    assert.match(sent(drain(session))[0], /"granted":false/);
  });

  test('grants up to the lifetime and not at it', () => {
    for (const [age, granted] of [[9999, true], [10000, false]]) {
      const session = issuer();
      session.receive(claim(1), at(age));
      assert.match(drain(session).find(({ text }) => text?.includes('granted')).text, new RegExp(`"granted":${granted}`));
    }
  });

  test('grants by the older of two clocks, also after one was set back', () => {
    const session = issuer(5000);
    session.receive(claim(1), at(500, 4500));
    assert.match(sent(drain(session)).at(-1), /"granted":false/);
    session.receive(claim(2), at(600, -3600000));
    assert.match(sent(drain(session))[0], /"granted":false/);
  });

  test('is not made to wait by handlers', () => {
    const session = issuer();
    session.receive(request(1, 'TaskDeselected'), at(10));
    session.receive(claim(2), at(11));
    assert.match(sent(drain(session))[0], /"id":2,"result":\{"granted":true\}/);
  });

  test('grants nothing after the end', () => {
    const session = issuer();
    session.receive(failure(1, -32011, { reason: 'agent_busy' }), at(10));
    session.receive(claim(1), at(11));
    const actions = drain(session);
    assert.equal(outcomeOf(ofType(actions, 'answered')[0]), 'refused');
    assert.match(sent(actions)[0], /"granted":false/);
  });

  test('sends a dialId once', () => {
    const session = issuer();
    assert.equal(session.send('DialRequest', dialParams, at(1)).error.pointer, '/dialId');
  });

  test('gives an unclaimed dial up two seconds after its lifetime', () => {
    const session = issuer(5000);
    assert.equal(session.deadline(), 7000);
    session.tick(at(6999));
    assert.equal(answered(session), undefined);
    session.tick(at(7000));
    const answer = answered(session);
    assert.equal(answer.error.reason, 'expired');
    assert.equal(outcomeOf(answer), 'expired');
    session.receive(result(1, { destination: '+34911234567' }), at(7001));
    assert.equal(answered(session), undefined);
    assert.equal(session.counters.unknownResponses, 1);
  });

  test('does not know what became of a granted dial after 35 s', () => {
    const session = issuer();
    session.receive(claim(1), at(1000));
    for (const t of [12000, 20000, 30000]) session.receive(request('ping', 'Ping'), at(t));
    session.tick(at(35999));
    assert.equal(answered(session), undefined);
    session.tick(at(36000));
    const answer = answered(session);
    assert.equal(answer.error.reason, 'outcome_unknown');
    assert.equal(outcomeOf(answer), 'unknown');
  });

  test('a result is a placed call', () => {
    const session = issuer();
    session.receive(claim(1), at(1));
    session.receive(result(1, { destination: '+34911234567', taskSid: `WT${'0'.repeat(32)}` }), at(2));
    const answer = answered(session);
    assert.equal(outcomeOf(answer), 'placed');
    assert.equal(answer.result.taskSid, `WT${'0'.repeat(32)}`);
  });

  for (const [code, reason, granted, outcome] of [
    [-32010, 'agent_offline', true, 'refused'], [-32011, 'agent_busy', true, 'refused'], [-32012, 'expired', true, 'expired'],
    [-32013, 'session_lost', true, 'unknown'], [-32014, 'destination_refused', true, 'refused'], [-32015, 'destination_not_allowed', true, 'refused'],
    [-32016, 'outbound_disabled', true, 'refused'], [-32017, 'misconfigured', true, 'refused'], [-32018, 'no_audio', true, 'refused'],
    [-32019, 'inbound_pending', true, 'refused'], [-32020, 'failed', true, 'failed'], [-32021, 'handler_timeout', true, 'unknown'],
    [-32603, 'internal_error', true, 'unknown'], [-32099, 'from_later', true, 'unknown'], [-32602, 'wrong_type', true, 'unknown'],
    [-32013, 'session_lost', false, 'failed'], [-32603, 'internal_error', false, 'failed'], [-32021, 'handler_timeout', false, 'failed'],
    [-32012, 'expired', false, 'expired'], [-32010, 'agent_offline', false, 'refused'], [-32602, 'wrong_type', false, 'refused'],
    [-32004, 'rate_limited', false, 'refused'],
  ]) {
    test(`${reason} ${granted ? 'after' : 'without'} a grant is ${outcome}`, () => {
      const session = issuer();
      if (granted) session.receive(claim(1), at(1));
      session.receive(failure(1, code, { reason }), at(2));
      assert.equal(outcomeOf(answered(session)), outcome);
    });
  }

  test('an error that names no reason gets the one of its code', () => {
    const session = issuer();
    session.receive('{"jsonrpc":"2.0","id":1,"error":{"code":-32010,"message":""}}', at(2));
    assert.equal(answered(session).error.reason, 'agent_offline');
  });

  test('a task that was never seen leaves the outcome open', () => {
    const session = issuer();
    session.receive(claim(1), at(1));
    session.receive(failure(1, -32020, { reason: 'failed', detail: 'no_task' }), at(2));
    const answer = answered(session);
    assert.deepEqual([answer.error.reason, answer.error.detail], ['outcome_unknown', 'no_task']);
  });

  test('bare says why it cannot know', () => {
    const session = issuer();
    session.receive(claim(1), at(1));
    session.receive(failure(1, -32603, { reason: 'internal_error', detail: 'no_answer_in_bare' }), at(2));
    const answer = answered(session);
    assert.deepEqual([answer.error.reason, answer.error.detail], ['outcome_unknown', 'no_answer_in_bare']);
    assert.equal(outcomeOf(answer), 'unknown');
  });

  test('a result that cannot be read is no certain answer', () => {
    for (const [granted, outcome] of [[true, 'unknown'], [false, 'failed']]) {
      const session = issuer();
      if (granted) session.receive(claim(1), at(1));
      session.receive(result(1, { destination: 7 }), at(2));
      assert.equal(outcomeOf(answered(session)), outcome);
    }
  });

  test('a lost session is certain without a grant and unknown with one', () => {
    for (const [granted, reason, outcome] of [[false, 'session_lost', 'failed'], [true, 'outcome_unknown', 'unknown']]) {
      const session = issuer(10000, { resumeMs: 0 });
      if (granted) session.receive(claim(1), at(1));
      drain(session);
      session.lost(at(2));
      const actions = drain(session);
      assert.equal(actions[0].error.reason, reason);
      assert.equal(outcomeOf(actions[0]), outcome);
      assert.deepEqual(actions[1], { type: 'ended', reason: 'connection_lost', terminal: false });
    }
  });

  test('refuses at once while it is not connected', () => {
    const session = opened('crm');
    session.lost(at(1));
    const refused = session.send('DialRequest', dialParams, at(2));
    assert.equal(refused.error.reason, 'not_connected');
    assert.equal(outcomeOf(refused), 'failed');
  });
});

// ---- dials, where they are placed

function granted(t = 1) {
  const session = opened('flex');
  session.receive(dial(1), at(1));
  session.receive(result(1, { granted: true }), at(t));
  drain(session);
  return session;
}

describe('the side of Flex', () => {
  test('asks before it dials', () => {
    const session = opened('flex');
    session.receive(dial(1), at(100));
    assert.deepEqual(drain(session), [{ type: 'sendFrame', text: '{"jsonrpc":"2.0","id":1,"method":"DialClaimRequest","params":{"dialId":"d1"}}' }]);
    session.receive(result(1, { granted: true }), at(300));
    assert.deepEqual(drain(session), [{
      type: 'deliver', key: 1, id: 1, method: 'DialRequest', params: dialParams, startBy: 2100, startByWall: at(2100).wall,
    }]);
    session.answer(1, { result: { destination: '+34911234567' } }, at(400));
    assert.deepEqual(sent(drain(session)), ['{"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}}']);
  });

  for (const [about, answer] of [['a no', result(1, { granted: false })], ['an error', failure(1, -32013)], ['nonsense', result(1, { granted: 'yes' })], ['null', result(1)]]) {
    test(`does not dial on ${about}`, () => {
      const session = opened('flex');
      session.receive(dial(1), at(1));
      session.receive(answer, at(2));
      const actions = drain(session);
      assert.match(sent(actions).at(-1), errorFrame(1, 'expired'));
      assert.equal(ofType(actions, 'deliver').length, 0);
      // and is free for the next
      session.receive(dial(2, 'd2'), at(3));
      assert.match(sent(drain(session))[0], /"id":2,"method":"DialClaimRequest"/);
    });
  }

  test('takes a grant of two seconds and drops an older one', () => {
    assert.equal(ofType(drain(grantedAfter(2000)), 'deliver').length, 1);
    const late = drain(grantedAfter(2001));
    assert.equal(ofType(late, 'deliver').length, 0);
    assert.match(sent(late).at(-1), errorFrame(1, 'expired'));
    const slept = drain(grantedAfter(10, 2001));
    assert.equal(ofType(slept, 'deliver').length, 0);
  });

  function grantedAfter(ms, off = 0) {
    const session = opened('flex');
    session.receive(dial(1), at(100));
    session.receive(result(1, { granted: true }), at(100 + ms, off));
    return session;
  }

  test('gives a claim up by itself, and the grant that comes after', () => {
    const session = opened('flex');
    session.receive(dial(1), at(100));
    drain(session);
    assert.equal(session.deadline(), 2101);
    session.tick(at(2101));
    assert.match(sent(drain(session))[0], errorFrame(1, 'expired'));
    session.receive(result(1, { granted: true }), at(2102));
    assert.deepEqual(drain(session), []);
    assert.equal(session.counters.unknownResponses, 1);
  });

  test('has one dial open at a time, from the claim to the answer', () => {
    const session = opened('flex');
    session.receive(dial(1), at(1));
    session.receive(dial(2, 'd2'), at(2));
    assert.match(sent(drain(session)).at(-1), errorFrame(2, 'agent_busy'));
    session.receive(result(1, { granted: true }), at(3));
    session.receive(dial(3, 'd3'), at(4));
    assert.match(sent(drain(session)).at(-1), errorFrame(3, 'agent_busy'));
    session.answer(1, { error: { code: -32016, reason: 'outbound_disabled', message: 'm' } }, at(5));
    session.receive(dial(4, 'd4'), at(6));
    assert.match(sent(drain(session)).at(-1), /DialClaimRequest.*"d4"/);
  });

  test('keeps the dial open after 40 s, until the action settled', () => {
    const session = granted();
    for (const t of [20000, 40000]) session.receive(request('ping', 'Ping'), at(t));
    drain(session);
    assert.equal(session.deadline(), 40001);
    session.tick(at(40001));
    assert.match(sent(drain(session))[0], errorFrame(1, 'handler_timeout'));
    session.receive(dial(2, 'd2'), at(40002));
    assert.match(sent(drain(session))[0], errorFrame(2, 'agent_busy'));
    session.answer(1, { result: { destination: '+34911234567' } }, at(40003));
    assert.deepEqual(drain(session), []);
    session.receive(dial(3, 'd3'), at(40004));
    assert.match(sent(drain(session))[0], /DialClaimRequest/);
  });

  test('keeps the dial open across a lost connection, but not a mere claim', () => {
    const session = granted();
    const again = (t) => {
      session.lost(at(t));
      session.opened(at(t));
      session.receive(helloFrame, at(t));
      drain(session);
    };
    again(10);
    session.receive(dial(1, 'd2'), at(11));
    assert.match(sent(drain(session))[0], errorFrame(1, 'agent_busy'));
    session.answer(1, { result: { destination: '+34911234567' } }, at(12));
    session.receive(dial(2, 'd3'), at(13));
    assert.match(sent(drain(session))[0], /"id":1,"method":"DialClaimRequest"/);
    again(14);
    session.receive(dial(1, 'd4'), at(15));
    assert.match(sent(drain(session))[0], /DialClaimRequest.*"d4"/);
  });

  test('a dial does not hold the line', () => {
    const session = granted();
    session.receive(dial(2, 'd2'), at(5));
    assert.equal(sent(drain(session)).length, 1);
  });
});

// ---- both together

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
