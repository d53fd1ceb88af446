// The plugin's transport when Flex is framed: the page around it holds the WebSocket and passes frames on.
import { systemClock } from './clock.js';
import { envelope, isMarked, readEnvelope } from './window_message.js';

const readyEveryMs = 500;

/**
 * @typedef {object} PipeConfig
 * @property {string[]} origins   exact origins of the pages that may frame Flex
 * @property {string} instance
 * @property {any} [window]
 * @property {import('./clock.js').Clock} [clock]
 */

/** @implements {Transport} @typedef {import('./endpoint.js').Transport} Transport */
export class PipeTransport {
  /** Window messages that were not for us, by what gave them away. */
  counters = { foreignSource: 0, foreignOrigin: 0, unmarked: 0, otherInstance: 0, unexpected: 0 };

  #origins;
  #instance;
  #window;
  #parent;
  #clock;
  /** @type {import('./endpoint.js').TransportEvents | undefined} */
  #events;
  /** The origin that opened the pipe; only it is talked to until the pipe closes. @type {string | undefined} */
  #origin;
  /** @type {any} */
  #timer;
  /** @type {(event: any) => void} */
  #listener = (event) => this.#receive(event);

  /** @param {PipeConfig} config */
  constructor({ origins, instance, window = globalThis.window, clock = systemClock }) {
    this.#origins = origins;
    this.#instance = instance;
    this.#window = window;
    this.#parent = window.parent;  // not top: the CRM page may be framed itself
    this.#clock = clock;
  }

  /** @param {import('./endpoint.js').TransportEvents} events */
  open(events) {
    this.#stop();
    this.#events = events;
    this.#window.addEventListener('message', this.#listener);
    this.#ready();
  }

  /** @param {string} text */
  send(text) {
    return this.#origin !== undefined && this.#post({ frame: text }, this.#origin);
  }

  /** @param {number} [code] */
  close(code = 1000) {
    // Also while the pipe is opening: the socket on its way would otherwise be held for nobody.
    const told = this.#origin !== undefined ? [this.#origin] : this.#events ? this.#origins : [];
    for (const origin of told) this.#post({ close: true, code }, origin);
    this.#stop();
  }

  #stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#window.removeEventListener('message', this.#listener);
    this.#events = undefined;
    this.#origin = undefined;
  }

  /** Either side may load first, and the page around may reload: so this is said until it is heard. */
  #ready() {
    for (const origin of this.#origins) this.#post({ ready: true }, origin);
    this.#timer = this.#clock.setTimeout(() => this.#ready(), readyEveryMs);
  }

  /** @param {Omit<import('./window_message.js').WindowMessage, 'instance'>} message @param {string} origin */
  #post(message, origin) {
    try {
      this.#parent.postMessage(envelope({ instance: this.#instance, ...message }), origin);
      return true;
    } catch {
      return false;
    }
  }

  /** @param {{data: unknown, origin: string, source: unknown}} event */
  #receive({ data, origin, source }) {
    if (!source || source !== this.#parent) return void this.counters.foreignSource++;
    if (!this.#origins.includes(origin)) return void this.counters.foreignOrigin++;
    if (!isMarked(data)) return void this.counters.unmarked++;
    const message = readEnvelope(data);
    if (message?.instance !== this.#instance) return void this.counters.otherInstance++;
    if (this.#origin === undefined && message.open) {
      this.#clock.clearTimeout(this.#timer);
      this.#origin = origin;
      return this.#events?.opened({
        ...(message.open.agent !== undefined && { agent: message.open.agent }),
        ...(message.open.ticket !== undefined && { token: message.open.ticket }),
      });
    }
    if (this.#origin === origin && message.frame !== undefined) return this.#events?.received(message.frame);
    if (message.closed && (this.#origin === undefined || this.#origin === origin)) {
      const events = this.#events;
      this.#stop();
      return events?.closed(message.code === undefined ? {} : { code: message.code });
    }
    this.counters.unexpected++;
  }
}
