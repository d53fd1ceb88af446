// A transport over the browser's WebSocket.
import { systemClock } from './clock.js';
import { protocol } from './messages.js';

/** Browsers let a page choose only 1000 and 3000…4999. */
const closeProtocol = 4400;
const closed = 3;  // WebSocket.CLOSED

/**
 * @typedef {object} SocketConfig
 * @property {string} url
 * @property {number} [connectTimeoutMs]  the browser's own may be minutes
 * @property {number} [maxFrameBytes]
 * @property {number} [maxBufferedBytes]  what may wait in the browser before the connection counts as stuck
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 */

/** @implements {Transport} @typedef {import('./endpoint.js').Transport} Transport */
export class SocketTransport {
  #config;
  /** @type {any} */
  #socket;
  #drop = () => {};

  /** @param {SocketConfig} config */
  constructor(config) {
    this.#config = {
      connectTimeoutMs: 10000, maxFrameBytes: protocol.limits.frameBytes, maxBufferedBytes: 1 << 20,
      WebSocket: globalThis.WebSocket, clock: systemClock, ...config,
    };
  }

  /** @param {import('./endpoint.js').TransportEvents} events */
  open(events) {
    this.close();
    const { url, WebSocket, clock, connectTimeoutMs, maxFrameBytes } = this.#config;
    /** @type {any} */
    let socket;
    let live = true;
    const timer = clock.setTimeout(() => end({ code: 1006 }, closeProtocol), connectTimeoutMs);
    const drop = () => {
      live = false;
      clock.clearTimeout(timer);
    };
    /** @param {{code: number}} why @param {number} [closeWith] */
    const end = (why, closeWith) => {
      if (!live) return;
      drop();
      if (closeWith !== undefined) quietly(() => socket.close(closeWith));
      events.closed(why);
    };
    this.#drop = drop;
    try {
      socket = new WebSocket(url, protocol.subprotocol);
    } catch {
      // A bad URL or a blocked scheme throws; the owner hears of it as of any other failure.
      queueMicrotask(() => end({ code: 1006 }));
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      if (!live) return;
      clock.clearTimeout(timer);
      // Whoever did not choose our subprotocol does not speak it.
      if (socket.protocol !== protocol.subprotocol) end({ code: closeProtocol }, closeProtocol);
      else events.opened();
    };
    socket.onmessage = (/** @type {{data: unknown}} */ { data }) => {
      if (!live) return;
      if (typeof data !== 'string' || data.length > maxFrameBytes) end({ code: closeProtocol }, closeProtocol);
      else events.received(data);
    };
    socket.onclose = (/** @type {{code: number}} */ { code }) => end({ code });
    // Blocked by a Content-Security-Policy, a socket fires `error` and no `close` ever after.
    socket.onerror = () => {
      if (socket.readyState === closed) end({ code: 1006 });
    };
  }

  /** @param {string} text */
  send(text) {
    const socket = this.#socket;
    if (!socket || socket.readyState !== 1 || socket.bufferedAmount + text.length > this.#config.maxBufferedBytes) return false;
    socket.send(text);
    return true;
  }

  /** @param {number} [code] */
  close(code = 1000) {
    this.#drop();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket) quietly(() => socket.close(code));
  }
}

/** Closing what is closed already is no event. @param {() => void} call */
function quietly(call) {
  try {
    call();
  } catch {
    // nothing to do
  }
}
