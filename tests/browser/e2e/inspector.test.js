// The inspector shows what goes over the wire, to the agent whose it is, and to nobody a number before it is asked for.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {decode, encode} from '../../../src/browser/codec.js';
import {readVectors} from '../unit/vectors.js';
import {after, before, describe, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, eventually, launch} from './support/desk.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const number = '+34600000017';  // of Ana Torres

let crm, browser;
before(async () => { [crm, browser] = await Promise.all([Crm.start({args: ['--inspector', '--agent', 'bob']}), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

/** A browser in which this agent has signed in, with her desk in one tab. */
async function signedIn(agent, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 800}, ...options});
  context.setDefaultTimeout(15000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], {origin: new URL(crm.url).origin});
  const response = await context.request.post(new URL('/login', crm.url).href, {data: {agent}});
  assert.equal(response.status(), 204);
  const desk = new Desk();
  desk.page = await context.newPage();
  desk.page.on('pageerror', error => desk.errors.push(error.message));
  await desk.page.goto(crm.url);
  await desk.connected();
  return {context, desk};
}

/** The inspector in another tab of the same browser. */
class Inspector {
  errors = [];
  /** Everything the server told it. */
  told = '';

  static async open(context) {
    const inspector = new Inspector();
    const page = inspector.page = await context.newPage();
    page.on('pageerror', error => inspector.errors.push(error.message));
    page.on('console', message => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) inspector.errors.push(message.text()); });
    page.on('response', async response => { if (response.url().includes('/api/inspector')) inspector.told += await response.text().catch(() => ''); });
    await page.goto(new URL('/inspector.html', crm.url).href);
    await page.locator('#server-state[data-state="up"]').waitFor();
    return inspector;
  }

  /** Rows in sight whose words fit. */
  rows(words) {
    return this.page.locator('.frame:visible', {hasText: words});
  }

  /** The text that is on the page, in every attribute as well. */
  async everything() {
    return this.page.evaluate(() => document.documentElement.outerHTML);
  }

  async shows(selector, expected) {
    const {text, wait} = await eventually(async () => {
      const found = await this.page.locator(selector).textContent();
      return {text: found, wait: !(expected instanceof RegExp ? expected.test(found) : found === expected)};
    });
    assert.ok(!wait, `${selector} shows ${JSON.stringify(text)}, not ${expected}`);
  }

  picture(name) {
    return Desk.prototype.picture.call(this, name);
  }
}

async function onInspector(run, {agent = 'alice', ...options} = {}) {
  const {context, desk} = await signedIn(agent, options);
  try {
    const inspector = await Inspector.open(context);
    await run(inspector, desk, context);
    assert.deepEqual([...inspector.errors, ...desk.errors], []);
  } finally {
    await context.close();
  }
}

/** Flex may be at work behind the tab of the inspector. */
const ring = async (desk, caller) => (await desk.flexWindow()).evaluate(given => flexStub.simulateInbound(given).sid, caller);

