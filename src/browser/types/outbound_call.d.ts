/** Put into the task's attributes; also how later news of the call find their dial. */
export const dialIdAttribute: "flexcrm_dial_id";
/** @typedef {{taskSid?: string, reservationSid?: string}} Sids */
export class OutboundCalls {
    /**
     * @param {any} flex @param {any} manager @param {import('./flex_actions.js').FlexActions} actions
     * @param {import('./clock.js').Clock} clock
     */
    constructor(flex: any, manager: any, actions: import("./flex_actions.js").FlexActions, clock: import("./clock.js").Clock);
    /**
     * @param {any} params  of a DialRequest
     * @param {() => boolean} mayStart
     * @returns {Promise<{destination: string} & Sids>} rejects with {reason, detail}
     */
    place({ destination, dialId, callerId, queueSid, taskAttributes }: any, mayStart: () => boolean): Promise<{
        destination: string;
    } & Sids>;
    #private;
}
export type Sids = {
    taskSid?: string;
    reservationSid?: string;
};
