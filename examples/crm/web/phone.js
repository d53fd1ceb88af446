// Telephone numbers as the page shows them. It reads and writes none by itself: the server knows how each country does.
import {formsOf} from './api.js';
import {make} from './dom.js';
import {fillIn} from './words.js';

const e164 = /^\+[1-9]\d{1,14}$/;
const mostForms = 5000;
/** As many as the server answers at once. */
const atOnce = 400;

/** How a number is written, by the number. @type {Map<string, {national: string, international: string, region: string}>} */
const forms = new Map();
/** Shown already, and not asked for yet. @type {Set<string>} */
const wanted = new Set();
/** The agent's country: its numbers are shown as they are written there. */
let home = '';

/** @param {string} region two letters, or empty */
export function setHome(region) {
  if (region === home) return;
  home = region;
  fillIn(document);
}

/** What stands in place of a number that the caller hides: a word, or the word as a telephone's keys spell it. */
const withheld = /^(anonymous|blocked|restricted|unavailable|unknown|\+266696687|\+2562533|\+7378742833|\+86282452253|\+8566696)$/i;

/** @param {string | null} number of a caller; null if nobody could call it back */
export function callableNumber(number) {
  return !number || withheld.test(number) ? null : number;
}

/** @param {string | null | undefined} text */
export const isE164 = text => e164.test(text ?? '');

/** The country whose number it is, as far as that is known. */
export const regionOf = number => forms.get(number)?.region ?? '';

/** As in its own country if that is the agent's, else with its country code; as it is when nothing is known of it yet. */
export function shownNumber(number) {
  const form = forms.get(number);
  if (!form) return number;
  return form.region !== '' && form.region === home ? form.national : form.international;
}

/** Asks how numbers are written, for what is shown a moment later. @param {Array<string | null | undefined>} numbers */
export async function learnNumbers(numbers) {
  const unknown = [...new Set(numbers)].filter(number => isE164(number) && !forms.has(number)).slice(0, atOnce);
  if (unknown.length === 0) return;
  const {ok, data} = await formsOf(unknown);
  if (!ok) return;
  if (forms.size > mostForms) forms.clear();
  for (const number of unknown) if (data.numbers[number]) forms.set(number, data.numbers[number]);
}

/** The same for what is on the page already. */
function want(number) {
  if (!isE164(number) || forms.has(number)) return;
  wanted.add(number);
  if (wanted.size > 1) return;
  queueMicrotask(async () => {
    const numbers = [...wanted];
    wanted.clear();
    await learnNumbers(numbers);
    fillIn(document);
  });
}

/** A number as an element, which stays true when more is learned of it. Its title is what is dialled. */
export function numberElement(number) {
  want(number);
  return make('span', {class: 'telephone', title: isE164(number) ? number : null, words: () => shownNumber(number)});
}
