// A session that outlives its connections, as scripts: the peer's frames are literal, the clock is an argument.
// The C++ session keeps the same scripts in tests/unit/session_test.cpp.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Session } from '../../../src/browser/session.js';
import { drain } from './support.js';

const limits = '"idleMs":25000,"limits":{"frameBytes":65536,"depth":32,"members":2048,"textBytes":16384}';
const openedFrame = `{"jsonrpc":"2.0","id":"hello","result":{"session":"s-1","protocol":1,"resumed":false,${limits}}}`;
const resumedFrame = openedFrame.replace('false', 'true');
const otherFrame = openedFrame.replace('s-1', 's-2');
const pingFrame = '{"jsonrpc":"2.0","id":"ping","method":"Ping","params":{}}';
const pongFrame = '{"jsonrpc":"2.0","id":"ping","result":null}';

const nullFrame = (id) => `{"jsonrpc":"2.0","id":${id},"result":null}`;
const voidFrame = (id) => `{"jsonrpc":"2.0","id":${id},"method":"Void","params":{}}`;
const selectedFrame = (id, attributes = '{}') => `{"jsonrpc":"2.0","id":${id},"method":"TaskSelected","params":{"attributes":${attributes}}}`;
const deselectedFrame = (id) => `{"jsonrpc":"2.0","id":${id},"method":"TaskDeselected","params":{}}`;
const lookupFrame = (id) => `{"jsonrpc":"2.0","id":${id},"method":"ContactLookupRequest","params":{"text":"ana"}}`;
const openRecordFrame = (id) => `{"jsonrpc":"2.0","id":${id},"method":"OpenRecordRequest","params":{"record":{"id":"C-1"},"lifetimeMs":1000}}`;
const changedFrame = (id, digit = '1', more = '') => `{"jsonrpc":"2.0","id":${id},"method":"TaskChanged","params":{`
  + `"taskSid":"WT${digit.repeat(32)}","status":"accepted","at":"1970-01-01T00:00:01.000Z"${more}}}`;
const dialFrame = (id = 1, dialId = 'd-1') => `{"jsonrpc":"2.0","id":${id},"method":"DialRequest","params":{`
  + `"destination":"+34911234567","dialId":"${dialId}","lifetimeMs":10000}}`;
const claimFrame = (id = 1, dialId = 'd-1') => `{"jsonrpc":"2.0","id":${id},"method":"DialClaimRequest","params":{"dialId":"${dialId}"}}`;
const grantedFrame = (id, granted) => `{"jsonrpc":"2.0","id":${id},"result":{"granted":${granted}}}`;
const errorFrame = (id, code, reason) => `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"${reason.replaceAll('_', ' ')}","data":{"reason":"${reason}"}}}`;
const expiredFrame = (id) => errorFrame(id, -32012, 'expired');

const changed = (digit = '1') => ['TaskChanged', { taskSid: `WT${digit.repeat(32)}`, status: 'accepted', at: '1970-01-01T00:00:01.000Z' }];
const selection = (attributes) => ['TaskSelected', { attributes }];
const lookup = ['ContactLookupRequest', { text: 'ana' }];
const openRecord = ['OpenRecordRequest', { record: { id: 'C-1' }, lifetimeMs: 1000 }];
const dial = (dialId = 'd-1') => ['DialRequest', { destination: '+34911234567', dialId, lifetimeMs: 10000 }];

/** A session, a clock, and what came out of the last input. */
class Script {
  steady = 0;
  wall = 1700000000000;
  actions = [];

