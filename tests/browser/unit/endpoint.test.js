import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Endpoint } from '../../../src/browser/endpoint.js';
import { ManualClock, helloFrame, helloResult, resumedFrame, settle } from './support.js';

/** A transport that does nothing by itself. */
class Line {
  opens = 0;
  sent = [];
  closes = [];
  takes = true;
  open(events) {
    this.opens++;
    this.events = events;
  }
  send(text) {
    if (this.takes) this.sent.push(JSON.parse(text));
    return this.takes;
  }
  close(code) {
    this.closes.push(code);
  }
}

function make(more = {}) {
  const clock = new ManualClock();
  const transport = new Line();
  const problems = [];
  const states = [];
  const endpoint = new Endpoint({
    transport, clock, role: 'crm', agent: 'ana', instance: 'i1', random: () => 0.5, onProblem: (error) => problems.push(error.reason), ...more,
  });
  endpoint.onState((state, details) => states.push([state, details.reason, details.retryInMs].filter((v) => v !== undefined)));
  states.length = 0;
  return { clock, transport, endpoint, problems, states };
}

function connect({ transport }, answer = helloFrame) {
  transport.events.opened();
  transport.events.received(answer);
}

const say = ({ transport }, frame) => transport.events.received(JSON.stringify({ jsonrpc: '2.0', ...frame }));

