// What is missing in the outbound set-up of Flex, or in the agent's state, is named on screen.
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

async function dial() {
  await desk.page.locator('#phone-number').fill(number);
  await desk.page.locator('#dial-number').click();
}

async function setUp(change) {
  await desk.flex.getByRole('button', {name: 'Settings', exact: true}).click();
  await change(desk.flex);
  await desk.flex.getByRole('button', {name: 'Close settings'}).click();
}

const missing = [
  ['the dialpad', flex => flex.getByLabel('Flex Dialpad enabled'), box => box.uncheck(), box => box.check(), 'enabled', /dialpad is switched off/],
  ['the caller ID', flex => flex.getByLabel('Caller ID'), list => list.selectOption(''), list => list.selectOption({index: 1}), 'caller_id', /no caller ID/],
  ['the TaskQueue', flex => flex.getByLabel('TaskQueue'), list => list.selectOption(''), list => list.selectOption({index: 1}), 'queue', /no TaskQueue/],
  ['the Workflow', flex => flex.getByLabel('TaskRouter Workflow'), list => list.selectOption(''), list => list.selectOption({index: 1}), 'workflow', /no Workflow/],
];

test('what is missing is named before anybody dials, and until it is there nothing can be dialled', () => onDesk(async () => {
  await desk.page.locator('#phone-number').fill(number);
  for (const [what, find, leaveOut, giveBack, setting, words] of missing) {
    await setUp(flex => leaveOut(find(flex)));
    await desk.page.locator('#dial-number:disabled').waitFor();
    await desk.shows('#dial-reason', 'Flex is not set up for outgoing calls.');
    await desk.shows(`#missing [data-setting="${setting}"]`, words);
    assert.equal(await desk.page.locator('#missing li').count(), 1);
    if (what === 'the caller ID') await desk.picture('dial-missing');
    await desk.page.getByRole('button', {name: /^Call Ana Torres/}).click();
    await desk.shows('#dial-outcome-text', 'Nothing dialled. Flex is not set up for outgoing calls.');
    await setUp(flex => giveBack(find(flex)));
    await desk.page.locator('#dial-number:enabled').waitFor();
    await desk.page.locator('#missing').waitFor({state: 'hidden'});
  }
  assert.equal(desk.dialRequests, 0);
  assert.deepEqual(await desk.calls(), []);
}));

const unheard = [
  ['dialpadEnabled', false, /switched off in Flex/], ['callerId', '', /not set up.*no caller ID is chosen/],
  ['queueSid', '', /not set up.*no TaskQueue is chosen/], ['workflowSid', '', /not set up.*no Workflow is chosen/],
];

test('what Flex finds missing by itself is a refusal with its reason', () => onDesk(async () => {
  for (const [setting, value, words] of unheard) {
    // Nobody is told of it, as when it is changed in the Console while Flex is open.
    const before = await (await desk.flexWindow()).evaluate(([name, given]) => {
      const old = flexStub.settings[name];
      flexStub.settings[name] = given;
      return old;
    }, [setting, value]);
    await dial();
    await desk.shows('#dial-outcome-text', words);
    assert.match(await desk.text('#dial-outcome-text'), /^Call to \+34911234567 not placed: /);
    assert.equal(await desk.page.locator('#dial-outcome').getAttribute('data-kind'), 'refused');
    if (setting === 'callerId') await desk.picture('dial-refused');
    await (await desk.flexWindow()).evaluate(([name, given]) => { flexStub.settings[name] = given; }, [setting, before]);
  }
  assert.deepEqual(await desk.calls(), []);
}));

test('a country without permission ends the call and Flex says why', () => onDesk(async () => {
  await setUp(flex => flex.getByRole('checkbox', {name: 'ES'}).uncheck());
  await dial();
  await desk.flex.getByText('not enabled in the Voice geographic permissions').waitFor();
  await desk.shows('#dial-outcome-text', /^Call to \+34911234567: calls to this country are not enabled\. .*Geo permissions\.$/);
  await desk.flex.locator('#no-tasks').waitFor();
  await desk.shows('#name', '');
}));

test('without a microphone the outcome is not known, and the page says so', () => onDesk(async () => {
  await setUp(flex => flex.getByLabel('Microphone available').uncheck());
  await dial();
  await desk.shows('#dial-outcome-text', /we do not know whether the call was placed; look at Flex/);
  await desk.flex.getByText('No microphone').waitFor();
  assert.deepEqual(await desk.calls(), []);
}));

test('without a default country a full number is dialled all the same, and what a national one needs is said', () => onDesk(async () => {
  await setUp(flex => flex.getByLabel('Default country').selectOption(''));
  await desk.shows('#missing', /no default country/);
  await dial();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
}));

test('offline in Flex: the button is off and says why; back again, it dials', () => onDesk(async () => {
  await desk.flex.getByLabel('Activity').selectOption('Offline');
  await desk.page.locator('#dial-number:disabled').waitFor();
  await desk.shows('#dial-reason', /offline in Flex/);
  await desk.shows('#flex-state', /Offline/);
  await desk.page.getByRole('button', {name: /^Call Ana Torres/}).click();
  await desk.shows('#dial-outcome-text', /^Nothing dialled\. You are offline in Flex/);
  await desk.page.locator('#phone-number').press('Enter');
  assert.equal(desk.dialRequests, 0);
  await desk.picture('dial-offline');
  await desk.flex.getByLabel('Activity').selectOption('Available');
  await desk.connected();
  await dial();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
}));

test('a ringing call comes first', () => onDesk(async () => {
  await desk.ring({number: '+34600000017'});
  await desk.page.locator('#dial-number:disabled').waitFor();
  await desk.shows('#dial-reason', 'An incoming call is waiting in Flex.');
  await desk.page.locator('#phone-number').fill(number);
  await desk.page.locator('#phone-number').press('Enter');
  await desk.shows('#dial-outcome-text', 'Nothing dialled. An incoming call is waiting in Flex.');
  assert.equal(desk.dialRequests, 0);
}));

test('one call at a time', () => onDesk(async () => {
  await desk.takeCall({number: '+34600000017'});
  await desk.card('connected').waitFor();
  await desk.page.getByRole('button', {name: /^Call James Whitfield/}).click();
  await desk.shows('#dial-outcome-text', 'Nothing dialled. You are on a call.');
  assert.equal(desk.dialRequests, 0);
  assert.deepEqual(await desk.calls(), []);
}));

test('another plugin that stops the call is a refusal', () => onDesk(async () => {
  await (await desk.flexWindow()).evaluate(() => {
    flexStub.Actions.addListener('beforeStartOutboundCall', (payload, abort) => abort());
  });
  await dial();
  await desk.shows('#dial-outcome-text', /not placed: another plugin in Flex stopped it/);
  assert.deepEqual(await desk.calls(), []);
}));
