// Drives a Session over a transport with real clocks and timers, and connects again when it is lost.
import { systemClock } from './clock.js';
import { outcomeOf } from './dials.js';
import { refusal } from './error.js';
import { messageRow } from './codec.js';
import { Session } from './session.js';
import { askForToken } from './token.js';

/**
 * @template [R=any]
 * @typedef {import('./dials.js').Answer<R>} Answer
 */

/**
 * What a handler returns, now or later: the result. Where that is null, whatever it returns is not looked at.
 * @template {MessageName} M
 * @typedef {null extends Results[M] ? unknown : Results[M] | Promise<Results[M]>} Returned
 */

/**
 * @template {MessageName} [M=any]
 * @typedef {(params: Messages[M], context: HandlerContext) => Returned<M>} Handler
 */

/**
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {import('./message_types.js').MessageName} MessageName
 * @typedef {import('./message_types.js').Messages} Messages
 * @typedef {import('./message_types.js').Results} Results
 * @typedef {import('./message_types.js').DialRequest} DialRequest
 */

/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 * @typedef {object} TransportEvents
 * @property {(identity?: {agent?: string, token?: string}) => void} opened
 * @property {(text: string) => void} received
 * @property {(why?: {code?: number}) => void} closed
 *
 * @typedef {object} Transport
 * @property {(events: TransportEvents) => void} open
 * @property {(text: string) => boolean} send   false: it cannot take more, the connection is of no use
 * @property {(code?: number) => void} close
 *
 * @typedef {object} HandlerContext
 * @property {MessageName} method
 * @property {() => boolean} mayStart  false once a dial's time to start is over
 *
 * @typedef {'connecting' | 'open' | 'waiting' | 'ended'} State
 *
 * @typedef {object} StateDetails
 * @property {import('./message_types.js').HelloResult} [hello]  open: the server's answer
 * @property {boolean} [resumed]   open: the session of the last connection goes on, nothing was lost
 * @property {boolean} [reset]     open: a session before this one was lost; tell the whole state again
 * @property {string} [reason]     waiting, ended: why
 * @property {number} [retryInMs]  waiting
 *
 * @typedef {object} EndpointConfig
 * @property {Transport} transport
 * @property {'flex' | 'crm'} role
 * @property {string} [agent]      empty where the transport tells it when it opens
 * @property {string | (() => string | undefined | Promise<string | undefined>)} [token]  a function is asked before every connection
 * @property {string[]} [capabilities]
 * @property {string} [instance]
 * @property {boolean} [takeover]
 * @property {boolean} [allowSip]
 * @property {boolean} [allowClient]
 * @property {boolean} [lenientSids]
 * @property {number} [resumeMs]   how long a session outlives its connection
 * @property {(error: FlexcrmError) => void} [onProblem]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 */

const backoffFirstMs = 250;
const backoffCapMs = 15000;
/** A connection that held this long was a good one: the next failure starts from the shortest wait. */
const steadyAfterMs = 30000;

export class Endpoint {
  /** Random and only in memory: a page that is copied or restored must not pass for this one. */
  instance;

  #transport;
  #session;
  #token;
  #clock;
  #random;
  #onProblem;
  /** @type {Map<string, Handler>} */
  #handlers = new Map();
  /** @type {Set<(state: State, details: StateDetails) => void>} */
  #watchers = new Set();
  /** @type {Map<number, (answer: Answer) => void>} */
  #waiting = new Map();

  /** @type {State} */
  #state = 'ended';
  /** @type {StateDetails} */
  #details = {};
  /** Counts connections, so that what belongs to an older one is recognised. */
  #turn = 0;
  #failures = 0;
  #openSince = 0;
  #freshTokenTried = false;
  #pumping = false;
  /** @type {any} */
  #timer;
  /** @type {any} */
  #retryTimer;
  /** The connection ended; another one is due when the session has said all of it. @type {{reason: string, retryAfterMs: number} | undefined} */
  #gone;
  /** Its owner stopped it: it ends when the session has said all of it. @type {string | undefined} */
  #stopped;

  /** @param {EndpointConfig} config */
  constructor({
    transport, role, agent = '', token, capabilities, takeover, allowSip, allowClient, lenientSids, resumeMs,
    instance = crypto.randomUUID(), onProblem = () => {}, clock = systemClock, random = Math.random,
  }) {
    this.instance = instance;
    this.#transport = transport;
    this.#token = token;
    this.#clock = clock;
    this.#random = random;
    this.#onProblem = onProblem;
    this.#session = new Session({ role, agent, instance, capabilities, takeover }, { allowSip, allowClient, lenientSids, resumeMs });
  }

  get state() {
    return this.#state;
  }

  get counters() {
    return this.#session.counters;
  }

