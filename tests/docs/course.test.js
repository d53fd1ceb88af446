// The course's two messages, as the guide prints them: both run, each in a window of its own.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

test('a click dials, and a selected task shows its customer', () => {
  const calls = [];
  const heard = { page: [], plugin: [] };
  const windowOf = (name) => ({
    addEventListener: (_, call) => heard[name].push(call),
    postMessage: (data) => heard[name].forEach((call) => call({ data })),
  });
  const [page, plugin] = [windowOf('page'), windowOf('plugin')];
  const elements = { 'phone-number': { value: '+34911234567' }, flex: { contentWindow: plugin }, name: {}, 'dial-number': {} };
  elements['dial-number'].addEventListener = (_, call) => { elements['dial-number'].click = call; };
  const document = { getElementById: (id) => elements[id], querySelector: (query) => elements[query.slice(1)] };
  const listeners = {};
  const flex = { Actions: {
    invokeAction: (name, { destination }) => calls.push([name, destination]),
    addListener: (name, call) => { listeners[name] = call; },
  } };
  const run = (file, world) => runInNewContext(readFileSync(new URL(`course/${file}`, import.meta.url), 'utf8'), world);
  run('page.js', { window: page, document });
  run('plugin.js', { window: { ...plugin, top: page }, flex });

  elements['dial-number'].click();
  assert.deepEqual(calls, [['StartOutboundCall', '+34911234567']]);
  listeners.afterSelectTask({ task: { attributes: { account_data: { first_name: 'Ana' } } } });
  assert.equal(elements.name.textContent, 'Ana');
});
