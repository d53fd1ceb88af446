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
 * @param {string} text
 * @param {{frameBytes: number, depth: number, members: number}} limits
 * @returns {{value?: unknown, reason?: string}} with a reason the text is refused; the value is there
 *   nevertheless if the text was JSON at all, so that the id of the frame can be answered
 */
export function parse(text, limits) {
  // A UTF-16 unit is at most three bytes, so most frames need no counting.
  if (text.length * 3 > limits.frameBytes && byteLength(text) > limits.frameBytes) return { reason: 'too_large' };
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'syntax' };
  }
  return { value, reason: fault(text, limits) };
}

/**
 * @param {string} text  well-formed JSON
 * @param {{depth: number, members: number}} limits
 */
function fault(text, limits) {
  if (loneSurrogate.test(text)) return 'syntax';
  /** @type {Array<Set<string> | undefined>} keys of each open object; undefined for an array */
  const open = [];
  let members = 0;
  let previous = '';
  for (const [token] of text.matchAll(tokens)) {
    switch (token[0]) {
      case '{':
      case '[':
        if (open.push(token === '{' ? new Set() : undefined) > limits.depth) return 'too_deep';
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ':': {
        if (++members > limits.members) return 'too_many_members';
        const key = JSON.parse(previous);
        const keys = open[open.length - 1];
        if (keys?.has(key)) return 'syntax';
        keys?.add(key);
        break;
      }
      case '"':
        if (token.includes('\\u') && loneSurrogate.test(JSON.parse(token))) return 'syntax';
        break;
      default:
        if (/[-0-9]/.test(token[0]) && !Number.isFinite(Number(token))) return 'syntax';
    }
    previous = token;
  }
  return undefined;
}
