// The plugin's end, inside Flex: tells the CRM what the agent selects and places the calls it asks for.
import { systemClock } from './clock.js';
import { decodeBare } from './codec.js';
import { Endpoint } from './endpoint.js';
import { OutboundCalls } from './outbound_call.js';
import { PipeTransport } from './pipe.js';
import { SocketTransport } from './socket.js';
import { isExactOrigin } from './window_message.js';

/**
 * From Flex's configuration, never from the query string: whoever frames Flex could write that.
 * @typedef {object} PluginConfig
 * @property {string[]} [crmOrigins]  exact origins of the pages that may frame Flex
 * @property {string} [serverUrl]     WebSocket of the CRM, for Flex in a tab of its own
 * @property {boolean} [bare]         speak the course's dialect to the page around Flex instead
 * @property {string} [agent]
 * @property {string | (() => string | undefined | Promise<string | undefined>)} [token]
 * @property {boolean} [allowSip]
 * @property {boolean} [allowClient]
 *
 * For tests.
 * @typedef {object} Surroundings
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 * @property {{warn: (...words: unknown[]) => void}} [console]
 */

/**
 * @param {any} flex     the Flex UI library, as init() of a plugin gets it
 * @param {any} manager  its manager
 * @param {PluginConfig} config
 * @param {Surroundings} [surroundings]
 * @returns {{endpoint?: Endpoint, pipe?: PipeTransport, stop: () => void}}
 */
export function startPlugin(flex, manager, config, surroundings = {}) {
  const {
    window = globalThis.window, WebSocket = globalThis.WebSocket, clock = systemClock, random = Math.random,
    console = globalThis.console,
  } = surroundings;
  const framed = window.parent !== window;
  // Inside a CRM the panel for a CRM would be empty.
  if (framed) flex.AgentDesktopView.defaultProps.showPanel2 = false;

  const listed = Array.isArray(config?.crmOrigins) ? config.crmOrigins : [];
  const origins = listed.filter(isExactOrigin);
  if (origins.length < listed.length) console.warn('flexcrm: entries of crmOrigins that are not exact origins are left out');
  const calls = new OutboundCalls(flex, manager, clock);

  if (framed && config?.bare) return startBare({ flex, window, origins, calls, console, config });
  const instance = crypto.randomUUID();
  const pipe = framed && origins.length > 0 ? new PipeTransport({ origins, instance, window, clock }) : undefined;
  const transport = pipe ?? (config?.serverUrl ? new SocketTransport({ url: config.serverUrl, WebSocket, clock }) : undefined);
  if (!transport) return { stop() {} };

  const endpoint = new Endpoint({
    transport, role: 'flex', instance, clock, random,
    agent: config.agent ?? manager.user?.identity ?? manager.workerClient?.name,
    token: config.token, allowSip: config.allowSip, allowClient: config.allowClient,
    // Reason and place say enough; a value could be somebody's number.
    onProblem: ({ reason, pointer = '' }) => console.warn('flexcrm:', reason, pointer),
  });
  endpoint.on('DialRequest', (params, { mayStart }) => calls.place(params, mayStart));

  const selection = new Selection(endpoint, console);
  followSelection(flex, manager, selection);
  /** @param {unknown} [payload] */
  const tellAgent = (payload) => report(endpoint.send('AgentChanged', agentOf(manager, payload)), console);
  manager.events?.addListener?.('workerActivityUpdated', tellAgent);
  endpoint.onState((state, { resumed, reset = false }) => {
    // A session that goes on repeats by itself what was not heard.
    if (state !== 'open' || resumed) return;
    tellAgent();
    selection.resync(reset);
  });
  endpoint.start();
  return { endpoint, pipe, stop: () => endpoint.stop() };
}

/**
 * What there is no session for is told when one begins.
 * @param {{error?: import('./error.js').FlexcrmError}} sent @param {{warn: (...words: unknown[]) => void}} console
 */
function report({ error }, console) {
  if (error && error.reason !== 'not_connected') console.warn('flexcrm:', error.reason, error.pointer ?? '');
}

/** What the agent has selected, told to the CRM. */
class Selection {
  #endpoint;
  #console;
  /** @type {any} */
  #task;

  /** @param {Endpoint} endpoint @param {{warn: (...words: unknown[]) => void}} console */
  constructor(endpoint, console) {
    this.#endpoint = endpoint;
    this.#console = console;
  }

