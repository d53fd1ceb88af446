// The contact list: who they are, and one control that calls them.
import {numberElement} from './phone.js';
import {pictureSource} from './profile.js';

/**
 * @param {{list: HTMLElement, count: HTMLElement, open: (contact: object) => void, dial: (number: string) => void}} parts
 */
export function showContacts(contacts, {list, count, open, dial}) {
  count.textContent = `${contacts.length}`;
  list.replaceChildren(...contacts.map(contact => row(contact, open, dial)));
}

/** Marks the contact whose profile is on screen. */
export function markContact(list, id) {
  for (const item of list.children) item.toggleAttribute('data-shown', id !== null && item.dataset.contact === id);
}

function row(contact, open, dial) {
  const name = `${contact.firstName} ${contact.lastName}`;
  const item = document.createElement('li');
  item.className = 'contact';
  item.dataset.contact = contact.id;

  const picture = document.createElement('img');
  picture.src = pictureSource(contact.portrait);
  picture.alt = '';
  picture.width = picture.height = 38;

  const show = document.createElement('button');
  show.type = 'button';
  show.className = 'contact-open';
  for (const [className, text] of [['contact-name', name], ['contact-company', contact.company]]) {
    const line = document.createElement('span');
    line.className = className;
    line.textContent = text;
    show.append(line);
  }
  show.addEventListener('click', () => open(contact));

  const call = document.createElement('button');
  call.type = 'button';
  call.className = 'contact-dial';
  call.dataset.number = contact.phone;
  call.setAttribute('aria-label', `Call ${name}, ${contact.phone}`);
  call.append(numberElement(contact.phone));
  call.addEventListener('click', () => dial(contact.phone));

  item.append(picture, show, call);
  return item;
}
