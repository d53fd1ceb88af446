// Whether a process that works for long keeps its size.

/** Of the time, so much is for filling its caches. */
const warmUp = 0.25;
const mayGrow = { kibibytes: 1.2, descriptors: 1.5 };

/** @typedef {{kibibytes: number, descriptors: number}} Usage */

export class Soak {
  /** @type {Array<Usage & {at: number}>} */
  #samples = [];
  #ms;
  #began = Date.now();

  /** @param {number} ms  how long; 0: not at all */
  constructor(ms) {
    this.#ms = ms;
  }

  get lasts() {
    return Date.now() - this.#began < this.#ms;
  }

  /** Samples once a second. @param {{usage(): Usage}} program */
  look(program) {
    const at = Date.now() - this.#began;
    if (this.#ms === 0 || at - (this.#samples.at(-1)?.at ?? -Infinity) < 1000) return;
    this.#samples.push({ at, ...program.usage() });
  }

  /** Compares the first part after the warm-up with the last, by their medians. @param {(why: string) => void} fail */
  judge(fail) {
    if (this.#ms === 0) return;
    /** @param {number} from @param {number} to parts of the time @param {keyof Usage} what */
    const median = (from, to, what) => {
      const part = this.#samples.filter(({ at }) => at >= from * this.#ms && at < to * this.#ms).map((sample) => sample[what]);
      return part.sort((a, b) => a - b)[Math.floor(part.length / 2)];
    };
    for (const what of /** @type {const} */ (['kibibytes', 'descriptors'])) {
      const [first, last] = [median(warmUp, 2 * warmUp, what), median(1 - warmUp, 1, what)];
      console.log(`soak: ${what} ${first} at first, ${last} in the end`);
      // Not so: also fails without samples.
      if (!(last <= first * mayGrow[what])) fail(`the server grew: ${what} ${first}, then ${last}`);
    }
  }
}
