// The call on screen: what is so, and each thing that can be done about it, with Flex's refusals in words.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {eventually, launch} from './support/desk.js';
import {withOwnServer} from './support/own_server.js';

let browser, desk, flex;
before(async () => { browser = await launch(); });
after(async () => { await browser?.close(); });

const onDesk = (run, options) => withOwnServer(browser, async its => {
  desk = its;
  flex = await desk.flexWindow();
  await run();
}, options);

const ana = {number: '+34600000017', customerId: 'C-1001'};

/** An action of Flex fails with this sentence; null: no longer. */
const refuse = (action, sentence) => flex.evaluate(([name, words]) => {
  window.refusals ??= {};
  if (!(name in refusals)) {
    flexStub.Actions.replaceAction(name, (payload, original) => (refusals[name] ? Promise.reject(new Error(refusals[name])) : original(payload)));
  }
  refusals[name] = words;
}, [action, sentence]);

/** An action of Flex waits until `window.letGo` is called. */
const hold = action => flex.evaluate(name => {
  flexStub.Actions.addListener(`before${name}`, () => new Promise(resolve => { window.letGo = resolve; }));
}, action);

const isOff = name => desk.control(name).evaluate(button => button.getAttribute('aria-disabled') === 'true');

test('an incoming call is taken, held, muted, and ended by its buttons', () => onDesk(async () => {
  await desk.ring(ana);
  await desk.shows('.call-state', 'Incoming call');
  await desk.shows('.call-name', 'Ana Torres');
  await desk.shows('#call-news', 'Incoming call from Ana Torres');
  await desk.picture('call-ringing');
  await desk.control('accept').click();
  await desk.shows('.call-state', 'Connected');
  await desk.shows('#name', 'Ana Torres');
  await desk.picture('call-live');

  await desk.control('hold').click();
  await desk.shows('.call-state', 'On hold');
  await desk.shows('[data-control="hold"]', 'Resume');
  await desk.shows('.call-detail', /^On hold for 0:\d\d$/);
  assert.equal(await isOff('keypad'), true);
  await desk.shows('.call-why', 'The keypad works when the call is not on hold.');
  await desk.picture('call-held');
  await desk.control('hold').click();
  await desk.shows('.call-state', 'Connected');

  await desk.control('mute').click();
  await desk.shows('[data-control="mute"]', 'Unmute');
  assert.equal(await desk.page.locator('.call-flag').isVisible(), true);
  assert.equal(await flex.evaluate(() => flexStub.view.activeCall.isMuted()), true);
  await desk.control('mute').click();
  await desk.shows('[data-control="mute"]', 'Mute');

  await desk.control('hangup').click();
  await desk.shows('.call-state', 'Wrap-up');
  await desk.shows('.call-detail', /^Ended · Talked for 0:\d\d$/);
}));

test('an offered call is rejected, and why an offer ended is said', () => onDesk(async () => {
  await desk.ring(ana);
  await desk.control('reject').click();
  await desk.shows('.call-detail', 'You rejected it');
  assert.equal(await desk.text('.call-state'), 'Ended');
  await flex.waitForFunction(() => flexStub.view.tasks.length === 0);
  await desk.page.getByRole('button', {name: 'Dismiss'}).click();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
  for (const [end, words] of [
    [sid => flexStub.callerHangsUp(sid), 'The caller hung up'],
    [sid => flexStub.offerEnds(sid, 'timeout'), 'Nobody took it in time'],
    [sid => flexStub.offerEnds(sid, 'rescinded'), 'Another agent was given it'],
  ]) {
    const {sid, taskSid} = await desk.ring(ana);
    await flex.evaluate(end, sid);
    await desk.card('over', taskSid).waitFor();
    await desk.card('over', taskSid).locator('.call-detail', {hasText: words}).waitFor();
    assert.equal(await desk.page.locator('.call-card').count(), 1);
  }
}));

