// The contacts: found as one types, made anew, chosen where a number does not say who it is, and opened from elsewhere.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {eventually, launch} from './support/desk.js';
import {withOwnServer} from './support/own_server.js';

let browser, desk;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const onDesk = (run, options) => withOwnServer(browser, async its => {
  desk = its;
  await run();
}, options);

const names = () => desk.page.locator('#contacts .contact-name').allTextContents();
const focused = () => desk.page.evaluate(() => document.activeElement.closest('.contact')?.dataset.contact ?? document.activeElement.id);

async function searches(text, expected) {
  await desk.page.locator('#contact-search').fill(text);
  await desk.page.locator(`#contacts[data-search="${text}"]`).waitFor({state: 'attached'});
  assert.deepEqual(await names(), expected);
}

/** Somebody whose number several contacts have. */
async function sharedNumber() {
  const {contacts} = await desk.page.evaluate(() => fetch('/api/contacts').then(response => response.json()));
  const numbers = contacts.map(({phone}) => phone);
  const number = numbers.find((one, index) => numbers.indexOf(one) !== index);
  return {number, contacts: contacts.filter(({phone}) => phone === number)};
}

test('the list is searched as one types: names, companies, cities, e-mails, digits, with or without accents', () => onDesk(async () => {
  const all = await names();
  assert.ok(all.length >= 12);
  await desk.shows('#contacts-count', `${all.length} contacts`);
  await searches('priya', ['Priya Raman']);
  await desk.shows('#contacts-count', '1 match');
  await searches('libreria', ['Ana Torres']);
  await searches('hamburg', ['Lukas Brandt']);
  await searches('HERNANDEZ', ['Sofía Hernández']);
  await searches('northgate.example', ['Priya Raman']);
  await searches('0900 142', ['James Whitfield']);
  await searches('', all);
}));

test('every key is not a question: what was typed last counts', () => onDesk(async () => {
  const asked = [];
  desk.page.on('request', request => { if (request.url().includes('search=')) asked.push(decodeURIComponent(request.url().split('search=')[1])); });
  await desk.page.locator('#contact-search').pressSequentially('whitfield', {delay: 0});
  await desk.page.locator('#contacts[data-search="whitfield"]').waitFor({state: 'attached'});
  assert.deepEqual(asked.at(-1), 'whitfield');
  assert.ok(asked.length < 9, asked.join());
}));

test('nobody found is said, and Escape brings everybody back', () => onDesk(async () => {
  const all = await names();
  await searches('zzz', []);
  await desk.shows('#contacts-note', 'No contact matches “zzz”.');
  await desk.shows('#contacts-count', '0 matches');
  await desk.page.locator('#contact-search').press('Escape');
  await desk.page.locator('#contacts[data-search=""]').waitFor({state: 'attached'});
  assert.deepEqual(await names(), all);
  assert.equal(await desk.page.locator('#contact-search').inputValue(), '');
}));

test('the keyboard goes from the search into the list and back', () => onDesk(async () => {
  const {page} = desk;
  await page.locator('#contact-search').fill('o');
  await page.locator('#contacts[data-search="o"]').waitFor({state: 'attached'});
  const ids = await page.locator('#contacts .contact').evaluateAll(items => items.map(item => item.dataset.contact));
  await page.locator('#contact-search').press('ArrowDown');
  assert.equal(await focused(), ids[0]);
  await page.keyboard.press('ArrowDown');
  assert.equal(await focused(), ids[1]);
  await page.keyboard.press('End');
  assert.equal(await focused(), ids.at(-1));
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowUp');
  assert.equal(await focused(), 'contact-search');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Escape');
  assert.equal(await focused(), 'contact-search');
  // Whoever is quick gets what was typed, not what was there before.
  await page.locator('#contact-search').fill('marcus');
  await page.keyboard.press('Enter');
  await desk.shows('#name', 'Marcus Okafor');
}));

test('contacts that do not load are said, and asked for again', () => onDesk(async () => {
  await desk.page.route('**/api/contacts?search=*', route => route.abort());
  await desk.page.locator('#contact-search').fill('ana');
  await desk.shows('#contacts-note', /The contacts could not be loaded\./);
  await desk.page.unroute('**/api/contacts?search=*');
  await desk.page.getByRole('button', {name: 'Try again'}).click();
  await desk.page.locator('#contacts .contact-name', {hasText: 'Ana Torres'}).waitFor();
}));

test('a new contact: what is missing is said in the dialog, what is there is kept', () => onDesk(async () => {
  const {page} = desk;
  await page.locator('#contact-new').click();
  const dialog = page.locator('#new-contact');
  const status = '#new-contact .form-status';
  await dialog.getByRole('button', {name: 'Save contact'}).click();
  await desk.shows(status, 'Enter a first name and a last name.');
  assert.equal(await focused(), 'new-first');
  await page.locator('#new-first').fill('Nadia');
  await dialog.getByRole('button', {name: 'Save contact'}).click();
  assert.equal(await focused(), 'new-last');
  await page.locator('#new-last').fill('Zapata');
  await page.locator('#new-phone').fill('+34 600 555');
  await dialog.getByRole('button', {name: 'Save contact'}).click();
  await desk.shows(status, /“\+34 600 555” is too short/);
  assert.equal(await focused(), 'new-phone');
  await page.locator('#new-phone').fill('+34 600 000 211');
  await page.locator('#new-city').fill('Cádiz');
  await page.locator('#new-phone').press('Enter');
  await desk.shows('#name', 'Nadia Zapata');
  assert.equal(await dialog.isVisible(), false);
  await desk.shows('#profile-container', /\+34 600 00 02 11/);
  await searches('nadia', ['Nadia Zapata']);
}));

