// Text to message and back, for both dialects of the protocol.
import { longestRetryMs, peerError, refusal } from './error.js';
import { Refused, arrangeFields, readField, readFields } from './fields.js';
import { messages as messageTable, protocol, results as resultTable } from './messages.js';
import { byteLength, isPlainObject, parse } from './strict_json.js';

/**
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {import('./fields.js').Field} Field
 * @typedef {import('./fields.js').ReadOptions} ReadOptions
 * @typedef {import('./message_types.js').MessageName} MessageName
 * @typedef {import('./message_types.js').Messages} Messages
 * @typedef {number | 'hello' | 'ping'} Id
 */

/**
 * Also a notification, which has no id. Its method tells the type of its params.
 * @typedef {{[M in MessageName]: {type: 'request', id?: Id, method: M, params: Messages[M]}}[MessageName]} Request
 */

/**
 * What there is in `bare`.
 * @typedef {{type: 'request', method: 'DialRequest', params: Pick<Messages['DialRequest'], 'destination'>}
 *   | {type: 'request', method: 'TaskSelected', params: Pick<Messages['TaskSelected'], 'attributes'>}} BareRequest
 *
 * @typedef {object} Response
 * @property {'response'} type
 * @property {Id} [id]              absent: the peer could not read which
 * @property {string} [of]         method of the request, where the reader knew it
 * @property {any} [result]
 * @property {FlexcrmError} [error]
 *
 * @typedef {object} Unreadable
 * @property {'refused'} type
 * @property {'request' | 'response'} of
 * @property {Id} [id]             there if it could be read: then the error is the answer to it
 * @property {FlexcrmError} error
 *
 * @typedef {ReadOptions & {resultOf?: (id: Id) => string | undefined}} DecodeOptions
 *   resultOf: the method that a response's id belongs to; without it a result is passed on unread
 *
 * @typedef {import('./fields.js').Table & {fields: Field[]}} Table
 * @typedef {Table & {class: 'session' | 'state' | 'event' | 'command' | 'query', from: 'client' | 'flex' | 'crm' | 'both', result?: string, slot?: string}} MessageRow
 */

const rows = new Map(Object.entries(messageTable));
const resultRows = new Map(Object.entries(resultTable));

/**
 * The table's row of a message, undefined for an unknown name.
 * @param {string} method
 */
export function messageRow(method) {
  return rows.get(method);
}

/** @param {unknown} id @returns {id is number} */
function isNumber(id) {
  return Number.isSafeInteger(id) && /** @type {number} */ (id) >= 1;
}

/** @param {unknown} id @returns {id is Id} */
function isId(id) {
  return id === 'hello' || id === 'ping' || isNumber(id);
}

/** Hello and Ping have ids of their own, Bye has none, everything else is numbered. @param {string} method @param {unknown} id */
function fits(method, id) {
  switch (method) {
    case 'Hello': return id === 'hello';
    case 'Ping': return id === 'ping';
    case 'Bye': return id === undefined;
    default: return isNumber(id);
  }
}

/** Pointers into params and results are relative to these; others are about the envelope. @param {string} pointer */
function relativeToContent(pointer) {
  return /^\/(?:params|result)(?=\/|$)/.exec(pointer) ? pointer.slice('/params'.length) : undefined;
}

/**
 * Reads one frame of flexcrm.v1. Never throws.
 * @param {string} text
 * @param {DecodeOptions} [options]
 * @returns {Request | Response | Unreadable}
 */
