// What the page knows of the agent's calls, from what Flex tells of them. Nothing here draws, asks or waits.

const lastStatuses = new Set(['completed', 'canceled', 'rejected', 'timeout', 'rescinded']);
const onCallPhases = new Set(['connecting', 'dialing', 'connected', 'held']);

/**
 * Where a call is.
 *
 *   ringing     it is offered to the agent
 *   connecting  the agent took it, the voice is not there yet
 *   dialing     the other side has not answered yet
 *   connected, held
 *   wrapup      the voice is over, the task is not
 *   over        so is the task
 *   lost        Flex no longer knows of it: whether it goes on is not known here
 * @typedef {'ringing' | 'connecting' | 'dialing' | 'connected' | 'held' | 'wrapup' | 'over' | 'lost'} Phase
 *
 * @typedef {object} Call
 * @property {string} taskSid
 * @property {string} [reservationSid]
 * @property {Phase} phase
 * @property {Date} phaseAt
 * @property {string} [status]           the task's, as heard last
 * @property {string} [reason]           the task's, why it ended
 * @property {string} [direction]
 * @property {string} [number]           the other side's
 * @property {Record<string, any>} [attributes]
 * @property {boolean} muted
 * @property {Date} [answeredAt]
 * @property {number} [durationSeconds]  talking time, once it is over
 * @property {string} [cause]            why the voice ended
 * @property {number} [causeCode]
 */

export class Calls {
  /** By task SID, oldest first. @type {Map<string, Call & {state?: string}>} */
  #calls = new Map();
  /** Calls that are of interest although nobody has told of them: something was typed about them. @type {Set<string>} */
  #expected = new Set();
  /** Flex is not connected: what is known may be old. */
  unsure = false;

