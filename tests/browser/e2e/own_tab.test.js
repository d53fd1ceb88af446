// Flex in a tab of its own: another site for the browser, with a sign-in of its own, and a session that is its own agent's.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {eventually, launch} from './support/desk.js';

let crm, browser;
before(async () => { [crm, browser] = await Promise.all([Crm.start({args: ['--agent', 'bob']}), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

test('Flex in a tab of its own asks who one is, and is connected as that agent alone', async () => {
  const context = await browser.newContext();
  try {
    const flex = await context.newPage();
    await flex.goto(`http://127.0.0.1:${crm.port}/flex/`);
    assert.equal(new URL(flex.url()).pathname, '/login');
    await flex.locator('[data-agent="bob"]').click();
    await flex.waitForURL(`http://127.0.0.1:${crm.port}/flex/`);

    // The CRM page is another site: it knows nobody yet.
    const page = await context.newPage();
    await page.goto(crm.url);
    assert.equal(page.url(), `http://localhost:${crm.port}/login`);
    await page.evaluate(() => fetch('/login', {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({agent: 'bob'}),
    }));
    const online = () => crm.lines.filter(line => line.startsWith('flexcrm-crm: Flex of ') && line.endsWith(' connected'));
    const {lines} = await eventually(async () => ({lines: online(), wait: online().length === 0}));
    assert.deepEqual(lines, ['flexcrm-crm: Flex of bob connected']);

    const taskSid = await flex.evaluate(() => flexStub.simulateInbound({number: '+34600000017'}).taskSid);
    const {calls} = await eventually(async () => {
      const {calls} = await page.evaluate(async () => (await fetch('/api/calls')).json());
      return {calls, wait: calls.length === 0};
    });
    assert.deepEqual(calls.map(call => [call.taskSid, call.agent, call.contactName, call.outcome]), [[taskSid, 'bob', 'Ana Torres', 'live']]);
  } finally {
    await context.close();
  }
});

test("a page of another port has neither a ticket nor an answer", async () => {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    // Of the same site, so that the browser sends the cookie along.
    await context.route('http://localhost:1/', route => route.fulfill({contentType: 'text/html', body: '<!doctype html><title>Another program</title>'}));
    await page.goto(crm.url);
    await page.evaluate(() => fetch('/login', {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({agent: 'alice'}),
    }));
    await page.goto('http://localhost:1/');
    const outcomes = await page.evaluate(async origin => {
      const tried = [];
      for (const [path, type] of [['/api/ticket', 'application/json'], ['/api/ticket', 'text/plain'], ['/api/contacts', undefined]]) {
        const request = type && {method: 'POST', headers: {'Content-Type': type}, body: '{"role":"crm"}'};
        tried.push(await fetch(origin + path, {credentials: 'include', ...request}).then(() => 'answered', () => 'nothing'));
      }
      return tried;
    }, new URL(crm.url).origin);
    assert.deepEqual(outcomes, ['nothing', 'nothing', 'nothing']);
  } finally {
    await context.close();
  }
});
