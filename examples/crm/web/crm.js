// The CRM page. Two connections to the server: the Bridge carries what the Flex frame says and hears, and the Endpoint is
// the page itself, which shows customers and calls and asks for what the agent wants done. This file wires its parts.
import {Endpoint} from '/flexcrm/js/endpoint.js';
import {Bridge} from '/flexcrm/js/bridge.js';
import {missing} from '/flexcrm/js/outbound_settings.js';
import {SocketTransport} from '/flexcrm/js/socket.js';
import {ask, findCustomer, onSignedOut, openCall, openContact, saveCall, ticket} from './api.js';
import {CallPanel} from './call_panel.js';
import {Calls, endingKey} from './calls.js';
import {flexLink, serverLink, showLink} from './connection.js';
import {ChooseContact, NewContact} from './contact_dialogs.js';
import {ContactList, contactRow, nameOf} from './contacts.js';
import {Dialler} from './dial.js';
import {element, make} from './dom.js';
import {Drafts, tabStorage} from './drafts.js';
import {offerLanguages} from './language_choice.js';
import {Navigation} from './navigation.js';
import {NumberField} from './number_field.js';
import {callableNumber, isE164, setHome, shownNumber} from './phone.js';
import {Presence} from './presence.js';
import {Profile} from './profile.js';
import {SessionLog} from './session_log.js';
import {hasWords, preferredLanguage, put, say, speak} from './words.js';

await speak(preferredLanguage());
offerLanguages(element('language'));

/** @type {Endpoint | null} */
let endpoint = null;
const send = (method, params) => endpoint?.request(method, params) ?? Promise.resolve({error: {reason: 'not_connected'}});

const navigation = new Navigation(element('views'));
const log = new SessionLog(element('history'));
const calls = new Calls();
const newContact = new NewContact(element('new-contact'), () => home());
const chooseContact = new ChooseContact(element('choose-contact'));

const profile = new Profile(element('profile-container'), {
  add: known => newContact.open(known, contact => {
    log.record(() => say('contact.created', {name: nameOf(contact)}));
    void contacts.search('');
    void link(contact);
  }),
  link: () => chooseContact.open(contact => void link(contact)),
  choose: contact => void link(contact),
});

const contacts = new ContactList({
  parts: {field: element('contact-search'), list: element('contacts'), count: element('contacts-count'), note: element('contacts-note')},
  row: contact => contactRow(contact, one => {
    selection++;
    showContact(one, 'profile.from_contacts');
  }, ({id, phone, region}) => {
    navigation.show('call');
    void dialler.call(phone, {contactId: id, region});
  }),
});

element('contact-new').addEventListener('click', () => newContact.open({}, contact => {
  log.record(() => say('contact.created', {name: nameOf(contact)}));
  void contacts.search('');
  selection++;
  showContact(contact, 'profile.from_contacts');
}));

const dialNumber = new NumberField({
  parts: {field: element('phone-number'), region: element('dial-region'), preview: element('dial-preview')}, words: 'number.will_dial',
});

const dialler = new Dialler({
  number: dialNumber,
  parts: {
    form: element('dial-form'), field: element('phone-number'), button: element('dial-number'), reason: element('dial-reason'),
    outcome: element('dial-outcome'), outcomeText: element('dial-outcome-text'), outcomeIcon: element('dial-outcome-icon'),
  },
  send: params => send('DialRequest', params),
  record: words => log.record(words),
});

const presence = new Presence({
  parts: {menuButton: element('agent-button'), activity: element('agent-activity'), choices: element('availability'), status: element('availability-status')},
  send,
});

// ---- what is connected ----

const links = {
  server: {state: 'connecting', reason: ''},
  /** Flex as the server knows it, from AgentChanged; null until it has said so in this session. */
  agent: null,
  /** Flex as the frame on this page shows it. */
  frame: 'absent',
};

/** The country that the server was started with, if it was. */
let ownRegion = '';
/** What the server puts into each dial. @type {{callerId?: string, queueSid?: string}} */
let dialDefaults = {};

let flexRegion = '';

