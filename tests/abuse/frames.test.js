// `ws`, first as an honest client, then with bytes beneath it that it would never send.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createDeflateRaw } from 'node:zlib';
import { attack, attacks } from './attack.js';
import { frame, Peer } from './attacker.js';
import { marker, until, within } from './target.js';

const pingText = '{"jsonrpc":"2.0","id":"ping","method":"Ping"}';
/** @param {number} bytes */
const pingOf = (bytes) => `${pingText.slice(0, -1)}${' '.repeat(bytes - pingText.length)}}`;

/** @param {Buffer} bytes */
const bytesOf = (bytes) => [...bytes].map((byte) => Buffer.from([byte]));

/** A frame's first bytes: what it says of its length need not be so. @param {string} hex */
const head = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** What RFC 6455 forbids, or the protocol. @type {Array<[name: string, bytes: Array<Buffer>, code: number]>} */
const forbidden = [
  ['a frame without mask', [frame(pingText, { masked: false })], 1002],
  ['a compressed frame, which was not agreed', [frame(pingText, { reserved: 4 })], 1002],
  ['the second reserved bit', [frame(pingText, { reserved: 2 })], 1002],
  ['the third reserved bit', [frame(pingText, { reserved: 1 })], 1002],
  ['a compressed ping', [frame('', { opcode: 9, reserved: 4 })], 1002],
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => /** @type {[string, Buffer[], number]} */ ([`opcode ${opcode}`, [frame('x', { opcode })], 1002])),
  ['a ping in fragments', [frame('', { opcode: 9, fin: false })], 1002],
  ['a ping of 126 bytes', [frame('x'.repeat(126), { opcode: 9 })], 1002],
  ['a continuation of nothing', [frame('x', { opcode: 0 })], 1002],
  ['a text inside a text', [frame('"', { fin: false }), frame('x')], 1002],
  ['a length in more bytes than it needs', [head('81 fe 0001 00000000'), Buffer.from('x')], 1002],
  ['a length in 8 bytes where 2 would do', [head('81 ff 000000000000ffff 00000000')], 1002],
  ['2^62 bytes', [head('81 ff 4000000000000000 00000000')], 1009],
  ['2^64 - 1 bytes', [head('81 ff ffffffffffffffff 00000000')], 1009],
  ['2^62 bytes, compressed', [head('c1 ff 4000000000000000 00000000'), Buffer.alloc(3000)], 1002],
  ['fragments that overflow together', [frame('x', { fin: false }), head('80 ff ffffffffffffffff 00000000')], 1009],
  ['64 KiB and a byte', [frame(pingOf(65537))], 1009],
  ['64 KiB and a byte, in fragments', [frame(pingOf(65537).slice(0, 40000), { fin: false }), frame(pingOf(65537).slice(40000), { opcode: 0 })], 1009],
  ['a binary frame', [frame(pingText, { opcode: 2 })], 1003],
  ['an empty binary frame', [frame('', { opcode: 2 })], 1003],
  ['text that is no UTF-8', [frame(Buffer.from('22ff22', 'hex'))], 1007],
  ['a surrogate in UTF-8', [frame(Buffer.from('22eda08022', 'hex'))], 1007],
  ['a character in more bytes than it needs', [frame(Buffer.from('22c0af22', 'hex'))], 1007],
  ['half a character', [frame('"', { fin: false }), frame(Buffer.from([0xc3]), { opcode: 0 })], 1007],
  ['half a character before an empty last fragment', [frame(Buffer.from('22c3', 'hex'), { fin: false }), frame('', { opcode: 0 })], 4400],
  ['a close code of one byte', [frame('x', { opcode: 8 })], 1002],
  ['a close code that is never sent', [frame(Buffer.from('03ed', 'hex'), { opcode: 8 })], 1002],
  ['a close reason that is no UTF-8', [frame(Buffer.from('03e8ff', 'hex'), { opcode: 8 })], 1002],
  ['an empty text', [frame('')], 4400],
  ['a text that is no JSON', [frame(`${marker}\r\n\x1b[31m`)], 4400],
];

