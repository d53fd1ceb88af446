export class Selection {
    /**
     * @param {any} flex @param {any} manager @param {import('./flex_state.js').FlexState} state
     * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
     */
    constructor(flex: any, manager: any, state: import("./flex_state.js").FlexState, tell: (method: import("./message_types.js").MessageName, params: any) => void);
    /** @param {string} reservationSid */
    is(reservationSid: string): boolean;
    /** TaskSelected for a peer that knows nothing, undefined when nothing is selected. */
    whole(): any;
    #private;
}
