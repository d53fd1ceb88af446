/** @param {string} text */
export function byteLength(text: string): number;
/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isPlainObject(value: unknown): value is Record<string, unknown>;
/**
 * One more step of an RFC 6901 pointer.
 * @param {string} pointer @param {string | number} token
 */
export function below(pointer: string, token: string | number): string;
/** @typedef {{reason: string, pointer?: string, doubled?: boolean}} Fault  doubled: a member of the root is there twice */
/**
 * @param {string} text
 * @param {{frameBytes: number, depth: number, members: number}} limits
 * @returns {{value?: unknown, fault?: Fault}} a text with a fault is refused. Its value is there all the same
 *   where only its content is wrong, so that the id of the frame can be answered
 */
export function parse(text: string, limits: {
    frameBytes: number;
    depth: number;
    members: number;
}): {
    value?: unknown;
    fault?: Fault;
};
/**
 * doubled: a member of the root is there twice
 */
export type Fault = {
    reason: string;
    pointer?: string;
    doubled?: boolean;
};
