// One part of the desk at a time, where there is no room for all of them. The frame of Flex stays where it is: a frame
// that is moved or taken out would load anew, and lose its calls.

export class Navigation {
  #buttons;

  /** @param {HTMLElement} bar */
  constructor(bar) {
    this.#buttons = [...bar.querySelectorAll('button[data-view]')];
    for (const button of this.#buttons) button.addEventListener('click', () => this.show(button.dataset.view));
    this.show('customer');
  }

  /** @param {'contacts' | 'customer' | 'call' | 'flex'} view */
  show(view) {
    document.body.dataset.view = view;
    for (const button of this.#buttons) {
      if (button.dataset.view === view) button.setAttribute('aria-current', 'page');
      else button.removeAttribute('aria-current');
    }
  }
}
