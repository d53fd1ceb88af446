import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusalOf } from '../../../src/browser/refusals.js';
import { connect, connected, crm, make, task } from './plugin_support.js';
import { FakeWindow, helloFrame, noise, resumedFrame, settle, sid } from './support.js';

describe('framed', () => {
  test('hides the panel and says ready to each listed origin until it is heard', async () => {
    const it = make({ crmOrigins: [crm, 'https://crm.example.com', '*', 'https://crm.example.com/'] });
    assert.equal(it.flex.AgentDesktopView.defaultProps.showPanel2, false);
    assert.deepEqual(it.parent.posted, [crm, 'https://crm.example.com'].map((targetOrigin) =>
      ({ data: { flexcrm: 1, instance: it.instance, ready: true }, targetOrigin })));
    assert.equal(it.warnings.length, 1);
    await it.clock.advance(1000);
    assert.equal(it.parent.posted.length, 6);
    connect(it);
    const said = it.parent.posted.filter(({ data }) => data.ready).length;
    await it.clock.advance(5000);
    assert.equal(it.parent.posted.filter(({ data }) => data.ready).length, said);
    assert.ok(it.parent.posted.filter(({ data }) => data.frame).every(({ targetOrigin }) => targetOrigin === crm));
  });

  test('says Hello as the page says it is, then everything that is so', () => {
    const it = connected();
    const [hello, whole] = it.frames();
    assert.deepEqual([hello.params.role, hello.params.agent, hello.params.token, hello.params.instance], ['flex', 'ana', 'secret', it.instance]);
    assert.deepEqual([whole.method, whole.params], ['Snapshot', {
      agent: { availability: 'available', connected: true, activityName: 'Available', activitySid: sid('WA'), name: 'Ana' }, reset: false,
    }]);
    assert.equal(it.frames().length, 2);
  });

  test('asks again when the page\'s socket closed', async () => {
    const it = connected();
    it.say({ flexcrm: 1, instance: it.instance, closed: true, code: 1006 });
    const before = it.parent.posted.length;
    await it.clock.advance(1);
    assert.equal(it.parent.posted[before].data.ready, true);
    connect(it);
    assert.equal(it.frames().filter(({ method }) => method === 'Hello').length, 2);
  });

  test('has the page close the socket when the session is over', async () => {
    const it = connected();
    await it.clock.advance(25000);
    assert.deepEqual(it.parent.posted.filter(({ data }) => data.close).map(({ data }) => data.code), [4408]);
  });

  test('does nothing without anybody to talk to', () => {
    const it = make({ crmOrigins: [] });
    assert.equal(it.plugin.endpoint, undefined);
    it.action('afterSelectTask', { task: task() });
    assert.deepEqual(it.parent.posted, []);
  });
});

describe('in a tab of its own', () => {
  test('it opens the WebSocket itself and leaves the panel alone', () => {
    const it = make({ serverUrl: 'wss://crm.example.com/flexcrm', token: 't' }, { framed: false });
    assert.equal(it.flex.AgentDesktopView.defaultProps.showPanel2, true);
    it.sockets.last.accept();
    it.sockets.last.say(helloFrame);
    const [hello, whole] = it.sockets.last.sent.map((text) => JSON.parse(text));
    assert.deepEqual([hello.params.agent, hello.params.token, whole.method], ['ana', 't', 'Snapshot']);
    assert.equal(it.sockets.last.url, 'wss://crm.example.com/flexcrm');
  });

  test('without a server it stays quiet', () => {
    const it = make({}, { framed: false });
    assert.equal(it.plugin.endpoint, undefined);
    assert.equal(it.sockets.made.length, 0);
  });
});