  constructor(role, options) {
    this.session = new Session({ role, agent: 'ana', instance: 'i-1' }, options);
    this.connect();
    this.receive(openedFrame);
  }
  get now() {
    return { steady: this.steady, wall: this.wall };
  }
  /** @param {(session: Session) => any} input */
  do(input) {
    const returned = input(this.session);
    this.actions = drain(this.session);
    return returned;
  }
  connect() {
    this.do((session) => session.opened(this.now));
  }
  lose() {
    this.do((session) => session.lost(this.now));
  }
  reconnect() {
    this.lose();
    this.connect();
  }
  receive(frame) {
    this.do((session) => session.receive(frame, this.now));
  }
  pass(ms) {
    this.steady += ms;
    this.wall += ms;
    this.do((session) => session.tick(this.now));
  }
  send([method, params]) {
    return this.do((session) => session.send(method, params, this.now));
  }
  answer(key, answer = {}) {
    this.do((session) => session.answer(key, answer, this.now));
  }
  of(type) {
    return this.actions.filter((action) => action.type === type);
  }
  get frames() {
    return this.of('sendFrame').map(({ text }) => text);
  }
  get delivered() {
    return this.of('deliver');
  }
  /** [key, reason of the error or undefined] of each. */
  get answered() {
    return this.of('answered').map(({ key, error }) => [key, error?.reason]);
  }
  get closed() {
    return this.of('closeTransport')[0]?.code;
  }
  get ended() {
    return this.of('ended')[0];
  }
}

