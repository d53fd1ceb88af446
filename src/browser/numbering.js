// The numbers of one session, in both directions. They go on over reconnects, so that nothing is lost and
// nothing is done twice: what was not answered is repeated, and what was answered is answered again.
import { Age } from './clock.js';
import { encode, messageRow } from './codec.js';
import { byteLength } from './strict_json.js';

/**
 * A request of ours. It waits without a number; the number comes with the first write, and from then on its
 * text is frozen.
 * @typedef {object} Letter
 * @property {number} [key]      names it to the application; the session's own claims have none
 * @property {string} method
 * @property {string} text       its frame
 * @property {number} [limitMs]  of commands, queries and claims: after that a repeat is not worth doing
 * @property {string} [dialId]   of a dial: it ends by the issuer's rules, not by its limit
 *
 * @typedef {Letter & {number: number, age: Age, done: boolean}} Sent
 *   done: its outcome was told; only the window still counts it
 */

/** Request n is not sent before n - 64 is answered, so that the receiver keeps that many answers and no more. */
const window = 64;
/** The rest is left to claims, which must get through when everything else waits. */
const windowForAllButClaims = 60;

/** Longer than any number that will be given: what fits with it fits. */
export const anyNumber = Number.MAX_SAFE_INTEGER;
const head = (/** @type {number} */ number) => `{"jsonrpc":"2.0","id":${number},`;

const isClaim = (/** @type {string} */ method) => method === 'DialClaimRequest';
const slotOf = (/** @type {Letter} */ { method }) => messageRow(method)?.slot;
export const isEvent = (/** @type {Letter} */ { method }) => messageRow(method)?.class === 'event';

/** Of its params: what it takes in the memory of who keeps it, whatever its number. @param {Letter} letter */
const size = ({ method, text }) => byteLength(text) - head(anyNumber).length - `"method":"${method}","params":}`.length;

/** What we ask. */
export class Outbox {
  /** Params of the events that wait. */
  eventBytes = 0;

  #last = 0;
  /** Without an answer, in order. @type {Map<number, Sent>} */
  #sent = new Map();
  /** State and events without a number, in order. @type {Letter[]} */
  #waiting = [];

  /** Does the window take another one of these? @param {string} method */
  allows(method) {
    const [oldest] = this.#sent.keys();
    if (oldest !== undefined && this.#last + 1 - oldest >= window) return false;
    if (isClaim(method)) return true;
    return [...this.#sent.values()].filter((sent) => !isClaim(sent.method)).length < windowForAllButClaims;
  }

  /** @param {Letter} letter @param {import('./clock.js').Now} now @returns {Sent} with its number, to be written now */
  give(letter, now) {
    const number = ++this.#last;
    const text = head(number) + letter.text.slice(head(anyNumber).length);
    const sent = { ...letter, number, text, age: new Age(now), done: false };
    this.#sent.set(number, sent);
    return sent;
  }

  /** Events wait in order; of the states of one slot only the newest, at the tail. @param {Letter} letter @returns {Letter | undefined} the one it replaced */
  wait(letter) {
    const at = isEvent(letter) ? -1 : this.#waiting.findIndex((other) => !isEvent(other) && slotOf(other) === slotOf(letter));
    const [replaced] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (isEvent(letter)) this.eventBytes += size(letter);
    this.#waiting.push(letter);
    return replaced;
  }

  /** @returns {Letter | undefined} the next that waits and may go */
  next() {
    if (this.#waiting.length === 0 || !this.allows(this.#waiting[0].method)) return undefined;
    const letter = /** @type {Letter} */ (this.#waiting.shift());
    if (isEvent(letter)) this.eventBytes -= size(letter);
    return letter;
  }

  /** @param {number} number */
  get(number) {
    return this.#sent.get(number);
  }

  /** The peer answered. @param {number} number */
  close(number) {
    const sent = this.#sent.get(number);
    this.#sent.delete(number);
    return sent;
  }

  /**
   * Everything unanswered once more, byte for byte. What is no longer worth doing goes as Void: the receiver
   * answers from what it did with that number before, or does nothing. It stays so: the newer state that replaced it
   * may be answered before it.
   * @param {import('./clock.js').Now} now @returns {string[]}
   */
  repeat(now) {
    const newest = new Map([...this.#sent.values(), ...this.#waiting].map((letter) => [slotOf(letter), letter]));
    return [...this.#sent.values()].map((sent) => {
      const superseded = slotOf(sent) !== undefined && newest.get(slotOf(sent)) !== sent;
      if (sent.done || superseded || isLate(sent, now))
        sent.text = /** @type {string} */ (encode({ id: sent.number, method: 'Void' }).text);
      return sent.text;
    });
  }

  /** Without an outcome, in order; the session's own claims concern nobody else. @returns {Letter[]} */
  open() {
    return [...[...this.#sent.values()].filter(({ done }) => !done), ...this.#waiting].filter(({ key }) => key !== undefined);
  }

  /** @param {import('./clock.js').Now} now */
  overdue(now) {
    return this.#timed().filter((sent) => isLate(sent, now));
  }

  deadline() {
    return Math.min(...this.#timed().map(({ age, limitMs }) => age.reaches(/** @type {number} */ (limitMs))));
  }

  #timed() {
    return [...this.#sent.values()].filter(({ done, limitMs, dialId }) => !done && limitMs !== undefined && dialId === undefined);
  }
}

/** @param {Sent} sent @param {import('./clock.js').Now} now */
function isLate({ age, limitMs = Infinity }, now) {
  return age.at(now) >= limitMs;
}

/** What we are asked. */
export class Inbox {
  #last = 0;
  /** By number, with the answer once there is one. @type {Map<number, string | undefined>} */
  #answers = new Map();

  /** @param {number} number @returns {'new' | 'known' | 'wrong'} wrong: a gap, or further back or ahead than the window reaches */
  take(number) {
    if (number !== this.#last + 1) return this.#answers.has(number) ? 'known' : 'wrong';
    const oldest = number - window;
    if (this.#answers.has(oldest) && this.answerTo(oldest) === undefined) return 'wrong';
    this.#answers.delete(oldest);
    this.#answers.set(number, undefined);
    this.#last = number;
    return 'new';
  }

  /** @param {number} number @param {string} text  what its repetition is answered */
  keep(number, text) {
    this.#answers.set(number, text);
  }

  /** @param {number} number */
  answerTo(number) {
    return this.#answers.get(number);
  }
}
