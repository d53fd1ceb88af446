// A TCP proxy on loopback that does to connections what networks do to them, as it is told.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * `up` is from the client to the server. A fault strikes when `after` bytes went in its direction, or `afterMs` after the
 * connection began, whichever comes first; without either at once.
 *
 *   cut       both sides get FIN; told as `truncate` when more bytes were there to go, as within a frame
 *   reset     both sides get RST
 *   halfOpen  nothing is forwarded any more, and nobody is told
 *   stall     nothing goes in this direction for `ms`
 *   delay     from now on everything in this direction comes `ms` later
 *   trickle   the next `bytes` in this direction come one by one
 *
 * @typedef {'cut' | 'reset' | 'halfOpen' | 'stall' | 'delay' | 'trickle'} Kind
 * @typedef {{kind: Kind, direction?: 'up' | 'down', after?: number, afterMs?: number, ms?: number, bytes?: number}} Fault
 */

/** Who closes gets the other side's FIN within this time, or is cut. */
const lingerMs = 1000;

export class FaultProxy {
  /** Faults of the next connection. @type {() => Fault[]} */
  plan = () => [];
  /** Told of each fault that struck. @type {(kind: Kind | 'truncate') => void} */
  onFault = () => {};
  /** The most that a connection carried. */
  carried = { up: 0, down: 0 };
  port = 0;

  #target;
  #server;
  /** @type {Set<Link>} */
  #links = new Set();

  /** @param {number} target  port on loopback */
  constructor(target) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  async listen() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = /** @type {import('node:net').AddressInfo} */ (this.#server.address()).port;
    return this;
  }

  /** Connections that are not over on both sides. */
  get open() {
    return this.#links.size;
  }

  /** No fault strikes any more, on whatever connection. What is half open stays so. */
  calm() {
    this.plan = () => [];
    for (const link of this.#links) link.calm();
  }

  /** As when the machine that runs it is gone. */
  cutAll() {
    for (const link of this.#links) link.destroy();
  }

  close() {
    this.#server.close();
    this.cutAll();
  }

  /** @param {import('node:net').Socket} client */
  #accept(client) {
    const server = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const link = new Link(client, server, this.plan(), (kind) => this.onFault(kind), () => {
      this.#links.delete(link);
      for (const way of /** @type {const} */ (['up', 'down'])) this.carried[way] = Math.max(this.carried[way], link.carried(way));
    });
    this.#links.add(link);
  }
}

class Link {
  #sockets;
  #pipes;
  #onFault;
  #onGone;
  /** @type {any[]} */
  #timers = [];
  /** Nothing is forwarded any more. */
  #mute = false;

