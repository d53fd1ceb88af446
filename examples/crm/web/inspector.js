// The inspector: what goes between Flex, the server and the CRM pages of the signed-in agent, while it goes.
import {ask, onSignedOut} from './api.js';
import {element, make} from './dom.js';
import {Conversation, goldenCase, masked, pretty} from './inspector_frames.js';
import {offerLanguages} from './language_choice.js';
import {currentLanguage, languages, preferredLanguage, put, say, speak} from './words.js';

const everyMs = 500;
const afterFailureMs = 2000;
const mostRows = 2000;
const noPings = '-Ping';

await speak(preferredLanguage());
offerLanguages(element('language'));

// ---- what there is

/** @typedef {import('./inspector_frames.js').Frame & import('./inspector_frames.js').Facts & {row: HTMLElement}} Entry */

/** On the page, oldest first. @type {Entry[]} */
let entries = [];
/** What came while paused, and notes in between, as functions that put them on the page. @type {Array<() => void>} */
let waiting = [];
let waitingFrames = 0;
let conversation = new Conversation();
let begun;
let last = 0;
let paused = false;
let revealed = false;
/** @type {Entry | undefined} */
let shown;

const list = element('frames');
const room = element('frames-room');
const filters = {way: element('way'), type: element('type'), text: element('text')};

const readable = entry => (revealed ? entry.text : masked(entry.text));
const wayOf = entry => `${entry.role}.${entry.direction}`;
const typeOf = entry => entry.type ?? say('inspector.unreadable');

// ---- rows

function timeOf({at}) {
  return new Intl.DateTimeFormat(languages[currentLanguage()].locale, {hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3}).format(at);
}

function sizeOf({bytes}) {
  return say('inspector.bytes', {bytes: new Intl.NumberFormat(languages[currentLanguage()].locale).format(bytes)});
}

function outcomeOf({outcome: {state, reason, ms}, kind}) {
  const words = state === 'failed' ? reason : say(`inspector.${state}`);
  return ms === undefined || kind === 'unreadable' ? words : say('inspector.after', {outcome: words, ms});
}

function addRow(entry) {
  const button = make('button', {type: 'button', class: 'frame', 'data-kind': entry.kind, 'data-role': entry.role, 'data-direction': entry.direction},
    make('time', {words: () => timeOf(entry)}),
    make('span', {class: 'frame-way'}, make('span', {words: `inspector.way.${wayOf(entry)}`}), ' ', make('small', {}, `#${entry.session}`)),
    make('span', {class: 'frame-type'}, make('b', {words: () => typeOf(entry)}), ' ', make('small', {words: () => (entry.kind === 'answer' ? say('inspector.answer') : '')})),
    make('span', {class: 'frame-size', words: () => sizeOf(entry)}),
    make('span', {class: 'frame-outcome'}));
  entry.row = make('li', {}, button);
  settle(entry);
  button.addEventListener('click', () => show(entry));
  entries.push(entry);
  list.append(entry.row);
  if (entries.length > mostRows) entries.shift().row.remove();
  learnType(entry.type);
  filter(entry);
}

/** The outcome of a request is known later than the request. */
function settle(entry) {
  const button = entry.row.firstElementChild;
  button.dataset.outcome = entry.outcome.state;
  put(button.querySelector('.frame-outcome'), () => outcomeOf(entry));
}

function addNote(words) {
  list.append(make('li', {class: 'frames-break', words}));
}

// ---- filters

function learnType(type) {
  if (type === undefined || [...filters.type.options].some(({value}) => value === type)) return;
  const next = [...filters.type.options].slice(2).find(({value}) => value > type);
  filters.type.insertBefore(make('option', {value: type}, type), next ?? null);
}

function fits(entry) {
  const {way, type, text} = filters;
  if (way.value !== '' && way.value !== wayOf(entry)) return false;
  if (type.value === noPings ? entry.type === 'Ping' : type.value !== '' && type.value !== entry.type) return false;
  return text.value === '' || `${typeOf(entry)} ${outcomeOf(entry)} ${readable(entry)}`.toLowerCase().includes(text.value.toLowerCase());
}

function filter(entry) {
  entry.row.hidden = !fits(entry);
}

function filterAll() {
  entries.forEach(filter);
  count();
}

function count() {
  const seen = entries.filter(({row}) => !row.hidden).length;
  put(element('count'), () => (seen === entries.length ? say('inspector.count', {count: seen}) : say('inspector.some', {count: entries.length, seen})));
  const note = element('frames-note');
  note.hidden = seen > 0;
  put(note, entries.length > 0 ? 'inspector.none_fits' : 'inspector.nothing');
}

for (const way of ['', 'flex.in', 'flex.out', 'crm.in', 'crm.out'])
  filters.way.append(make('option', {value: way, words: way === '' ? 'inspector.every_way' : `inspector.way.${way}`}));
filters.type.append(make('option', {value: '', words: 'inspector.every_type'}), make('option', {value: noPings, words: 'inspector.no_pings'}));
for (const field of Object.values(filters)) field.addEventListener('input', filterAll);

// ---- one frame

function show(entry) {
  if (shown) shown.row.firstElementChild.removeAttribute('aria-current');
  shown = entry;
  element('detail').hidden = entry === undefined;
  if (!entry) return;
  entry.row.firstElementChild.setAttribute('aria-current', 'true');
  put(element('copied'), () => '');
  delete element('copied').dataset.kind;
  fillDetail();
  entry.row.scrollIntoView({block: 'nearest'});
}