describe('a session that goes on', () => {
  test('is asked for by name; what was not answered is repeated with its number, byte for byte', () => {
    const script = new Script('flex');
    script.send(changed('1'));
    script.send(changed('2'));
    assert.deepEqual(script.frames, [changedFrame(2, '2')]);
    script.receive(nullFrame(1));
    script.lose();
    assert.deepEqual(script.actions, []);
    script.connect();
    assert.deepEqual(script.frames, ['{"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"flex","protocolMin":1,"protocolMax":1,'
      + '"agent":"ana","instance":"i-1","resume":{"session":"s-1"}}}']);
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [changedFrame(2, '2')]);
    assert.deepEqual(script.of('opened').map(({ hello, reset }) => [hello.resumed, reset]), [[true, false]]);
    assert.deepEqual([script.ended, script.answered], [undefined, []]);
    script.receive(nullFrame(2));
    assert.deepEqual(script.answered, [[2, undefined]]);
    script.send(changed('3'));
    assert.deepEqual(script.frames, [changedFrame(3, '3')]);
  });

  test('takes events and state while there is no connection, commands and queries not', () => {
    const script = new Script('flex');
    script.lose();
    script.send(changed());
    const older = script.send(selection({ n: 1 }));
    script.connect();
    script.send(selection({ n: 2 }));
    assert.deepEqual(script.answered, [[older.key, 'superseded']]);
    for (const request of [lookup, openRecord]) assert.equal(script.send(request).error.reason, 'not_connected');
    assert.deepEqual(script.frames, []);
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [changedFrame(1), selectedFrame(2, '{"n":2}')]);
  });

  test('keeps what was sent as it was, whatever its sender does to it later', () => {
    const script = new Script('flex');
    script.lose();
    const params = { attributes: { n: 1 } };
    script.send(['TaskSelected', params]);
    params.attributes.n = 2;
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [selectedFrame(1, '{"n":1}')]);
  });

  test('repeats as Void a state that a newer one replaced, and a command or query whose time is over', () => {
    const script = new Script('flex');
    script.send(selection({ n: 1 }));
    const command = script.send(openRecord);
    assert.deepEqual(script.frames, [openRecordFrame(2)]);
    script.send(changed());
    script.send(lookup);
    script.send(['TaskDeselected', {}]);
    script.lose();
    script.pass(999);
    assert.deepEqual(script.answered, []);
    script.pass(1);
    assert.deepEqual(script.answered, [[command.key, 'timed_out']]);
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1), voidFrame(2), changedFrame(3), lookupFrame(4), deselectedFrame(5)]);
    script.receive(expiredFrame(2));
    assert.deepEqual(script.answered, []);  // it was told before
    script.receive(expiredFrame(1));
    assert.deepEqual(script.answered, [[1, 'expired']]);
    for (let passed = 1000; passed < 30000; passed += 1000) {
      script.pass(1000);
      assert.deepEqual(script.answered, passed === 29000 ? [[4, 'timed_out']] : []);
      script.receive(pongFrame);
    }
    script.reconnect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [changedFrame(3), voidFrame(4), deselectedFrame(5)]);
  });

  test('repeats as Void a state that a waiting one replaces', () => {
    const script = new Script('flex');
    script.send(selection({ n: 1 }));
    script.lose();
    script.send(['TaskDeselected', {}]);
    assert.deepEqual(script.answered, []);  // the peer may have had it
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1), deselectedFrame(2)]);
  });

  test('keeps as Void what went as Void, although the newer state was answered first', () => {
    const script = new Script('flex');
    script.send(selection({ n: 1 }));
    script.send(['TaskDeselected', {}]);
    script.reconnect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1), deselectedFrame(2)]);
    script.receive(nullFrame(2));
    script.reconnect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1)]);
  });

  test('answers a Void that comes first with expired, and one for a number taken before from that', () => {
    const script = new Script('crm');
    script.receive(voidFrame(1));
    assert.deepEqual(script.frames, [expiredFrame(1)]);
    assert.deepEqual(script.delivered, []);
    script.receive(selectedFrame(2));
    const [{ key }] = script.delivered;
    script.receive(voidFrame(2));
    assert.deepEqual(script.actions, []);  // its handler runs
    script.answer(key);
    script.receive(voidFrame(2));
    assert.deepEqual(script.frames, [nullFrame(2)]);
    assert.equal(script.send(['Void', {}]).error.reason, 'unknown_method');
  });

  test('answers a repeated request again and never handles it twice', () => {
    const script = new Script('crm');
    script.receive(selectedFrame(1));
    const [{ key }] = script.delivered;
    script.reconnect();
    script.receive(resumedFrame);
    script.receive(selectedFrame(1));
    assert.deepEqual(script.actions, []);
    script.answer(key);
    assert.deepEqual(script.frames, [nullFrame(1)]);
    script.receive(selectedFrame(1));
    assert.deepEqual(script.frames, [nullFrame(1)]);
    assert.deepEqual(script.delivered, []);
  });

  test('keeps an answer given while there is no connection until it is asked for again', () => {
    for (const when of ['lost', 'greeting']) {
      const script = new Script('crm');
      script.receive(selectedFrame(1));
      script.receive(deselectedFrame(2));
      script.lose();
      if (when === 'greeting') script.connect();
      script.answer(1);
      assert.deepEqual(script.frames, []);
      assert.deepEqual(script.delivered.map(({ method }) => method), ['TaskDeselected']);  // the line goes on
      if (when === 'lost') script.connect();
      script.receive(resumedFrame);
      assert.deepEqual(script.frames, []);
      script.receive(selectedFrame(1));
      assert.deepEqual(script.frames, [nullFrame(1)]);
    }
  });

  test('does not keep an answer of more than 1 KiB: its repetition is answered session_lost', () => {
    for (const [bytes, kept] of [[1024, true], [1025, false]]) {
      const script = new Script('crm');
      script.receive(lookupFrame(1));
      const empty = '{"jsonrpc":"2.0","id":1,"result":{"matches":[{"id":"C-1","name":""}]}}';
      script.answer(1, { result: { matches: [{ id: 'C-1', name: `ñ${'n'.repeat(bytes - empty.length - 2)}` }] } });
      const [answer] = script.frames;
      assert.equal(Buffer.byteLength(answer), bytes);
      script.receive(voidFrame(1));
      assert.deepEqual(script.frames, [kept ? answer : errorFrame(1, -32013, 'session_lost')]);
    }
  });

  test('takes numbers of the window alone', () => {
    const script = new Script('crm');
    for (let id = 1; id <= 70; id++) {
      script.receive(selectedFrame(id));
      script.answer(script.delivered[0].key);
    }
    script.receive(selectedFrame(7));
    assert.deepEqual(script.frames, [nullFrame(7)]);
    script.receive(selectedFrame(6));
    assert.equal(script.closed, 4400);

    const greedy = new Script('crm');
    for (let id = 1; id <= 64; id++) greedy.receive(selectedFrame(id));
    assert.equal(greedy.closed, undefined);
    greedy.receive(selectedFrame(65));
    assert.equal(greedy.closed, 4400);
  });

  test('lets 60 through its window and keeps the rest for claims', () => {
    const script = new Script('flex');
    for (let id = 1; id <= 60; id++) {
      script.send(changed());
      assert.deepEqual(script.frames, [changedFrame(id)]);
    }
    script.send(changed('2'));
    script.send(selection({ n: 1 }));
    script.send(selection({ n: 2 }));
    assert.deepEqual(script.answered, [[62, 'superseded']]);
    assert.deepEqual(script.frames, []);
    assert.equal(script.send(lookup).error.reason, 'backpressure');
    script.receive(dialFrame());
    assert.deepEqual(script.frames, [claimFrame(61)]);
    script.receive(nullFrame(1));
    assert.deepEqual(script.frames, [changedFrame(62, '2')]);
    script.receive(nullFrame(2));
    assert.deepEqual(script.frames, [selectedFrame(63, '{"n":2}')]);
  });

  test('does not send number n before n - 64 was answered, also not a claim', () => {
    const script = new Script('flex');
    script.send(changed());
    for (let id = 2; id <= 64; id++) {
      script.send(changed());
      script.receive(nullFrame(id));
    }
    script.send(changed('2'));
    script.receive(dialFrame());
    assert.deepEqual(script.frames, [errorFrame(1, -32011, 'agent_busy')]);
    script.receive(nullFrame(1));
    assert.deepEqual(script.frames, [changedFrame(65, '2')]);
  });

  test('ends when more events wait than there is room for, and everybody is told', () => {
    const bytes = changedFrame(Number.MAX_SAFE_INTEGER).length;
    const script = new Script('flex', { eventBytes: 3 * bytes });
    script.lose();
    for (let i = 0; i < 3; i++) {
      assert.equal(script.send(changed()).error, undefined);
      assert.deepEqual(script.actions, []);
    }
    script.send(['TaskDeselected', {}]);
    assert.deepEqual(script.actions, []);  // state never gets backpressure
    assert.equal(script.send(changed()).key, 5);
    assert.deepEqual(script.answered, [1, 2, 3, 4, 5].map((key) => [key, 'session_lost']));
    assert.deepEqual(script.ended, { type: 'ended', reason: 'backpressure', terminal: false });
    assert.equal(script.send(changed()).error.reason, 'not_connected');
    script.connect();
    script.receive(openedFrame);
    assert.deepEqual([script.frames, script.of('opened')[0].reset], [[], true]);

    const open = new Script('flex', { eventBytes: 0 });
    for (let i = 0; i < 60; i++) open.send(changed());
    assert.equal(open.closed, undefined);
    open.send(changed());
    assert.equal(open.closed, 4400);
    assert.equal(open.answered.length, 61);
  });
});

