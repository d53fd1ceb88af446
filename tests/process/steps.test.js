// The examples with a number, each run for what it says it does.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test as unbounded } from 'node:test';
import { socketTo, startInWebView } from '../../examples/2_web_view.js';
import { Endpoint } from '../../src/browser/endpoint.js';
import { startPlugin } from '../../src/browser/plugin.js';
import { SocketTransport } from '../../src/browser/socket.js';
import { fakeFlex } from '../browser/unit/support.js';
import { Program } from '../support/program.mjs';

const test = (name, run) => unbounded(name, { timeout: 60000 }, run);

const steps = process.env.FLEXCRM_STEPS;
const built = (process.env.FLEXCRM_STEPS_BUILT ?? '').split(' ');
const step = (name, args, env) => new Program(join(steps, name), args, env);
const skip = (name) => !built.includes(name) && 'it is not part of this build';
const number = '+34911234567';

/** Runs a step with others and ends all of them. @param {Program[]} programs @param {() => Promise<void>} run */
async function together(programs, run) {
  try {
    await run();
  } finally {
    await Promise.all(programs.map((program) => program.kill()));
  }
}

test('1: each frame is named or refused with the place of its fault', () => {
  const vector = (name) => JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).frame;
  const { stdout, status } = spawnSync(join(steps, '1_codec'), {
    encoding: 'utf8',
    input: [
      `{"jsonrpc":"2.0","id":7,"method":"DialRequest","params":{"destination":"${number}","dialId":"d-1","lifetimeMs":10000}}`,
      '{"jsonrpc":"2.0","id":8,"method":"TaskSelected","params":{"attributes":{"name":"Ana"}}}',
      vector('invalid/dial_destination_empty'),
    ].join('\n'),
  });
  assert.equal(status, 0);
  assert.deepEqual(stdout.split('\n'), [
    `call ${number}`, 'show the customer of {"name":"Ana"}', 'refused: invalid_destination at /destination', '']);
});

describe('2: a conversation with the plugin\'s session, over nothing but lines', () => {
  /** What the web view has in place of a socket. */
  const hostOf = (desk) => ({
    postMessage: (text) => desk.write(text),
    addEventListener: (_, call) => { desk.onLine = (data, isOutput) => isOutput && call({ data }); },
  });
  const whole = { agent: { availability: 'available' }, tasks: [], calls: [], reset: false };

  async function flexIn(desk, dial) {
    const flex = new Endpoint({ transport: new SocketTransport({ url: 'ws://host/', WebSocket: socketTo(hostOf(desk)) }), role: 'flex', agent: 'alice' });
    flex.on('DialRequest', dial);
    const open = new Promise((resolve) => flex.onState((state) => state === 'open' && resolve()));
    flex.start();
    await open;
    return flex;
  }

  test('the call is placed once, and the selected task shown', async () => {
    const dialled = [];
    const desk = step('2_session', [number]);
    await together([desk], async () => {
      const flex = await flexIn(desk, ({ destination }) => {
        dialled.push(destination);
        return { destination };
      });
      await desk.line('Flex is there');
      flex.send('Snapshot', whole);
      await desk.line('the call is placed');
      flex.send('TaskSelected', { attributes: { name: 'Ana' } });
      await desk.line('show the customer of {"name":"Ana"}');
      assert.deepEqual(dialled, [number]);
      desk.end();
      assert.equal(await desk.gone, 0);
      flex.stop();
    });
  });

  test('the plugin itself talks to the program around its web view', async () => {
    const desk = step('2_session', [number]);
    globalThis.window = { addEventListener() {} };
    window.parent = window;
    await together([desk], async () => {
      const world = fakeFlex();
      const dialled = new Promise((resolve) => {
        world.flex.Actions.perform = async ({ destination }, name) => resolve([name, destination]);
      });
      const plugin = startInWebView(startPlugin, world.flex, world.manager, hostOf(desk));
      await desk.line('Flex is there');
      assert.deepEqual(await dialled, ['StartOutboundCall', number]);
      plugin.stop();
    });
    delete globalThis.window;
  });

  test('a refusal arrives in words, and what it does not know is refused', async () => {
    const desk = step('2_session', [number]);
    await together([desk], async () => {
      const flex = await flexIn(desk, () => { throw { reason: 'agent_busy' }; });
      flex.send('Snapshot', whole);
      await desk.line('no call: agent_busy');
      const answer = await flex.request('ContactLookupRequest', { phone: number });
      assert.equal(answer.error.reason, 'failed');
      flex.stop();
    });
  });

  test('whoever says to be the CRM is refused', async () => {
    const desk = step('2_session');
    await together([desk], async () => {
      desk.write('{"jsonrpc":"2.0","id":"hello","method":"Hello","params":{"role":"crm","protocolMin":1,"protocolMax":1,"agent":"a","instance":"i"}}');
      await desk.line('over: ');
      assert.equal(await desk.gone, 0);
    });
  });
});

