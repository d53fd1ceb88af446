// Elements, made and found. Text goes in as text, never as markup.
import {put} from './words.js';

export const element = id => document.getElementById(id);

/**
 * @param {string} tag
 * @param {{words?: string | (() => string), [attribute: string]: any}} [attributes] `words` stay true when the language
 *   changes; true and false set and leave out an attribute
 * @param {...(Node | string)} children
 */
export function make(tag, {words, ...attributes} = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  if (words !== undefined) put(node, words);
  node.append(...children);
  return node;
}

/** A picture of the sheet at the beginning of the page. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  return svg;
}

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

/** A portrait, which may not be there. */
export function portrait(size) {
  const image = make('img', {alt: '', width: size, height: size});
  image.addEventListener('error', () => {
    if (image.getAttribute('src') !== placeholder && image.hasAttribute('src')) image.src = placeholder;
  });
  return image;
}

/**
 * Lets the arrow keys go through the buttons of a list, and Escape back to where one came from.
 * @param {HTMLElement} list @param {string} buttons selector @param {HTMLElement} field in front of the list
 * @param {() => Promise<void>} settled the list is as the field wants it
 */
export function walkable(list, buttons, field, settled) {
  const go = step => {
    const all = [...list.querySelectorAll(buttons)];
    const here = all.indexOf(document.activeElement);
    const next = here + step;
    (next < 0 ? field : all[Math.min(next, all.length - 1)])?.focus();
  };
  field.addEventListener('keydown', event => {
    const act = {ArrowDown: 'focus', Enter: 'click'}[event.key];
    if (act === undefined || event.isComposing) return;
    event.preventDefault();
    void settled().then(() => list.querySelector(buttons)?.[act]());
  });
  list.addEventListener('keydown', event => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      field.focus();
    }
    if (!event.target.matches(buttons)) return;
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    const all = {Home: 0, End: -1}[event.key];
    if (step !== undefined) go(step);
    else if (all !== undefined) [...list.querySelectorAll(buttons)].at(all)?.focus();
    else return;
    event.preventDefault();
  });
}
