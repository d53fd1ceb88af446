// The shapes in which Flex and the CRM's page may stand to each other. Each has the same desk: the CRM's page, Flex, an agent.
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeCertificate} from './certificate.js';
import {Crm} from './crm.js';
import {Desk} from './desk.js';
import {HostedFlex} from './hosted_flex.js';
import {serve} from './origin.js';

/** A page of somebody else's, with the CRM's page in a frame. It writes down every message that it hears. */
const portalPage = (crmUrl, allow) => `<!doctype html><title>A portal</title>
<script>const heard = []; addEventListener('message', ({data}) => heard.push(data));</script>
<iframe name="crm" style="width: 100%; height: 780px" src="${crmUrl}" allow="${allow}"></iframe>`;

/**
 * args: of the CRM. frames: who may frame Flex. config: of its plugin. open: the agent opens what she opens.
 * All of them know the world: {crm, flex, portal, secure}.
 */
export const shapes = {
  'Flex in an iframe of the CRM page': {
    args: ({flex}) => ['--flex-url', flex.url],
    frames: ({crm}) => crm.origin,
    config: ({crm}) => ({crmOrigins: [crm.origin]}),
    entries: ({crm}) => [crm.url],
  },
  'Flex in a tab of its own': {
    inTab: true,
    args: ({flex}) => ['--flex-url', flex.url, '--flex-tab'],
    frames: () => "'none'",
    config: ({crm}) => ({crmOrigins: [crm.origin], serverUrl: `${crm.origin.replace(/^http/, 'ws')}/flexcrm`, agent: 'alice'}),
    entries: ({crm, flex}) => [crm.url, flex.url],
  },
  'the CRM page in a frame of a portal': {
    inPortal: true,
    args: ({flex, portal}) => ['--flex-url', flex.url, '--framed-by', portal.origin],
    frames: ({crm, portal}) => `${crm.origin} ${portal.origin}`,
    config: ({crm}) => ({crmOrigins: [crm.origin]}),
    entries: ({portal}) => [portal.origin],
  },
};

/** What a desk in any shape adds: the tab of Flex, and what the CRM page was told. */
export class ShapedDesk extends Desk {
  shape;
  world;
  /** News that reached the CRM page: "CallChanged held", … @type {string[]} */
  news = [];

  static async open(browser, world, shape) {
    const desk = new ShapedDesk();
    Object.assign(desk, {world, shape});
    await desk.start(browser, {ignoreHTTPSErrors: true});
    await desk.enter(await desk.context.newPage());
    return desk;
  }

  /** @param {import('playwright-core').Page} page empty, or already on its way to the shape's first entry */
  async enter(page, {opened = false} = {}) {
    const [entry] = this.shape.entries(this.world);
    this.watch(page);
    page.on('websocket', socket => socket.on('framereceived', ({payload}) => this.#told(JSON.parse(String(payload)))));
    if (!opened) await page.goto(entry);
    this.window = this.page = page;
    if (this.shape.inPortal) {
      await page.locator('iframe[name="crm"]').waitFor();
      this.page = page.frame({name: 'crm'});
    }
    if (this.shape.inTab && !opened) await this.openFlex();
    if (!opened) await this.connected();
  }

  /** As the agent does it: by the link on the CRM's page. */
  async openFlex() {
    const [tab] = await Promise.all([this.context.waitForEvent('page'), this.page.locator('#open-flex').click()]);
    this.flexTab = tab;
    this.watch(tab);
    await tab.locator('#activity').waitFor();
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
  portal;
  tls;
  #shape;
  #folder;
  #args = [];

  /** @param {{secure?: boolean, allow?: string, portalHost?: string, args?: string[]}} [options] allow: of the portal's frame */
  static async start(shape, {secure = false, allow = 'microphone; autoplay', portalHost = '127.0.0.1', args = []} = {}) {
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
    world.flex = await HostedFlex.start({tls: world.tls});
    world.portal = await serve(() => ({body: portalPage(world.crm.url, allow)}), {tls: world.tls, host: portalHost});
    world.#args.push(...shape.args(world), ...args);
    await world.startCrm();
    world.flex.config = JSON.stringify(shape.config(world));
    world.flex.headers = {'Content-Security-Policy': `frame-ancestors ${shape.frames(world)}`};
    return world;
  }

  async startCrm() {
    this.crm = await Crm.start({port: this.crm?.port ?? 0, folder: this.#folder, args: this.#args});
  }

  async restartCrm() {
    await this.crm.kill();
    await this.startCrm();
  }

  open(browser) {
    return ShapedDesk.open(browser, this, this.#shape);
  }

  async stop() {
    await this.crm?.kill();
    await Promise.all([this.flex?.close(), this.portal?.close()]);
    await rm(this.#folder, {recursive: true, force: true});
  }
}
