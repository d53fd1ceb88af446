// What the tests share: a clock that is set by hand, a WebSocket, windows and a Flex that do what they are told.
import '../../support/webcrypto.mjs';

/** A clock that moves when it is told to. Timers fire in order of their time. */
export class ManualClock {
  steady = 1000;
  wall = 1700000000000;
  #timers = new Map();
  #ids = 0;

  now() {
    return { steady: this.steady, wall: this.wall };
  }

  setTimeout(call, ms) {
    this.#timers.set(++this.#ids, { at: this.steady + ms, call });
    return this.#ids;
  }

  clearTimeout(id) {
    this.#timers.delete(id);
  }

  get pending() {
    return this.#timers.size;
  }

  /** Lets time pass, timer by timer, and promises run after each. */
  async advance(ms) {
    const end = this.steady + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#move(Math.max(this.steady, due[1].at));
      due[1].call();
      await settle();
    }
    this.#move(end);
    await settle();
  }

  #move(to) {
    this.wall += to - this.steady;
    this.steady = to;
  }
}

/** Until every promise that can go on has gone on. */
export async function settle() {
  for (let i = 0; i < 20; i++) await null;
}

export function drain(session) {
  const actions = [];
  for (let action = session.next(); action; action = session.next()) actions.push(action);
  return actions;
}

export const limits = { frameBytes: 65536, depth: 32, members: 2048, textBytes: 16384 };
export const helloResult = { session: 's1', protocol: 1, resumed: false, idleMs: 25000, limits };
export const helloFrame = JSON.stringify({ jsonrpc: '2.0', id: 'hello', result: helloResult });
export const resumedFrame = JSON.stringify({ jsonrpc: '2.0', id: 'hello', result: { ...helloResult, resumed: true } });

export const sid = (prefix, digit = 'a') => prefix + digit.repeat(32);

/** The last of these to be made is the one that is connected. */
export function fakeWebSockets() {
  const made = [];
  class WebSocket {
    readyState = 0;
    bufferedAmount = 0;
    protocol = '';
    sent = [];
    constructor(url, protocol) {
      this.url = url;
      this.asked = protocol;
      made.push(this);
    }
    send(text) {
      this.sent.push(text);
    }
    close(code) {
      this.closedWith = code;
      this.readyState = 2;
    }
    // what a test does to it
    accept(protocol = 'flexcrm.v1') {
      this.readyState = 1;
      this.protocol = protocol;
      this.onopen?.({});
    }
    say(data) {
      this.onmessage?.({ data });
    }
    drop(code = 1006) {
      this.readyState = 3;
      this.onclose?.({ code });
    }
    block() {
      this.readyState = 3;
      this.onerror?.({});
    }
  }
  return { WebSocket, made, get last() { return made[made.length - 1]; } };
}

/** A window that keeps what is posted to it and can be handed events. */
export class FakeWindow {
  posted = [];
  #listeners = new Set();
  parent = this;

  constructor(origin) {
    this.location = { origin };
  }
  addEventListener(type, listener) {
    if (type === 'message') this.#listeners.add(listener);
  }
  removeEventListener(_type, listener) {
    this.#listeners.delete(listener);
  }
  postMessage(data, targetOrigin) {
    this.posted.push({ data, targetOrigin });
  }
  receive(event) {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** As much of Flex as the plugin touches. */
export function fakeFlex() {
  const listeners = new Map();
  const events = new Map();
  const worker = new Map();
  const add = (map) => (name, call) => map.set(name, [...(map.get(name) ?? []), call]);
  const fire = (map) => (name, ...args) => (map.get(name) ?? []).forEach((call) => call(...args));
  const invoked = [];
  const flex = {
    AgentDesktopView: { defaultProps: { showPanel2: true } },
    Actions: {
      addListener: add(listeners),
      // The stand-in for the action itself; tests replace it.
      perform: async () => undefined,
      async invokeAction(name, payload) {
        invoked.push({ name, payload });
        let aborted = false;
        fire(listeners)(`before${name}`, payload, () => { aborted = true; });
        if (aborted) throw new Error(`Action ${name} cancelled by before event`);
        await this.perform(payload, name);
        fire(listeners)(`after${name}`, payload);
      },
    },
  };
  /** What Flex's store holds; a test changes it and says so. */
  const shown = { tasks: new Map(), selectedTaskSid: undefined, activeCall: undefined };
  const subscribers = [];
  const activities = [
    { name: 'Available', available: true, sid: sid('WA') }, { name: 'Offline', available: false, sid: sid('WA', '0') },
    { name: 'Lunch', available: false, sid: sid('WA', 'b') },
  ];
  const manager = {
    user: { identity: 'ana' },
    serviceConfiguration: { taskrouter_offline_activity_sid: sid('WA', '0') },
    workerClient: {
      on: add(worker), name: 'ana', attributes: { full_name: 'Ana' }, activity: activities[0],
      activities: new Map(activities.map((activity) => [activity.sid, activity])),
    },
    events: { addListener: add(events) },
    store: {
      getState: () => ({ flex: {
        worker: { tasks: shown.tasks }, view: { selectedTaskSid: shown.selectedTaskSid }, phone: { activeCall: shown.activeCall },
      } }),
      subscribe: (subscriber) => void subscribers.push(subscriber),
    },
  };
  const show = (change = {}) => {
    Object.assign(shown, change);
    for (const subscriber of subscribers) subscriber();
  };
  return { flex, manager, invoked, shown, show, action: fire(listeners), event: fire(events), reservation: fire(worker) };
}

/** What strangers say in a window. */
export const noise = [
  null, undefined, 42, true, '', 'webpackHotUpdate1a2b3c', '+34911234567', [], {}, { type: 'webpackOk', data: {} }, { flexcrm: 1 },
  { flexcrm: 2, instance: 'x', ready: true }, { flexcrm: '1', frame: '+34911234567' }, { flexcrm: 1, instance: 7, open: {} },
  { flexcrm: 1, instance: 'x', open: null }, { flexcrm: 1, instance: 'x', frame: 'x' }, { flexcrm: 1, instance: 'x', closed: true },
  { event: 'dial', destination: '+34911234567' }, JSON.parse('{"__proto__": {"flexcrm": 1, "instance": "x", "ready": true}}'),
  new Date(0), new Map([['flexcrm', 1]]), Object.create({ flexcrm: 1, instance: 'x', ready: true }),
];
