/**
 * @param {import('./endpoint.js').Endpoint} endpoint @param {Whole} whole
 * @param {(error: import('./error.js').FlexcrmError) => void} onShortened
 */
export function tellWhole(endpoint: import("./endpoint.js").Endpoint, whole: Whole, onShortened: (error: import("./error.js").FlexcrmError) => void): void;
/**
 * of a Snapshot
 */
export type Whole = {
    agent: any;
    tasks: any[];
    selected?: any;
    calls: any[];
    reset: boolean;
};
