// The pure parts of the CRM page: words, times, the state of calls, drafts, refusals.
import assert from 'node:assert/strict';
import {readdir, readFile} from 'node:fs/promises';
import test from 'node:test';
import {Calls, endingKey} from '../../../examples/crm/web/calls.js';
import {Drafts} from '../../../examples/crm/web/drafts.js';
import {problemWords} from '../../../examples/crm/web/number_field.js';
import {callableNumber, isE164, learnNumbers, regionOf, setHome, shownNumber} from '../../../examples/crm/web/phone.js';
import {outcomeWords, refusalWords} from '../../../examples/crm/web/refusals.js';
import {chooseLanguage, clockWords, hasWords, monthWords, say, speak} from '../../../examples/crm/web/words.js';
import en from '../../../examples/crm/web/words/en.js';
import es from '../../../examples/crm/web/words/es.js';

const web = new URL('../../../examples/crm/web/', import.meta.url);
const placeholders = entry => [...new Set(JSON.stringify(entry).match(/\{\w+\}/g) ?? [])].sort();

test('both languages have the same words, with the same holes', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(es).sort());
  for (const key of Object.keys(en)) {
    assert.deepEqual(placeholders(en[key]), placeholders(es[key]), key);
    for (const [name, entry] of [['en', en[key]], ['es', es[key]]]) {
      const texts = typeof entry === 'string' ? [entry] : [entry.one, entry.other];
      assert.ok(texts.every(text => typeof text === 'string' && text !== ''), `${name} ${key}`);
    }
  }
});

