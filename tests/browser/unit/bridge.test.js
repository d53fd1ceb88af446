import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Bridge } from '../../../src/browser/bridge.js';
import { FakeWindow, ManualClock, fakeWebSockets, helloFrame, noise, resumedFrame, settle } from './support.js';

const page = 'http://localhost:3000';
const flexOrigin = 'http://127.0.0.1:3000';

function make(more = {}) {
  const window = new FakeWindow(page);
  const flex = new FakeWindow(more.flexOrigin ?? flexOrigin);
  const sockets = fakeWebSockets();
  const clock = new ManualClock();
  const states = [];
  const bridge = new Bridge({
    frame: { contentWindow: flex }, flexOrigin, url: 'ws://localhost:3000/flexcrm', agent: 'ana', token: 'ticket',
    window, WebSocket: sockets.WebSocket, clock, random: () => 0, ...more,
  });
  bridge.onState((state) => states.push(state));
  const say = (data, event = {}) => window.receive({ data, origin: more.flexOrigin ?? flexOrigin, source: flex, ...event });
  return { bridge, window, flex, sockets, clock, states, say };
}

const ready = (instance = 'i1') => ({ flexcrm: 1, instance, ready: true });

async function opened(more) {
  const it = make(more);
  it.say(ready());
  await settle();
  it.sockets.last.accept();
  return it;
}

describe('a pipe', () => {
  test('opens one socket when Flex is ready, and says so', async () => {
    const it = make();
    assert.deepEqual(it.states, ['absent']);
    for (let i = 0; i < 3; i++) it.say(ready());
    await settle();
    it.say(ready());
    assert.equal(it.sockets.made.length, 1);
    assert.equal(it.sockets.last.url, 'ws://localhost:3000/flexcrm');
    it.sockets.last.accept();
    it.say(ready());
    assert.equal(it.sockets.made.length, 1);
    assert.deepEqual(it.flex.posted, [{ data: { flexcrm: 1, instance: 'i1', open: { agent: 'ana', ticket: 'ticket' } }, targetOrigin: flexOrigin }]);
    assert.deepEqual(it.states, ['absent', 'connecting', 'connected']);
  });

  test('passes frames on unread, both ways', async () => {
    const it = await opened();
    it.say({ flexcrm: 1, instance: 'i1', frame: 'not even {json' });
    it.sockets.last.say('nor } this');
    assert.deepEqual(it.sockets.last.sent, ['not even {json']);
    assert.deepEqual(it.flex.posted[1], { data: { flexcrm: 1, instance: 'i1', frame: 'nor } this' }, targetOrigin: flexOrigin });
  });

  test('tells Flex of the socket\'s end and opens another when Flex asks', async () => {
    const it = await opened();
    it.sockets.last.drop(1012);
    assert.deepEqual(it.flex.posted.at(-1).data, { flexcrm: 1, instance: 'i1', closed: true, code: 1012 });
    assert.equal(it.bridge.state, 'connecting');
    assert.equal(it.sockets.made.length, 1);
    it.say(ready());
    await settle();
    it.sockets.last.accept();
    assert.equal(it.sockets.made.length, 2);
    assert.equal(it.bridge.state, 'connected');
    await it.clock.advance(60000);
    assert.equal(it.bridge.state, 'connected');
  });

  test('finds Flex absent when it asks no more', async () => {
    const it = await opened();
    it.sockets.last.drop();
    await it.clock.advance(19999);
    assert.equal(it.bridge.state, 'connecting');
    await it.clock.advance(1);
    assert.equal(it.bridge.state, 'absent');
  });

  test('closes the socket when Flex says so', async () => {
    const it = await opened();
    it.say({ flexcrm: 1, instance: 'i1', close: true, code: 4408 });
    assert.equal(it.sockets.last.closedWith, 1000);
    assert.equal(it.flex.posted.length, 1);
    it.say(ready());
    await settle();
    assert.equal(it.sockets.made.length, 2);
  });

  test('closes the old socket first when the iframe was reloaded', async () => {
    const it = await opened();
    const old = it.sockets.last;
    it.say(ready('i2'));
    assert.equal(old.closedWith, 1000);
    await settle();
    it.sockets.last.accept();
    old.say('late');
    old.drop();
    it.say({ flexcrm: 1, instance: 'i1', frame: 'late' });
    assert.equal(it.bridge.counters.otherInstance, 1);
    assert.deepEqual(it.flex.posted.map(({ data }) => data.instance), ['i1', 'i2']);
    assert.deepEqual(it.sockets.last.sent, []);
  });

  test('asks for a ticket each time; one that comes too late opens nothing', async () => {
    const tickets = [];
    const it = make({ getTicket: () => new Promise((resolve, reject) => tickets.push({ resolve, reject })) });
    it.say(ready('i1'));
    it.say(ready('i2'));
    tickets[0].resolve('old');
    await settle();
    assert.equal(it.sockets.made.length, 0);
    tickets[1].resolve('new');
    await settle();
    it.sockets.last.accept();
    assert.equal(it.flex.posted[0].data.open.ticket, 'new');
    it.say(ready('i3'));
    tickets[2].reject(new Error('no'));
    await settle();
    assert.deepEqual(it.flex.posted[1].data, { flexcrm: 1, instance: 'i3', closed: true, code: 1006 });
  });

  test('does not wait for a ticket for ever', async () => {
    const it = make({ getTicket: () => new Promise(() => {}) });
    it.say(ready('i1'));
    await it.clock.advance(9999);
    assert.deepEqual(it.flex.posted, []);
    await it.clock.advance(1);
    assert.deepEqual(it.flex.posted[0].data, { flexcrm: 1, instance: 'i1', closed: true, code: 1006 });
  });

  test('a stopped bridge is gone', async () => {
    const it = await opened();
    it.bridge.stop();
    it.say(ready('i2'));
    await settle();
    assert.equal(it.sockets.made.length, 1);
    assert.equal(it.sockets.last.closedWith, 1000);
    assert.equal(it.bridge.state, 'absent');
  });
});

