// The shapes in which Flex and the CRM's page may stand to each other. Each has the same desk: the CRM's page, Flex, an agent.
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {request} from 'node:http';
import {request as requestSecurely} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {json} from 'node:stream/consumers';
import {makeCertificate} from './certificate.js';
import {Crm} from './crm.js';
import {Desk} from './desk.js';
import {blocks, headersOf, inThisWorld} from './documented.js';
import {HostedFlex, repositoryFile} from './hosted_flex.js';
import {serve} from './origin.js';

/**
 * doc: the page that describes it; the plugin's configuration, Allowed URLs and the portal's page are taken from there.
 * args: of the CRM. entries: what a stranger would open to reach all of it. All of them know the world.
 */
export const shapes = {
  'Flex in an iframe of the CRM page': {
    doc: 'flex-in-an-iframe.md',
    args: ({flex}) => ['--flex-url', flex.url],
    entries: ({crm}) => [crm.url],
  },
  'Flex in a tab of its own': {
    doc: 'flex-in-a-tab.md',
    inTab: true,
    args: ({flex}) => ['--flex-url', flex.url, '--flex-tab'],
    entries: ({crm, flex}) => [crm.url, flex.url],
  },
  'the CRM page in a frame of a portal': {
    doc: 'framed-crm-page.md',
    inPortal: true,
    args: ({flex, portal}) => ['--flex-url', flex.url, '--framed-by', portal.origin],
    entries: ({portal}) => [portal.origin],
  },
};

/** What a desk in any shape adds: the tab of Flex, and what the CRM page was told. */
export class ShapedDesk extends Desk {
  shape;
  world;
  /** News that reached the CRM page: "CallChanged held", … @type {string[]} */
  news = [];

  /**
   * @param {{ready?: boolean, prepare?: (context: import('playwright-core').BrowserContext) => Promise<unknown>}} [options]
   *   ready: wait until server and Flex are connected
   */
  static async open(browser, world, shape, {ready = true, prepare} = {}) {
    const desk = await ShapedDesk.seat(browser, world, shape);
    await prepare?.(desk.context);
    await desk.enter(await desk.context.newPage(), {ready});
    return desk;
  }

  /** A desk at which nothing is open yet. */
  static async seat(browser, world, shape) {
    const desk = new ShapedDesk();
    Object.assign(desk, {world, shape});
    await desk.start(browser, {ignoreHTTPSErrors: true});
    return desk;
  }

  /** The agent opens what she opens, in an empty page. @param {import('playwright-core').Page} page */
  async enter(page, {ready = true} = {}) {
    this.watch(page);
    await page.goto(this.shape.entries(this.world)[0]);
    await this.settle(page);
    if (this.shape.inTab) await this.openFlex();
    if (ready) await this.connected();
  }

  /** Finds the CRM's page in a page that was opened. @param {import('playwright-core').Page} page */
  async settle(page) {
    this.window = this.page = page;
    if (!this.shape.inPortal) return;
    this.page = await (await page.locator('iframe').elementHandle()).contentFrame();
  }

  watch(page) {
    super.watch(page);
    page.on('websocket', socket => socket.on('framereceived', ({payload}) => this.#told(JSON.parse(String(payload)))));
  }

  /** As the agent does it: by the link on the CRM's page. */
  async openFlex() {
    const [tab] = await Promise.all([this.context.waitForEvent('page'), this.page.locator('#open-flex').click()]);
    this.flexTab = tab;
    this.watch(tab);
    await this.flexLoaded();
  }

  async flexLoaded() {
    await (await this.flexWindow()).waitForFunction(() => globalThis.flexStub?.plugin);
  }

  async reloadCrm() {
    if (this.shape.inPortal) await this.page.goto(this.page.url());
    else await this.page.reload();
    await this.connected();
  }

  async reloadFlex() {
    const flex = await this.flexWindow();
    await flex.goto(flex.url());
    await this.flex.locator('#no-tasks').waitFor();
    await this.connected();
  }

  /** Every window there is. */
  windows() {
    return [this.window, ...(this.flexTab ? [this.flexTab] : [])].flatMap(page => page.frames());
  }

  #told({method, params}) {
    if (method === 'CallChanged') this.news.push(`call ${params.state}`);
    if (method === 'TaskChanged') this.news.push(`task ${params.status}`);
  }
}

/** Everybody who is there in one shape, over http or https. */
export class World {
  crm;
  flex;
  /** Frames the CRM's page, in one shape. */
  portal;
  /** The CRM's vendor, on an origin of its own: a back end that gives tickets, and pages if a test has some. */
  vendor;
  /** @type {Record<string, import('./origin.js').Answer>} */
  vendorPages = {};
  /** Of the portal's page. */
  portalHeaders = {};
  tls;
  #shape;
  #folder;
  #args = [];
  #portalPage = '';