test('a dialog closes with Escape, and the focus is where it was', () => onDesk(async () => {
  await desk.page.locator('#contact-new').click();
  await desk.page.locator('#new-contact').waitFor();
  await desk.page.keyboard.press('Escape');
  assert.equal(await desk.page.locator('#new-contact').isVisible(), false);
  assert.equal(await focused(), 'contact-new');
}));

test('a number of several contacts: the agent says who it is, and the call keeps it', () => onDesk(async () => {
  const {number, contacts} = await sharedNumber();
  const {taskSid} = await desk.take({number});
  await desk.shows('#name', `${contacts.length} contacts have this number`);
  await desk.shows('.call-name', `${contacts.length} contacts have this number`);
  assert.equal(await desk.page.locator('#profile-choices .contact').count(), contacts.length);
  await desk.picture('several');
  const [{id, firstName, lastName}] = contacts;
  await desk.page.locator(`#profile-choices [data-contact="${id}"] .contact-open`).click();
  await desk.shows('#name', `${firstName} ${lastName}`);
  await desk.shows('.call-name', `${firstName} ${lastName}`);
  const {call} = await desk.page.evaluate(sid => fetch(`/api/calls/${sid}`).then(response => response.json()), taskSid);
  assert.deepEqual([call.contactId, call.agent], [id, 'alice']);
  // Selected again, nobody has to say it again.
  await desk.flex.getByRole('button', {name: 'Deselect'}).click();
  await desk.shows('#name', '');
  await desk.flex.getByRole('button', {name: 'Select', exact: true}).click();
  await desk.shows('#name', `${firstName} ${lastName}`);
}));

test('an unknown caller is added as a contact, with the number filled in', () => onDesk(async () => {
  await desk.take({number: '+34600000321'});
  await desk.shows('#name', 'Unknown customer');
  await desk.page.getByRole('button', {name: 'Add as a contact'}).click();
  assert.equal(await desk.page.locator('#new-phone').inputValue(), '+34600000321');
  await desk.page.locator('#new-first').fill('Olga');
  await desk.page.locator('#new-last').fill('Prado');
  await desk.page.getByRole('button', {name: 'Save contact'}).click();
  await desk.shows('#name', 'Olga Prado');
  await desk.shows('.call-name', 'Olga Prado');
  await desk.page.locator('.past-call').waitFor();
}));

test('an unknown caller is linked to somebody who is there', () => onDesk(async () => {
  await desk.take({number: '+34600000322'});
  await desk.shows('#name', 'Unknown customer');
  await desk.page.getByRole('button', {name: 'Link to an existing contact'}).click();
  const dialog = desk.page.locator('#choose-contact');
  await dialog.getByRole('searchbox').fill('tanaka');
  await dialog.locator('[data-search="tanaka"] .contact').waitFor();
  await desk.picture('link');
  await desk.page.keyboard.press('ArrowDown');
  await desk.page.keyboard.press('Enter');
  await desk.shows('#name', 'Kenji Tanaka');
  await desk.shows('.call-name', 'Kenji Tanaka');
  await desk.page.locator('.past-call').first().waitFor();
}));

test('Flex opens a record, and hears when there is none', () => onDesk(async () => {
  const open = record => desk.flexWindow().then(flex => flex.evaluate(one => flexStub.plugin.flexcrm.crm.openRecord(one), record));
  assert.deepEqual(await open({id: 'C-1004'}), {result: null});
  await desk.shows('#name', 'Lukas Brandt');
  await desk.shows('#profile-source', 'Opened by Flex');
  const missing = await open({id: 'C-9999'});
  assert.deepEqual([missing.error.reason, missing.error.detail], ['failed', 'record_missing']);
  const other = await open({id: 'C-1004', type: 'case'});
  assert.deepEqual([other.error.reason, other.error.detail], ['failed', 'unknown_record_type']);
  assert.equal(await desk.text('#name'), 'Lukas Brandt');
}));

test('the address names who is on screen, and opens it again', () => onDesk(async () => {
  await desk.page.locator('.contact[data-contact="C-1006"] .contact-open').click();
  const {hash} = new URL(desk.page.url());
  assert.equal(hash, '#contact=C-1006');
  const name = await desk.text('#name');
  await desk.page.reload();
  await desk.shows('#name', name);
  await desk.page.evaluate(() => { location.hash = '#contact=C-1001'; });
  await desk.shows('#name', 'Ana Torres');
  await desk.shows('#profile-source', 'From a link');
  await desk.connected();
}));

test('a search whose answer is late does not take the place of a newer one', () => onDesk(async () => {
  let release;
  const held = new Promise(resolve => { release = resolve; });
  await desk.page.route('**/api/contacts?search=ana', async route => { await held; await route.continue(); });
  await Promise.all([desk.page.waitForRequest('**/api/contacts?search=ana'), desk.page.locator('#contact-search').fill('ana')]);
  await searches('kenji', ['Kenji Tanaka']);
  const late = desk.page.waitForResponse('**/api/contacts?search=ana');
  release();
  await (await late).finished();
  await desk.page.evaluate(() => fetch('/api/config').then(response => response.json()));
  const {seen} = await eventually(async () => ({seen: await names()}));
  assert.deepEqual(seen, ['Kenji Tanaka']);
}));
