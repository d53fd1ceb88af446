/** Flex's actions that the vocabulary can lead to. Others (Logout, SetWorkerAttributes, …) are never invoked. */
export const actionNames: readonly string[];
export class FlexActions {
    /** @param {any} flex @param {readonly string[]} [allowed] of actionNames; all of them by default */
    constructor(flex: any, allowed?: readonly string[]);
    /** Throws the refusal of an action that is not in the list. @param {string} name */
    demand(name: string): void;
    /**
     * Rejects with {reason, detail}. That it resolves says that Flex did not refuse, not that anything happened.
     * @param {string} name @param {any} [payload] @returns {Promise<void>}
     */
    invoke(name: string, payload?: any): Promise<void>;
    #private;
}
