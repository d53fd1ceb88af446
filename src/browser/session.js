// The client's side of a flexcrm.v1 session, without any I/O: frames and the time go in, actions come out.
// No clock, timer, random number or socket in here, so every run can be repeated exactly.
//
// One Session outlives its connections: what one connection cannot say for itself (the dial that Flex is
// still placing) is kept across them. Resume, send window and coalescing belong between `send` and `#write`.
import { Age } from './clock.js';
import { decode, encode, messageRow } from './codec.js';
import { OpenDials, outcomeOf } from './dials.js';
import { refusal } from './error.js';
import { errors, protocol } from './messages.js';

export { outcomeOf };

/**
 * @typedef {import('./clock.js').Now} Now
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {import('./fields.js').ReadOptions} ReadOptions
 * @typedef {import('./dials.js').Answer} Answer
 *
 * @typedef {object} Opened       the server answered Hello
 * @property {'opened'} type
 * @property {any} hello
 *
 * @typedef {object} Deliver      start the handler; answer(key, …) when it returned
 * @property {'deliver'} type
 * @property {number} key         names this delivery for the life of the Session, unlike the id of the wire
 * @property {number} id
 * @property {string} method
 * @property {any} params
 * @property {number} [startBy]      of a dial: steady ms after which it must not start any more
 * @property {number} [startByWall]  the same on the wall clock; the dial is late when either has passed
 *
 * @typedef {{type: 'answered', id: number, method: string} & Answer} Answered
 *
 * @typedef {object} Ended        this connection's session is over; its requests were answered before
 * @property {'ended'} type
 * @property {string} reason
 * @property {boolean} terminal   true: do not connect again without a person's act
 * @property {number} [retryAfterMs]
 *
 * @typedef {{type: 'sendFrame', text: string} | Opened | Deliver | Answered | Ended
 *   | {type: 'problem', error: FlexcrmError}
 *   | {type: 'closeTransport', code: number, reason: string}} Action
 *
 * First with a claim (the id of our request), then with a key (the delivery).
 * @typedef {{request: {id: number, method: string, params: any}, age: Age, now: Now, claim?: number, key?: number}} FlexDial
 *
 * @typedef {object} Identity
 * @property {'flex' | 'crm'} role
 * @property {string} agent
 * @property {string} instance       random, made in memory once per page
 * @property {string} [token]
 * @property {string[]} [capabilities]
 * @property {boolean} [takeover]
 */

const pingAfterMs = 10000;
const helloMs = 5000;
const grantMs = 2000;
const handlerMs = { state: 10000, event: 10000, command: 30000, query: 30000 };
const dialMs = 40000;

/** Close codes: 4400 as the protocol says, 4408 for a peer that fell silent. */
const closeNormal = 1000;
const closeProtocol = 4400;
const closeSilent = 4408;

/** Answers to Hello and reasons of Bye that would only repeat themselves. */
const terminalCodes = new Set([errors.unauthorized, errors.wrong_role, errors.protocol_version]);
const terminalByes = new Set(['replaced', 'logout']);

export class Session {
  /** Frames that were dropped, for whoever looks for trouble. */
  counters = { unknownResponses: 0, refusedFrames: 0, lateAnswers: 0 };

  #identity;
  #options;
  /** @type {'closed' | 'greeting' | 'open'} */
  #state = 'closed';
  /** @type {Action[]} */
  #actions = [];
  #idleMs = 25000;
  /** @type {ReadOptions['limits']} */
  #peerLimits;
  /** Since the last frame in, since the last frame out. @type {Age} */
  #heard = new Age({ steady: 0, wall: 0 });
  #spoke = this.#heard;

  #lastIn = 0;
  #nextOut = 1;
  /** Our requests without an answer. @type {Map<number, {method: string, dialId?: string}>} */
  #asked = new Map();
  #issued = new OpenDials();

  /** Received requests whose turn has not come. @type {Array<{id: number, method: string, params: any}>} */
  #line = [];
  /** Handlers at work. @type {Map<number, {id: number, method: string, age: Age, limitMs: number}>} */
  #running = new Map();
  #keys = 0;
  /** Key of the state or event that the line waits for. @type {number | undefined} */
  #holder;
  /**
   * The one dial that Flex has open, from its claim until the handler answered, whatever became of the
   * session.
   * @type {FlexDial | undefined}
   */
  #dial;

  /**
   * @param {Identity} identity
   * @param {ReadOptions} [options]
   */
  constructor(identity, options = {}) {
    this.#identity = { ...identity };
    this.#options = options;
  }

