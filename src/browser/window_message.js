// The envelope of postMessage: {flexcrm: 1, instance, …}. A window carries other people's messages as well
// (login popups, dev servers, analytics); what does not bear the marker is none of our business.
import { isPlainObject } from './strict_json.js';

/**
 * From the framed page:  {ready: true} · {frame: text} · {close: true, code}
 * From the outer page:   {open: {agent, ticket}} · {frame: text} · {closed: true, code}
 * @typedef {{instance: string, ready?: true, close?: true, closed?: true, code?: number, frame?: string,
 *   open?: {agent?: string, ticket?: string}}} WindowMessage
 */

/** @param {WindowMessage} message */
export function envelope(message) {
  return { flexcrm: 1, ...message };
}

/** @param {Record<string, unknown>} data @param {string} name @param {string} type */
function own(data, name, type) {
  return Object.hasOwn(data, name) && typeof data[name] === type ? /** @type {any} */ (data[name]) : undefined;
}

/**
 * Is there our marker on it?
 * @param {unknown} data @returns {data is Record<string, unknown>}
 */
export function isMarked(data) {
  return isPlainObject(data) && own(data, 'flexcrm', 'number') === 1;
}

/**
 * Copies what is known from marked data, member by member; undefined if no instance says whose it is.
 * @param {Record<string, unknown>} data @returns {WindowMessage | undefined}
 */
export function readEnvelope(data) {
  const instance = own(data, 'instance', 'string');
  if (!instance || instance.length > 128) return undefined;
  const open = own(data, 'open', 'object');
  return {
    instance,
    ready: own(data, 'ready', 'boolean') === true ? true : undefined,
    close: own(data, 'close', 'boolean') === true ? true : undefined,
    closed: own(data, 'closed', 'boolean') === true ? true : undefined,
    code: own(data, 'code', 'number'),
    frame: own(data, 'frame', 'string'),
    open: isPlainObject(open) ? { agent: own(open, 'agent', 'string'), ticket: own(open, 'ticket', 'string') } : undefined,
  };
}

/**
 * An origin is compared byte by byte, so it must be written as browsers write it: no path, no trailing
 * slash, no wildcard.
 * @param {unknown} origin @returns {origin is string}
 */
export function isExactOrigin(origin) {
  if (typeof origin !== 'string' || !/^https?:/.test(origin)) return false;
  try {
    return new URL(origin).origin === origin;
  } catch {
    return false;
  }
}
