// The bare dialect, switched on: a Flex page with the plugin of Twilio's course, or one that behaves like it.
import assert from 'node:assert/strict';
import {copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from './support/bounded.js';
import {fileURLToPath} from 'node:url';
import {courseText, coursePlugin} from './support/course.js';
import {Crm} from './support/crm.js';
import {Desk, eventually, launch} from './support/desk.js';

const ownPage = fileURLToPath(new URL('./pages/bare', import.meta.url));
const course = await courseText();
const skip = course === undefined && "SKIPPED: the course's document is not here (FLEXCRM_SEED names it)";
if (skip) console.log(skip);

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

async function onBare(flexDir, run) {
  const crm = await Crm.start({args: ['--bare', '--flex-dir', flexDir]});
  let desk;
  try {
    desk = await Desk.open(browser, crm.url);
    await run(desk, await desk.flexWindow());
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk?.close();
    await crm.kill();
  }
}

const dialled = window => window.evaluate(() => calls);
const account = {account_data: {first_name: 'Noor', last_name: 'Haddad', img_src: '/portraits/fatima-el-amrani.svg', service_level: 'gold'}};

/** What a page with a plugin of this dialect can do, whoever wrote the plugin. */
async function bothFlows(desk, flexWindow, picture) {
  await flexWindow.waitForFunction(() => flex.AgentDesktopView.defaultProps.showPanel2 === false);

  await flexWindow.evaluate(attributes => select(attributes), account);
  await desk.shows('#name', 'Noor Haddad');
  assert.equal(await desk.page.locator('#img').getAttribute('src'), '/portraits/fatima-el-amrani.svg');
  await desk.picture(`${picture}-inbound`);

  // As in the course: what says nothing of a customer changes nothing.
  await flexWindow.evaluate(() => select({priority: 3}));
  await flexWindow.evaluate(() => select({customer_id: 'C-1004'}));
  await desk.shows('#name', 'Lukas Brandt');
  await Promise.all([
    desk.page.waitForResponse('**/api/customer'),
    flexWindow.evaluate(() => select({priority: 3})),
  ]);
  await desk.page.evaluate(() => fetch('/api/config').then(response => response.json()));
  assert.equal(await desk.text('#name'), 'Lukas Brandt');

  await desk.page.locator('#phone-number').fill('+34 911 23 45 67');
  await desk.page.locator('#dial-number').click();
  await desk.shows('#dial-outcome-text', /\+34911234567: we do not know whether the call was placed; look at Flex/);
  const {list} = await eventually(async () => {
    const list = await dialled(flexWindow);
    return {list, wait: list.length === 0};
  });
  assert.deepEqual(list, [{destination: '+34911234567'}]);
  await desk.picture(`${picture}-dial`);

  await desk.page.getByRole('button', {name: /^Call Ana Torres/}).click();
  await eventually(async () => ({wait: (await dialled(flexWindow)).length < 2}));
  assert.deepEqual((await dialled(flexWindow)).map(({destination}) => destination), ['+34911234567', '+34600000017']);

  await desk.page.locator('#dial-region').selectOption('');
  await desk.page.locator('#phone-number').fill('600 123 456');
  await desk.page.locator('#phone-number').press('Enter');
  await desk.shows('#dial-outcome-text', /^Nothing dialled\./);
  assert.equal((await dialled(flexWindow)).length, 2);
}

test('a page of our own with a plugin of the bare dialect', () => onBare(ownPage, (desk, window) => bothFlows(desk, window, 'bare')));

describe("the course's own plugin", {skip}, () => {
  async function withPlugin(code, run) {
    const folder = await mkdtemp(join(tmpdir(), 'flexcrm-course-'));
    try {
      for (const file of ['index.html', 'shim.js']) await copyFile(join(ownPage, file), join(folder, file));
      await writeFile(join(folder, 'plugin.js'), code);
      await onBare(folder, run);
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  }

  test('completed with its own solution', () =>
    withPlugin(coursePlugin(course).plugin, (desk, window) => bothFlows(desk, window, 'course')));

  test('with its hole: the profile works, the empty destination is what Flex gets', () =>
    withPlugin(coursePlugin(course).withHole, async (desk, window) => {
      await window.evaluate(attributes => select(attributes), account);
      await desk.shows('#name', 'Noor Haddad');
      await desk.page.locator('#phone-number').fill('+34911234567');
      await desk.page.locator('#dial-number').click();
      await eventually(async () => ({wait: (await dialled(window)).length === 0}));
      assert.deepEqual(await dialled(window), [{destination: ''}]);
    }));
});
