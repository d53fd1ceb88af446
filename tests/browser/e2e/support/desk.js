// One agent's screen: the CRM page with Flex inside it, in a real browser.
import assert from 'node:assert/strict';
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {chromium} from 'playwright-core';

const patienceMs = 15000;

export async function launch({args = []} = {}) {
  return chromium.launch({
    executablePath: process.env.FLEXCRM_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', ...args],
  });
}

export class Desk {
  context;
  /** The CRM's page, or the frame that it is in. */
  page;
  /** Flex, if it is not in a frame of the CRM's page. @type {import('playwright-core').Page | undefined} */
  flexTab;
  /** What the pages threw and nobody caught, frames included. */
  errors = [];
  /** DialRequests that left this page. */
  dialRequests = 0;

  /** @param {import('playwright-core').Browser} browser @param {string} url */
  static async open(browser, url, {ready = true, prepare, ...options} = {}) {
    const desk = new Desk();
    await desk.start(browser, options);
    desk.page = await desk.context.newPage();
    desk.watch(desk.page);
    await prepare?.(desk.page);
    await desk.page.goto(url);
    if (ready) await desk.connected();
    return desk;
  }

  async start(browser, options) {
    this.context = await browser.newContext({viewport: {width: 1280, height: 800}, ...options});
    this.context.setDefaultTimeout(patienceMs);
  }

  /** Errors and dials of a page and its frames are noted from now on. @param {import('playwright-core').Page} page */
  watch(page) {
    page.on('pageerror', error => this.errors.push(error.message));
    page.on('websocket', socket => socket.on('framesent', ({payload}) => {
      if (String(payload).includes('"method":"DialRequest"')) this.dialRequests++;
    }));
  }

  async close() {
    await this.context.close();
  }

  /** Server and Flex are both there: dialling is possible, but for a call that is there already. */
  async connected() {
    await this.page.locator('#server-state[data-state="up"]').waitFor();
    await this.page.locator('#flex-state[data-state="up"]').waitFor();
    await this.page.locator('#dial-number:enabled, body:not([data-calling="none"])').first().waitFor({state: 'attached'});
  }

  /** One part of the desk, where there is not room for all of them. @param {'contacts' | 'customer' | 'call' | 'flex'} name */
  async view(name) {
    const tab = this.page.locator(`#views [data-view="${name}"]`);
    if (await tab.isVisible()) await tab.click();
  }

  /** Somebody calls this agent. @returns {Promise<{sid: string, taskSid: string}>} of the task */
  async ring(caller) {
    const {sid, taskSid} = await (await this.flexWindow()).evaluate(given => {
      const {sid, taskSid} = flexStub.simulateInbound(given);
      return {sid, taskSid};
    }, caller);
    await this.card('ringing', taskSid).waitFor({state: 'attached'});
    return {sid, taskSid};
  }

  /** The card of a call in this phase. @param {string} phase @param {string} [taskSid] */
  card(phase, taskSid) {
    return this.page.locator(`.call-card[data-phase="${phase}"]${taskSid === undefined ? '' : `[data-task="${taskSid}"]`}`);
  }

  /** A button of a call's card. */
  control(name) {
    return this.page.locator(`.call-card [data-control="${name}"]:visible`);
  }

  /** A call arrives and is taken on the page. */
  async take(caller) {
    const task = await this.ring(caller);
    await this.view('call');
    await this.card('ringing', task.taskSid).locator('[data-control="accept"]').click();
    await this.card('connected', task.taskSid).waitFor();
    return task;
  }

  get flex() {
    return this.flexTab ?? this.page.frameLocator('#flex');
  }

  /** The window of Flex, to look inside. */
  async flexWindow() {
    return this.flexTab?.mainFrame() ?? (await this.page.locator('#flex').elementHandle()).contentFrame();
  }

  /** Every StartOutboundCall that took effect in the stub. */
  async calls() {
    return (await this.flexWindow()).evaluate(() => flexStub.calls.map(({destination, taskAttributes}) => ({destination, taskAttributes})));
  }

  async destinations() {
    return (await this.calls()).map(({destination}) => destination);
  }

  text(selector) {
    return this.page.locator(selector).textContent();
  }

  /** Waits until an element's text, or what is in a field, is or matches what is expected. */
  async shows(selector, expected) {
    const locator = this.page.locator(selector);
    const seen = await eventually(async () => {
      const text = await locator.evaluate(element => (element.matches('input, select, textarea') ? element.value : element.textContent));
      return (expected instanceof RegExp ? expected.test(text) : text === expected) ? {text} : {text, wait: true};
    });
    if (seen.wait) assert.fail(`${selector} shows ${JSON.stringify(seen.text)}, not ${expected}`);
  }

  /** A call arrives, is taken and selected in Flex as an agent would do it. */
  async takeCall(caller) {
    await this.view('flex');
    // The news of it moves Flex down, and its buttons.
    const {sid} = await this.ring(caller);
    await this.flex.locator(`.ringing-card[data-reservation="${sid}"]`).getByRole('button', {name: 'Accept'}).click();
    // Flex selects an accepted task by itself if nothing else is selected.
    const task = this.flex.locator(`.task[data-reservation="${sid}"]`);
    await task.getByRole('button', {name: /^(Select|Deselect)$/}).waitFor();
    const select = task.getByRole('button', {name: 'Select', exact: true});
    if (await this.flex.locator('.task[data-selected]').count() > 0 && await select.isVisible()) await select.click();
    await this.flex.locator(`.task[data-reservation="${sid}"][data-selected]`).waitFor();
  }

  /** A picture for people, if FLEXCRM_SCREENSHOTS says where. */
  async picture(name) {
    const folder = process.env.FLEXCRM_SCREENSHOTS;
    if (!folder) return;
    await mkdir(folder, {recursive: true});
    await this.page.screenshot({path: join(folder, `${name}.png`)});
  }
}

/**
 * Asks again until the answer has no `wait`, at most as long as patience lasts; then gives the last answer.
 * @template T @param {() => Promise<T>} ask @returns {Promise<T>}
 */
export async function eventually(ask) {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (!answer.wait || Date.now() > until) return answer;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
