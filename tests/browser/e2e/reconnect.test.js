// Servers are restarted and frames are reloaded while agents work.
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let crm, browser, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flexcrm-e2e-'));
  [crm, browser] = await Promise.all([Crm.start({folder}), launch()]);
});
after(async () => {
  await browser?.close();
  await crm?.kill();
  await rm(folder, {recursive: true, force: true});
});

async function onDesk(run) {
  const desk = await Desk.open(browser, crm.url);
  try {
    await run(desk);
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

async function dials(desk, number, all) {
  await desk.page.locator('#phone-number').fill(number);
  await desk.page.locator('#dial-number').click();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
  assert.deepEqual(await desk.destinations(), all);
}

test('the server is killed and started again: the page comes back by itself and the next dial works', () => onDesk(async desk => {
  await desk.takeCall({customerId: 'C-1001', number: '+34600000017'});
  await desk.shows('#name', 'Ana Torres');
  const {port} = crm;
  await crm.kill();

  await desk.page.locator('#server-state[data-state="down"]').waitFor();
  await desk.shows('.call-why', /server is not connected/);
  await desk.shows('#dial-reason', /server is not connected/);
  await desk.page.getByRole('button', {name: /^Call James Whitfield/}).click();
  await desk.shows('#dial-outcome-text', /^Nothing dialled\. The server is not connected/);
  await desk.picture('server-gone');

  crm = await Crm.start({port, folder});
  assert.equal(crm.port, port);
  await desk.connected();
  await desk.shows('#name', 'Ana Torres');
  await desk.flex.getByRole('button', {name: 'Complete'}).click();
  await desk.shows('#name', '');
  await dials(desk, '+34911234567', ['+34911234567']);
  assert.equal(desk.dialRequests, 1);
  await desk.picture('server-back');
}));

test('a dial that the server took along is not repeated', () => onDesk(async desk => {
  const flex = await desk.flexWindow();
  await flex.evaluate(() => {
    flexStub.Actions.addListener('beforeStartOutboundCall', () => new Promise(resolve => { window.letGo = resolve; }));
  });
  await desk.page.locator('#phone-number').fill('+34911234567');
  await desk.page.locator('#dial-number').click();
  await flex.waitForFunction(() => window.letGo);
  const {port} = crm;
  await crm.kill();
  await flex.evaluate(() => window.letGo());
  // Until the server is back it might still know: that its session is lost is what settles the dial.
  crm = await Crm.start({port, folder});
  await desk.connected();
  await desk.shows('#dial-outcome-text', /we do not know whether the call was placed/);
  assert.deepEqual(await desk.destinations(), ['+34911234567']);
  assert.equal(desk.dialRequests, 1);
  assert.match(await desk.text('#dial-outcome-text'), /we do not know whether the call was placed/);
}));

test('the Flex frame reloads: its customer goes, and the next dial works', () => onDesk(async desk => {
  await desk.takeCall({customerId: 'C-1002', number: '+447700900142'});
  await desk.shows('#name', 'James Whitfield');
  const frame = await desk.flexWindow();
  await Promise.all([desk.page.waitForEvent('framenavigated'), frame.evaluate(() => location.reload())]);
  await desk.flex.locator('#no-tasks').waitFor();
  await desk.shows('#name', '');
  await desk.connected();
  await dials(desk, '+34911234567', ['+34911234567']);
}));

test('the CRM page reloads: the next task and the next dial work', () => onDesk(async desk => {
  await desk.page.reload();
  await desk.connected();
  await desk.takeCall({customerId: 'C-1003', number: '+14155550134'});
  await desk.shows('#name', 'Priya Raman');
  await desk.flex.getByRole('button', {name: 'Complete'}).click();
  await desk.shows('#name', '');
  await dials(desk, '+34911234567', ['+34911234567']);
}));