  /** @param {any} task  null or undefined when nothing is selected */
  set(task) {
    const before = this.#task;
    this.#task = task ?? undefined;
    if (this.#task) this.#tell('TaskSelected', selected(this.#task, 'agent'));
    else if (before) this.#tell('TaskDeselected', sidsOf(before));
  }

  /** A task is over; if it was the selected one, its customer must not stay on the screen. @param {any} task */
  vanished(task) {
    if (this.#task && task && task.sid === this.#task.sid) this.set(undefined);
  }

  /** A new session knows nothing, and a page may still show what an older one told it. @param {boolean} reset */
  resync(reset) {
    if (this.#task) this.#tell('TaskSelected', selected(this.#task, 'resync'));
    else if (reset) this.#tell('TaskDeselected', {});
  }

  /** @param {'TaskSelected' | 'TaskDeselected'} method @param {any} params */
  #tell(method, params) {
    report(this.#endpoint.send(method, params), this.#console);
  }
}

/** @param {any} flex @param {any} manager @param {Selection} selection */
function followSelection(flex, manager, selection) {
  flex.Actions.addListener('afterSelectTask', (/** @type {any} */ payload) => selection.set(payload?.task));
  for (const event of ['taskCompleted', 'taskCanceled', 'taskRejected', 'taskRescinded', 'taskTimeout']) {
    manager.events?.addListener?.(event, (/** @type {any} */ task) => selection.vanished(task));
  }
}

/** Where the protocol's word for a reservation's state is not Flex's. */
const statusWords = new Map([['pending', 'offered'], ['wrapping', 'wrapup']]);

/** The members of Flex's task that the protocol knows; its functions stay here. @param {any} task @param {string} cause */
function selected(task, cause) {
  return {
    attributes: task.attributes ?? {},
    ...sidsOf(task),
    channel: task.channelType ?? task.taskChannelUniqueName,
    direction: typeof task.attributes?.direction === 'string' ? task.attributes.direction : undefined,
    status: statusWords.get(task.status) ?? task.status,
    queueName: task.queueName,
    cause,
  };
}

/** Flex's `sid` of a task is the reservation's. @param {any} task */
function sidsOf(task) {
  return { taskSid: task.taskSid, reservationSid: task.sid };
}

/** @param {any} manager @param {any} [payload] of workerActivityUpdated @returns {import('./message_types.js').AgentChanged} */
function agentOf(manager, payload) {
  const isActivity = typeof payload?.name === 'string' && typeof payload?.available === 'boolean';
  const worker = manager.workerClient;
  const activity = isActivity ? payload : worker?.activity ?? {};
  const isOffline = activity.sid !== undefined && activity.sid === manager.serviceConfiguration?.taskrouter_offline_activity_sid;
  return {
    availability: activity.available ? 'available' : isOffline || activity.name === 'Offline' ? 'offline' : 'busy',
    connected: true,
    activityName: activity.name,
    activitySid: activity.sid,
    name: worker?.attributes?.full_name ?? worker?.name,
  };
}

/**
 * The course's dialect, as its plugin has it but for what made it dangerous: target and sender are exact,
 * and only a valid number dials.
 * @param {{flex: any, window: any, origins: string[], calls: OutboundCalls,
 *   console: {warn: (...words: unknown[]) => void}, config: PluginConfig}} parts
 */
function startBare({ flex, window, origins, calls, console, config }) {
  flex.Actions.addListener('afterSelectTask', (/** @type {any} */ payload) => {
    const attributes = payload?.task?.attributes;
    if (!attributes) return;
    try {
      // Attributes may hold functions, which windows cannot be sent.
      const plain = JSON.parse(JSON.stringify(attributes));
      for (const origin of origins) window.parent.postMessage(plain, origin);
    } catch {
      console.warn('flexcrm: attributes that are not JSON were not sent');
    }
  });
  /** @param {{data: unknown, origin: string, source: unknown}} event */
  const listener = ({ data, origin, source }) => {
    if (!source || source !== window.parent || !origins.includes(origin)) return;
    const read = decodeBare(data, config);
    if (read.type !== 'request' || read.method !== 'DialRequest') return;
    calls.place({ ...read.params, dialId: crypto.randomUUID() }, () => true)
      .catch(({ reason }) => console.warn('flexcrm: not dialled:', reason));
  };
  window.addEventListener('message', listener);
  return { stop: () => window.removeEventListener('message', listener) };
}
