// What docs/flex-in-an-iframe.md, docs/flex-in-a-tab.md and docs/framed-crm-page.md say of headers, attributes and addresses, tried.
import assert from 'node:assert/strict';
import {after, before, describe, test} from './support/bounded.js';
import {eventually, launch} from './support/desk.js';
import {headersOf} from './support/documented.js';
import {shapes, World} from './support/shapes.js';

const [inFrame, inTab, inPortal] = Object.values(shapes);
const policy = 'Content-Security-Policy';

let browser;
// Pages whose headers a test changes come from no address at all, which a browser takes for a public one; that has tests of its own below.
before(async () => { browser = await launch({args: ['--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets']}); });
after(() => browser?.close());

/** The policy without one directive's source. */
const without = (header, directive, source) => {
  const changed = header.replace(new RegExp(`${directive} ([^;]*)`), (_, sources) => {
    const rest = sources.split(' ').filter(one => one !== source);
    assert.equal(rest.length, sources.split(' ').length - 1, `${directive} has no ${source}`);
    return `${directive} ${rest.join(' ') || "'none'"}`;
  });
  assert.notEqual(changed, header);
  return changed;
};

/** Another policy on the CRM's page than its program gives it. */
const withPolicy = (world, header) => context => context.route(world.crm.url, async route => {
  const response = await route.fetch();
  await route.fulfill({response, headers: {...response.headers(), [policy.toLowerCase()]: header}});
});

const dials = async (desk, number = '+34911234567') => {
  await desk.page.locator('#phone-number').fill(number);
  await desk.page.locator('#dial-number').click();
  await desk.shows('#dial-outcome-text', `Call to ${number} placed.`);
  assert.deepEqual(await desk.destinations(), [number]);
};

/** Whatever a browser shows in place of a page that must not be there. */
async function isBlocked(frame) {
  const {url} = await eventually(async () => {
    const url = await frame.evaluate(() => location.href).catch(() => 'on its way');
    return {url, wait: !url.startsWith('chrome-error:')};
  });
  assert.match(url, /^chrome-error:/);
}

async function onDesk(world, run, options) {
  const desk = await world.open(browser, options);
  try {
    await run(desk);
  } finally {
    await desk.close();
  }
}

/** Why the session of the plugin in Flex is in this state; waits until it is. */
const pluginIs = async (desk, wanted) => (await desk.flexWindow()).evaluate(given => new Promise(resolve => {
  flexStub.plugin.flexcrm.endpoint.onState((state, {reason}) => { if (state === given) resolve(reason); });
}), wanted);

/** Waits until a window was stopped by its policy twice from now on. */
const isStoppedTwice = window => window.evaluate(() => new Promise(resolve => {
  let times = 0;
  document.addEventListener('securitypolicyviolation', ({effectiveDirective}) => {
    if (effectiveDirective === 'connect-src' && ++times === 2) resolve(times);
  });
}));

describe('Flex in an iframe, as documented', () => {
  let world, header;
  before(async () => {
    world = await World.start(inFrame);
    header = headersOf(await world.documented('http'))[policy];
  });
  after(() => world?.stop());

  test('the policy of the CRM page is enough', () => onDesk(world, async desk => {
    await dials(desk);
    assert.deepEqual(desk.errors, []);
  }, {prepare: context => withPolicy(world, header)(context)}));

  test('without Flex in frame-src the frame stays empty', () => onDesk(world, async desk => {
    await desk.page.locator('#server-state[data-state="up"]').waitFor();
    const frame = await desk.flexWindow();
    await isBlocked(frame);
    assert.equal(await desk.page.locator('#flex-state').getAttribute('data-state'), 'down');
  }, {ready: false, prepare: context => withPolicy(world, without(header, 'frame-src', world.flex.origin))(context)}));

  test('a page that is not in Allowed URLs gets no Flex', async () => {
    const {headers} = world.flex;
    world.allow(['https://crm.example.com']);
    try {
      await onDesk(world, async desk => {
        const frame = await desk.flexWindow();
        await isBlocked(frame);
      }, {ready: false});
    } finally {
      world.flex.headers = headers;
    }
  });

  test('a page that is not in crmOrigins is told nothing', async () => {
    const {config} = world.flex;
    world.flex.config = JSON.stringify({crmOrigins: [`${world.crm.origin}/`]});
    try {
      await onDesk(world, async desk => {
        const warnings = [];
        desk.page.on('console', message => warnings.push(message.text()));
        await desk.page.reload();
        await desk.page.locator('#server-state[data-state="up"]').waitFor();
        await desk.flex.locator('#activity').waitFor();
        const {wait} = await eventually(async () => ({wait: !warnings.some(text => text.includes('entries of crmOrigins that are not exact origins'))}));
        assert.equal(wait, false, warnings.join('\n'));
        assert.equal(await desk.page.locator('#flex-state').getAttribute('data-state'), 'down');
      }, {ready: false});
    } finally {
      world.flex.config = config;
    }
  });
});

