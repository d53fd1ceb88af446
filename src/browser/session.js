// The client's side of a flexcrm.v1 session, without any I/O: frames and the time go in, actions come out.
// No clock, timer, random number or socket in here, so every run can be repeated exactly.
//
// A session outlives its connections: what was not answered when one was lost goes on with the next. And one
// Session outlives its sessions: events, and the dial that Flex is still placing, are not lost with them.
import { Age } from './clock.js';
import { decode, encode, messageRow } from './codec.js';
import { OpenDials, outcomeOf } from './dials.js';
import { forPeer, longestRetryMs, refusal } from './error.js';
import { errors, protocol } from './messages.js';
import { Inbox, Outbox, anyNumber, isEvent } from './numbering.js';
import { byteLength } from './strict_json.js';

export { outcomeOf };

/**
 * @typedef {import('./clock.js').Now} Now
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {import('./fields.js').ReadOptions} ReadOptions
 * @typedef {import('./dials.js').Answer} Answer
 * @typedef {import('./numbering.js').Letter} Letter
 * @typedef {import('./numbering.js').Sent} Sent
 * @typedef {import('./message_types.js').MessageName} MessageName
 *
 * @typedef {object} SessionOptions
 * @property {number} [resumeMs]    a session outlives its connection for so long; 0: not at all
 * @property {number} [eventBytes]  params of events that wait for a connection or the window; more end the session
 *
 * @typedef {object} Opened       the server answered Hello
 * @property {'opened'} type
 * @property {import('./message_types.js').HelloResult} hello  with `resumed`, the session of the last connection goes on
 * @property {boolean} reset      a session before this one was lost: now tell the peer the whole state
 *
 * @typedef {object} Deliver      start the handler; answer(key, …) when it returned
 * @property {'deliver'} type
 * @property {number} key         names it for the life of the Session, unlike the id of the wire
 * @property {number} id
 * @property {MessageName} method
 * @property {any} params
 * @property {Now} [startBefore]  of a dial: it is late once either clock has come so far
 */

/**
 * Once for each key that send() gave.
 * @typedef {{type: 'answered', key: number, method: string} & Answer} Answered
 *
 * @typedef {object} Ended        the session is over; its requests were answered before, but for events that the next one tells
 * @property {'ended'} type
 * @property {string} reason
 * @property {boolean} terminal   true: do not connect again without a person's act
 * @property {number} [retryAfterMs]
 *
 * @typedef {{type: 'sendFrame', text: string} | Opened | Deliver | Answered | Ended
 *   | {type: 'problem', error: FlexcrmError}
 *   | {type: 'closeTransport', code: number, reason: string}} Action
 */

/**
 * Without a key it waits for its grant.
 * @typedef {{request: {id: number, method: MessageName, params: any}, now: Now, key?: number}} FlexDial  now: of its claim
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
/** For the answer to a query; commands bring their own lifetime. */
const queryMs = 30000;
/** The wall clock ran so far ahead of the steady one: the machine slept. */
const sleepMs = 5000;
/** A longer answer is not kept for a repeated request. */
const answerBytes = 1024;

