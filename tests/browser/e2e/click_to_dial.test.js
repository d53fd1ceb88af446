// The page of examples/3_click_to_dial_server.cpp: the shortest page that dials and shows what is selected.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {Program} from '../../support/program.mjs';
import {after, before, test} from './support/bounded.js';
import {launch} from './support/desk.js';

const start = (name, ...args) => new Program(join(process.env.FLEXCRM_STEPS, name), args);

let browser, server, flex;
before(async () => { browser = await launch(); });
after(async () => {
  await browser?.close();
  for (const program of [flex, server]) await program?.kill();
});

test('the page dials, says what became of it, and shows the selected task', async () => {
  server = start('3_click_to_dial_server', '0');
  const url = await server.line('open ');
  const page = await browser.newPage();
  const errors = [];
  page.on('pageerror', error => errors.push(error.message));
  page.on('console', message => message.type() === 'error' && errors.push(message.text()));
  const says = text => page.getByRole('status').filter({hasText: new RegExp(`^${text}$`)}).waitFor();
  await page.goto(url);
  await says('ready');
  const call = async number => {
    await page.getByLabel('Number').fill(number);
    await page.getByRole('button', {name: 'Call'}).click();
  };

  await call('+34911234567');
  await says('refused: agent_offline');
  flex = start('4_click_to_dial_client', 'flex', `${url.replace('http', 'ws')}flexcrm`);
  await server.line('alice has Flex');
  await call('+34911234567');
  assert.equal(await flex.line('StartOutboundCall '), '+34911234567');
  await says('placed');
  await call('911');
  await says('refused: invalid_destination');

  flex.write('{"account_data":{"first_name":"Ana <b>"}}');
  await page.locator('pre').filter({hasText: '"first_name": "Ana <b>"'}).waitFor();
  assert.deepEqual(errors, []);
  await page.close();
});