function fillDetail() {
  const entry = shown;
  put(element('detail-heading'), () => (entry.kind === 'answer' ? say('inspector.answer_to', {type: typeOf(entry)}) : typeOf(entry)));
  const fact = (name, words) => make('div', {}, make('dt', {words: name}), make('dd', {words}));
  element('facts').replaceChildren(
    fact('inspector.time', () => timeOf(entry)),
    fact('inspector.way', `inspector.way.${wayOf(entry)}`),
    fact('inspector.session', () => `#${entry.session}`),
    fact('inspector.size', () => sizeOf(entry)),
    fact('inspector.outcome', () => outcomeOf(entry)));
  const other = element('other');
  other.hidden = !entry.other?.row?.isConnected;
  put(other.lastElementChild, entry.kind === 'answer' ? 'inspector.show_request' : 'inspector.show_answer');
  element('json').replaceChildren(...[...pretty(readable(entry))].map(([kind, text]) => (kind === 'mark' ? text : make('span', {class: `json-${kind}`}, text))));
}

function close() {
  const row = shown?.row;
  show(undefined);
  if (row?.isConnected && !row.hidden) row.firstElementChild.focus();
}

element('detail-close').addEventListener('click', close);
element('other').addEventListener('click', () => {
  const {other} = shown;
  show(other);
  if (other.row.hidden) element('detail-heading').focus();
  else other.row.firstElementChild.focus();
});

element('copy').addEventListener('click', async () => {
  const golden = goldenCase(shown, !revealed);
  const tell = (kind, words) => {
    element('copied').dataset.kind = kind;
    put(element('copied'), words);
  };
  if (!golden) return tell('bad', 'inspector.copy_unreadable');
  try {
    await navigator.clipboard.writeText(`${JSON.stringify(golden, null, 2)}\n`);
    tell('good', revealed ? 'inspector.copied_revealed' : 'inspector.copied');
  } catch {
    tell('bad', 'inspector.copy_failed');
  }
});

// ---- switches and keys

element('reveal').addEventListener('click', () => {
  revealed = !revealed;
  element('reveal').setAttribute('aria-checked', String(revealed));
  if (shown) fillDetail();
  filterAll();
});

function sayPause() {
  element('pause').setAttribute('aria-pressed', String(paused));
  element('pause-icon').setAttribute('href', paused ? '#i-go' : '#i-pause');
  put(element('pause-words'), paused ? 'inspector.resume' : 'inspector.pause');
  const count = waitingFrames;
  put(element('waiting'), () => (paused ? say('inspector.waiting', {count}) : ''));
}

element('pause').addEventListener('click', () => {
  paused = !paused;
  if (!paused) take();
  sayPause();
});

element('clear').addEventListener('click', () => {
  entries = [];
  list.replaceChildren();
  show(undefined);
  count();
});

document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && shown && !(event.target instanceof HTMLInputElement)) close();
});
list.addEventListener('keydown', event => {
  const rows = entries.filter(({row}) => !row.hidden).map(({row}) => row.firstElementChild);
  const here = rows.indexOf(document.activeElement);
  const to = {ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: rows.length - 1}[event.key];
  if (to === undefined || here < 0) return;
  event.preventDefault();
  rows[Math.max(0, Math.min(to, rows.length - 1))].focus();
});

// ---- what comes

function take() {
  const atEnd = room.scrollHeight - room.scrollTop - room.clientHeight < 40;
  for (const put of waiting) put();
  waiting = [];
  waitingFrames = 0;
  count();
  if (atEnd) room.scrollTop = room.scrollHeight;
}

/** @param {{begun: number, first: number, frames: object[]}} told */
function receive(told) {
  if (begun !== undefined && told.begun !== begun) {
    conversation = new Conversation();
    last = 0;
    waiting.push(() => addNote('inspector.restarted'));
  }
  const isFirst = begun === undefined;
  const isOld = told.begun !== begun && !isFirst;
  begun = told.begun;
  // Asked for what came after another run's frames, the server may have left some out.
  if (isOld) return void poll();
  const missed = told.first - last - 1;
  if (missed > 0 && !isFirst) waiting.push(() => addNote(() => say('inspector.missed', {count: missed})));
  for (const frame of told.frames) {
    const {entry, settled} = conversation.read(frame);
    last = frame.number;
    waitingFrames++;
    waiting.push(() => addRow(entry));
    if (waiting.length > mostRows) waiting.shift();
    for (const request of settled) {
      if (request.row) {
        settle(request);
        if (request === shown) fillDetail();
      }
    }
  }
  if (waiting.length > 0 && !paused) take();
  else if (paused) sayPause();
}

const server = element('server-state');
function link(state, words) {
  server.dataset.state = state;
  put(server.querySelector('.link-words'), words);
}

let timer;
let asking = false;
async function poll() {
  clearTimeout(timer);
  if (asking || document.hidden) return;
  asking = true;
  const {ok, status, data} = await ask(`/api/inspector?after=${last}`);
  asking = false;
  if (ok) {
    link('up', 'link.connected');
    put(element('agent-name'), () => data.agent);
    element('signed-out').hidden = true;
    timer = setTimeout(poll, everyMs);
    return receive(data);
  }
  if (status === 401) link('down', 'link.signed_out');
  else if (status === 404) link('down', 'inspector.off');
  else link('down', 'link.retrying');
  timer = setTimeout(poll, afterFailureMs);
}
onSignedOut(() => { element('signed-out').hidden = false; });
document.addEventListener('visibilitychange', () => void poll());

put(document.querySelector('title'), 'inspector.title');
sayPause();
count();
void poll();
