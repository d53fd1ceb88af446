// Clients that are not ours: `ws`, and below it bytes as an attacker chooses them.
import { once } from 'node:events';
import { connect } from 'node:net';
import WebSocket, { Sender } from 'ws';
import { marker, within } from './target.js';

/** @typedef {import('./target.js').Target} Target */

/** Whatever it ends of. @param {import('node:net').Socket} socket */
export function ended(socket) {
  return new Promise((resolve) => socket.on('error', () => {}).once('close', resolve));
}

/** Sends bytes and gives everything that comes back until the server closes. @param {Target} target @param {string | Buffer} bytes */
export async function exchange({ port }, bytes) {
  const socket = connect(port, '127.0.0.1');
  const began = Date.now();
  let text = '';
  socket.on('data', (data) => { text += data.toString('latin1'); });
  socket.write(bytes);
  try {
    await within(ended(socket), 'the server closes');
  } finally {
    socket.destroy();
  }
  const statuses = [...text.matchAll(/(?:^|[^])HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  return { text, statuses, ms: Date.now() - began };
}

/** A request for an upgrade. @param {Target} target @param {{[name: string]: string | string[] | undefined}} [headers] others; undefined: leave it out */
export function upgrade({ host }, headers = {}, { line = 'GET /flexcrm HTTP/1.1', body = '' } = {}) {
  const all = {
    Host: host, Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Protocol': 'flexcrm.v1',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, values]) => [values ?? []].flat().map((value) => `${name}: ${value}\r\n`));
  return `${line}\r\n${lines.join('')}\r\n${body}`;
}

/**
 * The bytes of a frame as `ws` itself would send it, and then as it would not.
 * @param {string | Buffer} payload @param {{opcode?: number, fin?: boolean, masked?: boolean, reserved?: number}} [words]
 */
export function frame(payload, { opcode = 1, fin = true, masked = true, reserved = 0 } = {}) {
  // @ts-ignore: not in its documentation
  const parts = Sender.frame(Buffer.from(payload), { opcode, fin, mask: masked, readOnly: false, rsv1: false });
  const bytes = Buffer.concat(parts);
  bytes[0] |= reserved << 4;
  return bytes;
}

/** One connection of `ws` with flexcrm.v1. */
export class Peer {
  /** @type {WebSocket} */
  socket;
  /** The code, once it is closed. @type {Promise<number>} */
  closed;

  /** @type {string[]} */
  #texts = [];
  #wake = () => {};
  #code = 0;

  /** @param {Target} target @param {object} [options] of ws */
  static async open(target, options = {}) {
    const peer = new Peer();
    peer.socket = new WebSocket(target.url, 'flexcrm.v1', options);
    peer.closed = new Promise((resolve) => peer.socket.once('close', (code) => {
      peer.#code = code;
      resolve(code);
      peer.#wake();
    }));
    peer.socket.on('message', (data) => {
      peer.#texts.push(String(data));
      peer.#wake();
    });
    await within(once(peer.socket, 'open'), 'the WebSocket opens');
    peer.socket.on('error', () => {});
    return peer;
  }

  /** With a session. @param {Target} target @param {{role?: string, agent?: string}} [who] */
  static async greeted(target, { role = 'flex', agent = target.nextAgent() } = {}, options = {}) {
    const peer = await Peer.open(target, options);
    peer.hello({ role, agent });
    const { result, error } = await peer.next();
    if (!result) throw new Error(`Hello was refused: ${JSON.stringify(error)}`);
    return peer;
  }

  /** @param {{[member: string]: unknown}} params */
  hello(params) {
    this.send({ id: 'hello', method: 'Hello', params: { protocolMin: 1, protocolMax: 1, instance: `${marker}-${Math.random()}`, ...params } });
  }

  /** @param {{[member: string]: unknown}} message */
  send(message) {
    this.socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  /** Beneath ws. @param {...(string | Buffer)} bytes */
  raw(...bytes) {
    // @ts-ignore: not in its documentation
    this.socket._socket.write(Buffer.concat(bytes.map((each) => Buffer.from(each))));
  }

  /** The next message, whole. */
  async next() {
    await within((async () => {
      while (this.#texts.length === 0) {
        if (this.#code !== 0) throw new Error(`closed with ${this.#code} instead of a message`);
        await new Promise((resolve) => { this.#wake = () => resolve(undefined); });
      }
    })(), 'a message comes');
    return JSON.parse(/** @type {string} */ (this.#texts.shift()));
  }

  /** What comes after everything that was sent so far was handled. */
  async ping() {
    this.send({ id: 'ping', method: 'Ping' });
    const others = [];
    for (;;) {
      const message = await this.next();
      if (message.id === 'ping' && !message.method) return others;
      others.push(message);
    }
  }

  /** @returns {Promise<number>} the code */
  ends() {
    return within(this.closed, 'the connection ends');
  }

  async leave() {
    this.socket.close(1000);
    return this.ends();
  }

  cut() {
    this.socket.terminate();
  }
}
