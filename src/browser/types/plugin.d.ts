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
 * @property {string[]} [actions]     Flex's actions that the CRM may cause; by default all of actionNames
 *
 * For tests.
 * @typedef {object} Surroundings
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 * @property {{warn: (...words: unknown[]) => void}} [console]
 *
 * @typedef {object} Plugin
 * @property {Endpoint} [endpoint]    absent when there is nobody to talk to, and in the course's dialect
 * @property {PipeTransport} [pipe]
 * @property {CrmRequests} crm        what code in Flex can ask of the CRM
 * @property {() => void} stop
 */
/**
 * @param {any} flex     the Flex UI library, as init() of a plugin gets it
 * @param {any} manager  its manager
 * @param {PluginConfig} config
 * @param {Surroundings} [surroundings]
 * @returns {Plugin}
 */
export function startPlugin(flex: any, manager: any, config: PluginConfig, surroundings?: Surroundings): Plugin;
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
    allowClient?: boolean | undefined;
    /**
     * Flex's actions that the CRM may cause; by default all of actionNames
     *
     * For tests.
     */
    actions?: string[] | undefined;
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
/**
 * From Flex's configuration, never from the query string: whoever frames Flex could write that.
 */
export type Plugin = {
    /**
     * absent when there is nobody to talk to, and in the course's dialect
     */
    endpoint?: Endpoint | undefined;
    pipe?: PipeTransport | undefined;
    /**
     * what code in Flex can ask of the CRM
     */
    crm: CrmRequests;
    stop: () => void;
};
import { Endpoint } from './endpoint.js';
import { PipeTransport } from './pipe.js';
import { CrmRequests } from './crm_requests.js';
