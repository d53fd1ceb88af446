// The agent's calls. Flex has no event for most of what happens to a call, so this looks at the customer's place in
// the conference whenever something changed, and tells what is new.
import { Age } from './clock.js';
import { dialIdAttribute } from './outbound_call.js';
import { refusalOf } from './refusals.js';
import { attributeOf, canceledCodeOf, directionOf, endsOf, isOver, isVoice, timeOf } from './task_facts.js';

/** @typedef {{news: Record<string, any>, talking?: Age}} LiveCall  news: the CallChanged that was told last */

export class Calls {
  #state;
  #clock;
  #tell;
  /** By reservation SID. @type {Map<string, LiveCall>} */
  #live = new Map();

  /**
   * @param {import('./tasks.js').Tasks} tasks @param {import('./flex_state.js').FlexState} state
   * @param {import('./clock.js').Clock} clock @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
   */
  constructor(tasks, state, clock, tell) {
    this.#state = state;
    this.#clock = clock;
    this.#tell = tell;
    const look = () => {
      for (const { task, status } of tasks.open) this.#look(task, status);
    };
    tasks.watch((task, status) => this.#look(task, status));
    state.watch(look);
    look();
  }

  /** @param {string} reservationSid @returns {string | undefined} undefined: there is no call, or it ended */
  callState(reservationSid) {
    return this.#live.get(reservationSid)?.news.state;
  }

  /** CallChanged of each live call, as told last. */
  whole() {
    return [...this.#live.values()].map(({ news }) => news);
  }

  /** @param {any} task @param {string} status  the task's */
  #look(task, status) {
    if (!isVoice(task)) return;
    const known = this.#live.get(task.sid);
    const state = stateOf(task, status, known?.talking !== undefined);
    // The agent's own leg comes a little later than the task's news, and goes a little earlier; that is no news.
    const muted = status === 'accepted' ? this.#state.muted ?? known?.news.muted : undefined;
    if (known ? state === known.news.state && (muted ?? false) === (known.news.muted ?? false) : state === 'ended') return;
    const now = this.#clock.now();
    const call = known ?? /** @type {LiveCall} */ ({ news: {} });
    if (state === 'connected' || state === 'held') call.talking ??= new Age(now);
    call.news = { ...factsOf(task), state, muted, at: timeOf(undefined, this.#clock) };
    if (state === 'ended') {
      this.#live.delete(task.sid);
      Object.assign(call.news, endOf(task), call.talking && { durationSeconds: Math.floor(call.talking.at(now) / 1000) });
    } else {
      this.#live.set(task.sid, call);
    }
    this.#tell('CallChanged', call.news);
  }
}

/** @param {any} task @param {string} status @param {boolean} wasAnswered */
function stateOf(task, status, wasAnswered) {
  if (status === 'wrapup' || isOver(status)) return 'ended';
  // A call that is being transferred here has a conference before this agent is in it.
  const customer = status === 'accepted' ? customerOf(task) : undefined;
  // Flex says "joined" already while it rings; only "connecting" tells the two apart.
  if (customer?.status === 'joined' && !customer.connecting) return customer.onHold ? 'held' : 'connected';
  if (wasAnswered) return 'connected';
  return directionOf(task) === 'outbound' ? 'dialing' : 'ringing';
}

/** @param {any} task @returns {any} */
function customerOf(task) {
  const participants = task.conference?.participants;
  return Array.isArray(participants) ? participants.find((one) => one?.participantType === 'customer') : undefined;
}

const callSid = /^CA[0-9a-fA-F]{32}$/;

/** @param {any} task */
function factsOf(task) {
  const sid = [customerOf(task)?.callSid, attributeOf(task, 'call_sid')].find((one) => callSid.test(one));
  return { taskSid: task.taskSid, callSid: sid, dialId: attributeOf(task, dialIdAttribute), direction: directionOf(task), ...endsOf(task) };
}

/** Why it ended, where Twilio says so: busy, no answer, no permission for the country, … @param {any} task */
function endOf(task) {
  const causeCode = canceledCodeOf(task);
  return causeCode === undefined ? {} : { cause: refusalOf({ code: causeCode }).reason, causeCode };
}
