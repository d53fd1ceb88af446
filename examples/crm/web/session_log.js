// What happened since the page was loaded, newest first.
import {make} from './dom.js';
import {timeWords} from './words.js';

const most = 50;

export class SessionLog {
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** @param {() => string} words */
  record(words) {
    this.#list.querySelector('.history-empty')?.remove();
    const now = new Date();
    this.#list.prepend(make('li', {}, make('time', {datetime: now.toISOString(), words: () => timeWords(now)}), make('span', {words})));
    while (this.#list.children.length > most) this.#list.lastElementChild.remove();
  }
}