test('a call that is made: calling, connected, and the clock of the talk begins with the answer', () => onDesk(async () => {
  await desk.page.getByRole('button', {name: /^Call Ingrid Lindqvist/}).click();
  await desk.shows('.call-state', 'Calling');
  await desk.shows('.call-name', 'Ingrid Lindqvist');
  for (const name of ['hold', 'mute', 'keypad']) assert.equal(await isOff(name), true, name);
  await desk.shows('.call-why', 'Hold, mute and keypad work once somebody has answered.');
  await desk.control('hold').click({force: true});
  assert.equal(await desk.control('hold').getAttribute('aria-busy'), 'false');
  assert.equal(await desk.page.locator('#dial-form').isVisible(), false);
  await desk.picture('call-dialling');
  await flex.evaluate(() => flexStub.answer(flexStub.view.tasks[0].sid));
  await desk.shows('.call-state', 'Connected');
  for (const name of ['hold', 'mute', 'keypad']) assert.equal(await isOff(name), false, name);
  await desk.shows('.call-time', /^0:0\d$/);
}));

test('why a call that was made came to nothing is said', () => onDesk(async () => {
  const call = async end => {
    await desk.page.getByRole('button', {name: /^Call Ana Torres/}).click();
    await desk.shows('.call-state', 'Calling');
    await end();
    await desk.shows('.call-state', 'Ended');
  };
  for (const [code, words] of [[45303, 'The line was busy'], [45305, 'Nobody answered'], [13227, 'Calls to this country are not enabled. An administrator enables them in the Console: Voice, Settings, Geo permissions'],
    [21211, 'The number does not exist or is not valid']]) {
    await call(() => flex.evaluate(given => flexStub.callFails(flexStub.view.tasks[0].sid, given), code));
    await desk.shows('.call-detail', words);
  }
  await call(() => desk.control('hangup').click());
  await desk.shows('.call-detail', 'Canceled before it was answered');
}));

test('tones: clicked and typed, in their order', () => onDesk(async () => {
  await desk.take(ana);
  await desk.control('keypad').click();
  await desk.page.getByRole('button', {name: 'Send 1'}).click();
  await desk.page.keyboard.type('23*');
  await desk.page.getByRole('button', {name: 'Send #'}).click();
  await desk.shows('.keypad-sent', '123*#');
  assert.equal(await flex.evaluate(() => flexStub.view.activeCall.digits), '123*#');
  await desk.picture('call-keypad');
  await desk.page.keyboard.press('Escape');
  assert.equal(await desk.page.locator('.keypad').isVisible(), false);
  assert.equal(await desk.page.evaluate(() => document.activeElement.dataset.control), 'keypad');
}));

test('what was asked and not answered is pending, and is not asked twice', () => onDesk(async () => {
  await desk.take(ana);
  await hold('HoldCall');
  await desk.control('hold').click();
  await flex.waitForFunction(() => window.letGo);
  assert.equal(await desk.control('hold').getAttribute('aria-busy'), 'true');
  await desk.control('hold').click({force: true});
  await flex.evaluate(() => window.letGo());
  await desk.shows('.call-state', 'On hold');
  // The answer comes by itself, before the news of the call or after it.
  await desk.page.locator('[data-control="hold"][aria-busy="false"]').waitFor();
  await desk.shows('.call-state', 'On hold');
}));

test('what Flex refuses is said in words, and can be tried again', () => onDesk(async () => {
  const refused = async (name, action, sentence, words) => {
    await refuse(action, sentence);
    await desk.control(name).click();
    await desk.shows('.call-refusal', words);
    assert.equal(await desk.control(name).getAttribute('aria-busy'), 'false');
    assert.equal(await isOff(name), false);
  };
  await desk.ring(ana);
  await refused('reject', 'RejectTask', 'could not reject reservation', 'Reject not done: Flex could not reject the call.');
  await refused('accept', 'AcceptTask', 'could not accept call', 'Accept not done: Flex could not take the call.');
  await refuse('AcceptTask', null);
  await desk.control('accept').click();
  await desk.card('connected').waitFor();
  await refused('hold', 'HoldCall', 'cannot hold call', 'Hold not done: Flex cannot put this call on hold now.');
  await refused('mute', 'ToggleMute', 'cannot call mute with no live call', 'Mute not done: this call is no longer live in Flex.');
  await refuse('SendDTMFDigits', 'cannot send digits to a non live call');
  await desk.control('keypad').click();
  await desk.page.getByRole('button', {name: 'Send 5'}).click();
  await desk.shows('.call-refusal', 'Tone not done: this call is no longer live in Flex.');
  await desk.shows('.keypad-sent', '');
  await refused('hangup', 'HangupCall', 'Action HangupCall cancelled by before event', 'Hang up not done: another plugin in Flex stopped it.');
  await refuse('HangupCall', null);
  await desk.control('hangup').click();
  await desk.card('wrapup').waitFor();
}));