/** The country whose numbers this agent writes without a country code. */
function home() {
  // A Flex that is away has not changed its mind.
  if (links.agent?.outbound) flexRegion = links.agent.outbound.location ?? '';
  return ownRegion || flexRegion;
}

let knownHome = '';

/** The agent's country may come with the first news of Flex; a number that is being typed keeps its own. */
function showHome() {
  if (home() === knownHome) return;
  if (dialNumber.text === '') dialNumber.region = home();
  knownHome = home();
  setHome(knownHome);
}

/** What is not set up in Flex is said before anybody dials. @returns {(() => string) | null} why nothing can be dialled */
function showMissing(flex) {
  const settings = flex.blocked ? undefined : links.agent?.outbound;
  const gaps = settings ? missing(settings, dialDefaults).filter(({setting}) => setting !== 'location' || ownRegion === '') : [];
  const list = element('missing');
  const drawn = gaps.map(({setting}) => setting).join();
  list.hidden = gaps.length === 0;
  if (list.dataset.drawn !== drawn) {
    list.dataset.drawn = drawn;
    list.replaceChildren(...gaps.map(({setting}) => make('li', {'data-setting': setting, words: `missing.${setting}`})));
  }
  return gaps.some(({stopsCalls}) => stopsCalls) ? () => say('blocked.missing') : null;
}

function showLinks() {
  const server = serverLink(links.server);
  const flex = flexLink(server, links.agent, links.frame);
  showLink(element('server-state'), server);
  showLink(element('flex-state'), flex);
  presence.show(links.agent, flex);
  showHome();
  const incomplete = showMissing(flex);
  const blocked = flex.blocked ?? (links.agent?.availability === 'offline' ? () => say('blocked.offline') : null)
    ?? (calls.live ? () => say('blocked.on_call') : calls.offered.length > 0 ? () => say('blocked.incoming') : null) ?? incomplete;
  dialler.block(blocked);
  return flex;
}

// ---- who is on screen ----

/** Counts what was asked for: an answer that is older than the newest wish is dropped. */
let selection = 0;
/** @type {{contactId: string | null, taskSid?: string, byFlex: boolean}} */
let shown = {contactId: null, byFlex: false};

async function select(params) {
  const mine = ++selection;
  const {taskSid} = params;
  const [{ok, data}, record] = await Promise.all([findCustomer(params), taskSid ? learn(taskSid) : undefined]);
  if (mine !== selection) return;
  // Whose call it is may have been chosen before.
  const chosen = record?.contactId && data.kind !== 'customer' ? (await openContact(record.contactId)).data.contact : undefined;
  if (mine !== selection) return;
  showAnswer(chosen ? {kind: 'customer', customer: chosen} : ok ? data : {kind: 'failed'}, params);
}

function showAnswer(answer, {taskSid, direction, cause}) {
  const source = direction === 'outbound' ? 'profile.outgoing' : 'profile.selected';
  const note = words => { if (cause !== 'resync') log.record(words); };
  const showOther = show => {
    shown = {contactId: null, taskSid, byFlex: true};
    dialler.withdraw(home());
    show();
    contacts.mark(null);
    remember(null);
  };
  switch (answer.kind) {
    case 'customer':
      showContact(answer.customer, source, {taskSid, byFlex: true});
      note(() => say('history.selected', {name: nameOf(answer.customer)}));
      break;
    case 'several':
      showOther(() => profile.showSeveral(answer.number, answer.customers, source));
      suggest(answer.number);
      note(() => say('history.several_selected'));
      break;
    case 'unknown': {
      const number = callableNumber(answer.number);
      showOther(() => profile.showUnknown(number, source));
      suggest(number);
      note(() => say('history.unknown_selected', {number: number ? ` ${shownNumber(number)}` : ''}));
      break;
    }
    case 'account':
      showOther(() => profile.showAccount({...answer, number: callableNumber(calls.get(taskSid)?.number ?? null)}, source));
      note(() => say('history.selected', {name: nameOf(answer)}));
      break;
    case 'none':
      break;
    default:
      clear();
      note(() => say('history.not_looked_up'));
  }
}