  /**
   * @param {import('node:net').Socket} client @param {import('node:net').Socket} server @param {Fault[]} faults
   * @param {(kind: Kind | 'truncate') => void} onFault @param {() => void} onGone
   */
  constructor(client, server, faults, onFault, onGone) {
    this.#sockets = [client, server];
    this.#onFault = onFault;
    this.#onGone = onGone;
    this.#pipes = { up: new Pipe(client, server), down: new Pipe(server, client) };
    for (const socket of this.#sockets) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.#closed(socket));
    }
    for (const fault of faults) this.#arm(fault);
    for (const pipe of Object.values(this.#pipes)) pipe.run();
  }

  /** @param {'up' | 'down'} way */
  carried(way) {
    return this.#pipes[way].passed;
  }

  calm() {
    this.#timers.forEach(clearTimeout);
    for (const pipe of Object.values(this.#pipes)) pipe.marks.length = 0;
  }

  destroy() {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** @param {Fault} fault */
  #arm(fault) {
    let struck = false;
    const strike = (inside = false) => {
      if (struck || this.#mute) return;
      struck = true;
      this.#onFault(inside && fault.kind === 'cut' ? 'truncate' : fault.kind);
      this.#strike(fault);
    };
    const { direction = 'up', after, afterMs } = fault;
    if (after !== undefined) this.#pipes[direction].mark(after, strike);
    if (afterMs !== undefined) this.#timers.push(setTimeout(() => strike(), afterMs));
    if (after === undefined && afterMs === undefined) strike();
  }

  /** @param {Fault} fault */
  #strike({ kind, direction = 'up', ms = 0, bytes = 0 }) {
    const pipe = this.#pipes[direction];
    switch (kind) {
      case 'stall':
        pipe.heldUntil = Math.max(pipe.heldUntil, performance.now() + ms);
        break;
      case 'delay':
        pipe.delayMs = ms;
        break;
      case 'trickle':
        pipe.trickle = bytes;
        break;
      default:
        this.#mute = true;
        for (const each of Object.values(this.#pipes)) each.mute();
        if (kind === 'cut') for (const socket of this.#sockets) this.#end(socket);
        if (kind === 'reset') this.#sockets.forEach(reset);
    }
  }

  /** FIN; what still comes is read and dropped, since closing over unread bytes would send RST. @param {import('node:net').Socket} socket */
  #end(socket) {
    socket.end();
    this.#timers.push(setTimeout(() => socket.destroy(), lingerMs));
  }

  /** @param {import('node:net').Socket} socket */
  #closed(socket) {
    if (this.#sockets.every(({ destroyed }) => destroyed)) {
      this.#timers.forEach(clearTimeout);
      this.#onGone();
    } else if (!this.#mute) {
      // One side went without FIN. What it said before still arrives.
      const [other] = this.#sockets.filter((each) => each !== socket);
      const into = socket === this.#sockets[0] ? this.#pipes.up : this.#pipes.down;
      void into.done.then(() => this.#mute || this.#end(other));
    }
  }
}

/** One direction. */
class Pipe {
  passed = 0;
  trickle = 0;
  delayMs = 0;
  heldUntil = 0;
  /** Sorted by place. @type {Array<{at: number, strike: (inside: boolean) => void}>} */
  marks = [];
  /** @type {Promise<void>} */
  done = Promise.resolve();

  #from;
  #to;
  #mute = false;

  /** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
  constructor(from, to) {
    this.#from = from;
    this.#to = to;
  }

  /** @param {number} at @param {(inside: boolean) => void} strike */
  mark(at, strike) {
    this.marks.push({ at, strike });
    this.marks.sort((a, b) => a.at - b.at);
  }

  mute() {
    this.#mute = true;
  }

  run() {
    this.done = this.#run().catch(() => {});
  }

  async #run() {
    this.#strikeHere(false);
    for await (const chunk of this.#from.iterator({ destroyOnReturn: false })) {
      for (let rest = chunk; rest.length > 0 && !this.#mute;) {
        await this.#wait();
        if (this.#mute) break;
        const room = Math.min(this.marks.length > 0 ? this.marks[0].at - this.passed : Infinity, this.trickle > 0 ? 1 : Infinity);
        const piece = rest.subarray(0, Math.min(room, rest.length));
        rest = rest.subarray(piece.length);
        const taken = this.#to.write(piece);
        this.passed += piece.length;
        if (this.trickle > 0 && --this.trickle >= 0) await new Promise(setImmediate);
        else if (!taken && !this.#to.destroyed) await Promise.race([once(this.#to, 'drain'), once(this.#to, 'close')]);
        this.#strikeHere(rest.length > 0);
      }
    }
    if (!this.#mute) this.#to.end();
  }

  async #wait() {
    if (this.delayMs > 0) await sleep(this.delayMs);
    for (let left = this.heldUntil - performance.now(); left > 0 && !this.#mute; left = this.heldUntil - performance.now()) await sleep(left);
  }

  /** @param {boolean} inside  there was more to forward */
  #strikeHere(inside) {
    while (this.marks.length > 0 && this.marks[0].at <= this.passed) this.marks.splice(0, 1).forEach(({ strike }) => strike(inside));
  }
}

/** RST and nothing else: Node's own resetAndDestroy() sends FIN first. @param {any} socket */
function reset(socket) {
  socket.resetAndClosing = true;
  socket.destroy();
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
