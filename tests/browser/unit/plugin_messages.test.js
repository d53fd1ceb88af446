// What happens in Flex as messages, and messages as actions of Flex: one row for each.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionNames } from '../../../src/browser/flex_actions.js';
import { FlexState } from '../../../src/browser/flex_state.js';
import { messages } from '../../../src/browser/messages.js';
import { refusalOf } from '../../../src/browser/refusals.js';
import { connect, connected, make, task } from './plugin_support.js';
import { ManualClock, fakeFlex, resumedFrame, settle, sid } from './support.js';

const told = (it, method) => it.frames().filter((frame) => frame.method === method).map(({ params }) => params);
const answer = (it, id = 1) => it.frames().find((frame) => frame.id === id && !frame.method);
const refusal = (it, id) => answer(it, id)?.error?.data;

/** A task in Flex's store, as it is after its event. */
function put(it, one) {
  it.shown.tasks.set(one.sid, one);
  it.show();
}

/** Its status changes as in Flex: the event first, then the store. */
function move(it, one, event, status) {
  one.status = status;
  it.event('taskUpdated', one);
  it.event(event, one);
  if (['completed', 'canceled', 'rejected', 'timeout', 'rescinded'].includes(status)) it.shown.tasks.delete(one.sid);
  it.show();
}

const voice = (more = {}) => task({ status: 'pending', taskChannelUniqueName: 'voice', ...more });
const inbound = (more) => voice({ attributes: { direction: 'inbound', from: '+34600000001', to: '+14155550100', call_sid: sid('CA') }, ...more });
const outbound = (more) => voice({
  attributes: { direction: 'outbound', from: '+14155550100', outbound_to: '+34911234567', flexcrm_dial_id: 'd1' }, ...more,
});
const conference = (customer) => ({ participants: [
  { participantType: 'worker', status: 'joined', isCurrentWorker: true, callSid: sid('CA', 'b') },
  { participantType: 'customer', status: 'joined', connecting: false, onHold: false, callSid: sid('CA', 'c'), ...customer },
] });
const microphone = (muted = false) => ({ muted, isMuted() { return this.muted; } });

/** A call that is answered. */
function answered(it, one = inbound()) {
  it.event('taskReceived', one);
  put(it, one);
  one.conference = conference();
  it.show({ activeCall: microphone() });
  move(it, one, 'taskAccepted', 'accepted');
  return one;
}

describe('TaskChanged', () => {
  const rows = [
    ['taskReceived', 'pending', 'offered'], ['taskAccepted', 'accepted', 'accepted'], ['taskWrapup', 'wrapping', 'wrapup'],
    ['taskCompleted', 'completed', 'completed'], ['taskCanceled', 'canceled', 'canceled'], ['taskRejected', 'rejected', 'rejected'],
    ['taskTimeout', 'timeout', 'timeout'], ['taskRescinded', 'rescinded', 'rescinded'],
    // Flex's type knows five words only; the event is what counts.
    ['taskRejected', 'canceled', 'rejected'], ['taskTimeout', 'canceled', 'timeout'],
  ];
  for (const [event, status, word] of rows) {
    test(`${event} with a ${status} reservation is ${word}`, () => {
      const it = connected();
      it.event(event, task({ status, dateCreated: new Date(0), dateUpdated: new Date(1000) }));
      assert.deepEqual(told(it, 'TaskChanged'), [{
        taskSid: sid('WT'), reservationSid: sid('WR'), status: word, at: new Date(word === 'offered' ? 0 : 1000).toISOString(),
        channel: 'voice', attributes: { name: 'Eva', direction: 'inbound' },
      }]);
    });
  }

  test('tells the attributes once, a status once, and says why', () => {
    const it = connected();
    const one = task({ status: 'pending' });
    it.event('taskReceived', one);
    move(it, one, 'taskAccepted', 'accepted');
    put(it, { ...one });
    it.event('taskAccepted', one);
    one.reason = 'left for lunch';
    one.sourceObject = { canceledReasonCode: 45302 };
    move(it, one, 'taskCanceled', 'canceled');
    assert.deepEqual(told(it, 'TaskChanged').map(({ status, attributes, reason, reasonCode }) => [status, attributes !== undefined, reason, reasonCode]), [
      ['offered', true, undefined, undefined], ['accepted', false, undefined, undefined], ['canceled', false, 'left for lunch', 45302]]);
    assert.equal(told(it, 'TaskChanged')[0].at, new Date(it.clock.wall).toISOString());
  });

  for (const [transfer, reason] of [
    [{ outgoingTransferObject: { status: 'COMPLETED' } }, 'transferred'], [{ outgoingTransferObject: { status: 'COMPLETE' } }, 'transferred'],
    [{ outgoingTransferObject: { status: 'FAILED' } }, undefined], [{ incomingTransferObject: { status: 'INITIATED' } }, 'transfer'],
  ]) {
    test(`with ${JSON.stringify(transfer)} the reason is ${reason}`, () => {
      const it = connected();
      it.event('taskWrapup', task({ status: 'wrapping', ...transfer }));
      assert.equal(told(it, 'TaskChanged')[0].reason, reason);
    });
  }

  test('is told of tasks that appear in the store alone, but not of what is no task of TaskRouter', () => {
    const it = connected();
    put(it, task());
    put(it, task({ sid: 'new', taskSid: undefined }));
    put(it, task({ sid: sid('WR', 'b'), status: 'completed' }));
    for (const odd of [null, undefined]) it.event('taskReceived', odd);
    assert.deepEqual(told(it, 'TaskChanged').map(({ status, reservationSid }) => [status, reservationSid]), [['accepted', sid('WR')]]);
    assert.deepEqual(it.warnings, []);
  });
});

