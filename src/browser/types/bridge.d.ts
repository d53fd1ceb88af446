/**
 * absent: nobody in the iframe asks for a connection. connecting: Flex is there, the server not yet.
 * @typedef {'absent' | 'connecting' | 'connected'} BridgeState
 */
/**
 * @typedef {object} BridgeConfig
 * @property {{readonly contentWindow: {postMessage(message: any, targetOrigin: string): void} | null}} frame  the iframe element that holds Flex
 * @property {string} flexOrigin    its exact origin
 * @property {string} url           the CRM's WebSocket
 * @property {string} agent
 * @property {string} [token]
 * @property {() => string | undefined | Promise<string | undefined>} [getTicket]  asked before every connection, in place of token
 * @property {boolean} [bare]
 * @property {boolean} [allowSip]
 * @property {boolean} [allowClient]
 * @property {(error: import('./error.js').FlexcrmError) => void} [onProblem]
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 */
export class Bridge {
    /** @param {BridgeConfig} config */
    constructor(config: BridgeConfig);
    /** Window messages that were dropped, by what gave them away. */
    counters: {
        foreignSource: number;
        foreignOrigin: number;
        unmarked: number;
        otherInstance: number;
        unexpected: number;
    };
    get state(): BridgeState;
    /** @param {(state: BridgeState) => void} watcher told the present state at once */
    onState(watcher: (state: BridgeState) => void): () => undefined;
    stop(): void;
    #private;
}
/**
 * absent: nobody in the iframe asks for a connection. connecting: Flex is there, the server not yet.
 */
export type BridgeState = "absent" | "connecting" | "connected";
export type BridgeConfig = {
    /**
     * the iframe element that holds Flex
     */
    frame: {
        readonly contentWindow: {
            postMessage(message: any, targetOrigin: string): void;
        } | null;
    };
    /**
     * its exact origin
     */
    flexOrigin: string;
    /**
     * the CRM's WebSocket
     */
    url: string;
    agent: string;
    token?: string | undefined;
    /**
     * asked before every connection, in place of token
     */
    getTicket?: (() => string | undefined | Promise<string | undefined>) | undefined;
    bare?: boolean | undefined;
    allowSip?: boolean | undefined;
    allowClient?: boolean | undefined;
    onProblem?: ((error: import("./error.js").FlexcrmError) => void) | undefined;
    window?: any;
    WebSocket?: any;
    clock?: import("./clock.js").Clock | undefined;
    random?: (() => number) | undefined;
};
export type Parts = {
    config: BridgeConfig;
    clock: import("./clock.js").Clock;
    counters: Bridge["counters"];
    post: (data: unknown) => void;
    setState: (state: BridgeState) => void;
};
