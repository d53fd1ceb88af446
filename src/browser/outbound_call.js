// Places one call through Flex and finds the task that came of it. Flex's action resolves without saying
// which task it made, and resolves even when nothing was dialled, so the task is the proof.
import { isPlainObject } from './strict_json.js';

/** Put into the task's attributes; also how later news of the call find their dial. */
export const dialIdAttribute = 'flexcrm_dial_id';

const taskWithinMs = 3000;

/** @typedef {{taskSid?: string, reservationSid?: string}} Sids */

export class OutboundCalls {
  #actions;
  #clock;
  /**
   * The one dial that is open.
   * @type {{dialId: string, destination: string, mayStart: () => boolean, late: boolean,
   *   lone: Map<string, Sids>, found?: Sids, wake: () => void} | undefined}
   */
  #dial;

  /**
   * @param {any} flex @param {any} manager @param {import('./flex_actions.js').FlexActions} actions
   * @param {import('./clock.js').Clock} clock
   */
  constructor(flex, manager, actions, clock) {
    this.#actions = actions;
    this.#clock = clock;
    // Listening starts before any action, since the task may come before the action resolves.
    flex.Actions.addListener('beforeStartOutboundCall', (/** @type {any} */ payload, /** @type {any} */ abort) => this.#before(payload, abort));
    manager.events?.addListener?.('taskReceived', (/** @type {any} */ task) =>
      this.#appeared(task?.attributes, { taskSid: task?.taskSid, reservationSid: task?.sid }));
    manager.workerClient?.on?.('reservationCreated', (/** @type {any} */ reservation) =>
      this.#appeared(reservation?.task?.attributes, { taskSid: reservation?.task?.sid, reservationSid: reservation?.sid }));
  }

  /**
   * @param {any} params  of a DialRequest
   * @param {() => boolean} mayStart
   * @returns {Promise<{destination: string} & Sids>} rejects with {reason, detail}
   */
  async place({ destination, dialId, callerId, queueSid, taskAttributes }, mayStart) {
    if (this.#dial) throw { reason: 'agent_busy' };
    if (!mayStart()) throw { reason: 'expired' };
    const dial = { dialId, destination, mayStart, late: false, lone: new Map(), found: /** @type {Sids | undefined} */ (undefined), wake: () => {} };
    this.#dial = dial;
    try {
      await this.#actions.invoke('StartOutboundCall', {
        destination,
        ...(callerId !== undefined && { callerId }),
        ...(queueSid !== undefined && { queueSid }),
        taskAttributes: { ...taskAttributes, [dialIdAttribute]: dialId },
      });
      if (!dial.found) await this.#news(dial);
    } catch (error) {
      throw dial.late ? { reason: 'expired' } : error;
    } finally {
      this.#dial = undefined;
    }
    // Flex versions and plugins exist that lose our attribute; one new call to that number is ours then.
    const sids = dial.found ?? (dial.lone.size === 1 ? [...dial.lone.values()][0] : undefined);
    if (!sids) throw { reason: 'failed', detail: 'no_task' };
    return { destination, ...sids };
  }

  /** Other plugins may hold an action up; the last look at the clock is here. @param {any} payload @param {any} abort */
  #before(payload, abort) {
    const dial = this.#dial;
    if (!dial || payload?.taskAttributes?.[dialIdAttribute] !== dial.dialId || dial.mayStart()) return;
    dial.late = true;
    abort?.();
  }

  /** @param {{wake: () => void}} dial @returns {Promise<void>} when the task was found, at the latest after the wait */
  #news(dial) {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, taskWithinMs);
      dial.wake = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  /** @param {any} attributes @param {Sids} sids */
  #appeared(attributes, sids) {
    const dial = this.#dial;
    if (!dial || !isPlainObject(attributes)) return;
    if (attributes[dialIdAttribute] === dial.dialId) {
      dial.found = sids;
      dial.wake();
    } else if (!Object.hasOwn(attributes, dialIdAttribute) && attributes.direction === 'outbound' && attributes.outbound_to === dial.destination) {
      // Flex reports one task twice, as a task and as a reservation.
      dial.lone.set(String(sids.reservationSid), sids);
    }
  }
}