describe('CallChanged', () => {
  const rows = [
    ['an incoming call rings', inbound(), 'ringing'], ['an outgoing one is dialled', outbound(), 'dialing'],
    ['accepted, but nobody has joined', inbound({ status: 'accepted', conference: { participants: [] } }), 'ringing'],
    ['joined says Flex while it rings', outbound({ status: 'accepted', conference: conference({ connecting: true }) }), 'dialing'],
    ['answered', outbound({ status: 'accepted', conference: conference() }), 'connected'],
    ['on hold', inbound({ status: 'accepted', conference: conference({ onHold: true }) }), 'held'],
    ['another kind of task', task({ taskChannelUniqueName: 'chat' }), undefined],
    ['a wrap-up that was there before', inbound({ status: 'wrapping' }), undefined],
  ];
  for (const [what, one, state] of rows) {
    test(`${what}: ${state}`, () => {
      const it = connected();
      put(it, one);
      assert.deepEqual(told(it, 'CallChanged').map((call) => call.state), state ? [state] : []);
    });
  }

  test('says who calls whom, which call and which click', () => {
    const it = connected();
    put(it, inbound());
    put(it, outbound({ sid: sid('WR', 'b'), taskSid: sid('WT', 'b'), status: 'accepted', conference: conference() }));
    const at = new Date(it.clock.wall).toISOString();
    assert.deepEqual(told(it, 'CallChanged'), [
      { taskSid: sid('WT'), state: 'ringing', at, callSid: sid('CA'), direction: 'inbound', from: '+34600000001', to: '+14155550100' },
      {
        taskSid: sid('WT', 'b'), state: 'connected', at, callSid: sid('CA', 'c'), dialId: 'd1', direction: 'outbound', from: '+14155550100',
        to: '+34911234567',
      }]);
  });

  test('lives as the call does', () => {
    const it = connected();
    const one = answered(it);
    const [, customer] = one.conference.participants;
    customer.onHold = true;
    it.show();
    customer.onHold = false;
    it.show();
    it.shown.activeCall.muted = true;
    it.action('afterToggleMute');
    it.show();
    customer.status = 'recently_left';
    it.show();
    it.clock.steady += 61900;
    it.clock.wall += 61900;
    move(it, one, 'taskWrapup', 'wrapping');
    move(it, one, 'taskCompleted', 'completed');
    assert.deepEqual(told(it, 'CallChanged').map(({ state, muted, durationSeconds }) => [state, muted, durationSeconds]), [
      ['ringing', undefined, undefined], ['connected', false, undefined], ['held', false, undefined], ['connected', false, undefined],
      ['connected', true, undefined], ['ended', undefined, 61]]);
  });

  test('is no news when the agent\'s own leg comes and goes', () => {
    const it = connected();
    answered(it);
    it.show({ activeCall: undefined });
    it.show({ activeCall: microphone(true) });
    it.show({ activeCall: undefined });
    assert.deepEqual(told(it, 'CallChanged').map(({ state, muted }) => [state, muted]), [['ringing', undefined], ['connected', false], ['connected', true]]);
  });

  test('is seen in whatever object the store has for the task', () => {
    const it = connected();
    put(it, outbound({ status: 'accepted', conference: conference({ connecting: true }) }));
    put(it, outbound({ status: 'accepted', conference: conference() }));
    assert.deepEqual(told(it, 'CallChanged').map(({ state }) => state), ['dialing', 'connected']);
  });

  test('comes after the task\'s own news', () => {
    const it = connected();
    move(it, answered(it), 'taskWrapup', 'wrapping');
    assert.deepEqual(it.frames().filter(({ method }) => /Changed$/.test(method)).map(({ params }) => params.state ?? params.status), [
      'offered', 'ringing', 'accepted', 'connected', 'wrapup', 'ended']);
  });

  for (const [code, cause] of [
    [45303, 'failed'], [45305, 'failed'], [45302, 'failed'], [13227, 'destination_not_allowed'], [21215, 'destination_not_allowed'],
    [21211, 'destination_refused'], [21210, 'misconfigured'], [12345, 'failed'], [undefined, undefined],
  ]) {
    test(`ends with Twilio's ${code} as ${cause}`, () => {
      const it = connected();
      const one = outbound();
      put(it, one);
      one.sourceObject = { canceledReasonCode: code };
      move(it, one, 'taskCanceled', 'canceled');
      const [, end] = told(it, 'CallChanged');
      assert.deepEqual([end.state, end.cause, end.causeCode, end.durationSeconds], ['ended', cause, code, undefined]);
    });
  }

  test('takes nothing from attributes that is not theirs', () => {
    const it = connected();
    put(it, voice({ attributes: Object.create({ direction: 'outbound', from: '+34600000001' }) }));
    put(it, voice({ sid: sid('WR', 'b'), attributes: { call_sid: 'CA1', from: 7, direction: null } }));
    assert.deepEqual(told(it, 'CallChanged').map(({ taskSid, at, ...rest }) => rest), [{ state: 'ringing' }, { state: 'ringing' }]);
  });
});