describe('Flex in a tab of its own, as documented', () => {
  let world, header, flexHeader;
  before(async () => {
    world = await World.start(inTab);
    header = headersOf(await world.documented('http'))[policy];
    flexHeader = headersOf((await world.documented('http', 1)).replace('connect-src', `connect-src ${world.vendor.origin}`))[policy];
    world.flex.headers = {[policy]: flexHeader};
  });
  after(() => world?.stop());

  test('both policies are enough', () => onDesk(world, async desk => {
    await dials(desk);
    assert.deepEqual(desk.errors, []);
  }, {prepare: context => withPolicy(world, header)(context)}));

  test("without the server in Flex's connect-src the plugin goes on trying, and the CRM page says that Flex is away", async () => {
    world.flex.headers = {[policy]: without(flexHeader, 'connect-src', world.socketOrigin)};
    try {
      await onDesk(world, async desk => {
        assert.equal(await pluginIs(desk, 'waiting'), 'not_reachable');
        assert.equal(await desk.page.locator('#flex-state').getAttribute('data-state'), 'down');
      }, {ready: false});
    } finally {
      world.flex.headers = {[policy]: flexHeader};
    }
  });

  test('without a ticket the session ends, and is not tried for ever', async () => {
    const {plugin} = world.flex;
    world.flex.plugin = plugin.replace('Bearer', 'Nobody');
    try {
      await onDesk(world, async desk => assert.equal(await pluginIs(desk, 'ended'), 'unauthorized'), {ready: false});
    } finally {
      world.flex.plugin = plugin;
    }
  });

  test('of two tabs of Flex the newer one works', () => onDesk(world, async desk => {
    const older = desk.flexTab;
    const replaced = pluginIs(desk, 'ended');
    await desk.openFlex();
    assert.equal(await replaced, 'replaced');
    await older.close();
    await desk.connected();
    await dials(desk);
  }));
});

/** The CRM page of the document, word for word but for its names, on an origin of its own with a server beside it. */
const ownPage = {...inFrame, args: world => [...inFrame.args(world), '--allow-origin', world.vendor.origin]};

/** @param {{html?: (html: string) => string, policy?: (header: string) => string}} [changes] of what the document says */
async function servePage(world, {html: change = html => html, policy: other = header => header} = {}) {
  const [html, script, headers] = await Promise.all(['html', 'js', 'http'].map(language => world.documented(language)));
  world.vendorPages['/'] = {headers: {[policy]: other(headersOf(headers)[policy])}, body: `<!doctype html><title>CRM</title><body>${change(html)}`};
  world.vendorPages['/desk.js'] = {type: 'text/javascript; charset=utf-8', body: script};
  world.flex.config = JSON.stringify({crmOrigins: [world.vendor.origin]});
  world.allow([world.vendor.origin]);
}

const isOpen = page => page.locator('body[data-server="open"][data-flex="connected"]').waitFor();

