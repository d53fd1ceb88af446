// Text to message and back, for both dialects of the protocol.
import { refusal } from './error.js';
import { Refused, arrangeFields, readField, readFields } from './fields.js';
import { messages as messageTable, protocol, results as resultTable } from './messages.js';
import { isPlainObject, parse } from './strict_json.js';

/**
 * @typedef {import('./error.js').FlexcrmError} FlexcrmError
 * @typedef {import('./fields.js').Field} Field
 * @typedef {import('./fields.js').ReadOptions} ReadOptions
 * @typedef {number | 'hello' | 'ping'} Id
 *
 * @typedef {object} Request       also a notification, which has no id
 * @property {'request'} type
 * @property {Id} [id]
 * @property {string} method
 * @property {Record<string, any>} params
 *
 * @typedef {object} Response
 * @property {'response'} type
 * @property {Id} id
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
 * @typedef {object} MessageRow
 * @property {string} class
 * @property {string} from
 * @property {string} [result]
 * @property {string} [slot]
 * @property {Field[]} fields
 */

const rows = new Map(Object.entries(/** @type {Record<string, MessageRow>} */ (messageTable)));
const resultRows = new Map(Object.entries(/** @type {Record<string, {fields: Field[]}>} */ (resultTable)));

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

/** @param {string} method @param {unknown} id */
function isIdOf(method, id) {
  switch (method) {
    case 'Hello': return id === 'hello';
    case 'Ping': return id === 'ping';
    case 'Bye': return id === undefined;
    default: return isNumber(id);
  }
}

/** @param {Record<string, unknown>} object @param {string} name */
function own(object, name) {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/**
 * Reads one frame of flexcrm.v1. Never throws.
 * @param {string} text
 * @param {DecodeOptions} [options]
 * @returns {Request | Response | Unreadable}
 */
export function decode(text, options = {}) {
  const parsed = parse(text, { ...protocol.limits, ...options.limits });
  const frame = isPlainObject(parsed.value) ? parsed.value : {};
  const method = own(frame, 'method');
  const id = own(frame, 'id');
  const isResponse = method === undefined && (Object.hasOwn(frame, 'result') || Object.hasOwn(frame, 'error'));
  /** @param {string} reason @param {string} [pointer] @returns {Unreadable} */
  const refuse = (reason, pointer) => {
    const readable = isNumber(id) || ((id === 'hello' || id === 'ping') && (isResponse || isIdOf(String(method), id)));
    return {
      type: 'refused',
      of: isResponse ? 'response' : 'request',
      ...(readable && { id: /** @type {Id} */ (id) }),
      error: refusal(reason, pointer === undefined ? {} : { pointer }),
    };
  };

  if (parsed.reason) return refuse(parsed.reason);
  if (Array.isArray(parsed.value)) return refuse('batch_not_supported');
  if (!isPlainObject(parsed.value)) return refuse('not_an_object');
  if (own(frame, 'jsonrpc') !== '2.0') return refuse('wrong_version');
  try {
    if (isResponse) {
      if (!isNumber(id) && id !== 'hello' && id !== 'ping') return refuse('invalid_id');
      return readResponse(/** @type {Id} */ (id), frame, options);
    }
    if (typeof method !== 'string') return refuse('missing_method');
    if (!isIdOf(method, id)) return refuse('invalid_id');
    const row = rows.get(method);
    if (!row) return refuse('unknown_method');
    const params = readFields(row.fields, Object.hasOwn(frame, 'params') ? frame.params : {}, '', options);
    return { type: 'request', ...(id !== undefined && { id: /** @type {Id} */ (id) }), method, params };
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
    { name: 'retryAfterMs', kind: 'integer', min: 0 },
  ] },
];

/**
 * @param {Id} id @param {Record<string, unknown>} frame @param {DecodeOptions} options
 * @returns {Response}
 */
function readResponse(id, frame, options) {
  const of = options.resultOf?.(id);
  const known = of === undefined ? {} : { of };
  if (Object.hasOwn(frame, 'error')) {
    // With both members nobody can say what happened, so it counts as no answer.
    if (Object.hasOwn(frame, 'result')) throw new Refused('wrong_type', '');
    const { data, ...error } = readFields(errorFields, frame.error, '', options);
    return { type: 'response', id, ...known, error: /** @type {FlexcrmError} */ ({ ...error, ...data }) };
  }
  if (of === undefined) return { type: 'response', id, result: frame.result };
  const row = resultRows.get(rows.get(of)?.result ?? '');
  return { type: 'response', id, of, result: row ? readFields(row.fields, frame.result, '', options) : null };
}

/**
 * Writes one frame of flexcrm.v1: {id, method, params}, a notification without id, or a response
 * {id, of, result} / {id, error}. The text is read back with the receiver's reader and limits before it is
 * handed out: what the receiver would refuse is an error here, before it has cost an id.
 * @param {{id?: Id, method?: string, params?: any, of?: string, result?: any, error?: FlexcrmError}} frame
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

/** @param {Parameters<typeof encode>[0]} frame */
function wireForm({ id, method, params, of, result, error }) {
  const head = { jsonrpc: '2.0', id };
  if (method !== undefined) return { ...head, method, params: arrangeFields(rows.get(method)?.fields ?? [], params ?? {}) };
  if (error) {
    const { code, message, ...data } = error;
    return { ...head, error: arrangeFields(errorFields, { code, message, ...(Object.keys(data).length && { data }) }) };
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
 * @returns {Request | Unreadable}
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
  const error = { ...refusal('wrong_type', { pointer: '' }), message: `a string or an object was expected, found ${whatIs(value)}` };
  return { type: 'refused', of: 'request', error };
}

/**
 * The value to post in `bare`. The dialect carries nothing but the destination or the attributes.
 * @param {string} method @param {Record<string, any>} params @param {ReadOptions} [options]
 * @returns {{value: string | Record<string, unknown>, error?: undefined} | {value?: undefined, error: FlexcrmError}}
 */
export function encodeBare(method, params, options = {}) {
  const name = method === 'DialRequest' ? 'destination' : method === 'TaskSelected' ? 'attributes' : undefined;
  if (name === undefined) return { error: refusal('unknown_method') };
  try {
    return { value: readField(fieldOf(method, name), params[name], `/${name}`, options) };
  } catch (refused) {
    if (refused instanceof Refused) return { error: refusal(refused.reason, { pointer: refused.pointer }) };
    throw refused;
  }
}