describe('a Snapshot', () => {
  const events = (it) => it.frames().filter(({ method }) => /^(Agent|Task|Call)/.test(method));

  test('holds what was there before the session, and nothing of it is told twice', async () => {
    const it = make();
    const one = answered(it);
    put(it, task({ sid: sid('WR', 'b'), taskSid: sid('WT', 'b'), taskChannelUniqueName: 'chat', channelType: 'web' }));
    it.action('afterSelectTask', { task: one });
    connect(it);
    const [whole] = told(it, 'Snapshot');
    assert.deepEqual(whole.tasks.map(({ status, channel, attributes }) => [status, channel, attributes]), [
      ['accepted', 'voice', one.attributes], ['accepted', 'web', { name: 'Eva', direction: 'inbound' }]]);
    assert.deepEqual(whole.calls.map(({ state, muted }) => [state, muted]), [['connected', false]]);
    assert.deepEqual([whole.selected.reservationSid, whole.selected.cause, whole.reset], [one.sid, 'resync', false]);
    assert.deepEqual(events(it), []);
  });

  test('goes to a session after a lost one with a reset, and to a resumed one not at all', async () => {
    const it = connected();
    const again = async (frame) => {
      it.say({ flexcrm: 1, instance: it.instance, closed: true });
      await it.clock.advance(1);
      connect(it, frame);
    };
    it.serverSays({ id: 1, result: null });
    await again(resumedFrame);
    assert.equal(told(it, 'Snapshot').length, 1);
    await again();
    assert.deepEqual(told(it, 'Snapshot').map(({ reset }) => reset), [false, true]);
  });

  test('that is too long leaves out attributes first, then tasks and calls, then the selection', () => {
    const long = 'x'.repeat(16000);
    const many = (count, attributes, more) => {
      const it = make();
      for (let i = 0; i < count; i++) {
        put(it, inbound({ sid: `WR${String(i).padStart(32, '0')}`, taskSid: `WT${String(i).padStart(32, '0')}`, attributes, ...more }));
      }
      it.action('afterSelectTask', { task: task({ attributes }) });
      connect(it);
      const [whole] = told(it, 'Snapshot');
      return [whole.tasks?.length, whole.tasks?.[0].attributes !== undefined, whole.calls?.length, whole.selected !== undefined, it.warnings];
    };
    assert.deepEqual(many(2, { long }), [2, true, 2, true, []]);
    assert.deepEqual(many(6, { long }), [6, false, 6, true, ['flexcrm: too_large ']]);
    assert.deepEqual(many(6, { long }, { reason: long }), [undefined, false, undefined, true, ['flexcrm: too_large ', 'flexcrm: too_large ']]);
    assert.deepEqual(many(6, { long: long.repeat(5) }, { reason: long }).slice(0, 4), [undefined, false, undefined, false]);
  });

  test('knows what Flex had selected before the plugin began', () => {
    const it = make({}, { before: ({ shown }) => {
      shown.tasks.set(sid('WR'), task());
      shown.selectedTaskSid = sid('WR');
    } });
    connect(it);
    assert.deepEqual([told(it, 'Snapshot')[0].selected.reservationSid, told(it, 'Snapshot')[0].tasks.length], [sid('WR'), 1]);
  });
});

