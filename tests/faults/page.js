// A CRM page without its window: the browser modules over a real WebSocket, and a journal of what happens.
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';
import { outcomeOf } from '../../src/browser/dials.js';
import { Endpoint } from '../../src/browser/endpoint.js';
import { SocketTransport } from '../../src/browser/socket.js';
import '../support/webcrypto.mjs';
import { idOf } from './journal.js';

/** @typedef {import('./journal.js').Line} Line */

const heard = ['AgentChanged', 'TaskSelected', 'TaskDeselected', 'TaskChanged', 'CallChanged', 'Snapshot'];

export class Page {
  /** @type {Line[]} */
  lines = [];
  /** Tasks that were told, one way or the other. @type {Set<string>} */
  tasks = new Set();
  /** Dials without an outcome. */
  dialling = 0;

  #endpoint;
  #agent;
  #flex = false;

  /** @param {{port: number, agent: string, random: () => number}} where */
  constructor({ port, agent, random }) {
    this.#agent = agent;
    const transport = new SocketTransport({ url: `ws://127.0.0.1:${port}/flexcrm`, WebSocket, connectTimeoutMs: 2000 });
    // Waits of at most 150 ms, so that connections are lost often rather than missed long.
    this.#endpoint = new Endpoint({ transport, role: 'crm', agent, random: () => random() / 100 });
    for (const type of heard) this.#endpoint.on(type, (params) => this.#handle(type, params));
    this.#endpoint.onState((state, { hello, resumed, reset, reason }) => {
      if (state === 'open') this.#write({ step: 'open', session: hello.session, resumed, reset });
      if (state === 'waiting') this.#write({ step: 'lost', reason });
      // A session that goes on is not told again what it knows.
      if (state === 'open' && !resumed) this.#flex = false;
    });
    this.#write({ step: 'start', program: 'page' });
    this.#endpoint.start();
  }

  /** Is Flex there, as far as this page knows? */
  get flex() {
    return this.#endpoint.state === 'open' && this.#flex;
  }

  stop() {
    this.#write({ step: 'over' });
    this.#endpoint.stop();
  }

  /** @param {string} destination @param {number} lifetimeMs @returns {Promise<string>} the outcome */
  async dial(destination, lifetimeMs) {
    const dialId = randomUUID();
    const line = { dir: 'out', type: 'DialRequest', id: dialId };
    this.#write({ step: 'issued', ...line, lifetimeMs });
    this.dialling++;
    const answer = await this.#endpoint.request('DialRequest', { destination, dialId, lifetimeMs });
    const outcome = outcomeOf(answer);
    this.dialling--;
    this.#write({ step: 'ended', ...line, outcome, ...(answer.error && { reason: answer.error.reason }) });
    return outcome;
  }

  /** @param {string} type @param {any} params */
  #handle(type, params) {
    const { repeated, reset } = params;
    this.#write({ step: 'handled', dir: 'in', type, id: idOf(type, params), ...(repeated && { repeated }), ...(reset !== undefined && { reset }) });
    if (type === 'TaskChanged') this.tasks.add(params.taskSid);
    for (const { taskSid } of params.tasks ?? []) this.tasks.add(taskSid);
    const agent = type === 'AgentChanged' ? params : params.agent;
    if (agent) this.#flex = agent.connected === true;
  }

  /** @param {Record<string, unknown>} line */
  #write(line) {
    this.lines.push(/** @type {Line} */ ({ at: Date.now(), agent: this.#agent, ...line }));
  }
}
