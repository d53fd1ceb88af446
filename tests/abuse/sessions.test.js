// Frames that are whole and say what they must not.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { attack, attacks } from './attack.js';
import { Peer } from './attacker.js';
import { attackersNumber, marker } from './target.js';

/** @typedef {import('./target.js').Target} Target */

const hello = { role: 'crm', protocolMin: 1, protocolMax: 1, agent: 'agent-0', instance: marker };
/** @param {string} attributes the text of an object */
const selected = (attributes, id = '1') => `{"jsonrpc":"2.0","id":${id},"method":"TaskSelected","params":{"attributes":${attributes}}}`;
/** So deep, counted from the frame itself. @param {number} depth */
const nested = (depth) => selected(`{"x":${'['.repeat(depth - 3)}${']'.repeat(depth - 3)}}`);
/** A frame of so many members. @param {number} members */
const wide = (members) => selected(`{${Array.from({ length: members - 5 }, (_, n) => `"${n}":0`).join(',')}}`);
/** @param {number} bytes */
const named = (bytes) => `{"jsonrpc":"2.0","id":1,"method":"AgentChanged","params":{"availability":"busy","name":"${'x'.repeat(bytes)}"}}`;

/** What Flex says, and the reason of the answer; none: it is taken. @type {Array<[name: string, text: string, reason?: string]>} */
const answered = [
  ['32 levels', nested(32)],
  ['2,048 members', wide(2048)],
  ['2,049 members', wide(2049), 'too_many_members'],
  ['a text of 16 KiB', named(16384)],
  ['a text of 16 KiB and a byte', named(16385), 'too_long'],
  ['a member twice', selected('{"a":1,"\\u0061":2}'), 'duplicate_key'],
  ['a number that is infinite', selected('{"a":1e400}'), 'number_not_finite'],
  ['a number that is infinite and below zero', selected('{"a":-1e999999999}'), 'number_not_finite'],
  ['zero with a large exponent', selected('{"a":0e400}')],
  ['a number of 10,000 digits behind the point', selected(`{"a":0.${'1'.repeat(10000)}}`)],
  ['a number of 10,000 digits', selected(`{"a":${'9'.repeat(10000)}}`), 'number_not_finite'],
  ['members that JavaScript knows', selected('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"hasOwnProperty":1,"toString":2}')],
  ['attributes that are an array', selected('[]'), 'wrong_type'],
  ['attributes that are nothing', selected('null'), 'wrong_type'],
  ['attributes as a text with a member twice', selected(JSON.stringify('{"a":1,"a":2}')), 'duplicate_key'],
  ['attributes as a text that is no JSON', selected(JSON.stringify(`{${marker}`)), 'syntax'],
  ['a method that is a member of every object', '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{}}', 'unknown_method'],
  ['a method that nobody knows', `{"jsonrpc":"2.0","id":1,"method":"${marker}"}`, 'unknown_method'],
  ['a method in other letters', '{"jsonrpc":"2.0","id":1,"method":"taskselected"}', 'unknown_method'],
  ['a method with a zero byte', '{"jsonrpc":"2.0","id":1,"method":"TaskSelected\\u0000"}', 'unknown_method'],
  ['a dial by Flex', `{"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"${attackersNumber}","dialId":"${marker}","lifetimeMs":10000}}`, 'wrong_role'],
  ['a task controlled by Flex', '{"jsonrpc":"2.0","id":1,"method":"TaskControlRequest","params":{"reservationSid":"new","action":"complete","lifetimeMs":1000}}', 'wrong_role'],
  ['params that are a list', '{"jsonrpc":"2.0","id":1,"method":"TaskDeselected","params":[]}', 'wrong_type'],
  ['no version', '{"id":1,"method":"TaskDeselected"}', 'wrong_version'],
  ['another version', '{"jsonrpc":"1.0","id":1,"method":"TaskDeselected"}', 'wrong_version'],
  ['a SID that is none', `{"jsonrpc":"2.0","id":1,"method":"TaskDeselected","params":{"taskSid":"WT${marker}"}}`, 'invalid_sid'],
];

