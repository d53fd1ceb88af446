// The judge over journals that are doctored: what it says of each, and of those that it must not complain about.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { JournalFile } from './journal.js';
import { judge, unended } from './judge.js';

const agent = 'ana';
const start = (at) => ({ at, step: 'start' });
const open = (at, more = {}) => ({ at, step: 'open', agent, session: `s-${at}`, resumed: false, reset: false, ...more });
const resumed = (at) => open(at, { resumed: true });
const event = (id) => ({ agent, type: 'TaskChanged', id });
const issued = (at, id) => ({ at, step: 'issued', dir: 'out', ...event(id) });
const ended = (at, id, more = { outcome: 'done' }) => ({ at, step: 'ended', dir: 'out', ...event(id), ...more });
const handled = (at, id, more = {}) => ({ at, step: 'handled', dir: 'in', ...event(id), ...more });
const told = (at, more = {}) => ({ at, step: 'handled', dir: 'in', agent, type: 'Snapshot', reset: true, ...more });
const selects = (at, id) => ({ at, step: 'issued', dir: 'out', agent, type: 'TaskSelected', id });
const shows = (at, id) => ({ at, step: 'handled', dir: 'in', agent, type: 'TaskSelected', id });
const showsNothing = (at) => ({ at, step: 'handled', dir: 'in', agent, type: 'TaskDeselected' });
const dial = { agent, type: 'DialRequest', id: 'd' };
const clicked = (at, more = {}) => ({ at, step: 'issued', dir: 'out', ...dial, lifetimeMs: 1000, ...more });
const dialled = (at, more = {}) => ({ at, step: 'dialled', dir: 'in', ...dial, ...more });
const outcome = (at, word, more = {}) => ({ at, step: 'ended', dir: 'out', ...dial, outcome: word, ...more });

const lost = (at) => ended(at, 'b', { outcome: 'failed', reason: 'session_lost' });
const unheard = (at) => ended(at, 'b', { outcome: 'failed', reason: 'not_connected' });

/** Everything as it should be: three events, one selection, one dial. */
const good = {
  flex: [start(0), open(5), issued(10, 'a'), ended(12, 'a'), issued(20, 'b'), ended(22, 'b'), issued(30, 'c'), ended(32, 'c'),
    selects(35, 't'), dialled(50)],
  server: [start(0), handled(11, 'a'), handled(21, 'b'), handled(31, 'c'), shows(36, 't')],
  page: [start(0), open(3), handled(11, 'a'), handled(22, 'b'), handled(31, 'c'), shows(36, 't'), clicked(40), outcome(60, 'placed')],
};

/** A page that no session tells of events. */
const clicker = [start(0), shows(36, 't'), clicked(40), outcome(60, 'placed')];

/** @returns {string[]} the verdicts, without repetitions */
function verdicts({ flex = good.flex, server = good.server, page = good.page }) {
  return [...new Set(judge({ agent, flex, server, pages: [page] }).map(({ verdict }) => verdict))];
}

/** In place of the lines that match. @param {any[]} lines @param {(line: any) => boolean} which @param {any[]} others */
function instead(lines, which, others) {
  const at = lines.findIndex(which);
  assert.ok(at >= 0);
  return [...lines.slice(0, at), ...others, ...lines.slice(at + 1)];
}
const is = (step, id) => (line) => line.step === step && line.id === id;
const without = (lines, step, id) => instead(lines, is(step, id), []);
const swapped = (lines, id) => {
  const at = lines.findIndex(is('handled', id));
  return [...lines.slice(0, at), lines[at + 1], lines[at], ...lines.slice(at + 2)];
};

