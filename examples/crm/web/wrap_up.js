// What the agent writes down of a call: notes from its beginning, the outcome at its end. Saved first, then completed in
// Flex, and whatever fails is said where it was typed.
import {make} from './dom.js';
import {refusalWords} from './refusals.js';
import {put, hasWords, say} from './words.js';

/** As they are stored; the words are the language's. */
export const dispositions = ['resolved', 'call_back', 'voicemail', 'wrong_number', 'sold', 'other'];

const longestNotesBytes = 8192;

export function dispositionWords(disposition) {
  const key = `disposition.${disposition}`;
  return hasWords(key) ? say(key) : disposition;
}

export class WrapUp {
  element;
  #notes;
  #disposition;
  #outcome;
  #status;
  #submit;
  #discard;
  #do;
  #drafts;
  #taskSid;
  #revision = 0;
  /** What the server has, as the form would show it. */
  #saved = {notes: '', disposition: ''};
  #busy = false;
  /** notes: the call is live. complete: it is in wrap-up. save: Flex is done with it. */
  #stage = 'notes';

  /**
   * @param {object} options
   * @param {string} options.taskSid
   * @param {import('./drafts.js').Drafts} options.drafts
   * @param {(change: object) => Promise<{ok: boolean, status: number, data: any}>} options.save
   * @param {() => Promise<{error?: object}>} options.complete asks Flex
   * @param {() => void} options.done what was typed is saved, or discarded, and nothing more is to do here
   */
  constructor({taskSid, drafts, save, complete, done}) {
    this.#taskSid = taskSid;
    this.#drafts = drafts;
    this.#do = {save, complete, done};
    const id = name => `${name}-${taskSid}`;
    this.#notes = make('textarea', {id: id('notes'), rows: 3, class: 'wrap-notes', 'aria-describedby': id('wrap-status')});
    put(this.#notes, 'wrap.notes_hint', 'placeholder');
    this.#disposition = make('select', {id: id('disposition'), class: 'wrap-disposition', 'aria-describedby': id('wrap-status')},
      make('option', {value: '', words: 'wrap.choose'}),
      ...dispositions.map(value => make('option', {value, words: `disposition.${value}`})));
    this.#outcome = make('div', {class: 'wrap-outcome'}, make('label', {for: id('disposition'), words: 'wrap.disposition'}), this.#disposition);
    this.#status = make('p', {id: id('wrap-status'), class: 'wrap-status', role: 'status'});
    this.#submit = make('button', {type: 'submit', class: 'primary wrap-save'});
    this.#discard = make('button', {type: 'button', class: 'quiet wrap-discard', words: 'wrap.discard'});
    this.element = make('form', {class: 'wrap-up', novalidate: true},
      make('label', {for: id('notes'), words: 'wrap.notes'}), this.#notes, this.#outcome,
      make('div', {class: 'wrap-buttons'}, this.#submit, this.#discard, this.#status));

    const draft = drafts.get(taskSid);
    if (draft) this.#fill(draft);
    this.element.addEventListener('input', () => this.#typed());
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      void this.#finish();
    });
    this.#discard.addEventListener('click', () => {
      drafts.delete(taskSid);
      done();
    });
    this.#show(draft ? 'draft' : 'quiet', draft ? 'wrap.draft' : () => '');
  }

  get #typedNow() {
    return {notes: this.#notes.value, disposition: this.#disposition.value};
  }

  get isSaved() {
    const {notes, disposition} = this.#typedNow;
    return notes === this.#saved.notes && disposition === this.#saved.disposition;
  }

  /** @param {'notes' | 'complete' | 'save'} stage */
  setStage(stage) {
    if (stage === this.#stage && this.#submit.hasAttribute('data-said')) return;
    this.#stage = stage;
    this.#outcome.hidden = stage === 'notes';
    this.#submit.hidden = stage === 'notes';
    this.#discard.hidden = stage !== 'save';
    put(this.#submit, stage === 'complete' ? 'wrap.save_complete' : 'wrap.save');
    if (stage === 'save' && !this.#busy && !this.isSaved) this.#show('draft', 'wrap.unsaved');
  }

  /** The call as the server has it. */
  know({revision = 0, notes, disposition}) {
    const theirs = {notes: notes ?? '', disposition: disposition ?? ''};
    const changed = theirs.notes !== this.#saved.notes || theirs.disposition !== this.#saved.disposition;
    // What somebody else wrote while something is typed here: the agent is asked when it comes to saving.
    if (revision < this.#revision || (changed && !this.isSaved)) return;
    this.#revision = revision;
    this.#saved = theirs;
    if (changed) this.#fill(theirs);
  }

  #fill({notes, disposition}) {
    this.#notes.value = notes;
    // Another program may have written a word of its own.
    if (disposition !== '' && ![...this.#disposition.options].some(({value}) => value === disposition)) {
      this.#disposition.append(make('option', {value: disposition, words: () => disposition}));
    }
    this.#disposition.value = disposition;
  }

  #typed() {
    this.#disposition.removeAttribute('aria-invalid');
    this.#notes.removeAttribute('aria-invalid');
    this.#drafts.set(this.#taskSid, this.#typedNow);
    this.#show('draft', 'wrap.draft');
  }

  #show(kind, words) {
    this.#status.dataset.kind = kind;
    put(this.#status, words);
  }

  async #finish() {
    if (this.#busy || this.#stage === 'notes') return;
    const {notes, disposition} = this.#typedNow;
    if (new TextEncoder().encode(notes).length > longestNotesBytes) return this.#object(this.#notes, 'wrap.too_long');
    if (disposition === '' && this.#stage === 'complete') return this.#object(this.#disposition, 'wrap.need_disposition');
    this.#setBusy(true);
    const saved = (this.isSaved && this.#revision > 0) || await this.#save({notes, disposition});
    if (saved && this.#stage === 'complete') await this.#complete();
    this.#setBusy(false);
    if (saved && this.#stage === 'save' && this.isSaved) this.#do.done();
  }

  #object(field, words) {
    field.setAttribute('aria-invalid', 'true');
    this.#show('bad', words);
    field.focus();
  }

  async #save({notes, disposition}) {
    this.#show('busy', 'wrap.saving');
    const {ok, status, data} = await this.#do.save({revision: this.#revision + 1, notes, disposition});
    if (ok) {
      this.#revision = data.call?.revision ?? this.#revision + 1;
      this.#saved = {notes, disposition};
      // What was typed while it was on its way is a draft still.
      if (this.isSaved) this.#drafts.delete(this.#taskSid);
      this.#show('good', 'wrap.saved');
    } else if (status === 409) {
      const theirs = data.call ?? {};
      this.#revision = Math.max(this.#revision, theirs.revision ?? 0);
      const told = () => [theirs.disposition && dispositionWords(theirs.disposition), theirs.notes || say('wrap.empty')].filter(Boolean).join(' · ');
      this.#show('bad', () => say('wrap.conflict', {theirs: told()}));
    } else if (status === 0 || status >= 500) this.#show('bad', 'wrap.failed');
    else if (status === 404) this.#show('bad', 'wrap.not_found');
    else this.#show('bad', () => say('wrap.refused', {code: status}));
    return ok;
  }

  async #complete() {
    this.#show('busy', 'wrap.completing');
    const {error} = await this.#do.complete();
    // A task that is gone is as complete as it can be.
    if (error && error.detail !== 'task_missing') this.#show('bad', () => say('wrap.not_completed', {why: refusalWords(error)}));
    else this.#show('good', 'wrap.saved');
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.#submit.toggleAttribute('aria-busy', busy);
    this.#submit.setAttribute('aria-disabled', String(busy));
  }
}
