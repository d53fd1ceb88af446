// The plugin inside a Flex that does what it is told, framed by a page that the test plays.
import { startPlugin } from '../../../src/browser/plugin.js';
import { FakeWindow, ManualClock, fakeFlex, fakeWebSockets, helloFrame, sid } from './support.js';

export const crm = 'http://localhost:3000';
export const task = (more = {}) => ({
  sid: sid('WR'), taskSid: sid('WT'), attributes: { name: 'Eva', direction: 'inbound' }, channelType: 'voice', status: 'accepted',
  queueName: 'Everyone', getProfile() {}, ...more,
});

/** before: what Flex is like when the plugin begins */
export function make(config = {}, { framed = true, before } = {}) {
  const window = new FakeWindow('http://127.0.0.1:3000');
  const parent = new FakeWindow(crm);
  if (framed) window.parent = parent;
  const sockets = fakeWebSockets();
  const clock = new ManualClock();
  const warnings = [];
  const world = fakeFlex();
  before?.(world);
  const plugin = startPlugin(world.flex, world.manager, { crmOrigins: [crm], ...config }, {
    window, WebSocket: sockets.WebSocket, clock, random: () => 0, console: { warn: (...words) => warnings.push(words.join(' ')) },
  });
  const instance = parent.posted[0]?.data.instance;
  const say = (data, event = {}) => window.receive({ data, origin: crm, source: parent, ...event });
  const frames = () => parent.posted.filter(({ data }) => data.frame).map(({ data }) => JSON.parse(data.frame));
  const serverSays = (frame) => say({ flexcrm: 1, instance, frame: JSON.stringify({ jsonrpc: '2.0', ...frame }) });
  return { ...world, plugin, window, parent, sockets, clock, warnings, instance, say, frames, serverSays };
}

export function connect(it, frame = helloFrame) {
  it.say({ flexcrm: 1, instance: it.instance, open: { agent: 'ana', ticket: 'secret' } });
  it.say({ flexcrm: 1, instance: it.instance, frame });
}

export function connected(config) {
  const it = make(config);
  connect(it);
  return it;
}
