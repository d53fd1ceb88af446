// Whether the agent can take work: Flex says it, and is asked to change it.
import {activityWords} from './connection.js';
import {refusalWords} from './refusals.js';
import {put, say} from './words.js';

/** Longer than the plugin waits for the activity to become so: its answer says more than that time is over. */
const lifetimeMs = 12000;

export class Presence {
  #parts;
  #send;
  #blocked = null;
  #pending = null;
  #wasBlocked = false;

  /**
   * @param {object} options
   * @param {{menuButton: HTMLElement, activity: HTMLElement, choices: HTMLElement, status: HTMLElement}} options.parts
   *   choices: its buttons name an availability each
   * @param {(method: string, params: object) => Promise<{error?: object}>} options.send never rejects
   */
  constructor({parts, send}) {
    this.#parts = parts;
    this.#send = send;
    for (const button of this.#buttons) button.addEventListener('click', () => void this.#choose(button.dataset.availability));
  }

  get #buttons() {
    return this.#parts.choices.querySelectorAll('button[data-availability]');
  }

  /** @param {object | null} agent AgentChanged @param {import('./connection.js').Link} flex */
  show(agent, flex) {
    const availability = flex.blocked ? null : agent?.availability ?? null;
    this.#blocked = flex.blocked;
    put(this.#parts.activity, () => (flex.blocked ? flex.words() : activityWords(agent)));
    this.#parts.menuButton.dataset.availability = availability ?? 'unknown';
    for (const button of this.#buttons) {
      button.setAttribute('aria-pressed', String(button.dataset.availability === availability));
      button.setAttribute('aria-disabled', String(this.#blocked !== null || this.#pending !== null));
    }
    if (this.#blocked) this.#say('bad', this.#blocked);
    else if (this.#parts.status.dataset.kind === 'bad' && this.#wasBlocked) this.#say('', () => '');
    this.#wasBlocked = this.#blocked !== null;
  }

  async #choose(availability) {
    if (this.#blocked || this.#pending) return;
    this.#pending = availability;
    const button = [...this.#buttons].find(one => one.dataset.availability === availability);
    button.setAttribute('aria-busy', 'true');
    this.#say('busy', 'agent.setting');
    const {error} = await this.#send('SetAgentRequest', {availability, lifetimeMs});
    this.#pending = null;
    button.removeAttribute('aria-busy');
    for (const one of this.#buttons) one.setAttribute('aria-disabled', String(this.#blocked !== null));
    const why = () => (error.detail === 'no_effect' ? say('agent.no_effect') : refusalWords(error));
    if (error) this.#say('bad', () => say('agent.refused', {why: why()}));
    else this.#say('', () => '');
  }

  #say(kind, words) {
    this.#parts.status.dataset.kind = kind;
    put(this.#parts.status, words);
  }
}
