// Chance that can be repeated: the same seed, the same choices.
import { randomInt } from 'node:crypto';

export function anySeed() {
  return randomInt(2 ** 31);
}

export class Random {
  #state;

  /** @param {number} seed  32 bits of it count */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A generator of its own, so that what one part draws moves no other. @param {number} salt */
  branch(salt) {
    return new Random((Math.imul(this.#state ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)) >>> 0);
  }

  /** From 0 to 1, without 1 (mulberry32). */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** Both ends included. @param {number} low @param {number} high */
  between(low, high) {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** @param {number} probability */
  chance(probability) {
    return this.fraction() < probability;
  }

  /** @template T @param {T[]} choices @returns {T} */
  of(choices) {
    return choices[this.between(0, choices.length - 1)];
  }
}