describe('connecting', () => {
  test('says Hello and tells its state', async () => {
    const it = make({ token: 't' });
    it.endpoint.start();
    it.endpoint.start();
    assert.equal(it.transport.opens, 1);
    connect(it);
    assert.equal(it.transport.sent[0].params.token, 't');
    assert.deepEqual(it.states, [['connecting'], ['open']]);
    let told;
    it.endpoint.onState((state, details) => { told = [state, details]; });
    assert.deepEqual(told, ['open', { hello: helloResult, resumed: false, reset: false }]);
  });

  test('makes an instance of its own', () => {
    const [a, b] = [make({ instance: undefined }), make({ instance: undefined })];
    assert.match(a.endpoint.instance, /^[0-9a-f-]{36}$/);
    assert.notEqual(a.endpoint.instance, b.endpoint.instance);
  });

  test('waits longer each time, up to 15 s, by full jitter', async () => {
    const it = make({ random: () => 1 });
    it.endpoint.start();
    const waits = [];
    for (let i = 0; i < 9; i++) {
      it.transport.events.closed();
      waits.push(it.states.at(-1)[2]);
      await it.clock.advance(15000);
    }
    assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
    assert.equal(it.transport.opens, 10);
    const none = make({ random: () => 0 });
    none.endpoint.start();
    none.transport.events.closed();
    assert.deepEqual(none.states.at(-1), ['waiting', 'not_reachable', 0]);
  });

  test('starts from the shortest wait after 30 s up, not before', async () => {
    for (const [up, wait] of [[29000, 1000], [30000, 125]]) {
      const it = make();
      it.endpoint.start();
      for (let i = 0; i < 3; i++) {
        it.transport.events.closed();
        await it.clock.advance(2000);
      }
      connect(it);
      for (let passed = 0; passed < up; passed += 1000) {
        say(it, { id: 'ping', method: 'Ping' });
        await it.clock.advance(1000);
      }
      it.transport.events.closed();
      assert.deepEqual(it.states.at(-1), ['waiting', 'connection_lost', wait]);
    }
  });

  test('takes the server\'s wait as the least', () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    say(it, { method: 'Bye', params: { reason: 'shutdown', retryAfterMs: 9000 } });
    assert.deepEqual(it.states.at(-1), ['waiting', 'shutdown', 9000]);
  });

  test('does not come back after an end that is final, but by a person\'s act', async () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    say(it, { method: 'Bye', params: { reason: 'replaced' } });
    assert.deepEqual(it.states.at(-1), ['ended', 'replaced']);
    await it.clock.advance(3600000);
    assert.equal(it.transport.opens, 1);
    it.endpoint.start({ takeover: true });
    connect(it);
    assert.equal(it.transport.sent.at(-1).params.takeover, true);
    assert.equal(it.endpoint.state, 'open');
  });

  test('asks for a token each time and tries a new one once', async () => {
    let asked = 0;
    const it = make({ token: async () => `t${++asked}` });
    const refuse = () => say(it, { id: 'hello', error: { code: -32001, message: '' } });
    it.endpoint.start();
    await settle();
    it.transport.events.opened();
    refuse();
    assert.deepEqual(it.states.at(-1), ['waiting', 'unauthorized', 125]);
    await it.clock.advance(125);
    it.transport.events.opened();
    assert.equal(it.transport.sent.at(-1).params.token, 't2');
    refuse();
    assert.deepEqual(it.states.at(-1), ['ended', 'unauthorized']);
  });

  test('a token that cannot be had is a reason to wait', async () => {
    const it = make({ token: async () => { throw new Error('no'); } });
    it.endpoint.start();
    await settle();
    assert.deepEqual(it.states.at(-1), ['waiting', 'no_token', 125]);
    assert.equal(it.transport.opens, 0);
  });

  test('a token that does not come in time is one too', async () => {
    const late = [];
    const it = make({ token: () => new Promise((resolve) => late.push(resolve)) });
    it.endpoint.start();
    await it.clock.advance(9999);
    assert.equal(it.states.at(-1)[0], 'connecting');
    await it.clock.advance(1);
    assert.deepEqual(it.states.at(-1), ['waiting', 'no_token', 125]);
    await it.clock.advance(125);
    assert.equal(late.length, 2);
    late[0]('old');
    await settle();
    assert.equal(it.transport.opens, 0);
    late[1]('new');
    await settle();
    it.transport.events.opened();
    assert.equal(it.transport.sent.at(-1).params.token, 'new');
    assert.equal(it.transport.opens, 1);
  });

  test('learns who it is from the transport', () => {
    const it = make({ agent: undefined });
    it.endpoint.start();
    it.transport.events.opened({ agent: 'eva', token: 'ticket' });
    assert.deepEqual([it.transport.sent[0].params.agent, it.transport.sent[0].params.token], ['eva', 'ticket']);
  });

  test('stops at any time and leaves no timer', async () => {
    for (const until of [() => {}, connect, (it) => it.transport.events.opened(), (it) => it.transport.events.closed()]) {
      const it = make();
      it.endpoint.start();
      until(it);
      it.endpoint.stop('logout');
      assert.deepEqual(it.states.at(-1), ['ended', 'logout']);
      assert.equal(it.clock.pending, 0);
      it.transport.events.closed();
      it.transport.events.opened();
      assert.equal(it.endpoint.state, 'ended');
    }
  });

  test('stops for now without another try, also from inside a handler', () => {
    for (const inside of [false, true]) {
      const it = make();
      it.endpoint.on('TaskDeselected', () => it.endpoint.stop());
      it.endpoint.start();
      connect(it);
      if (inside) say(it, { id: 1, method: 'TaskDeselected' });
      else it.endpoint.stop();
      assert.deepEqual(it.transport.sent.at(-1), { jsonrpc: '2.0', method: 'Bye', params: { reason: 'shutdown' } });
      assert.deepEqual(it.states, [['connecting'], ['open'], ['ended', 'shutdown']]);
      assert.equal(it.clock.pending, 0);
    }
  });

  test('a watcher may stop it while it waits', () => {
    const it = make();
    it.endpoint.onState((state) => state === 'waiting' && it.endpoint.stop());
    it.endpoint.start();
    it.transport.events.closed();
    assert.deepEqual([it.endpoint.state, it.clock.pending], ['ended', 0]);
  });

  test('a transport that takes no more is a lost one', () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    it.transport.takes = false;
    say(it, { id: 'ping', method: 'Ping' });
    assert.deepEqual(it.states.at(-1), ['waiting', 'connection_lost', 125]);
    assert.equal(it.transport.closes.length, 1);
  });

  test('events of an older connection mean nothing', async () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    const old = it.transport.events;
    old.closed();
    await it.clock.advance(125);
    old.closed();
    old.received('x');
    assert.equal(it.endpoint.state, 'connecting');
  });
});