/** Close codes: 4400 as the protocol says, 4408 for a peer that fell silent and for a side that slept. */
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
  #resumeMs;
  #eventBytes;
  /** Of the connection. @type {'closed' | 'greeting' | 'open'} */
  #state = 'closed';
  /** @type {Action[]} */
  #actions = [];
  #idleMs = 25000;
  /** @type {ReadOptions['limits']} */
  #peerLimits;
  /** Since the last frame in, since the last frame out. @type {Age} */
  #heard = new Age({ steady: 0, wall: 0 });
  #spoke = this.#heard;
  /** The last input that told the time. @type {Now} */
  #seen = { steady: 0, wall: 0 };

  /** The server's name for the session that goes on; without one there is nothing to resume. @type {string | undefined} */
  #session;
  #hadSession = false;
  /** Since the session is without a connection. @type {Age | undefined} */
  #lost;
  /** Names requests and deliveries to the application: never used twice, unlike the numbers of the wire. */
  #keys = 0;

  #outbox = new Outbox();
  #inbox = new Inbox();
  #issued = new OpenDials();
  /** Events of a lost session, for the next one. @type {Letter[]} */
  #kept = [];

  /** Received requests whose turn has not come. @type {Array<{id: number, method: MessageName, params: any}>} */
  #line = [];
  /** Handlers at work. @type {Map<number, {id: number, method: string, age: Age, limitMs: number}>} */
  #running = new Map();
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
   * @param {ReadOptions & SessionOptions} [options]
   */
  constructor(identity, { resumeMs = 120000, eventBytes = 256 * 1024, ...options } = {}) {
    this.#identity = { ...identity };
    this.#resumeMs = resumeMs;
    this.#eventBytes = eventBytes;
    this.#options = options;
  }

  /** Some transports learn who the agent is only while they connect. @param {Partial<Identity>} known */
  identify(known) {
    Object.assign(this.#identity, known);
  }

  get role() {
    return this.#identity.role;
  }

  /** A transport is connected: the first one, or another. What the older one still says must not be fed in. @param {Now} now */
  opened(now) {
    this.lost(now);
    this.#heard = this.#spoke = new Age(now);
    this.#seen = now;
    this.#state = 'greeting';
    const { role, agent, instance, token, capabilities = [], takeover } = this.#identity;
    const params = {
      role, protocolMin: protocol.version, protocolMax: protocol.version, agent, instance, token, capabilities,
      ...(this.#session !== undefined && { resume: { session: this.#session } }), ...(takeover && { takeover }),
    };
    const { text, error } = encode({ id: 'hello', method: 'Hello', params }, this.#options);
    if (text !== undefined) return void this.#actions.push({ type: 'sendFrame', text });
    this.#problem(error);
    this.#end('invalid_hello', { terminal: true, code: closeNormal });
  }

  /** A frame arrived. @param {string} text @param {Now} now */
  receive(text, now) {
    if (this.#state === 'closed') return;
    // After a sleep or a silence the connection ends before another frame is looked at.
    this.tick(now);
    if (/** @type {string} */ (this.#state) === 'closed') return;
    this.#heard = new Age(now);
    const frame = decode(text, {
      ...this.#options,
      resultOf: (id) => (id === 'hello' ? 'Hello' : this.#outbox.get(/** @type {number} */ (id))?.method),
    });
    switch (frame.type) {
      case 'request': return this.#request(frame, now);
      case 'response': return this.#response(frame, now);
      case 'refused': return this.#unreadable(frame, now);
    }
  }

  /**
   * Sends a request of the application. State and events wait for the window, and for a connection while the
   * session can be resumed; commands and queries do not: a dial must not wait for a link.
   * @param {string} method @param {any} params @param {Now} now
   * @returns {{key: number, error?: undefined} | {key?: undefined, error: FlexcrmError}}
   */
  send(method, params, now) {
    const row = messageRow(method);
    const mayWait = row?.class === 'state' || row?.class === 'event';
    if (this.#session === undefined || (this.#state !== 'open' && !mayWait)) return { error: refusal('not_connected') };
    // Claims are the session's own, like what keeps the connection.
    if (!row || row.class === 'session' || method === 'DialClaimRequest') return { error: refusal('invalid_argument') };
    if (row.from !== this.role && row.from !== 'both') return { error: refusal('wrong_role') };
    if (!mayWait && !this.#outbox.allows(method)) return { error: refusal('backpressure') };
    const isDial = method === 'DialRequest';
    // One click, one dialId: a second request with it would be a second call.
    if (isDial && this.#issued.has(params?.dialId)) return { error: refusal('invalid_argument', { pointer: '/dialId' }) };
    const { text, error } = this.#compose(method, params);
    if (text === undefined) return { error };
    const key = ++this.#keys;
    if (mayWait) {
      this.#wait({ key, method, text }, now);
    } else {
      const { dialId, lifetimeMs = queryMs } = params ?? {};
      const { number } = this.#post({ key, method, text, limitMs: lifetimeMs, ...(isDial && { dialId }) }, now);
      if (isDial) this.#issued.open(dialId, number, lifetimeMs, now);
    }
    return { key };
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
    if (this.#slept(now)) {
      this.#problem(refusal('timed_out', { detail: 'slept' }));
      this.#detach('slept', now, closeSilent);
    }
    if (this.#state === 'greeting' && this.#heard.at(now) >= helloMs) this.#detach('no_hello_result', now, closeSilent);
    if (this.#state === 'open' && this.#heard.at(now) >= this.#idleMs) this.#detach('idle', now, closeSilent);
    for (const [key, request] of [...this.#running]) {
      if (request.age.at(now) >= request.limitMs) this.#finish(key, request, { error: refusal('handler_timeout') }, now);
    }
    for (const { id, answer } of this.#issued.overdue(now)) this.#conclude(/** @type {Sent} */ (this.#outbox.get(id)), answer, now);
    for (const sent of this.#outbox.overdue(now)) this.#conclude(sent, { error: refusal('timed_out') }, now);
    if (this.#state === 'closed' && this.#lost && this.#lost.at(now) >= this.#resumeMs) this.#end('session_lost');
    if (this.#state === 'open' && this.#spoke.at(now) >= pingAfterMs) this.#write({ id: 'ping', method: 'Ping', params: {} }, now);
  }

  /** The transport is gone. @param {Now} now */
  lost(now) {
    if (this.#state !== 'closed') this.#detach('connection_lost', now);
  }

  /** The application leaves: for good, or, with `shutdown`, for now. @param {'logout' | 'shutdown'} reason @param {Now} now */
  close(reason, now) {
    const terminal = terminalByes.has(reason);
    const nothingEnds = this.#state === 'closed' && this.#session === undefined;
    if (nothingEnds && !(terminal && this.#kept.length > 0)) return;
    if (this.#state === 'open') this.#write({ method: 'Bye', params: { reason } }, now);
    this.#end(reason, { terminal, code: closeNormal });
  }

  /** @returns {Action | undefined} what to do next, in order; ask until undefined after every input */
  next() {
    return this.#actions.shift();
  }

  /** @returns {number | undefined} steady time at which tick is needed */
  deadline() {
    const connection = {
      closed: () => this.#lost?.reaches(this.#resumeMs) ?? Infinity,
      greeting: () => this.#heard.reaches(helloMs),
      open: () => Math.min(this.#heard.reaches(this.#idleMs), this.#spoke.reaches(pingAfterMs)),
    };
    const first = Math.min(
      connection[this.#state](),
      this.#issued.deadline(),
      this.#outbox.deadline(),
      ...[...this.#running.values()].map(({ age, limitMs }) => age.reaches(limitMs)),
    );
    return first === Infinity ? undefined : first;
  }

  // ---- what arrives

  /** Did the machine sleep since the last input? What waited in buffers meanwhile must not be believed. @param {Now} now */
  #slept(now) {
    const { steady, wall } = this.#seen;
    this.#seen = now;
    return this.#state !== 'closed' && (now.wall - wall) - (now.steady - steady) > sleepMs;
  }

  /** @param {import('./codec.js').Request} frame @param {Now} now */
  #request({ id, method, params }, now) {
    if (this.#state !== 'open' || method === 'Hello') return this.#breach('unexpected_request');
    if (method === 'Bye') {
      return this.#end(params.reason, {
        terminal: terminalByes.has(params.reason), code: closeNormal,
        ...(params.retryAfterMs !== undefined && { retryAfterMs: Math.min(params.retryAfterMs, longestRetryMs) }),
      });
    }
    if (method === 'Ping') return void this.#write({ id, of: method, result: null }, now);
    const number = /** @type {number} */ (id);
    if (!this.#consume(number, now)) return;
    // It stands in for a request that is no longer worth doing and that was never begun here.
    if (method === 'Void') return this.#reply(number, method, { error: refusal('expired') }, now);
    const row = messageRow(method);
    if (row?.from !== 'both' && row?.from !== (this.role === 'crm' ? 'flex' : 'crm')) {
      const error = refusal('wrong_role');
      this.#problem(error);
      return this.#reply(number, method, { error }, now);
    }
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
    if (error && id === undefined) return this.#problem(error);
    const sent = this.#outbox.close(/** @type {number} */ (id));
    if (!sent) this.#problem(refusal('invalid_id', { detail: 'answer to nothing' }));
    if (!sent || sent.done) this.counters.unknownResponses++;
    else this.#conclude(sent, error ? { error } : { result }, now);
    this.#postWaiting(now);
  }

  /** @param {import('./codec.js').Unreadable} frame @param {Now} now */
  #unreadable({ of, id, error }, now) {
    this.counters.refusedFrames++;
    if (this.#state !== 'open' || id === undefined) return this.#breach('unreadable_frame', error);
    this.#problem(error);
    const isNumber = typeof id === 'number';
    if (of === 'response') {
      if (isNumber && this.#outbox.get(id)) this.#response({ type: 'response', id, error: refusal('peer_error') }, now);
    } else if (!isNumber) {
      this.#write({ id, error }, now);
    } else if (this.#consume(id, now)) {
      this.#reply(id, undefined, { error }, now);
    }
  }

  /** @param {any} hello @param {FlexcrmError | undefined} error @param {Now} now */
  #greeted(hello, error, now) {
    if (error) {
      return this.#end(/** @type {string} */ (error.reason), {
        terminal: terminalCodes.has(error.code), retryAfterMs: error.retryAfterMs, code: closeNormal,
      });
    }
    if (hello.protocol !== protocol.version) return this.#end('protocol_version', { terminal: true, code: closeNormal });
    if (hello.resumed && hello.session !== this.#session) return this.#breach('resumed_another_session');
    if (!hello.resumed && this.#session !== undefined) this.#end('session_lost');
    const reset = !hello.resumed && this.#hadSession;
    this.#state = 'open';
    this.#identity.takeover = false; // a person said it once; a reconnect says nothing of the kind
    this.#session = hello.session;
    this.#hadSession = true;
    this.#lost = undefined;
    this.#idleMs = hello.idleMs;
    this.#peerLimits = hello.limits;
    this.#heard = new Age(now);
    this.#actions.push({ type: 'opened', hello, reset });
    if (hello.resumed) for (const text of this.#outbox.repeat(now)) this.#transmit(text, now);
    for (const event of this.#kept.splice(0)) this.#tellAgain(event);
    this.#pushOut(now);
  }

  /**
   * Takes the next number in line; a gap means that something was lost. A number that was taken before was
   * repeated because its answer got lost: its handler never runs twice.
   * @param {number} id @param {Now} now
   */
  #consume(id, now) {
    const found = this.#inbox.take(id);
    if (found === 'wrong') this.#breach('id_out_of_order', refusal('invalid_id', { detail: 'out of order' }));
    const answer = found === 'known' ? this.#inbox.answerTo(id) : undefined;
    if (answer !== undefined) this.#transmit(answer, now);
    return found === 'new';
  }

  // ---- handlers

  /** Starts what may start: state and events one by one, commands and queries without holding the line. @param {Now} now */
  #advance(now) {
    while (this.#holder === undefined) {
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
   * @param {{id: number, method: MessageName, params: any}} request @param {number} limitMs
   * @param {{startBefore?: Now}} more @param {Now} now
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

  /** Asks the issuer for leave, right before the application would dial. @param {{id: number, method: MessageName, params: any}} request @param {Now} now */
  #claim(request, now) {
    const method = 'DialClaimRequest';
    if (this.#dial || !this.#outbox.allows(method)) {
      return this.#reply(request.id, request.method, { error: refusal('agent_busy') }, now);
    }
    const { text, error } = this.#compose(method, { dialId: request.params.dialId });
    if (text === undefined) return this.#reply(request.id, request.method, { error }, now);
    this.#dial = { request, now };
    this.#post({ method, text, limitMs: grantMs }, now);
  }

  /** The issuer's word came, or nothing came in time: then the claim is over, and a yes on its way void. @param {{granted?: boolean}} result @param {Now} now */
  #claimed(result, now) {
    const dial = /** @type {FlexDial} */ (this.#dial);
    if (result.granted === true) {
      const startBefore = { steady: dial.now.steady + grantMs, wall: dial.now.wall + grantMs };
      dial.key = this.#start(dial.request, dialMs, { startBefore }, now);
    } else {
      this.#dial = undefined;
      this.#reply(dial.request.id, dial.request.method, { error: refusal('expired') }, now);
    }
  }

  // ---- what leaves

  /** The frame of a request, for whatever number it gets. @param {string} method @param {any} params */
  #compose(method, params) {
    return this.#encode({ id: anyNumber, method, params });
  }

  /** Gives a request its number, for good. Without a connection it is written by the repeat. @param {Letter} letter @param {Now} now */
  #post(letter, now) {
    const sent = this.#outbox.give(letter, now);
    this.#transmit(sent.text, now);
    return sent;
  }

  /** @param {Now} now */
  #postWaiting(now) {
    while (this.#state === 'open') {
      const letter = this.#outbox.next();
      if (!letter) return;
      this.#post(letter, now);
    }
  }

  /** @param {Letter} letter @param {Now} now */
  #wait(letter, now) {
    const replaced = this.#outbox.wait(letter);
    if (replaced) this.#tell(replaced, { error: refusal('superseded') });
    this.#pushOut(now);
  }

  /** What the window allows; events that nobody takes end the session before they fill the memory. @param {Now} now */
  #pushOut(now) {
    this.#postWaiting(now);
    if (this.#outbox.eventBytes > this.#eventBytes) this.#end('backpressure', { code: closeProtocol });
  }

  /** An event that the peer may have had before, in a session that was lost. @param {Letter} event */
  #tellAgain({ key, method, text: before }) {
    const { text, error } = this.#compose(method, { ...JSON.parse(before).params, repeated: true });
    if (text === undefined) this.#tell({ key, method }, { error });
    else this.#outbox.wait({ key, method, text });
  }

  /** Answers a request, and keeps the answer in case that it gets lost. @param {number} id @param {string | undefined} of @param {{result?: any, error?: FlexcrmError}} answer @param {Now} now @returns {void} */
  #reply(id, of, { result, error }, now) {
    const { text, error: failed } = this.#encode(error ? { id, error: forPeer(error) } : { id, of, result });
    if (text === undefined) {
      this.#problem(failed);
      return this.#reply(id, of, { error: refusal('internal_error') }, now);
    }
    const forgotten = () => /** @type {string} */ (encode({ id, error: refusal('session_lost') }).text);
    this.#inbox.keep(id, byteLength(text) <= answerBytes ? text : forgotten());
    this.#transmit(text, now);
  }

  /** @param {import('./codec.js').Frame} frame @param {Now} now */
  #write(frame, now) {
    this.#transmit(/** @type {string} */ (this.#encode(frame).text), now);
  }

  /** @param {import('./codec.js').Frame} frame */
  #encode(frame) {
    return encode(frame, { ...this.#options, limits: { ...this.#options.limits, ...this.#peerLimits } });
  }

  /** Before Hello is answered nothing else may be said. @param {string} text @param {Now} now */
  #transmit(text, now) {
    if (this.#state !== 'open') return;
    this.#actions.push({ type: 'sendFrame', text });
    this.#spoke = new Age(now);
  }

  // ---- outcomes

  /** How a request of ours ended. Its number stays taken until the peer answers. @param {Sent} sent @param {Answer} answer @param {Now} now */
  #conclude(sent, answer, now) {
    sent.done = true;
    if (sent.key === undefined) this.#claimed(answer.result ?? {}, now);
    else this.#tell(sent, answer);
  }

  /** @param {{key?: number, method: string, dialId?: string}} letter @param {Answer} answer */
  #tell({ key, method, dialId }, answer) {
    const known = dialId === undefined ? answer : this.#issued.close(dialId, answer);
    this.#actions.push({ type: 'answered', key: /** @type {number} */ (key), method, ...known });
  }

  // ---- endings

  /** The connection is of no use any more; its session waits for another one. @param {string} reason @param {Now} now @param {number} [code] */
  #detach(reason, now, code) {
    if (this.#session === undefined || this.#resumeMs === 0) return this.#end(reason, { code });
    this.#state = 'closed';
    this.#lost ??= new Age(now);
    if (code !== undefined) this.#actions.push({ type: 'closeTransport', code, reason });
  }

  /** Something was refused or ignored. @param {FlexcrmError} error */
  #problem(error) {
    this.#actions.push({ type: 'problem', error });
  }

  /** A peer that breaks the rules would break them again with the same bytes. @param {string} reason @param {FlexcrmError} [error] */
  #breach(reason, error = refusal('invalid_request')) {
    this.#problem(error);
    this.#end(reason, { code: closeProtocol });
  }

  /**
   * The session is over. Its events go on with the next one, unless there will be none, or they are too many.
   * @param {string} reason
   * @param {{terminal?: boolean, retryAfterMs?: number, code?: number}} [more]
   */
  #end(reason, { terminal = false, retryAfterMs, code } = {}) {
    if (code !== undefined && this.#state !== 'closed') this.#actions.push({ type: 'closeTransport', code, reason });
    this.#state = 'closed';
    this.#session = undefined;
    this.#lost = undefined;
    // A dial that waited for its grant never started.
    if (this.#dial?.key === undefined) this.#dial = undefined;
    const unanswered = [...this.#kept, ...this.#outbox.open()];
    const goesOn = (/** @type {Letter} */ letter) => !terminal && reason !== 'backpressure' && isEvent(letter);
    this.#kept = unanswered.filter(goesOn);
    for (const letter of unanswered) if (!goesOn(letter)) this.#tell(letter, { error: refusal('session_lost') });
    this.#outbox = new Outbox();
    this.#inbox = new Inbox();
    this.#line = [];
    this.#running.clear();
    this.#holder = undefined;
    this.#actions.push({ type: 'ended', reason, terminal, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }
}
