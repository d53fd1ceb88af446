// The configuration of docs/deployment.md, tried: nginx, TLS and a real browser before the CRM's server.
import assert from 'node:assert/strict';
import {connect} from 'node:tls';
import {after, before, describe, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {eventually, launch} from './support/desk.js';
import {freePort, hasNginx, host, Nginx} from './support/nginx.js';

/** Page and Flex of one agent, on the CRM's own origin. The modules and the tickets come through the proxy, as the WebSockets do. */
const page = `<!doctype html><title>The CRM's own page</title>
<script type="module">
import {Endpoint} from '/flexcrm/js/endpoint.js';
import {SocketTransport} from '/flexcrm/js/socket.js';

const ticket = async role => {
  const response = await fetch('/api/ticket', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({role})});
  return response.ok ? (await response.json()).token : undefined;
};
const states = window.states = [];
const tasks = window.tasks = [];
const endpoint = role => {
  const it = new Endpoint({transport: new SocketTransport({url: 'wss://' + location.host + '/flexcrm'}), role, agent: 'alice', token: () => ticket(role)});
  it.onState((state, {resumed, reason}) => states.push([role, state, resumed ?? reason]));
  return it;
};
const crm = window.crm = endpoint('crm').on('TaskSelected', ({taskSid}) => { tasks.push(taskSid); });
crm.on('AgentChanged', () => {});
crm.on('Snapshot', ({agent, selected}) => { window.connected = agent?.connected; });
const flex = window.flex = endpoint('flex').on('DialRequest', ({destination}) => ({destination}));
flex.start();
crm.start();
</script>`;

/** The example's tickets come from its server as well; a product's come from wherever its login is. */
const tickets = ['location /flexcrm {', 'location ~ ^/(flexcrm|api/ticket$) {'];
const args = ['--allow-host', host, '--behind-proxy'];
const sid = n => `WT${String(n).padStart(32, '0')}`;

describe('nginx as it is documented', {skip: !hasNginx && 'nginx is missing'}, () => {
  let crm, nginx, browser, desk;

  const states = () => desk.evaluate(() => window.states);
  const openings = async () => (await states()).filter(([, state]) => state === 'open');
  const opened = count => desk.waitForFunction(n => window.states?.filter(([, state]) => state === 'open').length === n, count);
  const task = async n => {
    await desk.evaluate(taskSid => { flex.send('TaskSelected', {attributes: {}, taskSid}); }, sid(n));
    await desk.waitForFunction(taskSid => tasks.includes(taskSid), sid(n));
  };
  const dial = () => desk.evaluate(() => crm.dial({destination: '+34911234567'}).then(({outcome}) => outcome));

  before(async () => {
    const port = await freePort();
    crm = await Crm.start({port, args});
    // The document's times are longer than a test: a proxy that is only just patient enough.
    nginx = await Nginx.start({upstream: port, files: {'index.html': page}, changes: [
      tickets, ['proxy_read_timeout 60s;', 'proxy_read_timeout 12s;'], ['proxy_send_timeout 60s;', 'proxy_send_timeout 12s;'],
    ]});
    browser = await launch({args: nginx.browserArgs});
    desk = await (await browser.newContext({ignoreHTTPSErrors: true})).newPage();
    await desk.goto(`https://${host}/`);
    await opened(2);
  });
  after(async () => {
    await browser?.close();
    await nginx?.remove();
    await crm?.kill();
  });

  /** What is answered to a request. All answers here have a body, and it ends with a line. */
  const ask = (...lines) => new Promise((resolve, reject) => {
    const socket = connect({port: nginx.port, host: '127.0.0.1', servername: host, rejectUnauthorized: false});
    let text = '';
    socket.on('error', reject).on('close', () => resolve(text)).on('data', data => {
      text += data;
      if (/\r\n\r\n[^]*\n$/.test(text)) socket.destroy();
    });
    socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  });
  const opening = (given, origin) => ask('GET /flexcrm HTTP/1.1', `Host: ${given}`, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: flexcrm.v1', `Origin: ${origin}`);

  test('messages and calls go through', async () => {
    await task(1);
    assert.equal(await dial(), 'placed');
  });

  test('a session that is silent stays open where the proxy waits for longer than 10 s', async () => {
    const before = await states();
    // The silence is what is tested.
    await new Promise(resolve => setTimeout(resolve, 15000));
    await task(2);
    assert.deepEqual(await states(), before);
  });

  test('a reload loses nothing: the sessions stay with the old worker, new ones go to the new', async () => {
    const before = await states();
    assert.equal((await nginx.reload()).length, 2);
    await task(3);
    assert.deepEqual(await states(), before);
    const second = await desk.context().newPage();
    await second.goto(`https://${host}/`);
    await second.waitForFunction(() => window.states?.filter(([role, state]) => role === 'crm' && state === 'open').length === 1);
    await second.close();
  });

  test('a restart cuts the sessions, and they go on', async () => {
    await desk.reload();
    await opened(2);
    await task(4);
    await nginx.stop();
    await desk.waitForFunction(() => window.states.at(-1)[1] === 'waiting' || window.states.at(-1)[1] === 'connecting');
    await desk.evaluate(taskSid => { flex.send('TaskSelected', {attributes: {}, taskSid}); }, sid(5));
    await nginx.restart();
    await opened(4);
    assert.deepEqual((await openings()).slice(2).map(([, , resumed]) => resumed), [true, true]);
    await desk.waitForFunction(taskSid => tasks.includes(taskSid), sid(5));
    assert.equal(await dial(), 'placed');
  });

  test('host and origin of others are refused through the proxy too', async () => {
    assert.match(await opening('evil.test', `https://${host}`), /^HTTP\/1\.1 403 [^]*Host not allowed/);
    assert.match(await opening(`${host}:8443`, `https://${host}`), /^HTTP\/1\.1 403 [^]*Host not allowed/);
    assert.match(await opening(host, 'https://evil.test'), /^HTTP\/1\.1 403 [^]*Origin not allowed/);
    assert.match(await opening(host, 'null'), /^HTTP\/1\.1 403 [^]*Origin not allowed/);
  });

  test('what two readers could understand differently does not get through', async () => {
    for (const headers of [['Transfer-Encoding: xchunked', 'Content-Length: 5'], ['Transfer-Encoding: chunked, identity'], ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Content-Length: 5', 'Content-Length: 6'], ['Content-Length: +5']]) {
      const before = crm.lines.length;
      assert.match(await ask('POST /flexcrm/js/endpoint.js HTTP/1.1', `Host: ${host}`, ...headers), /^HTTP\/1\.1 (400|501) /, headers.join());
      assert.equal(crm.lines.length, before, headers.join());
    }
  });

  test('without a word for the proxy nobody is believed who comes through it', async () => {
    const port = await freePort();
    const strict = await Crm.start({port, args: ['--allow-host', host]});
    const before = await Nginx.start({upstream: port, files: {'index.html': page}, changes: [tickets]});
    const other = await launch({args: before.browserArgs});
    try {
      const visitor = await (await other.newContext({ignoreHTTPSErrors: true})).newPage();
      await visitor.goto(`https://${host}/`);
      const {seen} = await eventually(async () => {
        const all = await visitor.evaluate(() => window.states ?? []);
        return {seen: all, wait: all.filter(([, state, reason]) => state === 'ended' && reason === 'unauthorized').length < 2};
      });
      assert.deepEqual(seen.filter(([, state]) => state === 'open'), []);
      assert.equal(seen.filter(([, state, reason]) => state === 'ended' && reason === 'unauthorized').length, 2, JSON.stringify(seen));
    } finally {
      await other.close();
      await before.remove();
      await strict.kill();
    }
  });
});
