// What an agent typed about a call and has not saved yet: kept in the tab, so that a reload loses nothing.

/** @typedef {{notes: string, disposition: string}} Draft */

/** The tab's storage, or null: browsers may refuse it to a page in a frame of another site. Then a reload loses drafts. */
export function tabStorage() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

export class Drafts {
  #storage;
  #prefix;

  /** @param {Storage | null} storage @param {string} agent whose they are: two may use one tab, one after the other */
  constructor(storage, agent) {
    this.#storage = storage;
    this.#prefix = `feather.draft.${agent}.`;
  }

  /** @returns {Draft | null} */
  get(taskSid) {
    try {
      const {notes, disposition} = JSON.parse(this.#storage?.getItem(this.#prefix + taskSid) ?? null);
      return typeof notes === 'string' && typeof disposition === 'string' ? {notes, disposition} : null;
    } catch {
      return null;
    }
  }

  /** @param {Draft} draft one without a word is none */
  set(taskSid, {notes, disposition}) {
    if (notes === '' && disposition === '') return this.delete(taskSid);
    try {
      this.#storage?.setItem(this.#prefix + taskSid, JSON.stringify({notes, disposition}));
    } catch {
      // A full storage: the form has it still.
    }
  }

  delete(taskSid) {
    this.#storage?.removeItem(this.#prefix + taskSid);
  }

  get taskSids() {
    const keys = Array.from({length: this.#storage?.length ?? 0}, (_, index) => this.#storage.key(index));
    return keys.filter(key => key.startsWith(this.#prefix)).map(key => key.slice(this.#prefix.length));
  }
}
