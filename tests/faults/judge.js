// Reads the journals of both sides and decides whether the promises of docs/protocol.md were kept. It knows no more than
// they say: nothing of the faults, of the seed, or of the library.

/**
 * @typedef {import('./journal.js').Line} Line
 *
 * @typedef {'lost' | 'twice' | 'order' | 'invented' | 'stale' | 'double dial' | 'late dial' | 'silent' | 'second outcome'
 *   | 'untrue' | 'torn'} Verdict
 * @typedef {{verdict: Verdict, agent: string, id: string, words: string}} Finding
 *
 * One agent's part of the journals.
 * @typedef {{agent: string, flex: Line[], server: Line[], pages: Line[][]}} Case
 */

/** A dial starts at most so long after its lifetime (§5.1). */
const startWithinMs = 2000;

const isEvent = ({ type }) => type === 'TaskChanged' || type === 'CallChanged';
const isSelection = ({ type }) => type === 'TaskSelected' || type === 'TaskDeselected' || type === 'Snapshot';
const did = (step) => (line) => line.step === step;

/** @param {Case} given @returns {Finding[]} */
export function judge({ agent, flex, server, pages }) {
  /** @type {Finding[]} */
  const findings = [];
  /** @param {Verdict} verdict @param {string | undefined} id @param {string} words */
  const find = (verdict, id, words) => findings.push({ verdict, agent, id: id ?? '', words });

  for (const journal of [flex, server, ...pages]) if (journal.some(did('torn'))) find('torn', '', 'a line is no line');
  judgeServer(flex, server, find);
  for (const page of pages) judgePage(server, page, find);
  judgeSelection(flex, [server, ...pages], find);
  judgeDials(flex, pages, find);
  return findings;
}

/** Requests that this journal says were issued and does not say how they ended. @param {Line[]} journal */
export function unended(journal) {
  const open = new Map();
  for (const line of runsOf(journal).at(-1)?.lines ?? []) {
    const key = `${line.type} ${line.id}`;
    if (line.step === 'issued') open.set(key, (open.get(key) ?? 0) + 1);
    if (line.step === 'ended' && line.dir === 'out') open.set(key, open.get(key) - 1);
  }
  return [...open].filter(([, count]) => count > 0).map(([key]) => key);
}

// ---- from Flex to the server's process

/** @param {Line[]} flex @param {Line[]} server @param {(verdict: Verdict, id: string | undefined, words: string) => void} find */
function judgeServer(flex, server, find) {
  const handled = server.filter((line) => line.step === 'handled' && isEvent(line));
  const handledIds = new Set(handled.map(({ id }) => id));
  /** A new process knows that it knows nothing; a Snapshot tells what there is. @param {number} after */
  const wasTold = (after) => server.some(({ step, type, at }) => at >= after && (step === 'start' || (step === 'handled' && type === 'Snapshot')));

  const runs = runsOf(flex);
  const places = new Map();
  runs.forEach(({ lines }, run) => {
    const lives = run === runs.length - 1;
    const ended = new Map(lines.filter((line) => line.step === 'ended' && line.dir === 'out' && isEvent(line)).map((line) => [line.id, line]));
    const over = lines.findLast(did('over'))?.at ?? -Infinity;
    lines.filter((line) => line.step === 'issued' && isEvent(line)).forEach(({ id, at }, place) => {
      places.set(id, { run, place, newSessionsSince: lines.filter((line) => line.step === 'open' && !line.resumed && line.at >= at).length });
      if (handledIds.has(id)) return;
      const end = ended.get(id);
      if (end?.outcome === 'done') return find('lost', id, 'Flex was told that it arrived, and no handler had it');
      const gaveUp = end && (end.reason === 'not_connected' || over >= at);
      if (lives && !end) find('lost', id, 'it never ended for Flex, and no handler had it');
      else if (lives && !gaveUp) find('lost', id, `given up (${end.reason}) although the session's events go on with the next`);
      else if (!wasTold(at)) find('lost', id, 'no handler had it, and nobody told the server that something is missing');
    });
  });

  const times = new Map();
  let before = { run: -1, place: -1 };
  for (const { id, repeated = false } of handled) {
    const here = places.get(id);
    if (!here) {
      find('invented', id, 'the server handled what Flex did not issue');
      continue;
    }
    const seen = times.get(id) ?? { plain: 0, repeated: 0 };
    times.set(id, seen);
    if (repeated ? ++seen.repeated > here.newSessionsSince : ++seen.plain > 1) find('twice', id, 'the server handled it twice and was not told');
    else if (here.run < before.run || (here.run === before.run && here.place <= before.place && !repeated)) find('order', id, 'the server handled it after a later one');
    before = here;
  }
}

