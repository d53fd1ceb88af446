// Numbers as people write them: what will be dialled is said first, is E.164, and what may not be called is refused and written down.
import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, eventually, launch} from './support/desk.js';

const ownPolicy = fileURLToPath(new URL('../../../examples/crm/dial_policy.json', import.meta.url));

let folder, policy, crm, browser, desk;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flexcrm-dialling-'));
  policy = join(folder, 'policy.json');
  await writeFile(policy, await readFile(ownPolicy));
  [crm, browser] = await Promise.all([
    Crm.start({args: ['--policy', policy, '--region', 'ES', '--supervisor', 'alice']}), launch(),
  ]);
});
after(async () => {
  await browser?.close();
  await crm?.kill();
  await rm(folder, {recursive: true, force: true});
});

async function onDesk(run, options = {}) {
  desk = await Desk.open(browser, crm.url, options);
  try {
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

const type = text => desk.page.locator('#phone-number').fill(text);
const press = () => desk.page.locator('#dial-number').click();
const preview = words => desk.shows('#dial-preview', words);
const write = change => readFile(ownPolicy, 'utf8').then(text => writeFile(policy, JSON.stringify({...JSON.parse(text), ...change})));

/** The newest line of the audit trail, by its columns, once this one is filled. @param {string} [column] */
async function audited(column = 'at') {
  const {row} = await eventually(async () => {
    const text = await desk.page.evaluate(() => fetch('/api/audit.csv').then(response => response.text()));
    const [names, line] = text.split('\r\n').map(cells => cells.split(','));
    const row = Object.fromEntries(names.map((name, index) => [name, line[index]]));
    return {row, wait: row[column] === ''};
  });
  return row;
}

async function hangUp() {
  await desk.flex.locator('#call-hangup').click();
  await desk.flex.locator('#no-tasks').waitFor();
  await desk.connected();
}

test('national Spanish and US numbers reach StartOutboundCall as E.164', () => onDesk(async () => {
  await type('612 34 56 78');
  await preview('Will dial +34 612 34 56 78 · Spain, mobile');
  await desk.picture('dialling-preview');
  await press();
  await desk.shows('#dial-outcome-text', 'Call to +34612345678 placed.');
  await hangUp();
  const {id, at, task_sid: taskSid, call_sid: callSid, ...row} = await audited('call_sid');
  assert.deepEqual(row, {
    agent: 'alice', issuer: 'session', number: 'tel:+34612345678', contact: '', verdict: 'allowed', outcome: 'placed', reason: '', detail: '',
    ended: row.ended, skipped: '',
  });
  assert.match(taskSid, /^WT/);
  assert.match(callSid, /^CA/);
  assert.ok(Number(id) > 0 && new Date(at) <= new Date(row.ended));

  await desk.page.locator('#dial-region').selectOption('US');
  await type('(415) 555-2671');
  await preview('Will dial +1 415-555-2671 · United States, landline or mobile');
  await desk.page.locator('#phone-number').press('Enter');
  await desk.shows('#dial-outcome-text', 'Call to +14155552671 placed.');
  assert.deepEqual(await desk.destinations(), ['+34612345678', '+14155552671']);
  await hangUp();
}));

test("numbers are shown as in the agent's country or with a country code, and typed as in the contact's", () => onDesk(async () => {
  const row = id => `#contacts [data-contact="${id}"] .contact-dial`;
  await desk.shows(row('C-1001'), '600 00 00 17');
  assert.equal(await desk.page.locator(`${row('C-1001')} [title]`).getAttribute('title'), '+34600000017');
  await desk.shows(row('C-1003'), '+1 415-555-0134');
  await desk.page.locator('#contacts [data-contact="C-1003"] .contact-open').click();
  await desk.shows('#name', 'Priya Raman');
  await desk.shows('#dial-region', 'US');
  await type('(713) 555-0176');
  await preview(/^Will dial \+1 713-555-0176/);
  await desk.page.locator('#contacts [data-contact="C-1001"] .contact-open').click();
  await desk.shows('#name', 'Ana Torres');
  assert.deepEqual([await desk.page.locator('#phone-number').inputValue(), await desk.page.locator('#dial-region').inputValue()], ['600 00 00 17', 'ES']);
  // The same digits with another country are another number, whoever was suggested.
  await desk.page.locator('#dial-region').selectOption('US');
  await press();
  await desk.shows('#dial-outcome-text', /^Nothing dialled\. “600 00 00 17”/);
  await desk.page.locator('#dial-region').selectOption('ES');
  await preview(/^Will dial \+34 600 00 00 17/);
  await press();
  await desk.shows('#dial-outcome-text', 'Call to +34600000017 placed.');
  assert.deepEqual(await desk.destinations(), ['+34600000017']);
  assert.equal((await audited()).contact, 'C-1001');
  await hangUp();
}));

test('a premium number is refused on screen with the reason, and the attempt is written down', () => onDesk(async () => {
  await type('803 11 11 11');
  await preview('+34 803 11 11 11 is not called: it is a premium-rate number, and the company does not call those · Spain, premium rate');
  await desk.picture('dialling-premium');
  await press();
  await desk.shows('#dial-outcome-text', 'Call to +34803111111 not placed: it is a premium-rate number, and the company does not call those.');
  assert.deepEqual(await desk.calls(), []);
  const {number, verdict, outcome, reason, call_sid: callSid} = await audited();
  assert.deepEqual({number, verdict, outcome, reason, callSid}, {number: 'tel:+34803111111', verdict: 'refused', outcome: 'refused', reason: 'premium_number', callSid: ''});
}));

test('what is no number, or may not be called, says why beside the button; a press is written down', () => onDesk(async () => {
  for (const [text, words, reason] of [
    ['112', /is an emergency number of Spain/, 'emergency_number'], ['911 23 45', /is too short/, 'too_short'],
    ['1-800-FLOWERS', /has letters in it/, 'letters'], ['=1+1', /“=1\+1”/, 'characters'],
  ]) {
    await type(text);
    await preview(words);
    await press();
    await desk.page.locator('#dial-outcome-text', {hasText: `Nothing dialled. “${text}”`}).waitFor();
    const row = await eventually(async () => {
      const newest = await audited();
      return newest.reason === reason ? newest : {...newest, wait: true};
    });
    assert.deepEqual([row.issuer, row.number, row.verdict, row.reason], ['api', text.startsWith('=') ? `'${text}` : text, 'refused', reason]);
  }
  await type('+55 11 91234 5678');
  await preview(/is not called: calls to this country are not among those that the company allows/);
  assert.deepEqual([desk.dialRequests, await desk.calls()], [0, []]);
}));

test('a supervisor saves the audit trail from the menu', () => onDesk(async () => {
  await desk.page.locator('#agent-button').click();
  const saved = desk.page.waitForEvent('download');
  await desk.page.locator('#audit').click();
  const download = await saved;
  assert.equal(download.suggestedFilename(), 'dials.csv');
  assert.match(await readFile(await download.path(), 'utf8'), /^id,at,agent,.*\r\n.*,tel:\+34803111111,/s);
}));

test('nobody but a supervisor is offered the audit trail', async () => {
  const plain = await Crm.start();
  try {
    const other = await Desk.open(browser, plain.url);
    await other.page.locator('#agent-button').click();
    await other.page.locator('#language').waitFor();
    assert.equal(await other.page.locator('#audit').isVisible(), false);
    assert.equal((await other.page.request.get(new URL('/api/audit.csv', plain.url).href)).status(), 403);
    await other.close();
  } finally {
    await plain.kill();
  }
});

test('an answer that is late does not take the place of a newer one', () => onDesk(async () => {
  let release;
  const held = new Promise(resolve => { release = resolve; });
  let first = true;
  await desk.page.route('**/api/number', async route => {
    if (!first) return route.continue();
    first = false;
    await held;
    await route.continue().catch(() => {});
  });
  await Promise.all([desk.page.waitForRequest('**/api/number'), type('612 34 56 78')]);
  await preview('');
  await type('911 23 45 67');
  await preview(/^Will dial \+34 911 23 45 67/);
  release();
  await desk.page.evaluate(() => fetch('/api/config').then(response => response.json()));
  await preview(/^Will dial \+34 911 23 45 67/);
}));

test('SIGHUP reads the policy again; one that is wrong changes nothing', () => onDesk(async () => {
  const wrote = words => eventually(async () => ({wait: !crm.lines.some(line => line.includes(words))}));
  await write({regions: ['BR']});
  crm.signal('SIGHUP');
  assert.deepEqual(await wrote('the dial policy is read again'), {wait: false});
  await type('+55 11 91234 5678');
  await preview(/^Will dial \+55 11 91234-5678 · Brazil/);
  await type('612 34 56 78');
  await preview(/is not called: calls to this country/);
  await writeFile(policy, '{"version": 1, "regions": ["Spain"]}');
  crm.signal('SIGHUP');
  assert.deepEqual(await wrote('the dial policy stays: '), {wait: false});
  await type('+55 11 91234 5678');
  await preview(/^Will dial/);
  await write({});
  const before = crm.lines.length;
  crm.signal('SIGHUP');
  await eventually(async () => ({wait: !crm.lines.slice(before).some(line => line.includes('read again'))}));
}));

test('en español: qué se llamará, y por qué no', () => onDesk(async () => {
  await type('612 34 56 78');
  await preview('Se llamará a +34 612 34 56 78 · España, móvil');
  await type('803 11 11 11');
  await preview('No se llama a +34 803 11 11 11: es un número de tarificación adicional y la empresa no llama a esos números · España, tarificación adicional');
  await desk.page.locator('#agent-button').click();
  await desk.page.locator('#language').selectOption('en');
  await preview(/^\+34 803 11 11 11 is not called/);
}, {locale: 'es-ES'}));

test('a Flex that was never set up says what is missing, and the agent need not dial to learn it', async () => {
  const bare = await Crm.start({args: ['dialpad', 'caller-id', 'queue', 'workflow', 'country'].flatMap(name => ['--flex-without', name])});
  desk = await Desk.open(browser, bare.url, {ready: false});
  try {
    await desk.page.locator('#flex-state[data-state="up"]').waitFor();
    await eventually(async () => ({wait: await desk.page.locator('#missing li').count() < 5}));
    const settings = await desk.page.locator('#missing li').evaluateAll(items => items.map(({dataset}) => dataset.setting));
    assert.deepEqual(settings, ['enabled', 'caller_id', 'queue', 'workflow', 'location']);
    await desk.shows('#dial-reason', 'Flex is not set up for outgoing calls.');
    assert.equal(await desk.page.locator('#dial-number').isDisabled(), true);
    await desk.picture('dialling-missing');
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
    await bare.kill();
  }
});
