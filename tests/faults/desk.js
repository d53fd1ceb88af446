// One agent: a Flex in a process of its own, CRM pages in this one, and a proxy between each of them and the server.
import { JournalFile } from './journal.js';
import { unended } from './judge.js';
import { Page } from './page.js';
import { startFlex } from './programs.js';
import { FaultProxy } from './proxy.js';

/** @typedef {import('./journal.js').Line} Line */

/** Longer than a granted dial waits for its answer. */
const settleMs = 60000;

export class Desk {
  /** @type {Page[]} */
  pages = [];
  /** What its Flex or a wait complained of. @type {string[]} */
  failures = [];

  #agent;
  #folder;
  #proxies;
  #flex;
  #journal;
  #connected = false;
  /** Where the journals were when what is judged began. */
  #since = { flex: 0, server: 0 };

  /** @param {string} agent @param {string} folder @param {{flex: FaultProxy, pages: FaultProxy}} proxies */
  constructor(agent, folder, proxies) {
    this.#agent = agent;
    this.#folder = folder;
    this.#proxies = proxies;
    this.#flex = this.#start();
    this.#journal = new JournalFile(`${folder}/${agent}.jsonl`);
  }

  get agent() {
    return this.#agent;
  }

  get proxies() {
    return this.#proxies;
  }

  /** Both of an agent's, before there is a server. @param {number} port of the server that will be */
  static async proxies(port) {
    return { flex: await new FaultProxy(port).listen(), pages: await new FaultProxy(port).listen() };
  }

  #start() {
    const flex = startFlex({ port: this.#proxies.flex.port, folder: this.#folder, agent: this.#agent });
    flex.onCrash = (why) => this.failures.push(why);
    flex.onLine = (line) => {
      if (line === 'open' || line === 'resumed') this.#connected = true;
      if (/^(connecting|lost|ended)/.test(line)) this.#connected = false;
    };
    return flex;
  }

  /** @param {() => number} random  for its waits */
  openPage(random) {
    const page = new Page({ port: this.#proxies.pages.port, agent: this.#agent, random });
    this.pages.push(page);
    return page;
  }

  /** @param {string[]} commands to Flex */
  write(...commands) {
    for (const command of commands) this.#flex.write(command);
  }

  async killFlex() {
    await this.#flex.kill();
    this.#connected = false;
    this.#flex = this.#start();
  }

  /** Flex and every page are there, and the pages know of Flex. */
  async meet() {
    await this.until(() => this.#connected && this.pages.every(({ flex }) => flex), 'Flex and the pages do not meet');
  }

  /** Everybody gets to know one last task, and every request and dial gets its end. */
  async settle() {
    await this.until(() => this.#connected, 'Flex does not connect');
    const ringing = this.#flex.next('ringing +34999999999 task=');
    this.write('inbound +34999999999');
    const [task] = (await ringing).split(' ');
    await this.until(() => this.pages.every(({ tasks }) => tasks.has(task)), 'a page does not hear of the last task');
    await this.until(() => this.pages.every(({ dialling }) => dialling === 0), 'a dial has no end');
    await this.answered();
  }

  async answered() {
    await this.until(() => unended(this.#journal.read().slice(this.#since.flex)).length === 0, 'requests of Flex have no end');
  }

  /** Flex leaves for good, or until it is told to log in. */
  async logout() {
    const ended = this.#flex.next('ended');
    this.write('logout');
    await ended;
  }

  /** @param {() => boolean} holds @param {string} complaint */
  async until(holds, complaint) {
    for (const limit = Date.now() + settleMs; !holds() && this.failures.length === 0; await sleep(20)) {
      if (Date.now() > limit) this.failures.push(`${this.#agent}: ${complaint}`);
    }
  }

  /** The judge is to judge what comes from now on. @param {Line[]} server */
  begin(server) {
    this.#since = { flex: this.#journal.read().length, server: server.length };
  }

  /** What the judge is to judge. @param {Line[]} server */
  case(server) {
    return {
      agent: this.#agent,
      flex: this.#journal.read().slice(this.#since.flex),
      server: server.slice(this.#since.server).filter(({ agent, step }) => agent === this.#agent || step === 'start' || step === 'torn'),
      pages: this.pages.map(({ lines }) => lines),
    };
  }

  async stop() {
    for (const page of this.pages) page.stop();
    await this.#flex.stop('quit');
    for (const proxy of Object.values(this.#proxies)) proxy.close();
  }
}

/** @param {number} ms */
export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
