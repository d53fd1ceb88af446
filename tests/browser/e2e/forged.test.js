// Windows carry other people's messages, some of them forged. None of them dials, none of them throws.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';
import {forgeries} from './support/forgeries.js';
import {otherOrigin} from './support/origin.js';

let crm, browser, stranger;
before(async () => { [crm, browser, stranger] = await Promise.all([Crm.start(), launch(), otherOrigin()]); });
after(async () => {
  await browser?.close();
  await crm?.kill();
  await stranger?.close();
});

/** Counts what a window has received, after everybody else has heard it. */
const count = window => window.evaluate(() => {
  globalThis.received = 0;
  addEventListener('message', ({data}) => {
    if (data === 'the last of them') globalThis.allReceived = true;
    globalThis.received++;
  });
});

const heard = window => window.waitForFunction(() => globalThis.allReceived);

/** @param {Desk} desk @param {(page: any) => Promise<void>} forge posts all forgeries and then the last of them to both windows */
async function nothingHappens(desk, forge) {
  const crmWindow = desk.page.mainFrame();
  const flexWindow = await desk.flexWindow();
  await count(crmWindow);
  await count(flexWindow);
  await forge(desk.page);
  await heard(crmWindow);
  await heard(flexWindow);

  assert.equal(desk.dialRequests, 0);
  assert.deepEqual(await desk.calls(), []);
  assert.equal(await desk.text('#name'), '');
  assert.deepEqual(desk.errors, []);

  await onlyThisDials(desk);
}

/** What the agent dials is placed. Whatever was on its way would be there before it. @param {Desk} desk */
async function onlyThisDials(desk) {
  await desk.page.locator('#phone-number').fill('+34600000017');
  await desk.page.locator('#dial-number').click();
  await desk.shows('#dial-outcome-text', 'Call to +34600000017 placed.');
  assert.deepEqual(await desk.destinations(), ['+34600000017']);
  assert.equal(desk.dialRequests, 1);
  assert.deepEqual(desk.errors, []);
}

/** The page's own policy lets no stranger's frame in; products that show some have another. */
async function onDesk(run, {url = crm.url, ...options} = {}) {
  const desk = await Desk.open(browser, url, options);
  try {
    await run(desk);
  } finally {
    await desk.close();
  }
}

test('from a frame of a third origin, to the CRM page and to Flex', () => onDesk(desk => nothingHappens(desk, async page => {
  await page.evaluate(url => new Promise(resolve => {
    const frame = document.createElement('iframe');
    frame.name = 'stranger';
    frame.addEventListener('load', resolve);
    frame.src = url;
    document.body.append(frame);
  }), stranger.url);
  await page.frame({name: 'stranger'}).evaluate(`for (const data of ${forgeries}.concat('the last of them')) {
    parent.postMessage(data, '*');
    parent.frames[0].postMessage(data, '*');
  }`);
}), {bypassCSP: true}));

test('from a frame without an origin', () => onDesk(desk => nothingHappens(desk, async page => {
  await page.evaluate(url => new Promise(resolve => {
    const frame = document.createElement('iframe');
    frame.name = 'stranger';
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.addEventListener('load', resolve);
    frame.src = url;
    document.body.append(frame);
  }), stranger.url);
  await page.frame({name: 'stranger'}).evaluate(`for (const data of ${forgeries}.concat('the last of them')) {
    parent.postMessage(data, '*');
    parent.frames[0].postMessage(data, '*');
  }`);
}), {bypassCSP: true}));

test('from scripts of the CRM page and of Flex themselves, without the marker or with the wrong one', () => onDesk(desk => nothingHappens(desk, async page => {
  await page.evaluate(`for (const data of ${forgeries}.concat('the last of them')) frames[0].postMessage(data, '*')`);
  await (await desk.flexWindow()).evaluate(`for (const data of ${forgeries}.filter(data => data?.instance === undefined).concat('the last of them')) parent.postMessage(data, '*')`);
})));

test('a window that opened the CRM page cannot reach through it', () => onDesk(async desk => {
  const page = desk.page;
  // Before it has opened a WebSocket.
  desk.context.on('page', popup => desk.watch(popup));
  [desk.page] = await Promise.all([page.waitForEvent('popup'), page.evaluate(url => { window.opened = open(url); }, crm.url)]);
  await desk.connected();
  await page.evaluate(`for (const data of ${forgeries}) {
    try {
      opened.postMessage(data, '*');
      opened.frames[0]?.postMessage(data, '*');
    } catch {}
  }`);
  await onlyThisDials(desk);
}, {url: stranger.url, ready: false}));
