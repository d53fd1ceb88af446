// Everything the CRM can have Flex do goes through here: one list of what is allowed, one place where Flex refuses.
import { refusalOf } from './refusals.js';

/** Flex's actions that the vocabulary can lead to. Others (Logout, SetWorkerAttributes, …) are never invoked. */
export const actionNames = Object.freeze([
  'StartOutboundCall', 'SelectTask', 'AcceptTask', 'RejectTask', 'WrapupTask', 'CompleteTask', 'SetActivity',
  'HangupCall', 'HoldCall', 'UnholdCall', 'ToggleMute', 'SendDTMFDigits', 'TransferTask',
]);

export class FlexActions {
  #flex;
  #allowed;

  /** @param {any} flex @param {readonly string[]} [allowed] of actionNames; all of them by default */
  constructor(flex, allowed = actionNames) {
    this.#flex = flex;
    this.#allowed = new Set(allowed);
  }

  /** Throws the refusal of an action that is not in the list. @param {string} name */
  demand(name) {
    if (!this.#allowed.has(name)) throw { reason: 'failed', detail: 'action_not_allowed' };
  }

  /**
   * Rejects with {reason, detail}. That it resolves says that Flex did not refuse, not that anything happened.
   * @param {string} name @param {any} [payload] @returns {Promise<void>}
   */
  async invoke(name, payload) {
    this.demand(name);
    try {
      await this.#flex.Actions.invokeAction(name, payload);
    } catch (error) {
      throw refusalOf(error, name);
    }
  }
}
