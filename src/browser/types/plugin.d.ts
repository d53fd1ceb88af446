/**
 * From Flex's configuration, never from the query string: whoever frames Flex could write that.
 * @typedef {object} PluginConfig
 * @property {string[]} [crmOrigins]  exact origins of the pages that may frame Flex
 * @property {string} [serverUrl]     WebSocket of the CRM, for Flex in a tab of its own
 * @property {boolean} [bare]         speak the course's dialect to the page around Flex instead
 * @property {string} [agent]
 * @property {string | (() => string | undefined | Promise<string | undefined>)} [token]
 * @property {boolean} [allowSip]
 * @property {boolean} [allowClient]
 *
 * For tests.
 * @typedef {object} Surroundings
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 * @property {{warn: (...words: unknown[]) => void}} [console]
 */
/**
 * @param {any} flex     the Flex UI library, as init() of a plugin gets it
 * @param {any} manager  its manager
 * @param {PluginConfig} config
 * @param {Surroundings} [surroundings]
 * @returns {{endpoint?: Endpoint, pipe?: PipeTransport, stop: () => void}}
 */
export function startPlugin(flex: any, manager: any, config: PluginConfig, surroundings?: Surroundings): {
    endpoint?: Endpoint;
    pipe?: PipeTransport;
    stop: () => void;
};
/**
 * From Flex's configuration, never from the query string: whoever frames Flex could write that.
 */
export type PluginConfig = {
    /**
     * exact origins of the pages that may frame Flex
     */
    crmOrigins?: string[] | undefined;
    /**
     * WebSocket of the CRM, for Flex in a tab of its own
     */
    serverUrl?: string | undefined;
    /**
     * speak the course's dialect to the page around Flex instead
     */
    bare?: boolean | undefined;
    agent?: string | undefined;
    token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
    allowSip?: boolean | undefined;
    /**
     * For tests.
     */
    allowClient?: boolean | undefined;
};
/**
 * From Flex's configuration, never from the query string: whoever frames Flex could write that.
 */
export type Surroundings = {
    window?: any;
    WebSocket?: any;
    clock?: import("./clock.js").Clock | undefined;
    random?: (() => number) | undefined;
    console?: {
        warn: (...words: unknown[]) => void;
    } | undefined;
};
import { Endpoint } from './endpoint.js';
import { PipeTransport } from './pipe.js';