function suggest(number) {
  if (isE164(number)) void dialler.suggest(number);
}

function deselect() {
  selection++;
  if (shown.byFlex) clear();
}

function clear() {
  shown = {contactId: null, byFlex: false};
  profile.clear();
  dialler.withdraw(home());
  contacts.mark(null);
  remember(null);
}

/** @param {string} source where it came from: the key of the words */
function showContact(contact, source, {taskSid, byFlex = false} = {}) {
  shown = {contactId: contact.id, taskSid, byFlex};
  profile.showCustomer(contact, source);
  void dialler.suggest(contact.phone, {contactId: contact.id, region: contact.region});
  contacts.mark(contact.id);
  remember(contact.id);
  void showPastCalls();
  if (!byFlex) navigation.show('customer');
}

async function showPastCalls() {
  const {contactId} = shown;
  if (contactId === null) return;
  const {ok, data} = await openContact(contactId);
  if (contactId === shown.contactId) profile.showCalls(ok ? data.calls ?? [] : null);
}

/** @returns {Promise<boolean>} whether there is such a contact */
async function openById(id, source) {
  const mine = ++selection;
  const {ok, data} = await openContact(id);
  if (ok && mine === selection) showContact(data.contact, source);
  return ok;
}

/** The address names who is on screen, so that it can be kept and sent. */
function remember(id) {
  history.replaceState(null, '', id === null ? location.pathname : `#contact=${encodeURIComponent(id)}`);
}

const contactOfAddress = () => new URLSearchParams(location.hash.slice(1)).get('contact');

function openAddress() {
  const id = contactOfAddress();
  if (id !== null && id !== shown.contactId) void openById(id, 'profile.from_link');
}

addEventListener('hashchange', openAddress);

/** The call on screen is this contact's; without a call the contact is shown all the same. */
async function link(contact) {
  const {taskSid, byFlex} = shown;
  if (taskSid !== undefined) {
    const save = revision => saveCall(taskSid, {revision: revision + 1, contactId: contact.id});
    let answer = await save(records.get(taskSid)?.revision ?? 0);
    if (answer.status === 409) answer = await save(answer.data.call.revision);
    if (answer.ok) records.set(taskSid, answer.data.call);
    log.record(() => say(answer.ok ? 'link.done' : 'link.failed', {name: nameOf(contact)}));
  }
  selection++;
  showContact(contact, byFlex ? 'profile.selected' : 'profile.from_contacts', {taskSid, byFlex});
  draw();
}

// ---- the agent's calls ----

/** What the server wrote down of each call. @type {Map<string, object>} */
const records = new Map();
/** Who the server thinks is on the line. @type {Map<string, object>} */
const people = new Map();
/** @type {Drafts} */
let drafts;
/** @type {CallPanel} */
let panel;

/** A name, else the number. */
function callerOf(call) {
  const name = records.get(call.taskSid)?.contactName;
  if (name) return name;
  const person = people.get(call.taskSid);
  if (person?.kind === 'customer') return nameOf(person.customer);
  if (person?.kind === 'account') return nameOf(person);
  const number = call.number ?? records.get(call.taskSid)?.number;
  const callable = callableNumber(number ?? null);
  return callable ? shownNumber(callable) : say(number ? 'call.withheld' : 'call.unknown_caller');
}

/** The same, but that somebody has to say who it is. */
function callTitle(call) {
  const person = people.get(call.taskSid);
  const isOpen = person?.kind === 'several' && !records.get(call.taskSid)?.contactName;
  return isOpen ? say('profile.several', {count: person.customers.length}) : callerOf(call);
}

/** Asks what the server has of a call. */
async function learn(taskSid) {
  const {ok, data} = await openCall(taskSid);
  if (!ok) return undefined;
  if ((records.get(taskSid)?.revision ?? 0) <= data.call.revision) records.set(taskSid, data.call);
  if (data.call.answeredAt) calls.answered(taskSid, new Date(data.call.answeredAt));
  draw();
  return data.call;
}

