/** @typedef {{steady: number, wall: number}} Now  both in milliseconds */
/**
 * @typedef {object} Clock
 * @property {() => Now} now
 * @property {(call: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */
/** @type {Clock} */
export const systemClock: Clock;
/** Age of something, by whichever clock says more. It never grows younger. */
export class Age {
    /** @param {Now} now */
    constructor(now: Now);
    /** @param {Now} now */
    at(now: Now): number;
    /** Steady time at which the age will be `ms`, if no clock jumps. @param {number} ms */
    reaches(ms: number): number;
    #private;
}
/**
 * both in milliseconds
 */
export type Now = {
    steady: number;
    wall: number;
};
export type Clock = {
    now: () => Now;
    setTimeout: (call: () => void, ms: number) => any;
    clearTimeout: (timer: any) => void;
};