describe('3, 4, 5: click to dial', { skip: skip('3_click_to_dial_server') }, () => {
  test('numbers reach Flex from the server, from a client and from a coroutine; a selection reaches both', async () => {
    const server = step('3_click_to_dial_server', ['0', 'alice']);
    const programs = [server];
    await together(programs, async () => {
      const page = await server.line('open ');
      const url = `${page.replace('http', 'ws')}flexcrm`;
      const flex = step('4_click_to_dial_client', ['flex', url]);
      programs.push(flex);
      await server.line('alice has Flex');
      const crm = step('4_click_to_dial_client', ['crm', url]);
      programs.push(crm);
      await crm.line('Flex is connected');

      server.write(number);
      await server.line('the call is placed');
      assert.equal(await flex.line('StartOutboundCall '), number);
      crm.write('+34600000017');
      await crm.line('placed');
      assert.equal(await flex.line('StartOutboundCall '), '+34600000017');
      crm.write('911');
      assert.match(await crm.line('refused: '), /^invalid_destination/);

      flex.write('{"account_data":{"first_name":"Ana"}}');
      assert.equal(await server.line('alice talks to '), '"Ana"');
      assert.equal(await crm.line('selected '), '{"account_data":{"first_name":"Ana"}}');
      flex.write('no JSON');
      await flex.line('no attributes: syntax');

      const { stdout } = spawnSync(join(steps, '5_coroutines'), ['+34600000042', url], { encoding: 'utf8', timeout: 20000 });
      assert.match(stdout, /^the call is task WT[0-9a-f]{32}\n$/);
      assert.equal(await flex.line('StartOutboundCall '), '+34600000042');

      flex.end();
      assert.equal(await flex.gone, 0);
      await server.line('alice has no Flex any more');
      await crm.line('Flex is gone');
      server.write(number);
      await server.line('no call: agent_offline');
      server.end();
      assert.equal(await server.gone, 0);
      await crm.line('lost: ');
    });
  });

  test('without a server or with a wrong command line they say so', async () => {
    const { stdout } = spawnSync(join(steps, '5_coroutines'), [number, 'ws://127.0.0.1:1/flexcrm'], { encoding: 'utf8', timeout: 20000 });
    assert.match(stdout, /^no call: /);
    for (const [name, ...args] of [['3_click_to_dial_server', 'x'], ['4_click_to_dial_client'], ['4_click_to_dial_client', 'crm', 'http://x/'], ['5_coroutines']])
      assert.equal(spawnSync(join(steps, name), args, { timeout: 20000 }).status, 2, name);
  });
});

describe('6: behind a proxy', { skip: skip('6_production_server') }, () => {
  async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    server.close();
    await once(server, 'close');
    return port;
  }

  test('who has a ticket is let in, what may be called is called, and it is watched and ended in order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flexcrm-steps-'));
    writeFileSync(join(folder, 'keys'), `${'k'.repeat(32)}\n`);
    const port = await freePort();
    const server = step('6_production_server', [], {
      CRM_PORT: `${port}`, CRM_HOST: 'crm.example.com', CRM_PREFIXES: '+34,+1', CRM_TICKET_KEYS: join(folder, 'keys') });
    const programs = [server];
    await together(programs, async () => {
      await server.line('<6>listening on port');
      const page = `http://localhost:${port}`;
      const get = (path, options) => fetch(`${page}${path}`, { headers: { connection: 'close' }, ...options });
      const ask = async (agent, body) => get('/api/ticket', { method: 'POST', body, headers: { connection: 'close', ...(agent && { 'x-auth-user': agent }) } });
      assert.equal(await (await get('/healthz')).text(), 'ok\n');
      assert.equal((await get('/')).status, 404);
      assert.equal((await get('/flexcrm/js/bridge.js')).status, 200);
      assert.equal((await ask('', '{"role":"crm"}')).status, 401);
      for (const wrong of ['', '[]', '{"role":"boss"}']) assert.equal((await ask('alice', wrong)).status, 400, wrong);

      const url = `ws://localhost:${port}/flexcrm`;
      const client = async (role) => {
        const answer = await (await ask('alice', JSON.stringify({ role }))).json();
        assert.equal(answer.agent, 'alice');
        const program = step('4_click_to_dial_client', [role, url], { FLEXCRM_TOKEN: answer.token });
        programs.push(program);
        await program.line('open');
        return program;
      };
      const flex = await client('flex');
      const crm = await client('crm');
      await crm.line('Flex is connected');
      const stranger = step('4_click_to_dial_client', ['crm', url, 'mallory']);
      programs.push(stranger);
      await stranger.line('ended: unauthorized');

      crm.write(number);
      await crm.line('placed');
      assert.equal(await flex.line('StartOutboundCall '), number);
      assert.equal(await server.line('<6>dial of alice to '), '+34*****67: placed');
      crm.write('+4930901820');
      await crm.line('refused: destination_not_allowed');

      const counted = await (await get('/metrics')).text();
      for (const line of ['flexcrm_sessions 2', 'flexcrm_agents_online 1', 'flexcrm_dials_total{outcome="placed"} 1', 'flexcrm_refused_total{reason="unauthorized"} 1'])
        assert.ok(counted.split('\n').includes(line), `${line} is not in\n${counted}`);
      assert.equal((await get('/metrics', { headers: { connection: 'close', 'x-forwarded-for': '203.0.113.7' } })).status, 404);

      server.signal('SIGHUP');
      await server.line('<4>invalid_argument');  // there is no TLS to read again
      assert.equal(await server.stop(), 0);
      await crm.line('lost: ');
    });
    rmSync(folder, { recursive: true });
  });

  test('without a name or keys it does not start, and says which', () => {
    for (const [env, fault] of [
      [{ CRM_HOST: 'crm.example.com' }, 'CRM_TICKET_KEYS is not set'],
      [{ CRM_TICKET_KEYS: '/dev/null' }, 'invalid_argument'],
      [{ CRM_TICKET_KEYS: fileURLToPath(import.meta.url) }, 'invalid_argument'],
    ]) {
      const { status, stderr } = spawnSync(join(steps, '6_production_server'), { env, encoding: 'utf8', timeout: 20000 });
      assert.equal(status, 1);
      assert.ok(stderr.startsWith(`<3>cannot start: ${fault}`), stderr);
    }
  });
});