async function identify({taskSid, attributes, direction}) {
  const known = people.get(taskSid);
  if ((known && known.kind !== 'failed') || !attributes) return;
  people.set(taskSid, {kind: 'asking'});
  const {ok, data} = await findCustomer({taskSid, attributes, direction});
  people.set(taskSid, ok ? data : {kind: 'failed'});
  draw();
}

let refresh;

/** The server hears of the same news as this page, a moment earlier or later. */
function refreshSoon() {
  clearTimeout(refresh);
  refresh = setTimeout(() => {
    void showPastCalls();
    for (const {taskSid} of calls.all) void learn(taskSid);
  }, 250);
}

/** Takes news of Flex in, and does what follows from it. */
function hear(take) {
  const before = new Map(calls.all.map(({taskSid, phase}) => [taskSid, phase]));
  take();
  for (const call of calls.all) {
    const {taskSid, phase, status} = call;
    void identify(call);
    if (before.get(taskSid) === phase) continue;
    void learn(taskSid);
    if (phase !== 'ringing') announce(() => say('call.news.state', {name: callerOf(call), state: say(`call.${phase}`)}));
    if (phase === 'wrapup' || phase === 'over') refreshSoon();
    if (phase === 'wrapup' || (phase === 'over' && before.get(taskSid) !== 'wrapup')) {
      log.record(() => say('history.ended', {name: callerOf(call), why: endingWords(call)}));
      if (call.direction === 'outbound' && !call.answeredAt) dialler.ended(call.number, () => endingWords(call));
    }
    // Nothing is left to do for it, unless something was typed.
    if (status === 'completed' && !drafts.get(taskSid)) calls.forget(taskSid);
  }
  draw();
}

/** As part of a sentence. */
function endingWords(call) {
  const words = say(endingKey(call, hasWords));
  return words[0].toLocaleLowerCase() + words.slice(1);
}

function announce(words) {
  put(element('call-news'), words);
}

let announced = null;

function draw() {
  if (!panel) return;
  const flex = showLinks();
  const {live, offered: [next]} = calls;
  panel.show(calls.all, {live, unsure: calls.unsure, blocked: flex.blocked, nameOf: callTitle, recordOf: taskSid => records.get(taskSid)});
  document.body.dataset.calling = live ? 'live' : next ? 'ringing' : 'none';
  element('dial').toggleAttribute('data-live', live !== undefined);
  element('call-banner').hidden = next === undefined;
  if (next) {
    element('call-banner').dataset.task = next.taskSid;
    put(element('call-banner-name'), () => callTitle(next));
    element('banner-accept').setAttribute('aria-disabled', String(live !== undefined || flex.blocked !== null));
    // Who it is may be known a moment later; that is said then.
    const person = people.get(next.taskSid)?.kind;
    if (person !== undefined && person !== 'asking' && announced !== next.taskSid) {
      announced = next.taskSid;
      announce(() => say('call.news.ringing', {name: callerOf(next)}));
    }
  }
  put(document.querySelector('title'), next ? 'page.title.incoming' : 'page.title');
}

for (const control of ['accept', 'reject']) {
  element(`banner-${control}`).addEventListener('click', () => {
    navigation.show('call');
    panel.press(element('call-banner').dataset.task, control);
  });
}
element('banner-show').addEventListener('click', () => navigation.show('call'));

function openCaller(taskSid) {
  const person = people.get(taskSid);
  const record = records.get(taskSid);
  if (record?.contactId) void openById(record.contactId, 'profile.selected');
  else if (person?.kind && person.kind !== 'asking') showAnswer(person, {taskSid, direction: calls.get(taskSid)?.direction, cause: 'resync'});
  navigation.show('customer');
}

element('skip').addEventListener('click', event => {
  event.preventDefault();
  navigation.show('call');
  element(calls.live ? 'call-heading' : 'phone-number').focus();
});

// ---- signing in and out ----

/** A call goes on in Flex, which lives in this page: as long as there is one, the page stays. */
function goToSignIn() {
  if (calls.live) element('signed-out').hidden = false;
  else location.assign('/login?why=signed_out');
}