describe('a session that was lost', () => {
  test('is told; its events go first, marked, and everything else of it ends', () => {
    const script = new Script('flex');
    script.send(changed('1'));
    script.send(selection({}));
    script.send(lookup);
    script.lose();
    script.send(changed('2'));
    script.send(['AgentChanged', { availability: 'busy' }]);
    script.connect();
    script.receive(otherFrame);
    assert.deepEqual(script.actions.map(({ type }) => type), ['answered', 'answered', 'answered', 'ended', 'opened', 'sendFrame', 'sendFrame']);
    assert.deepEqual(script.answered, [[2, 'session_lost'], [3, 'session_lost'], [5, 'session_lost']]);
    assert.deepEqual(script.ended, { type: 'ended', reason: 'session_lost', terminal: false });
    assert.deepEqual(script.of('opened').map(({ hello, reset }) => [hello.session, reset]), [['s-2', true]]);
    assert.deepEqual(script.frames, [changedFrame(1, '1', ',"repeated":true'), changedFrame(2, '2', ',"repeated":true')]);
    script.receive(nullFrame(1));
    script.receive(nullFrame(2));
    assert.deepEqual(script.answered, [[4, undefined]]);
  });

  test('hands its events on as often as it takes', () => {
    const script = new Script('flex');
    script.send(changed('1'));
    script.receive('{"jsonrpc":"2.0","method":"Bye","params":{"reason":"shutdown"}}');
    assert.deepEqual(script.answered, []);
    script.connect();
    script.receive('{"jsonrpc":"2.0","id":"hello","error":{"code":-32004,"message":""}}');
    assert.deepEqual([script.answered, script.ended.reason], [[], 'rate_limited']);
    script.connect();
    script.receive(otherFrame);
    assert.deepEqual(script.frames, [changedFrame(1, '1', ',"repeated":true')]);
    script.reconnect();
    script.receive(otherFrame.replace('s-2', 's-3'));
    assert.deepEqual(script.frames, [changedFrame(1, '1', ',"repeated":true')]);
    script.do((session) => session.close('logout', script.now));
    assert.deepEqual(script.answered, [[1, 'session_lost']]);
  });

  test('hands nothing on when there will be no other', () => {
    for (const end of ['{"jsonrpc":"2.0","method":"Bye","params":{"reason":"replaced"}}', '{"jsonrpc":"2.0","method":"Bye","params":{"reason":"logout"}}']) {
      const script = new Script('flex');
      script.send(changed());
      script.receive(end);
      assert.deepEqual([script.answered, script.ended.terminal], [[[1, 'session_lost']], true]);
    }
    const between = new Script('flex');
    between.send(changed());
    between.receive('[]');
    assert.deepEqual(between.answered, []);
    between.do((session) => session.close('logout', between.now));
    assert.deepEqual(between.answered, [[1, 'session_lost']]);

    const waiting = new Script('flex');
    waiting.lose();
    waiting.send(changed());
    waiting.do((session) => session.close('shutdown', waiting.now));
    assert.deepEqual(waiting.actions.map(({ type }) => type), ['answered', 'ended']);
    waiting.do((session) => session.close('shutdown', waiting.now));
    assert.deepEqual(waiting.actions, []);
  });

  test('an event that the new server does not take is told so', () => {
    const script = new Script('flex');
    script.send(['TaskSelected', { attributes: {} }]);
    script.send(['TaskChanged', { ...changed()[1], status: 'x'.repeat(2000) }]);
    script.reconnect();
    script.receive(otherFrame.replace('65536', '1024'));
    assert.deepEqual(script.answered, [[1, 'session_lost'], [2, 'too_large']]);
    assert.deepEqual(script.frames, []);
  });

  test('takes the replies to its requests along', () => {
    const script = new Script('crm');
    script.receive(selectedFrame(1));
    const [{ key: stale }] = script.delivered;
    script.receive(deselectedFrame(2));
    script.reconnect();
    script.receive(otherFrame);
    script.answer(stale);
    assert.deepEqual([script.frames, script.session.counters.lateAnswers], [[], 1]);
    script.receive(selectedFrame(1));
    assert.notEqual(script.delivered[0].key, stale);
    assert.deepEqual(script.delivered.map(({ method }) => method), ['TaskSelected']);
    script.answer(script.delivered[0].key);
    assert.deepEqual(script.frames, [nullFrame(1)]);
  });

  test('is over after two minutes, by either clock', () => {
    for (const off of [0, 30000]) {
      const script = new Script('flex');
      script.send(selection({}));
      script.lose();
      assert.equal(script.session.deadline(), 120000);
      script.wall += off;
      script.pass(60000);
      script.connect();
      script.lose();  // an attempt that failed does not prolong it
      script.pass(59999 - off);
      assert.equal(script.ended, undefined);
      script.pass(1);
      assert.deepEqual(script.answered, [[1, 'session_lost']]);
      assert.deepEqual(script.ended, { type: 'ended', reason: 'session_lost', terminal: false });
      assert.equal(script.session.deadline(), undefined);
      assert.equal(script.send(selection({})).error.reason, 'not_connected');
      script.connect();
      assert.doesNotMatch(script.frames[0], /resume/);
      script.receive(otherFrame);
      assert.equal(script.of('opened')[0].reset, true);
    }
  });

  test('is not over while the server may still go on with it', () => {
    const script = new Script('flex');
    script.lose();
    script.pass(119000);
    script.connect();
    script.pass(1000);
    assert.equal(script.ended, undefined);
    script.receive(resumedFrame);
    assert.equal(script.of('opened').length, 1);
  });

  test('is never gone on with when that is switched off', () => {
    const script = new Script('flex', { resumeMs: 0 });
    script.send(['TaskDeselected', {}]);
    script.send(lookup);
    script.lose();
    assert.deepEqual(script.answered, [[1, 'session_lost'], [2, 'session_lost']]);
    assert.deepEqual(script.ended, { type: 'ended', reason: 'connection_lost', terminal: false });
    assert.equal(script.send(['TaskDeselected', {}]).error.reason, 'not_connected');
    script.receive(nullFrame(1));
    script.pass(3600000);
    assert.deepEqual(script.actions, []);
    script.connect();
    assert.doesNotMatch(script.frames[0], /resume/);
  });

  test('ends with 4400 when the server goes on with another one', () => {
    const script = new Script('flex');
    script.reconnect();
    script.receive(otherFrame.replace('false', 'true'));
    assert.equal(script.closed, 4400);
    const fresh = new Session({ role: 'flex', agent: 'ana', instance: 'i-1' });
    fresh.opened(script.now);
    fresh.receive(resumedFrame, script.now);
    assert.equal(drain(fresh).at(-1).reason, 'resumed_another_session');
  });

  test('ends with 4400, not to be repeated', () => {
    const script = new Script('flex');
    script.send(lookup);
    script.receive('[]');
    assert.deepEqual([script.closed, script.answered], [4400, [[1, 'session_lost']]]);
    script.connect();
    assert.doesNotMatch(script.frames[0], /resume/);
  });
});

