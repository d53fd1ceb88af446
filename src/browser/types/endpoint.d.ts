export class Endpoint {
    /** @param {EndpointConfig} config */
    constructor({ transport, role, agent, token, capabilities, takeover, allowSip, allowClient, lenientSids, resumeMs, instance, onProblem, clock, random, }: EndpointConfig);
    /** Random and only in memory: a page that is copied or restored must not pass for this one. */
    instance: string;
    get state(): State;
    get counters(): {
        unknownResponses: number;
        refusedFrames: number;
        lateAnswers: number;
    };
    /**
     * What the handler returns is the result; a thrown {reason, detail?, pointer?} is the refusal. Whatever else is
     * thrown is answered as internal_error and goes to onProblem.
     * @template {MessageName} M
     * @param {M} method @param {Handler<M>} handler
     */
    on<M extends MessageName>(method: M, handler: Handler<M>): this;
    /** @param {(state: State, details: StateDetails) => void} watcher told the present state at once */
    onState(watcher: (state: State, details: StateDetails) => void): () => undefined;
    /** @param {{takeover?: boolean}} [options] takeover: a person in this page wants the agent here, not in the newer tab */
    start({ takeover }?: {
        takeover?: boolean;
    }): void;
    /** @param {'logout' | 'shutdown'} [reason] shutdown: for now; events that were not acknowledged go out after the next start */
    stop(reason?: "logout" | "shutdown"): void;
    /**
     * Sends and forgets; the answer, if it is an error, goes to onProblem.
     * @template {MessageName} M
     * @param {M} method @param {Messages[M]} params
     * @returns {ReturnType<Session['send']>}
     */
    send<M extends MessageName>(method: M, params: Messages[M]): ReturnType<Session["send"]>;
    /**
     * Sends and waits; never rejects, a refusal is an answer.
     * @template {MessageName} M
     * @param {M} method @param {Messages[M]} params @returns {Promise<Answer<Results[M]>>}
     */
    request<M extends MessageName>(method: M, params: Messages[M]): Promise<Answer<Results[M]>>;
    /**
     * One click, one dial, one outcome.
     * @param {Omit<DialRequest, 'dialId' | 'lifetimeMs'> & {lifetimeMs?: number}} params
     * @returns {Promise<{dialId: string, outcome: import('./dials.js').Outcome} & Answer<import('./message_types.js').DialResult>>}
     */
    dial({ lifetimeMs, ...params }: Omit<DialRequest, "dialId" | "lifetimeMs"> & {
        lifetimeMs?: number;
    }): Promise<{
        dialId: string;
        outcome: import("./dials.js").Outcome;
    } & Answer<import("./message_types.js").DialResult>>;
    #private;
}
export type Answer<R = any> = import("./dials.js").Answer<R>;
/**
 * What a handler returns, now or later: the result. Where that is null, whatever it returns is not looked at.
 */
export type Returned<M extends MessageName> = null extends Results[M] ? unknown : Results[M] | Promise<Results[M]>;
export type Handler<M extends MessageName = any> = (params: Messages[M], context: HandlerContext) => Returned<M>;
export type FlexcrmError = import("./error.js").FlexcrmError;
export type MessageName = import("./message_types.js").MessageName;
export type Messages = import("./message_types.js").Messages;
export type Results = import("./message_types.js").Results;
export type DialRequest = import("./message_types.js").DialRequest;
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type TransportEvents = {
    opened: (identity?: {
        agent?: string;
        token?: string;
    }) => void;
    received: (text: string) => void;
    closed: (why?: {
        code?: number;
    }) => void;
};
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type Transport = {
    open: (events: TransportEvents) => void;
    /**
     * false: it cannot take more, the connection is of no use
     */
    send: (text: string) => boolean;
    close: (code?: number) => void;
};
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type HandlerContext = {
    method: MessageName;
    /**
     * false once a dial's time to start is over
     */
    mayStart: () => boolean;
};
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type State = "connecting" | "open" | "waiting" | "ended";
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type StateDetails = {
    /**
     * open: the server's answer
     */
    hello?: import("./message_types.js").HelloResult | undefined;
    /**
     * open: the session of the last connection goes on, nothing was lost
     */
    resumed?: boolean | undefined;
    /**
     * open: a session before this one was lost; tell the whole state again
     */
    reset?: boolean | undefined;
    /**
     * waiting, ended: why
     */
    reason?: string | undefined;
    /**
     * waiting
     */
    retryInMs?: number | undefined;
};
/**
 * A transport is opened again and again. Each open() leads to at most one opened() and exactly one
 * closed(), unless its owner calls close(): after that it is silent.
 */
export type EndpointConfig = {
    transport: Transport;
    role: "flex" | "crm";
    /**
     * empty where the transport tells it when it opens
     */
    agent?: string | undefined;
    /**
     * a function is asked before every connection
     */
    token?: string | (() => string | undefined | Promise<string | undefined>) | undefined;
    capabilities?: string[] | undefined;
    instance?: string | undefined;
    takeover?: boolean | undefined;
    allowSip?: boolean | undefined;
    allowClient?: boolean | undefined;
    lenientSids?: boolean | undefined;
    /**
     * how long a session outlives its connection
     */
    resumeMs?: number | undefined;
    onProblem?: ((error: FlexcrmError) => void) | undefined;
    clock?: import("./clock.js").Clock | undefined;
    random?: (() => number) | undefined;
};
import { Session } from './session.js';
