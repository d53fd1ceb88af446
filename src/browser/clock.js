// Time as the session sees it: two clocks, because each lies in its own way. A steady clock may stop while
// a laptop sleeps; a wall clock may be set, also backwards.

/** @typedef {{steady: number, wall: number}} Now  both in milliseconds */

/**
 * @typedef {object} Clock
 * @property {() => Now} now
 * @property {(call: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/** @type {Clock} */
export const systemClock = {
  now: () => ({ steady: performance.now(), wall: Date.now() }),
  setTimeout: (call, ms) => setTimeout(call, ms),
  clearTimeout: (timer) => clearTimeout(timer),
};

/** Age of something, by whichever clock says more. It never grows younger. */
export class Age {
  #born;
  #oldest = 0;

  /** @param {Now} now */
  constructor(now) {
    this.#born = now;
  }

  /** @param {Now} now */
  at(now) {
    this.#oldest = Math.max(this.#oldest, now.steady - this.#born.steady, now.wall - this.#born.wall);
    return this.#oldest;
  }

  /** Steady time at which the age will be `ms`, if no clock jumps. @param {number} ms */
  reaches(ms) {
    return this.#born.steady + ms;
  }
}
