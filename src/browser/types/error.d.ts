/**
 * @param {Reason} reason
 * @param {{pointer?: string, detail?: string, retryAfterMs?: number}} [more]
 * @returns {FlexcrmError}
 */
export function refusal(reason: Reason, more?: {
    pointer?: string;
    detail?: string;
    retryAfterMs?: number;
}): FlexcrmError;
/** Local reasons never travel: the peer could not tell which side they speak of. @param {FlexcrmError} error @returns {FlexcrmError} */
export function forPeer(error: FlexcrmError): FlexcrmError;
/**
 * The error that a peer told, in our own words: its reason counts only if it is a name that we know for that code.
 * @param {number} code @param {string} [reason] @returns {FlexcrmError}
 */
export function peerError(code: number, reason?: string): FlexcrmError;
/** No longer than a day does anybody stay away because the peer says so; a timer could not even count a month. */
export const longestRetryMs: 86400000;
/**
 * Names of the protocol, names that only arise on this side, and whatever else a handler gives as its reason.
 */
export type Reason = import("./message_types.js").WireReason | keyof typeof localCodes | (string & {});
/**
 * What went wrong, without any text of the peer or of a person.
 */
export type FlexcrmError = {
    /**
     * JSON-RPC error code
     */
    code: number;
    /**
     * name of the refusal
     */
    reason?: Reason | undefined;
    /**
     * for people who read traces
     */
    message: string;
    /**
     * RFC 6901 pointer into params (or into the result)
     */
    pointer?: string | undefined;
    /**
     * Flex's own code, where there is one
     */
    detail?: string | undefined;
    retryAfterMs?: number | undefined;
};
declare namespace localCodes {
    let not_connected: number;
    let backpressure: number;
    let timed_out: number;
    let superseded: number;
    let invalid_argument: number;
    let outcome_unknown: number;
    let peer_error: number;
}
export {};