describe("a CRM page of one's own, as documented", () => {
  let world;
  before(async () => { world = await World.start(ownPage); });
  after(() => world?.stop());

  test('shows who calls', async () => {
    await servePage(world);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(world.vendor.origin);
      await isOpen(page);
      const flex = page.frame({url: world.flex.url});
      await flex.evaluate(async () => {
        const {sid} = flexStub.simulateInbound({number: '+34600000017'});
        await flexStub.Actions.invokeAction('AcceptTask', {sid});
      });
      await page.waitForFunction(() => document.title === '+34600000017');
      await flex.evaluate(() => flexStub.Actions.invokeAction('SelectTask', {task: null}));
      await page.waitForFunction(() => document.title === 'CRM');
    } finally {
      await context.close();
    }
  });

  test('without the server in connect-src it goes on trying, although the socket only fires "error" and never "close"', async () => {
    await servePage(world, {policy: header => without(header, 'connect-src', world.socketOrigin)});
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(world.vendor.origin);
      await isStoppedTwice(page);
      assert.notEqual(await page.locator('body').getAttribute('data-server'), 'open');
      const seen = await page.evaluate(async url => {
        const {SocketTransport} = await import('/flexcrm/js/socket.js');
        const events = [];
        const socket = new WebSocket(url, 'flexcrm.v1');
        socket.onerror = () => events.push(`error ${socket.readyState}`);
        socket.onclose = () => events.push('close');
        // By the time that two later ones were heard of, this one's events are over.
        for (let turn = 0; turn < 2; turn++) await new Promise(resolve => new SocketTransport({url}).open({opened() {}, received() {}, closed: resolve}));
        return events;
      }, `${world.socketOrigin}/flexcrm`);
      assert.deepEqual(seen, ['error 3']);
    } finally {
      await context.close();
    }
  });

  for (const [how, change, expected] of [
    ['gives Flex the microphone', html => html, [true, 'prompt']],
    ['keeps the microphone, when it does not say so', html => html.replace('microphone; ', ''), [false, 'denied']],
  ]) {
    test(`the attribute "allow" of its frame ${how}`, async () => {
      await servePage(world, {html: change});
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        await page.goto(world.vendor.origin);
        await isOpen(page);
        assert.deepEqual(await microphone(page.frame({url: world.flex.url})), expected);
      } finally {
        await context.close();
      }
    });
  }
});

/** Has this frame the microphone, and what would become of a question for it? */
const microphone = frame => frame.evaluate(async () => [
  document.featurePolicy.allowsFeature('microphone'), (await navigator.permissions.query({name: 'microphone'})).state,
]);

describe('the CRM page in a frame, as documented', () => {
  let world, header;
  before(async () => {
    world = await World.start(inPortal);
    header = headersOf(await world.documented('http', 1))[policy];
  });
  after(() => world?.stop());

  test('the policies are enough, and Flex has the microphone', () => onDesk(world, async desk => {
    await dials(desk);
    assert.deepEqual(await microphone(await desk.flexWindow()), [true, 'prompt']);
    assert.deepEqual(desk.errors, []);
  }, {prepare: context => withPolicy(world, header)(context)}));

  test('a portal that is not in frame-ancestors of the CRM page gets no CRM page', () => onDesk(world, async desk => {
    await isBlocked(desk.page);
  }, {ready: false, prepare: context => withPolicy(world, without(header, 'frame-ancestors', world.portal.origin))(context)}));

  test('a portal that is not in Allowed URLs gets no Flex, although the CRM page is', async () => {
    const {headers} = world.flex;
    world.allow([world.crm.origin]);
    try {
      await onDesk(world, async desk => {
        const frame = await desk.flexWindow();
        await isBlocked(frame);
      }, {ready: false});
    } finally {
      world.flex.headers = headers;
    }
  });

  test('without the microphone in the frame of the portal Flex has none, whatever the CRM page says', async () => {
    await world.frame(html => html.replace('microphone; ', ''));
    try {
      await onDesk(world, async desk => assert.deepEqual(await microphone(await desk.flexWindow()), [false, 'denied']));
    } finally {
      await world.frame();
    }
  });
});