// ---- from the server to a page

/**
 * A page's session gets every event that the server handled while it lasted: a part without gaps of what one process of
 * the server handled, in its order.
 * @param {Line[]} server @param {Line[]} page @param {(verdict: Verdict, id: string | undefined, words: string) => void} find
 */
function judgePage(server, page, find) {
  const runs = runsOf(server);
  const sessions = [];
  const once = new Set();
  for (const line of page) {
    if (line.step === 'open' && !line.resumed) sessions.push({ openedAt: line.at, events: [], endedAt: Infinity });
    else if (line.step === 'handled' && isEvent(line)) {
      sessions.at(-1)?.events.push(line);
      if (!line.repeated && once.has(line.id)) find('twice', line.id, 'a page handled it twice and was not told');
      once.add(line.id);
    } else if (line.step === 'over' && sessions.length > 0) sessions.at(-1).endedAt = line.at;
  }
  sessions.forEach(({ openedAt, events, endedAt }, i) => {
    const lasts = i === sessions.length - 1;
    const all = (runs.findLast(({ startedAt }) => startedAt <= openedAt)?.lines ?? []).filter((line) => line.step === 'handled' && isEvent(line));
    const same = (a, b) => a.id === b.id && (a.repeated ?? false) === (b.repeated ?? false);
    if (events.length > 0) {
      const starts = all.flatMap((line, place) => (same(line, events[0]) ? [place] : []));
      if (starts.length === 0) return find('invented', events[0].id, 'a page handled what the server did not');
      const fits = starts.find((start) => events.every((event, k) => all[start + k] && same(event, all[start + k])));
      const start = fits ?? starts[0];
      const wrong = fits === undefined ? events.findIndex((event, k) => !all[start + k] || !same(event, all[start + k])) : -1;
      if (wrong >= 0) return misfit(events, wrong, all, start, find);
      const missed = all.slice(0, start).find(({ at }) => at > openedAt);
      if (missed) return find('lost', missed.id, 'a page did not get it, although its session was open');
      all.splice(0, start + events.length);
    }
    // What was under way when the page left, or when its session ended, was told by that.
    const missed = lasts && all.find(({ at }) => at > openedAt && at < endedAt);
    if (missed) find('lost', missed.id, 'a page did not get it, and its session goes on');
  });
}

/** @param {Line[]} events @param {number} wrong @param {Line[]} all @param {number} start @param {(verdict: Verdict, id: string | undefined, words: string) => void} find */
function misfit(events, wrong, all, start, find) {
  const { id, repeated } = events[wrong];
  const before = events.slice(0, wrong).some((event) => event.id === id && event.repeated === repeated);
  const place = all.findIndex((line) => line.id === id);
  if (before) find('twice', id, 'a page handled it twice in one session');
  else if (place < 0) find('invented', id, 'a page handled what the server did not');
  else if (place < start + wrong || events.some((event) => event.id === all[start + wrong]?.id)) find('order', id, 'a page handled it in another order than the server');
  else find('lost', all[start + wrong].id, 'a page did not get it, although it got later ones');
}

// ---- what is selected

