// The language, chosen by a person: everything on the page changes at once, and nothing is loaded anew.
import {currentLanguage, languages, switchLanguage} from './words.js';
import {make} from './dom.js';

/** @param {HTMLSelectElement} select */
export function offerLanguages(select) {
  select.append(...Object.entries(languages).map(([value, {name}]) => make('option', {value, lang: value}, name)));
  select.value = currentLanguage();
  select.addEventListener('change', () => void switchLanguage(select.value));
}
