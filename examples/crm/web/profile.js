// The customer card. Text arrives from callers and other systems: it is only ever set as text,
// and a picture only ever comes from this page's own origin.
import {showCalls} from './call_history.js';
import {contactRow, nameOf} from './contacts.js';
import {make, pictureSource} from './dom.js';
import {numberElement} from './phone.js';
import {monthWords, put, say} from './words.js';

const placeholder = pictureSource('');

export class Profile {
  #root;
  #actions;
  #part = id => this.#root.querySelector(`#${id}`);

  /**
   * @param {HTMLElement} root
   * @param {{add: (known: object) => void, link: () => void, choose: (contact: object) => void}} actions for callers who are not
   *   one contact: add one, link the call to one, choose among several
   */
  constructor(root, actions) {
    this.#root = root;
    this.#actions = actions;
    const image = this.#part('img');
    image.addEventListener('error', () => {
      if (!image.hidden && image.getAttribute('src') !== placeholder) image.src = placeholder;
    });
  }

  clear() {
    this.#fill('empty', {});
  }

  /** @param {object} contact  @param {string} source where the profile came from: the key of the words */
  showCustomer(contact, source) {
    this.#fill('customer', {
      source,
      name: () => nameOf(contact),
      picture: pictureSource(contact.portrait),
      role: () => [contact.title, contact.company].filter(Boolean).join(', '),
      number: contact.phone,
      fields: [
        ['profile.city', contact.city], ['profile.since', contact.since, monthWords],
        ['profile.email', contact.email], ['profile.id', contact.id],
      ],
      note: contact.note,
    });
  }

  /** @param {object[] | null} calls of the contact that is shown */
  showCalls(calls) {
    showCalls(this.#part('contact-calls'), calls);
  }

  /** @param {string | null} number */
  showUnknown(number, source) {
    this.#fill('unknown', {
      source,
      name: 'profile.unknown',
      picture: placeholder,
      role: number ? 'profile.unknown_number' : 'profile.no_number',
      number,
      add: {phone: number ?? ''},
    });
  }

  showAccount({firstName, lastName, portrait, number = null}, source) {
    this.#fill('account', {
      source,
      name: () => [firstName, lastName].filter(Boolean).join(' '),
      picture: pictureSource(portrait),
      role: 'profile.account',
      add: {firstName, lastName, phone: number ?? ''},
    });
  }

  /** @param {string} number @param {object[]} contacts who have it */
  showSeveral(number, contacts, source) {
    this.#fill('several', {
      source,
      name: () => say('profile.several', {count: contacts.length}),
      picture: placeholder,
      role: 'profile.several_hint',
      number,
      choices: contacts,
      add: {phone: number},
    });
  }

  #fill(state, {source, name = () => '', picture = null, role = () => '', number = null, fields = [], note = '', choices = [], add}) {
    this.#root.dataset.state = state;
    put(this.#part('profile-source'), source ?? (() => ''));
    put(this.#part('name'), name);
    put(this.#part('profile-role'), role);
    this.#part('profile-note').textContent = note ?? '';
    this.#part('profile-number').replaceChildren(...(number ? [numberElement(number)] : []));

    const image = this.#part('img');
    image.hidden = picture === null;
    if (picture === null) image.removeAttribute('src');
    else image.src = picture;
    const isPortrait = state === 'customer' || state === 'account';
    image.alt = '';
    if (isPortrait) put(image, () => say('profile.portrait', {name: this.#part('name').textContent}), 'alt');
    else put(image, () => '', 'alt');

    this.#part('profile-fields').replaceChildren(...fields.filter(([, value]) => value).map(([label, value, words = text => text]) =>
      make('div', {}, make('dt', {words: label}), make('dd', {words: () => words(value)}))));
    this.#part('profile-choices').replaceChildren(...choices.map(contact => contactRow(contact, this.#actions.choose)));
    this.#part('profile-actions').replaceChildren(...(add ? this.#buttons(add) : []));
    this.#part('profile-calls').hidden = state !== 'customer';
    this.#part('contact-calls').replaceChildren();
  }

  #buttons(known) {
    const add = make('button', {type: 'button', class: 'primary', id: 'profile-add', words: 'profile.add'});
    const link = make('button', {type: 'button', class: 'quiet', id: 'profile-link', words: 'profile.link'});
    add.addEventListener('click', () => this.#actions.add(known));
    link.addEventListener('click', () => this.#actions.link());
    return [add, link];
  }
}
