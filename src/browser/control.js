// TaskControlRequest and CallControlRequest, as actions of Flex. What is so already is done; what Flex's action
// promises is believed when it can be seen.
import { directionOf, isVoice } from './task_facts.js';

/** How long the effect may take to show after Flex's action resolved. */
const effectWithinMs = 20000;

/**
 * @typedef {import('./tasks.js').OpenTask} OpenTask
 *
 * @typedef {object} Seen         of one task, right now
 * @property {string} [status]    none: it is over
 * @property {string} [call]      state of its call; none: there is no call
 * @property {boolean} [muted]
 * @property {boolean} selected
 *
 * @typedef {object} ControlRow
 * @property {string | ((found: OpenTask) => string)} action  of Flex
 * @property {(seen: Seen) => boolean} [isSo]  the effect is there; none: Flex shows nothing, its promise is all there is
 * @property {string} [needs]                  a member of the request without which it says nothing
 * @property {(params: any) => object} [more]  of the payload, besides the task
 * @property {boolean} [bare]                  the action takes no payload
 */

const taskControls = new Map(Object.entries(/** @type {Record<string, ControlRow>} */ ({
  accept: { action: 'AcceptTask', isSo: ({ status }) => status === 'accepted' || status === 'wrapup' },
  reject: { action: 'RejectTask', isSo: ({ status }) => status === undefined },
  select: { action: 'SelectTask', isSo: ({ selected }) => selected },
  // A live call gets there by its end, as with Flex's own button; WrapupTask would leave the caller on the line.
  wrapup: { action: (found) => (isLiveCall(found) ? 'HangupCall' : 'WrapupTask'), isSo: ({ status }) => status === undefined || status === 'wrapup' },
  complete: { action: 'CompleteTask', isSo: ({ status }) => status === undefined },
})));

const callControls = new Map(Object.entries(/** @type {Record<string, ControlRow>} */ ({
  hold: { action: 'HoldCall', isSo: ({ call }) => call === 'held' },
  unhold: { action: 'UnholdCall', isSo: ({ call }) => call === 'connected' },
  // Flex can only toggle, so it is asked first how it is.
  mute: { action: 'ToggleMute', bare: true, isSo: ({ muted }) => muted === true },
  unmute: { action: 'ToggleMute', bare: true, isSo: ({ muted }) => muted === false },
  hangup: { action: 'HangupCall', isSo: ({ call }) => call === undefined },
  dtmf: { action: 'SendDTMFDigits', needs: 'digits', more: ({ digits }) => ({ digits }) },
  transfer: { action: 'TransferTask', needs: 'targetSid', more: ({ targetSid, mode = 'cold' }) => ({ targetSid, options: { mode: mode.toUpperCase() } }) },
})));

export class Control {
  #parts;

  /**
   * @param {{actions: import('./flex_actions.js').FlexActions, state: import('./flex_state.js').FlexState,
   *   tasks: import('./tasks.js').Tasks, calls: import('./calls.js').Calls, selection: import('./selection.js').Selection}} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** A TaskControlRequest. @param {any} params @returns {Promise<void>} rejects with {reason, detail} */
  async task(params) {
    const found = this.#find(params);
    const control = /** @type {ControlRow} */ (taskControls.get(params.action));
    await this.#do(control, found, params, params.reason === undefined ? {} : { reason: params.reason });
  }

  /** A CallControlRequest. @param {any} params @returns {Promise<void>} rejects with {reason, detail} */
  async call({ taskSid, ...params }) {
    const found = this.#find({ taskSid });
    // Flex hangs up, mutes and sends tones on the call that is live, whichever task it is given.
    if (!isLiveCall(found)) throw { reason: 'failed', detail: 'no_active_call' };
    const control = /** @type {ControlRow} */ (callControls.get(params.action));
    if (control.needs && params[control.needs] === undefined) throw { reason: 'missing_member', pointer: `/${control.needs}` };
    await this.#do(control, found, params, control.more?.(params) ?? {});
  }

  /** @param {{reservationSid?: string, taskSid?: string}} sids */
  #find({ reservationSid, taskSid }) {
    const found = this.#parts.tasks.find({ reservationSid, taskSid });
    if (!found) throw { reason: 'failed', detail: 'task_missing' };
    return found;
  }

  /** @param {ControlRow} control @param {OpenTask} found @param {{lifetimeMs: number}} params @param {object} more */
  async #do({ action, isSo, bare }, found, { lifetimeMs }, more) {
    const { actions, state } = this.#parts;
    const { sid } = found.task;
    const name = typeof action === 'string' ? action : action(found);
    actions.demand(name);
    const seen = () => isSo === undefined || isSo(this.#see(sid));
    if (isSo && seen()) return;
    await actions.invoke(name, bare ? undefined : { sid, ...more });
    const isGone = () => this.#see(sid).status === undefined;
    const came = await state.until(() => seen() || isGone(), Math.min(lifetimeMs, effectWithinMs));
    if (!came) throw { reason: 'handler_timeout', detail: 'no_effect' };
    if (!seen()) throw { reason: 'failed', detail: 'task_missing' };
  }

  /** @param {string} sid @returns {Seen} */
  #see(sid) {
    const { state, tasks, calls, selection } = this.#parts;
    return { status: tasks.status(sid), call: calls.callState(sid), muted: state.muted, selected: selection.is(sid) };
  }
}

/** The agent is on the line, or Flex is dialling. @param {OpenTask} found */
function isLiveCall({ task, status }) {
  return isVoice(task) && (status === 'accepted' || (status === 'offered' && directionOf(task) === 'outbound'));
}