describe('a cookie that is SameSite=Lax', () => {
  for (const [portalHost, site, stays] of [['127.0.0.1', 'another site', false], ['localhost', 'the same site', true]]) {
    test(`${stays ? 'stays' : 'does not stay'} in a portal of ${site}`, async () => {
      const world = await World.start(inPortal, {portalHost, args: ['--agent', 'bob']});
      try {
        await onDesk(world, async desk => {
          await desk.page.waitForURL(/\/login/);
          const status = await desk.page.evaluate(async () => {
            const {status} = await fetch('/login', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{"agent": "bob"}'});
            return status;
          });
          assert.equal(status, 204);
          await desk.page.goto(world.crm.url);
          assert.equal(new URL(desk.page.url()).pathname, stays ? '/crm.html' : '/login');
        }, {ready: false});
      } finally {
        await world.stop();
      }
    });
  }
});

describe('a server on this machine, and a page on the internet', () => {
  const blocked = 'ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS';

  /** A browser to which these ports of this machine are servers on the internet. */
  const launchWith = ports => launch({args: [`--ip-address-space-overrides=${ports.map(port => `127.0.0.1:${port}=public`).join()}`]});

  /** As the user's answer to the browser's question. */
  async function grant(page, origin) {
    const session = await page.context().newCDPSession(page);
    const {targetInfo: {browserContextId}} = await session.send('Target.getTargetInfo');
    const whole = await page.context().browser().newBrowserCDPSession();
    await whole.send('Browser.setPermission', {permission: {name: 'loopback-network'}, setting: 'granted', origin, browserContextId});
  }

  /** The texts in the consoles of a context. */
  const consoles = context => {
    const texts = [];
    context.on('console', message => texts.push(message.text()));
    return texts;
  };
  const isTriedTwice = texts => eventually(async () => ({wait: texts.filter(text => text.includes(blocked)).length < 2}));

  test('the CRM page connects once the user allows it, and goes on trying until then', async () => {
    const world = await World.start(ownPage);
    let other;
    try {
      await servePage(world);
      other = await launchWith([world.vendor.port, world.flex.port]);
      const context = await other.newContext();
      const texts = consoles(context);
      const page = await context.newPage();
      const before = world.crm.lines.length;
      await page.goto(world.vendor.origin);
      assert.equal((await isTriedTwice(texts)).wait, false);
      assert.notEqual(await page.locator('body').getAttribute('data-server'), 'open');
      assert.equal(world.crm.lines.length, before, 'the server sees nothing');
      await grant(page, world.vendor.origin);
      await isOpen(page);
    } finally {
      await other?.close();
      await world.stop();
    }
  });

  test('Flex in a tab connects once the user allows it, and goes on trying until then', async () => {
    const world = await World.start(inTab);
    let other;
    try {
      // Its ticket comes from the internet; only the server is here.
      other = await launchWith([world.flex.port, world.vendor.port]);
      let texts;
      const desk = await world.open(other, {ready: false, prepare: async context => { texts = consoles(context); }});
      assert.equal((await isTriedTwice(texts)).wait, false);
      assert.equal(await pluginIs(desk, 'waiting'), 'not_reachable');
      assert.equal(await desk.page.locator('#flex-state').getAttribute('data-state'), 'down');
      await grant(desk.flexTab, world.flex.origin);
      await desk.connected();
      await dials(desk);
    } finally {
      await other?.close();
      await world.stop();
    }
  });

  test('a frame can be asked for it only if its attribute "allow" says so', async () => {
    const world = await World.start(ownPage);
    let other;
    try {
      other = await launch();
      for (const [allow, expected] of [['microphone', 'denied'], ['microphone; loopback-network', 'prompt']]) {
        await servePage(world, {html: html => html.replace(/<script.*/, '').replace(/allow="[^"]*"/, `allow="${allow}" src="${world.flex.origin}/"`)});
        const context = await other.newContext();
        const page = await context.newPage();
        await page.goto(world.vendor.origin);
        const frame = await (await page.locator('#flex').elementHandle()).contentFrame();
        await frame.waitForURL(world.flex.url);
        assert.equal(await frame.evaluate(async () => (await navigator.permissions.query({name: 'loopback-network'})).state), expected, allow);
        await context.close();
      }
    } finally {
      await other?.close();
      await world.stop();
    }
  });
});