/** What nobody could attribute: the session is over. @type {Array<[name: string, text: string]>} */
const fatal = [
  ['33 levels', nested(33)],
  ['60,000 levels', selected('['.repeat(60000))],
  ['objects 10,000 levels deep', `${'{"a":'.repeat(10000)}1${'}'.repeat(10000)}`],
  ['a batch', `[${selected('{}')}]`],
  ['a text', JSON.stringify(marker)],
  ['two objects', `${selected('{}')}${selected('{}', '2')}`],
  ['a byte order mark', `\ufeff${selected('{}')}`],
  ['a comment', `/* ${marker} */${selected('{}')}`],
  ['NaN', selected('{"a":NaN}')],
  ['half a surrogate', selected('{"a":"\\ud800"}')],
  ['a control character in a text', selected('{"a":"\u0001"}')],
  ['an id of 0', selected('{}', '0')],
  ['an id of -1', selected('{}', '-1')],
  ['an id of 1.5', selected('{}', '1.5')],
  ['an id of 2^53', selected('{}', '9007199254740992')],
  ['an id of 10,000 digits', selected('{}', '1'.repeat(10000))],
  ['an id that is an object', selected('{}', '{}')],
  ['an id that is a text', selected('{}', `"${marker}"`)],
  ['two ids', '{"jsonrpc":"2.0","id":1,"id":2,"method":"TaskDeselected"}'],
  ['a number that was left out', selected('{}', '2')],
  ['a number far ahead', selected('{}', '9007199254740991')],
  ['an answer with result and error', '{"jsonrpc":"2.0","result":1,"error":{"code":1,"message":""}}'],
  ['a second Hello', JSON.stringify({ jsonrpc: '2.0', id: 'hello', method: 'Hello', params: hello })],
];

/** Before there is a session. @type {Array<[name: string, text: string, code: number, reason?: string]>} */
const first = [
  ['Ping', '{"jsonrpc":"2.0","id":"ping","method":"Ping"}', 4400],
  ['a dial', `{"jsonrpc":"2.0","id":1,"method":"DialRequest","params":{"destination":"${attackersNumber}","dialId":"x","lifetimeMs":10000}}`, 4400],
  ['an answer', '{"jsonrpc":"2.0","id":1,"result":null}', 4400],
  ['no JSON', marker, 4400],
];