  /**
   * @param {{secure?: boolean, portalHost?: string, args?: string[]}} [options] portalHost: a name of this machine
   */
  static async start(shape, {secure = false, portalHost = '127.0.0.1', args = []} = {}) {
    const world = new World();
    world.#shape = shape;
    const folder = world.#folder = await mkdtemp(join(tmpdir(), 'flexcrm-e2e-'));
    if (secure) {
      const certificate = join(folder, 'tls.pem');
      const key = join(folder, 'tls.key');
      makeCertificate({certificate, key, names: ['DNS:localhost', 'IP:127.0.0.1']});
      world.tls = {cert: await readFile(certificate), key: await readFile(key)};
      world.#args = ['--certificate', certificate, '--key', key];
    }
    try {
      await world.#begin({portalHost, args});
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  async #begin({portalHost, args}) {
    const {tls} = this;
    this.flex = await HostedFlex.start({tls});
    this.portal = await serve(() => ({body: this.#portalPage, headers: this.portalHeaders}), {tls, host: portalHost});
    this.vendor = await serve(request => this.#vendor(request), {tls});
    this.#args.push(...this.#shape.args(this), ...args);
    await this.startCrm();
    await this.#configure();
  }

  async startCrm() {
    this.crm = await Crm.start({port: this.crm?.port ?? 0, folder: this.#folder, args: this.#args});
  }

  get socketOrigin() {
    return this.crm.origin.replace(/^http/, 'ws');
  }

  open(browser, options) {
    return ShapedDesk.open(browser, this, this.#shape, options);
  }

  seat(browser) {
    return ShapedDesk.seat(browser, this, this.#shape);
  }

  /** A text of the document, with the names of this world. */
  here(text) {
    return inThisWorld(text, {
      'https://crm.example.com/flex-ticket': `${this.vendor.origin}/flex-ticket`,
      'src="https://crm.example.com/"': `src="${this.crm.url}"`,
      'wss://crm.example.com': this.socketOrigin,
      'https://crm.example.com': this.crm.origin,
      'https://flex.twilio.com': this.flex.origin,
      'https://portal.example.com': this.portal.origin,
    });
  }

  /** A block of the shape's document, with the names of this world. */
  async documented(language, index = 0) {
    return this.here((await blocks(this.#shape.doc, language)).at(index));
  }

  /** The portal's page. @param {(html: string) => string} [change] of what the document says */
  async frame(change = html => html) {
    this.#portalPage = `<!doctype html><title>A portal</title><style>iframe { width: 100%; height: 780px }</style>
<script>const heard = []; addEventListener('message', ({data}) => heard.push(data));</script>
${change(await this.documented('html'))}`;
  }

  /** Flex's own list of who may frame it. @param {string[]} origins */
  allow(origins) {
    this.flex.headers = {'Content-Security-Policy': `frame-ancestors ${origins.join(' ') || "'none'"}`};
  }

  async stop() {
    await this.crm?.kill();
    await Promise.all([this.flex, this.portal, this.vendor].map(server => server?.close()));
    await rm(this.#folder, {recursive: true, force: true});
  }

  async #configure() {
    const {inTab, inPortal} = this.#shape;
    this.flex.config = await this.documented('json');
    this.allow(inTab ? [] : (await this.documented('text', -1)).trim().split('\n'));
    if (inTab) this.flex.plugin = await this.documented('js');
    if (inPortal) {
      await this.frame();
      this.portalHeaders = headersOf(await this.documented('http'));
    }
  }

  async #vendor({path, method, headers, body}) {
    if (path === '/api/ticket') return {type: 'application/json', body: JSON.stringify({token: await this.#ticket(JSON.parse(body).role)})};
    const cors = {'Access-Control-Allow-Origin': this.flex.origin, 'Access-Control-Allow-Headers': 'authorization'};
    if (path !== '/flex-ticket') return this.vendorPages[path] ?? repositoryFile(path);
    if (method === 'OPTIONS') return {status: 204, headers: cors};
    // A real one has Twilio validate it.
    const ticket = headers.authorization === 'Bearer stub' ? await this.#ticket('flex') : undefined;
    return {status: ticket === undefined ? 401 : 200, headers: cors, type: 'text/plain', body: ticket};
  }

  /** The CRM's program gives it, to the agent who is signed in. @param {'flex' | 'crm'} role */
  async #ticket(role) {
    const body = JSON.stringify({role});
    const options = {method: 'POST', headers: {'Content-Type': 'application/json', 'Content-Length': body.length}, rejectUnauthorized: false};
    const answer = await new Promise((resolve, reject) => {
      const send = this.tls ? requestSecurely : request;
      send(`${this.crm.origin}/api/ticket`, options, resolve).on('error', reject).end(body);
    });
    return answer.statusCode === 200 ? (await json(answer)).token : undefined;
  }
}
