// examples/flex_plugin as Twilio's scripts build it (tests/flex_plugin.sh), in place of its sources.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {after, before, describe, test} from './support/bounded.js';
import {launch} from './support/desk.js';
import {shapes, World} from './support/shapes.js';

const built = process.env.FLEXCRM_BUILT_PLUGIN;

/** What Flex offers to a plugin's script: the script registers its plugin here. */
const loader = `
const registered = globalThis.registered = [];
globalThis.Twilio = {Flex: {Plugins: {init: Plugin => registered.push(Plugin)}}};
await import('/plugins/plugin-flexcrm.js');
export default registered[0];
`;

describe("the plugin that Twilio's scripts built", {skip: !built && 'FLEXCRM_BUILT_PLUGIN names no bundle; tests/flex_plugin.sh makes one'}, () => {
  let world, browser, desk;
  before(async () => {
    [world, browser] = await Promise.all([World.start(shapes['Flex in an iframe of the CRM page']), launch()]);
    const body = await readFile(built);
    world.flex.plugin = loader;
    world.flex.backend = ({path}) => (path === '/plugins/plugin-flexcrm.js' ? {type: 'text/javascript', body} : undefined);
    desk = await world.open(browser);
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  test('registers one plugin, with its name and version', async () => {
    const flex = await desk.flexWindow();
    assert.deepEqual(await flex.evaluate(() => [registered.length, flexStub.plugin.name, flexStub.plugin.uniqueName, flexStub.plugin.version]),
      [1, 'FlexcrmPlugin', 'plugin-flexcrm', '0.1.0']);
  });

  test('shows the customer and places calls', async () => {
    await desk.takeCall({customerId: 'C-1001', number: '+34600000017'});
    await desk.shows('#name', 'Ana Torres');
    await desk.flex.locator('.task').getByRole('button', {name: 'Complete'}).click();
    await desk.shows('#name', '');
    await desk.page.locator('#phone-number').fill('+34911234567');
    await desk.page.locator('#dial-number').click();
    await desk.shows('#dial-outcome-text', 'Call to +34911234567 placed.');
    assert.deepEqual(await desk.destinations(), ['+34911234567']);
    assert.deepEqual(desk.errors, []);
  });
});
