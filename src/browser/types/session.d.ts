export { outcomeOf };
export class Session {
    /**
     * @param {Identity} identity
     * @param {ReadOptions & SessionOptions} [options]
     */
    constructor(identity: Identity, { resumeMs, eventBytes, ...options }?: ReadOptions & SessionOptions);
    /** Frames that were dropped, for whoever looks for trouble. */
    counters: {
        unknownResponses: number;
        refusedFrames: number;
        lateAnswers: number;
    };
    /** Some transports learn who the agent is only while they connect. @param {Partial<Identity>} known */
    identify(known: Partial<Identity>): void;
    get role(): "flex" | "crm";
    /** A transport is connected: the first one, or another. What the older one still says must not be fed in. @param {Now} now */
    opened(now: Now): undefined;
    /** A frame arrived. @param {string} text @param {Now} now */
    receive(text: string, now: Now): void;
    /**
     * Sends a request of the application. State and events wait for the window, and for a connection while the
     * session can be resumed; commands and queries do not: a dial must not wait for a link.
     * @param {string} method @param {any} params @param {Now} now
     * @returns {{key: number, error?: undefined} | {key?: undefined, error: FlexcrmError}}
     */
    send(method: string, params: any, now: Now): {
        key: number;
        error?: undefined;
    } | {
        key?: undefined;
        error: FlexcrmError;
    };
    /**
     * The handler of a delivery returned. Too late, or from a session that is gone: nothing is sent.
     * @param {number} key @param {{result?: any, error?: FlexcrmError}} answer @param {Now} now
     */
    answer(key: number, answer: {
        result?: any;
        error?: FlexcrmError;
    }, now: Now): void;
    /** Time passed. @param {Now} now */
    tick(now: Now): void;
    /** The transport is gone. @param {Now} now */
    lost(now: Now): void;
    /** The application leaves: for good, or, with `shutdown`, for now. @param {'logout' | 'shutdown'} reason @param {Now} now */
    close(reason: "logout" | "shutdown", now: Now): void;
    /** @returns {Action | undefined} what to do next, in order; ask until undefined after every input */
    next(): Action | undefined;
    /** @returns {number | undefined} steady time at which tick is needed */
    deadline(): number | undefined;
    #private;
}
export type Now = import("./clock.js").Now;
export type FlexcrmError = import("./error.js").FlexcrmError;
export type ReadOptions = import("./fields.js").ReadOptions;
export type Answer = import("./dials.js").Answer;
export type Letter = import("./numbering.js").Letter;
export type Sent = import("./numbering.js").Sent;
export type MessageName = import("./message_types.js").MessageName;
export type SessionOptions = {
    /**
     * a session outlives its connection for so long; 0: not at all
     */
    resumeMs?: number | undefined;
    /**
     * params of events that wait for a connection or the window; more end the session
     */
    eventBytes?: number | undefined;
};
/**
 * the server answered Hello
 */
export type Opened = {
    type: "opened";
    /**
     * with `resumed`, the session of the last connection goes on
     */
    hello: import("./message_types.js").HelloResult;
    /**
     * a session before this one was lost: now tell the peer the whole state
     */
    reset: boolean;
};
/**
 * start the handler; answer(key, …) when it returned
 */
export type Deliver = {
    type: "deliver";
    /**
     * names it for the life of the Session, unlike the id of the wire
     */
    key: number;
    id: number;
    method: MessageName;
    params: any;
    /**
     * of a dial: it is late once either clock has come so far
     */
    startBefore?: import("./clock.js").Now | undefined;
};
/**
 * Once for each key that send() gave.
 */
export type Answered = {
    type: "answered";
    key: number;
    method: string;
} & Answer;
/**
 * the session is over; its requests were answered before, but for events that the next one tells
 */
export type Ended = {
    type: "ended";
    reason: string;
    /**
     * true: do not connect again without a person's act
     */
    terminal: boolean;
    retryAfterMs?: number | undefined;
};
/**
 * Once for each key that send() gave.
 */
export type Action = {
    type: "sendFrame";
    text: string;
} | Opened | Deliver | Answered | Ended | {
    type: "problem";
    error: FlexcrmError;
} | {
    type: "closeTransport";
    code: number;
    reason: string;
};
/**
 * now: of its claim
 */
export type FlexDial = {
    request: {
        id: number;
        method: MessageName;
        params: any;
    };
    now: Now;
    key?: number;
};
/**
 * Without a key it waits for its grant.
 */
export type Identity = {
    role: "flex" | "crm";
    agent: string;
    /**
     * random, made in memory once per page
     */
    instance: string;
    token?: string | undefined;
    capabilities?: string[] | undefined;
    takeover?: boolean | undefined;
};
import { outcomeOf } from './dials.js';
