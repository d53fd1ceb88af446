// The two dialogs around a contact: a new one, and whose call this is.
import {createContact} from './api.js';
import {ContactList, contactRow} from './contacts.js';
import {NumberField, problemWords} from './number_field.js';
import {hasWords, put, say} from './words.js';

/** Closes by its buttons; Escape is the element's own. A click beside it would lose what was typed. */
function closable(dialog) {
  for (const button of dialog.querySelectorAll('[data-close]')) button.addEventListener('click', () => dialog.close());
}

export class NewContact {
  #dialog;
  #form;
  #status;
  #number;
  #home;
  #created = () => {};
  #busy = false;

  /** @param {HTMLDialogElement} dialog @param {() => string} home the agent's country */
  constructor(dialog, home) {
    this.#dialog = dialog;
    this.#home = home;
    this.#form = dialog.querySelector('form');
    const {phone: field, region} = this.#form.elements;
    this.#number = new NumberField({parts: {field, region, preview: dialog.querySelector('.preview')}, words: 'number.is'});
    this.#status = dialog.querySelector('.form-status');
    closable(dialog);
    this.#form.addEventListener('input', event => event.target.removeAttribute('aria-invalid'));
    this.#form.addEventListener('submit', event => {
      event.preventDefault();
      void this.#save();
    });
  }

  /** @param {string[]} regions countries to choose from */
  offer(regions) {
    this.#number.offer(regions);
  }

  /** @param {{firstName?: string, lastName?: string, phone?: string}} known @param {(contact: object) => void} created */
  open({phone = '', ...known}, created) {
    this.#created = created;
    this.#form.reset();
    this.#number.set(phone, this.#home());
    for (const field of this.#form.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
    for (const [name, value] of Object.entries(known)) this.#form.elements[name].value = value ?? '';
    this.#say('', () => '');
    this.#dialog.showModal();
    this.#form.elements.firstName.focus();
  }

  async #save() {
    if (this.#busy) return;
    const contact = Object.fromEntries([...new FormData(this.#form)].map(([name, value]) => [name, value.trim()]));
    const unnamed = ['firstName', 'lastName'].find(name => contact[name] === '');
    if (unnamed) return this.#object(unnamed, 'contact.required');
    if (contact.phone === '') return this.#object('phone', 'number.empty');
    this.#busy = true;
    this.#say('busy', 'contact.saving');
    const {ok, status, data} = await createContact(contact);
    this.#busy = false;
    if (ok) {
      this.#dialog.close();
      this.#created(data.contact);
    } else if (data.field === 'phone' && hasWords(`number.${data.error}`)) {
      this.#object('phone', () => problemWords(data.error, contact.phone, contact.region));
    } else if (status === 400 && this.#form.elements[data.field]) {
      const field = this.#form.elements[data.field];
      const label = () => this.#form.querySelector(`label[for="${field.id}"]`).textContent;
      this.#object(data.field, () => say('contact.wrong_field', {field: label()}));
    } else this.#say('bad', 'contact.not_saved');
  }

  #object(name, words) {
    const field = this.#form.elements[name];
    field.setAttribute('aria-invalid', 'true');
    this.#say('bad', words);
    field.focus();
  }

  #say(kind, words) {
    this.#status.dataset.kind = kind;
    put(this.#status, words);
  }
}

export class ChooseContact {
  #dialog;
  #list;
  #chosen = () => {};

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    closable(dialog);
    const part = name => dialog.querySelector(name);
    this.#list = new ContactList({
      parts: {field: part('input'), list: part('ul'), count: part('.count'), note: part('.list-note')},
      row: contact => contactRow(contact, one => {
        dialog.close();
        this.#chosen(one);
      }),
    });
  }

  /** @param {(contact: object) => void} chosen */
  open(chosen) {
    this.#chosen = chosen;
    this.#dialog.showModal();
    void this.#list.search('');
    this.#dialog.querySelector('input').focus();
  }
}
