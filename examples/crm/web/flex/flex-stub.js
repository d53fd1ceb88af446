// A stand-in for the Flex UI 2.x programming interface: the names, payloads, event order and error
// texts that a plugin can see, over tasks that exist only in this page. Differences: README.md.

class Emitter {
  #listeners = new Map();

  on(name, listener) {
    this.#listeners.set(name, [...this.listeners(name), listener]);
    return this;
  }

  once(name, listener) {
    const wrapped = (...args) => {
      this.off(name, wrapped);
      listener(...args);
    };
    return this.on(name, wrapped);
  }

  off(name, listener) {
    this.#listeners.set(name, this.listeners(name).filter(other => other !== listener));
    return this;
  }

  addListener(name, listener) { return this.on(name, listener); }
  removeListener(name, listener) { return this.off(name, listener); }
  removeAllListeners(name) { this.#listeners.delete(name); return this; }
  listeners(name) { return this.#listeners.get(name) ?? []; }
  listenerCount(name) { return this.listeners(name).length; }

  emit(name, ...args) {
    for (const listener of this.listeners(name)) {
      try {
        listener(...args);
      } catch (error) {
        console.error(`listener of ${name}:`, error);
      }
    }
  }
}

function newSid(prefix) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** The time a request to the platform takes; keeps "in flight" a state that a plugin can meet. */
const roundTrip = () => new Promise(resolve => setTimeout(resolve, settings.roundTripMs));

// ---- set-up, as in the Console under Flex > Manage > Voice ----

const sids = {
  account: newSid('AC'), workspace: newSid('WS'), worker: newSid('WK'), channel: newSid('TC'),
  queues: {Everyone: newSid('WQ'), Support: newSid('WQ')},
  workflows: {'Assign to Anyone': newSid('WW')},
  activities: {Available: newSid('WA'), Break: newSid('WA'), Offline: newSid('WA')},
};

const callingCodes = {US: '+1', ES: '+34', GB: '+44', DE: '+49', FR: '+33', IE: '+353', SE: '+46', MX: '+52', AU: '+61'};

/** In memory only; the defaults are a complete set-up. */
export const settings = {
  dialpadEnabled: true,
  callerId: '+14155550100',
  queueSid: sids.queues.Everyone,
  workflowSid: sids.workflows['Assign to Anyone'],
  defaultCountry: 'US',
  allowedCountries: Object.keys(callingCodes),
  microphone: true,
  enableClientCalling: false,
  roundTripMs: 60,
};

export const choices = {
  callerIds: ['+14155550100', '+34600000001'],
  queues: sids.queues,
  workflows: sids.workflows,
  countries: Object.keys(callingCodes),
  activities: Object.keys(sids.activities),
};

// ---- Actions ----

class ActionRegistry {
  #actions = new Map();
  #listeners = new Emitter();
  #pending = new Set();

  registerAction(name, run) {
    if (this.#actions.has(name)) throw new Error(`Action ${name} is already registered`);
    this.#actions.set(name, run);
  }

  /** The replacement gets the payload and the action that it replaces. */
  replaceAction(name, replacement) {
    const original = this.#actions.get(name);
    if (!original) throw new Error('Action does not exist');
    this.#actions.set(name, payload => replacement(payload, original));
  }

  addListener(event, listener) {
    if (!/^(before|after)[A-Z]/.test(event)) throw new Error(`${event} is no action event`);
    this.#listeners.on(event, listener);
    return this;
  }

  removeListener(event, listener) {
    this.#listeners.off(event, listener);
    return this;
  }

  async invokeAction(name, payload) {
    const run = this.#actions.get(name);
    if (!run) throw new Error('Action does not exist');
    const key = name + JSON.stringify(payload, (_, value) => value instanceof Task ? value.sid : value);
    if (this.#pending.has(key)) throw new Error('Action is pending');
    this.#pending.add(key);
    try {
      const full = withTaskAndSid(payload);
      let aborted = false;
      await this.#announce(`before${name}`, full, () => { aborted = true; });
      if (aborted) throw new Error(`Action ${name} cancelled by before event`);
      const result = await run(full);
      await this.#announce(`after${name}`, full);
      return result;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #announce(event, ...args) {
    for (const listener of this.#listeners.listeners(event)) {
      try {
        await listener(...args);
      } catch (error) {
        console.error(`listener of ${event}:`, error);
      }
    }
  }
}

/** Flex fills in `task` from `sid` and `sid` from `task`. */
function withTaskAndSid(payload) {
  if (payload === null || typeof payload !== 'object') return payload;
  if (payload.task && !payload.sid) return {...payload, sid: payload.task.sid};
  if (payload.sid && !payload.task && tasks.has(payload.sid)) return {...payload, task: tasks.get(payload.sid)};
  return payload;
}

export const Actions = new ActionRegistry();

// ---- tasks and their reservations ----

/** By reservation SID, oldest first. @type {Map<string, Task>} */
const tasks = new Map();
let selectedSid = null;
let dialInFlight = false;

class Task {
  constructor({attributes, queueSid, routed}) {
    this.sid = newSid('WR');
    this.taskSid = newSid('WT');
    this.workerSid = sids.worker;
    this.attributes = attributes;
    this.status = 'pending';
    this.taskStatus = 'reserved';
    this.taskChannelSid = sids.channel;
    this.taskChannelUniqueName = 'voice';
    this.channelType = 'voice';
    this.queueSid = queueSid;
    this.queueName = Object.keys(sids.queues).find(name => sids.queues[name] === queueSid) ?? queueSid;
    this.workflowSid = sids.workflows['Assign to Anyone'];
    this.workflowName = 'Assign to Anyone';
    this.priority = 0;
    this.timeout = 86400;
    this.addOns = {};
    this.reason = '';
    this.routingTarget = routed ? sids.worker : null;
    this.dateCreated = new Date();
    this.dateUpdated = this.dateCreated;
    this.incomingTransferObject = undefined;
    this.outgoingTransferObject = undefined;
    this.conference = undefined;
  }

  get age() { return Math.round((Date.now() - this.dateCreated.getTime()) / 1000); }
  get defaultFrom() {
    const {name, direction, from, outbound_to: to} = this.attributes;
    return name || (direction === 'outbound' ? to : from) || 'Anonymous';
  }
  get formattedAttributes() { return {from: this.attributes.from, outbound_to: this.attributes.outbound_to}; }
}

const isOutbound = task => task.attributes.direction === 'outbound';
const isLiveCall = task => task.status === 'accepted';

class Reservation extends Emitter {
  constructor(task) {
    super();
    this.sid = task.sid;
    this.task = {sid: task.taskSid, attributes: task.attributes, queueSid: task.queueSid, taskChannelUniqueName: 'voice', status: 'reserved'};
    this.status = 'pending';
    this.workerSid = sids.worker;
    this.canceledReasonCode = undefined;
    this.dateCreated = task.dateCreated;
  }
}

const managerEvent = {
  accepted: 'taskAccepted', rejected: 'taskRejected', canceled: 'taskCanceled', rescinded: 'taskRescinded',
  timeout: 'taskTimeout', wrapup: 'taskWrapup', completed: 'taskCompleted',
};

function addTask(task) {
  const reservation = new Reservation(task);
  tasks.set(task.sid, task);
  worker.reservations.set(task.sid, reservation);
  worker.emit('reservationCreated', reservation);
  manager.events.emit('taskReceived', task);
  changed();
}

/** Moves a reservation on and tells everyone that Flex tells. */
async function move(task, event, status, taskStatus, canceledReasonCode) {
  const reservation = worker.reservations.get(task.sid);
  task.status = status;
  task.taskStatus = taskStatus;
  task.dateUpdated = new Date();
  reservation.status = event === 'wrapup' ? 'wrapping' : event;
  reservation.task.status = taskStatus;
  reservation.canceledReasonCode = canceledReasonCode;
  const over = status === 'completed' || status === 'canceled';
  if (over) {
    tasks.delete(task.sid);
    worker.reservations.delete(task.sid);
  }
  reservation.emit(event, reservation);
  manager.events.emit(managerEvent[event], task);
  if (!over) manager.events.emit('taskUpdated', task);
  changed();
  // The agent desktop view: the selected task is gone, so nothing is selected.
  if (over && selectedSid === task.sid) await Actions.invokeAction('SelectTask', {task: null}).catch(report);
}

function setConference(task, status, connecting) {
  task.conference = {
    conferenceSid: task.attributes.conference.sid,
    status: 'active',
    participants: [
      {participantType: 'worker', status: 'joined', connecting: false, isCurrentWorker: true, callSid: task.attributes.conference.participants.worker},
      {participantType: 'customer', status, connecting, callSid: task.attributes.conference.participants.customer},
    ],
  };
}

function conferenceAttributes(task) {
  return {room_name: task.taskSid, sid: newSid('CF'), participants: {worker: newSid('CA'), customer: newSid('CA')}};
}

function requireTask(payload, ...allowed) {
  const task = payload?.task ?? tasks.get(payload?.sid);
  if (!task || !tasks.has(task.sid)) throw new Error('reservation does not exist');
  if (!allowed.includes(task.status)) throw new Error(`reservation is in ${task.status} state`);
  return task;
}

const report = error => console.error(error);

Actions.registerAction('SelectTask', async payload => {
  const task = payload?.task ?? tasks.get(payload?.sid) ?? null;
  selectedSid = task && tasks.has(task.sid) ? task.sid : null;
  changed();
});

Actions.registerAction('AcceptTask', async payload => {
  const task = requireTask(payload, 'pending');
  if ([...tasks.values()].some(isLiveCall)) throw new Error('voice call already live');
  await roundTrip();
  requireTask({task}, 'pending');
  task.attributes = {...task.attributes, conference: conferenceAttributes(task)};
  setConference(task, 'joined', false);
  await move(task, 'accepted', 'accepted', 'assigned');
  if (selectedSid === null) await Actions.invokeAction('SelectTask', {sid: task.sid});
});

Actions.registerAction('RejectTask', async payload => {
  const task = requireTask(payload, 'pending');
  await move(task, 'rejected', 'canceled', 'pending');
});

Actions.registerAction('HangupCall', async payload => {
  const task = requireTask(payload, 'accepted');
  if (isOutbound(task) && task.conference?.participants[1].connecting) {
    await move(task, 'canceled', 'canceled', 'canceled', 45302);
  } else {
    task.conference = undefined;
    await move(task, 'wrapup', 'wrapping', 'wrapping');
  }
});

Actions.registerAction('WrapupTask', async payload => {
  await move(requireTask(payload, 'accepted'), 'wrapup', 'wrapping', 'wrapping');
});

Actions.registerAction('CompleteTask', async payload => {
  const task = requireTask(payload, 'accepted', 'wrapping');
  await roundTrip();
  await move(task, 'completed', 'completed', 'completed');
});

Actions.registerAction('SetActivity', async payload => {
  const name = payload.activityName ?? Object.keys(sids.activities).find(key => sids.activities[key] === payload.activitySid);
  if (!Object.hasOwn(sids.activities, name ?? '')) throw new Error('activity does not exist');
  worker.activity = worker.activities.get(sids.activities[name]);
  worker.emit('activityUpdated', worker);
  manager.events.emit('workerActivityUpdated', worker.activity);
  changed();
});

// ---- outgoing calls ----

/** Every StartOutboundCall that took effect, for the desktop and for tests. */
export const calls = [];

Actions.registerAction('StartOutboundCall', async payload => {
  const {destination, queueSid, callerId, taskAttributes} = payload ?? {};
  if (!settings.dialpadEnabled) throw new Error('outbound calling disabled');
  if (dialInFlight) throw new Error('outbound call action already pending');
  if (worker.activity.name === 'Offline') throw new Error('cannot do outbound calls when offline');
  if ([...tasks.values()].some(isLiveCall)) throw new Error('voice call already live');
  if ([...tasks.values()].some(task => task.status === 'pending')) throw new Error('cannot do outbound calls with a pending inbound call');
  if (destination === undefined || destination === null) throw new Error('missing destination');
  if (destination === '' || (/client:/.test(destination) && !settings.enableClientCalling)) throw new Error('invalid destination');
  if (typeof destination !== 'string') throw new TypeError('destination.startsWith is not a function');
  const from = callerId || settings.callerId;
  const queue = queueSid || settings.queueSid;
  if (!from) throw new Error("missing 'from' argument");
  if (!queue) throw new Error('missing queue');
  if (!settings.workflowSid) throw new Error('task could not be created');
  if (!settings.microphone) {
    // Flex shows a notification and resolves all the same.
    Notifications.showNotification('MicrophoneNotAvailable');
    return undefined;
  }

  dialInFlight = true;
  changed();
  try {
    await roundTrip();
    const task = new Task({attributes: {...taskAttributes, direction: 'outbound', from, outbound_to: destination}, queueSid: queue, routed: true});
    calls.push({destination, queueSid: queue, callerId: from, taskAttributes: task.attributes, taskSid: task.taskSid, reservationSid: task.sid, at: new Date()});
    addTask(task);
    connect(task, destination).catch(report);
  } finally {
    dialInFlight = false;
    changed();
  }
  return undefined;
});

/** What Flex does after the action resolved: it accepts and selects the task, and the platform calls. */
async function connect(task, destination) {
  task.attributes = {...task.attributes, conference: conferenceAttributes(task)};
  setConference(task, 'joined', true);
  await move(task, 'accepted', 'accepted', 'assigned');
  await Actions.invokeAction('SelectTask', {task});
  await roundTrip();
  if (!tasks.has(task.sid)) return;
  if (!settings.allowedCountries.some(country => destination.startsWith(callingCodes[country]))) {
    Notifications.showNotification('OutboundCallCanceledDisabledCountry');
    await move(task, 'canceled', 'canceled', 'canceled', 13227);
  }
}

/** The called person picks up (or the simulation says so). */
export function answer(sid) {
  const task = tasks.get(sid);
  if (!task?.conference) return;
  setConference(task, 'joined', false);
  manager.events.emit('taskUpdated', task);
  changed();
}

// ---- incoming calls ----

const regions = {
  '+1': ['US', 'CA', 'SAN FRANCISCO', '94105'], '+34': ['ES', '', '', ''], '+44': ['GB', '', '', ''],
};

/**
 * A caller went through the IVR and asked for an agent.
 * @param {{number?: string, customerId?: string, accountData?: object, attributes?: object, queue?: string}} caller
 *   `attributes` are added to those of a voice task, or replace them one by one.
 * @returns {Task}
 */
export function simulateInbound({number = '', customerId, accountData, attributes = {}, queue = 'Support'} = {}) {
  const to = settings.callerId || '+14155550100';
  const region = regions[Object.keys(regions).find(code => number.startsWith(code))] ?? ['', '', '', ''];
  const place = (prefix, [country, state, city, zip]) => ({
    [`${prefix}_country`]: country, [`${prefix}_state`]: state, [`${prefix}_city`]: city, [`${prefix}_zip`]: zip,
  });
  const own = ['US', 'CA', 'SAN FRANCISCO', '94105'];
  const task = new Task({
    queueSid: sids.queues[queue],
    routed: false,
    attributes: {
      call_sid: newSid('CA'), account_sid: sids.account, api_version: '2010-04-01', call_status: 'ringing', direction: 'inbound',
      from: number || 'Anonymous', to, caller: number || 'Anonymous', called: to,
      ...place('from', region), ...place('to', own), ...place('caller', region), ...place('called', own),
      ...(customerId === undefined ? {} : {customer_id: customerId}),
      ...(accountData === undefined ? {} : {account_data: accountData}),
      ...attributes,
    },
  });
  addTask(task);
  return task;
}

/** The caller hangs up, before or after the call was taken. */
export async function callerHangsUp(sid) {
  const task = tasks.get(sid);
  if (!task) return;
  if (task.status === 'pending') await move(task, 'canceled', 'canceled', 'canceled');
  else if (task.status === 'accepted') await move(task, 'wrapup', 'wrapping', 'wrapping');
}

// ---- Notifications ----

class NotificationCentre extends Emitter {
  registered = new Map();

  registerNotification(notification) { this.registered.set(notification.id, notification); }
  showNotification(id, context) { this.emit('shown', id, context); }
}

export const Notifications = new NotificationCentre();

// ---- worker, Manager ----

class Worker extends Emitter {
  sid = sids.worker;
  workspaceSid = sids.workspace;
  name = 'alice';
  friendlyName = 'alice';
  attributes = {contact_uri: 'client:alice', full_name: 'Alice'};
  reservations = new Map();
  activities = new Map(Object.entries(sids.activities).map(([name, sid]) => [sid, {sid, name, available: name === 'Available', isCurrent: false}]));
  activity = this.activities.get(sids.activities.Available);
}

const worker = new Worker();

export class Manager {
  static #instance = null;

  static getInstance() {
    return Manager.#instance ??= new Manager();
  }

  events = new Emitter();
  workerClient = worker;
  conversationsClient = new Emitter();
  configuration = globalThis.appConfig ?? {};
  user = {identity: 'alice', token: 'stub', roles: ['agent']};
  strings = {};

  get serviceConfiguration() {
    return {
      account_sid: sids.account,
      taskrouter_offline_activity_sid: sids.activities.Offline,
      outbound_call_flows: {
        default: {
          enabled: settings.dialpadEnabled, caller_id: settings.callerId, queue_sid: settings.queueSid,
          workflow_sid: settings.workflowSid, location: settings.defaultCountry,
        },
      },
    };
  }

  store = {
    getState: () => ({
      flex: {
        config: this.configuration,
        session: {identity: this.user.identity},
        view: {activeView: 'agent-desktop', selectedTaskSid: selectedSid ?? undefined},
        worker: {activity: worker.activity, attributes: worker.attributes, tasks: new Map(tasks), selectedTaskSid: selectedSid ?? undefined},
      },
    }),
    subscribe: listener => {
      storeChanges.on('changed', listener);
      return () => storeChanges.off('changed', listener);
    },
    dispatch: action => action,
  };
}

const storeChanges = new Emitter();

function changed() {
  storeChanges.emit('changed');
}

const manager = Manager.getInstance();

// ---- components that a plugin configures ----

export const AgentDesktopView = {defaultProps: {showPanel2: true, splitterOptions: {initialFirstPanelSize: '400px'}}};
export const CRMContainer = {defaultProps: {uriCallback: undefined}};

export const TaskHelper = {
  isCallTask: task => task?.taskChannelUniqueName === 'voice',
  isOutboundCallTask: task => task?.taskChannelUniqueName === 'voice' && isOutbound(task),
  isLiveCall: task => Boolean(task) && isLiveCall(task),
  isPending: task => task?.status === 'pending',
  isInWrapupMode: task => task?.status === 'wrapping',
  getTaskByTaskSid: sid => tasks.get(sid),
};

export const VERSION = '2.0.0-stub';

/** What a plugin's `init(flex, manager)` gets as its first argument. */
export const flex = {Actions, AgentDesktopView, CRMContainer, Manager, Notifications, TaskHelper, VERSION};

/** What the desktop draws. */
export const view = {
  get tasks() { return [...tasks.values()]; },
  get selectedSid() { return selectedSid; },
  get dialInFlight() { return dialInFlight; },
  worker,
  onChange: listener => storeChanges.on('changed', listener),
};
