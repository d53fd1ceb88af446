/** @typedef {{task: any, status: string, news: Record<string, any>}} OpenTask  news: the TaskChanged that was told last */
export class Tasks {
    /**
     * @param {any} manager @param {import('./flex_state.js').FlexState} state @param {import('./clock.js').Clock} clock
     * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
     */
    constructor(manager: any, state: import("./flex_state.js").FlexState, clock: import("./clock.js").Clock, tell: (method: import("./message_types.js").MessageName, params: any) => void);
    /** @returns {OpenTask[]} */
    get open(): OpenTask[];
    /** @param {string} reservationSid @returns {string | undefined} undefined: it is over, or was never here */
    status(reservationSid: string): string | undefined;
    /** @param {{reservationSid?: string, taskSid?: string}} sids @returns {OpenTask | undefined} the open task that all of them fit */
    find({ reservationSid, taskSid }: {
        reservationSid?: string;
        taskSid?: string;
    }): OpenTask | undefined;
    /** TaskChanged of each open task, as told last. */
    whole(): {
        attributes: any;
    }[];
    /** @param {(task: any, status: string) => void} watcher called after the CRM was told */
    watch(watcher: (task: any, status: string) => void): void;
    #private;
}
/**
 * news: the TaskChanged that was told last
 */
export type OpenTask = {
    task: any;
    status: string;
    news: Record<string, any>;
};
