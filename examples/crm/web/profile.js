// The customer card. Text arrives from callers and other systems: it is only ever set as text,
// and a picture only ever comes from this page's own origin.
import {numberElement} from './phone.js';

const placeholder = '/portraits/unknown.svg';

/** The address of a picture if it is this origin's own, else the placeholder's. */
export function pictureSource(source) {
  if (typeof source !== 'string' || source === '') return placeholder;
  try {
    const url = new URL(source, location.href);
    return url.origin === location.origin ? url.pathname + url.search : placeholder;
  } catch {
    return placeholder;
  }
}

const month = new Intl.DateTimeFormat('en', {year: 'numeric', month: 'long', timeZone: 'UTC'});

function since(text) {
  const date = /^\d{4}-\d\d-\d\d$/.test(text ?? '') ? new Date(`${text}T00:00:00Z`) : null;
  return date && !Number.isNaN(date.getTime()) ? month.format(date) : text;
}

export class Profile {
  #root;
  #part = id => this.#root.querySelector(`#${id}`);

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    const image = this.#part('img');
    image.addEventListener('error', () => {
      if (!image.hidden && image.getAttribute('src') !== placeholder) image.src = placeholder;
    });
  }

  clear() {
    this.#fill('empty', {});
  }

  /** @param {object} contact  @param {string} source where the profile came from, in words */
  showCustomer(contact, source) {
    this.#fill('customer', {
      source,
      name: `${contact.firstName} ${contact.lastName}`,
      picture: pictureSource(contact.portrait),
      role: [contact.title, contact.company].filter(Boolean).join(', '),
      number: contact.phone,
      fields: [
        ['City', contact.city], ['Customer since', since(contact.since)],
        ['Email', contact.email], ['Customer number', contact.id],
      ],
      note: contact.note,
    });
  }

  /** @param {string | null} number */
  showUnknown(number, source) {
    this.#fill('unknown', {
      source,
      name: 'Unknown customer',
      picture: placeholder,
      role: number ? 'Nobody in the contact list has this number.' : 'The call came without a number.',
      number,
    });
  }

  showAccount({firstName, lastName, portrait}, source) {
    this.#fill('account', {
      source,
      name: [firstName, lastName].filter(Boolean).join(' '),
      picture: pictureSource(portrait),
      role: 'Sent along with the call; not in the contact list.',
    });
  }

  #fill(state, {source = '', name = '', picture = null, role = '', number = null, fields = [], note = ''}) {
    this.#root.dataset.state = state;
    this.#part('profile-source').textContent = source;
    this.#part('name').textContent = name;
    this.#part('profile-role').textContent = role;
    this.#part('profile-note').textContent = note ?? '';
    this.#part('profile-number').replaceChildren(...(number ? [numberElement(number)] : []));

    const image = this.#part('img');
    image.hidden = picture === null;
    if (picture === null) image.removeAttribute('src');
    else image.src = picture;
    image.alt = picture === null || state === 'unknown' ? '' : `Portrait of ${name}`;

    this.#part('profile-fields').replaceChildren(...fields.filter(([, value]) => value).map(([label, value]) => {
      const pair = document.createElement('div');
      const term = document.createElement('dt');
      const detail = document.createElement('dd');
      term.textContent = label;
      detail.textContent = value;
      pair.append(term, detail);
      return pair;
    }));
  }
}