test('every key that the page names has words, and every word is named', async () => {
  const files = (await readdir(web)).filter(name => /\.(js|html)$/.test(name));
  const sources = (await Promise.all(files.map(name => readFile(new URL(name, web), 'utf8')))).join('\n');
  const named = [...sources.matchAll(/data-words(?:-[\w-]+)?="([^"]+)"/g), ...sources.matchAll(/(?:say\(|words: |put\([^'\n]*, )'([a-z_]+\.[\w.]+)'/g)].map(([, key]) => key);
  assert.ok(named.length > 100);
  assert.deepEqual(named.filter(key => !Object.hasOwn(en, key)), []);
  // Some are put together from what they are about.
  const families = [...sources.matchAll(/`([a-z_]+(?:\.[a-z_]+)*\.)\$\{/g)].map(([, family]) => family);
  const unused = Object.keys(en).filter(key => !sources.includes(`'${key}'`) && !sources.includes(`"${key}"`) && !families.some(family => key.startsWith(family)));
  assert.deepEqual(unused, []);
});

test('the language: what was chosen, else what the browser asks for, else English', () => {
  assert.equal(chooseLanguage([null, 'es-MX', 'en']), 'es');
  assert.equal(chooseLanguage(['en', 'es']), 'en');
  assert.equal(chooseLanguage([null, 'fr-FR', 'ES']), 'es');
  assert.equal(chooseLanguage([null, 'fr', '__proto__', '']), 'en');
});

test('words: plurals, holes, dates and clocks', async () => {
  await speak('en');
  assert.equal(say('contacts.count', {count: 1}), '1 contact');
  assert.equal(say('contacts.count', {count: 0}), '0 contacts');
  assert.equal(say('dial.placed', {number: '+34600000017'}), 'Call to +34600000017 placed.');
  assert.equal(say('no.such_word'), 'no.such_word');
  assert.equal(hasWords('constructor'), false);
  assert.equal(monthWords('2019-03-14'), 'March 2019');
  assert.equal(monthWords('long ago'), 'long ago');
  await speak('es');
  assert.equal(say('contacts.count', {count: 1}), '1 contacto');
  assert.equal(say('contacts.count', {count: 1000000}), '1000000 contactos');
  assert.equal(monthWords('2019-03-14'), 'marzo de 2019');
  assert.deepEqual([0, 7.9, 59, 60, 3599, 3600, 36061, -5].map(clockWords), ['0:00', '0:07', '0:59', '1:00', '59:59', '1:00:00', '10:01:01', '0:00']);
});

test('refusals are told as exactly as is known', async () => {
  await speak('en');
  assert.equal(refusalWords({reason: 'failed', detail: 'task_missing'}), 'Flex no longer has this task');
  assert.equal(refusalWords({reason: 'failed', detail: '48999'}), 'Flex could not do it (48999)');
  assert.equal(refusalWords({reason: 'failed', detail: '48999'}, 'dial'), 'Flex could not place it (48999)');
  assert.equal(refusalWords({reason: 'rate_limited', retryAfterMs: 2100}), 'too many requests in a short time; try again in 3 s');
  assert.equal(refusalWords({reason: 'something_new'}), 'Flex refused it (something_new)');
  assert.equal(refusalWords({reason: 'constructor'}), 'Flex refused it (constructor)');
  assert.match(outcomeWords('unknown', undefined, '+34911234567'), /we do not know whether the call was placed/);
  assert.equal(outcomeWords('refused', {reason: 'agent_busy'}, '+34911234567'), 'Call to +34911234567 not placed: you already have a call in Flex.');
});

test('numbers: as in their country if it is the agent\'s, else with the country code, and as they are while nothing is known', async t => {
  const asked = [];
  const numbers = {
    '+34600000017': {national: '600 00 00 17', international: '+34 600 00 00 17', region: 'ES'},
    '+14155550134': {national: '(415) 555-0134', international: '+1 415-555-0134', region: 'US'},
    '+80012345678': {national: '1234 5678', international: '+800 1234 5678', region: ''},
  };
  t.mock.method(globalThis, 'fetch', async (path, {body}) => {
    asked.push([path, JSON.parse(body)]);
    return new Response(JSON.stringify({numbers}), {headers: {'Content-Type': 'application/json'}});
  });
  globalThis.document = {querySelectorAll: () => []};
  t.after(() => { delete globalThis.document; });
  assert.equal(shownNumber('+34600000017'), '+34600000017');
  await learnNumbers(['+34600000017', '+34600000017', '+14155550134', '+80012345678', 'anonymous', '600 00 00 17', '', null, undefined]);
  await learnNumbers(['+34600000017', '']);
  assert.deepEqual(asked, [['/api/numbers', {numbers: ['+34600000017', '+14155550134', '+80012345678']}]]);
  const all = () => Object.keys(numbers).map(shownNumber);
  assert.deepEqual(all(), ['+34 600 00 00 17', '+1 415-555-0134', '+800 1234 5678']);
  setHome('ES');
  assert.deepEqual(all(), ['600 00 00 17', '+1 415-555-0134', '+800 1234 5678']);
  setHome('US');
  assert.deepEqual(all(), ['+34 600 00 00 17', '(415) 555-0134', '+800 1234 5678']);
  setHome('');
  assert.deepEqual(['+34600000017', '+4930'].map(regionOf), ['ES', '']);
  assert.deepEqual(['+34600000017', '34600000017', '', null].map(isE164), [true, false, false, false]);
  assert.deepEqual(['+34600000017', 'Anonymous', '+266696687', '', null].map(callableNumber), ['+34600000017', null, null, null, null]);
});

test('why a text is no number: each reason has words, with the country where it matters', async () => {
  const header = await readFile(new URL('../../../include/flexcrm/phone.hpp', import.meta.url), 'utf8');
  const faults = header.match(/enum class PhoneFault \{([^}]*)\}/)[1].match(/^ {2}[a-z_]+/gm).map(name => name.trim());
  assert.ok(faults.length > 15);
  for (const table of [en, es]) assert.deepEqual(faults.filter(name => !Object.hasOwn(table, `number.${name}`)), []);
  const types = header.match(/enum_words\(PhoneType\) \{([^}]*)\}/)[1].match(/[a-z_]+(?=")/g).filter(name => name !== 'unknown');
  for (const table of [en, es]) assert.deepEqual(types.filter(name => !Object.hasOwn(table, `number.type.${name}`)), []);
  await speak('es');
  assert.equal(problemWords('foreign_prefix', ' 0044 20 ', 'US'), '«0044 20»: desde Estados Unidos no se marca 00 para llamar al extranjero. Escriba + en su lugar.');
  await speak('en');
  assert.equal(problemWords('no_region', '600 123', ''), '“600 123” has no country code. Choose the country, or write it with + and the country code.');
  assert.equal(problemWords('of_a_later_version', 'abc', ''), '“abc” is not a telephone number.');
});

test('every refusal of a dial policy has words, and those with a time say when', async () => {
  const header = await readFile(new URL('../../../include/flexcrm/error.hpp', import.meta.url), 'utf8');
  const names = [...header.matchAll(/^ {2}(\w+),\s+\/\/\/< a DialPolicy:/gm)].map(([, name]) => name);
  assert.ok(names.length >= 14, String(names));
  for (const table of [en, es]) assert.deepEqual(names.filter(name => !Object.hasOwn(table, `refused.${name}`)), []);
  await speak('en');
  assert.equal(refusalWords({reason: 'agent_limit', retryAfterMs: 41000}), 'you have dialled as often as one agent may; try again in 41 s');
});

test('what can be missing in the set-up of Flex has words', async () => {
  const source = await readFile(new URL('../../../src/browser/outbound_settings.js', import.meta.url), 'utf8');
  const settings = [...source.matchAll(/setting: '(\w+)'/g)].map(([, name]) => name);
  assert.equal(settings.length, 5);
  assert.deepEqual(settings.filter(name => !hasWords(`missing.${name}`)), []);
});

// ---- calls ----

const taskSid = 'WT00000000000000000000000000000001';
const other = 'WT00000000000000000000000000000002';
const at = seconds => new Date(Date.UTC(2026, 0, 31, 12, 0, seconds)).toISOString();
const task = (status, seconds, more = {}) => ({taskSid, reservationSid: 'WR1', status, at: at(seconds), channel: 'voice', ...more});
const call = (state, seconds, more = {}) => ({taskSid, state, at: at(seconds), direction: 'inbound', from: '+34600000017', to: '+14155550100', ...more});
const inbound = {attributes: {direction: 'inbound', from: '+34600000017'}};
const outbound = {attributes: {direction: 'outbound', from: '+14155550100', outbound_to: '+34911234567'}};
const here = {agent: {availability: 'available', connected: true}};
const away = {agent: {availability: 'offline', connected: false}};

test('a call that comes in, from the first ring to the end', () => {
  const calls = new Calls();
  const phases = [];
  const hear = (kind, news) => {
    calls[kind](news);
    phases.push(calls.get(taskSid).phase);
  };
  hear('taskChanged', task('offered', 0, inbound));
  hear('callChanged', call('ringing', 0));
  hear('taskChanged', task('accepted', 4));
  hear('callChanged', call('connected', 5));
  hear('callChanged', call('connected', 6, {muted: true}));
  assert.equal(calls.get(taskSid).muted, true);
  hear('callChanged', call('held', 10, {muted: true}));
  hear('callChanged', call('connected', 20));
  assert.equal(calls.live.taskSid, taskSid);
  hear('taskChanged', task('wrapup', 30));
  hear('callChanged', call('ended', 30, {durationSeconds: 25}));
  hear('taskChanged', task('completed', 40));
  assert.deepEqual(phases, ['ringing', 'ringing', 'connecting', 'connected', 'connected', 'held', 'connected', 'wrapup', 'wrapup', 'over']);
  const {answeredAt, durationSeconds, muted, number} = calls.get(taskSid);
  assert.deepEqual([answeredAt.toISOString(), durationSeconds, muted, number], [at(5), 25, false, '+34600000017']);
  assert.equal(calls.live, undefined);
});

test('a call that goes out rings elsewhere until somebody answers', () => {
  const calls = new Calls();
  calls.taskChanged(task('accepted', 0, outbound));
  assert.equal(calls.get(taskSid).phase, 'dialing');
  calls.callChanged(call('dialing', 0, {direction: 'outbound', from: '+14155550100', to: '+34911234567'}));
  assert.deepEqual([calls.get(taskSid).phase, calls.get(taskSid).number, calls.live.taskSid], ['dialing', '+34911234567', taskSid]);
  calls.taskChanged(task('canceled', 9, {reasonCode: 45303}));
  calls.callChanged(call('ended', 9, {direction: 'outbound', cause: 'failed', causeCode: 45303}));
  assert.equal(calls.get(taskSid).phase, 'over');
  assert.equal(endingKey(calls.get(taskSid), key => Object.hasOwn(en, key)), 'end.code.45303');
});

test('how a call ended: the nearest words there are', () => {
  const key = ended => endingKey(ended, one => Object.hasOwn(en, one));
  assert.equal(key({status: 'canceled', direction: 'outbound', causeCode: 13227, cause: 'destination_not_allowed'}), 'end.code.13227');
  assert.equal(key({status: 'canceled', direction: 'outbound', causeCode: 21216, cause: 'destination_not_allowed'}), 'end.cause.destination_not_allowed');
  assert.equal(key({status: 'canceled', direction: 'inbound'}), 'end.caller_gone');
  assert.equal(key({status: 'canceled', direction: 'outbound'}), 'end.not_placed');
  assert.equal(key({status: 'rescinded', direction: 'inbound'}), 'end.rescinded');
  assert.equal(key({status: 'wrapup', reason: 'transferred', answeredAt: new Date()}), 'end.transferred');
  assert.equal(key({status: 'wrapup', answeredAt: new Date()}), 'end.plain');
});

test('a Snapshot of a Flex that is here counts: what it does not tell of is lost, but for offers', () => {
  const calls = new Calls();
  calls.taskChanged(task('offered', 0, inbound));
  calls.taskChanged({...task('offered', 1, inbound), taskSid: other});
  calls.taskChanged(task('accepted', 2));
  calls.snapshot({...away, tasks: [], calls: [], reset: true});
  assert.deepEqual([calls.unsure, calls.get(taskSid).phase, calls.get(other).phase], [true, 'connected', 'ringing']);
  calls.snapshot({...here, tasks: [], calls: [], reset: true});
  assert.deepEqual([calls.unsure, calls.get(taskSid).phase, calls.get(other)], [false, 'lost', undefined]);
  // Flex found it again after all.
  calls.snapshot({...here, tasks: [task('accepted', 2, inbound)], calls: [call('held', 8)], reset: false});
  assert.equal(calls.get(taskSid).phase, 'held');
});

test('a page that is loaded anew has everything from the Snapshot, and the answer from the log', () => {
  const calls = new Calls();
  calls.snapshot({...here, tasks: [task('accepted', 2, inbound)], calls: [call('held', 60, {muted: true})], reset: false});
  const {phase, muted, answeredAt} = calls.get(taskSid);
  assert.deepEqual([phase, muted, answeredAt.toISOString()], ['held', true, at(60)]);
  calls.answered(taskSid, new Date(at(3)));
  calls.answered(taskSid, new Date(at(50)));
  assert.equal(calls.get(taskSid).answeredAt.toISOString(), at(3));
});

test('a call with a draft is expected: it is lost if nobody tells of it', () => {
  const calls = new Calls();
  calls.expect(taskSid);
  calls.expect(other);
  calls.snapshot({...away});
  assert.deepEqual(calls.all, []);
  calls.snapshot({...here, tasks: [task('wrapup', 9, inbound)], calls: []});
  assert.deepEqual([calls.get(taskSid).phase, calls.get(other).phase], ['wrapup', 'lost']);
});

test('what was told before changes nothing, and what is no call is not of interest', () => {
  const calls = new Calls();
  calls.taskChanged(task('offered', 0, {...inbound, channel: 'chat'}));
  calls.taskChanged(task('completed', 0, {repeated: true}));
  calls.callChanged(call('ended', 0));
  assert.deepEqual(calls.all, []);
  calls.taskChanged(task('offered', 0, inbound));
  calls.taskChanged(task('accepted', 5));
  calls.callChanged(call('connected', 6));
  calls.taskChanged(task('offered', 0, {repeated: true}));
  calls.callChanged(call('ringing', 0, {repeated: true}));
  assert.equal(calls.get(taskSid).phase, 'connected');
});

test('calls in order: on the line, ringing, wrap-up, over; and the over ones go when the next comes', () => {
  const calls = new Calls();
  const add = (number, status, more = inbound) => calls.taskChanged({...task(status, number, more), taskSid: `WT${number}`});
  add(1, 'offered');
  add(1, 'wrapup');
  add(2, 'offered');
  add(3, 'offered');
  add(3, 'accepted');
  add(2, 'timeout');
  assert.deepEqual(calls.all.map(one => one.taskSid), ['WT3', 'WT1', 'WT2']);
  add(4, 'offered');
  assert.deepEqual(calls.all.map(one => one.taskSid), ['WT3', 'WT4', 'WT1']);
});

// ---- drafts ----

class Storage {
  #items = new Map();
  get length() { return this.#items.size; }
  key(index) { return [...this.#items.keys()][index]; }
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, value) { this.#items.set(key, value); }
  removeItem(key) { this.#items.delete(key); }
}

test('drafts belong to an agent and a task, and empty ones are none', () => {
  const storage = new Storage();
  const drafts = new Drafts(storage, 'alice');
  drafts.set(taskSid, {notes: 'half a', disposition: ''});
  assert.deepEqual(new Drafts(storage, 'alice').get(taskSid), {notes: 'half a', disposition: ''});
  assert.equal(new Drafts(storage, 'bob').get(taskSid), null);
  assert.deepEqual([drafts.taskSids, new Drafts(storage, 'bob').taskSids], [[taskSid], []]);
  drafts.set(taskSid, {notes: '', disposition: ''});
  assert.deepEqual([drafts.get(taskSid), drafts.taskSids], [null, []]);
  storage.setItem('feather.draft.alice.WT9', 'no JSON');
  assert.equal(drafts.get('WT9'), null);
});