/** At the end everybody shows what Flex shows. @param {Line[]} flex @param {Line[][]} others @param {(verdict: Verdict, id: string | undefined, words: string) => void} find */
function judgeSelection(flex, others, find) {
  const last = (journal, step) => journal.findLast((line) => line.step === step && isSelection(line));
  const shown = (line) => (line?.type === 'TaskDeselected' ? undefined : line?.id);
  const truth = shown(last(flex, 'issued'));
  for (const journal of others) {
    // A page that left before the end shows nothing any more.
    if (journal.some(did('over'))) continue;
    const theirs = shown(last(journal, 'handled'));
    if (theirs !== truth) find('stale', theirs, `${theirs ?? 'nothing'} is shown as selected, and it is ${truth ?? 'nothing'}`);
  }
}

// ---- dials

/** @param {Line[]} flex @param {Line[][]} pages @param {(verdict: Verdict, id: string | undefined, words: string) => void} find */
function judgeDials(flex, pages, find) {
  const started = new Map();
  for (const { id, at } of flex.filter(did('dialled'))) started.set(id, [...(started.get(id) ?? []), at]);
  const issued = new Map();
  for (const page of pages) {
    const ended = page.filter((line) => line.step === 'ended' && line.type === 'DialRequest');
    for (const line of page.filter((each) => each.step === 'issued' && each.type === 'DialRequest')) {
      issued.set(line.id, line);
      const [first, ...more] = ended.filter(({ id }) => id === line.id);
      if (!first) find('silent', line.id, 'who clicked was not told what became of it');
      if (more.length > 0) find('second outcome', line.id, `${[first, ...more].map(({ outcome }) => outcome).join(', then ')}`);
      const calls = started.get(line.id) ?? [];
      if (first?.outcome === 'placed' && calls.length === 0) find('untrue', line.id, 'placed, it says, and there was no call');
      if (['refused', 'expired', 'failed'].includes(first?.outcome) && calls.length > 0) find('untrue', line.id, `${first.outcome}, it says, and there was a call`);
    }
  }
  for (const [id, calls] of started) {
    const click = issued.get(id);
    if (!click) find('invented', id, 'a call that nobody asked for');
    if (calls.length > 1) find('double dial', id, `started ${calls.length} times`);
    const age = Math.max(...calls) - click?.at;
    if (age > click?.lifetimeMs + startWithinMs) find('late dial', id, `started ${age} ms after the click, which was good for ${click.lifetimeMs}`);
  }
}

/** A journal by process: each begins with its start. @param {Line[]} journal */
function runsOf(journal) {
  /** @type {Array<{startedAt: number, lines: Line[]}>} */
  const runs = [];
  for (const line of journal) {
    if (line.step === 'start' || runs.length === 0) runs.push({ startedAt: line.step === 'start' ? line.at : -Infinity, lines: [] });
    runs[runs.length - 1].lines.push(line);
  }
  return runs;
}

/** What the journals show that a run went through. @param {Case[]} cases */
export function tally(cases) {
  const count = { events: 0, unheard: 0, delivered: 0, repeated: 0, resumed: 0, reset: 0, dials: 0, started: 0 };
  const outcomes = {};
  for (const { flex, server, pages } of cases) {
    const issued = flex.filter((line) => line.step === 'issued' && isEvent(line));
    const heard = new Set(server.filter(did('handled')).map(({ id }) => id));
    count.events += issued.length;
    count.unheard += issued.filter(({ id }) => !heard.has(id)).length;
    count.started += flex.filter(did('dialled')).length;
    count.delivered += pages.flat().filter((line) => line.step === 'handled' && isEvent(line)).length;
    count.repeated += server.filter((line) => line.step === 'handled' && line.repeated).length;
    for (const line of [...flex, ...pages.flat()]) {
      if (line.step !== 'open') continue;
      if (line.resumed) count.resumed++;
      if (line.reset) count.reset++;
    }
    for (const { step, outcome } of pages.flat()) {
      if (step !== 'ended') continue;
      count.dials++;
      outcomes[/** @type {string} */ (outcome)] = (outcomes[/** @type {string} */ (outcome)] ?? 0) + 1;
    }
  }
  return { ...count, ...outcomes };
}
