// The dial form: one click, one request, one outcome on screen. What is dialled is always E.164.
import {outcomeOf} from '/flexcrm/js/dials.js';
import {problemWords} from './number_field.js';
import {learnNumbers, regionOf, shownNumber} from './phone.js';
import {outcomeWords} from './refusals.js';
import {put, say} from './words.js';

const icons = {none: 'phone', placing: 'wait', placed: 'done', refused: 'stop', notice: 'stop', unknown: 'ask'};

/** How long a dial may wait for Flex before it is dropped. */
const lifetimeMs = 10000;

export class Dialler {
  #parts;
  #number;
  #send;
  #record;
  /** Why nothing can be dialled now, in words. @type {(() => string) | null} */
  #blocked = () => say('blocked.connecting');
  #open = null;
  /** Whom the newest call went to. */
  #placed = null;
  /**
   * What was put into the field, with which country, and the number that both stand for.
   * @type {{text: string, region: string, number: string, contactId?: string} | null}
   */
  #suggested = null;

  /**
   * @param {object} options
   * @param {{form, field, button, reason, outcome, outcomeText, outcomeIcon}} options.parts
   * @param {import('./number_field.js').NumberField} options.number around the field
   * @param {(params: object) => Promise<{result?: object, error?: object}>} options.send never rejects
   * @param {(words: () => string) => void} options.record keeps a line in the session's history
   */
  constructor({parts, number, send, record}) {
    this.#parts = parts;
    this.#number = number;
    this.#send = send;
    this.#record = record;
    // Enter in the field and the button both arrive here, and only once: the form submits.
    parts.form.addEventListener('submit', event => {
      event.preventDefault();
      this.dial(parts.field.value);
    });
    // A form whose submit button is disabled does not submit; Enter still deserves an answer.
    parts.field.addEventListener('keydown', event => {
      if (event.key === 'Enter' && parts.button.disabled && !event.isComposing) this.dial(parts.field.value);
    });
    this.#showBlocked();
  }

  /** @param {(() => string) | null} reason why nothing can be dialled now, in words; null when it can */
  block(reason) {
    this.#blocked = reason;
    this.#showBlocked();
  }

  /**
   * Puts the selected customer's number into the field, as it is shown elsewhere.
   * @param {string} number @param {{contactId?: string, region?: string}} [whose] region: where they write their numbers
   */
  async suggest(number, {contactId, region} = {}) {
    const put = () => {
      const text = shownNumber(number);
      this.#number.set(text, region || regionOf(number));
      this.#suggested = {text, region: this.#number.region, number, contactId};
    };
    put();
    if (this.#suggested.text !== number) return;
    const mine = this.#suggested;
    await learnNumbers([number]);
    // Somebody may have typed meanwhile, or chosen another.
    if (this.#suggested === mine && this.#number.text === number && shownNumber(number) !== number) put();
  }

  /** Takes a suggested number away again; what the agent typed stays. @param {string} region whose numbers are typed now */
  withdraw(region) {
    if (this.#suggested !== null && this.#number.text === this.#suggested.text) this.#number.set('', region);
    this.#suggested = null;
  }

  /** A click on somebody's number: shows it in the field and dials it. */
  call(number, whose) {
    if (this.#open === null) void this.suggest(number, whose);
    return this.dial(this.#open === null ? this.#number.text : number);
  }

  async dial(text) {
    if (this.#open !== null) {
      const number = this.#open;
      this.#show('notice', () => say('dial.pending', {number}));
      return;
    }
    if (this.#blocked !== null) {
      const blocked = this.#blocked;
      this.#show('notice', () => say('dial.nothing', {why: blocked()}));
      return;
    }
    this.#open = text;
    // The same digits with another country are another number.
    const isSuggested = text === this.#suggested?.text && this.#number.region === this.#suggested.region;
    const destination = isSuggested ? this.#suggested.number : await this.#resolve(text);
    if (destination === null) {
      this.#open = null;
      return;
    }

    this.#open = destination;
    this.#show('placing', () => say('dial.placing', {number: destination}));
    const contactId = destination === this.#suggested?.number ? this.#suggested.contactId : undefined;
    const customer = contactId ? {id: contactId, type: 'contact'} : undefined;
    const answer = await this.#send({destination, dialId: crypto.randomUUID(), lifetimeMs, customer});
    this.#open = null;
    const outcome = outcomeOf(answer);
    const words = () => outcomeWords(outcome, answer.error, destination);
    this.#placed = outcome === 'placed' ? destination : null;
    this.#show(outcome === 'placed' || outcome === 'unknown' ? outcome : 'refused', words);
    this.#record(words);
  }

  /** What somebody typed, as E.164. The server writes down what is none. @returns {Promise<string | null>} null: nothing to dial */
  async #resolve(text) {
    const {region} = this.#number;
    const nothing = why => {
      this.#number.object();
      this.#show('notice', () => say('dial.nothing', {why: why()}));
      return null;
    };
    if (text.trim() === '') return nothing(() => say('number.empty'));
    const reading = await this.#number.read({dial: true});
    if (reading === null) return nothing(() => say('number.not_asked'));
    if (reading.problem) return nothing(() => problemWords(reading.problem, text, region));
    return reading.number.e164;
  }

  /** The call that was placed came to nothing. @param {string} number @param {() => string} why */
  ended(number, why) {
    if (number !== this.#placed) return;
    this.#placed = null;
    this.#show('refused', () => say('dial.ended', {number, why: why()}));
  }

  #showBlocked() {
    this.#parts.button.disabled = this.#blocked !== null;
    put(this.#parts.reason, this.#blocked ?? (() => ''));
  }

  #show(kind, words) {
    this.#parts.outcome.dataset.kind = kind;
    this.#parts.outcomeIcon.setAttribute('href', `#i-${icons[kind]}`);
    put(this.#parts.outcomeText, words);
  }
}