/** A request of the CRM, with the handler's answer. */
async function ask(it, method, params) {
  it.serverSays({ id: 1, method, params: { lifetimeMs: 10000, ...params } });
  await settle();
}

describe('TaskControlRequest', () => {
  const chat = (more) => task({ taskChannelUniqueName: 'chat', ...more });
  const rows = [
    ['accept', chat({ status: 'pending' }), 'AcceptTask', (it, one) => move(it, one, 'taskAccepted', 'accepted')],
    ['reject', chat({ status: 'pending' }), 'RejectTask', (it, one) => move(it, one, 'taskRejected', 'rejected')],
    ['select', chat(), 'SelectTask', (it, one) => it.action('afterSelectTask', { task: one })],
    ['wrapup', chat(), 'WrapupTask', (it, one) => move(it, one, 'taskWrapup', 'wrapping')],
    ['wrapup', inbound({ status: 'accepted' }), 'HangupCall', (it, one) => move(it, one, 'taskWrapup', 'wrapping')],
    ['complete', chat({ status: 'wrapping' }), 'CompleteTask', (it, one) => move(it, one, 'taskCompleted', 'completed')],
  ];
  for (const [action, one, name, effect] of rows) {
    test(`${action} of a ${one.taskChannelUniqueName} task is ${name}, and done when it is to be seen`, async () => {
      const it = connected();
      const mine = { ...one };
      put(it, mine);
      await ask(it, 'TaskControlRequest', { taskSid: sid('WT'), action, reason: 'why' });
      assert.deepEqual(it.invoked, [{ name, payload: { sid: sid('WR'), reason: 'why' } }]);
      assert.equal(answer(it), undefined);
      effect(it, mine);
      await settle();
      assert.equal(answer(it).result, null);
    });

    test(`${action} (${name}) without an effect is uncertain`, async () => {
      const it = connected();
      put(it, { ...one });
      await ask(it, 'TaskControlRequest', { reservationSid: sid('WR'), action });
      await it.clock.advance(9999);
      assert.equal(answer(it), undefined);
      await it.clock.advance(1);
      assert.deepEqual(refusal(it), { reason: 'handler_timeout', detail: 'no_effect' });
    });
  }

  for (const [action, status] of [['accept', 'accepted'], ['accept', 'wrapping'], ['wrapup', 'wrapping']]) {
    test(`${action} of a task that is ${status} already does nothing`, async () => {
      const it = connected();
      put(it, chat({ status }));
      await ask(it, 'TaskControlRequest', { taskSid: sid('WT'), action });
      assert.deepEqual([it.invoked, answer(it).result], [[], null]);
    });
  }

  for (const sids of [{ taskSid: sid('WT', 'b') }, { reservationSid: sid('WR', 'b') }, { taskSid: sid('WT'), reservationSid: sid('WR', 'b') }]) {
    test(`of no task (${Object.keys(sids)}) is refused`, async () => {
      const it = connected();
      put(it, chat());
      await ask(it, 'TaskControlRequest', { ...sids, action: 'complete' });
      assert.deepEqual([it.invoked, refusal(it)], [[], { reason: 'failed', detail: 'task_missing' }]);
    });
  }

  test('accept of a task that goes away meanwhile is refused', async () => {
    const it = connected();
    const one = chat({ status: 'pending' });
    put(it, one);
    await ask(it, 'TaskControlRequest', { taskSid: sid('WT'), action: 'accept' });
    move(it, one, 'taskCanceled', 'canceled');
    await settle();
    assert.deepEqual(refusal(it), { reason: 'failed', detail: 'task_missing' });
  });

  test('waits no longer than the request lives', async () => {
    const it = connected();
    put(it, chat());
    await ask(it, 'TaskControlRequest', { taskSid: sid('WT'), action: 'complete', lifetimeMs: 1000 });
    await it.clock.advance(1000);
    assert.equal(refusal(it).reason, 'handler_timeout');
  });
});

