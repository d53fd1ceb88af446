/**
 * @typedef {object} SocketConfig
 * @property {string} url
 * @property {number} [connectTimeoutMs]  the browser's own may be minutes
 * @property {number} [maxFrameBytes]
 * @property {number} [maxBufferedBytes]  what may wait in the browser before the connection counts as stuck
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 */
/** @implements {Transport} @typedef {import('./endpoint.js').Transport} Transport */
export class SocketTransport implements Transport {
    /** @param {SocketConfig} config */
    constructor(config: SocketConfig);
    /** @param {import('./endpoint.js').TransportEvents} events */
    open(events: import("./endpoint.js").TransportEvents): void;
    /** @param {string} text */
    send(text: string): boolean;
    /** @param {number} [code] */
    close(code?: number): void;
    #private;
}
export type SocketConfig = {
    url: string;
    /**
     * the browser's own may be minutes
     */
    connectTimeoutMs?: number | undefined;
    maxFrameBytes?: number | undefined;
    /**
     * what may wait in the browser before the connection counts as stuck
     */
    maxBufferedBytes?: number | undefined;
    WebSocket?: any;
    clock?: import("./clock.js").Clock | undefined;
};
export type Transport = import("./endpoint.js").Transport;
