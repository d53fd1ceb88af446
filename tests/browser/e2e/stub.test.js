// The Flex stub keeps the promises that plugins build on: see its README.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, launch} from './support/desk.js';

let crm, browser;
before(async () => { [crm, browser] = await Promise.all([Crm.start(), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

/** Runs a function inside Flex. */
async function inFlex(run) {
  const desk = await Desk.open(browser, crm.url);
  try {
    return await (await desk.flexWindow()).evaluate(run);
  } finally {
    await desk.close();
  }
}

test('actions fail with the sentences of Flex', async () => {
  const said = await inFlex(async () => {
    const {Actions} = flexStub;
    const words = (name, payload) => Actions.invokeAction(name, payload).then(() => 'done', error => error.message);
    const dial = destination => words('StartOutboundCall', {destination});
    const pending = Promise.all([dial('+34600000017'), dial('+34600000017'), dial('+34600000018')]);
    return {
      unknown: await words('NoSuchAction'),
      empty: await dial(''),
      missing: await dial(undefined),
      client: await dial('client:bob'),
      notText: await dial(42),
      pending: await pending,
      live: await dial('+34600000019'),
      calls: flexStub.calls.length,
    };
  });
  assert.equal(said.unknown, 'Action does not exist');
  assert.deepEqual(said.pending, ['done', 'Action is pending', 'outbound call action already pending']);
  assert.match(said.live, /voice call already live|pending inbound call/);
  assert.equal(said.calls, 1);
});

test('a destination that is none is refused', async () => {
  const said = await inFlex(() => Promise.all(['', undefined, 'client:bob', 42].map(destination =>
    flexStub.Actions.invokeAction('StartOutboundCall', {destination}).then(() => 'done', error => error.message))));
  assert.deepEqual(said.slice(0, 3), ['invalid destination', 'missing destination', 'invalid destination']);
  assert.notEqual(said[3], 'done');
});

test('listeners get the payload before and after, may abort, and actions can be replaced', async () => {
  const seen = await inFlex(async () => {
    const {Actions} = flexStub;
    const seen = [];
    Actions.registerAction('Greet', async ({name}) => { seen.push(`hello ${name}`); return 'result'; });
    const before = ({name}, abort) => { seen.push(`before ${name}`); if (name === 'nobody') abort(); };
    Actions.addListener('beforeGreet', before);
    Actions.addListener('afterGreet', payload => seen.push(`after ${JSON.stringify(payload)}`));
    seen.push(await Actions.invokeAction('Greet', {name: 'Ana'}));
    seen.push(await Actions.invokeAction('Greet', {name: 'nobody'}).catch(error => error.message));
    Actions.removeListener('beforeGreet', before);
    Actions.replaceAction('Greet', (payload, original) => original({name: `dear ${payload.name}`}));
    await Actions.invokeAction('Greet', {name: 'Ana'});
    return seen;
  });
  assert.deepEqual(seen, ['before Ana', 'hello Ana', 'after {"name":"Ana"}', 'result', 'before nobody',
    'Action Greet cancelled by before event', 'hello dear Ana', 'after {"name":"Ana"}']);
});

test('an incoming task lives as one in Flex does', async () => {
  const seen = await inFlex(async () => {
    const {Actions, manager, simulateInbound} = flexStub;
    const seen = [];
    for (const name of ['taskReceived', 'taskAccepted', 'taskWrapup', 'taskCompleted', 'taskRejected', 'taskCanceled']) {
      manager.events.addListener(name, task => seen.push(`${name} ${task.status}`));
    }
    manager.workerClient.on('reservationCreated', reservation => {
      seen.push('reservationCreated');
      reservation.on('completed', () => seen.push('reservation completed'));
    });
    Actions.addListener('afterSelectTask', ({task, sid}) => seen.push(task ? `select ${task.sid === sid}` : `select ${task}`));
    const task = simulateInbound({number: '+34600000017', customerId: 'C-1001'});
    const shape = {sid: task.sid, taskSid: task.taskSid, channel: task.taskChannelUniqueName, keys: Object.keys(task.attributes).length, from: task.attributes.from};
    await Actions.invokeAction('AcceptTask', {sid: task.sid});
    await Actions.invokeAction('HangupCall', {sid: task.sid});
    await Actions.invokeAction('CompleteTask', {sid: task.sid});
    await Actions.invokeAction('RejectTask', {sid: simulateInbound({number: ''}).sid});
    return {seen, shape, late: await Actions.invokeAction('CompleteTask', {task}).catch(error => error.message)};
  });
  assert.deepEqual(seen.seen, ['reservationCreated', 'taskReceived pending', 'taskAccepted accepted', 'select true', 'taskWrapup wrapping',
    'taskCompleted completed', 'reservation completed', 'select null', 'reservationCreated', 'taskReceived pending', 'taskRejected rejected']);
  assert.match(seen.shape.sid, /^WR[0-9a-f]{32}$/);
  assert.match(seen.shape.taskSid, /^WT[0-9a-f]{32}$/);
  assert.equal(seen.shape.channel, 'voice');
  assert.equal(seen.shape.from, '+34600000017');
  assert.ok(seen.shape.keys >= 25);
  assert.equal(seen.late, 'reservation is in completed state');
});

test('an outgoing task carries what Flex forces on it and is accepted and selected by itself', async () => {
  const {attributes, resolved, selected, status} = await inFlex(async () => {
    const selection = new Promise(resolve => flexStub.Actions.addListener('afterSelectTask', resolve));
    const resolved = await flexStub.Actions.invokeAction('StartOutboundCall', {
      destination: '+34600000017', taskAttributes: {direction: 'inbound', from: 'x', outbound_to: 'y', case: 7},
    });
    await selection;
    const [task] = flexStub.view.tasks;
    return {attributes: task.attributes, resolved: String(resolved), selected: flexStub.view.selectedSid === task.sid, status: task.status};
  });
  const {direction, from, outbound_to: to, case: kept, call_sid: callSid} = attributes;
  assert.deepEqual({direction, from, to, kept, callSid}, {direction: 'outbound', from: '+14155550100', to: '+34600000017', kept: 7, callSid: undefined});
  assert.deepEqual({resolved, selected, status}, {resolved: 'undefined', selected: true, status: 'accepted'});
});