onSignedOut(goToSignIn);

// ---- start ----

async function start() {
  const {ok, status, data: config} = await ask('/api/config');
  if (!ok) {
    links.server = {state: 'ended', reason: status === 401 ? 'unauthorized' : 'not_started'};
    showLinks();
    return;
  }
  element('agent-name').textContent = config.agent;
  element('agent-mark').textContent = config.agent.slice(0, 1);
  element('sign-out').hidden = config.agents.length < 2;
  element('inspector').hidden = !config.inspector;
  element('audit').hidden = !config.supervisor;
  ownRegion = config.region;
  dialDefaults = config.dialDefaults;
  for (const one of [dialNumber, newContact]) one.offer(config.regions);
  dialNumber.region = home();
  showHome();
  // The bare dialect knows nothing of the agent or of calls.
  element('availability').hidden = config.bare;
  drafts = new Drafts(tabStorage(), config.agent);
  for (const taskSid of drafts.taskSids) calls.expect(taskSid);
  panel = new CallPanel({
    list: element('calls'), rest: element('call-heading'), drafts, send,
    save: async (taskSid, change) => {
      const answer = await saveCall(taskSid, change);
      if (answer.ok) {
        records.set(taskSid, answer.data.call);
        const name = callerOf(calls.get(taskSid) ?? {taskSid});
        log.record(() => say('history.saved', {name}));
        refreshSoon();
      }
      return answer;
    },
    open: openCaller,
    dismiss: taskSid => {
      calls.forget(taskSid);
      draw();
    },
  });
  void contacts.load();
  openAddress();
  connect(config);
}

function connect({agent, flexUrl, flexOrigin, flexTab, bare}) {
  const url = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}/flexcrm`;

  endpoint = new Endpoint({transport: new SocketTransport({url}), role: 'crm', agent, token: () => ticket('crm')});
  endpoint.on('TaskSelected', params => void select(params));
  endpoint.on('TaskDeselected', deselect);
  const showAgent = news => {
    // The bare dialect says nothing of the agent; there the bridge knows best.
    if (!bare) links.agent = news;
  };
  endpoint.on('AgentChanged', news => {
    showAgent(news);
    hear(() => calls.agentChanged(news));
  });
  endpoint.on('TaskChanged', news => hear(() => calls.taskChanged(news)));
  endpoint.on('CallChanged', news => hear(() => calls.callChanged(news)));
  endpoint.on('Snapshot', whole => {
    showAgent(whole.agent);
    hear(() => calls.snapshot(whole));
    if (whole.selected) void select({...whole.selected, cause: 'resync'});
    else if (whole.reset) deselect();
  });
  endpoint.on('OpenRecordRequest', async ({record: {id, type = 'contact'}}) => {
    if (type !== 'contact') throw {reason: 'failed', detail: 'unknown_record_type'};
    if (!await openById(id, 'profile.opened')) throw {reason: 'failed', detail: 'record_missing'};
    return null;
  });
  endpoint.onState((state, {reason = '', resumed = false}) => {
    links.server = {state, reason};
    if (state === 'open' && !resumed) links.agent = null;
    draw();
    if (state === 'ended' && reason === 'unauthorized') goToSignIn();
  });
  endpoint.start();

  const frame = element('flex');
  let bridge;
  if (flexTab) {
    // Its plugin has a connection of its own: nothing is said between the windows.
    frame.remove();
    element('flex-tab').hidden = false;
    element('open-flex').href = flexUrl;
  } else {
    bridge = new Bridge({frame, flexOrigin, url, agent, getTicket: () => ticket('flex'), bare});
    bridge.onState(state => {
      links.frame = state;
      draw();
    });
    frame.src = flexUrl;
  }

  element('sign-out').addEventListener('click', async () => {
    // The call would go with the frame.
    if (calls.live) return put(element('availability-status'), 'blocked.on_call');
    const {ok} = await ask('/logout', {});
    if (!ok) return;
    endpoint.stop('logout');
    bridge?.stop();
    location.assign('/login?why=goodbye');
  });
}

await start();
