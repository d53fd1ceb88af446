// node:test with a bound: a page that never answers fails its test and does not hold up the rest.
import * as node from 'node:test';

export const {after, before, describe} = node;

const timeout = 90000;

/** @param {string} name @param {() => unknown} run @param {number} [timeoutMs] for what takes long by nature */
export function test(name, run, timeoutMs = timeout) {
  return node.test(name, {timeout: timeoutMs}, run);
}