attacks('hostile messages', () => {
  for (const [name, text, reason] of answered) {
    attack(`${name}: ${reason ?? 'taken'}, and the session lives`, async (target) => {
      const peer = await Peer.greeted(target);
      peer.socket.send(text);
      const answer = await peer.next();
      assert.equal(answer.id, 1);
      assert.equal(answer.error?.data.reason, reason, JSON.stringify(answer));
      assert.doesNotMatch(JSON.stringify(answer), new RegExp(marker), 'an answer repeats the request');
      assert.deepEqual(await peer.ping(), []);
      await peer.leave();
    });
  }

  for (const [name, text] of fatal) {
    attack(`${name}: 4400`, async (target) => {
      const peer = await Peer.greeted(target);
      peer.socket.send(text);
      assert.equal(await peer.ends(), 4400);
    });
  }

  for (const [name, text, code] of first) {
    attack(`${name} in place of Hello: ${code}`, async (target) => {
      const peer = await Peer.open(target);
      peer.socket.send(text);
      assert.equal(await peer.ends(), code);
    });
  }

  for (const [name, params, reason] of /** @type {Array<[string, {[member: string]: unknown}, string]>} */ ([
    ['an agent whom nobody knows', { agent: marker }, 'unauthorized'],
    ['an agent in other letters', { agent: 'Canary' }, 'unauthorized'],
    ['an agent with a zero byte', { agent: 'canary\0' }, 'unauthorized'],
    ['an agent with a token of a megabyte less than that', { agent: marker, token: `${marker}.${'x'.repeat(16000)}` }, 'unauthorized'],
    ['a version that there is not', { protocolMin: 2, protocolMax: 9 }, 'protocol_version'],
  ])) {
    attack(`${name}: ${reason}`, async (target) => {
      const peer = await Peer.open(target);
      peer.hello({ ...hello, ...params });
      const { error } = await peer.next();
      assert.deepEqual(error.data, { reason });
      assert.doesNotMatch(error.message, new RegExp(marker));
      assert.equal(await peer.ends(), 1000);
    });
  }

  for (const [name, params] of /** @type {Array<[string, {[member: string]: unknown}]>} */ ([
    ['a role that there is not', { role: 'admin' }],
    ['an agent of 129 bytes', { agent: 'x'.repeat(129) }],
    ['no instance', { instance: undefined }],
    ['an instance that is an object', { instance: { __proto__: null, toString: 1 } }],
    ['a token of 16 KiB and a byte', { token: 'x'.repeat(16385) }],
  ])) {
    attack(`Hello with ${name}: an error, 4400`, async (target) => {
      const peer = await Peer.open(target);
      peer.hello({ ...hello, agent: target.nextAgent(), ...params });
      assert.equal((await peer.next()).error.code, -32602);
      assert.equal(await peer.ends(), 4400);
    });
  }

  attack('a client that never says Hello: 4408 after 5 s', async (target) => {
    const before = Date.now();
    const peer = await Peer.open(target);
    const ping = setInterval(() => peer.socket.ping(), 500);
    assert.equal(await peer.ends().finally(() => clearInterval(ping)), 4408);
    const ms = Date.now() - before;
    assert.ok(ms > 4500 && ms < 9000, `after ${ms} ms`);
  });

  attack('a peer that is silent in its session: 4408 after 25 s', async (target) => {
    const before = Date.now();
    const peer = await Peer.greeted(target);
    // No sign of life: they say that its network layer is there.
    const ping = setInterval(() => peer.socket.ping(), 2000);
    assert.equal(await peer.ends().finally(() => clearInterval(ping)), 4408);
    const ms = Date.now() - before;
    assert.ok(ms > 24000 && ms < 30000, `after ${ms} ms`);
  });

  attack('64 requests may be open, one more: 4400', async (target) => {
    const agent = target.nextAgent();
    // Who is asked, and says nothing.
    const crm = await Peer.greeted(target, { role: 'crm', agent });
    const flex = await Peer.greeted(target, { role: 'flex', agent });
    const ask = (/** @type {number} */ id) => flex.send({ id, method: 'OpenRecordRequest', params: { record: { id: marker }, lifetimeMs: 60000 } });
    for (let id = 1; id <= 64; id++) ask(id);
    await flex.ping();
    ask(65);
    assert.equal(await flex.ends(), 4400);
    await crm.leave();
  });

  attack("another agent's session is not resumed", async (target) => {
    const [victim, thief] = [target.nextAgent(), target.nextAgent()];
    const peer = await Peer.open(target);
    peer.hello({ ...hello, agent: victim, instance: marker });
    const { session } = (await peer.next()).result;
    for (const params of [{ agent: thief, instance: marker }, { agent: victim, instance: `${marker}-2` }]) {
      const other = await Peer.open(target);
      other.hello({ ...hello, ...params, resume: { session } });
      const { result } = await other.next();
      assert.equal(result.resumed, false);
      assert.notEqual(result.session, session);
      other.cut();
    }
    assert.deepEqual((await peer.ping()).filter(({ id }) => id === 'hello'), []);
    await peer.leave();
  });

  attack('answers to what nobody asked are passed over', async (target) => {
    const peer = await Peer.greeted(target);
    for (let id = 1; id <= 100; id++) peer.send({ id: id * 1000, result: { granted: true } });
    peer.send({ id: 7, error: { code: 1, message: marker, data: { reason: '__proto__', detail: attackersNumber } } });
    assert.deepEqual(await peer.ping(), []);
    await peer.leave();
  });

  attack('a number that was answered is not handled again', async (target) => {
    const agent = target.nextAgent();
    const [flex, crm] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    await crm.ping();
    for (let i = 0; i < 50; i++) flex.socket.send(selected(`{"n":${i}}`));
    crm.send({ id: 1, result: null });
    const heard = [];
    while (heard.length === 0) {
      const { id, method } = await crm.next();
      crm.send({ id, result: null });
      if (method === 'TaskSelected') heard.push(method);
    }
    assert.equal((await flex.ping()).filter(({ id, result }) => id === 1 && result === null).length > 0, true);
    assert.equal((await crm.ping()).filter(({ method }) => method === 'TaskSelected').length, 0);
    await Promise.all([flex.leave(), crm.leave()]);
  });

  attack('a page may not say what Flex says, nor claim a call', async (target) => {
    const peer = await Peer.greeted(target, { role: 'crm' });
    await peer.next();  // the snapshot
    peer.send({ id: 1, result: null });
    const messages = [
      ['TaskSelected', { attributes: {} }], ['AgentChanged', { availability: 'available' }], ['TaskDeselected', {}],
      ['DialClaimRequest', { dialId: marker }], ['TaskChanged', { taskSid: `WT${'0'.repeat(32)}`, status: 'accepted', at: '2026-01-31T12:00:00Z' }],
    ];
    messages.forEach(([method, params], i) => peer.send({ id: i + 1, method, params }));
    const answers = (await peer.ping()).filter(({ error }) => error);
    assert.deepEqual(answers.map(({ error }) => error.data.reason), messages.map(() => 'wrong_role'));
    await peer.leave();
  });

  attack('what is no telephone number is not called', async (target) => {
    const agent = target.nextAgent();
    const [flex, crm] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    const destinations = [
      `${attackersNumber};ext=1`, `${attackersNumber}\n`, ` ${attackersNumber}`, '+0034911234567', '0034911234567', '911234567', '+', '+1234567890123456',
      '+\u0663\u0664911234567', `tel:${attackersNumber}`, '112', `client:${marker}`, `sip:${marker}@evil.test`, '', ['+34911234567'], { toString: attackersNumber },
      34911234567,
    ];
    destinations.forEach((destination, i) => crm.send({ id: i + 1, method: 'DialRequest', params: { destination, dialId: `${marker}-${i}`, lifetimeMs: 10000 } }));
    const refused = new Set(['invalid_destination', 'destination_kind_disabled', 'wrong_type']);
    const answers = (await crm.ping()).filter(({ method }) => !method);
    assert.equal(answers.length, destinations.length);
    for (const { id, error } of answers) assert.ok(refused.has(error?.data.reason), `${JSON.stringify(destinations[id - 1])}: ${JSON.stringify(error)}`);
    for (const params of [{ callerId: attackersNumber }, { taskAttributes: { from: attackersNumber } }, { lifetimeMs: 60001 }, { lifetimeMs: 999 }, { lifetimeMs: 1e9 }]) {
      const id = destinations.length + 1;
      destinations.push('');
      crm.send({ id, method: 'DialRequest', params: { destination: attackersNumber, dialId: randomUUID(), lifetimeMs: 10000, ...params } });
    }
    const more = (await crm.ping()).filter(({ method }) => !method);
    assert.deepEqual(more.map(({ error }) => error.data.reason), ['caller_id_not_allowed', 'reserved_attribute', 'out_of_range', 'out_of_range', 'out_of_range']);
    assert.deepEqual(await flex.ping(), [], 'Flex heard of a call');
    await Promise.all([flex.leave(), crm.leave()]);
  });

  attack('a call while another one is open: agent_busy; the same one again: invalid_params', async (target) => {
    const agent = target.nextAgent();
    const [flex, crm] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    for (let id = 1; id <= 10; id++) {
      crm.send({ id, method: 'DialRequest', params: { destination: attackersNumber, dialId: `${marker}-${Math.max(id, 2)}`, lifetimeMs: 10000 } });
    }
    const answers = (await crm.ping()).filter(({ method }) => !method);
    assert.deepEqual(answers.map(({ id, error }) => [id, error.data.reason]), [[2, 'invalid_params'], ...[3, 4, 5, 6, 7, 8, 9, 10].map((id) => [id, 'agent_busy'])]);
    assert.equal((await flex.ping()).filter(({ method }) => method === 'DialRequest').length, 1);
    await Promise.all([flex.leave(), crm.leave()]);
  });

  attack('the ninth page of an agent: rate_limited', async (target) => {
    const agent = target.nextAgent();
    const pages = [];
    for (let i = 0; i < 8; i++) pages.push(await Peer.greeted(target, { role: 'crm', agent }));
    const ninth = await Peer.open(target);
    ninth.hello({ ...hello, agent });
    assert.equal((await ninth.next()).error.data.reason, 'rate_limited');
    assert.equal(await ninth.ends(), 1000);
    await Promise.all(pages.map((page) => page.leave()));
  });
}, { agents: 300 });

attacks('many calls', () => {
  attack('the sixth call within a minute: rate_limited', async (target) => {
    const agent = target.nextAgent();
    const [flex, crm] = [await Peer.greeted(target, { role: 'flex', agent }), await Peer.greeted(target, { role: 'crm', agent })];
    const reasons = [];
    for (let id = 1; id <= 10; id++) {
      crm.send({ id, method: 'DialRequest', params: { destination: attackersNumber, dialId: randomUUID(), lifetimeMs: 10000 } });
      await crm.ping().then((answers) => reasons.push(...answers.filter(({ error }) => error).map(({ error }) => error.data.reason)));
      const [dial] = (await flex.ping()).filter(({ method }) => method === 'DialRequest');
      if (!dial) continue;
      flex.send({ id: dial.id, error: { code: -32020, message: marker, data: { reason: 'failed' } } });
      assert.equal((await crm.next()).id, id);
    }
    assert.deepEqual(reasons, Array(5).fill('rate_limited'));
    await Promise.all([flex.leave(), crm.leave()]);
  });
}, { dialsPerMinute: 5 });