describe('CallControlRequest', () => {
  const customer = (one) => one.conference.participants[1];
  const rows = [
    ['hold', {}, 'HoldCall', { sid: sid('WR') }, (it, one) => { customer(one).onHold = true; it.show(); }],
    ['unhold', {}, 'UnholdCall', { sid: sid('WR') }, (it, one) => { customer(one).onHold = false; it.show(); }, (it, one) => { customer(one).onHold = true; }],
    ['mute', {}, 'ToggleMute', undefined, (it) => { it.shown.activeCall.muted = true; it.show(); }],
    ['unmute', {}, 'ToggleMute', undefined, (it) => { it.shown.activeCall.muted = false; it.show(); }, (it) => { it.shown.activeCall.muted = true; }],
    ['hangup', {}, 'HangupCall', { sid: sid('WR') }, (it, one) => move(it, one, 'taskWrapup', 'wrapping')],
    ['dtmf', { digits: '12#' }, 'SendDTMFDigits', { sid: sid('WR'), digits: '12#' }],
    ['transfer', { targetSid: sid('WK') }, 'TransferTask', { sid: sid('WR'), targetSid: sid('WK'), options: { mode: 'COLD' } }],
    ['transfer', { targetSid: sid('WQ'), mode: 'warm' }, 'TransferTask', { sid: sid('WR'), targetSid: sid('WQ'), options: { mode: 'WARM' } }],
  ];
  for (const [action, params, name, payload, effect, before] of rows) {
    test(`${action} ${JSON.stringify(params)} is ${name}`, async () => {
      const it = connected();
      const one = answered(it);
      before?.(it, one);
      it.show();
      await ask(it, 'CallControlRequest', { taskSid: sid('WT'), action, ...params });
      assert.deepEqual(it.invoked, [{ name, payload }]);
      if (effect) {
        assert.equal(answer(it), undefined);
        effect(it, one);
        await settle();
      }
      assert.equal(answer(it).result, null);
    });
    if (!effect) continue;
    test(`${action} without an effect is uncertain`, async () => {
      const it = connected();
      const one = answered(it);
      before?.(it, one);
      it.show();
      await ask(it, 'CallControlRequest', { taskSid: sid('WT'), action, ...params });
      await it.clock.advance(10000);
      assert.deepEqual(refusal(it), { reason: 'handler_timeout', detail: 'no_effect' });
    });
  }

  for (const [action, before] of [['unhold', () => {}], ['unmute', () => {}], ['hold', (it, one) => { customer(one).onHold = true; }], ['mute', (it) => { it.shown.activeCall.muted = true; }]]) {
    test(`${action} of a call that is so already does nothing`, async () => {
      const it = connected();
      const one = answered(it);
      before(it, one);
      it.show();
      await ask(it, 'CallControlRequest', { taskSid: sid('WT'), action });
      assert.deepEqual([it.invoked, answer(it).result], [[], null]);
    });
  }

  for (const [what, one] of [['rings', inbound()], ['is over', inbound({ status: 'wrapping' })], ['is no call', task({ taskChannelUniqueName: 'chat' })]]) {
    test(`of a task that ${what} touches no other call`, async () => {
      const it = connected();
      put(it, { ...one });
      for (const [index, action] of ['hangup', 'mute', 'dtmf'].entries()) {
        it.serverSays({ id: index + 1, method: 'CallControlRequest', params: { taskSid: sid('WT'), action, digits: '1', lifetimeMs: 10000 } });
        await settle();
        assert.deepEqual(refusal(it, index + 1), { reason: 'failed', detail: 'no_active_call' });
      }
      assert.deepEqual(it.invoked, []);
    });
  }

  test('hangs up while Flex is still dialling', async () => {
    const it = connected();
    const one = outbound();
    put(it, one);
    await ask(it, 'CallControlRequest', { taskSid: sid('WT'), action: 'hangup' });
    one.sourceObject = { canceledReasonCode: 45302 };
    move(it, one, 'taskCanceled', 'canceled');
    await settle();
    assert.deepEqual([it.invoked.length, answer(it).result], [1, null]);
  });

  for (const [action, pointer] of [['dtmf', '/digits'], ['transfer', '/targetSid']]) {
    test(`${action} says which member it misses`, async () => {
      const it = connected();
      answered(it);
      await ask(it, 'CallControlRequest', { taskSid: sid('WT'), action });
      assert.deepEqual([it.invoked, answer(it).error.code, refusal(it)], [[], -32602, { reason: 'missing_member', pointer }]);
    });
  }
});

