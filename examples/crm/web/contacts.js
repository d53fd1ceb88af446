// Lists of contacts that are searched as one types: the one of the desk, and the one that links a call to somebody.
import {searchContacts} from './api.js';
import {make, pictureSource, portrait, walkable} from './dom.js';
import {learnNumbers, numberElement, shownNumber} from './phone.js';
import {put, say} from './words.js';

const pauseMs = 150;

export const nameOf = ({firstName, lastName}) => [firstName, lastName].filter(Boolean).join(' ');

export class ContactList {
  #parts;
  #row;
  /** Runs while somebody types. */
  #timer;
  #loading = Promise.resolve();
  /** Counts searches: an answer that is older than the newest search is dropped. */
  #turn = 0;
  #shown = null;

  /**
   * @param {object} options
   * @param {{field: HTMLInputElement, list: HTMLElement, count: HTMLElement, note: HTMLElement}} options.parts
   *   note: what is said in place of a list without contacts
   * @param {(contact: object) => HTMLElement} options.row
   */
  constructor({parts, row}) {
    this.#parts = parts;
    this.#row = row;
    walkable(parts.list, '.contact-open', parts.field, () => (this.#timer === undefined ? this.#loading : this.load()));
    parts.field.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.load(), pauseMs);
    });
    parts.field.addEventListener('keydown', event => {
      if (event.key !== 'Escape' || parts.field.value === '') return;
      event.preventDefault();
      event.stopPropagation();
      this.search('');
    });
  }

  search(text) {
    this.#parts.field.value = text;
    return this.load();
  }

  /** Asks for what the field says. */
  load() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#loading = this.#load();
    return this.#loading;
  }

  async #load() {
    const turn = ++this.#turn;
    const text = this.#parts.field.value.trim();
    const {ok, data} = await searchContacts(text);
    if (ok) await learnNumbers(data.contacts.map(({phone}) => phone));
    if (turn !== this.#turn) return;
    this.#parts.list.dataset.search = text;
    if (!ok) return this.#fail();
    const {contacts, total} = data;
    const count = contacts.length;
    const focused = this.#parts.list.contains(document.activeElement);
    this.#parts.list.replaceChildren(...contacts.map(this.#row));
    if (focused) (this.#parts.list.querySelector('.contact-open') ?? this.#parts.field).focus();
    this.mark(this.#shown);
    put(this.#parts.count, () => {
      if (count < total) return say('contacts.some', {count, total});
      return say(text === '' ? 'contacts.count' : 'contacts.matches', {count});
    });
    this.#parts.note.hidden = contacts.length > 0;
    if (contacts.length === 0) {
      this.#parts.note.replaceChildren(make('span', {words: () => (text === '' ? say('contacts.empty') : say('contacts.none', {text}))}));
    }
  }

  /** Marks the contact whose profile is on screen. */
  mark(id) {
    this.#shown = id;
    for (const item of this.#parts.list.children) {
      const isShown = id !== null && item.dataset.contact === id;
      item.toggleAttribute('data-shown', isShown);
      if (isShown) item.querySelector('.contact-open').setAttribute('aria-current', 'true');
      else item.querySelector('.contact-open').removeAttribute('aria-current');
    }
  }

  #fail() {
    const again = make('button', {type: 'button', class: 'quiet', words: 'contacts.retry'});
    again.addEventListener('click', () => void this.load());
    this.#parts.list.replaceChildren();
    put(this.#parts.count, () => '');
    this.#parts.note.hidden = false;
    this.#parts.note.replaceChildren(make('span', {words: 'contacts.failed'}), again);
  }
}

/**
 * A contact in a list: who it is, and one control that calls.
 * @param {object} contact @param {(contact: object) => void} open @param {(contact: object) => void} [dial]
 */
export function contactRow(contact, open, dial) {
  const name = nameOf(contact);
  const picture = portrait(38);
  picture.src = pictureSource(contact.portrait);
  const show = make('button', {type: 'button', class: 'contact-open'},
    make('span', {class: 'contact-name', words: () => name}), make('span', {class: 'contact-company', words: () => contact.company || contact.city || ''}));
  show.addEventListener('click', () => open(contact));
  const item = make('li', {class: 'contact', 'data-contact': contact.id}, picture, show);
  if (dial && contact.phone) {
    const call = make('button', {type: 'button', class: 'contact-dial', 'data-number': contact.phone}, numberElement(contact.phone));
    put(call, () => say('contacts.call', {name, number: shownNumber(contact.phone)}), 'aria-label');
    call.addEventListener('click', () => dial(contact));
    item.append(call);
  }
  return item;
}
