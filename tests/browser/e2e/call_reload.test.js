// Pages, frames and servers go away in the middle of a call. What Flex still knows comes back; what it does not is said.
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let browser, crm, desk, folder;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function onDesk(run, options) {
  folder = await mkdtemp(join(tmpdir(), 'flexcrm-e2e-'));
  crm = await Crm.start({folder});
  try {
    desk = await Desk.open(browser, crm.url, options);
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk?.close();
    await crm.kill();
    await rm(folder, {recursive: true, force: true});
  }
}

const ana = {number: '+34600000017', customerId: 'C-1001'};

test('the server is started again in the middle of a call: the call is there still, and can be worked', () => onDesk(async () => {
  const {taskSid} = await desk.take(ana);
  await desk.control('hold').click();
  await desk.card('held').waitFor();
  await desk.page.locator('.wrap-notes').fill('Half a note');
  const {port} = crm;
  await crm.kill();
  await desk.page.locator('#server-state[data-state="down"]').waitFor();
  await desk.shows('.call-why', /The server is not connected/);
  assert.equal(await desk.control('hangup').getAttribute('aria-disabled'), 'true');
  crm = await Crm.start({port, folder});
  await desk.connected();
  await desk.page.locator('.call-card:not([data-unsure])').waitFor();
  assert.equal(await desk.page.locator('.call-card').count(), 1);
  await desk.card('held', taskSid).waitFor();
  assert.equal(await desk.page.locator('.wrap-notes').inputValue(), 'Half a note');
  await desk.control('hold').click();
  await desk.card('connected', taskSid).waitFor();
  await desk.control('hangup').click();
  await desk.page.locator('.wrap-disposition').selectOption('resolved');
  await desk.page.locator('.wrap-save').click();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
}));

test('the frame of Flex is loaded anew: its call is no longer known, and the notes can be saved', () => onDesk(async () => {
  const {taskSid} = await desk.take(ana);
  await desk.page.locator('.wrap-notes').fill('She called about the invoice.');
  const frame = await desk.flexWindow();
  await Promise.all([desk.page.waitForEvent('framenavigated'), frame.evaluate(() => location.reload())]);
  await desk.card('lost', taskSid).waitFor();
  await desk.shows('.call-state', 'No longer known');
  await desk.shows('.call-detail', /^Flex no longer knows this call/);
  assert.equal(await desk.control('hangup').count(), 0);
  await desk.picture('call-lost');
  await desk.connected();
  await desk.page.locator('#dial-number:enabled').waitFor();
  await desk.page.locator('.wrap-save').click();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  const {call} = await desk.page.evaluate(sid => fetch(`/api/calls/${sid}`).then(response => response.json()), taskSid);
  assert.equal(call.notes, 'She called about the invoice.');
}));

test('the page is loaded anew, and Flex with it: the call is no longer known, and the draft is there', () => onDesk(async () => {
  const {taskSid} = await desk.take(ana);
  await desk.page.locator('.wrap-notes').fill('A draft.');
  await desk.page.reload();
  await desk.card('lost', taskSid).waitFor();
  await desk.shows('.call-name', 'Ana Torres');
  assert.equal(await desk.page.locator('.wrap-notes').inputValue(), 'A draft.');
  await desk.page.getByRole('button', {name: 'Discard'}).click();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  await desk.page.reload();
  await desk.connected();
  assert.equal(await desk.page.locator('.call-card').count(), 0);
}));

test('the page alone is loaded anew, with Flex in a tab of its own: the call comes back as it is', () => onDesk(async () => {
  const {page} = desk;
  // A frame without Flex in it: the tab is the agent's Flex.
  await page.route(url => url.pathname === '/flex/', (route, request) => (
    request.frame() === page.mainFrame() ? route.continue() : route.fulfill({contentType: 'text/html', body: '<!doctype html>'})));
  await page.goto(crm.url);
  const tab = await page.context().newPage();
  await tab.goto(`http://127.0.0.1:${crm.port}/flex/`);
  await desk.connected();
  const taskSid = await tab.evaluate(async number => {
    const {sid, taskSid} = flexStub.simulateInbound({number});
    await flexStub.Actions.invokeAction('AcceptTask', {sid});
    await flexStub.Actions.invokeAction('ToggleMute');
    await flexStub.Actions.invokeAction('HoldCall', {sid});
    return taskSid;
  }, ana.number);
  await desk.card('held', taskSid).waitFor();
  const {call} = await page.evaluate(sid => fetch(`/api/calls/${sid}`).then(response => response.json()), taskSid);
  await page.reload();
  await desk.card('held', taskSid).waitFor();
  await desk.shows('.call-name', 'Ana Torres');
  await page.locator('.call-flag').waitFor();
  // The clock counts from the answer, not from the reload.
  await page.waitForFunction(answeredAt => {
    const [minutes, seconds] = document.querySelector('.call-time').textContent.split(':').map(Number);
    return Math.abs((Date.now() - answeredAt) / 1000 - (minutes * 60 + seconds)) < 2;
  }, Date.parse(call.answeredAt));
  await desk.control('hold').click();
  await desk.card('connected', taskSid).waitFor();
  await desk.control('hangup').click();
  await desk.card('wrapup', taskSid).waitFor();
  await page.reload();
  await desk.card('wrapup', taskSid).waitFor();
  await desk.shows('.call-detail', /^Ended · Talked for \d+:\d\d$/);
}));
