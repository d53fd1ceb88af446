// Each fault as two plain sockets see it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { FaultProxy } from './proxy.js';

const timeout = 20000;
let server, proxy;
/** The server's end of the last connection: what it got and how it ended. */
let served;

/** @param {import('node:net').Socket} socket */
function watch(socket) {
  const seen = { socket, text: '', pieces: 0, end: /** @type {string | undefined} */ (undefined) };
  socket.on('data', (data) => {
    seen.text += data;
    seen.pieces++;
    socket.emit('news');
  });
  socket.on('end', () => { seen.end ??= 'FIN'; });
  socket.on('error', ({ code }) => { seen.end ??= code; });
  seen.closed = new Promise((resolve) => socket.on('close', resolve));
  seen.got = async (length) => { while (seen.text.length < length) await once(socket, 'news'); };
  return seen;
}

before(async () => {
  server = createServer((socket) => {
    served = watch(socket);
    server.emit('served');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await new FaultProxy(server.address().port).listen();
});
after(() => {
  proxy.close();
  server.close();
});

/** @param {import('./proxy.js').Fault[]} faults */
async function open(faults) {
  const struck = [];
  proxy.plan = () => faults;
  proxy.onFault = (kind) => struck.push(kind);
  const accepted = once(server, 'served');
  const client = watch(connect(proxy.port, '127.0.0.1'));
  await accepted;
  return { client, server: served, struck };
}

const hundred = 'x'.repeat(100);

describe('the fault proxy', () => {
  test('forwards both ways, and a FIN, and counts', { timeout }, async () => {
    const { client, server } = await open([]);
    client.socket.write(hundred);
    await server.got(100);
    server.socket.write('yes');
    await client.got(3);
    client.socket.end();
    await Promise.all([client.closed, server.closed]);
    assert.deepEqual([client.end, server.end], ['FIN', 'FIN']);
    assert.ok(proxy.carried.up >= 100 && proxy.carried.down >= 3);
  });

  for (const after of [0, 1, 37, 100]) {
    test(`cuts after ${after} bytes`, { timeout }, async () => {
      const { client, server, struck } = await open([{ kind: 'cut', direction: 'up', after }]);
      client.socket.write(hundred);
      await Promise.all([client.closed, server.closed]);
      assert.equal(server.text.length, after);
      assert.deepEqual([client.end, server.end, struck], ['FIN', 'FIN', [after === 0 || after === 100 ? 'cut' : 'truncate']]);
    });
  }

  test('resets', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'reset', direction: 'down', after: 10 }]);
    server.socket.write(hundred);
    await Promise.all([client.closed, server.closed]);
    // To the client the RST came behind bytes that it had not read; some systems show that as an end.
    assert.equal(server.end, 'ECONNRESET');
    assert.ok(client.text.length <= 10);
  });

  test('strikes by time when no bytes come', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'reset', after: 10, afterMs: 20 }]);
    await Promise.all([client.closed, server.closed]);
    assert.equal(server.end, 'ECONNRESET');
  });

  test('leaves a connection half open: one side ends and the other is not told', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'halfOpen', direction: 'up', after: 5 }]);
    client.socket.write(hundred);
    await server.got(5);
    client.socket.destroy();
    await client.closed;
    server.socket.write('anybody there?');
    // A later connection of the same proxy has come and gone while the half open one hears nothing.
    const other = await open([]);
    other.client.socket.end('bye');
    await other.server.closed;
    assert.deepEqual([server.text.length, server.end, server.socket.destroyed], [5, undefined, false]);
    server.socket.destroy();
  });

  test('stalls one direction, and the other goes on', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'stall', direction: 'up', after: 4, ms: 300 }]);
    const began = performance.now();
    client.socket.write('0123456789');
    server.socket.write('meanwhile');
    await client.got(9);
    assert.equal(server.text.length <= 4, true);
    await server.got(10);
    assert.ok(performance.now() - began >= 295);
    assert.equal(server.text, '0123456789');
    client.socket.destroy();
  });

  test('delays', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'delay', direction: 'up', ms: 100 }]);
    const began = performance.now();
    client.socket.write('late');
    await server.got(4);
    assert.ok(performance.now() - began >= 95);
    client.socket.destroy();
  });

  test('lets bytes through one by one', { timeout }, async () => {
    const { client, server } = await open([{ kind: 'trickle', direction: 'up', after: 10, bytes: 20 }]);
    client.socket.write(hundred);
    await server.got(100);
    assert.equal(server.text, hundred);
    assert.ok(server.pieces > 2, `${server.pieces} pieces`);
    client.socket.destroy();
  });

  test('is calm on demand', { timeout }, async () => {
    const { client, server, struck } = await open([{ kind: 'cut', direction: 'up', after: 50, afterMs: 1000000 }]);
    proxy.calm();
    client.socket.write(hundred);
    await server.got(100);
    assert.deepEqual(struck, []);
    client.socket.destroy();
  });
});