describe('handlers', () => {
  const frames = (it) => it.transport.sent.slice(1);

  test('answer with what they return', async () => {
    const it = make();
    const got = [];
    it.endpoint.on('TaskSelected', async (params) => { got.push(params.attributes); });
    it.endpoint.start();
    connect(it);
    say(it, { id: 1, method: 'TaskSelected', params: { attributes: { a: 1 } } });
    say(it, { id: 2, method: 'TaskDeselected' });
    await settle();
    assert.deepEqual(got, [{ a: 1 }]);
    assert.deepEqual(frames(it), [{ jsonrpc: '2.0', id: 1, result: null }, { jsonrpc: '2.0', id: 2, result: null }]);
  });

  test('refuse by throwing a reason; other exceptions say nothing of themselves', async () => {
    const it = make();
    const thrown = [{ reason: 'failed', detail: 'no_task' }, { reason: 'not a reason +34911234567' }, new Error('secret'), undefined, null, 7, { reason: 'superseded', detail: 'ours' }];
    it.endpoint.on('TaskDeselected', () => { throw thrown.shift(); });
    it.endpoint.start();
    connect(it);
    for (const id of [1, 2, 3, 4, 5, 6, 7]) say(it, { id, method: 'TaskDeselected' });
    await settle();
    assert.deepEqual(frames(it).map(({ error }) => [error.code, error.data.reason, error.data.detail]), [
      [-32020, 'failed', 'no_task'], ...Array(5).fill([-32603, 'internal_error', undefined]), [-32603, 'internal_error', 'ours']]);
    assert.ok(!JSON.stringify(frames(it)).includes('secret'));
    assert.deepEqual(it.problems, Array(4).fill('internal_error'));
  });

  test('that are missing: news is taken, a command is not', async () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    say(it, { id: 1, method: 'DialRequest', params: { destination: '+34911234567', dialId: 'd', lifetimeMs: 10000 } });
    say(it, { id: 1, result: { granted: true } });
    await settle();
    assert.deepEqual([frames(it)[1].error.code, frames(it)[1].error.data.detail], [-32020, 'no_handler']);
  });

  test('of a dial know whether it may still start, by both clocks', async () => {
    const it = make({ role: 'flex' });
    let ask;
    it.endpoint.on('DialRequest', (params, { mayStart }) => {
      ask = mayStart;
      return new Promise(() => {});
    });
    it.endpoint.start();
    connect(it);
    say(it, { id: 1, method: 'DialRequest', params: { destination: '+34911234567', dialId: 'd', lifetimeMs: 10000 } });
    say(it, { id: 1, result: { granted: true } });
    assert.equal(ask(), true);
    it.clock.wall += 2001;
    assert.equal(ask(), false);
    it.clock.wall -= 2001;
    it.clock.steady += 2001;
    assert.equal(ask(), false);
  });

  test('a watcher may send when the state is told', () => {
    const it = make({ role: 'flex' });
    it.endpoint.onState((state) => { if (state === 'open') it.endpoint.send('TaskDeselected', {}); });
    it.endpoint.start();
    connect(it);
    assert.deepEqual(frames(it), [{ jsonrpc: '2.0', id: 1, method: 'TaskDeselected', params: {} }]);
  });
});

describe('requests', () => {
  test('are answered, whatever happens', async () => {
    const it = make();
    assert.equal((await it.endpoint.dial({ destination: '+34911234567' })).outcome, 'failed');
    it.endpoint.start();
    connect(it);
    assert.equal((await it.endpoint.dial({ destination: '' })).outcome, 'refused');
    const dial = it.endpoint.dial({ destination: '+34911234567' });
    const { id, params } = it.transport.sent.at(-1);
    assert.equal(params.lifetimeMs, 10000);
    assert.match(params.dialId, /^[0-9a-f-]{36}$/);
    say(it, { id: 1, method: 'DialClaimRequest', params: { dialId: params.dialId } });
    assert.deepEqual(it.transport.sent.at(-1).result, { granted: true });
    say(it, { id, result: { destination: '+34911234567' } });
    assert.deepEqual(await dial, { dialId: params.dialId, outcome: 'placed', result: { destination: '+34911234567' } });
    const lost = it.endpoint.dial({ destination: '+34911234567' });
    it.transport.events.closed();
    await it.clock.advance(125);
    connect(it);
    assert.equal((await lost).error.reason, 'session_lost');
  });

  test('time out by the clock alone', async () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    const dial = it.endpoint.dial({ destination: '+34911234567', lifetimeMs: 1000 });
    await it.clock.advance(3000);
    assert.equal((await dial).outcome, 'expired');
  });

  test('that nobody waits for report their refusal', () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    it.endpoint.send('TaskDeselected', {});
    say(it, { id: 1, error: { code: -32002, message: '' } });
    assert.deepEqual(it.problems, ['wrong_role']);
  });

  test('silence is broken by pings and ended by the clock', async () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    await it.clock.advance(10000);
    assert.equal(it.transport.sent.at(-1).method, 'Ping');
    await it.clock.advance(15000);
    assert.deepEqual(it.states.at(-1), ['waiting', 'idle', 125]);
    assert.deepEqual(it.transport.closes, [4408]);
  });
});

