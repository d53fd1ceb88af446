// The shared scenarios of a session: tests/vectors/session/*.json. What their members mean: tests/vectors/README.md.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { refusal } from '../../../src/browser/error.js';
import { Session, outcomeOf } from '../../../src/browser/session.js';
import { drain } from './support.js';
import { isForUs, readVectors, root } from './vectors.js';

const wallBeginning = 1700000000000;
const limits = { frameBytes: 65536, depth: 32, members: 2048, textBytes: 16384 };

/** The server's answer to Hello, with those members changed. */
const welcome = (changed) => JSON.stringify({
  jsonrpc: '2.0', id: 'hello', result: { session: 's-1', protocol: 1, resumed: false, idleMs: 25000, limits, ...changed },
});

/** "$n" alone is the number, inside other text its digits. */
const substitute = (value, n) => JSON.parse(JSON.stringify(value).replaceAll('"$n"', n).replaceAll('$n', n));

const members = (object, known) => assert.deepEqual(Object.keys(object).filter((name) => !known.includes(name)), [], 'unknown members');

class Scenario {
  now = { steady: 0, wall: wallBeginning };
  ahead = 0;
  keys = new Map();

  constructor({ name, about, rule, readers, note, side = 'client', role, hello = {}, options = {}, begin = 'open', steps, ...others }) {
    members(others, []);
    members(hello, ['token', 'takeover']);
    members(options, ['resumeMs', 'eventBytes', 'limits']);
    assert.equal(side, 'client', 'a browser is a client alone');
    this.session = new Session({ role, agent: 'ana', instance: 'i-1', ...hello }, options);
    if (begin === 'open') {
      this.session.opened(this.now);
      this.session.receive(welcome({}), this.now);
      drain(this.session);
    }
    this.steps = steps.flatMap(({ for: range, ...step }) => {
      if (!range) return [step];
      members(step, ['steps']);
      const [first, last] = range;
      return Array.from({ length: last - first + 1 }, (_, i) => substitute(step.steps, first + i)).flat();
    });
  }

  run() {
    for (const step of this.steps) {
      try {
        this.step(step);
      } catch (error) {
        error.message = `${JSON.stringify(step)}\n${error.message}`;
        throw error;
      }
    }
  }

  step({ at = this.now.steady, wall = this.ahead, expect = [], ...step }) {
    this.ahead = wall;
    this.now = { steady: at, wall: wallBeginning + at + wall };
    const names = Object.keys(step).filter((name) => Object.hasOwn(this.inputs, name));
    assert.equal(names.length, 1, 'a step has one input');
    const [name] = names;
    const { [name]: given, ...more } = step;
    const isDue = () => this.session.deadline() <= at;
    if (name !== 'tick') assert.ok(!isDue(), 'a time is over and nothing ticked');
    // A jump of the wall clock moves no timer.
    else if (expect.length > 0 && wall === 0) assert.ok(isDue(), 'no timer would have ticked');
    this.inputs[name](given, more);
    const told = drain(this.session).map((action) => this.tell(action));
    const expected = expect.map((action, i) => this.withKeys(action, told[i]));
    // A member that is not expected is not compared; an action that is not expected is.
    const seen = told.map((action, i) => Object.fromEntries(Object.entries(action).filter(([member]) => !expected[i] || member in expected[i])));
    assert.deepEqual(seen, expected);
    if (name === 'tick') assert.ok(!isDue(), 'the deadline does not move on');
  }

