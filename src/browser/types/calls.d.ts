/** @typedef {{news: Record<string, any>, talking?: Age}} LiveCall  news: the CallChanged that was told last */
export class Calls {
    /**
     * @param {import('./tasks.js').Tasks} tasks @param {import('./flex_state.js').FlexState} state
     * @param {import('./clock.js').Clock} clock @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
     */
    constructor(tasks: import("./tasks.js").Tasks, state: import("./flex_state.js").FlexState, clock: import("./clock.js").Clock, tell: (method: import("./message_types.js").MessageName, params: any) => void);
    /** @param {string} reservationSid @returns {string | undefined} undefined: there is no call, or it ended */
    callState(reservationSid: string): string | undefined;
    /** CallChanged of each live call, as told last. */
    whole(): Record<string, any>[];
    #private;
}
/**
 * news: the CallChanged that was told last
 */
export type LiveCall = {
    news: Record<string, any>;
    talking?: Age;
};
import { Age } from './clock.js';
