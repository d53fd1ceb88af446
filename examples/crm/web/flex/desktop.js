// The agent desktop: draws what flex-stub.js holds, and starts the plugin.
import {loadPlugin} from './flex-plugin.js';
import {
  Actions, AgentDesktopView, Manager, Notifications, answer, callFails, callerHangsUp, calls, choices, offerEnds, setUp, settings, simulateInbound, view,
} from './flex-stub.js';
import {callers} from './callers.js';

window.flexStub = {
  calls, settings, setUp, view, simulateInbound, callerHangsUp, answer, callFails, offerEnds, Actions, manager: Manager.getInstance(),
};

const element = id => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

function button(text, className, press) {
  const node = make('button', {type: 'button', textContent: text, className});
  node.addEventListener('click', press);
  return node;
}

const invoke = (name, payload) => Actions.invokeAction(name, payload).catch(error => notify(error.message));

// ---- notices ----

const notices = {
  MicrophoneNotAvailable: 'No microphone. The call was not started.',
  OutboundCallCanceledDisabledCountry: 'Call canceled: this country is not enabled in the Voice geographic permissions.',
  OutboundCallCanceledBusy: 'Call canceled: the line is busy.',
  OutboundCallCanceledNoAnswer: 'Call canceled: nobody answered.',
  OutboundCallCanceledInvalidNumber: 'Call canceled: this is no valid number.',
  OutboundCallCanceledGeneric: 'Call canceled.',
  PendingReservationsOnActivityStateChange: 'The activity cannot change while a call is offered.',
  TaskCannotBeTransferred: 'This task cannot be transferred.',
};

let noticeTimer;

function notify(text) {
  element('notice').textContent = text;
  element('notice').hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => { element('notice').hidden = true; }, 8000);
}

Notifications.on('shown', id => notify(notices[id] ?? Notifications.registered.get(id)?.content ?? id));

// ---- tasks ----

const words = {accepted: 'Live', wrapping: 'Wrap-up', pending: 'Ringing'};

const isOutbound = task => task.attributes.direction === 'outbound';

/** Draws a list anew only if it changed, so that the focus stays where it is. */
function redraw(node, state, draw) {
  const drawn = JSON.stringify(state);
  if (node.dataset.drawn === drawn) return;
  node.dataset.drawn = drawn;
  node.replaceChildren(...draw());
}

function draw() {
  const {worker, tasks, selectedSid} = view;
  element('activity').value = worker.activity.name;
  document.body.dataset.available = worker.activity.available;
  element('panel2').hidden = !AgentDesktopView.defaultProps.showPanel2;

  const ringing = tasks.filter(task => task.status === 'pending' && !isOutbound(task));
  redraw(element('ringing'), ringing.map(task => task.sid), () => ringing.map(ringingCard));

  const taken = tasks.filter(task => !ringing.includes(task));
  redraw(element('tasks'), [selectedSid, taken.map(task => [task.sid, task.status])], () => taken.map(task => taskRow(task, selectedSid)));
  element('no-tasks').hidden = taken.length > 0;

  const live = tasks.find(task => task.status === 'accepted' || (task.status === 'pending' && isOutbound(task)));
  element('call').hidden = !live && !view.dialInFlight;
  if (live) drawCall(live);
  else if (view.dialInFlight) drawDialling();
}

function ringingCard(task) {
  const card = make('article', {className: 'ringing-card'},
    make('p', {className: 'call-kind', textContent: `Incoming call · ${task.queueName}`}),
    make('p', {className: 'call-number', textContent: task.defaultFrom}),
    make('div', {className: 'buttons'},
      button('Reject', 'danger', () => invoke('RejectTask', {sid: task.sid})),
      button('Accept', 'good', () => invoke('AcceptTask', {sid: task.sid}))));
  card.dataset.reservation = task.sid;
  return card;
}

function taskRow(task, selectedSid) {
  const selected = task.sid === selectedSid;
  const row = make('li', {className: 'task'},
    make('div', {className: 'task-who'},
      make('span', {className: 'task-name', textContent: task.defaultFrom}),
      make('span', {className: 'task-state', textContent: `${isOutbound(task) ? 'Outgoing' : 'Incoming'} · ${words[task.status] ?? task.status}`})),
    make('div', {className: 'buttons'},
      selected ? button('Deselect', '', () => invoke('SelectTask', {task: null})) : button('Select', 'primary', () => invoke('SelectTask', {sid: task.sid})),
      ...(task.status === 'accepted' ? [button('Hang up', 'danger', () => invoke('HangupCall', {sid: task.sid}))] : []),
      button('Complete', '', () => invoke('CompleteTask', {sid: task.sid}))));
  row.dataset.reservation = task.sid;
  row.toggleAttribute('data-selected', selected);
  return row;
}

let liveSid = null;
let liveSince = 0;