attacks('ws as a client', () => {
  attack('a session, a message there and back, and an end', async (target) => {
    const agent = target.nextAgent();
    // As both come: ws offers permessage-deflate unless told otherwise.
    const [flex, crm] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    assert.equal(flex.socket.protocol, 'flexcrm.v1');
    assert.equal(flex.socket.extensions, '');
    flex.send({ id: 1, method: 'TaskSelected', params: { attributes: { from: '+34933000222', 'ключ': ['\u{1f4de}', 1e2] } } });
    const heard = async () => {
      for (;;) {
        const message = await crm.next();
        crm.send({ id: message.id, result: null });
        if (message.method === 'TaskSelected') return message;
      }
    };
    const { params } = await heard();
    assert.deepEqual(params.attributes, { from: '+34933000222', 'ключ': ['\u{1f4de}', 100] });
    assert.deepEqual(await flex.ping(), [{ jsonrpc: '2.0', id: 1, result: null }]);
    assert.equal(await flex.leave(), 1000);
    crm.send({ method: 'Bye', params: { reason: 'logout' } });
    assert.equal(await crm.ends(), 1000);
  });

  attack('a WebSocket ping is answered with what it said', async (target) => {
    const peer = await Peer.greeted(target);
    peer.socket.ping(Buffer.alloc(125, 7));
    const [said] = await within(once(peer.socket, 'pong'), 'the pong');
    assert.deepEqual(said, Buffer.alloc(125, 7));
    await peer.leave();
  });

  attack('a message in fragments of one byte, with pings in between, is a message', async (target) => {
    const peer = await Peer.greeted(target);
    const bytes = [...Buffer.from(pingText)];
    peer.raw(...bytes.flatMap((byte, i) => [
      frame(Buffer.from([byte]), { opcode: i === 0 ? 1 : 0, fin: i + 1 === bytes.length }), frame('x', { opcode: 9 }),
    ]));
    assert.equal((await peer.next()).id, 'ping');
    await peer.leave();
  });

  attack('64 KiB are a frame', async (target) => {
    const peer = await Peer.greeted(target);
    peer.socket.send(pingOf(65536));
    assert.equal((await peer.next()).id, 'ping');
    await peer.leave();
  });

  for (const code of [1000, 1001, 3000, 4000, 4999]) {
    attack(`a peer that closes with ${code} gets its code back`, async (target) => {
      const peer = await Peer.greeted(target);
      peer.socket.close(code, marker);
      assert.equal(await peer.ends(), code);
    });
  }
});

attacks('hostile frames', () => {
  for (const [name, bytes, code] of forbidden) {
    attack(`${name}: ${code}`, async (target) => {
      const peer = await Peer.greeted(target);
      peer.raw(...bytes);
      assert.equal(await peer.ends(), code);
    });
  }

  attack('a compressed bomb where compression was offered', async (target) => {
    const peer = await Peer.greeted(target, {}, { perMessageDeflate: true });
    const deflate = createDeflateRaw();
    deflate.end(Buffer.alloc(32 << 20, ' '));
    const bomb = Buffer.concat(await deflate.toArray());
    peer.raw(frame(bomb, { reserved: 4 }));
    assert.equal(await peer.ends(), 1002);
  });

  /** Each by the piece. @type {Array<[string, Buffer[]]>} */
  const slow = [
    ['a frame', bytesOf(frame(pingText))],
    ['the length of a frame', bytesOf(head('81 ff 0000000000010000'))],
    ['a ping', bytesOf(frame('x'.repeat(125), { opcode: 9 }))],
    ['fragments without an end', [frame('x', { fin: false }), ...Array(20).fill(frame('x', { opcode: 0, fin: false }))]],
    ['empty fragments without an end', [frame('', { fin: false }), ...Array(20).fill(frame('', { opcode: 0, fin: false }))]],
  ];
  for (const [name, pieces] of slow) {
    attack(`${name}, a piece at a time, is cut after 10 s`, async (target) => {
      const peer = await Peer.greeted(target);
      const before = Date.now();
      let sent = 0;
      peer.raw(pieces[sent++]);
      // So slowly that nothing becomes whole.
      const trickle = setInterval(() => peer.raw(pieces[sent++]), 1500);
      const code = await peer.ends().finally(() => clearInterval(trickle));
      assert.equal(code, 4408);
      const ms = Date.now() - before;
      assert.ok(ms > 9000 && ms < 15000, `after ${ms} ms`);
    });
  }

  attack('2,000,000 empty fragments', async (target) => {
    const peer = await Peer.greeted(target);
    const fragments = Buffer.concat(Array(20000).fill(frame('', { opcode: 0, fin: false })));
    let ended = false;
    peer.closed.then(() => { ended = true; });
    peer.raw(frame('"', { fin: false }));
    // @ts-ignore: not in its documentation
    const tcp = peer.socket._socket;
    for (let i = 0; i < 100 && !ended; i++) {
      peer.raw(fragments);
      await until(() => ended || tcp.writableLength < 1 << 20, 'the server reads');
      if (i % 20 === 0) await target.works();
    }
    // In time it is a message like any other, on a slow machine it took longer than 10 s.
    if (!ended) peer.raw(frame('', { opcode: 0 }));
    assert.ok([4400, 4408].includes(await peer.ends()));
  });

  for (const opcode of [9, 10]) {
    attack(`100,000 ${opcode === 9 ? 'pings' : 'pongs'}: 1008`, async (target) => {
      const peer = await Peer.greeted(target);
      peer.raw(Buffer.concat(Array(100000).fill(frame(marker, { opcode }))));
      assert.ok([1008, 1006].includes(await peer.ends()));
    });
  }
});