test('messages appear while they go, each with its direction, size and what became of it', () => onInspector(async (inspector, desk) => {
  await desk.page.locator('#agent-button').click();
  assert.equal(await desk.page.locator('#inspector:visible').getAttribute('href'), '/inspector.html');
  await desk.page.keyboard.press('Escape');
  await desk.takeCall({customerId: 'C-1001', number});
  const {page} = inspector;
  const selected = page.getByRole('button', {name: /Flex → server #\d+ TaskSelected [\d,]+ B result, \d+ ms$/});
  await selected.waitFor();
  await page.getByRole('button', {name: /Server → Flex #\d+ TaskSelected answer 38 B result/}).first().waitFor();
  await page.getByRole('button', {name: /Server → CRM page #\d+ TaskSelected [\d,]+ B result, \d+ ms$/}).first().waitFor();

  await selected.click();
  await inspector.shows('#detail-heading', 'TaskSelected');
  const json = JSON.parse((await page.locator('#json').textContent()).replace(/\u2022+(?=[,\s}\]])/g, '0'));
  assert.equal(json.method, 'TaskSelected');
  await page.getByRole('button', {name: 'Show answer'}).click();
  await inspector.shows('#detail-heading', 'Answer to TaskSelected');
  await page.getByRole('button', {name: 'Show request'}).click();
  await inspector.shows('#detail-heading', 'TaskSelected');
  await page.keyboard.press('Escape');
  await page.locator('#detail').waitFor({state: 'hidden'});

  // A click that Flex refuses shows its reason.
  await desk.page.bringToFront();
  await desk.flex.locator('.task').getByRole('button', {name: 'Hang up'}).click();
  await desk.flex.locator('.task').getByRole('button', {name: 'Complete'}).click();
  await page.bringToFront();
  await page.getByRole('button', {name: / TaskDeselected \d+ B/}).first().waitFor();
}));

test('numbers and names are masked until they are revealed, and again after', () => onInspector(async (inspector, desk) => {
  await desk.takeCall({customerId: 'C-1001', number});
  const {page} = inspector;
  await inspector.rows('TaskSelected').first().click();
  await inspector.shows('#json', /"from": "\+•+17"/);
  const personal = [number, number.slice(1), 'Torres', 'Ana '];
  for (const word of personal) assert.ok(!(await inspector.everything()).includes(word), `${word} is on the page`);
  await page.locator('#text').fill(number);
  await inspector.shows('#frames-note', 'No message fits the filter.');

  await page.getByRole('switch', {name: 'Reveal numbers'}).click();
  await inspector.rows('TaskSelected').first().waitFor();
  await inspector.shows('#json', /"from": "\+34600000017"/);
  await inspector.picture('inspector-revealed');
  await page.getByRole('switch', {name: 'Reveal numbers'}).click();
  await inspector.shows('#json', /"from": "\+•+17"/);
  assert.ok(!(await page.locator('main').innerHTML()).includes(number));
}));

test('while it is paused nothing moves and nothing is lost; cleared is empty; filters narrow', () => onInspector(async (inspector, desk) => {
  const {page} = inspector;
  await page.getByRole('button', {name: 'Clear'}).click();
  await page.locator('#pause').click();
  await page.locator('#pause[aria-pressed="true"]').waitFor();
  assert.equal(await page.locator('.frame').count(), 0);
  await desk.takeCall({number});
  await inspector.shows('#waiting', /^Paused, \d+ messages wait$/);
  assert.equal(await page.locator('.frame').count(), 0);
  await page.getByRole('button', {name: 'Resume'}).click();
  for (const method of ['TaskChanged', 'TaskSelected']) await inspector.rows(method).first().waitFor();
  await inspector.shows('#waiting', '');

  const all = await page.locator('.frame').count();
  await page.getByLabel('Message', {exact: true}).selectOption('TaskChanged');
  const changed = await inspector.rows('').count();
  assert.ok(changed > 0 && changed < all);
  assert.equal(await inspector.rows('TaskChanged').count(), changed);
  await page.getByLabel('Direction').selectOption('flex.in');
  assert.equal(await inspector.rows('Flex → server').count(), await inspector.rows('').count());
  const fromFlex = await inspector.rows('').count();
  assert.ok(fromFlex > 0 && fromFlex < changed);
  await page.getByLabel('Filter by text').fill('no such text');
  assert.equal(await inspector.rows('').count(), 0);
  await inspector.shows('#count', /^0 of \d+ messages$/);
  await page.getByLabel('Filter by text').fill('');
  await page.getByLabel('Message', {exact: true}).selectOption('-Ping');
  await page.getByLabel('Direction').selectOption('');
  assert.equal(await inspector.rows('Ping').count(), 0);
  await page.getByRole('button', {name: 'Clear'}).click();
  await inspector.shows('#frames-note', /^No message yet/);
}));

/** As tests/browser/unit/vectors.test.js reads a vector. */
function obeys({answers, options, frame, canonical, reason, code, pointer, id}) {
  const message = decode(frame, {...options, ...(answers && {resultOf: () => answers})});
  if (reason === undefined) {
    assert.notEqual(message.type, 'refused', `${frame} ${JSON.stringify(message.error)}`);
    assert.equal(encode(message, options).text, canonical ?? frame);
  } else {
    assert.deepEqual({reason: message.error?.reason, code: message.error?.code, pointer: message.error?.pointer || undefined, id: message.id !== undefined},
      {reason, code, pointer, id: id === true});
  }
}

test('a golden file is a test vector, of nobody unless numbers are revealed', () => onInspector(async (inspector, desk) => {
  await desk.takeCall({customerId: 'C-1001', number});
  const {page} = inspector;
  const copied = async () => {
    await page.getByRole('button', {name: 'Copy as golden file'}).click();
    await inspector.shows('#copied', /^Copied, /);
    return JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  };
  await page.getByRole('button', {name: /Flex → server #\d+ TaskSelected/}).first().click();
  const golden = await copied();
  assert.deepEqual(Object.keys(golden), ['about', 'readers', 'dialect', 'frame']);
  assert.equal(golden.about, 'TaskSelected, from Flex');
  obeys(golden);
  const {from, call_sid: sid} = JSON.parse(golden.frame).params.attributes;
  assert.match(from, /^\+141555501\d\d$/);
  assert.match(sid, /^CA[0-9a-f]{32}$/);
  for (const word of [number.slice(1), 'Torres', 'Ana']) assert.ok(!golden.frame.includes(word), word);

  await page.getByRole('button', {name: 'Show answer'}).click();
  assert.equal((await copied()).answers, 'TaskSelected');
  await page.getByRole('switch', {name: 'Reveal numbers'}).click();
  await page.getByRole('button', {name: 'Show request'}).click();
  const real = await copied();
  obeys(real);
  assert.equal(JSON.parse(real.frame).params.attributes.from, number);
}));

test('every vector there is stays one when its people are taken out, and shows none of them', () => onInspector(async ({page}) => {
  const vectors = ['valid', 'invalid'].flatMap(readVectors).filter(({dialect, frame}) => dialect === 'v1' && typeof frame === 'string');
  assert.ok(vectors.length > 300);
  const made = await page.evaluate(async given => {
    const {Conversation, goldenCase, masked} = await import('/inspector_frames.js');
    return given.map(frame => {
      const {entry} = new Conversation().read({number: 1, at: 0, session: 1, role: 'flex', direction: 'in', text: frame});
      return {golden: goldenCase(entry, true), own: goldenCase(entry, false), seen: masked(frame)};
    });
  }, vectors.map(({frame}) => frame));
  let checked = 0;
  for (const [index, {golden, own, seen}] of made.entries()) {
    assert.equal(own.frame, vectors[index].frame);
    for (const text of [golden?.frame ?? '', seen]) assert.doesNotMatch(text, /\+34|911234567|Torres|Ana\b|ana@/, vectors[index].name);
    for (const one of [golden, own].filter(Boolean)) {
      if (!one.readers.includes('js')) continue;
      obeys(one);
      checked++;
    }
  }
  assert.ok(checked > 500, `${checked}`);
}));

test("an agent sees her own sessions alone, and nobody the Hello's token", () => onInspector(async (alice, desk) => {
  await desk.takeCall({customerId: 'C-1001', number});
  await alice.rows('TaskSelected').first().waitFor();
  await onInspector(async (bob, bobsDesk) => {
    await bob.rows('Snapshot').first().waitFor();
    await ring(bobsDesk, {number: '+447700900142'});
    await bob.rows('TaskChanged').first().waitFor();
    assert.ok(!bob.told.includes(number));
    assert.ok(!alice.told.includes('+447700900142'));
    const tickets = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;  // a JSON Web Token
    for (const {told} of [alice, bob]) {
      assert.match(told, /"method\\":\\"/);
      assert.doesNotMatch(told, tickets);
      assert.doesNotMatch(told, /\\"method\\":\\"Hello\\"/);
    }
    assert.match(bob.told, /"agent":"bob"/);
  }, {agent: 'bob'});
  const nobody = await browser.newContext();
  const response = await nobody.request.get(new URL('/api/inspector', crm.url).href);
  assert.equal(response.status(), 401);
  await nobody.close();
}));

test('a server that is gone is asked again, and says that it was started anew', () => onInspector(async (inspector, desk, context) => {
  const {port} = crm;
  await inspector.rows('Snapshot').first().waitFor();
  await crm.kill();
  await inspector.page.locator('#server-state[data-state="down"]').waitFor();
  await inspector.picture('inspector-server-gone');
  crm = await Crm.start({port, args: ['--inspector', '--agent', 'bob']});
  // Its database is a new one, and with it the key of all cookies.
  await inspector.page.locator('#signed-out:visible').waitFor();
  await context.request.post(new URL('/login', crm.url).href, {data: {agent: 'alice'}});
  await inspector.page.locator('#server-state[data-state="up"]').waitFor();
  await inspector.page.locator('.frames-break', {hasText: 'The server was started again'}).waitFor();
  await inspector.page.locator('#signed-out').waitFor({state: 'hidden'});
  await desk.page.bringToFront();
  await desk.page.goto(crm.url);
  await desk.connected();
}));

test('it fits every screen', () => onInspector(async (inspector, desk) => {
  const {page} = inspector;
  await ring(desk, {customerId: 'C-1009', number: '+33639980045'});
  await inspector.rows('TaskChanged').first().waitFor();
  const check = async what => {
    const [width, inner, height, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth, document.documentElement.scrollHeight, innerHeight]);
    assert.ok(width <= inner && height <= room, `${what}: ${width} × ${height} on ${inner} × ${room}`);
    await inspector.picture(`inspector-${what}`);
  };
  for (const [width, height] of [[360, 740], [768, 1024], [1280, 800], [1920, 1080]]) {
    await page.setViewportSize({width, height});
    await check(`${width}-list`);
    await inspector.rows('TaskChanged').first().click();
    await page.locator('#detail').waitFor();
    await check(`${width}-detail`);
    await page.locator('#detail-close').click();
  }
}));

test('everybody can read it, in light and dark and in two languages', () => onInspector(async (inspector, desk) => {
  const {page} = inspector;
  assert.equal(await page.locator('script:not([src]), style, [style], [onclick]').count(), 0);
  await ring(desk, {customerId: 'C-1009', number: '+33639980045'});
  await inspector.rows('TaskChanged').first().click();
  await page.locator('#detail').waitFor();
  await page.evaluate(axe);
  for (const [name, colorScheme, language, heading] of [['light', 'light', 'en', 'Messages'], ['dark', 'dark', 'es', 'Mensajes']]) {
    await page.emulateMedia({colorScheme});
    await page.locator('#language').selectOption(language);
    await inspector.shows('#traffic-heading', heading);
    await inspector.picture(`inspector-${name}`);
    const {violations} = await page.evaluate(() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}));
    assert.deepEqual(violations.map(({id, nodes}) => `${name}: ${id}: ${nodes[0].html}`), []);
  }
}));

test('everything can be reached and done with the keyboard', () => onInspector(async ({page}) => {
  await page.locator('.frame').nth(3).waitFor();
  await page.locator('#pause').click();
  await page.evaluate(() => document.activeElement.blur());
  const order = [];
  await page.locator('.skip').focus();
  for (let step = 0; step < 8; step++) {
    await page.keyboard.press('Tab');
    order.push(await page.evaluate(() => document.activeElement.id || document.activeElement.className));
  }
  assert.deepEqual(order, ['language', 'pause', 'clear', 'way', 'type', 'text', 'reveal', 'frame']);
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await page.locator('#detail').waitFor();
  assert.equal(await page.locator('.frame[aria-current="true"]').count(), 1);
  await page.keyboard.press('Escape');
  await page.locator('#detail').waitFor({state: 'hidden'});
  assert.equal(await page.evaluate(() => document.activeElement.className), 'frame');
}));

describe('without --inspector', () => {
  let plain;
  before(async () => { plain = await Crm.start(); });
  after(async () => { await plain?.kill(); });

  test('there is no inspector', async () => {
    for (const path of ['/inspector.html', '/inspector.js', '/inspector.css', '/inspector_frames.js', '/api/inspector', '/api/inspector?after=0']) {
      assert.equal((await fetch(new URL(path, plain.url))).status, 404, path);
      assert.notEqual((await fetch(new URL(path, crm.url))).status, 404, path);
    }
  });
});
