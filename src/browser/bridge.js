// The CRM page's end: Flex in an iframe on one side, the CRM's server on the other.
//
// As a rule it is a pipe: the plugin inside Flex runs the session, the page passes frames on unread. Only
// for a plugin that speaks `bare` (the one of Twilio's course) does the page run the session for it.
import { systemClock } from './clock.js';
import { decodeBare, encodeBare } from './codec.js';
import { Endpoint } from './endpoint.js';
import { protocol } from './messages.js';
import { SocketTransport } from './socket.js';
import { byteLength } from './strict_json.js';
import { askForToken } from './token.js';
import { envelope, isExactOrigin, isMarked, readEnvelope } from './window_message.js';

/** Longer than the plugin's longest wait between two attempts. */
const absentAfterMs = 20000;

/**
 * absent: nobody in the iframe asks for a connection. connecting: Flex is there, the server not yet.
 * @typedef {'absent' | 'connecting' | 'connected'} BridgeState
 */

/**
 * @typedef {object} BridgeConfig
 * @property {{readonly contentWindow: {postMessage(message: any, targetOrigin: string): void} | null}} frame  the iframe element that holds Flex
 * @property {string} flexOrigin    its exact origin
 * @property {string} url           the CRM's WebSocket
 * @property {string} agent
 * @property {string} [token]
 * @property {() => string | undefined | Promise<string | undefined>} [getTicket]  asked before every connection, in place of token
 * @property {boolean} [bare]
 * @property {boolean} [allowSip]
 * @property {boolean} [allowClient]
 * @property {(error: import('./error.js').FlexcrmError) => void} [onProblem]
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 */

export class Bridge {
  /** Window messages that were dropped, by what gave them away. */
  counters = { foreignSource: 0, foreignOrigin: 0, unmarked: 0, otherInstance: 0, unexpected: 0 };

  #config;
  #window;
  #clock;
  /** @type {Set<(state: BridgeState) => void>} */
  #watchers = new Set();
  /** @type {BridgeState} */
  #state = 'absent';
  /** @type {{receive(data: unknown): void, stop(): void}} */
  #side;
  /** @type {(event: any) => void} */
  #listener = (event) => this.#receive(event);

  /** @param {BridgeConfig} config */
  constructor(config) {
    const { window = globalThis.window, clock = systemClock, flexOrigin, bare = false } = config;
    if (!isExactOrigin(flexOrigin)) throw new TypeError('flexOrigin must be an origin such as https://flex.twilio.com, without path or slash');
    if (bare && flexOrigin !== window.location.origin) {
      throw new TypeError(`The bare dialect needs Flex and the CRM page on one origin, but Flex is on ${flexOrigin} and the page on `
        + `${window.location.origin}: the course's plugin posts without a target origin, and browsers drop such messages between origins.`);
    }
    this.#config = config;
    this.#window = window;
    this.#clock = clock;
    this.#window.addEventListener('message', this.#listener);
    const parts = {
      config, clock, counters: this.counters,
      post: (/** @type {unknown} */ data) => this.#post(data),
      setState: (/** @type {BridgeState} */ state) => this.#setState(state),
    };
    this.#side = bare ? new BareSide(parts) : new PipeSide(parts);
  }

  get state() {
    return this.#state;
  }