  inputs = {
    opened: (_, more) => {
      members(more, []);
      this.session.opened(this.now);
    },
    receive: (frame, more) => {
      members(more, []);
      this.session.receive(typeof frame === 'string' ? frame : JSON.stringify(frame), this.now);
    },
    welcome: (changed, more) => {
      members(more, []);
      this.session.receive(welcome(changed), this.now);
    },
    send: (method, { params, as, refused, pointer, ...more }) => {
      members(more, []);
      const { key, error } = this.session.send(method, params, this.now);
      assert.deepEqual([error?.reason, error?.pointer], [refused, pointer]);
      if (!error) this.name(as, key);
    },
    answer: (name, { result, error, late = false, ...more }) => {
      members(more, []);
      const { lateAnswers } = this.session.counters;
      this.session.answer(this.keys.get(name), error ? { error: refusal(error.reason, error) } : { result }, this.now);
      assert.equal(this.session.counters.lateAnswers > lateAnswers, late);
    },
    lost: (_, more) => {
      members(more, []);
      this.session.lost(this.now);
    },
    tick: (_, more) => {
      members(more, []);
      this.session.tick(this.now);
    },
    bye: ({ reason }, more) => {
      members(more, []);
      this.session.close(reason, this.now);
    },
  };

  name(name, key) {
    assert.ok(typeof name === 'string' && !this.keys.has(name), 'what gets a key has a name of its own');
    this.keys.set(name, key);
  }

  /** Names become keys: a delivery names its key, an answer uses the name of what was sent. */
  withKeys(expected, told) {
    if ('deliver' in expected && told && 'deliver' in told) {
      this.name(expected.deliver, told.deliver);
      return { ...expected, deliver: told.deliver };
    }
    return 'answered' in expected ? { ...expected, answered: this.keys.get(expected.answered) } : expected;
  }

  /** An action as vectors spell it. */
  tell(action) {
    switch (action.type) {
      case 'sendFrame': {
        const send = JSON.parse(action.text);
        if (send.error) {
          assert.equal(typeof send.error.message, 'string');
          delete send.error.message;
        }
        return { send, text: action.text };
      }
      case 'opened': return { opened: action.hello.session, resumed: action.hello.resumed, reset: action.reset };
      case 'deliver': {
        const { key, method, params, startBefore } = action;
        return {
          deliver: key, method, params, startBefore: startBefore?.steady ?? null,
          ...(startBefore && { startBeforeWall: startBefore.wall - wallBeginning }),
        };
      }
      case 'answered': {
        const { key, method, result, error } = action;
        return {
          answered: key, ...(error ? { error: error.reason, pointer: error.pointer ?? '', detail: error.detail ?? '' } : { result }),
          ...(method === 'DialRequest' && { outcome: outcomeOf(action) }),
        };
      }
      case 'problem': return { problem: action.error.reason };
      case 'ended': return { ended: action.terminal ? 'terminal' : 'reconnect', reason: action.reason, retryAfterMs: action.retryAfterMs ?? 0 };
      case 'closeTransport': return { close: action.code };
      default: return { unknown: action };
    }
  }
}

const vectors = readVectors('session');

describe('a session does what its vectors say', () => {
  for (const vector of vectors.filter(isForUs)) test(`${vector.name}: ${vector.about}`, () => new Scenario(vector).run());
});

describe('the vectors are complete', () => {
  const oneLine = (text) => text.replace(/\s+/g, ' ');
  const { rules, elsewhere } = JSON.parse(readFileSync(new URL('rules.json', root), 'utf8'));
  const document = readFileSync(new URL('../../docs/protocol.md', root), 'utf8');

  test('each names a rule, and each rule has one', () => {
    assert.deepEqual([...new Set(vectors.map(({ rule }) => rule))].sort(), Object.keys(rules).sort());
  });

  for (const [rule, says] of Object.entries(rules)) {
    test(`§${rule} is what the document says`, () => assert.ok(oneLine(document).includes(says), says));
  }

  test('every section of §4 and §5 has rules, or is tested elsewhere', () => {
    const sections = [...document.matchAll(/^### §([45]\.\d)/gm)].map(([, section]) => section);
    assert.deepEqual([...new Set([...Object.keys(rules).map((rule) => rule.split(' ')[0]), ...Object.keys(elsewhere)])]
      .filter((section) => /^[45]/.test(section)).sort(), sections);
  });
});
