// Every word of the page, in the language of the person who reads it. The tables are words/en.js and words/es.js.

/** How each language calls itself, and whose dates and plurals it has. */
export const languages = {en: {name: 'English', locale: 'en-GB'}, es: {name: 'Español', locale: 'es-ES'}};

const storedAs = 'feather.language';
let language = 'en';
let table = {};

/**
 * @param {ReadonlyArray<string | null>} wanted language tags, best first
 * @returns {string} one that there is a table for
 */
export function chooseLanguage(wanted) {
  for (const tag of wanted) {
    const own = tag?.toLowerCase().split('-')[0];
    if (own && Object.hasOwn(languages, own)) return own;
  }
  return 'en';
}

/** What the person chose on this machine, else what the browser asks for. */
export function preferredLanguage() {
  let stored = null;
  try {
    stored = localStorage.getItem(storedAs);
  } catch {
    // Without storage the browser's wish counts.
  }
  return chooseLanguage([stored, ...navigator.languages]);
}

/** Loads a language and puts it on everything that is already on the page. */
export async function speak(chosen) {
  ({default: table} = await import(`./words/${chosen}.js`));
  language = chosen;
  if (typeof document === 'undefined') return;
  document.documentElement.lang = chosen;
  fillIn(document);
  document.documentElement.removeAttribute('data-wordless');
}

/** A person's choice: it is kept. */
export async function switchLanguage(chosen) {
  try {
    localStorage.setItem(storedAs, chosen);
  } catch {
    // It holds until the next load, then.
  }
  await speak(chosen);
}

export const currentLanguage = () => language;
export const hasWords = key => Object.hasOwn(table, key);

/**
 * @param {string} key
 * @param {Record<string, string | number>} [params] what stands for {name} in the words; `count` chooses the plural
 */
export function say(key, params = {}) {
  const entry = hasWords(key) ? table[key] : key;
  const text = typeof entry === 'string' ? entry : entry[new Intl.PluralRules(language).select(params.count)] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(params[name] ?? ''));
}

/** @type {Map<string, Intl.DisplayNames>} */
const countries = new Map();

/** A country by its two letters; empty for what is none. */
export function regionWords(code) {
  if (!/^[A-Z]{2}$/.test(code ?? '')) return '';
  if (!countries.has(language)) countries.set(language, new Intl.DisplayNames([languages[language].locale], {type: 'region'}));
  return countries.get(language).of(code) ?? code;
}

// ---- words on the page, which stay true when the language changes ----

/** What each element says, by attribute; '' is its text. @type {WeakMap<Element, Map<string, () => string>>} */
const sayings = new WeakMap();

/**
 * Writes words as an element's text, or as one of its attributes.
 * @param {Element} node
 * @param {string | (() => string)} words a key of the table, or what makes the text from it
 */
export function put(node, words, attribute = '') {
  const said = typeof words === 'function' ? words : () => say(words);
  if (!sayings.has(node)) sayings.set(node, new Map());
  sayings.get(node).set(attribute, said);
  if (attribute === '') node.removeAttribute('data-words');
  node.setAttribute('data-said', '');
  write(node, attribute, said());
}

function write(node, attribute, text) {
  // A live region speaks whenever its text is set, also to what it was.
  if (attribute === '') {
    if (node.textContent !== text) node.textContent = text;
  } else if (node.getAttribute(attribute) !== text) node.setAttribute(attribute, text);
}

const attributes = ['aria-label', 'placeholder', 'title'];

/** In HTML `data-words` names the key of an element's text, and `data-words-title` and the like those of its attributes. */
export function fillIn(root) {
  for (const node of root.querySelectorAll('[data-words]')) write(node, '', say(node.dataset.words));
  for (const attribute of attributes) {
    for (const node of root.querySelectorAll(`[data-words-${attribute}]`)) write(node, attribute, say(node.getAttribute(`data-words-${attribute}`)));
  }
  for (const node of root.querySelectorAll('[data-said]')) {
    for (const [attribute, said] of sayings.get(node) ?? []) write(node, attribute, said());
  }
}

// ---- times ----

const format = (date, options) => new Intl.DateTimeFormat(languages[language].locale, options).format(date);

export const timeWords = date => format(date, {hour: '2-digit', minute: '2-digit'});
export const momentWords = date => format(date, {day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit'});

/** 2019-03-14 as "March 2019"; anything else as it is. */
export function monthWords(text) {
  const date = /^\d{4}-\d\d-\d\d$/.test(text ?? '') ? new Date(`${text}T00:00:00Z`) : null;
  return date && !Number.isNaN(date.getTime()) ? format(date, {year: 'numeric', month: 'long', timeZone: 'UTC'}) : text;
}

/** Seconds as a clock counts them: 0:07, 12:34, 1:02:03. */
export function clockWords(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = value => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}
