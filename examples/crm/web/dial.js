// The dial form: one click, one request, one outcome on screen.
import {outcomeOf} from '/flexcrm/js/dials.js';
import {parseNumber} from './phone.js';
import {outcomeWords} from './refusals.js';
import {put, say} from './words.js';

const icons = {none: 'phone', placing: 'wait', placed: 'done', refused: 'stop', notice: 'stop', unknown: 'ask'};

/** How long a dial may wait for Flex before it is dropped. */
const lifetimeMs = 10000;

export class Dialler {
  #parts;
  #send;
  #record;
  /** Why nothing can be dialled now, in words. @type {(() => string) | null} */
  #blocked = () => say('blocked.connecting');
  #open = null;
  /** Whom the newest call went to. */
  #placed = null;
  #suggested = '';
  /** Whose number that is, for the call's own record. @type {string | undefined} */
  #contactId;

  /**
   * @param {object} options
   * @param {{form, field, button, reason, outcome, outcomeText, outcomeIcon}} options.parts
   * @param {(params: object) => Promise<{result?: object, error?: object}>} options.send never rejects
   * @param {(words: () => string) => void} options.record keeps a line in the session's history
   */
  constructor({parts, send, record}) {
    this.#parts = parts;
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
    parts.field.addEventListener('input', () => parts.field.removeAttribute('aria-invalid'));
    this.#showBlocked();
  }

  /** @param {(() => string) | null} reason why nothing can be dialled now, in words; null when it can */
  block(reason) {
    this.#blocked = reason;
    this.#showBlocked();
  }

  /** Puts the selected customer's number into the field. @param {string} number @param {string} [contactId] whose it is */
  suggest(number, contactId) {
    this.#parts.field.value = this.#suggested = number;
    this.#contactId = contactId;
    this.#parts.field.removeAttribute('aria-invalid');
  }

  /** Takes a suggested number away again; what the agent typed stays. */
  withdraw() {
    if (this.#suggested !== '' && this.#parts.field.value === this.#suggested) this.#parts.field.value = '';
    this.#suggested = '';
  }

  /** A click on somebody's number: shows it in the field and dials it. */
  call(number, contactId) {
    if (this.#open === null) this.suggest(number, contactId);
    return this.dial(number);
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
    const {destination, problem, shown} = parseNumber(text);
    if (problem !== undefined) {
      this.#parts.field.setAttribute('aria-invalid', 'true');
      this.#show('notice', () => say('dial.nothing', {why: say(problem, {shown})}));
      return;
    }

    this.#open = destination;
    this.#show('placing', () => say('dial.placing', {number: destination}));
    const customer = destination === this.#suggested && this.#contactId ? {id: this.#contactId, type: 'contact'} : undefined;
    const answer = await this.#send({destination, dialId: crypto.randomUUID(), lifetimeMs, customer});
    this.#open = null;
    const outcome = outcomeOf(answer);
    const words = () => outcomeWords(outcome, answer.error, destination);
    this.#placed = outcome === 'placed' ? destination : null;
    this.#show(outcome === 'placed' || outcome === 'unknown' ? outcome : 'refused', words);
    this.#record(words);
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
