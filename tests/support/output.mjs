// What no program of ours may write, wherever a test reads it: a telephone number, a control character.

/** @param {string} line */
export function isForbidden(line) {
  return /\d{8}|[\x00-\x1f\x7f]/.test(line);
}
