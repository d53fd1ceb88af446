/**
 * The table's row of a message, undefined for an unknown name.
 * @param {string} method
 */
export function messageRow(method: string): MessageRow | undefined;
/**
 * Reads one frame of flexcrm.v1. Never throws.
 * @param {string} text
 * @param {DecodeOptions} [options]
 * @returns {Request | Response | Unreadable}
 */
export function decode(text: string, options?: DecodeOptions): Request | Response | Unreadable;
/**
 * @typedef {object} Frame
 * @property {Id} [id]
 * @property {string} [method]
 * @property {any} [params]
 * @property {string} [of]
 * @property {any} [result]
 * @property {FlexcrmError} [error]
 */
/**
 * Writes one frame of flexcrm.v1: {id, method, params}, a notification without id, or a response
 * {id, of, result} / {id, error}. The text is read back with the receiver's reader and limits before it is
 * handed out: what the receiver would refuse is an error here, before it has cost an id.
 * @param {Frame} frame
 * @param {ReadOptions} [options]
 * @returns {{text: string, error?: undefined} | {text?: undefined, error: FlexcrmError}}
 */
export function encode(frame: Frame, options?: ReadOptions): {
    text: string;
    error?: undefined;
} | {
    text?: undefined;
    error: FlexcrmError;
};
/**
 * Reads a value posted by a page that speaks `bare`: a string is a number to dial, an object the selected
 * task's attributes, all else is refused with what was found. Never throws.
 * @param {unknown} value
 * @param {ReadOptions} [options]
 * @returns {BareRequest | Unreadable}
 */
export function decodeBare(value: unknown, options?: ReadOptions): BareRequest | Unreadable;
/**
 * The value to post in `bare`. The dialect carries nothing but the destination or the attributes.
 * @param {string} method @param {Record<string, any>} params @param {ReadOptions} [options]
 * @returns {{value: string | Record<string, unknown>, error?: undefined} | {value?: undefined, error: FlexcrmError}}
 */
export function encodeBare(method: string, params: Record<string, any>, options?: ReadOptions): {
    value: string | Record<string, unknown>;
    error?: undefined;
} | {
    value?: undefined;
    error: FlexcrmError;
};
export type Frame = {
    id?: Id | undefined;
    method?: string | undefined;
    params?: any;
    of?: string | undefined;
    result?: any;
    error?: import("./error.js").FlexcrmError | undefined;
};
export type FlexcrmError = import("./error.js").FlexcrmError;
export type Field = import("./fields.js").Field;
export type ReadOptions = import("./fields.js").ReadOptions;
export type MessageName = import("./message_types.js").MessageName;
export type Messages = import("./message_types.js").Messages;
export type Id = number | "hello" | "ping";
/**
 * Also a notification, which has no id. Its method tells the type of its params.
 */
export type Request = { [M in MessageName]: {
    type: "request";
    id?: Id;
    method: M;
    params: Messages[M];
}; }[MessageName];
/**
 * What there is in `bare`.
 */
export type BareRequest = {
    type: "request";
    method: "DialRequest";
    params: Pick<Messages["DialRequest"], "destination">;
} | {
    type: "request";
    method: "TaskSelected";
    params: Pick<Messages["TaskSelected"], "attributes">;
};
/**
 * What there is in `bare`.
 */
export type Response = {
    type: "response";
    /**
     * absent: the peer could not read which
     */
    id?: Id | undefined;
    /**
     * method of the request, where the reader knew it
     */
    of?: string | undefined;
    result?: any;
    error?: import("./error.js").FlexcrmError | undefined;
};
/**
 * What there is in `bare`.
 */
export type Unreadable = {
    type: "refused";
    of: "request" | "response";
    /**
     * there if it could be read: then the error is the answer to it
     */
    id?: Id | undefined;
    error: FlexcrmError;
};
/**
 * resultOf: the method that a response's id belongs to; without it a result is passed on unread
 */
export type DecodeOptions = ReadOptions & {
    resultOf?: (id: Id) => string | undefined;
};
/**
 * What there is in `bare`.
 */
export type Table = import("./fields.js").Table & {
    fields: Field[];
};
/**
 * What there is in `bare`.
 */
export type MessageRow = Table & {
    class: "session" | "state" | "event" | "command" | "query";
    from: "client" | "flex" | "crm" | "both";
    result?: string;
    slot?: string;
};