test('a second call waits, and says why it cannot be taken yet', () => onDesk(async () => {
  const live = await desk.take(ana);
  const waiting = await desk.ring({number: '+447700900142', customerId: 'C-1002'});
  assert.deepEqual(await desk.page.locator('.call-card').evaluateAll(cards => cards.map(card => card.dataset.task)), [live.taskSid, waiting.taskSid]);
  const card = desk.card('ringing', waiting.taskSid);
  await card.locator('.call-state', {hasText: 'Waiting'}).waitFor();
  await card.locator('.call-name', {hasText: 'James Whitfield'}).waitFor();
  assert.equal(await card.locator('[data-control="accept"]').getAttribute('aria-disabled'), 'true');
  assert.equal(await card.locator('.call-why').textContent(), 'Finish the call that is live before you take this one.');
  await desk.picture('call-waiting');
  await desk.card('connected', live.taskSid).locator('[data-control="hangup"]').click();
  await card.locator('.call-state', {hasText: 'Incoming call'}).waitFor();
  await card.locator('[data-control="accept"]').click();
  await desk.card('connected', waiting.taskSid).waitFor();
  assert.equal(await desk.card('wrapup', live.taskSid).count(), 1);
}));

test('a call that is worked in Flex is the same call on the page', () => onDesk(async () => {
  await desk.takeCall(ana);
  await desk.card('connected').waitFor();
  await desk.flex.locator('#call-hold').click();
  await desk.card('held').waitFor();
  await desk.flex.locator('#call-mute').click();
  await desk.page.locator('.call-flag').waitFor();
  await desk.flex.locator('#call-hangup').click();
  await desk.card('wrapup').waitFor();
  await desk.flex.getByRole('button', {name: 'Complete'}).click();
  await desk.page.locator('.call-card').waitFor({state: 'detached'});
}));

test('the duration ticks, and no live region counts along', () => onDesk(async () => {
  await desk.take(ana);
  await eventually(async () => ({wait: await desk.text('.call-time') === '0:00'}));
  assert.match(await desk.text('.call-time'), /^0:0[1-9]$/);
  const counting = await desk.page.locator('.call-time').evaluate(node => node.closest('[aria-live]:not([aria-live="off"]), [role="status"], [role="alert"]') !== null);
  assert.equal(counting, false);
}));

test('the agent says whether there is time for work, and Flex may say no', () => onDesk(async () => {
  const choose = name => desk.page.locator(`#availability [data-availability="${name}"]`).click();
  await desk.page.locator('#agent-button').click();
  await choose('busy');
  await desk.page.locator('#availability [data-availability="busy"][aria-pressed="true"]').waitFor();
  await desk.shows('#agent-activity', 'Break');
  await choose('offline');
  await desk.shows('#agent-activity', 'Offline');
  await desk.page.locator('#dial-number:disabled').waitFor();
  await desk.picture('presence');
  await choose('available');
  await desk.shows('#agent-activity', 'Available');
  await desk.ring(ana);
  await desk.page.locator('#agent-menu').waitFor();
  await choose('offline');
  await desk.shows('#availability-status', 'Not changed: Flex did not change it. While a call is offered Flex keeps the activity as it is.');
  await desk.shows('#agent-activity', 'Available');
}));
