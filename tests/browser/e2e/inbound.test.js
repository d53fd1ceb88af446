// A task selected in Flex shows its customer in the CRM.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let crm, browser, desk;
before(async () => { [crm, browser] = await Promise.all([Crm.start(), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

async function onDesk(run, options) {
  desk = await Desk.open(browser, crm.url, options);
  try {
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

const unknownPicture = '/portraits/unknown.svg';
const picture = () => desk.page.locator('#img').getAttribute('src');

test('a customer is found by the ID in the attributes', () => onDesk(async () => {
  await desk.takeCall({number: '+34699999999', customerId: 'C-1001'});
  await desk.shows('#name', 'Ana Torres');
  assert.equal(await picture(), '/portraits/ana-torres.svg');
  await desk.shows('#profile-container', /\+34 600 00 00 17/);
  await desk.shows('#phone-number', '+34 600 00 00 17');
  await desk.picture('inbound-customer');
}));

test('a customer is found by the telephone number', () => onDesk(async () => {
  await desk.takeCall({number: '+447700900142'});
  await desk.shows('#name', 'James Whitfield');
}));

test('an agent who takes the call with the mouse alone sees the customer', () => onDesk(async () => {
  await desk.flex.locator('#caller').selectOption('Priya Raman');
  await desk.flex.getByRole('button', {name: 'Call this agent'}).click();
  await desk.card('ringing').waitFor();
  await desk.picture('inbound-ringing');
  await desk.flex.getByRole('button', {name: 'Accept'}).click();
  await desk.shows('#name', 'Priya Raman');
}));

test('an unknown number takes the place of the person before', () => onDesk(async () => {
  await desk.takeCall({number: '+34600000017'});
  await desk.shows('#name', 'Ana Torres');
  await desk.flex.locator('.task').getByRole('button', {name: 'Hang up'}).click();
  await desk.takeCall({number: '+34600000099'});
  await desk.shows('#name', 'Unknown customer');
  await desk.shows('#profile-container', /\+34 600 00 00 99/);
  assert.doesNotMatch(await desk.text('#profile-container'), /Ana|Torres|Alameda|600 00 00 17/);
  assert.equal(await picture(), unknownPicture);
  await desk.picture('inbound-unknown');
}));

test('a withheld number is an unknown customer without a number', () => onDesk(async () => {
  await desk.takeCall({number: ''});
  await desk.shows('#name', 'Unknown customer');
  assert.equal(await desk.text('#profile-number'), '');
}));

test("the course's account data are shown when the CRM does not know the caller", () => onDesk(async () => {
  await desk.takeCall({number: '+34600000098', accountData: {first_name: 'Noor', last_name: 'Haddad', img_src: '/portraits/fatima-el-amrani.svg'}});
  await desk.shows('#name', 'Noor Haddad');
  assert.equal(await picture(), '/portraits/fatima-el-amrani.svg');
}));

test('text from a call stays text, and its picture comes from this origin or not at all', () => onDesk(async () => {
  const name = '<img src=x onerror="window.hacked = 1">';
  const sources = ['https://pictures.example/a.svg', '//pictures.example/a.svg', '@pictures.example/a.svg', 'javascript:window.hacked=1', 'data:image/svg+xml,<svg/>'];
  const elsewhere = [];
  desk.page.on('request', request => { if (new URL(request.url()).host.includes('pictures.example')) elsewhere.push(request.url()); });
  for (const [index, source] of sources.entries()) {
    const flex = await desk.flexWindow();
    await flex.evaluate(async ([first, last, image]) => {
      const task = flexStub.simulateInbound({number: '+34600000098', accountData: {first_name: first, last_name: last, img_src: image}});
      await flexStub.Actions.invokeAction('SelectTask', {sid: task.sid});
    }, [name, String(index), source]);
    await desk.shows('#name', `${name} ${index}`);
    const url = new URL(await picture(), crm.url);
    assert.equal(url.origin, new URL(crm.url).origin, source);
  }
  assert.equal(await desk.page.evaluate(() => window.hacked), undefined);
  assert.equal(await desk.page.locator('#profile-container img').count(), 1);
  assert.deepEqual(elsewhere, []);
}));

test('deselecting clears the profile', () => onDesk(async () => {
  await desk.takeCall({customerId: 'C-1005', number: '+525555500123'});
  await desk.shows('#name', 'Sofía Hernández');
  await desk.flex.getByRole('button', {name: 'Deselect'}).click();
  await desk.shows('#name', '');
  assert.equal(await desk.page.locator('#img').isVisible(), false);
  assert.doesNotMatch(await desk.text('#profile-container'), /Sofía|\+52/);
}));

test('a completed task clears the profile', () => onDesk(async () => {
  await desk.takeCall({customerId: 'C-1007', number: '+17135550176'});
  await desk.shows('#name', 'Marcus Okafor');
  await desk.flex.getByRole('button', {name: 'Complete'}).click();
  await desk.shows('#name', '');
}));

test('an answer that is older than the newest selection is dropped', () => onDesk(async () => {
  let release;
  const held = new Promise(resolve => { release = resolve; });
  let first = true;
  let released;
  await desk.page.route('**/api/customer', async route => {
    if (!first) return route.continue();
    first = false;
    released = held.then(() => route.continue());
  });
  const flex = await desk.flexWindow();
  const select = customerId => flex.evaluate(async id => {
    const task = flexStub.simulateInbound({customerId: id});
    await flexStub.Actions.invokeAction('SelectTask', {sid: task.sid});
  }, customerId);
  await Promise.all([desk.page.waitForRequest('**/api/customer'), select('C-1001')]);
  await select('C-1002');
  await desk.shows('#name', 'James Whitfield');
  const late = desk.page.waitForResponse('**/api/customer');
  release();
  await released;
  await (await late).finished();
  // The page's own fetch has its answer by now; one more turn of its event loop and it has acted on it.
  await desk.page.evaluate(() => fetch('/api/config').then(response => response.json()));
  assert.equal(await desk.text('#name'), 'James Whitfield');
}));

test('Flex hides its second panel inside the CRM', () => onDesk(async () => {
  assert.equal(await desk.flex.locator('#panel2').isVisible(), false);
}));