  /** @returns {Call[]} those on the line first, then those that ring, then the rest */
  get all() {
    const rank = ({phase}) => (onCallPhases.has(phase) ? 0 : phase === 'ringing' ? 1 : phase === 'wrapup' ? 2 : 3);
    return [...this.#calls.values()].sort((a, b) => rank(a) - rank(b));
  }

  /** @returns {Call | undefined} */
  get(taskSid) {
    return this.#calls.get(taskSid);
  }

  /** The one that the agent talks in, or is about to. @returns {Call | undefined} */
  get live() {
    return this.all.find(({phase}) => onCallPhases.has(phase));
  }

  /** @returns {Call[]} */
  get offered() {
    return this.all.filter(({phase}) => phase === 'ringing');
  }

  /** A call that this page still has something to do for, although it was loaded anew. */
  expect(taskSid) {
    if (!this.#calls.has(taskSid)) this.#expected.add(taskSid);
  }

  agentChanged({connected}) {
    this.unsure = connected === false;
  }

  taskChanged(task) {
    // Chats and mails are Flex's alone.
    if (task.channel !== undefined && task.channel !== 'voice') return;
    const known = this.#calls.get(task.taskSid);
    if (isOld(task, known?.taskAt) || (!known && task.repeated && lastStatuses.has(task.status))) return;
    if (!known && lastStatuses.has(task.status) && !this.#expected.has(task.taskSid)) return;
    // What was over before is no longer of interest when the next one comes.
    if (!known) this.#forgetEnded();
    const {taskSid, reservationSid, status, reason, attributes} = task;
    const outbound = attributes?.direction === 'outbound';
    this.#change(taskSid, new Date(task.at), {
      reservationSid, status, reason, attributes, taskAt: task.at,
      direction: attributes?.direction,
      number: outbound ? attributes.outbound_to : attributes?.from,
      causeCode: lastStatuses.has(status) ? task.reasonCode : undefined,
    });
  }

  callChanged(call) {
    const known = this.#calls.get(call.taskSid);
    if (isOld(call, known?.callAt) || (!known && call.state === 'ended')) return;
    const at = new Date(call.at);
    const talks = call.state === 'connected' || call.state === 'held';
    this.#change(call.taskSid, at, {
      state: call.state, muted: call.muted === true && talks, direction: call.direction, callAt: call.at,
      number: call.direction === 'outbound' ? call.to : call.from,
      cause: call.cause, causeCode: call.causeCode, durationSeconds: call.durationSeconds,
      answeredAt: talks && !known?.answeredAt ? at : undefined,
    });
  }

  snapshot({agent, tasks = [], calls = []}) {
    this.agentChanged(agent);
    for (const task of tasks) this.taskChanged({...task, repeated: false});
    for (const call of calls) this.callChanged({...call, repeated: false});
    // Without Flex nobody can say what has become of the others.
    if (this.unsure) return;
    const told = new Set([...tasks, ...calls].map(({taskSid}) => taskSid));
    for (const taskSid of this.#expected) {
      if (!told.has(taskSid)) this.#calls.set(taskSid, {taskSid, phase: 'lost', phaseAt: new Date(), muted: false});
    }
    this.#expected.clear();
    for (const call of this.all) {
      if (told.has(call.taskSid)) continue;
      // An offer that Flex does not have is somebody else's now.
      if (call.phase === 'ringing') this.#calls.delete(call.taskSid);
      else if (call.phase !== 'over') Object.assign(call, {phase: 'lost', muted: false});
    }
  }

  /** The server wrote down when it was answered, which a page that was loaded later did not hear. */
  answered(taskSid, at) {
    const call = this.#calls.get(taskSid);
    if (call && at && (!call.answeredAt || at < call.answeredAt)) call.answeredAt = at;
  }

  /** Nobody needs to see it any more. */
  forget(taskSid) {
    this.#calls.delete(taskSid);
  }

  #forgetEnded() {
    for (const {taskSid, phase} of this.all) if (phase === 'over') this.#calls.delete(taskSid);
  }

  #change(taskSid, at, news) {
    const call = this.#calls.get(taskSid) ?? {taskSid, phase: undefined, phaseAt: at, muted: false};
    for (const [name, value] of Object.entries(news)) if (value !== undefined) call[name] = value;
    const phase = phaseOf(call);
    if (phase !== call.phase) Object.assign(call, {phase, phaseAt: at});
    if (!onCallPhases.has(phase)) call.muted = false;
    this.#calls.set(taskSid, call);
    this.#expected.delete(taskSid);
  }
}

/** Told before, in a session that was lost, and known better since. */
function isOld({repeated, at}, knownAt) {
  return repeated === true && knownAt !== undefined && new Date(at) <= new Date(knownAt);
}

/** @returns {Phase} */
function phaseOf({status, state, direction}) {
  if (lastStatuses.has(status)) return 'over';
  if (status === 'wrapup' || state === 'ended') return 'wrapup';
  if (state === 'connected' || state === 'held') return state;
  if (state === 'dialing' || (status === 'accepted' && direction === 'outbound')) return 'dialing';
  if (status === 'accepted') return state === undefined ? 'connected' : 'connecting';
  return direction === 'outbound' ? 'dialing' : 'ringing';
}

export const isOnCall = ({phase}) => onCallPhases.has(phase);

/** Why it ended: the key of the words. @param {Call} call @param {(key: string) => boolean} hasWords */
export function endingKey({status, reason, direction, causeCode, cause, answeredAt}, hasWords) {
  const told = [causeCode && `end.code.${causeCode}`, cause && `end.cause.${cause}`].find(key => key && hasWords(key));
  if (told) return told;
  if (reason === 'transferred') return 'end.transferred';
  if (status === 'rejected' || status === 'timeout' || status === 'rescinded') return `end.${status}`;
  if (status === 'canceled') return direction === 'outbound' ? 'end.not_placed' : 'end.caller_gone';
  return status === 'completed' && !answeredAt ? 'end.completed' : 'end.plain';
}
