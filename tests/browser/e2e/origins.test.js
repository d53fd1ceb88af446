// Pages that are not the CRM's open its WebSocket. The browser lets them try: it is the server that looks at Origin and Host.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, eventually, launch} from './support/desk.js';

const ally = 'https://ally.test';

let crm, browser, context;
before(async () => {
  [crm, browser] = await Promise.all([
    Crm.start({args: ['--allow-origin', ally]}),
    // Names of an attacker lead to this machine: a name that was looked up once and points elsewhere now is a rebound one.
    // A browser that asks its user before a page may reach this machine lets them try after that, older ones at once.
    launch({args: [
      '--host-resolver-rules=MAP *.test 127.0.0.1, MAP localhost. 127.0.0.1',
      '--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
    ]}),
  ]);
  // The attacker's own certificate is as good as any.
  context = await browser.newContext({ignoreHTTPSErrors: true});
  await context.route('**/not-the-crm', route => route.fulfill({contentType: 'text/html', body: '<!doctype html><title>Not the CRM</title>'}));
});
after(async () => {
  await browser?.close();
  await crm?.kill();
});

/** In a page or frame: what a WebSocket to there becomes. */
const connect = (window, url) => window.evaluate(address => new Promise(resolve => {
  const socket = new WebSocket(address, 'flexcrm.v1');
  socket.onopen = () => {
    resolve('open');
    socket.close();
  };
  socket.onclose = ({code}) => resolve(`closed ${code}`);
}), url);

/** @param {string} origin @param {(page: any) => Promise<void>} run on a page of this origin, whoever serves it in the world */
async function onPageOf(origin, run) {
  const page = await context.newPage();
  try {
    await page.goto(`${origin}/not-the-crm`);
    await run(page);
  } finally {
    await page.close();
  }
}

const socketAt = host => `ws://${host}/flexcrm`;
const refusals = what => crm.lines.filter(line => line.endsWith(`http: refused: ${what}`)).length;

/** The browser asked, and the server refused. */
async function refused(window, url, why) {
  const before = refusals(why);
  assert.equal(await connect(window, url), 'closed 1006');
  const {count} = await eventually(async () => ({count: refusals(why), wait: refusals(why) === before}));
  assert.equal(count, before + 1, `the server did not say "${why}"`);
}

test("the CRM's own page and an origin that is allowed get a WebSocket", async () => {
  const desk = await Desk.open(browser, crm.url);
  assert.equal(await connect(desk.page, socketAt(`localhost:${crm.port}`)), 'open');
  await desk.close();
  await onPageOf(ally, async page => assert.equal(await connect(page, socketAt(`localhost:${crm.port}`)), 'open'));
});

test('a page of another origin gets none, however it is named', async () => {
  const {port} = crm;
  for (const origin of [
    'https://evil.test',
    `http://evil.test:${port}`,
    // Look-alikes of the page: another port or host, something before or behind.
    `http://localhost:${port + 1}`, 'http://localhost', 'https://localhost', `http://127.0.0.1:${port + 1}`,
    `http://localhost.test:${port}`, `http://evil-localhost.test:${port}`, `http://localhost.:${port}`, `http://[::1]:${port}`,
    // Look-alikes of the one that is allowed.
    'http://ally.test', `${ally}:8443`, 'https://ally.test.evil.test', 'https://evil-ally.test', 'https://www.ally.test', 'https://ally.test.',
  ]) {
    await onPageOf(origin, page => refused(page, socketAt(`localhost:${port}`), 'Origin not allowed.'));
  }
});

test("the server's own host and port are its own with either scheme: TLS may have ended before it", () =>
  onPageOf(`https://localhost:${crm.port}`, async page => assert.equal(await connect(page, socketAt(`localhost:${crm.port}`)), 'open')));

test('what the browser writes in lower case was the same origin all along', () => onPageOf('HTTPS://ALLY.TEST', async page => {
  assert.equal(await connect(page, socketAt(`LOCALHOST:${crm.port}`)), 'open');
}));

test('a frame without an origin gets none, in whatever page it is', async () => {
  for (const origin of ['https://evil.test', ally]) {
    for (const attributes of [{sandbox: 'allow-scripts', srcdoc: '<!doctype html>'}, {src: 'data:text/html,<!doctype html>'}]) {
      await onPageOf(origin, async page => {
        await page.evaluate(given => new Promise(resolve => {
          const frame = document.createElement('iframe');
          for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
          frame.addEventListener('load', resolve);
          document.body.append(frame);
        }), attributes);
        const frame = page.frames()[1];
        assert.equal(await frame.evaluate(() => origin), 'null');
        await refused(frame, socketAt(`localhost:${crm.port}`), 'Origin not allowed.');
      });
    }
  }
});

test('a name that was rebound to this machine gets neither a WebSocket nor a page', async () => {
  const host = `rebound.test:${crm.port}`;
  await onPageOf(`http://${host}`, async page => {
    // For the browser all of it is one origin.
    await refused(page, socketAt(host), 'Host not allowed.');
    const answer = await page.evaluate(async () => {
      const {status} = await fetch('/api/contacts');
      return status;
    });
    assert.equal(answer, 403);
  });
});