describe('the selection', () => {
  const news = (it) => it.frames().filter(({ method }) => /^Task(Selected|Deselected)$/.test(method));
  const wholes = (it) => it.frames().filter(({ method }) => method === 'Snapshot').map(({ params }) => params);

  test('is told with everything the protocol knows of it', () => {
    const it = connected();
    it.action('afterSelectTask', { task: task({ status: 'pending' }) });
    assert.deepEqual(news(it).map(({ method, params }) => [method, params]), [['TaskSelected', {
      attributes: { name: 'Eva', direction: 'inbound' }, taskSid: sid('WT'), reservationSid: sid('WR'), channel: 'voice', direction: 'inbound',
      status: 'offered', queueName: 'Everyone', cause: 'agent',
    }]]);
  });

  for (const payload of [{ task: null }, {}, undefined, { task: undefined }]) {
    test(`is gone with ${JSON.stringify(payload)}`, () => {
      const it = connected();
      it.action('afterSelectTask', { task: task() });
      it.action('afterSelectTask', payload);
      it.action('afterSelectTask', payload);
      assert.deepEqual(news(it).map(({ method }) => method), ['TaskSelected', 'TaskDeselected']);
      assert.deepEqual(news(it)[1].params, { taskSid: sid('WT'), reservationSid: sid('WR') });
    });
  }

  test('is gone when its task is, and Flex need not say it again', () => {
    for (const event of ['taskCompleted', 'taskCanceled', 'taskRescinded']) {
      const it = connected();
      it.action('afterSelectTask', { task: task() });
      it.event(event, task({ sid: sid('WR', 'b') }));
      assert.equal(news(it).length, 1);
      it.event(event, task());
      it.action('afterSelectTask', { task: null });
      assert.deepEqual(news(it).map(({ method }) => method), ['TaskSelected', 'TaskDeselected']);
    }
  });

  test('is told to a new session as a whole; so is that there is none any more', async () => {
    const it = make();
    it.action('afterSelectTask', { task: task() });
    assert.deepEqual(it.warnings, []);
    connect(it);
    assert.deepEqual(wholes(it).map(({ selected, reset }) => [selected?.taskSid, selected?.cause, reset]), [[sid('WT'), 'resync', false]]);
    it.say({ flexcrm: 1, instance: it.instance, closed: true });
    it.action('afterSelectTask', { task: null });
    await it.clock.advance(1);
    connect(it);
    assert.deepEqual([wholes(it)[1].selected, wholes(it)[1].reset], [undefined, true]);
    assert.deepEqual(news(it), []);
  });

  test('changes while the connection is lost, and is told once by a session that goes on', async () => {
    const it = connected();
    it.action('afterSelectTask', { task: task() });
    it.serverSays({ id: 1, result: null });
    it.serverSays({ id: 2, result: null });
    it.say({ flexcrm: 1, instance: it.instance, closed: true });
    const before = it.frames().length;
    it.action('afterSelectTask', { task: null });
    it.action('afterSelectTask', { task: task({ sid: sid('WR', 'b') }) });
    await it.clock.advance(1);
    connect(it, resumedFrame);
    assert.deepEqual(it.frames().slice(before).map(({ id, method, params }) => [id, method, params.cause]), [
      ['hello', 'Hello', undefined], [3, 'TaskSelected', 'agent']]);
    assert.deepEqual(it.warnings, []);
    it.say({ flexcrm: 1, instance: it.instance, closed: true });
    const lost = it.frames().length;
    await it.clock.advance(1);
    connect(it);
    assert.deepEqual(it.frames().slice(lost).map(({ id, method, params }) => [id, method, params.cause]), [
      ['hello', 'Hello', undefined], [1, 'Snapshot', undefined]]);
    assert.equal(wholes(it).at(-1).selected.cause, 'resync');
  });

  test('that cannot be told is a warning without its contents', () => {
    const it = connected();
    it.action('afterSelectTask', { task: task({ taskSid: 'WT34911234567' }) });
    assert.equal(news(it).length, 0);
    assert.deepEqual(it.warnings, ['flexcrm: invalid_sid /taskSid']);
  });
});

describe('the agent', () => {
  for (const [activity, availability] of [
    [{ name: 'Available', available: true, sid: sid('WA') }, 'available'], [{ name: 'Lunch', available: false, sid: sid('WA') }, 'busy'],
    [{ name: 'Offline', available: false, sid: sid('WA') }, 'offline'], [{ name: 'Ausente', available: false, sid: sid('WA', '0') }, 'offline'],
  ]) {
    test(`with ${activity.name} is ${availability}`, () => {
      const it = connected();
      it.event('workerActivityUpdated', activity);
      assert.equal(it.frames().at(-1).params.availability, availability);
      it.manager.workerClient.activity = activity;
      it.event('workerActivityUpdated');
      assert.equal(it.frames().at(-1).params.availability, availability);
    });
  }
});