  /**
   * What the handler returns is the result; a thrown {reason, detail?, pointer?} is the refusal. Whatever else is
   * thrown is answered as internal_error and goes to onProblem.
   * @template {MessageName} M
   * @param {M} method @param {Handler<M>} handler
   */
  on(method, handler) {
    this.#handlers.set(method, handler);
    return this;
  }

  /** @param {(state: State, details: StateDetails) => void} watcher told the present state at once */
  onState(watcher) {
    this.#watchers.add(watcher);
    guarded(() => watcher(this.#state, this.#details));
    return () => void this.#watchers.delete(watcher);
  }

  /** @param {{takeover?: boolean}} [options] takeover: a person in this page wants the agent here, not in the newer tab */
  start({ takeover } = {}) {
    if (this.#state !== 'ended') return;
    if (takeover) this.#session.identify({ takeover });
    this.#failures = 0;
    this.#freshTokenTried = false;
    this.#connect();
  }

  /** @param {'logout' | 'shutdown'} [reason] shutdown: for now; events that were not acknowledged go out after the next start */
  stop(reason = 'shutdown') {
    if (this.#state === 'ended') return;
    this.#stopped = reason;
    this.#session.close(reason, this.#clock.now());
    this.#pump();
  }

  /**
   * Sends and forgets; the answer, if it is an error, goes to onProblem.
   * @template {MessageName} M
   * @param {M} method @param {Messages[M]} params
   * @returns {ReturnType<Session['send']>}
   */
  send(method, params) {
    const sent = this.#session.send(method, params, this.#clock.now());
    this.#pump();
    return sent;
  }

  /**
   * Sends and waits; never rejects, a refusal is an answer.
   * @template {MessageName} M
   * @param {M} method @param {Messages[M]} params @returns {Promise<Answer<Results[M]>>}
   */
  request(method, params) {
    const sent = this.#session.send(method, params, this.#clock.now());
    if (sent.error) return Promise.resolve({ error: sent.error });
    const answer = new Promise((/** @type {(answer: Answer) => void} */ resolve) => this.#waiting.set(sent.key, resolve));
    this.#pump();
    return answer;
  }

  /**
   * One click, one dial, one outcome.
   * @param {Omit<DialRequest, 'dialId' | 'lifetimeMs'> & {lifetimeMs?: number}} params
   * @returns {Promise<{dialId: string, outcome: import('./dials.js').Outcome} & Answer<import('./message_types.js').DialResult>>}
   */
  async dial({ lifetimeMs = 10000, ...params }) {
    const dialId = crypto.randomUUID();
    const answer = await this.request('DialRequest', { ...params, dialId, lifetimeMs });
    return { dialId, outcome: outcomeOf(answer), ...answer };
  }

  // ---- connections

  #connect() {
    const turn = ++this.#turn;
    this.#setState('connecting');
    if (typeof this.#token !== 'function') return this.#open(turn, this.#token);
    askForToken(this.#token, this.#clock).then(
      (token) => this.#open(turn, token),
      () => turn === this.#turn && this.#retry('no_token', 0),
    );
  }

  /** @param {number} turn @param {string | undefined} token */
  #open(turn, token) {
    if (turn !== this.#turn) return;
    const session = this.#session;
    session.identify({ token });
    /** @param {(now: import('./clock.js').Now) => void} input */
    const feed = (input) => {
      if (turn !== this.#turn) return;
      input(this.#clock.now());
      this.#pump();
    };
    let opened = false;
    this.#transport.open({
      opened: (identity) => feed((now) => {
        opened = true;
        if (identity) session.identify(identity);
        session.opened(now);
      }),
      received: (text) => feed((now) => session.receive(text, now)),
      closed: () => feed((now) => {
        this.#gone = { reason: opened ? 'connection_lost' : 'not_reachable', retryAfterMs: 0 };
        session.lost(now);
      }),
    });
  }

  /** @param {string} reason @param {number} floorMs */
  #retry(reason, floorMs) {
    this.#turn++;
    if (this.#state === 'open' && this.#clock.now().steady - this.#openSince >= steadyAfterMs) this.#failures = 0;
    // Full jitter: after a restart of the server its clients must not come back together.
    const ceiling = Math.min(backoffCapMs, backoffFirstMs * 2 ** this.#failures++);
    const retryInMs = Math.max(floorMs, this.#random() * ceiling);
    this.#retryTimer = this.#clock.setTimeout(() => this.#connect(), retryInMs);
    this.#setState('waiting', { reason, retryInMs });
  }

  /** @param {string} reason */
  #finish(reason) {
    this.#turn++;
    this.#gone = this.#stopped = undefined;
    this.#clock.clearTimeout(this.#retryTimer);
    this.#transport.close();
    this.#setState('ended', { reason });
  }

  /** @param {import('./session.js').Ended} ended */
  #ended({ reason, terminal, retryAfterMs = 0 }) {
    // A token may simply have grown old; once more with a new one, then it is a person's matter.
    const freshToken = reason === 'unauthorized' && typeof this.#token === 'function' && !this.#freshTokenTried;
    this.#freshTokenTried ||= freshToken;
    if (terminal && !freshToken) return this.#finish(reason);
    // A session may also end without its connection, or long after it.
    if (this.#gone) this.#gone = { reason, retryAfterMs };
  }

  /** @param {State} state @param {StateDetails} [details] */
  #setState(state, details = {}) {
    this.#state = state;
    this.#details = details;
    for (const watcher of [...this.#watchers]) guarded(() => watcher(state, details));
  }

  // ---- actions

  /** Does what the session wants done. Its users may call back in; the outermost call does the work. */
  #pump() {
    if (this.#pumping) return;
    this.#pumping = true;
    for (let action = this.#session.next(); action; action = this.#session.next()) this.#act(action);
    this.#pumping = false;
    const gone = this.#gone;
    this.#gone = undefined;
    if (this.#stopped !== undefined) this.#finish(this.#stopped);
    else if (gone) this.#retry(gone.reason, gone.retryAfterMs);
    this.#arm();
  }

  /** @param {import('./session.js').Action} action */
  #act(action) {
    switch (action.type) {
      case 'sendFrame':
        // What was still written to a connection that is gone is repeated over the next.
        if (this.#gone || this.#transport.send(action.text)) break;
        this.#transport.close();
        this.#gone = { reason: 'connection_lost', retryAfterMs: 0 };
        this.#session.lost(this.#clock.now());
        break;
      case 'opened':
        this.#openSince = this.#clock.now().steady;
        this.#freshTokenTried = false;
        this.#setState('open', { hello: action.hello, resumed: action.hello.resumed, reset: action.reset });
        break;
      case 'deliver':
        this.#handle(action);
        break;
      case 'answered': {
        const resolve = this.#waiting.get(action.key);
        this.#waiting.delete(action.key);
        if (resolve) resolve(/** @type {Answer} */ (action.error ? { error: action.error } : { result: action.result }));
        // That newer state takes the place of older is what state is for.
        else if (action.error && action.error.reason !== 'superseded') this.#report(action.error);
        break;
      }
      case 'problem':
        this.#report(action.error);
        break;
      case 'closeTransport':
        this.#gone = { reason: action.reason, retryAfterMs: 0 };
        this.#transport.close(action.code);
        break;
      case 'ended':
        this.#ended(action);
        break;
    }
  }

  /** @param {import('./session.js').Deliver} delivery */
  async #handle({ key, method, params, startBefore = { steady: Infinity, wall: Infinity } }) {
    const mayStart = () => {
      const { steady, wall } = this.#clock.now();
      return steady < startBefore.steady && wall < startBefore.wall;
    };
    const handler = this.#handlers.get(method);
    /** @type {{result?: any, error?: FlexcrmError}} */
    let answer;
    try {
      // News that nobody here listens to has arrived all the same; a command that nobody does has not.
      if (!handler && messageRow(method)?.class !== 'state' && messageRow(method)?.class !== 'event') throw { reason: 'failed', detail: 'no_handler' };
      answer = { result: await handler?.(params, { method, mayStart }) };
    } catch (thrown) {
      answer = { error: this.#refusalOf(thrown) };
    }
    this.#session.answer(key, answer, this.#clock.now());
    this.#pump();
  }

  /** @param {any} thrown @returns {FlexcrmError} */
  #refusalOf(thrown) {
    if (typeof thrown?.reason === 'string') {
      const text = (/** @type {unknown} */ value) => (typeof value === 'string' ? value : undefined);
      return refusal(thrown.reason, { detail: text(thrown.detail), pointer: text(thrown.pointer) });
    }
    // The text of a stray exception may hold anything, so it goes neither to the peer nor into a log.
    const error = refusal('internal_error');
    this.#report(error);
    return error;
  }

  /** @param {FlexcrmError} error */
  #report(error) {
    guarded(() => this.#onProblem(error));
  }

  #arm() {
    this.#clock.clearTimeout(this.#timer);
    const deadline = this.#session.deadline();
    if (deadline === undefined) return;
    const wait = Math.max(0, Math.ceil(deadline - this.#clock.now().steady));
    this.#timer = this.#clock.setTimeout(() => {
      this.#session.tick(this.#clock.now());
      this.#pump();
    }, wait);
  }
}

/** A listener's mistake is its own: it must not stop the session. @param {() => void} call */
function guarded(call) {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}
