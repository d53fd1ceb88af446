export class Control {
    /**
     * @param {{actions: import('./flex_actions.js').FlexActions, state: import('./flex_state.js').FlexState,
     *   tasks: import('./tasks.js').Tasks, calls: import('./calls.js').Calls, selection: import('./selection.js').Selection}} parts
     */
    constructor(parts: {
        actions: import("./flex_actions.js").FlexActions;
        state: import("./flex_state.js").FlexState;
        tasks: import("./tasks.js").Tasks;
        calls: import("./calls.js").Calls;
        selection: import("./selection.js").Selection;
    });
    /** A TaskControlRequest. @param {any} params @returns {Promise<void>} rejects with {reason, detail} */
    task(params: any): Promise<void>;
    /** A CallControlRequest. @param {any} params @returns {Promise<void>} rejects with {reason, detail} */
    call({ taskSid, ...params }: any): Promise<void>;
    #private;
}
export type OpenTask = import("./tasks.js").OpenTask;
/**
 * of one task, right now
 */
export type Seen = {
    /**
     * none: it is over
     */
    status?: string | undefined;
    /**
     * state of its call; none: there is no call
     */
    call?: string | undefined;
    muted?: boolean | undefined;
    selected: boolean;
};
export type ControlRow = {
    /**
     * of Flex
     */
    action: string | ((found: OpenTask) => string);
    /**
     * the effect is there; none: Flex shows nothing, its promise is all there is
     */
    isSo?: ((seen: Seen) => boolean) | undefined;
    /**
     * a member of the request without which it says nothing
     */
    needs?: string | undefined;
    /**
     * of the payload, besides the task
     */
    more?: ((params: any) => object) | undefined;
    /**
     * the action takes no payload
     */
    bare?: boolean | undefined;
};
