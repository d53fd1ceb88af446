// A desk at a server of its own: what became of a call is remembered from one page to the next.
import assert from 'node:assert/strict';
import {Crm} from './crm.js';
import {Desk} from './desk.js';

/**
 * @param {import('playwright-core').Browser} browser @param {(desk: Desk) => Promise<void>} run
 * @param {object} [options] of Desk.open
 */
export async function withOwnServer(browser, run, options) {
  const crm = await Crm.start();
  let desk;
  try {
    desk = await Desk.open(browser, crm.url, options);
    await run(desk);
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk?.close();
    await crm.kill();
  }
}