function drawCall(task) {
  const customer = task.conference?.participants.find(one => one.participantType === 'customer');
  const connecting = Boolean(customer?.connecting) || task.status === 'pending';
  if (task.sid !== liveSid) { liveSid = task.sid; liveSince = 0; }
  if (!connecting && liveSince === 0) liveSince = Date.now();
  element('call-kind').textContent = isOutbound(task) ? 'Outgoing call' : 'Incoming call';
  element('call-number').textContent = task.defaultFrom;
  const muted = Boolean(view.activeCall?.isMuted());
  element('call-state').textContent = connecting ? 'Calling…' : [customer?.onHold ? 'On hold' : 'Connected', ...(muted ? ['muted'] : [])].join(', ');
  element('call-answer').hidden = !connecting;
  element('call-hangup').hidden = false;
  element('call-hold').hidden = element('call-mute').hidden = connecting;
  element('call-hold').textContent = customer?.onHold ? 'Resume' : 'Hold';
  element('call-mute').textContent = muted ? 'Unmute' : 'Mute';
  drawTime();
}

function drawDialling() {
  liveSid = null;
  element('call-kind').textContent = 'Outgoing call';
  element('call-number').textContent = '';
  element('call-state').textContent = 'Starting…';
  element('call-time').textContent = '';
  for (const name of ['answer', 'hold', 'mute', 'hangup']) element(`call-${name}`).hidden = true;
}

function drawTime() {
  const seconds = liveSince === 0 ? 0 : Math.floor((Date.now() - liveSince) / 1000);
  element('call-time').textContent = liveSince === 0 ? '' : `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

setInterval(() => { if (liveSid !== null) drawTime(); }, 1000);
element('call-hangup').addEventListener('click', () => invoke('HangupCall', {sid: liveSid}));
element('call-answer').addEventListener('click', () => answer(liveSid));
element('call-mute').addEventListener('click', () => invoke('ToggleMute'));
element('call-hold').addEventListener('click', event => invoke(event.target.textContent === 'Hold' ? 'HoldCall' : 'UnholdCall', {sid: liveSid}));

// ---- activity ----

element('activity').append(...choices.activities.map(name => make('option', {value: name, textContent: name})));
element('activity').addEventListener('change', event => invoke('SetActivity', {activityName: event.target.value}));

// ---- simulator ----

element('caller').append(...callers.map((caller, index) => make('option', {value: index, textContent: caller.label})));
element('caller').addEventListener('change', () => showCaller());

function showCaller() {
  element('caller-number').value = callers[element('caller').value].number;
}

element('simulator').addEventListener('submit', event => {
  event.preventDefault();
  const caller = callers[element('caller').value];
  const number = element('caller-number').value.trim();
  const data = element('caller-data').value;
  // A number of one's own is nobody's: the customer's data go with the customer's number.
  const own = number === caller.number ? caller : {};
  simulateInbound({
    number,
    customerId: data === 'id' ? own.customerId : undefined,
    accountData: data === 'account' ? own.account : undefined,
  });
});

// ---- settings ----

const form = element('settings-form');

function fill(name, options) {
  form.elements[name].append(make('option', {value: '', textContent: 'Not chosen'}),
    ...options.map(([label, value]) => make('option', {value, textContent: label})));
}

fill('callerId', choices.callerIds.map(number => [number, number]));
fill('queueSid', Object.entries(choices.queues));
fill('workflowSid', Object.entries(choices.workflows));
fill('defaultCountry', choices.countries.map(country => [country, country]));
element('countries').append(...choices.countries.map(country =>
  make('label', {className: 'check'}, make('input', {type: 'checkbox', name: 'allowedCountries', value: country}), country)));

function showSettings() {
  for (const name of ['dialpadEnabled', 'microphone']) form.elements[name].checked = settings[name];
  for (const name of ['callerId', 'queueSid', 'workflowSid', 'defaultCountry']) form.elements[name].value = settings[name];
  for (const box of form.elements.allowedCountries) box.checked = settings.allowedCountries.includes(box.value);
}

form.addEventListener('change', () => {
  const checked = ['dialpadEnabled', 'microphone'].map(name => [name, form.elements[name].checked]);
  const chosen = ['callerId', 'queueSid', 'workflowSid', 'defaultCountry'].map(name => [name, form.elements[name].value]);
  const allowedCountries = [...form.elements.allowedCountries].filter(box => box.checked).map(box => box.value);
  setUp({...Object.fromEntries([...checked, ...chosen]), allowedCountries});
});
form.addEventListener('submit', event => event.preventDefault());

function toggleSettings(open) {
  element('settings').hidden = !open;
  element('open-settings').setAttribute('aria-expanded', String(open));
  if (open) showSettings();
  element(open ? 'close-settings' : 'open-settings').focus();
}

element('open-settings').addEventListener('click', () => toggleSettings(element('settings').hidden));
element('close-settings').addEventListener('click', () => toggleSettings(false));
element('settings').addEventListener('keydown', event => { if (event.key === 'Escape') toggleSettings(false); });

// ---- start ----

// A page around it has said already whose desktop this is.
if (window.parent === window) {
  element('signed-in').textContent = `Signed in as ${view.worker.name}`;
  element('signed-in').hidden = false;
}
view.onChange(draw);
showCaller();
draw();

try {
  const {default: Plugin} = await import('/flexcrm/plugin/FlexcrmPlugin.js');
  window.flexStub.plugin = await loadPlugin(Plugin);
  draw();
  Manager.getInstance().events.emit('pluginsInitialized');
} catch (error) {
  notify('The plugin could not be loaded.');
  throw error;
}
