// The issuer's side of dial safety: who clicked decides, once, at the last moment, and learns one outcome.
import { Age } from './clock.js';
import { errors } from './messages.js';
import { refusal } from './error.js';

/**
 * @typedef {import('./clock.js').Now} Now
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {'placed' | 'refused' | 'expired' | 'failed' | 'unknown'} Outcome
 */

/**
 * @template [R=any]
 * @typedef {{result: R, error?: undefined} | {result?: undefined, error: FlexcrmError}} Answer
 */

/** How long after its lifetime a dial that nobody claimed is given up. A grant in flight needs no longer. */
const ungrantedExtraMs = 2000;
/** How long a granted dial may take to answer. */
const grantedMs = 35000;

/** Dials that were sent and have no outcome yet. */
export class OpenDials {
  /** @type {Map<string, {id: number, lifetimeMs: number, age: Age, granted?: Age}>} */
  #dials = new Map();

  /** @param {string} dialId */
  has(dialId) {
    return this.#dials.has(dialId);
  }

  /** @param {string} dialId @param {number} id @param {number} lifetimeMs @param {Now} now */
  open(dialId, id, lifetimeMs, now) {
    this.#dials.set(dialId, { id, lifetimeMs, age: new Age(now) });
  }

  /**
   * May the Flex side start this dial? Yes once, while the dial is open and younger than its lifetime.
   * @param {string} dialId @param {Now} now
   */
  claim(dialId, now) {
    const dial = this.#dials.get(dialId);
    if (!dial || dial.granted || dial.age.at(now) >= dial.lifetimeMs) return false;
    dial.granted = new Age(now);
    return true;
  }

  /**
   * Ends the dial, so that later claims are denied, and makes of its answer what is really known.
   * @param {string} dialId @param {Answer} answer @returns {Answer}
   */
  close(dialId, answer) {
    const granted = this.#dials.get(dialId)?.granted !== undefined;
    this.#dials.delete(dialId);
    return granted ? afterGrant(answer) : answer;
  }

  /**
   * Dials whose time is over, with the answer that follows from it.
   * @param {Now} now @returns {Array<{id: number, answer: Answer}>}
   */
  overdue(now) {
    const over = [];
    for (const { id, lifetimeMs, age, granted } of this.#dials.values()) {
      if (granted && granted.at(now) >= grantedMs) over.push({ id, answer: { error: refusal('outcome_unknown') } });
      else if (!granted && age.at(now) >= lifetimeMs + ungrantedExtraMs) over.push({ id, answer: { error: refusal('expired') } });
    }
    return over;
  }

  deadline() {
    return Math.min(...[...this.#dials.values()].map(({ lifetimeMs, age, granted }) =>
      granted ? granted.reaches(grantedMs) : age.reaches(lifetimeMs + ungrantedExtraMs)));
  }
}

/**
 * After the grant Flex may have dialled, so only a refusal that Flex gives before it dials is certain.
 * @param {Answer} answer @returns {Answer}
 */
function afterGrant(answer) {
  const { error } = answer;
  if (!error || isUnknown(error)) return answer;
  const certain = error.code <= errors.agent_offline && error.code >= errors.failed
    && error.code !== errors.session_lost && error.detail !== 'no_task';
  return certain ? answer : { error: refusal('outcome_unknown', { detail: error.detail ?? error.reason }) };
}

/** @param {FlexcrmError} error */
function isUnknown({ reason }) {
  return reason === 'outcome_unknown';
}

/**
 * The outcome of a dial, from the answer that the session gave.
 * @param {Answer} answer @returns {Outcome}
 */
export function outcomeOf({ error }) {
  if (!error) return 'placed';
  if (isUnknown(error)) return 'unknown';
  if (error.reason === 'peer_error') return 'failed';
  switch (error.code) {
    case errors.expired: return 'expired';
    case errors.session_lost:
    case errors.failed:
    case errors.internal_error:
    case errors.handler_timeout: return 'failed';
    default: return 'refused';
  }
}
