/**
 * From the framed page:  {ready: true} · {frame: text} · {close: true, code}
 * From the outer page:   {open: {agent, ticket}} · {frame: text} · {closed: true, code}
 * @typedef {{instance: string, ready?: true, close?: true, closed?: true, code?: number, frame?: string,
 *   open?: {agent?: string, ticket?: string}}} WindowMessage
 */
/** @param {WindowMessage} message */
export function envelope(message: WindowMessage): {
    instance: string;
    ready?: true;
    close?: true;
    closed?: true;
    code?: number;
    frame?: string;
    open?: {
        agent?: string;
        ticket?: string;
    };
    flexcrm: number;
};
/**
 * Is there our marker on it?
 * @param {unknown} data @returns {data is Record<string, unknown>}
 */
export function isMarked(data: unknown): data is Record<string, unknown>;
/**
 * Copies what is known from marked data, member by member; undefined if no instance says whose it is.
 * @param {Record<string, unknown>} data @returns {WindowMessage | undefined}
 */
export function readEnvelope(data: Record<string, unknown>): WindowMessage | undefined;
/**
 * An origin is compared byte by byte, so it must be written as browsers write it: no path, no trailing
 * slash, no wildcard.
 * @param {unknown} origin @returns {origin is string}
 */
export function isExactOrigin(origin: unknown): origin is string;
/**
 * From the framed page:  {ready: true} · {frame: text} · {close: true, code}
 * From the outer page:   {open: {agent, ticket}} · {frame: text} · {closed: true, code}
 */
export type WindowMessage = {
    instance: string;
    ready?: true;
    close?: true;
    closed?: true;
    code?: number;
    frame?: string;
    open?: {
        agent?: string;
        ticket?: string;
    };
};
