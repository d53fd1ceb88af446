// The plugin's end, inside Flex: tells the CRM what happens there, and does what the CRM asks for.
import { Agent } from './agent.js';
import { startBare } from './bare_plugin.js';
import { Calls } from './calls.js';
import { systemClock } from './clock.js';
import { Control } from './control.js';
import { CrmRequests } from './crm_requests.js';
import { Endpoint } from './endpoint.js';
import { FlexActions, actionNames } from './flex_actions.js';
import { FlexState } from './flex_state.js';
import { OutboundCalls } from './outbound_call.js';
import { PipeTransport } from './pipe.js';
import { Selection } from './selection.js';
import { tellWhole } from './snapshot.js';
import { SocketTransport } from './socket.js';
import { Tasks } from './tasks.js';
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
 * @property {string[]} [actions]     Flex's actions that the CRM may cause; by default all of actionNames
 *
 * For tests.
 * @typedef {object} Surroundings
 * @property {any} [window]
 * @property {any} [WebSocket]
 * @property {import('./clock.js').Clock} [clock]
 * @property {() => number} [random]
 * @property {{warn: (...words: unknown[]) => void}} [console]
 *
 * @typedef {object} Plugin
 * @property {Endpoint} [endpoint]    absent when there is nobody to talk to, and in the course's dialect
 * @property {PipeTransport} [pipe]
 * @property {CrmRequests} crm        what code in Flex can ask of the CRM
 * @property {() => void} stop
 */

/**
 * @param {any} flex     the Flex UI library, as init() of a plugin gets it
 * @param {any} manager  its manager
 * @param {PluginConfig} config
 * @param {Surroundings} [surroundings]
 * @returns {Plugin}
 */
export function startPlugin(flex, manager, config, surroundings = {}) {
  const {
    window = globalThis.window, WebSocket = globalThis.WebSocket, clock = systemClock, random = Math.random,
    console = globalThis.console,
  } = surroundings;
  const framed = window.parent !== window;
  // Inside a CRM the panel for a CRM would be empty.
  if (framed) flex.AgentDesktopView.defaultProps.showPanel2 = false;

  const origins = listed(config?.crmOrigins, isExactOrigin, 'entries of crmOrigins that are not exact origins', console) ?? [];
  const allowed = listed(config?.actions, (name) => actionNames.includes(name), 'entries of actions that the plugin does not use', console);
  const actions = new FlexActions(flex, allowed);
  const dials = new OutboundCalls(flex, manager, actions, clock);

  if (framed && config?.bare) {
    const stop = startBare({ flex, window, origins, calls: dials, console, config });
    return { crm: new CrmRequests(undefined, undefined, clock), stop };
  }
  const instance = crypto.randomUUID();
  const pipe = framed && origins.length > 0 ? new PipeTransport({ origins, instance, window, clock }) : undefined;
  const transport = pipe ?? (config?.serverUrl ? new SocketTransport({ url: config.serverUrl, WebSocket, clock }) : undefined);
  if (!transport) return { crm: new CrmRequests(undefined, undefined, clock), stop() {} };

  // Reason and place say enough; a value could be somebody's number.
  const warn = (/** @type {import('./error.js').FlexcrmError} */ { reason, pointer = '' }) => console.warn('flexcrm:', reason, pointer);
  const endpoint = new Endpoint({
    transport, role: 'flex', instance, clock, random,
    agent: config.agent ?? manager.user?.identity ?? manager.workerClient?.name,
    token: config.token, allowSip: config.allowSip, allowClient: config.allowClient, onProblem: warn,
  });
  const tell = (/** @type {import('./message_types.js').MessageName} */ method, /** @type {any} */ params) => {
    const { error } = endpoint.send(method, params);
    // What there is no session for is told as a whole when one begins.
    if (error && error.reason !== 'not_connected') warn(error);
  };

  const state = new FlexState(flex, manager, clock);
  const agent = new Agent(manager, state, actions, tell);
  const tasks = new Tasks(manager, state, clock, tell);
  const calls = new Calls(tasks, state, clock, tell);
  const selection = new Selection(flex, manager, state, tell);
  const control = new Control({ actions, state, tasks, calls, selection });

  endpoint.on('DialRequest', (params, { mayStart }) => dials.place(params, mayStart));
  endpoint.on('TaskControlRequest', (params) => control.task(params));
  endpoint.on('CallControlRequest', (params) => control.call(params));
  endpoint.on('SetAgentRequest', (params) => agent.set(params));
  endpoint.onState((now, { resumed, reset = false }) => {
    // A session that goes on repeats by itself what was not heard; a new one knows nothing.
    if (now !== 'open' || resumed) return;
    tellWhole(endpoint, { agent: agent.whole(), tasks: tasks.whole(), selected: selection.whole(), calls: calls.whole(), reset }, warn);
  });
  endpoint.start();
  return { endpoint, pipe, crm: new CrmRequests(endpoint, tasks, clock), stop: () => endpoint.stop() };
}

/**
 * @param {unknown} list @param {(entry: any) => boolean} isGood @param {string} others @param {{warn: (...words: unknown[]) => void}} console
 * @returns {string[] | undefined} the good entries; undefined: there is no list
 */
function listed(list, isGood, others, console) {
  if (!Array.isArray(list)) return undefined;
  const good = list.filter(isGood);
  if (good.length < list.length) console.warn(`flexcrm: ${others} are left out`);
  return good;
}
