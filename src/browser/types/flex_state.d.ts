export class FlexState {
    /** @param {any} flex @param {any} manager @param {import('./clock.js').Clock} clock */
    constructor(flex: any, manager: any, clock: import("./clock.js").Clock);
    /** The agent's tasks, as Flex's store has them. @returns {any[]} */
    get tasks(): any[];
    /** @returns {any} the selected task, if Flex's store says so */
    get selected(): any;
    /** @returns {boolean | undefined} is the agent's microphone off; undefined: there is no call */
    get muted(): boolean | undefined;
    /** @param {() => void} watcher called often: it must be cheap to find that nothing is new */
    watch(watcher: () => void): void;
    /** Something may be different now. */
    changed(): void;
    /**
     * Flex's actions resolve before, and sometimes without, their effect: this waits for what is to be seen.
     * @param {() => boolean} isSo @param {number} ms @returns {Promise<boolean>} false: not within this time
     */
    until(isSo: () => boolean, ms: number): Promise<boolean>;
    #private;
}
