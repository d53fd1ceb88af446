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

/** In memory only; the defaults are a complete set-up, but for what the page is told to do without. */
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

/** The same words as those of flexcrm-plugin-stub. */
const without = {
  dialpad: {dialpadEnabled: false}, 'caller-id': {callerId: ''}, queue: {queueSid: ''}, workflow: {workflowSid: ''}, country: {defaultCountry: ''},
  permissions: {allowedCountries: []}, microphone: {microphone: false},
};
for (const name of globalThis.appConfig?.stub?.without ?? []) Object.assign(settings, without[name]);

/** What an administrator changes in the Console. */
export function setUp(change) {
  Object.assign(settings, change);
  changed();
}

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
      const full = name === 'SetActivity' ? withActivity(payload) : withTaskAndSid(payload);
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

/** What TaskRouter has. Flex's tasks are views of these. */
class Reservation extends Emitter {
  constructor({attributes, queueSid}) {
    super();
    this.sid = newSid('WR');
    this.status = 'pending';
    this.workerSid = sids.worker;
    this.canceledReasonCode = undefined;
    this.dateCreated = new Date();
    this.dateUpdated = this.dateCreated;
    this.task = {sid: newSid('WT'), attributes, queueSid, taskChannelUniqueName: 'voice', status: 'reserved', reason: ''};
  }
}

/** What Flex makes of a reservation: its `sid` and `status` are the reservation's, and change with it. */
class Task {
  #reservation;

  constructor({attributes, queueSid, routed}) {
    this.#reservation = new Reservation({attributes, queueSid});
    this.taskChannelSid = sids.channel;
    this.taskChannelUniqueName = 'voice';
    this.queueSid = queueSid;
    this.queueName = Object.keys(sids.queues).find(name => sids.queues[name] === queueSid) ?? queueSid;
    this.workflowSid = sids.workflows['Assign to Anyone'];
    this.workflowName = 'Assign to Anyone';
    this.priority = 0;
    this.timeout = 86400;
    this.addOns = {};
    this.routingTarget = routed ? sids.worker : null;
    this.incomingTransferObject = undefined;
    this.outgoingTransferObject = undefined;
    this.conference = undefined;
  }

