// A click in the CRM places a call through Flex: once, or not at all and with the reason on screen.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let crm, browser, desk;
before(async () => { [crm, browser] = await Promise.all([Crm.start(), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

async function onDesk(run) {
  desk = await Desk.open(browser, crm.url);
  try {
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

const number = '+34911234567';
const type = text => desk.page.locator('#phone-number').fill(text);
const press = () => desk.page.locator('#dial-number').click();

async function placedOnce(destination) {
  await desk.shows('#dial-outcome-text', `Call to ${destination} placed.`);
  assert.deepEqual(await desk.destinations(), [destination]);
  assert.equal(desk.dialRequests, 1);
}

test('the button dials exactly once', () => onDesk(async () => {
  await type(number);
  await press();
  await placedOnce(number);
  await desk.shows('#name', 'Unknown customer');
  await desk.picture('dial-button');
}));

test('Enter in the field dials exactly once', () => onDesk(async () => {
  await type(number);
  await desk.page.locator('#phone-number').press('Enter');
  await placedOnce(number);
}));

test("a click on a contact's number dials exactly once and shows the contact", () => onDesk(async () => {
  await desk.page.getByRole('button', {name: 'Call Ingrid Lindqvist, +46 31 390 06 15'}).click();
  await placedOnce('+46313900615');
  await desk.shows('#phone-number', '+46 31 390 06 15');
  await desk.shows('#name', 'Ingrid Lindqvist');
  await desk.picture('dial-contact');
}));

test('a double click dials once', () => onDesk(async () => {
  await type(number);
  await desk.page.locator('#dial-number').dblclick();
  await placedOnce(number);
}));

test('spaces, dashes, dots and parentheses are dropped, nothing else is changed', () => onDesk(async () => {
  await type(' +34 (911) 23-45.67 ');
  await press();
  await placedOnce(number);
}));

test('the dial of a call carries an ID that Flex keeps with the task', () => onDesk(async () => {
  await type(number);
  await press();
  await placedOnce(number);
  const [{taskAttributes}] = await desk.calls();
  assert.equal(taskAttributes.direction, 'outbound');
  assert.match(taskAttributes.flexcrm_dial_id, /^[0-9a-f-]{36}$/);
}));

test('a bad number gives a message and dials nothing', () => onDesk(async () => {
  for (const bad of ['', '600 123 456', '0034600000017', '+', '+0123456', '+1234567890123456', '+34+600', 'whatsapp:+34600000017',
    'abc', '1-800-FLOWERS', 'webpackHotUpdateabc123def4', '+٣٤٦٠٠', 'sip:bob@example.com', 'client:bob', '[object Object]']) {
    await type(bad);
    await press();
    await desk.page.locator('#dial-outcome-text', {hasText: bad === '' ? 'Nothing dialled. Enter a number' : `Nothing dialled. “${bad}”`}).waitFor();
    if (bad === '600 123 456') await desk.picture('dial-bad-number');
  }
  assert.equal(desk.dialRequests, 0);
  await type(number);
  await press();
  await placedOnce(number);
}));

test('a second click while a dial is open is answered on screen and not sent', () => onDesk(async () => {
  const flex = await desk.flexWindow();
  await flex.evaluate(() => {
    flexStub.Actions.addListener('beforeStartOutboundCall', () => new Promise(resolve => { window.letGo = resolve; }));
  });
  await type(number);
  await press();
  await flex.waitForFunction(() => window.letGo);
  await desk.page.getByRole('button', {name: /^Call Ana Torres/}).click();
  await desk.shows('#dial-outcome-text', `A call to ${number} is already being placed.`);
  assert.equal(await desk.page.locator('#phone-number').inputValue(), number);
  await press();
  await desk.shows('#dial-outcome-text', `A call to ${number} is already being placed.`);
  await desk.picture('dial-second-click');
  await flex.evaluate(() => window.letGo());
  await placedOnce(number);
}));

test('the next dial works once the call is over', () => onDesk(async () => {
  await type(number);
  await press();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
  await desk.flex.locator('#call-hangup').click();
  await desk.flex.locator('#no-tasks').waitFor();
  await desk.shows('#name', '');
  await type('+14155550134');
  await press();
  await desk.shows('#dial-outcome-text', 'Call to +14155550134 placed.');
  assert.deepEqual(await desk.destinations(), [number, '+14155550134']);
  assert.equal(desk.dialRequests, 2);
}));