describe('a dial', () => {
  const dialParams = { destination: '+34911234567', dialId: 'd1', lifetimeMs: 10000 };

  /** Asked for and granted; the answer is what the CRM gets. */
  async function ask(it, params = {}, id = 1) {
    it.serverSays({ id, method: 'DialRequest', params: { ...dialParams, ...params } });
    const claim = it.frames().at(-1);
    assert.equal(claim.method, 'DialClaimRequest');
    it.serverSays({ id: claim.id, result: { granted: true } });
    await settle();
  }
  const answer = (it) => it.frames().find(({ id, method }) => id === 1 && !method);
  const outbound = (more = {}) => task({ attributes: { direction: 'outbound', outbound_to: '+34911234567', ...more } });

  test('is Flex\'s action with the dialId in its attributes, and its task the answer', async () => {
    const it = connected();
    it.flex.Actions.perform = async ({ taskAttributes }) => it.event('taskReceived', outbound(taskAttributes));
    await ask(it, { callerId: '+34900000000', queueSid: sid('WQ'), taskAttributes: { case_id: 7 } });
    assert.deepEqual(it.invoked, [{ name: 'StartOutboundCall', payload: {
      destination: '+34911234567', callerId: '+34900000000', queueSid: sid('WQ'), taskAttributes: { case_id: 7, flexcrm_dial_id: 'd1' },
    } }]);
    assert.deepEqual(answer(it).result, { destination: '+34911234567', taskSid: sid('WT'), reservationSid: sid('WR') });
  });

  test('finds its task among reservations too, after the action', async () => {
    const it = connected();
    await ask(it);
    assert.equal(answer(it), undefined);
    await it.clock.advance(2000);
    it.reservation('reservationCreated', { sid: sid('WR', 'c'), task: { sid: sid('WT', 'c'), attributes: { flexcrm_dial_id: 'd1' } } });
    await settle();
    assert.deepEqual(answer(it).result, { destination: '+34911234567', taskSid: sid('WT', 'c'), reservationSid: sid('WR', 'c') });
  });

  test('takes a lone new call to the number, told twice, for its own', async () => {
    const it = connected();
    await ask(it);
    it.event('taskReceived', outbound());
    it.reservation('reservationCreated', { sid: sid('WR'), task: { sid: sid('WT'), attributes: outbound().attributes } });
    await it.clock.advance(2999);
    assert.equal(answer(it), undefined);
    await it.clock.advance(1);
    assert.equal(answer(it).result.taskSid, sid('WT'));
  });

  test('takes neither of two, nor another number, nor another dial\'s', async () => {
    for (const tasks of [
      [], [outbound(), { ...outbound(), sid: sid('WR', 'b') }], [outbound({ outbound_to: '+34900000000' })], [outbound({ flexcrm_dial_id: 'd0' })],
      [outbound({ direction: 'inbound' })], [task({ attributes: null })], [null],
    ]) {
      const it = connected();
      await ask(it);
      for (const one of tasks) it.event('taskReceived', one);
      await it.clock.advance(3000);
      assert.deepEqual([answer(it).error.code, answer(it).error.data], [-32020, { reason: 'failed', detail: 'no_task' }]);
    }
  });

  test('refused by Flex says why', async () => {
    const it = connected();
    it.flex.Actions.perform = async () => { throw new Error('Outbound calling disabled'); };
    await ask(it);
    assert.deepEqual([answer(it).error.code, answer(it).error.data], [-32016, { reason: 'outbound_disabled', detail: '48425' }]);
  });

  test('held up until its time was over is aborted at the last moment', async () => {
    const it = connected();
    const invoke = it.flex.Actions.invokeAction;
    it.flex.Actions.invokeAction = async function late(...args) {
      it.clock.steady += 2001;
      return invoke.apply(this, args);
    };
    let performed = 0;
    it.flex.Actions.perform = async () => { performed++; };
    await ask(it);
    assert.equal(performed, 0);
    assert.equal(answer(it).error.data.reason, 'expired');
  });

  test('leaves other calls of the agent alone', async () => {
    const it = connected();
    it.clock.steady += 100000;
    let performed = 0;
    it.flex.Actions.perform = async () => { performed++; };
    await it.flex.Actions.invokeAction('StartOutboundCall', { destination: '+34900000000' });
    assert.equal(performed, 1);
  });

  test('cancelled by another plugin is a failure', async () => {
    const it = connected();
    it.flex.Actions.addListener('beforeStartOutboundCall', (_payload, abort) => abort());
    await ask(it);
    assert.deepEqual(answer(it).error.data, { reason: 'failed', detail: 'action_cancelled' });
  });

  test('is one at a time', async () => {
    const it = connected();
    it.flex.Actions.perform = () => new Promise(() => {});
    await ask(it);
    it.serverSays({ id: 2, method: 'DialRequest', params: { ...dialParams, dialId: 'd2' } });
    assert.equal(it.frames().at(-1).error.data.reason, 'agent_busy');
    assert.equal(it.invoked.length, 1);
  });
});

