// One file of attacks: a server of its own, all attacks at once, and after each the honest agent's call.
import { after, before, describe, test } from 'node:test';
import { Target } from './target.js';

/** What is attacked. @type {Target} */
export let target;

/** @param {string} name @param {() => void} define @param {Parameters<typeof Target.start>[0]} [options] */
export function attacks(name, define, options) {
  describe(name, { concurrency: 100 }, () => {
    before(async () => { target = await Target.start(options); });
    after(() => target.stop());
    define();
  });
}

/** @param {string} name @param {(target: Target) => Promise<void>} run @param {object} [options] of node:test */
export function attack(name, run, options) {
  test(name, { timeout: 60000, ...options }, async () => {
    await run(target);
    await target.works();
  });
}