describe('SetAgentRequest', () => {
  const lunch = { activitySid: sid('WA', 'b') };
  for (const [params, payload] of [
    [{ availability: 'busy' }, lunch], [{ availability: 'offline' }, { activitySid: sid('WA', '0') }], [{ activityName: 'Lunch' }, lunch],
    [{ activitySid: sid('WA', 'b') }, lunch],
  ]) {
    test(`${JSON.stringify(params)} is SetActivity ${payload.activitySid}, and done when the agent has it`, async () => {
      const it = connected();
      await ask(it, 'SetAgentRequest', params);
      assert.deepEqual(it.invoked, [{ name: 'SetActivity', payload }]);
      assert.equal(answer(it), undefined);
      it.manager.workerClient.activity = it.manager.workerClient.activities.get(payload.activitySid);
      it.event('workerActivityUpdated', it.manager.workerClient.activity);
      await settle();
      assert.equal(answer(it).result, null);
      assert.equal(told(it, 'AgentChanged').at(-1).activitySid, payload.activitySid);
    });
  }

  for (const params of [{ availability: 'available' }, { activityName: 'Available' }, { activitySid: sid('WA') }]) {
    test(`${JSON.stringify(params)} is so already`, async () => {
      const it = connected();
      await ask(it, 'SetAgentRequest', params);
      assert.deepEqual([it.invoked, answer(it).result], [[], null]);
    });
  }

  for (const params of [{ activityName: 'lunch' }, { activitySid: sid('WA', 'f') }]) {
    test(`${JSON.stringify(params)} does not exist`, async () => {
      const it = connected();
      await ask(it, 'SetAgentRequest', params);
      assert.deepEqual([it.invoked, refusal(it)], [[], { reason: 'failed', detail: 'activity_missing' }]);
    });
  }

  test('that Flex took and TaskRouter refused is uncertain', async () => {
    const it = connected();
    await ask(it, 'SetAgentRequest', { activityName: 'Lunch' });
    await it.clock.advance(10000);
    assert.deepEqual(refusal(it), { reason: 'handler_timeout', detail: 'no_effect' });
  });
});

describe('the settings for outgoing calls', () => {
  const flow = { enabled: true, location: 'ES', caller_id: '+14155550100', queue_sid: sid('WQ'), workflow_sid: sid('WW') };
  const settings = { enabled: true, location: 'ES', callerId: '+14155550100', queueSid: sid('WQ'), workflowSid: sid('WW') };
  const withFlow = (flows) => ({ before: ({ manager }) => { manager.serviceConfiguration.outbound_call_flows = flows; } });
  const begun = (flows) => {
    const it = make({}, withFlow(flows));
    connect(it);
    return it;
  };

  test('come with the Snapshot, and with each change of the agent', () => {
    const it = begun({ default: flow });
    assert.deepEqual(told(it, 'Snapshot')[0].agent.outbound, settings);
    it.event('workerActivityUpdated');
    assert.deepEqual(told(it, 'AgentChanged').map(({ outbound }) => outbound), [settings]);
  });

  test('are told again when Flex has others, and only then', () => {
    const it = begun({ default: flow });
    it.show();
    assert.deepEqual(told(it, 'AgentChanged'), []);
    it.manager.serviceConfiguration.outbound_call_flows = { default: { ...flow, caller_id: '' } };
    it.show();
    it.show();
    assert.deepEqual(told(it, 'AgentChanged').map(({ outbound }) => outbound.callerId), [undefined]);
  });

  for (const [what, flows, expected] of [
    ['nothing is said of them', undefined, undefined], ['there is no default flow', { other: flow }, undefined], ['it is null', { default: null }, undefined],
    ['nobody has set up anything', { default: {} }, { enabled: false }],
    ['everything is odd', { default: { enabled: 'true', location: 'es', caller_id: ['+1'.repeat(200)], queue_sid: 'WQ1', workflow_sid: 7 } }, { enabled: false }],
  ]) {
    test(`${what}: ${JSON.stringify(expected)}`, () => {
      const it = begun(flows);
      assert.deepEqual(told(it, 'Snapshot')[0].agent.outbound, expected);
      assert.deepEqual(it.warnings, []);
    });
  }
});