describe('Flex\'s refusals', () => {
  for (const [said, reason, detail] of [
    ["missing 'from' argument", 'misconfigured', '48421'], ['missing queue', 'misconfigured', '48422'], ['task could not be created', 'misconfigured', '48423'],
    ['cannot do outbound calls when offline', 'agent_offline', '48424'], ['voice call already live', 'agent_busy', '48427'],
    ['outbound call action already pending', 'agent_busy', 'dial_pending'], ['Action is pending', 'agent_busy', 'dial_pending'],
    ['cannot do outbound calls with a pending inbound call', 'inbound_pending', '48426'], ['invalid destination', 'destination_refused', '48902'],
    ['The RoutingTarget Worker is not valid for the given TaskQueueSid', 'misconfigured', '48430'], ['Action does not exist', 'failed', 'action_missing'],
    ['Action is blocked', 'failed', 'action_blocked'], ['something with +34911234567', 'failed', 'unknown_error'],
  ]) {
    test(said, () => {
      assert.deepEqual(refusalOf(new Error(said)), { reason, detail });
      assert.deepEqual(refusalOf(said), { reason, detail });
    });
  }
  for (const [code, reason] of [[48425, 'outbound_disabled'], [48428, 'no_audio'], [21215, 'destination_not_allowed'], [13223, 'destination_refused'], [21210, 'misconfigured'], [48429, 'handler_timeout'], [48999, 'failed']]) {
    test(`code ${code}`, () => assert.deepEqual(refusalOf({ code }), { reason, detail: String(code) }));
  }
  test('anything at all', () => {
    for (const odd of [undefined, null, 7, {}, [], Symbol.iterator.description]) assert.deepEqual(refusalOf(odd), { reason: 'failed', detail: 'unknown_error' });
  });
});

describe('the plugin is not fooled', () => {
  const forgeries = (it) => [
    { flexcrm: 1, instance: it.instance, open: { agent: 'mallory' } },
    { flexcrm: 1, instance: it.instance, frame: helloFrame },
    { flexcrm: 1, instance: it.instance, frame: '{"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"+34911234567","dialId":"d","lifetimeMs":10000}}' },
    { flexcrm: 1, instance: it.instance, frame: '{"jsonrpc":"2.0","id":1,"result":{"granted":true}}' },
  ];

  test('by noise, before and after it is connected', async () => {
    for (const it of [make(), connected()]) {
      const before = it.frames().length;
      for (const data of noise) it.say(data);
      await settle();
      assert.deepEqual(it.invoked, []);
      assert.equal(it.frames().length, before);
    }
  });

  test('by other origins, windows and instances', async () => {
    for (const event of [{ origin: 'http://localhost:3001' }, { origin: 'null' }, { origin: 'http://localhost:3000.evil.test' }, { source: new FakeWindow(crm) }, { source: null }, { source: undefined }]) {
      for (const it of [make(), connected()]) {
        const before = it.frames().length;
        for (const data of forgeries(it)) it.say(data, event);
        await settle();
        assert.deepEqual(it.invoked, []);
        assert.equal(it.frames().length, before);
      }
    }
    const it = make();
    for (const data of forgeries(it)) it.say({ ...data, instance: 'other' });
    assert.equal(it.plugin.pipe.counters.otherInstance, 4);
  });

  test('by a second listed origin once a first one holds the pipe', () => {
    const it = make({ crmOrigins: [crm, 'https://crm.example.com'] });
    connect(it);
    it.say({ flexcrm: 1, instance: it.instance, frame: 'x' }, { origin: 'https://crm.example.com' });
    it.say({ flexcrm: 1, instance: it.instance, closed: true }, { origin: 'https://crm.example.com' });
    assert.equal(it.plugin.endpoint.state, 'open');
    assert.equal(it.plugin.pipe.counters.unexpected, 2);
  });
});

describe('bare', () => {
  test('posts attributes and dials numbers, with exact targets and senders', async () => {
    const it = make({ bare: true });
    it.action('afterSelectTask', { task: task({ attributes: { a: 1, f() {} } }) });
    it.action('afterSelectTask', { task: null });
    assert.deepEqual(it.parent.posted, [{ data: { a: 1 }, targetOrigin: crm }]);
    for (const data of noise) if (data !== '+34911234567') it.say(data);
    it.say('+34911234567', { origin: 'http://localhost:3001' });
    it.say('+34911234567', { source: it.window });
    await settle();
    assert.deepEqual(it.invoked, []);
    it.say('+34911234567');
    await settle();
    assert.deepEqual([it.invoked.length, it.invoked[0].payload.destination], [1, '+34911234567']);
    it.plugin.stop();
    it.say('+34911234568');
    assert.equal(it.invoked.length, 1);
  });
});
