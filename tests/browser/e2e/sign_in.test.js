// Two agents, each in a browser of her own: who is who, and that nothing of the one reaches the other.
import assert from 'node:assert/strict';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let browser, crm, folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flexcrm-e2e-'));
  [crm, browser] = await Promise.all([Crm.start({folder, args: ['--agent', 'bob']}), launch()]);
});
after(async () => {
  await browser?.close();
  await crm?.kill();
  await rm(folder, {recursive: true, force: true});
});

async function signedIn(agent, run) {
  const desk = await Desk.open(browser, crm.url, {ready: false});
  try {
    await desk.page.waitForURL('**/login');
    if (agent === 'alice') await desk.picture('login');
    await desk.page.getByRole('button', {name: `Sign in as ${agent}`}).click();
    await desk.connected();
    await run(desk);
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

test('two agents at once: calls, notes, drafts and activity of the one are not the other’s', () => signedIn('alice', alice => signedIn('bob', async bob => {
  await alice.shows('#agent-name', 'alice');
  await bob.shows('#agent-name', 'bob');
  const {taskSid} = await alice.take({number: '+34600000017', customerId: 'C-1001'});
  const other = await bob.take({number: '+447700900142', customerId: 'C-1002'});
  await alice.shows('#name', 'Ana Torres');
  await bob.shows('#name', 'James Whitfield');
  for (const [desk, mine] of [[alice, taskSid], [bob, other.taskSid]]) {
    assert.deepEqual(await desk.page.locator('.call-card').evaluateAll(cards => cards.map(card => card.dataset.task)), [mine]);
  }
  await alice.control('hold').click();
  await alice.card('held').waitFor();
  assert.equal(await bob.card('connected').count(), 1);

  await bob.page.locator('#agent-button').click();
  await bob.page.locator('[data-availability="busy"]').click();
  await bob.shows('#agent-activity', 'Break');
  assert.equal(await alice.text('#agent-activity'), 'Available');

  // Each has its own log of calls, and nobody reads or writes the other's.
  const calls = desk => desk.page.evaluate(async () => (await (await fetch('/api/calls')).json()).calls.map(call => call.taskSid));
  assert.deepEqual([await calls(alice), await calls(bob)], [[taskSid], [other.taskSid]]);
  const statuses = await bob.page.evaluate(async sid => {
    const write = {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({revision: 9, notes: 'not mine'})};
    return [(await fetch(`/api/calls/${sid}`)).status, (await fetch(`/api/calls/${sid}`, write)).status];
  }, taskSid);
  assert.deepEqual(statuses, [404, 404]);

  await alice.page.locator('.wrap-notes').fill('Alice was here.');
  await alice.control('hangup').click();
  await alice.page.locator('.wrap-disposition').selectOption('resolved');
  await alice.page.locator('.wrap-save').click();
  await alice.page.locator('.call-card').waitFor({state: 'detached'});
  assert.equal(await bob.card('connected').count(), 1);
  // A customer is everybody's: the history says who talked.
  await bob.page.locator('.contact[data-contact="C-1001"] .contact-open').click();
  await bob.page.locator('.past-facts', {hasText: /alice$/}).waitFor();
})));

test('signing out leads to the sign-in, says so, and the next agent begins afresh', () => signedIn('alice', async desk => {
  const {page} = desk;
  await page.locator('#agent-button').click();
  await page.locator('#sign-out').click();
  await page.waitForURL('**/login?why=goodbye');
  await desk.shows('#sign-in-status', 'You are signed out.');
  await desk.picture('signed-out');
  await page.goto(crm.url);
  await page.waitForURL('**/login');
  await page.getByRole('button', {name: 'Sign in as bob'}).click();
  await desk.connected();
  await desk.shows('#agent-name', 'bob');
}));

test('a page whose sign-in is gone goes to the sign-in and says why', () => signedIn('alice', async desk => {
  await desk.page.context().clearCookies();
  await desk.page.locator('#contact-search').fill('ana');
  await desk.page.waitForURL('**/login?why=signed_out');
  await desk.shows('#sign-in-status', 'You were signed out. Sign in again to go on.');
}));

test('during a call the page stays, and says that one is signed out', () => signedIn('alice', async desk => {
  await desk.take({number: '+34600000017', customerId: 'C-1001'});
  await desk.page.locator('#agent-button').click();
  await desk.page.locator('#sign-out').click();
  await desk.shows('#availability-status', 'You are on a call.');
  await desk.page.keyboard.press('Escape');
  await desk.page.context().clearCookies();
  await desk.page.locator('#contact-search').fill('ana');
  await desk.page.locator('#signed-out').waitFor();
  await desk.shows('#signed-out', 'You were signed out. The call goes on in Flex; sign in again when it is over. Sign in again');
  assert.equal(await desk.card('connected').count(), 1);
}));

test('a server that was started again knows everybody still', () => signedIn('bob', async desk => {
  const {port} = crm;
  await crm.kill();
  await desk.page.locator('#server-state[data-state="down"]').waitFor();
  crm = await Crm.start({port, folder, args: ['--agent', 'bob']});
  await desk.connected();
  await desk.page.reload();
  await desk.connected();
  await desk.shows('#agent-name', 'bob');
}));
