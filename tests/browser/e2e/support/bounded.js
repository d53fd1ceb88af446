// node:test with a bound: a page that never answers fails its test and does not hold up the rest.
import * as node from 'node:test';

export const {after, describe} = node;

const timeout = 90000;
const farewell = 5000;

/** What a failing hook had started already, a browser for one, would keep the process for ever. @param {() => Promise<unknown>} run */
export function before(run) {
  node.before(async () => {
    try {
      await run();
    } catch (error) {
      setTimeout(() => process.exit(1), farewell);
      throw error;
    }
  });
}

/** @param {string} name @param {() => unknown} run @param {number} [timeoutMs] for what takes long by nature */
export function test(name, run, timeoutMs = timeout) {
  return node.test(name, {timeout: timeoutMs}, run);
}
