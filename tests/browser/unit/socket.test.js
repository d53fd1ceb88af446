import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SocketTransport } from '../../../src/browser/socket.js';
import { ManualClock, fakeWebSockets, settle } from './support.js';

function make(more = {}) {
  const sockets = fakeWebSockets();
  const clock = new ManualClock();
  const heard = [];
  const transport = new SocketTransport({ url: 'ws://crm.test/flexcrm', WebSocket: sockets.WebSocket, clock, ...more });
  const open = () => transport.open({
    opened: () => heard.push('opened'), received: (text) => heard.push(text), closed: ({ code }) => heard.push(code),
  });
  open();
  return { sockets, clock, heard, transport, open };
}

describe('a socket', () => {
  test('asks for our subprotocol and insists on it', () => {
    const it = make();
    assert.equal(it.sockets.last.asked, 'flexcrm.v1');
    it.sockets.last.accept('');
    assert.deepEqual(it.heard, [4400]);
    assert.equal(it.sockets.last.closedWith, 4400);
  });

  test('passes text both ways and tells of its end once', () => {
    const it = make();
    assert.equal(it.transport.send('early'), false);
    it.sockets.last.accept();
    it.sockets.last.say('in');
    assert.equal(it.transport.send('out'), true);
    it.sockets.last.drop(1001);
    it.sockets.last.drop(1001);
    assert.deepEqual(it.heard, ['opened', 'in', 1001]);
    assert.deepEqual(it.sockets.last.sent, ['out']);
    assert.equal(it.transport.send('late'), false);
  });

  test('is closed by an error alone where the browser fires no close', () => {
    const it = make();
    it.sockets.last.onerror({});
    assert.deepEqual(it.heard, []);
    it.sockets.last.block();
    assert.deepEqual(it.heard, [1006]);
    assert.equal(it.clock.pending, 0);
  });

  test('does not wait for ever', async () => {
    const it = make();
    await it.clock.advance(9999);
    assert.deepEqual(it.heard, []);
    await it.clock.advance(1);
    assert.deepEqual(it.heard, [1006]);
    it.sockets.last.accept();
    assert.deepEqual(it.heard, [1006]);
  });

  test('that cannot even be made is a closed one', async () => {
    const it = make({ WebSocket: class { constructor() { throw new SyntaxError('url'); } } });
    assert.deepEqual(it.heard, []);
    await settle();
    assert.deepEqual(it.heard, [1006]);
  });

  for (const [about, data] of [['binary data', new ArrayBuffer(1)], ['a long frame', 'x'.repeat(65537)]]) {
    test(`refuses ${about}`, () => {
      const it = make();
      it.sockets.last.accept();
      it.sockets.last.say('x'.repeat(65536));
      it.sockets.last.say(data);
      assert.deepEqual([it.heard.length, it.heard.at(-1), it.sockets.last.closedWith], [3, 4400, 4400]);
    });
  }

  test('takes only so much that the network does not', () => {
    const it = make({ maxBufferedBytes: 10 });
    it.sockets.last.accept();
    it.sockets.last.bufferedAmount = 7;
    assert.equal(it.transport.send('123'), true);
    assert.equal(it.transport.send('1234'), false);
  });

  test('is silent after its owner closed it, and opens again', () => {
    const it = make();
    it.sockets.last.accept();
    const first = it.sockets.last;
    it.transport.close(4408);
    first.drop();
    first.say('x');
    assert.equal(first.closedWith, 4408);
    it.open();
    it.sockets.last.accept();
    first.say('x');
    assert.deepEqual(it.heard, ['opened', 'opened']);
  });
});