  /** Some transports learn who the agent is only while they connect. @param {Partial<Identity>} known */
  identify(known) {
    Object.assign(this.#identity, known);
  }

  get role() {
    return this.#identity.role;
  }

  /** A transport is connected. @param {Now} now */
  opened(now) {
    if (this.#state !== 'closed') return;
    this.#lastIn = 0;
    this.#nextOut = 1;
    this.#peerLimits = undefined;
    this.#heard = new Age(now);
    this.#state = 'greeting';
    const { role, agent, instance, token, capabilities = [], takeover } = this.#identity;
    const params = {
      role, protocolMin: protocol.version, protocolMax: protocol.version, agent, instance, token, capabilities,
      ...(takeover && { takeover }),
    };
    const error = this.#write({ id: 'hello', method: 'Hello', params }, now);
    if (error) this.#end('invalid_hello', { terminal: true, code: closeNormal, error });
  }

  /** A frame arrived. @param {string} text @param {Now} now */
  receive(text, now) {
    if (this.#state === 'closed') return;
    // After a sleep, what is overdue ends before another frame is looked at.
    this.tick(now);
    if (/** @type {string} */ (this.#state) === 'closed') return;
    this.#heard = new Age(now);
    const frame = decode(text, {
      ...this.#options,
      resultOf: (id) => (id === 'hello' ? 'Hello' : this.#asked.get(/** @type {number} */ (id))?.method),
    });
    switch (frame.type) {
      case 'request': return this.#request(frame, now);
      case 'response': return this.#response(frame, now);
      case 'refused': return this.#unreadable(frame, now);
    }
  }

  /**
   * Sends a request of the application. Nothing is ever queued for a later connection.
   * @param {string} method @param {any} params @param {Now} now
   * @returns {{id: number, error?: undefined} | {id?: undefined, error: FlexcrmError}}
   */
  send(method, params, now) {
    if (this.#state !== 'open') return { error: refusal('not_connected') };
    const row = messageRow(method);
    // Claims are the session's own, like what keeps the connection.
    if (!row || row.class === 'session' || method === 'DialClaimRequest') return { error: refusal('unknown_method') };
    if (row.from !== this.role && row.from !== 'both') return { error: refusal('wrong_role') };
    const isDial = method === 'DialRequest';
    // One click, one dialId: a second request with it would be a second call.
    if (isDial && this.#issued.has(params?.dialId)) return { error: refusal('unknown_value', { pointer: '/dialId' }) };
    const asked = this.#ask(method, params, now);
    if (isDial && asked.error === undefined) {
      this.#asked.set(asked.id, { method, dialId: params.dialId });
      this.#issued.open(params.dialId, asked.id, params.lifetimeMs, now);
    }
    return asked;
  }

  /**
   * The handler of a delivery returned. Too late, or from a session that is gone: nothing is sent.
   * @param {number} key @param {{result?: any, error?: FlexcrmError}} answer @param {Now} now
   */
  answer(key, answer, now) {
    if (this.#dial?.key === key) this.#dial = undefined;
    const request = this.#running.get(key);
    if (!request) {
      this.counters.lateAnswers++;
      return;
    }
    this.#finish(key, request, answer, now);
  }

  /** Time passed. @param {Now} now */
  tick(now) {
    if (this.#state === 'greeting' && this.#heard.at(now) >= helloMs) return this.#end('no_hello_result', { code: closeSilent });
    if (this.#state !== 'open') return;
    if (this.#heard.at(now) >= this.#idleMs) return this.#end('idle', { code: closeSilent });
    for (const { id, answer } of this.#issued.overdue(now)) this.#settle(id, answer);
    for (const [key, request] of [...this.#running]) {
      if (request.age.at(now) >= request.limitMs) this.#finish(key, request, { error: refusal('handler_timeout') }, now);
    }
    if (this.#dial?.claim !== undefined && this.#dial.age.at(now) > grantMs) this.#claimed({}, now);
    if (this.#spoke.at(now) >= pingAfterMs) this.#write({ id: 'ping', method: 'Ping', params: {} }, now);
  }

  /** The transport is gone. @param {Now} _now */
  lost(_now) {
    if (this.#state !== 'closed') this.#end('connection_lost');
  }

  /** The application leaves. @param {'logout' | 'shutdown'} reason @param {Now} now */
  close(reason, now) {
    if (this.#state === 'closed') return;
    if (this.#state === 'open') this.#write({ method: 'Bye', params: { reason } }, now);
    this.#end(reason, { terminal: true, code: closeNormal });
  }

  /** @returns {Action | undefined} what to do next, in order; ask until undefined after every input */
  next() {
    return this.#actions.shift();
  }

  /** @returns {number | undefined} steady time at which tick is needed */
  deadline() {
    if (this.#state === 'closed') return undefined;
    if (this.#state === 'greeting') return this.#heard.reaches(helloMs);
    return Math.min(
      this.#heard.reaches(this.#idleMs),
      this.#spoke.reaches(pingAfterMs),
      this.#issued.deadline(),
      this.#dial?.claim === undefined ? Infinity : this.#dial.age.reaches(grantMs + 1),
      ...[...this.#running.values()].map(({ age, limitMs }) => age.reaches(limitMs)),
    );
  }

  // ---- what arrives

  /** @param {import('./codec.js').Request} frame @param {Now} now */
  #request({ id, method, params }, now) {
    if (method === 'Bye') {
      return this.#end(params.reason, {
        terminal: terminalByes.has(params.reason), retryAfterMs: params.retryAfterMs, code: closeNormal,
      });
    }
    if (this.#state !== 'open' || method === 'Hello') return this.#breach('unexpected_request');
    if (method === 'Ping') return void this.#write({ id, of: method, result: null }, now);
    const number = /** @type {number} */ (id);
    if (!this.#consume(number)) return;
    const row = messageRow(method);
    if (row?.from !== 'both' && row?.from !== (this.role === 'crm' ? 'flex' : 'crm')) {
      return this.#reply(number, method, { error: refusal('wrong_role') }, now);
    }
    // Stands where a request of the peer stood that is no longer worth doing.
    if (method === 'Void') return this.#reply(number, method, { result: null }, now);
    // The claim is the session's own: no handler may keep it waiting.
    if (method === 'DialClaimRequest') {
      return this.#reply(number, method, { result: { granted: this.#issued.claim(params.dialId, now) } }, now);
    }
    this.#line.push({ id: number, method, params });
    this.#advance(now);
  }

  /** @param {import('./codec.js').Response} response @param {Now} now */
  #response({ id, result, error }, now) {
    if (id === 'hello' && this.#state === 'greeting') return this.#greeted(result, error, now);
    if (this.#state !== 'open') return this.#breach('unexpected_response');
    if (id === 'ping') return;
    if (error && id === undefined) return void this.#actions.push({ type: 'problem', error: error });
    const number = /** @type {number} */ (id);
    if (this.#dial?.claim !== undefined && this.#dial.claim === number) return this.#claimed(result ?? {}, now);
    if (!this.#asked.has(number)) return void this.counters.unknownResponses++;
    this.#settle(number, error ? { error: error } : { result });
  }

  /** @param {import('./codec.js').Unreadable} frame @param {Now} now */
  #unreadable({ of, id, error }, now) {
    this.counters.refusedFrames++;
    this.#actions.push({ type: 'problem', error });
    // A notification that nobody knows cannot be answered and harms nobody.
    if (this.#state === 'open' && id === undefined && error.reason === 'unknown_method') return;
    if (this.#state !== 'open' || id === undefined || id === 'hello') return this.#breach('unreadable_frame');
    if (of === 'response') {
      if (id === 'ping') return;
      return this.#response({ type: 'response', id, error: refusal('invalid_answer') }, now);
    }
    if (id === 'ping') return void this.#write({ id, error }, now);
    if (this.#consume(id)) this.#reply(id, undefined, { error }, now);
  }

  /** @param {any} hello @param {FlexcrmError | undefined} error @param {Now} now */
  #greeted(hello, error, now) {
    if (error) {
      return this.#end(error.reason, {
        terminal: terminalCodes.has(error.code), retryAfterMs: error.retryAfterMs, code: closeNormal, error: error,
      });
    }
    if (hello.protocol !== protocol.version) return this.#end('protocol_version', { terminal: true, code: closeNormal });
    this.#state = 'open';
    this.#idleMs = hello.idleMs;
    this.#peerLimits = hello.limits;
    this.#heard = new Age(now);
    this.#actions.push({ type: 'opened', hello });
  }

  /** Takes the next number in line; a gap means that something was lost. @param {number} id */
  #consume(id) {
    if (id !== this.#lastIn + 1) {
      this.#breach('id_out_of_order');
      return false;
    }
    this.#lastIn = id;
    return true;
  }

  // ---- handlers

  /** Starts what may start: state and events one by one, commands and queries without holding the line. @param {Now} now */
  #advance(now) {
    while (this.#holder === undefined && this.#state === 'open') {
      const request = this.#line.shift();
      if (!request) return;
      if (request.method === 'DialRequest') {
        this.#claim(request, now);
        continue;
      }
      const kind = /** @type {keyof typeof handlerMs} */ (messageRow(request.method)?.class);
      const key = this.#start(request, handlerMs[kind], {}, now);
      if (kind === 'state' || kind === 'event') this.#holder = key;
    }
  }

  /**
   * @param {{id: number, method: string, params: any}} request @param {number} limitMs
   * @param {{startBy?: number, startByWall?: number}} more @param {Now} now
   */
  #start({ id, method, params }, limitMs, more, now) {
    const key = ++this.#keys;
    this.#running.set(key, { id, method, age: new Age(now), limitMs });
    this.#actions.push({ type: 'deliver', key, id, method, params, ...more });
    return key;
  }

  /** @param {number} key @param {{id: number, method: string}} request @param {{result?: any, error?: FlexcrmError}} answer @param {Now} now */
  #finish(key, { id, method }, answer, now) {
    this.#running.delete(key);
    this.#reply(id, method, answer, now);
    if (this.#holder !== key) return;
    this.#holder = undefined;
    this.#advance(now);
  }

  // ---- the dial on the side of Flex

  /** Asks the issuer for leave, right before the application would dial. @param {{id: number, method: string, params: any}} request @param {Now} now */
  #claim(request, now) {
    if (this.#dial) return this.#reply(request.id, request.method, { error: refusal('agent_busy') }, now);
    const { id, error } = this.#ask('DialClaimRequest', { dialId: request.params.dialId }, now);
    if (error) return this.#reply(request.id, request.method, { error }, now);
    this.#dial = { request, age: new Age(now), now, claim: id };
  }

  /** The issuer's word came, or nothing came in time: then even a yes on its way is void. @param {{granted?: boolean}} result @param {Now} now */
  #claimed(result, now) {
    const dial = /** @type {FlexDial} */ (this.#dial);
    this.#asked.delete(/** @type {number} */ (dial.claim));
    dial.claim = undefined;
    if (result.granted === true && dial.age.at(now) <= grantMs) {
      const startBy = { startBy: dial.now.steady + grantMs, startByWall: dial.now.wall + grantMs };
      dial.key = this.#start(dial.request, dialMs, startBy, now);
    } else {
      this.#dial = undefined;
      this.#reply(dial.request.id, dial.request.method, { error: refusal('expired') }, now);
    }
  }

  // ---- what leaves

  /** @param {string} method @param {any} params @param {Now} now @returns {{id: number, error?: undefined} | {id?: undefined, error: FlexcrmError}} */
  #ask(method, params, now) {
    const id = this.#nextOut;
    const error = this.#write({ id, method, params }, now);
    if (error) return { error };
    this.#nextOut++;
    this.#asked.set(id, { method });
    return { id };
  }

  /** @param {number} id @param {string | undefined} of @param {{result?: any, error?: FlexcrmError}} answer @param {Now} now */
  #reply(id, of, { result, error }, now) {
    const failed = this.#write(error ? { id, error } : { id, of, result }, now);
    if (!failed) return;
    this.#actions.push({ type: 'problem', error: failed });
    this.#write({ id, error: refusal('internal_error') }, now);
  }

  /** @param {Parameters<typeof encode>[0]} frame @param {Now} now @returns {FlexcrmError | undefined} */
  #write(frame, now) {
    const { text, error } = encode(frame, { ...this.#options, limits: { ...this.#options.limits, ...this.#peerLimits } });
    if (text === undefined) return error;
    this.#actions.push({ type: 'sendFrame', text });
    this.#spoke = new Age(now);
    return undefined;
  }

  /** @param {number} id @param {Answer} answer */
  #settle(id, answer) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    const known = asked.dialId === undefined ? answer : this.#issued.close(asked.dialId, answer);
    this.#actions.push({ type: 'answered', id, method: asked.method, ...known });
  }

  // ---- endings

  /** A peer that breaks the rules would break them again with the same bytes. @param {string} reason */
  #breach(reason) {
    this.#end(reason, { code: closeProtocol });
  }

  /**
   * @param {string} reason
   * @param {{terminal?: boolean, retryAfterMs?: number, code?: number, error?: FlexcrmError}} [more]
   */
  #end(reason, { terminal = false, retryAfterMs, code, error } = {}) {
    this.#state = 'closed';
    if (error) this.#actions.push({ type: 'problem', error });
    if (code !== undefined) this.#actions.push({ type: 'closeTransport', code, reason });
    if (this.#dial?.claim !== undefined) {
      this.#asked.delete(this.#dial.claim);
      this.#dial = undefined;
    }
    for (const id of [...this.#asked.keys()]) this.#settle(id, { error: refusal('session_lost') });
    this.#line = [];
    this.#running.clear();
    this.#holder = undefined;
    this.#actions.push({ type: 'ended', reason, terminal, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }
}
