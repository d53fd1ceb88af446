// What a plugin's own code in Flex can ask of the CRM.
import { refusal } from './error.js';
import { channelOf, directionOf, endsOf } from './task_facts.js';

/** @typedef {import('./endpoint.js').Answer} Answer */

const usualLifetimeMs = 10000;

export class CrmRequests {
  #endpoint;
  #tasks;
  #clock;
  /** By task SID. @type {Map<string, number>} */
  #revisions = new Map();

  /**
   * @param {import('./endpoint.js').Endpoint | undefined} endpoint @param {import('./tasks.js').Tasks | undefined} tasks
   * @param {import('./clock.js').Clock} clock
   */
  constructor(endpoint, tasks, clock) {
    this.#endpoint = endpoint;
    this.#tasks = tasks;
    this.#clock = clock;
  }

  /**
   * Who is this? Never rejects; the result has `matches`, best first.
   * @param {{phone?: string, email?: string, id?: string, text?: string, limit?: number}} query exactly one of the first four
   * @returns {Promise<Answer>}
   */
  lookUp(query) {
    return this.#request('ContactLookupRequest', query);
  }

  /**
   * Shows a record to the agent. Never rejects.
   * @param {{id: string, type?: string}} record @param {{taskSid?: string, lifetimeMs?: number}} [more]
   * @returns {Promise<Answer>}
   */
  openRecord(record, { lifetimeMs = usualLifetimeMs, ...more } = {}) {
    return this.#request('OpenRecordRequest', { record, ...more, lifetimeMs });
  }

  /**
   * Writes down a contact; said again for the same task, it replaces what was written. Channel, direction and both ends
   * are the task's, unless they are given. Never rejects.
   * @param {{taskSid: string, revision?: number, lifetimeMs?: number, [member: string]: unknown}} activity
   * @returns {Promise<Answer>}
   */
  logActivity({ lifetimeMs = usualLifetimeMs, ...activity }) {
    const { taskSid } = activity;
    // Begins with the time, so that a page that was reloaded goes on above what it had said before.
    const revision = activity.revision ?? Math.max((this.#revisions.get(taskSid) ?? 0) + 1, Math.floor(this.#clock.now().wall));
    this.#revisions.set(taskSid, revision);
    const task = this.#tasks?.find({ taskSid })?.task;
    const known = task && { channel: channelOf(task), direction: directionOf(task), ...endsOf(task) };
    return this.#request('LogActivityRequest', { ...known, ...activity, revision, lifetimeMs });
  }

  /** @param {import('./message_types.js').MessageName} method @param {any} params @returns {Promise<Answer>} */
  #request(method, params) {
    return this.#endpoint?.request(method, params) ?? Promise.resolve({ error: refusal('not_connected') });
  }
}
