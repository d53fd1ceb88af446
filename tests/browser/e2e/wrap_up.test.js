// What the agent writes about a call: kept while typing, saved at the end, and never lost on the way.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let browser, crm, desk, flex;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function onDesk(run) {
  crm = await Crm.start();
  desk = await Desk.open(browser, crm.url);
  flex = await desk.flexWindow();
  try {
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
    await crm.kill();
  }
}

const ana = {number: '+34600000017', customerId: 'C-1001'};
const notes = () => desk.page.locator('.wrap-notes');
const stored = taskSid => desk.page.evaluate(async sid => (await (await fetch(`/api/calls/${sid}`)).json()).call, taskSid);
const save = () => desk.page.locator('.wrap-save').click();

async function inWrapUp(text) {
  const {taskSid, sid} = await desk.take(ana);
  await notes().fill(text);
  await desk.control('hangup').click();
  await desk.card('wrapup').waitFor();
  return {taskSid, sid};
}

test('notes of a call and its outcome are saved, the task is complete, and the history has both, also after a reload', () => onDesk(async () => {
  const {taskSid} = await inWrapUp('Wants one invoice for both shops.');
  assert.equal(await notes().inputValue(), 'Wants one invoice for both shops.');
  await save();
  await desk.shows('.wrap-status', 'Choose the outcome of the call first.');
  assert.equal(await desk.page.locator('.wrap-disposition').getAttribute('aria-invalid'), 'true');
  await desk.picture('wrap-up');
  await desk.page.locator('.wrap-disposition').selectOption('Resolved');
  await save();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  assert.equal(await flex.evaluate(() => flexStub.view.tasks.length), 0);
  const {disposition, notes: text, revision, outcome} = await stored(taskSid);
  assert.deepEqual([disposition, text, revision, outcome], ['resolved', 'Wants one invoice for both shops.', 1, 'answered']);
  assert.equal(await desk.page.evaluate(() => Object.keys(sessionStorage).length), 0);

  await desk.page.reload();
  await desk.connected();
  await desk.page.locator('.contact[data-contact="C-1001"] .contact-open').click();
  const past = desk.page.locator('.past-call').first();
  await past.locator('.past-notes', {hasText: 'Wants one invoice for both shops.'}).waitFor();
  assert.equal(await past.locator('.past-disposition').textContent(), 'Resolved');
  assert.match(await past.locator('.past-facts').textContent(), /^Answered · \d+:\d\d · alice$/);
  assert.equal(await past.locator('.past-way').textContent(), 'Incoming');
  await desk.picture('history');
}));

test('the history follows while one looks: live, ended, saved', () => onDesk(async () => {
  await desk.take(ana);
  // Opened by hand, the customer stays when the task goes.
  await desk.page.locator('.contact[data-contact="C-1001"] .contact-open').click();
  const facts = desk.page.locator('.past-call .past-facts').first();
  await facts.filter({hasText: 'In progress'}).waitFor();
  await desk.control('hangup').click();
  await facts.filter({hasText: 'Answered'}).waitFor();
  await desk.page.locator('.wrap-disposition').selectOption('sold');
  await save();
  await desk.page.locator('.past-disposition', {hasText: 'Sold'}).waitFor();
}));

test('a server that does not answer loses nothing, and the next try works', () => onDesk(async () => {
  const {taskSid} = await inWrapUp('Call back on Friday.');
  await desk.page.locator('.wrap-disposition').selectOption('call_back');
  await desk.page.route('**/api/calls/*', route => (route.request().method() === 'POST' ? route.abort() : route.continue()));
  await save();
  await desk.shows('.wrap-status', 'Not saved: the server did not answer. Your notes are kept here; try again.');
  assert.equal(await notes().inputValue(), 'Call back on Friday.');
  assert.equal(await flex.evaluate(() => flexStub.view.tasks.length), 1);
  await desk.page.unroute('**/api/calls/*');
  await save();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  assert.equal((await stored(taskSid)).notes, 'Call back on Friday.');
}));

test('what was changed elsewhere meanwhile is shown before it is replaced', () => onDesk(async () => {
  const {taskSid} = await inWrapUp('Mine.');
  await desk.page.locator('.wrap-disposition').selectOption('other');
  await flex.evaluate(sid => flexStub.plugin.flexcrm.crm.logActivity({taskSid: sid, disposition: 'sold', notes: 'Theirs.'}), taskSid);
  await save();
  await desk.shows('.wrap-status', 'Not saved: this call was changed elsewhere meanwhile (Sold · Theirs.). Save again to replace that.');
  assert.equal((await stored(taskSid)).notes, 'Theirs.');
  assert.equal(await notes().inputValue(), 'Mine.');
  await save();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  const {notes: text, disposition} = await stored(taskSid);
  assert.deepEqual([text, disposition], ['Mine.', 'other']);
}));

test('a task that Flex does not complete is saved, and said', () => onDesk(async () => {
  const {taskSid} = await inWrapUp('Saved all the same.');
  await desk.page.locator('.wrap-disposition').selectOption('resolved');
  await flex.evaluate(() => flexStub.Actions.replaceAction('CompleteTask', (payload, original) => (
    window.completes ? original(payload) : Promise.reject(new Error('Could not complete reservation')))));
  await save();
  await desk.shows('.wrap-status', 'Saved, but the task is not complete: Flex could not complete the task.');
  assert.equal((await stored(taskSid)).notes, 'Saved all the same.');
  await flex.evaluate(() => { window.completes = true; });
  await save();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  assert.equal((await stored(taskSid)).revision, 1);
}));

test('a task that was completed in Flex leaves the notes to be saved, or discarded', () => onDesk(async () => {
  const {taskSid} = await inWrapUp('Not saved yet.');
  await desk.flex.getByRole('button', {name: 'Complete'}).click();
  await desk.card('over', taskSid).waitFor();
  await desk.shows('.wrap-status', 'The task is over in Flex. Your notes are not saved yet.');
  assert.equal(await desk.page.getByRole('button', {name: 'Discard'}).isVisible(), true);
  await save();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  assert.equal((await stored(taskSid)).notes, 'Not saved yet.');
}));

test('notes that are too long are not sent', () => onDesk(async () => {
  await inWrapUp('ñ'.repeat(4097));
  await desk.page.locator('.wrap-disposition').selectOption('resolved');
  await save();
  await desk.shows('.wrap-status', 'Too long: notes have at most 8 KiB.');
  assert.equal(await desk.page.evaluate(() => document.activeElement.className), 'wrap-notes');
}));
