// Errors as plain data: {code, reason, message, pointer?, detail?, retryAfterMs?}.
// They never hold text of the peer or of a person: messages are made from the reason's name alone.
import { errors } from './messages.js';

/**
 * Names of the protocol, names that only arise on this side, and whatever else a handler gives as its reason.
 * @typedef {import('./message_types.js').WireReason | keyof typeof localCodes | (string & {})} Reason
 */

/**
 * What went wrong, without any text of the peer or of a person.
 * @typedef {object} FlexcrmError
 * @property {number} code        JSON-RPC error code
 * @property {Reason} [reason]    name of the refusal
 * @property {string} message     for people who read traces
 * @property {string} [pointer]   RFC 6901 pointer into params (or into the result)
 * @property {string} [detail]    Flex's own code, where there is one
 * @property {number} [retryAfterMs]
 */

/** Reasons that only arise on this side, and what they are nearest to. */
const localCodes = {
  not_connected: errors.session_lost,
  backpressure: errors.session_lost,
  timed_out: errors.session_lost,
  superseded: errors.expired,
  invalid_argument: errors.invalid_params,
  outcome_unknown: errors.internal_error,
  peer_error: errors.internal_error,
};
const codes = new Map(Object.entries({ ...localCodes, ...errors }));

/** No longer than a day does anybody stay away because the peer says so; a timer could not even count a month. */
export const longestRetryMs = 86400000;

/** Only names can be reasons: whatever else a handler throws must not reach the wire. */
const reasonShape = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * @param {Reason} reason
 * @param {{pointer?: string, detail?: string, retryAfterMs?: number}} [more]
 * @returns {FlexcrmError}
 */
export function refusal(reason, more = {}) {
  const name = typeof reason === 'string' && reasonShape.test(reason) ? reason : 'internal_error';
  return {
    code: codes.get(name) ?? errors.internal_error,
    reason: name,
    message: name.replaceAll('_', ' '),
    ...more,
  };
}

/** Local reasons never travel: the peer could not tell which side they speak of. @param {FlexcrmError} error @returns {FlexcrmError} */
export function forPeer(error) {
  if (!Object.hasOwn(localCodes, error.reason ?? '')) return error;
  return refusal('internal_error', error.detail === undefined ? {} : { detail: error.detail });
}

/** What an error with no more than a JSON-RPC code can say. */
const plainReasons = new Map([
  [errors.syntax, 'syntax'],
  [errors.invalid_request, 'invalid_request'],
  [errors.unknown_method, 'unknown_method'],
  [errors.invalid_params, 'invalid_params'],
  [errors.internal_error, 'internal_error'],
]);

/**
 * The error that a peer told, in our own words: its reason counts only if it is a name that we know for that code.
 * @param {number} code @param {string} [reason] @returns {FlexcrmError}
 */
export function peerError(code, reason) {
  const known = reason !== undefined && Object.hasOwn(errors, reason) && /** @type {Record<string, number>} */ (errors)[reason] === code;
  return { ...refusal(known ? reason : reasonOf(code)), code };
}

/** @param {number} code */
function reasonOf(code) {
  const plain = plainReasons.get(code);
  if (plain) return plain;
  for (const [reason, known] of Object.entries(errors)) if (known === code) return reason;
  return 'peer_error';
}