export function decode(text, options = {}) {
  const { value: frame, fault } = parse(text, { ...protocol.limits, ...options.limits });
  const has = (/** @type {string} */ name) => isPlainObject(frame) && Object.hasOwn(frame, name);
  const member = (/** @type {string} */ name) => (has(name) ? /** @type {any} */ (frame)[name] : undefined);
  const isResponse = !has('method') && (has('result') || has('error'));
  // A doubled member of the envelope leaves open which id was meant, whatever else is wrong.
  const ambiguous = fault?.doubled === true;
  const id = !ambiguous && isId(member('id')) ? member('id') : undefined;
  /** @param {string} reason @param {string} [pointer] @returns {Unreadable} */
  const refuse = (reason, pointer) => ({
    type: 'refused',
    of: isResponse ? 'response' : 'request',
    ...(id !== undefined && { id }),
    error: refusal(reason, pointer === undefined ? {} : { pointer }),
  });

  if (fault && frame === undefined) return refuse(fault.reason);
  if (Array.isArray(frame)) return refuse('batch_not_supported');
  if (!isPlainObject(frame)) return refuse('not_an_object');
  if (member('jsonrpc') !== '2.0') return refuse('wrong_version', '/jsonrpc');
  // A peer that could not read our id answers to null.
  const idless = !has('id') || (member('id') === null && isResponse && has('error'));
  if (id === undefined && !idless && !ambiguous) return refuse('invalid_id', '/id');
  if (fault) {
    const pointer = relativeToContent(fault.pointer ?? '');
    if (pointer !== undefined || fault.reason === 'too_many_members') return refuse(fault.reason, pointer ?? fault.pointer);
    return refuse('invalid_request', fault.pointer);
  }
  try {
    if (isResponse) {
      if (has('result') && has('error')) return refuse('invalid_request', '/error');
      if (!has('id')) return refuse('invalid_id', '/id');
      return readResponse(id, frame, options);
    }
    const method = member('method');
    if (!has('method')) return refuse('missing_method', '/method');
    if (typeof method !== 'string') return refuse('invalid_request', '/method');
    const row = rows.get(method);
    if (!row) return refuse('unknown_method', '/method');
    if (!fits(method, id)) return refuse('invalid_id', '/id');
    const params = readFields(row, has('params') ? frame.params : {}, '', options);
    return /** @type {Request} */ ({ type: 'request', ...(id !== undefined && { id }), method, params });
  } catch (refused) {
    if (refused instanceof Refused) return refuse(refused.reason, refused.pointer);
    throw refused;
  }
}

/** @type {Field[]} */
const errorFields = [
  { name: 'code', required: true, kind: 'integer' },
  { name: 'message', required: true, kind: 'text' },
  { name: 'data', kind: 'object', fields: [
    { name: 'reason', kind: 'text' },
    { name: 'pointer', kind: 'text' },
    { name: 'detail', kind: 'text' },
    { name: 'retryAfterMs', kind: 'integer' },
  ] },
];

/**
 * An error says that something failed, however badly it says it: what is not understood is left out.
 * @param {unknown} wire @returns {FlexcrmError}
 */
function readError(wire) {
  const member = (/** @type {unknown} */ object, /** @type {string} */ name, /** @type {string} */ type) =>
    isPlainObject(object) && Object.hasOwn(object, name) && typeof object[name] === type ? /** @type {any} */ (object[name]) : undefined;
  const code = member(wire, 'code', 'number');
  if (!Number.isSafeInteger(code)) throw new Refused('invalid_request', '/error/code');
  const data = member(wire, 'data', 'object');
  const pointer = member(data, 'pointer', 'string');
  const detail = member(data, 'detail', 'string');
  const retryAfterMs = member(data, 'retryAfterMs', 'number');
  return {
    ...peerError(code, member(data, 'reason', 'string')),
    ...(pointer !== undefined && byteLength(pointer) <= 256 && { pointer }),
    ...(isDetail(detail) && { detail }),
    ...(Number.isSafeInteger(retryAfterMs) && retryAfterMs >= 0 && { retryAfterMs: Math.min(retryAfterMs, longestRetryMs) }),
  };
}

/** A word or a code such as 48425, never a person's data: no run of digits that could be a number to call. @param {unknown} text */
function isDetail(text) {
  return typeof text === 'string' && /^[A-Za-z0-9_ ]{1,64}$/.test(text) && !/\d{7}/.test(text);
}

/**
 * @param {Id | undefined} id @param {Record<string, unknown>} frame @param {DecodeOptions} options
 * @returns {Response}
 */
