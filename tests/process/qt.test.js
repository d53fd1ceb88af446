// The example inside Qt, against the server and the Flex of the other examples.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test as unbounded } from 'node:test';
import { Program } from '../support/program.mjs';

const test = (name, run) => unbounded(name, { timeout: 60000 }, run);

const step = (name, ...args) => new Program(join(process.env.FLEXCRM_STEPS, name), args);

test('a Qt program places its call, shows what is selected, and comes back to a server that was away', async () => {
  let server = step('3_click_to_dial_server', '0');
  const page = await server.line('open ');
  const url = `${page.replace('http', 'ws')}flexcrm`;
  const qt = new Program(process.env.FLEXCRM_QT, [url, 'alice', '+34911234567']);
  const flex = step('4_click_to_dial_client', 'flex', url);
  try {
    assert.equal(await flex.line('StartOutboundCall '), '+34911234567');
    await qt.line('the call is placed');
    flex.write('{"name":"Ana"}');
    assert.equal(await qt.line('selected '), '{"name":"Ana"}');

    await server.kill();
    server = step('3_click_to_dial_server', new URL(page).port);
    await server.line('alice has Flex');
    flex.write('{"name":"Berta"}');
    assert.equal(await qt.line('selected '), '{"name":"Berta"}');
  } finally {
    for (const program of [server, qt, flex]) await program.kill();
  }
});
