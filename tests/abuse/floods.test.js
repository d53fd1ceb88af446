// Attackers with many connections, many messages, or no wish to read.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { attack, attacks } from './attack.js';
import { ended, exchange, Peer, upgrade } from './attacker.js';
import { marker, until, within } from './target.js';

/** @typedef {import('./target.js').Target} Target */

/** Connections that are no sessions, and what each says. @param {Target} target @param {number} count @param {string} [bytes] */
async function flood(target, count, bytes = '') {
  const attempts = Array.from({ length: count }, () => {
    const socket = connect(target.port, '127.0.0.1');
    const over = ended(socket);
    socket.resume();
    socket.write(bytes);
    return { socket, settled: Promise.race([new Promise((resolve) => socket.once('connect', resolve)), over]) };
  });
  await within(Promise.all(attempts.map(({ settled }) => settled)), 'all connections');
  const sockets = attempts.map(({ socket }) => socket);
  return { sockets, open: () => sockets.filter(({ closed, destroyed }) => !closed && !destroyed).length };
}

attacks('floods of connections', () => {
  // One after the other: each takes all places.
  attack('256 connections that say nothing are kept, more are closed, sessions go on, and after 5 s there is room again', async (target) => {
    const before = target.descriptors;
    const { sockets, open } = await flood(target, 600);
    await until(() => open() === 256, '256 connections are left');
    assert.ok(target.descriptors <= before + 256);
    await target.works();
    assert.equal((await exchange(target, upgrade(target))).text, '', 'there is no room');
    await until(() => open() === 0, 'all are cut', 9000);
    sockets.forEach((socket) => socket.destroy());
    await (await Peer.greeted(target)).leave();

    // The same with WebSockets that never say Hello.
    const openings = await flood(target, 600, upgrade(target));
    await until(() => openings.open() <= 256, 'at most 256 openings are left');
    await target.works();
    openings.sockets.forEach((socket) => socket.destroy());
    await until(() => target.descriptors <= before, 'the descriptors are given back');
    await (await Peer.greeted(target)).leave();

    // And by the thousand, each gone at once.
    for (let i = 0; i < 20; i++) {
      const { sockets: gone } = await flood(target, 200, 'GET / HTTP');
      gone.forEach((socket) => (i % 2 ? socket.destroy() : socket.resetAndDestroy()));
      await target.works();
    }
    await until(() => target.descriptors <= before, 'the descriptors are given back');
    await (await Peer.greeted(target)).leave();
    // A line a second, not one for each.
    assert.ok(target.output.filter((line) => line.includes('too many connections')).length < 60);
  });
});

attacks('floods of messages', () => {
  attack('what a peer says beyond 400 messages waits, 200 a second are read', async (target) => {
    const peer = await Peer.greeted(target);
    const before = Date.now();
    for (let i = 0; i < 1000; i++) peer.send({ id: 'ping', method: 'Ping' });
    for (let i = 0; i < 1000; i++) assert.equal((await peer.next()).id, 'ping');
    const ms = Date.now() - before;
    assert.ok(ms > 2500 && ms < 15000, `after ${ms} ms`);
    await peer.leave();
  });

  attack('frames of 64 KiB as fast as they go', async (target) => {
    const peer = await Peer.greeted(target);
    const text = `{"jsonrpc":"2.0","id":"ping","method":"Ping","params":{"${marker}":"${'x'.repeat(65000)}"}}`;
    for (let i = 0; i < 600; i++) peer.socket.send(text);
    await peer.next();
    await target.works();
    peer.cut();
  });

  attack('a page that answers and never reads is cut, and its Flex goes on', async (target) => {
    const agent = target.nextAgent();
    const [flex, deaf] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    // Numbers are no secret: whoever answers unread holds no window back.
    let id = 0;
    for (const message of await deaf.ping()) deaf.send({ id: id = message.id, result: null });
    await deaf.ping();
    // @ts-ignore: not in its documentation
    deaf.socket._socket.pause();
    const attributes = { x: 'x'.repeat(60000) };
    const cut = () => target.output.some((line) => line.includes('the peer does not read'));
    let sent = 0;
    while (sent < 380 && !cut()) {
      flex.send({ id: ++sent, method: 'TaskSelected', params: { attributes } });
      await flex.next();
      deaf.send({ id: ++id, result: null });
    }
    await until(cut, `it is cut after ${sent} tasks`);
    assert.deepEqual(await flex.ping(), []);
    deaf.cut();
    await flex.leave();
  });

  attack('a page that neither answers nor reads costs its Flex nothing', async (target) => {
    const agent = target.nextAgent();
    const [flex, deaf] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    // @ts-ignore: not in its documentation
    deaf.socket._socket.pause();
    for (let id = 1; id <= 60; id++) flex.send({ id, method: 'TaskSelected', params: { attributes: { x: 'x'.repeat(60000) } } });
    for (const answered = new Set(); answered.size < 60; answered.add((await flex.next()).id));
    await target.works();
    deaf.cut();
    await flex.leave();
  });

  attack('200 sessions that come and go without a word', async (target) => {
    for (let i = 0; i < 20; i++) {
      const agent = target.nextAgent();
      const peers = await Promise.all(Array.from({ length: 10 }, async (_, n) => {
        const peer = await Peer.open(target);
        peer.hello({ role: n % 2 ? 'flex' : 'crm', agent, takeover: true });
        await peer.next();
        return peer;
      }));
      peers.forEach((peer) => peer.cut());
    }
  });
});
