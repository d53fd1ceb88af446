// The agent's tasks: each change of status is told once, and what is open can be told as a whole.
import { canceledCodeOf, channelOf, isOver, sidsOf, statusOf, timeOf } from './task_facts.js';

/**
 * Manager events, and the status they tell of. An event is believed more than its task: Flex's task object goes on
 * changing, and its type knows fewer words than a reservation has.
 */
const statusOfEvent = new Map([
  ['taskReceived', undefined], ['taskAccepted', 'accepted'], ['taskWrapup', 'wrapup'], ['taskCompleted', 'completed'],
  ['taskCanceled', 'canceled'], ['taskRejected', 'rejected'], ['taskTimeout', 'timeout'], ['taskRescinded', 'rescinded'],
]);

/** @typedef {{task: any, status: string, news: Record<string, any>}} OpenTask  news: the TaskChanged that was told last */

export class Tasks {
  #state;
  #clock;
  #tell;
  /** By reservation SID. @type {Map<string, OpenTask>} */
  #open = new Map();
  /** Reservations that an event ended, and Flex's store has still. @type {Set<string>} */
  #ended = new Set();
  /** @type {Array<(task: any, status: string) => void>} */
  #watchers = [];

  /**
   * @param {any} manager @param {import('./flex_state.js').FlexState} state @param {import('./clock.js').Clock} clock
   * @param {(method: import('./message_types.js').MessageName, params: any) => void} tell
   */
  constructor(manager, state, clock, tell) {
    this.#state = state;
    this.#clock = clock;
    this.#tell = tell;
    for (const [event, status] of statusOfEvent) {
      manager.events?.addListener?.(event, (/** @type {any} */ task) => task && this.#changed(task, status ?? statusOf(task)));
    }
    state.watch(() => this.#adopt());
    this.#adopt();
  }

  /** @returns {OpenTask[]} */
  get open() {
    return [...this.#open.values()];
  }

  /** @param {string} reservationSid @returns {string | undefined} undefined: it is over, or was never here */
  status(reservationSid) {
    return this.#open.get(reservationSid)?.status;
  }

  /** @param {{reservationSid?: string, taskSid?: string}} sids @returns {OpenTask | undefined} the open task that all of them fit */
  find({ reservationSid, taskSid }) {
    return this.open.find(({ task }) => (reservationSid ?? task.sid) === task.sid && (taskSid ?? task.taskSid) === task.taskSid);
  }

  /** TaskChanged of each open task, as told last. */
  whole() {
    return this.open.map(({ task, news }) => ({ ...news, attributes: task.attributes ?? {} }));
  }

  /** @param {(task: any, status: string) => void} watcher called after the CRM was told */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Tasks that were there before the plugin, or that Flex found again after its own connection was lost. */
  #adopt() {
    const shown = this.#state.tasks.filter((task) => task);
    for (const sid of this.#ended) if (!shown.some((task) => task.sid === sid)) this.#ended.delete(sid);
    for (const task of shown) {
      const known = this.#open.get(task.sid);
      if (known) known.task = task;
      else if (!isOver(statusOf(task)) && !this.#ended.has(task.sid)) this.#changed(task, statusOf(task));
    }
  }

  /** @param {any} task @param {string} status */
  #changed(task, status) {
    const sids = sidsOf(task);
    // An outbound conversation that was not sent yet is no task of TaskRouter's.
    if (typeof sids.taskSid !== 'string') return;
    const known = this.#open.get(sids.reservationSid);
    if (known?.status === status) return;
    const news = {
      ...sids, status, at: timeOf(status === 'offered' ? task.dateCreated : task.dateUpdated, this.#clock),
      reason: reasonOf(task), reasonCode: canceledCodeOf(task), channel: channelOf(task),
    };
    if (isOver(status)) {
      this.#open.delete(sids.reservationSid);
      this.#ended.add(sids.reservationSid);
    } else {
      this.#open.set(sids.reservationSid, { task, status, news });
    }
    // The attributes come with the first news of a task.
    this.#tell('TaskChanged', known ? news : { ...news, attributes: task.attributes ?? {} });
    for (const watcher of this.#watchers) watcher(task, status);
  }
}

/** TaskRouter's words, or that the task goes to, or comes from, another agent or queue. @param {any} task */
function reasonOf(task) {
  if (typeof task.reason === 'string' && task.reason !== '') return task.reason;
  // Flex says COMPLETE of an incoming transfer and COMPLETED of an outgoing one.
  if (/^COMPLETED?$/i.test(task.outgoingTransferObject?.status)) return 'transferred';
  return task.incomingTransferObject ? 'transfer' : undefined;
}