describe('a connection of a session that goes on', () => {
  test('ends by silence and by a Hello that takes too long, without the session', () => {
    const script = new Script('flex');
    script.send(lookup);
    script.pass(10000);
    assert.deepEqual(script.frames, [pingFrame]);
    script.pass(15000);
    assert.deepEqual(script.actions, [{ type: 'closeTransport', code: 4408, reason: 'idle' }]);
    script.connect();
    script.pass(4999);
    assert.deepEqual(script.actions, []);
    script.pass(1);
    assert.deepEqual(script.of('closeTransport'), [{ type: 'closeTransport', code: 4408, reason: 'no_hello_result' }]);
    assert.deepEqual(script.answered, [[1, 'timed_out']]);
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1)]);
  });

  test('ends when this side slept, before another frame is believed', () => {
    const script = new Script('crm');
    script.wall += 5001;
    script.receive(selectedFrame(1));
    assert.deepEqual(script.actions, [{ type: 'closeTransport', code: 4408, reason: 'slept' }]);
    script.connect();
    script.receive(resumedFrame);
    script.wall += 5000;
    script.receive(selectedFrame(1));
    assert.equal(script.delivered.length, 1);
    script.wall -= 3600000;  // a clock set back is no sleep
    script.receive(selectedFrame(2));
    assert.equal(script.closed, undefined);
    script.wall += 5001;
    script.pass(0);
    assert.equal(script.closed, 4408);
    script.wall += 5001;  // nobody is connected
    script.pass(0);
    assert.deepEqual(script.actions, []);
  });
});