describe('a lost connection', () => {
  async function back(it, answer) {
    await it.clock.advance(1000);
    connect(it, answer);
  }
  const told = (it) => it.transport.sent.map(({ id, method }) => method ?? id);

  test('leaves the session to the next one', async () => {
    const it = make({ role: 'flex' });
    const opens = [];
    it.endpoint.onState((state, { resumed, reset }) => state === 'open' && opens.push([resumed, reset]));
    it.endpoint.start();
    connect(it);
    const answers = [];
    it.endpoint.request('TaskDeselected', {}).then((answer) => answers.push(answer));
    it.transport.events.closed();
    assert.deepEqual(it.states.at(-1), ['waiting', 'connection_lost', 125]);
    it.transport.sent.length = 0;
    await back(it, resumedFrame);
    assert.deepEqual(it.transport.sent[0].params.resume, { session: 's1' });
    assert.deepEqual(told(it), ['Hello', 'TaskDeselected']);
    assert.deepEqual(answers, []);
    say(it, { id: 1, result: null });
    await settle();
    assert.deepEqual(answers, [{ result: null }]);
    it.transport.events.closed();
    await back(it);
    assert.deepEqual(opens, [[false, false], [true, false], [false, true]]);
    assert.deepEqual(it.states.filter(([state]) => state === 'waiting').length, 2);
  });

  test('lets state wait; what it replaces is answered and no problem', async () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    it.transport.events.closed();
    it.transport.sent.length = 0;
    const first = it.endpoint.request('TaskSelected', { attributes: {} });
    it.endpoint.send('TaskSelected', { attributes: { n: 2 } });
    const last = it.endpoint.request('TaskDeselected', {});
    assert.equal((await first).error.reason, 'superseded');
    assert.deepEqual(it.problems, []);
    await back(it, resumedFrame);
    assert.deepEqual(told(it), ['Hello', 'TaskDeselected']);
    say(it, { id: 1, result: null });
    assert.deepEqual(await last, { result: null });
  });

  test('found while writing loses nothing', async () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    it.transport.takes = false;
    it.endpoint.send('TaskSelected', { attributes: {} });
    it.endpoint.send('AgentChanged', { availability: 'busy' });
    assert.deepEqual(it.states.at(-1), ['waiting', 'connection_lost', 125]);
    assert.equal(it.transport.closes.length, 1);
    it.transport.takes = true;
    it.transport.sent.length = 0;
    await back(it, resumedFrame);
    assert.deepEqual(told(it), ['Hello', 'TaskSelected', 'AgentChanged']);
    it.transport.events.closed();
    await it.clock.advance(1000);
    it.transport.events.opened();
    it.transport.takes = false;
    it.transport.events.received(resumedFrame);
    assert.equal(it.transport.closes.length, 2);
    assert.equal(it.states.at(-1)[0], 'waiting');
  });

  test('for two minutes ends the session, not the attempts', async () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    let answer;
    it.endpoint.request('TaskDeselected', {}).then((it) => { answer = it; });
    it.transport.events.closed();
    for (let passed = 0; passed < 120000; passed += 500) {
      assert.equal(answer, undefined);
      const { opens } = it.transport;
      await it.clock.advance(500);
      if (it.transport.opens > opens) it.transport.events.closed();
    }
    assert.equal(answer.error.reason, 'session_lost');
    assert.equal(it.endpoint.state, 'waiting');
    await it.clock.advance(15000);
    connect(it);
    assert.equal(it.transport.sent.at(-1).params.resume, undefined);
    assert.equal(it.endpoint.state, 'open');
  });

  test('and a stop while nothing is connected answer everything', async () => {
    const it = make({ role: 'flex' });
    it.endpoint.start();
    connect(it);
    it.transport.events.closed();
    const waiting = it.endpoint.request('TaskDeselected', {});
    it.endpoint.stop();
    assert.equal((await waiting).error.reason, 'session_lost');
    assert.deepEqual(it.states.at(-1), ['ended', 'shutdown']);
    assert.equal(it.clock.pending, 0);
  });

  test('is for good what it was when resume is switched off', async () => {
    const it = make({ resumeMs: 0 });
    it.endpoint.start();
    connect(it);
    const dial = it.endpoint.dial({ destination: '+34911234567' });
    it.transport.events.closed();
    assert.equal((await dial).outcome, 'failed');
    assert.deepEqual(it.states.at(-1), ['waiting', 'connection_lost', 125]);
  });

  test('after a sleep is told as such', async () => {
    const it = make();
    it.endpoint.start();
    connect(it);
    it.clock.wall += 5001;
    say(it, { id: 1, method: 'TaskDeselected' });
    assert.deepEqual(it.states.at(-1), ['waiting', 'slept', 125]);
    assert.deepEqual(it.transport.closes, [4408]);
  });
});