describe('the list of actions', () => {
  const requests = {
    StartOutboundCall: ['DialRequest', { destination: '+34911234567', dialId: 'd1' }],
    SelectTask: ['TaskControlRequest', { taskSid: sid('WT'), action: 'select' }],
    AcceptTask: ['TaskControlRequest', { taskSid: sid('WT'), action: 'accept' }],
    RejectTask: ['TaskControlRequest', { taskSid: sid('WT'), action: 'reject' }],
    WrapupTask: ['TaskControlRequest', { taskSid: sid('WT'), action: 'wrapup' }, task({ taskChannelUniqueName: 'chat' })],
    CompleteTask: ['TaskControlRequest', { taskSid: sid('WT'), action: 'complete' }],
    SetActivity: ['SetAgentRequest', { activityName: 'Lunch' }],
    HangupCall: ['CallControlRequest', { taskSid: sid('WT'), action: 'hangup' }],
    HoldCall: ['CallControlRequest', { taskSid: sid('WT'), action: 'hold' }],
    UnholdCall: ['CallControlRequest', { taskSid: sid('WT'), action: 'unhold' }],
    ToggleMute: ['CallControlRequest', { taskSid: sid('WT'), action: 'mute' }],
    SendDTMFDigits: ['CallControlRequest', { taskSid: sid('WT'), action: 'dtmf', digits: '1' }],
    TransferTask: ['CallControlRequest', { taskSid: sid('WT'), action: 'transfer', targetSid: sid('WK') }],
  };
  test('has a request for each', () => assert.deepEqual(Object.keys(requests), [...actionNames]));

  for (const [name, [method, params, one]] of Object.entries(requests)) {
    test(`without ${name}, ${method} is refused`, async () => {
      const it = connected({ actions: actionNames.filter((other) => other !== name) });
      if (one) put(it, { ...one });
      else answered(it);
      await ask(it, method, params);
      const claim = it.frames().find((frame) => frame.method === 'DialClaimRequest');
      if (claim) it.serverSays({ id: claim.id, result: { granted: true } });
      await settle();
      assert.deepEqual([it.invoked, refusal(it)], [[], { reason: 'failed', detail: 'action_not_allowed' }]);
    });
  }

  for (const [method, params] of [
    ['SetAgentRequest', { availability: 'available' }], ['CallControlRequest', { taskSid: sid('WT'), action: 'unhold' }],
    ['TaskControlRequest', { taskSid: sid('WT'), action: 'accept' }],
  ]) {
    test(`counts for a ${method} too that would have nothing to do`, async () => {
      const it = connected({ actions: [] });
      answered(it);
      await ask(it, method, params);
      assert.deepEqual(refusal(it), { reason: 'failed', detail: 'action_not_allowed' });
    });
  }

  test('may be empty; what the plugin never uses is left out with a warning', async () => {
    for (const [actions, warnings] of [[[], 0], [['Logout', 'SetWorkerAttributes'], 1]]) {
      const it = connected({ actions });
      await ask(it, 'SetAgentRequest', { activityName: 'Lunch' });
      assert.deepEqual([it.invoked, it.warnings.length, refusal(it).detail], [[], warnings, 'action_not_allowed']);
    }
  });

  test('covers every request that Flex gets', () => {
    const toFlex = Object.entries(messages).filter(([, row]) => row.from === 'crm').map(([method]) => method);
    assert.deepEqual(new Set(Object.values(requests).map(([method]) => method)), new Set(toFlex));
  });
});

test('nobody waits for an effect any more once it was seen, or its time is over', async () => {
  const it = fakeFlex();
  const clock = new ManualClock();
  const state = new FlexState(it.flex, it.manager, clock);
  let looks = 0;
  let isSo = false;
  const look = () => { looks++; return isSo; };
  const first = state.until(look, 1000);
  const second = state.until(look, 500);
  await clock.advance(500);
  assert.equal(await second, false);
  isSo = true;
  it.show();
  assert.deepEqual([await first, looks, clock.pending], [true, 3, 0]);
  it.show();
  assert.equal(looks, 3);
});

