// Reads the members of a message by its rows in the table. No message has code of its own.
import { protocol } from './messages.js';
import { below, byteLength, isPlainObject, parse } from './strict_json.js';

/**
 * @typedef {object} Table           a message, a result or an object among the fields
 * @property {Field[]} [fields]
 * @property {string[]} [exactlyOne]  of these members
 * @property {string[]} [atLeastOne]  of these members
 *
 * @typedef {object} FieldRule
 * @property {string} [name]
 * @property {boolean} [required]
 * @property {string} kind
 * @property {number} [min]
 * @property {number} [max]
 * @property {string} [prefix]       several are parted by |
 * @property {string[]} [values]
 * @property {boolean} [open]
 * @property {boolean} [nullable]    null says that the member is absent
 * @property {string[]} [reserved]
 * @property {Field} [items]
 *
 * @typedef {FieldRule & Table} Field
 *
 * @typedef {{frameBytes: number, depth: number, members: number, textBytes: number}} Limits
 *
 * @typedef {object} ReadOptions
 * @property {boolean} [allowSip]     destinations may be sip: and sips: URIs
 * @property {boolean} [allowClient]  destinations may be client: identities
 * @property {boolean} [lenientSids]  test data only: any text with the right prefix is a SID
 * @property {Partial<Limits>} [limits]
 */

/** Thrown inside the reader and caught in the codec; never leaves this package. */
export class Refused {
  /** @param {string} reason @param {string} pointer */
  constructor(reason, pointer) {
    this.reason = reason;
    this.pointer = pointer;
  }
}

/** @param {unknown} value @param {string} at @returns {string} */
function text(value, at) {
  if (typeof value !== 'string') throw new Refused('wrong_type', at);
  return value;
}

