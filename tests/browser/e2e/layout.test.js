// What people see: everything in view, nothing over anything else, the seed's element ids in place.
import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** A server of its own: what became of a call is remembered from one page to the next. */
async function onDesk(options, run) {
  const crm = await Crm.start();
  const desk = await Desk.open(browser, crm.url, options);
  try {
    await run(desk);
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
    await crm.kill();
  }
}

const parts = ['#server-state', '#flex-state', '#agent-name', '#img', '#name', '#profile-number', '#profile-fields', '#profile-note',
  '#calls .call-card', '#dial-outcome', '#history', '#flex', '#contact-search', '.contact:nth-child(1)', '.contact:nth-child(7)'];

for (const colorScheme of ['light', 'dark']) {
  test(`at 1280 × 800 everything is in view and nothing overlaps (${colorScheme})`, () => onDesk({colorScheme}, async desk => {
    await desk.page.getByRole('button', {name: 'Call Ingrid Lindqvist, +46 31 390 06 15'}).click();
    await desk.shows('#dial-outcome-text', 'Call to +46313900615 placed.');
    await desk.shows('#name', 'Ingrid Lindqvist');
    await desk.picture(`layout-${colorScheme}`);

    const boxes = await Promise.all(parts.map(async part => ({part, ...await desk.page.locator(part).boundingBox()})));
    for (const {part, x, y, width, height} of boxes) {
      assert.ok(width > 0 && height > 0, `${part} has no size`);
      assert.ok(x >= 0 && y >= 0 && x + width <= 1280 && y + height <= 800, `${part} is out of view`);
    }
    for (const [index, a] of boxes.entries()) {
      for (const b of boxes.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        assert.ok(apart, `${a.part} overlaps ${b.part}`);
      }
    }
    const {scroll, client} = await desk.page.evaluate(() => ({
      scroll: [document.documentElement.scrollWidth, document.documentElement.scrollHeight],
      client: [document.documentElement.clientWidth, document.documentElement.clientHeight],
    }));
    assert.deepEqual(scroll, client);
  }));
}

for (const [width, height] of [[360, 740], [768, 1024], [1024, 768]]) {
  test(`at ${width} px each part has the screen, and Flex is never loaded anew`, () => onDesk({viewport: {width, height}}, async desk => {
    const loaded = await (await desk.flexWindow()).evaluate(() => performance.timeOrigin);
    await desk.takeCall({customerId: 'C-1009', number: '+33639980045'});
    const inView = {contacts: ['#contact-search'], customer: ['#name', '#img'], call: ['.call-card', '#history'], flex: width < 860 ? ['#flex'] : []};
    for (const [view, shown] of Object.entries(inView)) {
      await desk.view(view);
      for (const part of ['#server-state', '#flex-state', '#agent-button', ...shown]) {
        const box = await desk.page.locator(part).boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= width && box.y < height, `${part} in ${view}`);
      }
      for (const [other, hidden] of Object.entries(inView)) {
        if (other === view || view === 'flex') continue;
        for (const part of hidden) assert.equal(await desk.page.locator(part).isVisible(), false, `${part} in ${view}`);
      }
    }
    assert.equal(await (await desk.flexWindow()).evaluate(() => performance.timeOrigin), loaded);
    if (width >= 860) assert.ok(await desk.page.locator('#flex').isVisible());
  }));
}

test('an incoming call is announced wherever one is, and taken from there', () => onDesk({viewport: {width: 360, height: 740}}, async desk => {
  const {taskSid} = await desk.ring({customerId: 'C-1009', number: '+33639980045'});
  for (const view of ['contacts', 'customer', 'flex', 'call']) {
    await desk.view(view);
    await desk.page.locator('#call-banner').waitFor();
    await desk.shows('#call-banner-name', 'Fatima El Amrani');
  }
  await desk.shows('title', 'Incoming call · Feather CRM');
  await desk.view('contacts');
  await desk.page.locator('#banner-accept').click();
  await desk.card('connected', taskSid).waitFor();
  await desk.page.locator('#call-banner').waitFor({state: 'hidden'});
  await desk.shows('title', 'Feather CRM');
}));

test('the frame may use the microphone, and the page carries no script or style of its own', () => onDesk({}, async desk => {
  assert.equal(await desk.page.locator('iframe#flex').getAttribute('allow'), 'microphone; autoplay');
  await desk.take({customerId: 'C-1009', number: '+33639980045'});
  assert.equal(await desk.page.locator('script:not([src]), style, [style], [onclick]').count(), 0);
  for (const id of ['profile-container', 'phone-number', 'dial-number']) assert.equal(await desk.page.locator(`#${id}`).count(), 1);
  for (const id of ['name', 'img']) assert.equal(await desk.page.locator(`#profile-container #${id}`).count(), 1);
}));

test('everything can be reached and done with the keyboard', () => onDesk({}, async desk => {
  const {page} = desk;
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.keyboard.type('+34911234567');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'dial-number');
  await page.keyboard.press('Enter');
  await desk.shows('#dial-outcome-text', 'Call to +34911234567 placed.');
  assert.equal(desk.dialRequests, 1);
}));

test("the stub's policy allows its import map and no other inline script", async () => {
  const page = await readFile(new URL('../../../examples/crm/web/flex/index.html', import.meta.url), 'utf8');
  const [map] = [...page.matchAll(/<script type="importmap">([\s\S]*?)<\/script>/g)].map(([, text]) => text);
  const hash = createHash('sha256').update(map).digest('base64');
  assert.ok(page.includes(`'sha256-${hash}'`), `the policy must name 'sha256-${hash}'`);
  assert.equal(page.match(/<script(?![^>]*\bsrc=)/g).length, 1);
});