describe('what Flex refuses', () => {
  for (const [action, said, reason, detail] of [
    ['AcceptTask', 'reservation for task not found', 'failed', 'task_missing'], ['CompleteTask', 'Could not complete reservation', 'failed', 'cannot_complete'],
    ['HangupCall', 'no task in payload', 'failed', 'task_missing'], ['AcceptTask', 'reservation is not in pending state', 'failed', 'not_pending'],
    ['WrapupTask', 'reservation is not in accepted state', 'failed', 'not_accepted'], ['CompleteTask', 'reservation is in completed state', 'failed', 'completed'],
    ['AcceptTask', 'could not accept call', 'failed', 'cannot_accept'], ['AcceptTask', 'voice call already live', 'agent_busy', '48427'],
    ['RejectTask', 'Could not reject reservation', 'failed', 'cannot_reject'], ['TransferTask', 'cannot transfer task', 'failed', 'cannot_transfer'],
    ['HoldCall', 'cannot hold call', 'failed', 'cannot_hold'], ['HoldCall', 'error holding call action', 'failed', 'cannot_hold'],
    ['UnholdCall', 'cannot unhold call', 'failed', 'cannot_unhold'], ['UnholdCall', 'error unholding call action', 'failed', 'cannot_unhold'],
    ['HangupCall', 'no active call', 'failed', 'no_active_call'], ['ToggleMute', 'cannot call mute with no live call', 'failed', 'no_active_call'],
    ['SendDTMFDigits', 'cannot send digits to a non live call', 'failed', 'no_active_call'], ['SetActivity', 'could not set activity', 'failed', 'cannot_set_activity'],
    ['AcceptTask', 'browser voice disabled', 'no_audio', 'voice_disabled'], ['AcceptTask', 'Action is pending', 'failed', 'action_pending'],
    ['StartOutboundCall', 'Action is pending', 'agent_busy', 'dial_pending'], ['AcceptTask', 'Action AcceptTask cancelled by before event', 'failed', 'action_cancelled'],
  ]) {
    test(`${action}: ${said}`, () => assert.deepEqual(refusalOf(new Error(said), action), { reason, detail }));
  }

  test('the wrapped error knows more', () => {
    const wrap = (wrappedError, message = 'task could not be created') => Object.assign(new Error(message), { content: { wrappedError } });
    assert.deepEqual(refusalOf(wrap({ code: 21210 })), { reason: 'misconfigured', detail: '21210' });
    assert.deepEqual(refusalOf(wrap(new Error('The RoutingTarget Worker is not valid for …'))), { reason: 'misconfigured', detail: '48430' });
    assert.deepEqual(refusalOf(wrap(new Error('something'))), { reason: 'misconfigured', detail: '48423' });
    assert.deepEqual(refusalOf(wrap(null, 'something')), { reason: 'failed', detail: 'unknown_error' });
  });

  test('reaches the CRM, without Flex\'s own words', async () => {
    const it = connected();
    put(it, inbound());
    it.flex.Actions.perform = async () => { throw new Error('reservation is not in pending state +34911234567'); };
    await ask(it, 'TaskControlRequest', { taskSid: sid('WT'), action: 'accept' });
    assert.deepEqual(refusal(it), { reason: 'failed', detail: 'not_pending' });
    assert.doesNotMatch(JSON.stringify(answer(it)), /3491/);
  });
});

describe('the plugin\'s own requests', () => {
  const last = (it) => it.frames().at(-1);

  test('look up a contact, open a record', async () => {
    const it = connected();
    const found = it.plugin.crm.lookUp({ phone: '+34600000001', limit: 3 });
    assert.deepEqual([last(it).method, last(it).params], ['ContactLookupRequest', { phone: '+34600000001', limit: 3 }]);
    it.serverSays({ id: last(it).id, result: { matches: [{ id: 'C-1', name: 'Eva' }] } });
    assert.deepEqual(await found, { result: { matches: [{ id: 'C-1', name: 'Eva' }] } });
    const opened = it.plugin.crm.openRecord({ id: 'C-1', type: 'contact' }, { taskSid: sid('WT') });
    assert.deepEqual([last(it).method, last(it).params], ['OpenRecordRequest', { record: { id: 'C-1', type: 'contact' }, taskSid: sid('WT'), lifetimeMs: 10000 }]);
    it.serverSays({ id: last(it).id, error: { code: -32020, message: 'x', data: { reason: 'failed' } } });
    assert.equal((await opened).error.reason, 'failed');
  });

  test('log an activity, with what is known of the task and an ever greater revision', () => {
    const it = connected();
    answered(it);
    const revisions = ['first', 'second', 'third'].map((notes, index) => {
      it.plugin.crm.logActivity({ taskSid: sid('WT'), notes, ...(index === 2 && { direction: 'outbound', lifetimeMs: 2000 }) });
      return last(it).params;
    });
    const { revision, ...first } = revisions[0];
    assert.deepEqual(first, {
      taskSid: sid('WT'), channel: 'voice', direction: 'inbound', from: '+34600000001', to: '+14155550100', notes: 'first', lifetimeMs: 10000,
    });
    assert.deepEqual(revisions.map((one) => one.revision), [revision, revision + 1, revision + 2]);
    assert.ok(revision >= it.clock.wall);
    assert.deepEqual([revisions[2].direction, revisions[2].lifetimeMs], ['outbound', 2000]);
  });

  test('are refused without anybody to ask, and where they say nothing', async () => {
    for (const it of [make({ crmOrigins: [] }), make({ bare: true })]) {
      assert.equal((await it.plugin.crm.openRecord({ id: 'C-1' })).error.reason, 'not_connected');
    }
    const it = connected();
    assert.equal((await it.plugin.crm.lookUp({})).error.reason, 'not_exactly_one');
  });
});
