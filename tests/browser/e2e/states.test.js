// Every main state of the page, as different people see it: nothing that keeps somebody out, nothing beside the screen,
// nothing too small to hit, and on the Spanish page no English.
import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';
import {everyState} from './support/states.js';
import en from '../../../examples/crm/web/words/en.js';
import es from '../../../examples/crm/web/words/es.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

/** Findings of axe-core that keep people out. The frame of Flex is another page. */
async function barriers(page) {
  return page.evaluate(async () => {
    const {violations} = await axe.run({exclude: [['#flex']]}, {resultTypes: ['violations'], iframes: false});
    return violations.filter(({impact}) => impact === 'serious' || impact === 'critical')
      .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id}: ${target.join(' ')} ${failureSummary}`));
  });
}

/** What is beside the screen, or too small to hit. */
function misfits(page) {
  return page.evaluate(() => {
    const wrong = [];
    if (document.documentElement.scrollWidth > innerWidth) wrong.push(`${document.documentElement.scrollWidth} px wide`);
    const top = document.querySelector('dialog[open]') ?? document;
    for (const node of top.querySelectorAll('button, input, select, textarea, a[href]:not(.skip)')) {
      if (!node.checkVisibility({visibilityProperty: true})) continue;
      const {width, height, left, right} = node.getBoundingClientRect();
      const name = `${node.id || node.className || node.tagName}: ${node.textContent.slice(0, 20)}`;
      if (node.classList.contains('contact-open')) {
        // Its target is the whole row.
        if (node.closest('.contact').getBoundingClientRect().height < 24) wrong.push(name);
      } else if (width < 24 || height < 24) wrong.push(`${name} is ${width} × ${height}`);
      if (left < 0 || right > innerWidth) wrong.push(`${name} is beside the screen`);
    }
    for (const node of top.querySelectorAll('.panel, .call-card, .profile-head, .call-controls, .past-call, .dialog')) {
      if (node.checkVisibility({visibilityProperty: true}) && node.scrollWidth > node.clientWidth + 1) wrong.push(`${node.className} is wider than its place`);
    }
    return wrong;
  });
}

/** Every text that a person can see or hear, that is not of the data. */
function visibleTexts(page) {
  return page.evaluate(() => {
    const texts = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.checkVisibility({visibilityProperty: true})) texts.add(node.textContent.trim());
    }
    for (const name of ['aria-label', 'placeholder', 'title', 'alt']) {
      for (const node of document.querySelectorAll(`[${name}]`)) if (node.checkVisibility({visibilityProperty: true})) texts.add(node.getAttribute(name));
    }
    return [...texts].filter(Boolean);
  });
}

const forms = entry => (typeof entry === 'string' ? [entry] : Object.values(entry));
/** English that is not the Spanish as well. */
const english = Object.entries(en).flatMap(([key, entry]) => forms(entry).filter(text => !forms(es[key]).includes(text)))
  .filter(text => text.replace(/\{\w+\}/g, '').trim().length > 2)
  .map(text => new RegExp(`^${text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+')}$`));

const desktop = {width: 1280, height: 800};
const phone = {width: 360, height: 740};
/** Every pair of language, colours and width is among them. */
const people = [
  ['en', 'light', desktop], ['es', 'dark', desktop], ['en', 'dark', phone], ['es', 'light', phone],
  ['es', 'light', {width: 768, height: 1024}], ['en', 'dark', {width: 1920, height: 1080}],
];

for (const [language, colorScheme, viewport] of people) {
  const person = `${language}-${colorScheme}-${viewport.width}`;
  test(`every state for ${person}`, async () => {
    const crm = await Crm.start();
    const desk = await Desk.open(browser, crm.url, {viewport, colorScheme, locale: language === 'en' ? 'en-GB' : 'es-ES', reducedMotion: 'reduce', bypassCSP: true});
    const found = [];
    try {
      await desk.page.addScriptTag({content: axe});
      assert.equal(await desk.page.locator('html').getAttribute('lang'), language);
      await everyState(desk, async state => {
        await desk.picture(`${state}-${person}`);
        const wrong = [...await barriers(desk.page), ...await misfits(desk.page)];
        if (language === 'es') {
          wrong.push(...(await visibleTexts(desk.page)).filter(text => english.some(pattern => pattern.test(text))).map(text => `in English: ${text}`));
        }
        found.push(...wrong.map(one => `${state}: ${one}`));
      });
      assert.deepEqual(found, []);
      assert.deepEqual(desk.errors, []);
    } finally {
      await desk.close();
      await crm.kill();
    }
  }, 300000);
}

for (const [language, colorScheme, viewport] of people.slice(0, 4)) {
  test(`the sign-in for ${language}-${colorScheme}-${viewport.width}`, async () => {
    const crm = await Crm.start({args: ['--agent', 'bob']});
    const desk = await Desk.open(browser, crm.url, {ready: false, viewport, colorScheme, locale: language === 'en' ? 'en-GB' : 'es-ES', bypassCSP: true});
    try {
      await desk.page.goto(new URL('/login?why=signed_out', crm.url).href);
      await desk.page.locator('.agent-choice').nth(1).waitFor();
      await desk.picture(`login-${language}-${colorScheme}-${viewport.width}`);
      await desk.page.addScriptTag({content: axe});
      const texts = language === 'es' ? await visibleTexts(desk.page) : [];
      assert.deepEqual([...await barriers(desk.page), ...await misfits(desk.page), ...texts.filter(text => english.some(pattern => pattern.test(text)))], []);
    } finally {
      await desk.close();
      await crm.kill();
    }
  });
}

test('the language is chosen on the page, at once and for the next time, and Flex is not loaded anew', async () => {
  const crm = await Crm.start();
  const desk = await Desk.open(browser, crm.url);
  try {
    const loaded = await (await desk.flexWindow()).evaluate(() => performance.timeOrigin);
    const {taskSid} = await desk.take({number: '+34600000017', customerId: 'C-1001'});
    await desk.page.locator('.wrap-notes').fill('Nota');
    await desk.page.locator('#agent-button').click();
    await desk.page.locator('#language').selectOption('es');
    await desk.shows('.call-state', 'En conversación');
    await desk.shows('#contacts-heading', 'Contactos');
    assert.equal(await desk.page.locator('html').getAttribute('lang'), 'es');
    assert.equal(await desk.page.locator('.wrap-notes').inputValue(), 'Nota');
    assert.equal(await desk.card('connected', taskSid).count(), 1);
    assert.equal(await (await desk.flexWindow()).evaluate(() => performance.timeOrigin), loaded);
    await desk.page.reload();
    await desk.shows('#contacts-heading', 'Contactos');
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
    await crm.kill();
  }
});
