// The agent's calls, one card each: what is so, since when, and what can be done about it.
import {endingKey, isOnCall} from './calls.js';
import {icon, make} from './dom.js';
import {numberElement, shownNumber} from './phone.js';
import {refusalWords} from './refusals.js';
import {clockWords, hasWords, put, say} from './words.js';
import {WrapUp} from './wrap_up.js';

/** How long Flex may take until what was asked is void. */
const lifetimeMs = 10000;

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/**
 * The buttons of a card. `shown` says for which calls; `off` why it cannot work now, or null; `asks` what goes to Flex,
 * and a button without it does something of the page's own.
 * @type {Record<string, {icon: string, look?: string, shown: (call: any) => boolean, off?: (call: any, now: any) => string | null,
 *   asks?: (call: any) => {method: string, action: string}}>}
 */
const controls = {
  reject: {icon: 'hangup', look: 'danger', shown: ({phase}) => phase === 'ringing', asks: () => ({method: 'TaskControlRequest', action: 'reject'})},
  accept: {
    icon: 'phone', look: 'good', shown: ({phase}) => phase === 'ringing', asks: () => ({method: 'TaskControlRequest', action: 'accept'}),
    off: (call, {live}) => (live ? 'call.why.busy' : null),
  },
  hold: {
    icon: 'pause', shown: isOnCall, off: notAnswered,
    asks: ({phase}) => ({method: 'CallControlRequest', action: phase === 'held' ? 'unhold' : 'hold'}),
  },
  mute: {icon: 'mic', shown: isOnCall, off: notAnswered, asks: ({muted}) => ({method: 'CallControlRequest', action: muted ? 'unmute' : 'mute'})},
  keypad: {icon: 'keypad', shown: isOnCall, off: call => notAnswered(call) ?? (call.phase === 'held' ? 'call.why.on_hold' : null)},
  hangup: {icon: 'hangup', look: 'danger', shown: isOnCall, asks: () => ({method: 'CallControlRequest', action: 'hangup'})},
};

function notAnswered({phase}) {
  return phase === 'connecting' || phase === 'dialing' ? 'call.why.not_answered' : null;
}

export class CallPanel {
  #list;
  #parts;
  /** @type {Map<string, Card>} */
  #cards = new Map();