describe('what is as promised', () => {
  test('everything arrives', () => assert.deepEqual(verdicts({}), []));

  const fine = {
    'a session goes on over two connections': {
      flex: instead(good.flex, is('ended', 'b'), [{ at: 23, step: 'lost' }, resumed(25), ended(26, 'b')]),
      page: instead(good.page, is('handled', 'b'), [resumed(21), handled(22, 'b')]),
    },
    'an event is told again, and marked, after its session was lost': {
      flex: instead(good.flex, is('issued', 'c'), [open(25, { reset: true }), issued(30, 'c')]),
      server: instead(good.server, is('handled', 'c'), [handled(26, 'b', { repeated: true }), handled(31, 'c')]),
      page: instead(good.page, is('handled', 'c'), [handled(26, 'b', { repeated: true }), handled(31, 'c')]),
    },
    'the server is killed, and an event comes to the next one': {
      flex: instead(good.flex, is('ended', 'b'), [open(28, { reset: true }), ended(29, 'b')]),
      server: instead(good.server, is('handled', 'b'), [start(25), handled(28, 'b', { repeated: true })]),
      page: instead(good.page, is('handled', 'b'), [open(26, { reset: true }), handled(28, 'b', { repeated: true })]),
    },
    'a page that begins anew misses what was before': {
      page: [start(0), open(24), handled(31, 'c'), shows(36, 't'), clicked(40), outcome(60, 'placed')],
    },
    'a page whose session is lost misses what came meanwhile': {
      page: instead(good.page, is('handled', 'b'), [open(24, { reset: true })]),
    },
    'a page that left hears no more': { page: [start(0), open(3), handled(11, 'a'), { at: 20, step: 'over' }], flex: good.flex.slice(0, -1) },
    'Flex dies with an event, and the server is told that something may be missing': {
      flex: [...without(without(good.flex, 'ended', 'b').slice(0, 6), 'issued', 'c'), start(40), selects(45, 't'), dialled(50)],
      server: [start(0), handled(11, 'a'), told(42), shows(46, 't')],
      page: [start(0), open(3), handled(11, 'a'), told(42), shows(46, 't'), clicked(47), outcome(60, 'placed')],
    },
    'an event has no session to go over, and the whole state is told afterwards': {
      flex: instead(good.flex, is('ended', 'b'), [unheard(21)]),
      server: [...without(good.server, 'handled', 'b'), told(38, { reset: false, id: 't' })],
      page: without(good.page, 'handled', 'b'),
    },
    'a call starts in the last moment': { flex: instead(good.flex, is('dialled', 'd'), [dialled(3040)]) },
    'nobody knows whether there was a call': {
      flex: without(good.flex, 'dialled', 'd'), page: instead(good.page, is('ended', 'd'), [outcome(60, 'unknown')]),
    },
    'an expired dial never started': {
      flex: without(good.flex, 'dialled', 'd'), page: instead(good.page, is('ended', 'd'), [outcome(60, 'expired')]),
    },
  };
  for (const [name, journals] of Object.entries(fine)) test(name, () => assert.deepEqual(verdicts(journals), []));
});

