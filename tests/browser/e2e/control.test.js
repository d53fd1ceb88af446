// A CRM page works Flex from outside, through the server: what it asks happens there, and it hears what happens.
import assert from 'node:assert/strict';
import {after, before, test} from './support/bounded.js';
import {Crm} from './support/crm.js';
import {Desk, eventually, launch} from './support/desk.js';

let crm, browser, desk, flex;
before(async () => { [crm, browser] = await Promise.all([Crm.start(), launch()]); });
after(async () => { await browser?.close(); await crm?.kill(); });

/** Another CRM endpoint in the page, which keeps what it hears as `window.news` and opens records. */
async function listen() {
  await desk.page.evaluate(async () => {
    const [{Endpoint}, {SocketTransport}] = await Promise.all([import('/flexcrm/js/endpoint.js'), import('/flexcrm/js/socket.js')]);
    const {agent} = await (await fetch('/api/config')).json();
    const token = async () => (await (await fetch('/api/ticket', {
      method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({role: 'crm'}),
    })).json()).token;
    const transport = new SocketTransport({url: `ws://${location.host}/flexcrm`});
    window.news = [];
    window.crm = new Endpoint({transport, role: 'crm', agent, token});
    for (const method of ['Snapshot', 'AgentChanged', 'TaskChanged', 'CallChanged']) window.crm.on(method, params => void window.news.push({method, ...params}));
    window.crm.on('OpenRecordRequest', ({record}) => { window.opened = record; });
    window.crm.start();
  });
  await heard('Snapshot');
}

/** Everything of one kind that was heard, once there is something that fits. */
async function heard(method, fits = () => true) {
  const {found} = await eventually(async () => {
    const found = (await desk.page.evaluate(() => window.news)).filter(one => one.method === method);
    return found.some(fits) ? {found} : {found, wait: true};
  });
  assert.ok(found.some(fits), `${method}: ${JSON.stringify(found)}`);
  return found;
}

const ask = (method, params) => desk.page.evaluate(async ([method, params]) => {
  const {result, error} = await window.crm.request(method, {lifetimeMs: 10000, ...params});
  return error ? `${error.reason} ${error.detail}` : result;
}, [method, params]);

async function onDesk(run) {
  desk = await Desk.open(browser, crm.url);
  try {
    flex = await desk.flexWindow();
    await listen();
    await run();
    assert.deepEqual(desk.errors, []);
  } finally {
    await desk.close();
  }
}

test('the CRM takes, holds, mutes and ends a call, and hears each step', () => onDesk(async () => {
  const taskSid = await flex.evaluate(() => flexStub.simulateInbound({number: '+34600000017'}).taskSid);
  await heard('TaskChanged', ({status}) => status === 'offered');
  for (const action of ['accept', 'select']) assert.equal(await ask('TaskControlRequest', {taskSid, action}), null);
  await desk.shows('#name', 'Ana Torres');
  for (const action of ['hold', 'unhold', 'mute', 'mute', 'unmute', 'hangup']) assert.equal(await ask('CallControlRequest', {taskSid, action}), null, action);
  assert.equal(await ask('CallControlRequest', {taskSid, action: 'hold'}), 'failed no_active_call');
  assert.equal(await ask('TaskControlRequest', {taskSid, action: 'complete'}), null);
  const tasks = await heard('TaskChanged', ({status}) => status === 'completed');
  assert.deepEqual(tasks.map(({status}) => status), ['offered', 'accepted', 'wrapup', 'completed']);
  const calls = await heard('CallChanged', ({state}) => state === 'ended');
  assert.deepEqual(calls.map(({state, muted}) => [state, muted === true]), [
    ['ringing', false], ['connected', false], ['held', false], ['connected', false], ['connected', true], ['connected', false], ['ended', false]]);
  await desk.shows('#name', '');
}));

test('why a call failed after it was placed arrives with the click that asked for it', () => onDesk(async () => {
  const {dialId, outcome} = await desk.page.evaluate(() => window.crm.dial({destination: '+34911234567'}));
  assert.equal(outcome, 'placed');
  await flex.waitForFunction(() => flexStub.view.selectedSid !== null);
  await flex.evaluate(() => flexStub.callFails(flexStub.view.tasks[0].sid, 45303));
  const end = (await heard('CallChanged', ({state}) => state === 'ended')).at(-1);
  assert.deepEqual([end.dialId, end.cause, end.causeCode], [dialId, 'failed', 45303]);
}));

test('the CRM changes the activity', () => onDesk(async () => {
  assert.equal(await ask('SetAgentRequest', {activityName: 'Break'}), null);
  await heard('AgentChanged', ({availability, activityName}) => availability === 'busy' && activityName === 'Break');
  assert.equal(await ask('SetAgentRequest', {availability: 'available'}), null);
  await desk.connected();
}));

test('an endpoint that comes later gets the whole', () => onDesk(async () => {
  await desk.takeCall({number: '+34600000017', customerId: 'C-1001'});
  await desk.page.evaluate(() => window.crm.stop('logout'));
  await listen();
  const [{agent, tasks, calls, selected}] = await heard('Snapshot');
  assert.deepEqual([agent.availability, tasks.map(({status}) => status), calls.map(({state}) => state), selected.attributes.customer_id], [
    'available', ['accepted'], ['connected'], 'C-1001']);
}));

test('Flex asks the CRM who it is, to open a record and to log the call', () => onDesk(async () => {
  await desk.takeCall({number: '+34600000017'});
  // The endpoint where a person did something last is asked.
  assert.equal(await ask('SetAgentRequest', {availability: 'available'}), null);
  const {taskSid, answers} = await flex.evaluate(async () => {
    const {crm} = flexStub.plugin.flexcrm;
    const [{taskSid}] = flexStub.view.tasks;
    return {
      taskSid,
      answers: [await crm.lookUp({phone: '+34600000017'}), await crm.openRecord({id: 'C-1'}), await crm.logActivity({taskSid, notes: 'bought'})],
    };
  });
  assert.deepEqual(answers, [
    {result: {matches: [{id: 'C-1001', name: 'Ana Torres', phones: ['+34600000017'], url: '/crm.html#contact=C-1001'}]}}, {result: null}, {result: null}]);
  const [opened, {call}] = await desk.page.evaluate(async sid => [window.opened, await (await fetch(`/api/calls/${sid}`)).json()], taskSid);
  assert.deepEqual([opened, call.notes, call.number, call.direction, call.contactName, call.outcome], [
    {id: 'C-1'}, 'bought', '+34600000017', 'inbound', 'Ana Torres', 'live']);
}));
