/** Longer than any number that will be given: what fits with it fits. */
export const anyNumber: number;
export function isEvent({ method }: Letter): boolean;
/** What we ask. */
export class Outbox {
    /** Params of the events that wait. */
    eventBytes: number;
    /** Does the window take another one of these? @param {string} method */
    allows(method: string): boolean;
    /** @param {Letter} letter @param {import('./clock.js').Now} now @returns {Sent} with its number, to be written now */
    give(letter: Letter, now: import("./clock.js").Now): Sent;
    /** Events wait in order; of the states of one slot only the newest, at the tail. @param {Letter} letter @returns {Letter | undefined} the one it replaced */
    wait(letter: Letter): Letter | undefined;
    /** @returns {Letter | undefined} the next that waits and may go */
    next(): Letter | undefined;
    /** @param {number} number */
    get(number: number): Sent | undefined;
    /** The peer answered. @param {number} number */
    close(number: number): Sent | undefined;
    /**
     * Everything unanswered once more, byte for byte. What is no longer worth doing goes as Void: the receiver
     * answers from what it did with that number before, or does nothing. It stays so: the newer state that replaced it
     * may be answered before it.
     * @param {import('./clock.js').Now} now @returns {string[]}
     */
    repeat(now: import("./clock.js").Now): string[];
    /** Without an outcome, in order; the session's own claims concern nobody else. @returns {Letter[]} */
    open(): Letter[];
    /** @param {import('./clock.js').Now} now */
    overdue(now: import("./clock.js").Now): Sent[];
    deadline(): number;
    #private;
}
/** What we are asked. */
export class Inbox {
    /** @param {number} number @returns {'new' | 'known' | 'wrong'} wrong: a gap, or further back or ahead than the window reaches */
    take(number: number): "new" | "known" | "wrong";
    /** @param {number} number @param {string} text  what its repetition is answered */
    keep(number: number, text: string): void;
    /** @param {number} number */
    answerTo(number: number): string | undefined;
    #private;
}
/**
 * A request of ours. It waits without a number; the number comes with the first write, and from then on its
 * text is frozen.
 */
export type Letter = {
    /**
     * names it to the application; the session's own claims have none
     */
    key?: number | undefined;
    method: string;
    /**
     * its frame
     */
    text: string;
    /**
     * of commands, queries and claims: after that a repeat is not worth doing
     */
    limitMs?: number | undefined;
    /**
     * of a dial: it ends by the issuer's rules, not by its limit
     */
    dialId?: string | undefined;
};
/**
 * done: its outcome was told; only the window still counts it
 */
export type Sent = Letter & {
    number: number;
    age: Age;
    done: boolean;
};
import { Age } from './clock.js';