describe('a pipe is not fooled', () => {
  test('by other origins and other windows', async () => {
    for (const origin of ['http://127.0.0.1:3001', 'https://127.0.0.1:3000', 'http://127.0.0.1:3000.evil.test', 'http://127.0.0.1:30000', 'null', '']) {
      const it = make();
      it.say(ready(), { origin });
      await settle();
      assert.deepEqual([it.sockets.made.length, it.bridge.counters.foreignOrigin], [0, 1], origin);
    }
    for (const source of [new FakeWindow(flexOrigin), null, undefined]) {
      const it = make();
      it.say(ready(), { source });
      await settle();
      assert.deepEqual([it.sockets.made.length, it.bridge.counters.foreignSource], [0, 1]);
    }
  });

  test('by nobody when its iframe is gone', async () => {
    const it = make({ frame: { contentWindow: null } });
    it.say(ready(), { source: null });
    await settle();
    assert.equal(it.sockets.made.length, 0);
  });

  test('by the noise of a window', async () => {
    const it = await opened();
    for (const data of noise) it.say(data);
    await settle();
    assert.deepEqual(it.sockets.last.sent, []);
    assert.equal(it.sockets.made.length, 1);
    assert.equal(it.flex.posted.length, 1);
    const { unmarked, unexpected, otherInstance } = it.bridge.counters;
    assert.equal(unmarked + unexpected + otherInstance, noise.length);
  });

  test('by frames beyond the limit', async () => {
    const it = await opened();
    it.say({ flexcrm: 1, instance: 'i1', frame: 'x'.repeat(65537) });
    assert.deepEqual(it.sockets.last.sent, []);
    assert.equal(it.bridge.counters.unexpected, 1);
  });

  test('into a target that is no exact origin', () => {
    for (const bad of ['*', '', undefined, 'null', 'http://127.0.0.1:3000/', 'http://127.0.0.1:3000/flex', 'HTTP://127.0.0.1:3000', '127.0.0.1:3000', 'javascript:alert(1)', 'https://*.twilio.com/']) {
      assert.throws(() => new Bridge({ frame: {}, flexOrigin: bad, url: 'ws://x', agent: 'a', window: new FakeWindow(page) }), /flexOrigin/);
    }
  });
});

