// The script that shows three CRMs as one, run as a newcomer would.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Program } from '../support/program.mjs';

const script = fileURLToPath(new URL('../../examples/crm/nodes.sh', import.meta.url));
const first = 23001;  // three ports that no program asks for

test('a call that is dialled at one node is placed by the Flex of another and seen at a third', { timeout: 60000 }, async () => {
  const nodes = new Program(script, [process.env.FLEXCRM_BUILD, String(first)]);
  try {
    await nodes.line('NATS is at nats://127.0.0.1:');
    assert.equal(await nodes.line('node 3: '), `http://localhost:${first + 2}/crm.html`);
    assert.equal(await nodes.line('dialled at node 2: '), 'placed');
    assert.match(await nodes.line('Flex at node 1: StartOutboundCall '), /^\+34600000017 task=WT/);
    assert.match(await nodes.line('the screen at node 3: selected '), /"outbound_to":"\+34600000017"/);
    await nodes.line(`Open http://localhost:${first + 1}/crm.html`);
    const ready = async (port) => (await fetch(`http://localhost:${port}/readyz`)).status;
    assert.equal(await ready(first), 200);
  } finally {
    await nodes.stop();
  }
  // Nothing that it started is left.
  for (let node = 0; node < 3; ++node) await assert.rejects(fetch(`http://localhost:${first + node}/readyz`));
});
