// A field for a telephone number, the country it is written in, and what the server makes of the two while somebody types.
import {readNumber} from './api.js';
import {make} from './dom.js';
import {refusalWords} from './refusals.js';
import {hasWords, put, regionWords, say} from './words.js';

/** Somebody who types has stopped for so long. */
const pauseMs = 200;

/**
 * What the server says of a text: the number, and why it may not be called if so; or why it is none.
 * @typedef {object} Reading
 * @property {{e164: string, national: string, international: string, region: string, type: string, valid: boolean, extension: string}} [number]
 * @property {{reason: string, detail?: string, retryAfterMs?: number} | null} [refusal]
 * @property {string} [problem]
 */

/** Why a text is no number. @param {string} problem @param {string} text @param {string} region */
export function problemWords(problem, text, region) {
  const key = hasWords(`number.${problem}`) ? `number.${problem}` : 'number.no_number';
  return say(key, {shown: text.trim().slice(0, 40), region: region ? regionWords(region) : say('number.no_country')});
}

export class NumberField {
  #field;
  #region;
  #preview;
  #words;
  #timer;
  /** @type {AbortController | undefined} */
  #asking;

  /**
   * @param {object} options
   * @param {{field: HTMLInputElement, region: HTMLSelectElement, preview: HTMLElement}} options.parts
   * @param {string} options.words the key of what happens to the number, {number} in it
   */
  constructor({parts: {field, region, preview}, words}) {
    this.#field = field;
    this.#region = region;
    this.#preview = preview;
    this.#words = words;
    field.addEventListener('input', () => this.#changed(pauseMs));
    region.addEventListener('change', () => this.#changed(0));
  }

  /** @param {string[]} regions */
  offer(regions) {
    const named = regions.map(code => ({code, name: regionWords(code)})).sort((a, b) => a.name.localeCompare(b.name));
    this.#region.replaceChildren(make('option', {value: '', words: 'number.no_country'}),
      ...named.map(({code}) => make('option', {value: code, words: () => `${regionWords(code)} (${code})`})));
  }

  get text() {
    return this.#field.value;
  }

  get region() {
    return this.#region.value;
  }

  set region(code) {
    // A country that is not offered is as good as none.
    this.#region.value = code;
    if (this.#region.selectedIndex < 0) this.#region.value = '';
  }

  /** @param {string} text @param {string} [region] stays when it is not given */
  set(text, region) {
    this.#field.value = text;
    if (region !== undefined) this.region = region;
    this.#field.removeAttribute('aria-invalid');
    this.#changed(0);
  }

  object() {
    this.#field.setAttribute('aria-invalid', 'true');
  }

  /**
   * Asks the server. @param {{dial?: boolean, contactId?: string}} [more] dial: somebody pressed the button
   * @returns {Promise<Reading | null>} null: it could not be asked, or something newer was
   */
  async read(more = {}, signal) {
    const {ok, data} = await readNumber({text: this.text, region: this.region, ...more}, signal);
    return ok ? data : null;
  }

  #changed(pause) {
    this.#field.removeAttribute('aria-invalid');
    clearTimeout(this.#timer);
    this.#asking?.abort();
    // What is said of an older text would be wrong of this one.
    this.#show('', () => '');
    if (this.text.trim() === '') return;
    this.#timer = setTimeout(() => void this.#ask(), pause);
  }

  async #ask() {
    const asking = this.#asking = new AbortController();
    const {text, region} = this;
    const reading = await this.read({}, asking.signal);
    if (asking.signal.aborted || reading === null) return;
    const {number, refusal, problem} = reading;
    if (problem) return this.#show('problem', () => problemWords(problem, text, region));
    this.#show(refusal ? 'refused' : number.valid ? 'good' : 'odd', () => [
      refusal ? say('number.refused', {number: number.international, why: refusalWords(refusal, 'dial')}) : say(this.#words, {number: number.international}),
      [regionWords(number.region), hasWords(`number.type.${number.type}`) && say(`number.type.${number.type}`)].filter(Boolean).join(', '),
      !number.valid && say('number.not_in_use'),
      number.extension && say('number.with_extension', {extension: number.extension}),
    ].filter(Boolean).join(' · '));
  }

  #show(kind, words) {
    this.#preview.dataset.kind = kind;
    put(this.#preview, words);
  }
}