describe('bare', () => {
  const bareConfig = { bare: true, flexOrigin: page };
  const hello = (it, frame = helloFrame) => {
    it.sockets.last.accept();
    it.sockets.last.say(frame);
  };
  const sent = (it) => it.sockets.last.sent.map((text) => JSON.parse(text));
  const serverSays = (it, frame) => it.sockets.last.say(JSON.stringify({ jsonrpc: '2.0', ...frame }));
  const dial = { id: 1, method: 'DialRequest', params: { destination: '+34911234567', dialId: 'd', lifetimeMs: 10000 } };

  test('refuses another origin and says why', () => {
    assert.throws(() => make({ bare: true }), /one origin, but Flex is on http:\/\/127\.0\.0\.1:3000 and the page on http:\/\/localhost:3000/);
  });

  test('runs the session for Flex', () => {
    const it = make(bareConfig);
    hello(it);
    assert.equal(sent(it)[0].params.role, 'flex');
    assert.equal(sent(it)[0].params.token, 'ticket');
    assert.deepEqual(sent(it)[1].params, { availability: 'available', connected: true });
    assert.deepEqual(it.states, ['connecting', 'connected']);
  });

  test('an object is the selected task', () => {
    const it = make(bareConfig);
    hello(it);
    it.say({ account_data: { first_name: 'Ana' } });
    assert.deepEqual(sent(it)[2], { jsonrpc: '2.0', id: 2, method: 'TaskSelected', params: { attributes: { account_data: { first_name: 'Ana' } } } });
  });

  test('the last one is told again after a reconnect', async () => {
    const it = make(bareConfig);
    it.say({ a: 1 });
    hello(it);
    assert.deepEqual(sent(it)[2].params, { attributes: { a: 1 }, cause: 'resync' });
    it.sockets.last.drop();
    await it.clock.advance(1);
    hello(it);
    assert.deepEqual(sent(it)[2].params, { attributes: { a: 1 }, cause: 'resync' });
  });

  test('a session that goes on is told what it missed and nothing twice', async () => {
    const it = make(bareConfig);
    hello(it);
    serverSays(it, { id: 1, result: null });
    it.sockets.last.drop();
    it.say({ a: 1 });
    it.say({ a: 2 });
    await it.clock.advance(1);
    hello(it, resumedFrame);
    assert.deepEqual(sent(it).slice(1).map(({ id, params }) => [id, params]), [[2, { attributes: { a: 2 } }]]);
  });

  test('a dial is claimed, then posted as the number alone, and its outcome is unknown', async () => {
    const it = make(bareConfig);
    hello(it);
    serverSays(it, dial);
    assert.equal(sent(it).at(-1).method, 'DialClaimRequest');
    assert.deepEqual(it.flex.posted, []);
    serverSays(it, { id: sent(it).at(-1).id, result: { granted: true } });
    await settle();
    assert.deepEqual(it.flex.posted, [{ data: '+34911234567', targetOrigin: page }]);
    const { code, data } = sent(it).at(-1).error;
    assert.deepEqual([code, data.reason, data.detail], [-32603, 'internal_error', 'no_answer_in_bare']);
  });

  test('a dial that was not granted is not posted', async () => {
    const it = make(bareConfig);
    hello(it);
    serverSays(it, dial);
    serverSays(it, { id: sent(it).at(-1).id, result: { granted: false } });
    await settle();
    assert.deepEqual(it.flex.posted, []);
  });

  test('nothing but plain unmarked objects is taken, and from Flex alone', () => {
    const it = make(bareConfig);
    hello(it);
    const before = sent(it).length;
    const others = noise.filter((data) => !(data && typeof data === 'object' && [Object.prototype].includes(Object.getPrototypeOf(data)) && data.flexcrm !== 1));
    for (const data of others) it.say(data);
    it.say({ a: 1 }, { source: it.window });
    it.say({ a: 1 }, { origin: flexOrigin });
    assert.equal(sent(it).length, before);
    assert.deepEqual(it.flex.posted, []);
  });
});