describe('a dial over a cut', () => {
  test('the agent\'s one open dial outlives the session that brought it', () => {
    const script = new Script('flex');
    script.receive(dialFrame());
    script.receive(grantedFrame(1, true));
    const [{ key }] = script.delivered;
    script.reconnect();
    script.receive(otherFrame);
    script.receive(dialFrame(1, 'd-2'));
    assert.deepEqual(script.frames, [errorFrame(1, -32011, 'agent_busy')]);
    script.answer(key, { result: { destination: '+34911234567' } });
    assert.deepEqual(script.frames, []);
    script.receive(dialFrame(2, 'd-3'));
    assert.deepEqual(script.frames, [claimFrame(1, 'd-3')]);
  });

  test('the issuer\'s dial goes on, and is granted at most once', () => {
    const script = new Script('crm');
    script.send(dial());
    script.receive(claimFrame());
    assert.deepEqual(script.frames, [grantedFrame(1, true)]);
    script.reconnect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [dialFrame()]);
    script.receive(claimFrame());  // repeated, because the grant was lost
    assert.deepEqual(script.frames, [grantedFrame(1, true)]);
    script.receive(claimFrame(2));
    assert.deepEqual(script.frames, [grantedFrame(2, false)]);
    script.receive('{"jsonrpc":"2.0","id":1,"result":{"destination":"+34911234567"}}');
    assert.deepEqual(script.answered, [[1, undefined]]);
  });

  test('a dial whose lifetime passed while there was no connection is repeated as Void', () => {
    const script = new Script('crm');
    script.send(dial());
    script.lose();
    script.pass(10000);
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1)]);
    script.receive(expiredFrame(1));
    assert.deepEqual(script.answered, [[1, 'expired']]);
  });

  test('without a connection dials end by time alone', () => {
    const script = new Script('crm');
    script.send(dial('d-0'));
    script.send(dial('d-1'));
    script.receive(claimFrame());
    script.lose();
    script.pass(11999);
    assert.deepEqual(script.answered, []);
    script.pass(1);
    assert.deepEqual(script.answered, [[1, 'expired']]);
    script.pass(22999);
    assert.deepEqual(script.answered, []);
    script.pass(1);
    assert.deepEqual(script.answered, [[2, 'outcome_unknown']]);
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [voidFrame(1), voidFrame(2)]);
  });

  test('a lost session leaves an ungranted dial certain and a granted one unknown', () => {
    const script = new Script('crm');
    script.send(dial('d-0'));
    script.send(dial('d-1'));
    script.receive(claimFrame());
    script.reconnect();
    assert.deepEqual(script.answered, []);
    script.receive(otherFrame);
    assert.deepEqual(script.answered, [[1, 'session_lost'], [2, 'outcome_unknown']]);
    script.receive(claimFrame(1, 'd-0'));
    assert.deepEqual(script.frames, [grantedFrame(1, false)]);
  });

  test('a laptop that slept grants nothing', () => {
    const script = new Script('crm');
    script.send(dial());
    script.wall += 600000;
    script.receive(claimFrame());
    assert.deepEqual(script.frames, []);
    assert.equal(script.closed, 4408);
    assert.deepEqual(script.answered, [[1, 'expired']]);
  });

  test('Flex repeats a claim that is young, and starts nothing on one that is not', () => {
    const script = new Script('flex');
    script.receive(dialFrame());
    script.lose();
    script.pass(1500);
    script.connect();
    script.receive(resumedFrame);
    assert.deepEqual(script.frames, [claimFrame()]);
    script.receive(grantedFrame(1, true));
    assert.deepEqual(script.delivered.map(({ startBy }) => startBy), [2000]);

    const late = new Script('flex');
    late.receive(dialFrame());
    late.lose();
    late.pass(2001);
    assert.deepEqual(late.frames, []);
    late.connect();
    late.receive(resumedFrame);
    assert.deepEqual(late.frames, [voidFrame(1)]);
    late.receive(grantedFrame(1, true));
    assert.deepEqual(late.actions, []);
    late.receive(dialFrame());  // repeated, because the answer could not be sent
    assert.deepEqual(late.frames, [expiredFrame(1)]);

    const lost = new Script('flex');
    lost.receive(dialFrame());
    lost.reconnect();
    lost.receive(otherFrame);
    assert.deepEqual([lost.answered, lost.frames], [[], []]);
  });
});
