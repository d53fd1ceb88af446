/**
 * @typedef {object} PipeConfig
 * @property {string[]} origins   exact origins of the pages that may frame Flex
 * @property {string} instance
 * @property {any} [window]
 * @property {import('./clock.js').Clock} [clock]
 */
/** @implements {Transport} @typedef {import('./endpoint.js').Transport} Transport */
export class PipeTransport implements Transport {
    /** @param {PipeConfig} config */
    constructor({ origins, instance, window, clock }: PipeConfig);
    /** Window messages that were not for us, by what gave them away. */
    counters: {
        foreignSource: number;
        foreignOrigin: number;
        unmarked: number;
        otherInstance: number;
        unexpected: number;
    };
    /** @param {import('./endpoint.js').TransportEvents} events */
    open(events: import("./endpoint.js").TransportEvents): void;
    /** @param {string} text */
    send(text: string): boolean;
    /** @param {number} [code] */
    close(code?: number): void;
    #private;
}
export type PipeConfig = {
    /**
     * exact origins of the pages that may frame Flex
     */
    origins: string[];
    instance: string;
    window?: any;
    clock?: import("./clock.js").Clock | undefined;
};
export type Transport = import("./endpoint.js").Transport;
