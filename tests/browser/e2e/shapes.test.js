// The same work in every shape of deployment: docs/flex-in-an-iframe.md, docs/flex-in-a-tab.md, docs/framed-crm-page.md.
import assert from 'node:assert/strict';
import {after, before, describe, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {eventually, launch} from './support/desk.js';
import {forgeries} from './support/forgeries.js';
import {otherOrigin} from './support/origin.js';
import {shapes, ShapedDesk, World} from './support/shapes.js';

let browser, stranger;
before(async () => { [browser, stranger] = await Promise.all([launch(), otherOrigin()]); });
after(async () => {
  await browser?.close();
  await stranger?.close();
});

const ana = {customerId: 'C-1001', number: '+34600000017'};

async function told(desk, expected) {
  const {news} = await eventually(async () => ({news: desk.news, wait: expected.some(one => !desk.news.includes(one))}));
  assert.deepEqual(expected.filter(one => !news.includes(one)), [], `only ${news.join(', ')}`);
}

async function callComes(desk) {
  await desk.takeCall(ana);
  await desk.shows('#name', 'Ana Torres');
  await desk.flex.locator('.task').getByRole('button', {name: 'Complete'}).click();
  await desk.shows('#name', '');
}

async function clickDials(desk, number = '+34911234567') {
  await desk.page.locator('#phone-number').fill(number);
  await desk.page.locator('#dial-number').click();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
  assert.equal((await desk.destinations()).at(-1), number);
  await desk.flex.locator('#call-hangup').click();
  await desk.flex.locator('#no-tasks').waitFor();
  await desk.shows('#name', '');
}

/** Posts all there is to every window that can be reached from one, then the last of them. */
const postEverywhere = `(() => {
  const below = window => [window, ...Array.from({length: window.length}, (_, index) => window[index]).flatMap(below)];
  const all = [top, ...(globalThis.opened ?? [])].flatMap(below);
  for (const target of all) {
    for (const data of ${forgeries}.concat({type: 'webpackOk', done() {}}, {type: 'webpackOk'}, 'the last of them')) {
      try { target.postMessage(data, '*'); } catch (error) { if (error.name !== 'DataCloneError') throw error; }
    }
  }
})()`;

/** @param {() => Promise<void>} attack */
async function nothingHappens(desk, attack) {
  const windows = [desk.page, await desk.flexWindow()];
  for (const window of windows) {
    await window.evaluate(() => addEventListener('message', ({data}) => { if (data === 'the last of them') globalThis.heardAll = true; }));
  }
  await attack();
  for (const window of windows) await window.waitForFunction(() => globalThis.heardAll);
  assert.equal(desk.dialRequests, 0);
  assert.deepEqual(await desk.calls(), []);
  assert.equal(await desk.text('#name'), '');
  // What was on its way would be there before this one.
  await clickDials(desk);
  assert.deepEqual(await desk.destinations(), ['+34911234567']);
  assert.equal(desk.dialRequests, 1);
}

for (const [name, shape] of Object.entries(shapes)) {
  describe(name, () => {
    let world, desk;
    before(async () => {
      world = await World.start(shape);
      desk = await world.open(browser);
    });
    after(async () => {
      await desk?.close();
      await world?.stop();
    });

    test('a call comes, its customer is shown, and its course is told', async () => {
      await desk.takeCall(ana);
      await desk.shows('#name', 'Ana Torres');
      await desk.flex.locator('#call-hold').click();
      await told(desk, ['task offered', 'call ringing', 'task accepted', 'call connected', 'call held']);
      await desk.flex.locator('#call-hangup').click();
      await told(desk, ['call ended', 'task wrapup']);
      await desk.flex.locator('.task').getByRole('button', {name: 'Complete'}).click();
      await told(desk, ['task completed']);
      await desk.shows('#name', '');
    });

    test('a click dials, and its outcome is shown', async () => {
      desk.news = [];
      await clickDials(desk);
      assert.equal(desk.dialRequests, 1);
      await told(desk, ['call dialing', 'call ended']);
    });

    if (shape.inPortal) test('the portal has heard nothing', async () => assert.deepEqual(await desk.window.evaluate(() => heard), []));

    test('the CRM page, Flex and the server come back, and work goes on', async () => {
      for (const again of [() => desk.reloadCrm(), () => desk.reloadFlex(), async () => {
        await world.crm.kill();
        await desk.page.locator('#server-state[data-state="down"]').waitFor();
        await world.startCrm();
        await desk.connected();
      }]) {
        await again();
        await callComes(desk);
        await clickDials(desk);
      }
      assert.deepEqual(desk.errors, []);
    });

    if (shape.inPortal) {
      test('the portal and a frame beside the CRM can post what they like: nothing dials, nothing is shown', async () => {
        await desk.close();
        // A portal without a policy has frames of whoever it likes.
        world.portalHeaders = {};
        desk = await world.open(browser);
        await nothingHappens(desk, async () => {
          await desk.window.evaluate(postEverywhere);
          const beside = await desk.window.evaluateHandle(url => new Promise(resolve => {
            const frame = document.createElement('iframe');
            frame.addEventListener('load', () => resolve(frame));
            frame.src = url;
            document.body.append(frame);
          }), stranger.url);
          await (await beside.asElement().contentFrame()).evaluate(postEverywhere);
        });
        assert.deepEqual(desk.errors, []);
      });
    }

    test('a page that opened it can post what it likes: nothing dials, nothing is shown', async () => {
      const desk = await world.seat(browser);
      try {
        const page = await desk.context.newPage();
        await page.goto(stranger.url);
        // Before it has opened a WebSocket.
        desk.context.on('page', popup => desk.watch(popup));
        const popups = [];
        for (const url of shape.entries(world)) {
          popups.push((await Promise.all([page.waitForEvent('popup'), page.evaluate(given => {
            globalThis.opened = [...globalThis.opened ?? [], open(given)];
          }, url)]))[0]);
        }
        await desk.settle(popups[0]);
        if (shape.inTab) desk.flexTab = popups[1];
        await desk.flexLoaded();
        await desk.connected();
        await nothingHappens(desk, () => page.evaluate(postEverywhere));
        assert.deepEqual(desk.errors, []);
      } finally {
        await desk.close();
      }
    });

    if (shape.inTab) {
      test('no window listens to messages, and Flex cannot reach the page that it was opened from', async () => {
        const desk = await world.seat(browser);
        try {
          await desk.context.addInitScript(() => {
            globalThis.listeners = [];
            const add = EventTarget.prototype.addEventListener;
            EventTarget.prototype.addEventListener = function listen(type, ...rest) {
              if (type === 'message' && (this === globalThis || this === undefined)) listeners.push(type);
              return add.call(this, type, ...rest);
            };
          });
          await desk.enter(await desk.context.newPage());
          await clickDials(desk);
          for (const window of desk.windows()) {
            assert.deepEqual(await window.evaluate(() => [listeners.length, globalThis.onmessage, globalThis.opener]), [0, null, null]);
          }
        } finally {
          await desk.close();
        }
      });
    }
  });

  describe(`${name}, over https`, () => {
    let world;
    before(async () => { world = await World.start(shape, {secure: true}); });
    after(() => world?.stop());

    test('a call comes, and a click dials', async () => {
      const desk = await world.open(browser);
      try {
        await callComes(desk);
        await clickDials(desk);
        assert.ok(desk.windows().every(window => window.url().startsWith('https://')));
        assert.deepEqual(desk.errors, []);
      } finally {
        await desk.close();
      }
    });
  });
}

test('flexcrm-crm itself shows Flex in a tab: whose it is stands there, and nobody may frame it', async () => {
  const crm = await Crm.start({args: ['--flex-tab']});
  try {
    const desk = await ShapedDesk.open(browser, {crm}, {inTab: true, entries: () => [crm.url]});
    assert.equal(await desk.flexTab.locator('#signed-in').textContent(), 'Signed in as alice');
    const {headers} = await desk.flexTab.evaluate(async () => ({headers: [...(await fetch('/flex/')).headers]}));
    assert.deepEqual(headers.filter(([name]) => name === 'content-security-policy'), [['content-security-policy', "frame-ancestors 'none'"]]);
    assert.equal(await desk.page.locator('#flex').count(), 0);
    await callComes(desk);
    await clickDials(desk);
    assert.deepEqual(desk.errors, []);
    await desk.close();
  } finally {
    await crm.kill();
  }
});
