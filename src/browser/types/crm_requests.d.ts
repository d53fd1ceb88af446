export class CrmRequests {
    /**
     * @param {import('./endpoint.js').Endpoint | undefined} endpoint @param {import('./tasks.js').Tasks | undefined} tasks
     * @param {import('./clock.js').Clock} clock
     */
    constructor(endpoint: import("./endpoint.js").Endpoint | undefined, tasks: import("./tasks.js").Tasks | undefined, clock: import("./clock.js").Clock);
    /**
     * Who is this? Never rejects; the result has `matches`, best first.
     * @param {{phone?: string, email?: string, id?: string, text?: string, limit?: number}} query exactly one of the first four
     * @returns {Promise<Answer>}
     */
    lookUp(query: {
        phone?: string;
        email?: string;
        id?: string;
        text?: string;
        limit?: number;
    }): Promise<Answer>;
    /**
     * Shows a record to the agent. Never rejects.
     * @param {{id: string, type?: string}} record @param {{taskSid?: string, lifetimeMs?: number}} [more]
     * @returns {Promise<Answer>}
     */
    openRecord(record: {
        id: string;
        type?: string;
    }, { lifetimeMs, ...more }?: {
        taskSid?: string;
        lifetimeMs?: number;
    }): Promise<Answer>;
    /**
     * Writes down a contact; said again for the same task, it replaces what was written. Channel, direction and both ends
     * are the task's, unless they are given. Never rejects.
     * @param {{taskSid: string, revision?: number, lifetimeMs?: number, [member: string]: unknown}} activity
     * @returns {Promise<Answer>}
     */
    logActivity({ lifetimeMs, ...activity }: {
        taskSid: string;
        revision?: number;
        lifetimeMs?: number;
        [member: string]: unknown;
    }): Promise<Answer>;
    #private;
}
export type Answer = import("./endpoint.js").Answer;
