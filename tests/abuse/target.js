// The server under attack as a process, and an honest agent who goes on working: a page and a Flex.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { outcomeOf } from '../../src/browser/dials.js';
import { Endpoint } from '../../src/browser/endpoint.js';
import { SocketTransport } from '../../src/browser/socket.js';
import { binary, policy } from '../faults/programs.js';
import { Program } from '../support/program.mjs';

const patienceMs = 30000;
/** What the honest agent waits for a call, whatever goes on beside it. */
const placedWithinMs = 10000;
/** MiB that the server may grow by, whatever is done to it. A sanitizer keeps what was freed for a while. */
const growthMib = Number(process.env.FLEXCRM_GROWTH_MIB ?? 32);

/** In every text and number of an attacker, so that they are found wherever they end up. */
export const marker = 'mallory';
export const attackersNumber = '+34922000111';

/** @template T @param {Promise<T>} promise @param {string} what @param {number} [ms] @returns {Promise<T>} */
export function within(promise, what, ms = patienceMs) {
  /** @type {NodeJS.Timeout} */
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: not within ${ms} ms`)), ms); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** @param {() => boolean} holds @param {string} what @param {number} [ms] */
export async function until(holds, what, ms = patienceMs) {
  for (const end = Date.now() + ms; !holds(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) assert.fail(`${what}: not within ${ms} ms`);
  }
}

/**
 * Without keeping the connection, as fetch would: attacks count how many there are.
 * @param {string} url @param {string} cookie @param {object} body @returns {Promise<{text: string, setCookie: string}>}
 */
function postOnce(url, cookie, body) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, method: 'POST', headers: { 'Content-Type': 'application/json', Cookie: cookie } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => { text += part; });
      response.on('end', () => resolve({ text, setCookie: response.headers['set-cookie']?.[0] ?? '' }));
    });
    asked.on('error', reject).end(JSON.stringify(body));
  });
}

export class Target {
  /** Everything that the server wrote. @type {string[]} */
  output = [];
  port = 0;
  /** Of the honest agent, as a request has it. */
  cookie = '';

  #server;
  #flex;
  #page;
  #folder = mkdtempSync(join(tmpdir(), 'flexcrm-abuse-'));
  #agents = 0;
  #dials = 0;
  /** @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #crash = '';
  #before = { mib: 0, descriptors: 0 };

  /** @param {{dialsPerMinute?: number, agents?: number}} [options] agents: how many attackers there will be */
  static async start({ dialsPerMinute = 1000000, agents = 64 } = {}) {
    const target = new Target();
    const names = ['canary', 'agent-random', ...Array.from({ length: agents }, (_, n) => `agent-${n}`)];
    target.#server = new Program(binary('FLEXCRM_CRM'),
      ['--port', '0', '--database', join(target.#folder, 'crm.sqlite'), '--dials-per-minute', String(dialsPerMinute),
        '--policy', policy, '--verbose',
        ...names.flatMap((name) => ['--agent', name])]);
    target.#server.onLine = (line) => target.output.push(line);
    target.#server.onCrash = (why) => { target.#crash = why; };
    target.port = Number((await target.#server.line('flexcrm-crm: open http://localhost:')).split('/')[0]);
    await target.#startCanary();
    await target.works();
    target.#before = target.#cost();
    return target;
  }

  /** As requests name it. */
  get host() {
    return `127.0.0.1:${this.port}`;
  }

  get url() {
    return `ws://${this.host}/flexcrm`;
  }

  /** A name that the server knows and nobody else uses. */
  nextAgent() {
    return `agent-${this.#agents++}`;
  }

  async #startCanary() {
    this.#flex = new Program(binary('FLEXCRM_PLUGIN_STUB'), ['--url', this.url, '--agent', 'canary']);
    await this.#flex.line('open');
    const origin = `http://localhost:${this.port}`;
    const post = (/** @type {string} */ path, /** @type {object} */ body) => postOnce(origin + path, this.cookie, body);
    this.cookie = (await post('/login', { agent: 'canary' })).setCookie.split(';')[0];
    const token = async () => JSON.parse((await post('/api/ticket', { role: 'crm' })).text).token;
    const Socket = class extends WebSocket {
      /** @param {string} url @param {string} protocol */
      constructor(url, protocol) {
        super(url, protocol, { origin });
      }
    };
    let connected = false;
    const transport = new SocketTransport({ url: `ws://localhost:${this.port}/flexcrm`, WebSocket: Socket });
    this.#page = new Endpoint({ transport, role: 'crm', agent: 'canary', instance: randomUUID(), token });
    this.#page.on('Snapshot', ({ agent }) => { connected = agent?.connected === true; });
    this.#page.on('AgentChanged', (params) => { connected = params.connected === true; });
    this.#page.start();
    await until(() => connected, 'the honest page meets its Flex');
  }

  /** The honest agent makes a call, from the page through the server to Flex and back, and ends it. */
  works() {
    this.#turn = this.#turn.catch(() => {}).then(async () => {
      assert.equal(this.#crash, '');
      const number = `+3491100${String(1000 + this.#dials++ % 9000)}`;
      const dial = this.#page.request('DialRequest', { destination: number, dialId: randomUUID(), lifetimeMs: 10000 });
      const answer = await within(dial, 'the honest call', placedWithinMs);
      assert.equal(outcomeOf(answer), 'placed', JSON.stringify(answer));
      const completed = this.#flex.next('completed');
      this.#flex.write('complete');
      await completed;
      const { mib } = this.#cost();
      assert.ok(mib - this.#before.mib < growthMib || this.#before.mib === 0, `the server takes ${mib} MiB, ${this.#before.mib} before`);
    });
    return this.#turn;
  }

  /** The most memory that the server ever had, and its descriptors. */
  #cost() {
    const { peakKibibytes, descriptors } = this.#server.usage();
    return { mib: peakKibibytes / 1024, descriptors };
  }

  get descriptors() {
    return this.#cost().descriptors;
  }

  /** Once the attackers are gone: nothing of them is left, neither in the server nor in what it wrote. */
  async stop() {
    let exitCode;
    try {
      await this.works();
      await until(() => this.#cost().descriptors <= this.#before.descriptors, 'the descriptors are given back');
      console.log(`the server grew from ${this.#before.mib.toFixed(1)} to ${this.#cost().mib.toFixed(1)} MiB`);
    } finally {
      this.#page?.stop();
      await this.#flex.kill();
      exitCode = await within(this.#server.stop(), 'the server stops');
      rmSync(this.#folder, { recursive: true });
    }
    assert.equal(exitCode, 0, this.#crash);
    for (const line of this.output) {
      assert.ok(line.length < 600, `a line of ${line.length} characters`);
      assert.doesNotMatch(line, new RegExp(marker, 'i'), 'the text of an attacker is in the output');
      assert.doesNotMatch(line, /\d{7}/, 'a whole telephone number is in the output');
      assert.doesNotMatch(line, /[\x00-\x1f\x7f-\uffff]/, 'a control character is in the output');
    }
  }
}