describe('what is not', () => {
  const broken = {
    lost: {
      'acknowledged, and no handler had it': { server: without(good.server, 'handled', 'b'), page: without(good.page, 'handled', 'b') },
      'never acknowledged, never handled, and Flex lives': {
        flex: without(good.flex, 'ended', 'c'), server: without(good.server, 'handled', 'c'), page: without(good.page, 'handled', 'c'),
      },
      'given up although the next session would take it': {
        flex: instead(good.flex, is('ended', 'b'), [lost(23), open(24, { reset: true })]),
        server: instead(good.server, is('handled', 'b'), [told(24)]), page: instead(good.page, is('handled', 'b'), [told(24)]),
      },
      'lost with the Flex that died, and the server was not told': {
        flex: [start(0), open(5), issued(10, 'a'), ended(12, 'a'), issued(20, 'b'), start(40), selects(45, 't'), dialled(50)],
        server: [start(0), handled(11, 'a'), shows(46, 't')],
        page: [start(0), open(3), handled(11, 'a'), shows(46, 't'), clicked(47), outcome(60, 'placed')],
      },
      'without a session to go over, and nothing was told afterwards': {
        flex: instead(good.flex, is('ended', 'b'), [unheard(21)]),
        server: without(good.server, 'handled', 'b'), page: without(good.page, 'handled', 'b'),
      },
      'a gap at a page': { page: without(good.page, 'handled', 'b') },
      'the first of a page': { page: without(good.page, 'handled', 'a') },
      'the last of a page': { page: without(good.page, 'handled', 'c') },
      'all of a page': { page: good.page.filter(({ type }) => type !== 'TaskChanged') },
      'lost over a resume': { page: instead(good.page, is('handled', 'b'), [resumed(21)]) },
    },
    twice: {
      'at the server': { server: instead(good.server, is('handled', 'b'), [handled(21, 'b'), handled(22, 'b')]), page: clicker },
      'at the server, marked as repeated without a reason': {
        server: instead(good.server, is('handled', 'b'), [handled(21, 'b'), handled(22, 'b', { repeated: true })]), page: clicker,
      },
      'at a page': { page: instead(good.page, is('handled', 'b'), [handled(22, 'b'), handled(23, 'b')]) },
      'at a page, in its next session': { page: instead(good.page, is('handled', 'b'), [handled(22, 'b'), open(20, { reset: true }), handled(23, 'b')]) },
      'at a page, over a resume': { page: instead(good.page, is('handled', 'b'), [handled(22, 'b'), resumed(23), handled(24, 'b')]) },
    },
    order: {
      'at the server': { server: swapped(good.server, 'a'), page: swapped(good.page, 'a') },
      'at a page': { page: swapped(good.page, 'b') },
      'a Flex that is gone speaks after its successor': {
        flex: [start(0), open(5), issued(10, 'a'), start(15), open(16), issued(20, 'b'), ended(22, 'b'), selects(35, 't'), dialled(50)],
        server: [start(0), handled(21, 'b'), handled(23, 'a'), shows(36, 't')], page: clicker,
      },
    },
    invented: {
      'the server handles what Flex did not issue': { server: instead(good.server, is('handled', 'b'), [handled(21, 'b'), handled(22, 'x')]), page: clicker },
      'a page handles what the server did not': { page: instead(good.page, is('handled', 'b'), [handled(21, 'b'), handled(22, 'x')]) },
      'a call that nobody asked for': { flex: [...good.flex, dialled(55, { id: 'x' })] },
    },
    stale: {
      'a page shows the customer of before': { page: [...good.page, shows(70, 'old')] },
      'a page shows a customer, and nothing is selected': { flex: [...good.flex, { at: 70, step: 'issued', agent, type: 'TaskDeselected', id: 't' }], server: [...good.server, showsNothing(71)] },
      'the server has nothing': { server: [...good.server, showsNothing(71)] },
    },
    'double dial': { 'one click, two calls': { flex: [...good.flex, dialled(55)] } },
    'late dial': { 'a millisecond too late': { flex: instead(good.flex, is('dialled', 'd'), [dialled(3041)]) } },
    silent: { 'a click without an outcome': { page: without(good.page, 'ended', 'd') } },
    'second outcome': { 'told twice': { page: [...good.page, outcome(61, 'unknown')] } },
    untrue: {
      'placed, and no call': { flex: without(good.flex, 'dialled', 'd') },
      ...Object.fromEntries(['refused', 'expired', 'failed'].map((word) => [`${word}, and there was a call`, { page: instead(good.page, is('ended', 'd'), [outcome(60, word)]) }])),
    },
    torn: { 'half a line in the middle': { server: [...good.server, { at: 0, step: 'torn' }] } },
  };
  for (const [verdict, cases] of Object.entries(broken)) {
    for (const [name, journals] of Object.entries(cases)) test(`${verdict}: ${name}`, () => assert.deepEqual(verdicts(journals), [verdict]));
  }
});

test('requests without an end are those of the process that lives', () => {
  assert.deepEqual(unended(good.flex), ['TaskSelected t']);
  assert.deepEqual(unended([start(0), issued(1, 'a'), start(2), issued(3, 'b'), issued(4, 'b'), ended(5, 'b')]), ['TaskChanged b']);
});

describe('a journal that is still written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flexcrm-journal-'));
  const path = join(folder, 'journal');
  const line = (at, step = 'open') => `${JSON.stringify({ at, step })}\n`;
  /** @param {string[]} parts  written one after the other, read after each */
  const read = (parts) => {
    writeFileSync(path, '');
    const journal = new JournalFile(path);
    for (const part of parts) {
      writeFileSync(path, part, { flag: 'a' });
      journal.read();
    }
    return journal.lines.map(({ at, step }) => [at, step]);
  };

  test('is read as it grows', () => assert.deepEqual(read([line(1), line(2) + line(3).slice(0, 7), line(3).slice(7)]), [[1, 'open'], [2, 'open'], [3, 'open']]));
  test('may end in half a line, and go on with another process', () => assert.deepEqual(read([`${line(1)}{"at":2,"st\n${line(3, 'start')}`]), [[1, 'open'], [3, 'start']]));
  test('may not have half a line elsewhere', () => {
    assert.deepEqual(read([`${line(1)}{"at":2,"st\n${line(3)}`]), [[1, 'open'], [0, 'torn'], [3, 'open']]);
    assert.deepEqual(read([`${line(1)}7\n${line(3)}`]), [[1, 'open'], [0, 'torn'], [3, 'open']]);
  });
  test('leaves nothing behind', () => rmSync(folder, { recursive: true }));
});
