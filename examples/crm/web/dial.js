// The dial form: one click, one request, one outcome on screen.
import {outcomeOf} from '/flexcrm/js/dials.js';
import {parseNumber} from './phone.js';
import {outcomeWords} from './words.js';

const icons = {none: 'phone', placing: 'wait', placed: 'done', refused: 'stop', notice: 'stop', unknown: 'ask'};

/** How long a dial may wait for Flex before it is dropped. */
const lifetimeMs = 10000;

export class Dialler {
  #parts;
  #send;
  #record;
  #blocked = 'Connecting to the server.';
  #open = null;
  #suggested = '';

  /**
   * @param {object} options
   * @param {{form, field, button, reason, outcome, outcomeText, outcomeIcon}} options.parts
   * @param {(params: object) => Promise<{result?: object, error?: object}>} options.send never rejects
   * @param {(text: string) => void} options.record keeps a line in the session's history
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

  /** @param {string | null} reason why nothing can be dialled now, in words; null when it can */
  block(reason) {
    if (reason === this.#blocked) return;
    this.#blocked = reason;
    this.#showBlocked();
  }

  /** Puts the selected customer's number into the field. */
  suggest(number) {
    this.#parts.field.value = this.#suggested = number;
    this.#parts.field.removeAttribute('aria-invalid');
  }

  /** Takes a suggested number away again; what the agent typed stays. */
  withdraw() {
    if (this.#suggested !== '' && this.#parts.field.value === this.#suggested) this.#parts.field.value = '';
    this.#suggested = '';
  }

  /** A click on somebody's number: shows it in the field and dials it. */
  call(number) {
    if (this.#open === null) this.suggest(number);
    return this.dial(number);
  }

  async dial(text) {
    if (this.#open !== null) {
      this.#show('notice', `A call to ${this.#open} is already being placed.`);
      return;
    }
    if (this.#blocked !== null) {
      this.#show('notice', `Nothing dialled. ${this.#blocked}`);
      return;
    }
    const {destination, problem} = parseNumber(text);
    if (problem !== undefined) {
      this.#parts.field.setAttribute('aria-invalid', 'true');
      this.#show('notice', `Nothing dialled. ${problem}`);
      return;
    }

    this.#open = destination;
    this.#show('placing', `Placing a call to ${destination}…`);
    const answer = await this.#send({destination, dialId: crypto.randomUUID(), lifetimeMs});
    this.#open = null;
    const outcome = outcomeOf(answer);
    const words = outcomeWords(outcome, answer.error, destination);
    this.#show(outcome === 'placed' || outcome === 'unknown' ? outcome : 'refused', words);
    this.#record(words);
  }

  #showBlocked() {
    this.#parts.button.disabled = this.#blocked !== null;
    this.#parts.reason.textContent = this.#blocked ?? '';
  }

  #show(kind, text) {
    this.#parts.outcome.dataset.kind = kind;
    this.#parts.outcomeIcon.setAttribute('href', `#i-${icons[kind]}`);
    this.#parts.outcomeText.textContent = text;
  }
}