function readResponse(id, frame, options) {
  const of = id === undefined ? undefined : options.resultOf?.(id);
  const head = { type: /** @type {const} */ ('response'), ...(id !== undefined && { id }), ...(of !== undefined && { of }) };
  if (Object.hasOwn(frame, 'error')) return { ...head, error: readError(frame.error) };
  if (of === undefined) return { ...head, result: frame.result };
  const row = resultRows.get(rows.get(of)?.result ?? '');
  if (!row && frame.result !== null) throw new Refused('wrong_type', '');
  return { ...head, result: row ? readFields(row, frame.result, '', options) : null };
}

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
export function encode(frame, options = {}) {
  let text;
  try {
    text = JSON.stringify(wireForm(frame));
  } catch {
    return { error: refusal('wrong_type', { pointer: '' }) };  // a cycle or a BigInt
  }
  const read = decode(text, { ...options, resultOf: () => frame.of });
  return read.type === 'refused' ? { error: read.error } : { text };
}

/** @param {Frame} frame */
function wireForm({ id, method, params, of, result, error }) {
  if (method !== undefined) {
    return { jsonrpc: '2.0', id, method, params: arrangeFields(rows.get(method)?.fields ?? [], params ?? {}) };
  }
  const head = { jsonrpc: '2.0', id: id ?? null };
  if (error) {
    const { code, message, ...data } = { ...error, pointer: error.pointer || undefined };
    // Escapes included, so that an error fits into the shortest frame that a peer may ask for.
    if (data.pointer !== undefined && byteLength(JSON.stringify(data.pointer)) > 256 + 2) delete data.pointer;
    const told = Object.values(data).some((value) => value !== undefined);
    return { ...head, error: arrangeFields(errorFields, { code, message, data: told ? data : undefined }) };
  }
  if (of === undefined) return { ...head, result: result ?? null };
  const row = resultRows.get(rows.get(of)?.result ?? '');
  return { ...head, result: row ? arrangeFields(row.fields, result ?? {}) : null };
}

/** @param {string} method @param {string} name */
function fieldOf(method, name) {
  return /** @type {Field} */ (rows.get(method)?.fields.find((field) => field.name === name));
}

/** @param {unknown} value */
function whatIs(value) {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object that is not plain' : `a ${typeof value}`;
}

/**
 * Reads a value posted by a page that speaks `bare`: a string is a number to dial, an object the selected
 * task's attributes, all else is refused with what was found. Never throws.
 * @param {unknown} value
 * @param {ReadOptions} [options]
 * @returns {BareRequest | Unreadable}
 */
export function decodeBare(value, options = {}) {
  try {
    if (typeof value === 'string') {
      const destination = readField(fieldOf('DialRequest', 'destination'), value, '', options);
      return { type: 'request', method: 'DialRequest', params: { destination } };
    }
    if (isPlainObject(value)) return { type: 'request', method: 'TaskSelected', params: { attributes: value } };
  } catch (refused) {
    if (refused instanceof Refused) return { type: 'refused', of: 'request', error: refusal(refused.reason, { pointer: '' }) };
    throw refused;
  }
  const error = { ...refusal('not_a_bare_message'), message: `a bare message is a string or an object, found ${whatIs(value)}` };
  return { type: 'refused', of: 'request', error };
}

/**
 * The value to post in `bare`. The dialect carries nothing but the destination or the attributes.
 * @param {string} method @param {Record<string, any>} params @param {ReadOptions} [options]
 * @returns {{value: string | Record<string, unknown>, error?: undefined} | {value?: undefined, error: FlexcrmError}}
 */
export function encodeBare(method, params, options = {}) {
  const name = method === 'DialRequest' ? 'destination' : method === 'TaskSelected' ? 'attributes' : undefined;
  if (name === undefined) return { error: refusal('not_a_bare_message') };
  try {
    return { value: readField(fieldOf(method, name), params[name], `/${name}`, options) };
  } catch (refused) {
    if (refused instanceof Refused) return { error: refusal(refused.reason, { pointer: refused.pointer }) };
    throw refused;
  }
}
