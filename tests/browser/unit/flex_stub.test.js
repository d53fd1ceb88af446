// The plugin in the stub of Flex that the CRM example shows: both keep to the same idea of Flex, one flow each.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { startPlugin } from '../../../src/browser/plugin.js';
import { FakeWindow, helloFrame, sid } from './support.js';

const source = await readFile(new URL('../../../examples/crm/web/flex/flex-stub.js', import.meta.url), 'utf8');
let pages = 0;

/** A freshly loaded page of Flex, with the plugin in it and a CRM that listens. */
async function load() {
  const stub = await import(`data:text/javascript,${encodeURIComponent(`${source}\n// page ${++pages}`)}`);
  stub.settings.roundTripMs = 0;
  const manager = stub.Manager.getInstance();
  const crm = new FakeWindow('http://localhost:3000');
  const window = Object.assign(new FakeWindow('http://127.0.0.1:3000'), { parent: crm });
  const warnings = [];
  const plugin = startPlugin(stub.flex, manager, { crmOrigins: ['http://localhost:3000'] }, { window, console: { warn: (...words) => warnings.push(words.join(' ')) } });
  const { instance } = crm.posted[0].data;
  const say = (data) => window.receive({ data: { flexcrm: 1, instance, ...data }, origin: 'http://localhost:3000', source: crm });
  const frames = () => crm.posted.filter(({ data }) => data.frame).map(({ data }) => JSON.parse(data.frame));
  say({ open: { agent: 'alice' } });
  say({ frame: helloFrame });
  let asked = 0;
  const ask = async (method, params) => {
    const id = ++asked;
    say({ frame: JSON.stringify({ jsonrpc: '2.0', id, method, params: { lifetimeMs: 10000, ...params } }) });
    const [{ result, error }] = await seen(() => frames().filter((frame) => frame.id === id && !frame.method));
    return error ? `${error.data.reason} ${error.data.detail}` : result;
  };
  const news = () => frames().map(({ method, params }) => {
    if (method === 'TaskChanged') return [params.status, params.reasonCode].filter((one) => one !== undefined).join(' ');
    if (method === 'CallChanged') return [params.state, params.muted && 'muted', params.cause, params.causeCode].filter(Boolean).join(' ');
    return ['TaskSelected', 'TaskDeselected'].includes(method) ? method : undefined;
  }).filter(Boolean);
  const dial = async () => {
    const answer = ask('DialRequest', { destination: '+34911234567', dialId: 'd1' });
    const [claim] = await seen(() => frames().filter(({ method }) => method === 'DialClaimRequest'));
    say({ frame: JSON.stringify({ jsonrpc: '2.0', id: claim.id, result: { granted: true } }) });
    return answer;
  };
  return { ...stub, manager, plugin, frames, ask, news, dial, warnings };
}

/** Waits, for a bounded time, until there is something. */
async function seen(look) {
  const until = performance.now() + 5000;
  for (;;) {
    const found = look();
    if (found.length > 0 || performance.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Runs one flow, and ends its plugin, whose timers would hold the process. */
function flow(name, run) {
  test(name, async () => {
    const page = await load();
    try {
      await run(page);
      assert.deepEqual(page.warnings, []);
    } finally {
      page.plugin.stop('logout');
    }
  });
}

const told = (page, last) => seen(() => (page.news().includes(last) ? page.news() : []));

describe('an incoming call', () => {
  flow('is taken, held, muted and ended by the CRM', async (page) => {
    const task = page.simulateInbound({ number: '+34600000017' });
    const { taskSid } = task;
    for (const action of ['accept', 'select']) assert.equal(await page.ask('TaskControlRequest', { taskSid, action }), null);
    for (const params of [{ action: 'hold' }, { action: 'hold' }, { action: 'unhold' }, { action: 'mute' }, { action: 'mute' }, { action: 'unmute' }, { action: 'dtmf', digits: '12#' }]) {
      if (params.digits) assert.equal(page.view.activeCall.digits, '');
      assert.equal(await page.ask('CallControlRequest', { taskSid, ...params }), null, params.action);
    }
    assert.equal(page.view.activeCall.digits, '12#');
    assert.equal(await page.ask('CallControlRequest', { taskSid, action: 'hangup' }), null);
    assert.equal(await page.ask('CallControlRequest', { taskSid, action: 'mute' }), 'failed no_active_call');
    assert.equal(await page.ask('TaskControlRequest', { taskSid, action: 'complete' }), null);
    assert.equal(await page.ask('TaskControlRequest', { taskSid, action: 'complete' }), 'failed task_missing');
    assert.deepEqual(await told(page, 'TaskDeselected'), [
      'offered', 'ringing', 'accepted', 'connected', 'TaskSelected', 'held', 'connected', 'connected muted', 'connected', 'wrapup', 'ended', 'completed',
      'TaskDeselected']);
  });

  flow('is rejected; wrap-up ends a live one', async (page) => {
    assert.equal(await page.ask('TaskControlRequest', { taskSid: page.simulateInbound().taskSid, action: 'reject' }), null);
    const { taskSid } = page.simulateInbound();
    assert.equal(await page.ask('TaskControlRequest', { taskSid, action: 'wrapup' }), 'failed not_accepted');
    assert.equal(await page.ask('TaskControlRequest', { taskSid, action: 'accept' }), null);
    assert.equal(await page.ask('TaskControlRequest', { taskSid, action: 'wrapup' }), null);
    assert.equal(page.view.activeCall, undefined);
    assert.deepEqual(page.news().filter((one) => one !== 'TaskSelected'), [
      'offered', 'ringing', 'rejected', 'ended', 'offered', 'ringing', 'accepted', 'connected', 'wrapup', 'ended']);
  });

  flow('is gone: nobody took it, or somebody else did, or the caller left', async (page) => {
    for (const how of ['timeout', 'rescinded']) await page.offerEnds(page.simulateInbound().sid, how);
    await page.callerHangsUp(page.simulateInbound().sid);
    assert.deepEqual(page.news(), [
      'offered', 'ringing', 'timeout', 'ended', 'offered', 'ringing', 'rescinded', 'ended', 'offered', 'ringing', 'canceled', 'ended']);
  });

  flow('is transferred: cold, and warm, once at a time', async (page) => {
    const first = page.simulateInbound();
    await page.ask('TaskControlRequest', { taskSid: first.taskSid, action: 'accept' });
    assert.equal(await page.ask('CallControlRequest', { taskSid: first.taskSid, action: 'transfer', targetSid: sid('WQ') }), null);
    const changes = await seen(() => page.frames().filter(({ method, params }) => method === 'TaskChanged' && params.status === 'wrapup'));
    assert.equal(changes[0].params.reason, 'transferred');
    const second = page.simulateInbound();
    await page.ask('TaskControlRequest', { taskSid: second.taskSid, action: 'accept' });
    const warm = { taskSid: second.taskSid, action: 'transfer', targetSid: sid('WK'), mode: 'warm' };
    assert.equal(await page.ask('CallControlRequest', warm), null);
    assert.equal(await page.ask('CallControlRequest', warm), 'failed cannot_transfer');
    assert.equal(await page.ask('CallControlRequest', { taskSid: second.taskSid, action: 'unhold' }), 'failed cannot_unhold');
  });
});

describe('an outgoing call', () => {
  flow('is answered, and the click is found in its news', async (page) => {
    const { taskSid } = await page.dial();
    await told(page, 'TaskSelected');
    page.answer(page.view.tasks[0].sid);
    await told(page, 'connected');
    assert.equal(await page.ask('CallControlRequest', { taskSid, action: 'hangup' }), null);
    assert.deepEqual(page.news(), ['offered', 'dialing', 'accepted', 'TaskSelected', 'connected', 'wrapup', 'ended']);
    assert.ok(page.frames().filter(({ method }) => method === 'CallChanged').every(({ params }) => params.dialId === 'd1'));
  });

  for (const [code, cause] of [[45303, 'failed'], [45305, 'failed'], [21211, 'destination_refused']]) {
    flow(`fails with ${code} after it was placed`, async (page) => {
      await page.dial();
      await told(page, 'TaskSelected');
      await page.callFails(page.view.tasks[0].sid, code);
      assert.deepEqual((await told(page, 'TaskDeselected')).slice(-3), [`canceled ${code}`, `ended ${cause} ${code}`, 'TaskDeselected']);
    });
  }

  flow('is canceled by the agent while it rings', async (page) => {
    const { taskSid } = await page.dial();
    await told(page, 'TaskSelected');
    assert.equal(await page.ask('CallControlRequest', { taskSid, action: 'hangup' }), null);
    assert.ok((await told(page, 'TaskDeselected')).includes('ended failed 45302'));
  });
});

describe('the activity', () => {
  flow('changes by availability, name and SID', async (page) => {
    const activities = () => page.frames().filter(({ method }) => method === 'AgentChanged').map(({ params }) => [params.availability, params.activityName]);
    const available = page.manager.workerClient.activity.sid;
    for (const params of [{ availability: 'busy' }, { activityName: 'Offline' }, { activitySid: available }]) {
      assert.equal(await page.ask('SetAgentRequest', params), null);
    }
    assert.deepEqual(activities(), [['busy', 'Break'], ['offline', 'Offline'], ['available', 'Available']]);
    assert.equal(await page.ask('SetAgentRequest', { activityName: 'Nap' }), 'failed activity_missing');
  });

  flow('stays while a call is offered, whatever Flex\'s action says', async (page) => {
    page.simulateInbound();
    assert.equal(await page.ask('SetAgentRequest', { activityName: 'Break', lifetimeMs: 1000 }), 'handler_timeout no_effect');
    assert.equal(page.manager.workerClient.activity.name, 'Available');
  });
});

describe('the stub refuses in Flex\'s words', () => {
  const gone = { sid: 'WR0' };
  for (const [name, payload, words] of [
    ['RejectTask', { task: gone }, 'reservation for task not found'], ['HangupCall', {}, 'no task in payload'], ['HangupCall', { task: gone }, 'no active call'],
    ['WrapupTask', { task: gone }, 'reservation is not in accepted state'], ['CompleteTask', {}, 'Could not complete reservation'],
    ['HoldCall', {}, 'cannot hold call'], ['UnholdCall', {}, 'cannot unhold call'], ['ToggleMute', undefined, 'cannot call mute with no live call'],
    ['SendDTMFDigits', {}, 'cannot send digits to a non live call'], ['TransferTask', {}, 'cannot transfer task'],
    ['CancelTransfer', {}, 'there are no outgoing transfer to cancel'],
  ]) {
    flow(`${name} ${JSON.stringify(payload)}: ${words}`, async ({ Actions }) => {
      await assert.rejects(Actions.invokeAction(name, payload), { message: words });
    });
  }
});
