// The CRM page. Two connections to the server: the Bridge carries what the Flex frame says and hears,
// and the Endpoint is the page itself, which shows customers and asks for calls.
import {Endpoint} from '/flexcrm/js/endpoint.js';
import {Bridge} from '/flexcrm/js/bridge.js';
import {SocketTransport} from '/flexcrm/js/socket.js';
import {markContact, showContacts} from './contacts.js';
import {Dialler} from './dial.js';
import {callableNumber, parseNumber} from './phone.js';
import {Profile} from './profile.js';

const element = id => document.getElementById(id);
const profile = new Profile(element('profile-container'));

const dialler = new Dialler({
  parts: {
    form: element('dial-form'), field: element('phone-number'), button: element('dial-number'), reason: element('dial-reason'),
    outcome: element('dial-outcome'), outcomeText: element('dial-outcome-text'), outcomeIcon: element('dial-outcome-icon'),
  },
  send: params => endpoint.request('DialRequest', params),
  record,
});

// ---- what is connected ----

const links = {
  server: {state: 'connecting', reason: ''},
  /** Flex as the server knows it, from AgentChanged; null until it has said so in this session. */
  agent: null,
  /** Flex as the frame on this page shows it. */
  frame: 'absent',
};

/** What the top bar says of the server, and why nothing can be dialled without it. */
function serverLink({state, reason}) {
  if (state === 'open') return {light: 'up', words: 'Connected', blocked: null};
  if (state === 'connecting') return {light: 'waiting', words: 'Connecting', blocked: 'The server is not connected yet.'};
  if (state === 'waiting') return {light: 'down', words: 'Not connected, trying again', blocked: 'The server is not connected; trying again.'};
  return reason === 'unauthorized'
    ? {light: 'down', words: 'Signed out', blocked: 'The server no longer knows this page. Reload it to sign in.'}
    : {light: 'down', words: 'Disconnected', blocked: 'The server ended the connection. Reload this page to connect again.'};
}

function flexLink({agent, frame}) {
  const present = agent === null ? frame === 'connected' : agent.connected !== false;
  if (!present) return {light: 'down', words: 'Not connected', blocked: 'Flex is not connected.'};
  const activity = agent?.activityName || {available: 'Available', busy: 'Busy', offline: 'Offline'}[agent?.availability] || 'Connected';
  if (agent?.availability === 'offline') {
    return {light: 'down', words: activity, blocked: 'You are offline in Flex. Choose another activity there to call.'};
  }
  return {light: agent?.availability === 'busy' ? 'waiting' : 'up', words: activity, blocked: null};
}

function showLinks() {
  const server = serverLink(links.server);
  const flex = server.blocked === null ? flexLink(links) : {light: 'waiting', words: 'Waiting for the server', blocked: server.blocked};
  showLink('server-state', server);
  showLink('flex-state', flex);
  dialler.block(flex.blocked);
}

function showLink(id, {light, words}) {
  const link = element(id);
  link.dataset.state = light;
  const text = link.querySelector('.link-words');
  if (text.textContent !== words) text.textContent = words;
}

// ---- who is on screen ----

let selection = 0;

async function select(params) {
  const mine = ++selection;
  const answer = await lookUp(params);
  if (mine !== selection) return;
  const source = params.direction === 'outbound' ? 'Outgoing call in Flex' : 'Selected in Flex';
  const note = text => { if (params.cause !== 'resync') record(text); };
  switch (answer.kind) {
    case 'customer':
      show(answer.customer, source);
      note(`${answer.customer.firstName} ${answer.customer.lastName} selected in Flex.`);
      break;
    case 'unknown': {
      const number = callableNumber(answer.number);
      profile.showUnknown(number, source);
      markContact(element('contacts'), null);
      dialler.withdraw();
      if (number && 'destination' in parseNumber(number)) dialler.suggest(number);
      note(`Unknown customer${number ? ` ${number}` : ''} selected in Flex.`);
      break;
    }
    case 'account':
      profile.showAccount(answer, source);
      markContact(element('contacts'), null);
      dialler.withdraw();
      note(`${answer.firstName} ${answer.lastName} selected in Flex.`);
      break;
    case 'none':
      break;
    default:
      clear();
      note('The selected customer could not be looked up.');
  }
}

async function lookUp(params) {
  try {
    const response = await fetch('/api/customer', {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(params),
    });
    return response.ok ? await response.json() : {kind: 'failed'};
  } catch {
    return {kind: 'failed'};
  }
}

function deselect() {
  selection++;
  clear();
}

function clear() {
  profile.clear();
  dialler.withdraw();
  markContact(element('contacts'), null);
}

function show(contact, source) {
  profile.showCustomer(contact, source);
  dialler.suggest(contact.phone);
  markContact(element('contacts'), contact.id);
}

// ---- what happened ----

const clock = new Intl.DateTimeFormat('en-GB', {hour: '2-digit', minute: '2-digit'});

function record(text) {
  const list = element('history');
  list.querySelector('.history-empty')?.remove();
  const item = document.createElement('li');
  const time = document.createElement('time');
  const words = document.createElement('span');
  time.textContent = clock.format(new Date());
  words.textContent = text;
  item.append(time, words);
  list.prepend(item);
  while (list.children.length > 50) list.lastElementChild.remove();
}

// ---- start ----

let endpoint = null;

const ask = async (path, request) => {
  const response = await fetch(path, request);
  if (response.status === 401) location.assign('/login');
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

async function start() {
  const [config, {contacts}] = await Promise.all([ask('/api/config'), ask('/api/contacts')]);
  element('agent-name').textContent = config.agent;
  document.querySelector('.agent-mark').textContent = config.agent.slice(0, 1);
  showContacts(contacts, {
    list: element('contacts'), count: element('contacts-count'),
    open: contact => {
      selection++;
      show(contact, 'From your contacts');
    },
    dial: number => dialler.call(number),
  });
  connect(config);
}

function connect({agent, flexUrl, flexOrigin, flexTab, bare}) {
  const url = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/flexcrm`;
  // Asked before every connection, since a ticket is good for a minute.
  const ticket = async role => (await ask('/api/ticket', {
    method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({role}),
  })).token;

  endpoint = new Endpoint({transport: new SocketTransport({url}), role: 'crm', agent, token: () => ticket('crm')});
  endpoint.on('TaskSelected', params => void select(params));
  endpoint.on('TaskDeselected', deselect);
  const showAgent = agent => {
    // The bare dialect says nothing of the agent; there the bridge knows best.
    if (!bare) links.agent = agent;
    showLinks();
  };
  endpoint.on('AgentChanged', showAgent);
  endpoint.on('Snapshot', whole => {
    showAgent(whole.agent);
    if (whole.selected) void select({...whole.selected, cause: 'resync'});
    else if (whole.reset) deselect();
  });
  endpoint.onState((state, {reason = '', resumed = false}) => {
    links.server = {state, reason};
    if (state === 'open' && !resumed) links.agent = null;
    showLinks();
  });
  endpoint.start();

  const frame = element('flex');
  if (flexTab) {
    // Its plugin has a connection of its own: nothing is said between the windows.
    frame.remove();
    element('flex-tab').hidden = false;
    element('open-flex').href = flexUrl;
    return;
  }
  const bridge = new Bridge({frame, flexOrigin, url, agent, getTicket: () => ticket('flex'), bare});
  bridge.onState(state => {
    links.frame = state;
    showLinks();
  });
  frame.src = flexUrl;
}

start().catch(() => {
  links.server = {state: 'ended', reason: 'not_started'};
  showLinks();
});
