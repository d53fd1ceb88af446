// JSON.parse with what it leaves out: limits, duplicate keys, lone surrogates, numbers that are not finite.
// The grammar is JSON.parse's; the walk over the tokens afterwards can rely on it.

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;
const loneSurrogate = /\p{Surrogate}/u;
const encoder = new TextEncoder();

/** @param {string} text */
export function byteLength(text) {
  return encoder.encode(text).length;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
export function isPlainObject(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * One more step of an RFC 6901 pointer.
 * @param {string} pointer @param {string | number} token
 */
export function below(pointer, token) {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** @typedef {{reason: string, pointer?: string, doubled?: boolean}} Fault  doubled: a member of the root is there twice */

/**
 * @param {string} text
 * @param {{frameBytes: number, depth: number, members: number}} limits
 * @returns {{value?: unknown, fault?: Fault}} a text with a fault is refused. Its value is there all the same
 *   where only its content is wrong, so that the id of the frame can be answered
 */
export function parse(text, limits) {
  // A UTF-16 unit is at most three bytes, so most frames need no counting.
  if (text.length * 3 > limits.frameBytes && byteLength(text) > limits.frameBytes) return { fault: { reason: 'too_large' } };
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: { reason: 'syntax' } };
  }
  const fault = findFault(text, limits);
  return fault && fault.pointer === undefined ? { fault } : { value, fault };
}

/**
 * A fault of the text as a whole has no pointer, one of a value has.
 * @param {string} text  well-formed JSON
 * @param {{depth: number, members: number}} limits
 * @returns {Fault | undefined}
 */
function findFault(text, limits) {
  if (loneSurrogate.test(text)) return { reason: 'syntax' };
  /** @type {Array<{keys?: Set<string>, members: number, at: string | number, twice?: string}>} containers, each with the place reached in it */
  const open = [];
  const here = () => open.reduce((pointer, { at }) => below(pointer, at), '');
  /** @type {Fault | undefined} */
  let fault;
  let members = 0;
  let previous = '';
  for (const [token] of text.matchAll(tokens)) {
    const container = open[open.length - 1];
    switch (token[0]) {
      case '{':
      case '[':
        if (open.length === limits.depth) return { reason: 'too_deep' };
        open.push(token === '{' ? { keys: new Set(), members: 0, at: '' } : { members: 0, at: 0 });
        break;
      case ']':
        open.pop();
        break;
      case '}':
        open.pop();
        if (container.twice !== undefined) {
          fault ??= { reason: 'duplicate_key', pointer: below(here(), container.twice) };
          fault.doubled = open.length === 0;
        }
        members += container.members;
        if (members > limits.members) fault ??= { reason: 'too_many_members', pointer: '' };
        break;
      case ',':
        if (typeof container.at === 'number') container.at++;
        break;
      case ':': {
        container.members++;
        const key = JSON.parse(previous);
        if (container.keys?.has(key)) container.twice ??= key;
        container.keys?.add(key);
        container.at = key;
        break;
      }
      case '"':
        if (token.includes('\\u') && loneSurrogate.test(JSON.parse(token))) return { reason: 'syntax' };
        break;
      default:
        if (/[-0-9]/.test(token[0]) && !Number.isFinite(Number(token))) fault ??= { reason: 'number_not_finite', pointer: here() };
    }
    previous = token;
  }
  return fault;
}