  /** @param {(state: BridgeState) => void} watcher told the present state at once */
  onState(watcher) {
    this.#watchers.add(watcher);
    watcher(this.#state);
    return () => void this.#watchers.delete(watcher);
  }

  stop() {
    this.#window.removeEventListener('message', this.#listener);
    this.#side.stop();
    this.#setState('absent');
  }

  /** @param {{data: unknown, origin: string, source: unknown}} event */
  #receive({ data, origin, source }) {
    if (!source || source !== this.#config.frame.contentWindow) return void this.counters.foreignSource++;
    if (origin !== this.#config.flexOrigin) return void this.counters.foreignOrigin++;
    this.#side.receive(data);
  }

  /** @param {unknown} data */
  #post(data) {
    this.#config.frame.contentWindow?.postMessage(data, this.#config.flexOrigin);
  }

  /** @param {BridgeState} state */
  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    for (const watcher of [...this.#watchers]) watcher(state);
  }
}

/**
 * @typedef {object} Parts
 * @property {BridgeConfig} config
 * @property {import('./clock.js').Clock} clock
 * @property {Bridge['counters']} counters
 * @property {(data: unknown) => void} post
 * @property {(state: BridgeState) => void} setState
 */

/** One WebSocket per page load of Flex; what passes through is not looked at. */
class PipeSide {
  #parts;
  #socket;
  /** The page load of Flex that is served. @type {string | undefined} */
  #instance;
  /** @type {'idle' | 'opening' | 'open'} */
  #phase = 'idle';
  /** Counts connections: a ticket or an event of an older one comes to nothing. */
  #turn = 0;
  /** @type {any} */
  #absence;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { url, WebSocket = globalThis.WebSocket } = parts.config;
    this.#socket = new SocketTransport({ url, WebSocket, clock: parts.clock });
  }

  /** @param {unknown} data */
  receive(data) {
    const { counters } = this.#parts;
    if (!isMarked(data)) return void counters.unmarked++;
    const message = readEnvelope(data);
    if (!message) return void counters.unexpected++;
    if (message.ready) return this.#ready(message.instance);
    if (message.instance !== this.#instance) return void counters.otherInstance++;
    if (message.close) return this.#closed(1000, false);
    if (message.frame === undefined || this.#phase !== 'open') return void counters.unexpected++;
    if (byteLength(message.frame) > protocol.limits.frameBytes) return void counters.unexpected++;
    if (!this.#socket.send(message.frame)) this.#closed(1006, true);
  }

  stop() {
    this.#closed(1000, this.#phase !== 'idle');
    this.#parts.clock.clearTimeout(this.#absence);
  }

  /** The plugin decides when to connect; it repeats itself until the pipe is open. @param {string} instance */
  async #ready(instance) {
    if (instance === this.#instance && this.#phase !== 'idle') return;
    // The iframe was reloaded: nobody is left who could answer for the old socket.
    if (this.#phase !== 'idle') this.#socket.close();
    const { config, clock, post, setState } = this.#parts;
    clock.clearTimeout(this.#absence);
    this.#instance = instance;
    this.#phase = 'opening';
    const turn = ++this.#turn;
    setState('connecting');
    let ticket = config.token;
    try {
      if (config.getTicket) ticket = await askForToken(config.getTicket, clock);
    } catch {
      if (turn === this.#turn) this.#closed(1006, true);
      return;
    }
    if (turn !== this.#turn) return;
    this.#socket.open({
      opened: () => {
        this.#phase = 'open';
        post(envelope({ instance, open: { agent: config.agent, ticket } }));
        setState('connected');
      },
      received: (frame) => post(envelope({ instance, frame })),
      closed: (why) => turn === this.#turn && this.#closed(why?.code ?? 1006, true),
    });
  }

  /** @param {number} code @param {boolean} tell */
  #closed(code, tell) {
    const { clock, post, setState } = this.#parts;
    if (this.#phase === 'idle') return;
    this.#turn++;
    this.#phase = 'idle';
    this.#socket.close();
    if (tell && this.#instance !== undefined) post(envelope({ instance: this.#instance, closed: true, code }));
    setState('connecting');
    this.#absence = clock.setTimeout(() => setState('absent'), absentAfterMs);
  }
}

/** Speaks for a Flex that can only post attributes and dial the strings it is given. */
class BareSide {
  #parts;
  #endpoint;
  /** The newest attributes, for a server that was away when they came. @type {Record<string, unknown> | undefined} */
  #selected;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { clock, setState, config } = parts;
    const { url, WebSocket = globalThis.WebSocket, agent, token, getTicket, allowSip, allowClient, onProblem, random } = config;
    this.#endpoint = new Endpoint({
      transport: new SocketTransport({ url, WebSocket, clock }),
      role: 'flex', agent, token: getTicket ?? token, allowSip, allowClient, onProblem, clock, random,
    });
    this.#endpoint.on('DialRequest', (params, { mayStart }) => this.#dial(params, mayStart));
    this.#endpoint.onState((state, { resumed }) => {
      setState(state === 'open' ? 'connected' : state === 'ended' ? 'absent' : 'connecting');
      if (state !== 'open' || resumed) return;
      // Nothing tells the page whether the agent is ready; Flex refuses a dial by itself when not.
      this.#endpoint.send('AgentChanged', { availability: 'available', connected: true });
      if (this.#selected) this.#endpoint.send('TaskSelected', { attributes: this.#selected, cause: 'resync' });
    });
    this.#endpoint.start();
  }

  /** @param {unknown} data */
  receive(data) {
    const { counters, config } = this.#parts;
    // Marked messages belong to a plugin that speaks flexcrm.v1, and Flex never sends a number to dial.
    const read = isMarked(data) ? undefined : decodeBare(data, config);
    if (read?.type !== 'request' || read.method !== 'TaskSelected') return void counters.unexpected++;
    this.#selected = read.params.attributes;
    const { error } = this.#endpoint.send('TaskSelected', read.params);
    if (error && error.reason !== 'not_connected') config.onProblem?.(error);
  }

  stop() {
    this.#endpoint.stop();
  }

  /** @param {any} params @param {() => boolean} mayStart @returns {never} */
  #dial(params, mayStart) {
    const { value, error } = encodeBare('DialRequest', params, this.#parts.config);
    if (error) throw error;
    if (!mayStart()) throw { reason: 'expired' };
    this.#parts.post(value);
    // The dialect has no way back: whether Flex dialled, nobody here can say.
    throw { reason: 'internal_error', detail: 'no_answer_in_bare' };
  }
}