  /**
   * @param {object} options
   * @param {HTMLElement} options.list
   * @param {HTMLElement} options.rest where the focus goes when the card that has it goes away
   * @param {import('./drafts.js').Drafts} options.drafts
   * @param {(method: string, params: object) => Promise<{result?: any, error?: any}>} options.send to Flex; never rejects
   * @param {(taskSid: string, change: object) => Promise<any>} options.save
   * @param {(taskSid: string) => void} options.open shows whose call it is
   * @param {(taskSid: string) => void} options.dismiss the agent does not need the card any more
   */
  constructor({list, rest, ...parts}) {
    this.#list = list;
    this.#parts = {...parts, rest};
    setInterval(() => this.#tick(), 1000);
  }

  /**
   * @param {import('./calls.js').Call[]} calls
   * @param {{live?: import('./calls.js').Call, unsure: boolean, blocked: (() => string) | null, nameOf: (call: any) => string, recordOf: (taskSid: string) => any}} now
   */
  show(calls, now) {
    const wanted = new Set(calls.map(({taskSid}) => taskSid));
    for (const [taskSid, card] of this.#cards) {
      if (wanted.has(taskSid)) continue;
      this.#cards.delete(taskSid);
      const hadFocus = card.element.contains(document.activeElement);
      card.element.remove();
      if (hadFocus) this.#parts.rest.focus();
    }
    for (const [index, call] of calls.entries()) {
      if (!this.#cards.has(call.taskSid)) this.#cards.set(call.taskSid, new Card(call.taskSid, this.#parts));
      const card = this.#cards.get(call.taskSid);
      // Moving a card would take the focus from it.
      if (this.#list.children[index] !== card.element) this.#list.insertBefore(card.element, this.#list.children[index] ?? null);
      card.show(call, now);
    }
    this.#list.hidden = calls.length === 0;
    this.#tick();
  }

  /** What a button of a card does, also where another one stands for it. */
  press(taskSid, control) {
    this.#cards.get(taskSid)?.press(control);
  }

  #tick() {
    for (const card of this.#cards.values()) card.tick();
  }
}

class Card {
  element;
  #parts;
  #call;
  #now;
  #wrapUp;
  #buttons = new Map();
  #pending = new Set();
  #keypadOpen = false;
  /** Tones go one after the other: they would not arrive in order otherwise. */
  #tones = Promise.resolve();
  #nodes;

  constructor(taskSid, parts) {
    this.#parts = parts;
    const id = name => `${name}-${taskSid}`;
    this.#wrapUp = new WrapUp({
      taskSid, drafts: parts.drafts,
      save: change => parts.save(taskSid, change),
      complete: () => parts.send('TaskControlRequest', {...this.#sids, action: 'complete', lifetimeMs}),
      done: () => parts.dismiss(taskSid),
    });
    const nodes = this.#nodes = {
      state: make('span', {class: 'call-state'}),
      muted: make('span', {class: 'call-flag', words: 'call.muted', hidden: true}),
      time: make('span', {class: 'call-time', role: 'timer'}),
      name: make('button', {type: 'button', class: 'call-name'}),
      number: make('p', {class: 'call-number'}),
      detail: make('p', {class: 'call-detail'}),
      why: make('p', {class: 'call-why', id: id('why')}),
      refusal: make('p', {class: 'call-refusal', role: 'status'}),
      sent: make('output', {class: 'keypad-sent'}),
      dismiss: make('button', {type: 'button', class: 'quiet call-dismiss', words: 'control.dismiss'}),
    };
    put(nodes.time, 'call.duration', 'aria-label');
    nodes.controls = make('div', {class: 'call-controls'}, ...Object.entries(controls).map(([name, {icon: picture, look = ''}]) => {
      const button = make('button', {type: 'button', class: `control ${look}`, 'data-control': name},
        icon(picture), make('span'));
      button.addEventListener('click', () => this.press(name));
      this.#buttons.set(name, button);
      return button;
    }));
    nodes.keypad = make('div', {class: 'keypad', id: id('keypad'), role: 'group', hidden: true}, ...keys.map(key => {
      const button = make('button', {type: 'button', class: 'key', words: () => key});
      put(button, () => say('keypad.key', {key}), 'aria-label');
      button.addEventListener('click', () => this.#tone(key));
      return button;
    }), nodes.sent);
    put(nodes.keypad, 'keypad.title', 'aria-label');
    put(nodes.sent, 'keypad.sent', 'aria-label');
    this.#buttons.get('keypad').setAttribute('aria-controls', nodes.keypad.id);
    this.#buttons.get('keypad').setAttribute('aria-expanded', 'false');
    nodes.keypad.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.#openKeypad(false);
      else if (keys.includes(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey) this.#tone(event.key);
      else return;
      event.preventDefault();
    });
    nodes.name.addEventListener('click', () => parts.open(taskSid));
    nodes.dismiss.addEventListener('click', () => parts.dismiss(taskSid));

    this.element = make('article', {class: 'call-card', 'data-task': taskSid},
      make('div', {class: 'call-head'}, nodes.state, nodes.muted, nodes.time),
      make('div', {class: 'call-body'},
        make('div', {class: 'call-who'}, nodes.name, nodes.number), nodes.detail,
        nodes.controls, nodes.why, nodes.refusal, nodes.keypad, this.#wrapUp.element, nodes.dismiss));
  }

  get #sids() {
    const {taskSid, reservationSid} = this.#call;
    return {taskSid, reservationSid};
  }

  show(call, now) {
    this.#call = call;
    this.#now = now;
    const nodes = this.#nodes;
    const {phase, number, muted} = call;
    const record = now.recordOf(call.taskSid);
    const waits = phase === 'ringing' && now.live !== undefined;
    const name = () => now.nameOf(call);
    if (this.element.dataset.phase !== phase) nodes.refusal.textContent = '';
    this.element.dataset.phase = phase;
    this.element.toggleAttribute('data-waits', waits);
    this.element.toggleAttribute('data-unsure', now.unsure);
    const state = () => say(waits ? 'call.waiting' : `call.${phase}`);
    put(nodes.state, state);
    put(this.element, () => say('call.card', {state: state(), name: name()}), 'aria-label');
    put(nodes.name, name);
    put(nodes.name, () => say('call.open_customer', {name: name()}), 'aria-label');
    nodes.muted.hidden = !muted;
    // Where the name is the number, once is enough.
    const its = number ?? record?.number ?? '';
    if (nodes.number.dataset.number !== its) {
      nodes.number.dataset.number = its;
      nodes.number.replaceChildren(...(its ? [numberElement(its)] : []));
    }
    nodes.number.hidden = name() === shownNumber(its);
    put(nodes.detail, () => this.#detailWords());
    nodes.detail.hidden = nodes.detail.textContent === '';

    if (record) this.#wrapUp.know(record);
    const isOver = phase === 'over' || phase === 'lost';
    this.#wrapUp.setStage(phase === 'wrapup' ? 'complete' : isOver ? 'save' : 'notes');
    this.#wrapUp.element.hidden = phase === 'ringing' || (isOver && this.#wrapUp.isSaved);
    nodes.dismiss.hidden = !isOver || !this.#wrapUp.element.hidden;
    this.#showControls();
  }

  /** Whether it is on hold, how it ended, or that nobody knows. */
  #detailWords() {
    const {phase, durationSeconds, taskSid} = this.#call;
    if (phase === 'lost') return say('call.lost_hint');
    if (this.#now.unsure && phase !== 'over') return say('call.unsure');
    if (phase === 'wrapup' || phase === 'over') {
      const seconds = durationSeconds ?? this.#now.recordOf(taskSid)?.durationSeconds;
      return [say(endingKey(this.#call, hasWords)), seconds != null && say('call.talked', {time: clockWords(seconds)})].filter(Boolean).join(' · ');
    }
    return '';
  }

  #showControls() {
    const reasons = new Set();
    let any = false;
    for (const [name, button] of this.#buttons) {
      const {shown, off, asks} = controls[name];
      button.hidden = !shown(this.#call);
      if (button.hidden) continue;
      any = true;
      const action = asks?.(this.#call).action ?? name;
      put(button.lastElementChild, `control.${action}`);
      button.dataset.action = action;
      const why = this.#offWords(name);
      const pending = this.#pending.has(name);
      button.setAttribute('aria-disabled', String(why !== null || pending));
      button.setAttribute('aria-busy', String(pending));
      put(button, why ?? (() => ''), 'title');
      if (why) {
        reasons.add(this.#now.blocked ?? off(this.#call, this.#now));
        button.setAttribute('aria-describedby', this.#nodes.why.id);
      } else button.removeAttribute('aria-describedby');
    }
    this.#buttons.get('mute').setAttribute('data-on', String(this.#call.muted));
    this.#buttons.get('hold').setAttribute('data-on', String(this.#call.phase === 'held'));
    this.#nodes.controls.hidden = !any;
    put(this.#nodes.why, () => [...reasons].map(one => (typeof one === 'function' ? one() : say(one))).join(' '));
    if (this.#keypadOpen && (this.#buttons.get('keypad').hidden || this.#offWords('keypad'))) this.#openKeypad(false);
  }

  /** @returns {(() => string) | null} why a button cannot work now */
  #offWords(name) {
    if (this.#now.blocked) return this.#now.blocked;
    const key = controls[name].off?.(this.#call, this.#now) ?? null;
    return key && (() => say(key));
  }

  tick() {
    const {phase, answeredAt, phaseAt} = this.#call;
    const since = {ringing: phaseAt, dialing: phaseAt, connecting: phaseAt, connected: answeredAt ?? phaseAt, held: answeredAt ?? phaseAt}[phase];
    const time = since && !Number.isNaN(since.getTime()) ? clockWords((Date.now() - since) / 1000) : '';
    if (this.#nodes.time.textContent !== time) this.#nodes.time.textContent = time;
    if (phase === 'held' && !this.#now.unsure) {
      put(this.#nodes.detail, () => say('call.held_for', {time: clockWords((Date.now() - phaseAt) / 1000)}));
      this.#nodes.detail.hidden = false;
    }
  }

  async press(name) {
    // Why it is off is written below it.
    if (this.#pending.has(name) || this.#offWords(name)) return;
    if (name === 'keypad') return this.#openKeypad(!this.#keypadOpen);
    const {method, action} = controls[name].asks(this.#call);
    this.#pending.add(name);
    this.#say(() => '');
    this.#showControls();
    await this.#ask(method, {...(method === 'TaskControlRequest' ? this.#sids : {taskSid: this.#call.taskSid}), action});
    this.#pending.delete(name);
    this.#showControls();
  }

  async #ask(method, params) {
    const {error} = await this.#parts.send(method, {...params, lifetimeMs});
    if (error) this.#say(() => say('control.refused', {action: say(`control.${params.action}`), why: refusalWords(error)}));
    return error;
  }

  #say(words) {
    put(this.#nodes.refusal, words);
  }

  #openKeypad(open) {
    const hadFocus = this.#nodes.keypad.contains(document.activeElement);
    this.#keypadOpen = open;
    this.#nodes.keypad.hidden = !open;
    const toggle = this.#buttons.get('keypad');
    toggle.setAttribute('aria-expanded', String(open));
    if (open) this.#nodes.keypad.firstElementChild.focus();
    else if (hadFocus && !toggle.hidden) toggle.focus();
  }

  #tone(key) {
    const {taskSid} = this.#call;
    this.#say(() => '');
    this.#tones = this.#tones.then(async () => {
      const error = await this.#ask('CallControlRequest', {taskSid, action: 'dtmf', digits: key});
      if (!error) this.#nodes.sent.value = (this.#nodes.sent.value + key).slice(-24);
    });
  }
}