const e164 = /^\+[1-9]\d{1,14}$/;
const sip = /^sips?:[A-Za-z0-9\-_.!~*'()%&=+$,;?/]+@(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;
const client = /^client:[!-~]{1,248}$/;
const maxUriBytes = 255;

/** @param {string} destination */
function isSip(destination) {
  const found = sip.exec(destination);
  const port = Number(found?.[1] ?? 1);
  return found !== null && destination.length <= maxUriBytes && port >= 1 && port <= 65535;
}

// A dial pad's tones, and w for a pause: what SendDTMFDigits takes.
const tones = /^[0-9*#A-Dw]*$/;

const iso8601 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const year10000 = 253402300800000;
const minuteMs = 60000;

/** RFC 3339, as Flex and its REST interface write it. @param {string} text @returns {number} ms since 1970, or NaN */
function fromIso8601(text) {
  const found = iso8601.exec(text);
  if (!found) return NaN;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  const [fraction = '', sign, hours, minutes] = found.slice(7);
  // A leap second is told as 60; it becomes the next one.
  if (hour > 23 || minute > 59 || second > 60 || Number(hours ?? 0) > 23 || Number(minutes ?? 0) > 59) return NaN;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return NaN;
  const offset = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * (sign === '-' ? -1 : 1);
  return date.getTime() + (hour * 60 + minute - offset) * minuteMs + second * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** @param {string | number} value  ISO 8601, or the event bridge's epoch seconds @returns {string | undefined} in the wire's form */
function toIso8601(value) {
  const ms = typeof value === 'number' ? (value < 0 ? NaN : Math.round(value * 1000)) : fromIso8601(value);
  return ms >= 0 && ms < year10000 ? new Date(ms).toISOString() : undefined;
}

/** @type {Record<string, (field: Field, value: any, at: string, options: ReadOptions) => unknown>} */
const readers = {
  text(field, value, at, options) {
    const bytes = byteLength(text(value, at));
    if (bytes < (field.min ?? 0)) throw new Refused('too_short', at);
    if (bytes > Math.min(field.max ?? Infinity, textBytes(options))) throw new Refused('too_long', at);
    return value;
  },

  sid(field, value, at, options) {
    const { prefix = '' } = field;
    text(value, at);
    // Flex gives an outbound conversation that was not sent yet a reservation named "new".
    if (prefix === 'WR' && value === 'new') return value;
    const shape = options.lenientSids ? /^[0-9a-zA-Z]{1,64}$/ : /^[0-9a-fA-F]{32}$/;
    if (!prefix.split('|').includes(value.slice(0, 2)) || !shape.test(value.slice(2))) throw new Refused('invalid_sid', at);
    return value;
  },

  digits(field, value, at) {
    const { length } = text(value, at);
    const fits = length >= (field.min ?? 0) && length <= (field.max ?? Infinity);
    if (!fits || !tones.test(value)) throw new Refused('invalid_digits', at);
    return value;
  },

  time(_field, value, at) {
    if (typeof value !== 'string' && typeof value !== 'number') throw new Refused('wrong_type', at);
    const time = toIso8601(value);
    if (time === undefined) throw new Refused('invalid_time', at);
    return time;
  },

  // A closed union without any guessing: Flex itself turns almost any text into a number and calls it.
  destination(_field, value, at, options) {
    text(value, at);
    if (e164.test(value)) return value;
    for (const [scheme, allowed, valid] of [
      [/^sips?:/, options.allowSip, isSip],
      [/^client:/, options.allowClient, (/** @type {string} */ d) => client.test(d)],
    ]) {
      if (!(/** @type {RegExp} */ (scheme).test(value))) continue;
      if (!allowed) throw new Refused('destination_kind_disabled', at);
      if (/** @type {(d: string) => boolean} */ (valid)(value)) return value;
    }
    throw new Refused('invalid_destination', at);
  },

  choice(field, value, at, options) {
    if (byteLength(text(value, at)) > textBytes(options)) throw new Refused('too_long', at);
    if (!(field.open ? value !== '' : field.values?.includes(value))) throw new Refused('unknown_value', at);
    return value;
  },

  flag(_field, value, at) {
    if (typeof value !== 'boolean') throw new Refused('wrong_type', at);
    return value;
  },

  integer(field, value, at) {
    if (typeof value !== 'number') throw new Refused('wrong_type', at);
    // Beyond 2^53 a double no longer says which integer was meant.
    if (!Number.isSafeInteger(value)) throw new Refused('not_an_integer', at);
    if (value < (field.min ?? -Infinity) || value > (field.max ?? Infinity)) throw new Refused('out_of_range', at);
    return value;
  },

  // TaskRouter's REST interface and its worker events hold attributes as a string with JSON inside.
  attributes(field, value, at, options) {
    if (typeof value === 'string') {
      const parsed = parse(value, { ...protocol.limits, ...options.limits });
      if (parsed.fault) throw new Refused(parsed.fault.reason, at + (parsed.fault.pointer ?? ''));
      value = parsed.value;
    }
    if (!isPlainObject(value)) throw new Refused('wrong_type', at);
    for (const key of field.reserved ?? []) {
      if (Object.hasOwn(value, key)) throw new Refused('reserved_attribute', below(at, key));
    }
    return value;
  },

  object(field, value, at, options) {
    return readFields(field, value, at, options);
  },

  list(field, value, at, options) {
    if (!Array.isArray(value)) throw new Refused('wrong_type', at);
    const items = /** @type {Field} */ (field.items);
    return value.map((item, index) => readField(items, item, below(at, index), options));
  },
};

/** @param {ReadOptions} options */
function textBytes(options) {
  return options.limits?.textBytes ?? protocol.limits.textBytes;
}

/**
 * @param {Field} field @param {unknown} value @param {string} at @param {ReadOptions} options
 * @returns {any}
 */
export function readField(field, value, at, options) {
  return readers[field.kind](field, value, at, options);
}

/**
 * Reads the members as they come, then gives them in table order; unknown ones are left behind.
 * @param {Table} table @param {unknown} value @param {string} at @param {ReadOptions} options
 * @returns {Record<string, any>}
 */
export function readFields({ fields = [], exactlyOne, atLeastOne }, value, at, options) {
  if (!isPlainObject(value)) throw new Refused('wrong_type', at);
  /** @type {Map<string, any>} */
  const read = new Map();
  for (const name of Object.keys(value)) {
    const field = fields.find((row) => row.name === name);
    if (field?.nullable && value[name] === null) continue;
    if (field) read.set(name, readField(field, value[name], below(at, name), options));
  }
  /** @type {Record<string, any>} */
  const ordered = {};
  for (const { name = '', required } of fields) {
    if (read.has(name)) ordered[name] = read.get(name);
    else if (required) throw new Refused('missing_member', below(at, name));
  }
  const count = (/** @type {string[]} */ names) => names.filter((name) => read.has(name)).length;
  if ((exactlyOne && count(exactlyOne) !== 1) || (atLeastOne && count(atLeastOne) < 1)) throw new Refused('not_exactly_one', at);
  return ordered;
}

/**
 * The opposite way: members in table order, without those that are absent. Checks nothing; the text made
 * from it is read back by the reader above.
 * @param {Field[]} fields @param {any} value
 * @returns {any}
 */
export function arrangeFields(fields, value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  /** @type {Record<string, unknown>} */
  const arranged = {};
  for (const field of fields) {
    const name = /** @type {string} */ (field.name);
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    if (member === undefined || member === null) continue;
    // An optional list without items says what its absence says; one form goes out.
    if (field.kind === 'list' && !field.required && member.length === 0) continue;
    arranged[name] = arrangeField(field, member);
  }
  return arranged;
}

/** @param {Field} field @param {any} value @returns {any} */
function arrangeField(field, value) {
  switch (field.kind) {
    case 'object':
      return arrangeFields(field.fields ?? [], value);
    case 'list':
      return Array.isArray(value) ? value.map((item) => arrangeField(/** @type {Field} */ (field.items), item)) : value;
    case 'time':
      return ['string', 'number'].includes(typeof value) ? toIso8601(value) ?? value : value;
    case 'attributes':
      return typeof value === 'string' ? parse(value, protocol.limits).value ?? value : value;
    default:
      return value;
  }
}
