/**
 * The outcome of a dial, from the answer that the session gave.
 * @param {Answer} answer @returns {Outcome}
 */
export function outcomeOf({ error }: Answer): Outcome;
/** Dials that were sent and have no outcome yet. */
export class OpenDials {
    /** @param {string} dialId */
    has(dialId: string): boolean;
    /** @param {string} dialId @param {number} id @param {number} lifetimeMs @param {Now} now */
    open(dialId: string, id: number, lifetimeMs: number, now: Now): void;
    /**
     * May the Flex side start this dial? Yes once, while the dial is open and younger than its lifetime.
     * @param {string} dialId @param {Now} now
     */
    claim(dialId: string, now: Now): boolean;
    /**
     * Ends the dial, so that later claims are denied, and makes of its answer what is really known.
     * @param {string} dialId @param {Answer} answer @returns {Answer}
     */
    close(dialId: string, answer: Answer): Answer;
    /**
     * Dials whose time is over, with the answer that follows from it.
     * @param {Now} now @returns {Array<{id: number, answer: Answer}>}
     */
    overdue(now: Now): Array<{
        id: number;
        answer: Answer;
    }>;
    deadline(): number;
    #private;
}
export type Now = import("./clock.js").Now;
export type FlexcrmError = import("./error.js").FlexcrmError;
export type Outcome = "placed" | "refused" | "expired" | "failed" | "unknown";
export type Answer<R = any> = {
    result: R;
    error?: undefined;
} | {
    result?: undefined;
    error: FlexcrmError;
};
