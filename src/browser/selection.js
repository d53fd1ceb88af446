// Which task the agent has selected, told to the CRM.
import { channelOf, directionOf, sidsOf, statusOf } from './task_facts.js';

/** After these a task is gone, and its customer must not stay on the screen. Flex may say so only later. */
const lastEvents = ['taskCompleted', 'taskCanceled', 'taskRejected', 'taskRescinded', 'taskTimeout'];

export class Selection {
  #state;
  #tell;
  /** @type {any} */
  #task;

  /**
   * @param {any} flex @param {any} manager @param {import('./flex_state.js').FlexState} state
   * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
   */
  constructor(flex, manager, state, tell) {
    this.#state = state;
    this.#tell = tell;
    this.#task = state.selected;
    flex.Actions.addListener('afterSelectTask', (/** @type {any} */ payload) => this.#set(payload?.task));
    for (const event of lastEvents) {
      manager.events?.addListener?.(event, (/** @type {any} */ task) => this.is(task?.sid) && this.#set(undefined));
    }
  }

  /** @param {string} reservationSid */
  is(reservationSid) {
    return this.#task !== undefined && this.#task.sid === reservationSid;
  }

  /** TaskSelected for a peer that knows nothing, undefined when nothing is selected. */
  whole() {
    return this.#task && selected(this.#task, 'resync');
  }

  /** @param {any} task  null or undefined when nothing is selected */
  #set(task) {
    const before = this.#task;
    this.#task = task ?? undefined;
    if (this.#task) this.#tell('TaskSelected', selected(this.#task, 'agent'));
    else if (before) this.#tell('TaskDeselected', sidsOf(before));
    this.#state.changed();
  }
}

/** The members of Flex's task that the protocol knows; its functions stay here. @param {any} task @param {string} cause */
function selected(task, cause) {
  return {
    attributes: task.attributes ?? {}, ...sidsOf(task), channel: channelOf(task), direction: directionOf(task), status: statusOf(task),
    queueName: task.queueName, cause,
  };
}
