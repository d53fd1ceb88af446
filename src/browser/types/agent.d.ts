/** @typedef {{sid: string, name: string, available: boolean}} Activity */
export class Agent {
    /**
     * @param {any} manager @param {import('./flex_state.js').FlexState} state @param {import('./flex_actions.js').FlexActions} actions
     * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
     */
    constructor(manager: any, state: import("./flex_state.js").FlexState, actions: import("./flex_actions.js").FlexActions, tell: (method: import("./message_types.js").MessageName, params: any) => void);
    /** AgentChanged. @param {any} [told]  the activity of the event, if it is one */
    whole(told?: any): {
        availability: string;
        connected: boolean;
        activityName: any;
        activitySid: any;
        name: any;
        outbound: import("./message_types.js").OutboundSettings | undefined;
    };
    /**
     * A SetAgentRequest. Flex resolves although TaskRouter refused (while a task is offered, for example), so the
     * activity itself is what counts.
     * @param {{availability?: string, activityName?: string, activitySid?: string, lifetimeMs: number}} params
     */
    set({ availability, activityName, activitySid, lifetimeMs }: {
        availability?: string;
        activityName?: string;
        activitySid?: string;
        lifetimeMs: number;
    }): Promise<void>;
    #private;
}
export type Activity = {
    sid: string;
    name: string;
    available: boolean;
};
