// Telephone numbers as the person at the desk types them.

const e164 = /^\+[1-9]\d{1,14}$/;

/** Countries whose calling code has one or two digits; every other code has three. */
const shortCodes = /^(1|7|2[07]|3[0-4]|36|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/**
 * Checks a number. Spaces, dashes, dots and parentheses are dropped; nothing else is changed:
 * a `+` is neither added nor removed and no country is guessed, since a wrong guess calls a stranger.
 * @param {string} text
 * @returns {{destination: string} | {problem: string, shown: string}} problem: the key of its words
 */
export function parseNumber(text) {
  const destination = text.replace(/[\s().\u2010-\u2015-]/g, '');
  const shown = text.trim().slice(0, 40);
  const wrong = problem => ({problem: `number.${problem}`, shown});
  if (destination === '') return wrong('empty');
  if (e164.test(destination)) return {destination};
  if (/^\d+$/.test(destination)) return wrong('no_country');
  if (/^\+\d*$/.test(destination)) return wrong(destination.length > 16 ? 'too_long' : 'incomplete');
  return wrong('no_number');
}

/** What stands in place of a number that the caller hides: a word, or the word as a telephone's keys spell it. */
const withheld = /^(anonymous|blocked|restricted|unavailable|unknown|\+266696687|\+2562533|\+7378742833|\+86282452253|\+8566696)$/i;

/** @param {string | null} number of a caller; null if nobody could call it back */
export function callableNumber(number) {
  return !number || withheld.test(number) ? null : number;
}

/** How people in some countries write their numbers; elsewhere it is threes. */
const shapes = {
  1: [3, 3, 4], 33: [1, 2, 2, 2, 2], 44: [4, 3, 3], 46: [2, 3, 2, 2], 49: [2, 4, 4], 52: [2, 4, 4], 61: [1, 4, 4], 353: [2, 3, 4],
};

/** Splits +34600000017 into +34 600 000 017, for reading only. */
export function groups(number) {
  if (!e164.test(number)) return [number];
  const digits = number.slice(1);
  const code = digits.match(shortCodes)?.[0] ?? digits.slice(0, 3);
  const rest = digits.slice(code.length);
  const shape = Object.hasOwn(shapes, code) ? shapes[code] : [];
  if (shape.reduce((sum, length) => sum + length, 0) !== rest.length) {
    return [`+${code}`, ...(rest.match(/\d{3}(?=\d{2})|\d+$/g) ?? [])];
  }
  let from = 0;
  return [`+${code}`, ...shape.map(length => rest.slice(from, from += length))];
}

/** A number as an element: grouped by spacing alone, so that its text stays the number itself. */
export function numberElement(number) {
  const element = document.createElement('span');
  element.className = 'e164';
  for (const part of groups(number)) {
    const span = document.createElement('span');
    span.textContent = part;
    element.append(span);
  }
  return element;
}