  get sourceObject() { return this.#reservation; }
  get sid() { return this.#reservation.sid; }
  get status() { return this.#reservation.status; }
  get workerSid() { return this.#reservation.workerSid; }
  get dateCreated() { return this.#reservation.dateCreated; }
  get dateUpdated() { return this.#reservation.dateUpdated; }
  get taskSid() { return this.#reservation.task.sid; }
  get taskStatus() { return this.#reservation.task.status; }
  get reason() { return this.#reservation.task.reason; }
  get attributes() { return this.#reservation.task.attributes; }
  set attributes(attributes) { this.#reservation.task.attributes = attributes; }
  get channelType() { return this.attributes.channelType ?? this.taskChannelUniqueName; }
  get age() { return Math.round((Date.now() - this.dateCreated.getTime()) / 1000); }
  get defaultFrom() {
    const {name, direction, from, outbound_to: to} = this.attributes;
    return name || (direction === 'outbound' ? to : from) || 'Anonymous';
  }
  get formattedAttributes() { return {from: this.attributes.from, outbound_to: this.attributes.outbound_to}; }
}

const isOutbound = task => task.attributes.direction === 'outbound';
const isLiveCall = task => task.status === 'accepted';
const hasOutgoingTransfer = task => task.outgoingTransferObject?.status === 'initiated';

const managerEvent = {
  accepted: 'taskAccepted', rejected: 'taskRejected', canceled: 'taskCanceled', rescinded: 'taskRescinded',
  timeout: 'taskTimeout', wrapup: 'taskWrapup', completed: 'taskCompleted',
};

function addTask(task) {
  const reservation = task.sourceObject;
  worker.reservations.set(task.sid, reservation);
  worker.emit('reservationCreated', reservation);
  manager.events.emit('taskReceived', task);
  tasks.set(task.sid, task);
  changed();
}

const lastStatuses = ['completed', 'canceled', 'rejected', 'timeout', 'rescinded'];

/**
 * Moves a reservation on and tells everyone in Flex's order: `taskUpdated` and the event's own first, then the store,
 * then whoever listens to the reservation.
 */
async function move(task, event, taskStatus, canceledReasonCode) {
  const reservation = task.sourceObject;
  reservation.status = event === 'wrapup' ? 'wrapping' : event;
  reservation.task.status = taskStatus;
  reservation.dateUpdated = new Date();
  reservation.canceledReasonCode = canceledReasonCode;
  const over = lastStatuses.includes(event);
  if (event !== 'accepted') endCall(task);
  manager.events.emit('taskUpdated', task, event);
  manager.events.emit(managerEvent[event], task);
  if (over) {
    tasks.delete(task.sid);
    worker.reservations.delete(task.sid);
  }
  changed();
  reservation.emit(event, reservation);
  // The agent desktop view: the selected task is gone, so nothing is selected.
  if (over && selectedSid === task.sid) await Actions.invokeAction('SelectTask', {task: null}).catch(report);
}

// ---- the agent's call: a conference, and the browser's own leg of it ----

/** The browser's leg, as the voice SDK gives it. @type {Call | undefined} */
let activeCall;

class Call {
  #task;
  #muted = false;
  /** Every tone that was sent, for tests. */
  digits = '';

  constructor(task) { this.#task = task; }

  get task() { return this.#task; }
  isMuted() { return this.#muted; }
  mute(on = true) { this.#muted = on; changed(); }
  sendDigits(digits) { this.digits += digits; }

  /** The agent leaves: a call that nobody answered yet is canceled, another goes to its wrap-up. */
  disconnect() {
    const task = this.#task;
    const leave = isOutbound(task) && customerOf(task)?.connecting ? move(task, 'canceled', 'canceled', 45302) : move(task, 'wrapup', 'wrapping');
    leave.catch(report);
  }
}

const customerOf = task => task.conference?.participants.find(one => one.participantType === 'customer');

/** The agent's leg is up; the customer's is `connecting` until somebody answers, although Flex says "joined". */
function startCall(task, {connecting}) {
  const callSids = {worker: newSid('CA'), customer: newSid('CA')};
  const sid = newSid('CF');
  task.attributes = {...task.attributes, conference: {room_name: task.taskSid, sid, participants: callSids}};
  const participant = (participantType, more) => ({
    participantType, status: 'joined', connecting: false, onHold: false, muted: false, isCurrentWorker: false, callSid: callSids[participantType], ...more,
  });
  task.conference = {
    sid: task.taskSid, conferenceSid: sid, status: 'active',
    participants: [participant('worker', {isCurrentWorker: true, workerSid: sids.worker}), participant('customer', {connecting})],
  };
  activeCall = new Call(task);
}

function endCall(task) {
  for (const participant of task.conference?.participants ?? []) Object.assign(participant, {status: 'left', connecting: false, onHold: false});
  if (activeCall?.task === task) activeCall = undefined;
}

function setHold(task, onHold) {
  customerOf(task).onHold = onHold;
  changed();
}

const report = error => console.error(error);

Actions.registerAction('SelectTask', async payload => {
  const task = payload?.task ?? tasks.get(payload?.sid) ?? null;
  selectedSid = task && tasks.has(task.sid) ? task.sid : null;
  changed();
});

/** Fails as Flex does: a task that is gone has no reservation. */
function reservationOf(payload) {
  const task = payload?.task ?? tasks.get(payload?.sid);
  if (!task) throw new TypeError("Cannot read properties of undefined (reading 'sid')");
  if (!worker.reservations.has(task.sid)) throw new Error('reservation for task not found');
  return task;
}

function pendingTask(payload) {
  const task = reservationOf(payload);
  if (task.status !== 'pending') throw new Error('reservation is not in pending state');
  return task;
}

/** Until its reservation has moved on, Flex lets nobody accept it again. */
const accepting = new Set();

Actions.registerAction('AcceptTask', async payload => {
  const task = pendingTask(payload);
  if (accepting.has(task.sid)) throw new Error('Action is blocked');
  if ([...tasks.values()].some(isLiveCall)) throw new Error('voice call already live');
  accepting.add(task.sid);
  try {
    await roundTrip();
  } finally {
    accepting.delete(task.sid);
  }
  pendingTask({task});
  startCall(task, {connecting: false});
  await move(task, 'accepted', 'assigned');
  if (selectedSid === null) await Actions.invokeAction('SelectTask', {sid: task.sid});
});

Actions.registerAction('RejectTask', async payload => {
  const task = pendingTask(payload);
  await roundTrip();
  await move(pendingTask({task}), 'rejected', 'pending');
});

// Whichever task is given: Flex ends the call that is live.
Actions.registerAction('HangupCall', async payload => {
  if (!payload?.task) throw new Error('no task in payload');
  if (!activeCall) throw new Error('no active call');
  activeCall.disconnect();
});

Actions.registerAction('WrapupTask', async payload => {
  const {task} = payload ?? {};
  if (task?.status !== 'accepted') throw new Error('reservation is not in accepted state');
  await roundTrip();
  // What TaskRouter refuses meanwhile, Flex keeps to itself.
  if (task.status === 'accepted') await move(task, 'wrapup', 'wrapping');
});

Actions.registerAction('CompleteTask', async payload => {
  const {task} = payload ?? {};
  if (!task) throw new Error('Could not complete reservation');
  if (task.status === 'completed') throw new Error('reservation is in completed state');
  await roundTrip();
  if (!['accepted', 'wrapping'].includes(task.status)) throw new Error('Could not complete reservation');
  await move(task, 'completed', 'completed');
});

const canHold = task => Boolean(task) && isLiveCall(task) && Boolean(customerOf(task)) && !hasOutgoingTransfer(task);

for (const [name, onHold] of [['HoldCall', true], ['UnholdCall', false]]) {
  Actions.registerAction(name, async payload => {
    const {task} = payload ?? {};
    if (!canHold(task)) throw new Error(onHold ? 'cannot hold call' : 'cannot unhold call');
    await roundTrip();
    // The promise is TaskRouter's; the conference changes a little later.
    roundTrip().then(() => isLiveCall(task) && setHold(task, onHold)).catch(report);
  });
}

Actions.registerAction('ToggleMute', async () => {
  if (!activeCall) throw new Error('cannot call mute with no live call');
  activeCall.mute(!activeCall.isMuted());
});

Actions.registerAction('SendDTMFDigits', async payload => {
  if (!payload?.task || !isLiveCall(payload.task)) throw new Error('cannot send digits to a non live call');
  if (!activeCall) throw new Error('no active call');
  activeCall.sendDigits(payload.digits);
});

Actions.registerAction('TransferTask', async payload => {
  const {task, targetSid, options} = payload ?? {};
  if (!task || !isLiveCall(task) || hasOutgoingTransfer(task)) {
    Notifications.showNotification('TaskCannotBeTransferred');
    throw new Error('cannot transfer task');
  }
  await roundTrip();
  const mode = options?.mode ?? 'WARM';
  task.outgoingTransferObject = {sid: newSid('TT'), status: 'initiated', mode, to: targetSid, type: targetSid?.startsWith('WK') ? 'WORKER' : 'QUEUE'};
  setHold(task, true);
  if (mode !== 'COLD') return;
  // This agent is out of a cold transfer at once.
  await roundTrip();
  task.outgoingTransferObject.status = 'completed';
  await move(task, 'wrapup', 'wrapping');
});

Actions.registerAction('CancelTransfer', async payload => {
  const {task} = payload ?? {};
  if (!task || !hasOutgoingTransfer(task)) throw new Error('there are no outgoing transfer to cancel');
  await roundTrip();
  task.outgoingTransferObject.status = 'canceled';
  setHold(task, false);
});

Actions.registerAction('SetActivity', async payload => {
  const activity = worker.activities.get(payload.activitySid);
  if (payload.activitySid === worker.activity.sid) return;
  await roundTrip();
  // TaskRouter refuses while something is offered; Flex shows that, and resolves all the same.
  if (!activity?.available && [...tasks.values()].some(task => task.status === 'pending')) {
    Notifications.showNotification('PendingReservationsOnActivityStateChange');
    return;
  }
  if (!activity) return;
  worker.activity = activity;
  worker.emit('activityUpdated', worker);
  manager.events.emit('workerActivityUpdated', worker.activity, worker.activities);
  changed();
});

/** Flex finds the SID of a name, and both names of a SID; an unknown name is left without. */
function withActivity(payload = {}) {
  const {activityName, activitySid = [...worker.activities.values()].find(one => one.name === activityName)?.sid} = payload;
  if (activitySid === undefined) return {...payload, activitySid};
  const {name, available} = worker.activities.get(activitySid);
  return {...payload, activitySid, activityName: name, activityAvailable: available};
}

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
  startCall(task, {connecting: true});
  await move(task, 'accepted', 'assigned');
  await Actions.invokeAction('SelectTask', {task});
  await roundTrip();
  if (!settings.allowedCountries.some(country => destination.startsWith(callingCodes[country]))) await callFails(task.sid, 13227);
}

/** The called person picks up. No event says so: the conference changes, and with it the store. */
export function answer(sid) {
  const task = tasks.get(sid);
  if (!task?.conference) return;
  customerOf(task).connecting = false;
  changed();
}

const canceledNotices = {
  13223: 'InvalidNumber', 21211: 'InvalidNumber', 13227: 'DisabledCountry', 21215: 'DisabledCountry', 21210: 'FromNumberUnverified',
  21219: 'ToNumberUnverified', 21216: 'ToNumberBlocked', 45303: 'Busy', 45305: 'NoAnswer',
};

/** The platform could not connect an outgoing call: its reservation is canceled, with Twilio's number for why. */
export async function callFails(sid, code) {
  const task = tasks.get(sid);
  if (!task || !isOutbound(task) || !customerOf(task)?.connecting) return;
  Notifications.showNotification(`OutboundCallCanceled${canceledNotices[code] ?? 'Generic'}`);
  await move(task, 'canceled', 'canceled', code);
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
  if (task?.status === 'pending') await move(task, 'canceled', 'canceled');
  else if (task?.status === 'accepted') await move(task, 'wrapup', 'wrapping');
}

/** Nobody took an offered task in time, or TaskRouter gave it to somebody else. @param {'timeout' | 'rescinded'} how */
export async function offerEnds(sid, how) {
  const task = tasks.get(sid);
  if (task?.status === 'pending') await move(task, how, 'pending');
}

// ---- Notifications ----

class NotificationCentre extends Emitter {
  registered = new Map();

  registerNotification(notification) { this.registered.set(notification.id, notification); }
  showNotification(id, context) { this.emit('shown', id, context); }
}

export const Notifications = new NotificationCentre();

// ---- worker, Manager ----

/** In a tab of its own Flex has a login of its own; who that was stands in the configuration here. */
const identity = globalThis.appConfig?.flexcrm?.agent ?? 'alice';

class Worker extends Emitter {
  sid = sids.worker;
  workspaceSid = sids.workspace;
  name = identity;
  friendlyName = identity;
  attributes = {contact_uri: `client:${identity}`, full_name: identity.slice(0, 1).toUpperCase() + identity.slice(1)};
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
  user = {identity, token: 'stub', roles: ['agent']};
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
        worker: {
          activity: worker.activity, activities: worker.activities, attributes: worker.attributes, tasks: new Map(tasks),
          selectedTaskSid: selectedSid ?? undefined,
        },
        phone: {activeCall},
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
  isCallOnHold: task => Boolean(task) && isLiveCall(task) && Boolean(customerOf(task)?.onHold),
  canHold,
  canTransfer: task => Boolean(task) && isLiveCall(task) && !hasOutgoingTransfer(task),
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
  get activeCall() { return activeCall; },
  worker,
  onChange: listener => storeChanges.on('changed', listener),
};
