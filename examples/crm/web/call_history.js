// The calls with one contact, newest first.
import {icon, make} from './dom.js';
import {clockWords, hasWords, momentWords, put, say} from './words.js';
import {dispositionWords} from './wrap_up.js';

const wordsOr = (key, text) => (hasWords(key) ? say(key) : text);

/** @param {HTMLElement} list @param {object[] | null} calls null: they could not be loaded */
export function showCalls(list, calls) {
  if (calls === null || calls.length === 0) {
    list.replaceChildren(make('li', {class: 'calls-none', words: calls === null ? 'profile.calls_failed' : 'profile.calls_none'}));
    return;
  }
  list.replaceChildren(...calls.map(item));
}

function item({taskSid, direction, startedAt, durationSeconds, outcome, agent, disposition, notes, cause, causeCode}) {
  const way = direction === 'inbound' || direction === 'outbound' ? direction : 'none';
  const date = new Date(startedAt);
  const time = make('time', {datetime: startedAt, words: () => momentWords(date)});
  const ending = [causeCode && `end.code.${causeCode}`, cause && `end.cause.${cause}`].find(key => key && hasWords(key));
  const facts = make('p', {class: 'past-facts'});
  put(facts, () => [
    outcome && wordsOr(`outcome.${outcome}`, outcome), ending && outcome !== 'answered' && say(ending),
    durationSeconds != null && clockWords(durationSeconds), agent,
  ].filter(Boolean).join(' · '));
  const row = make('li', {class: 'past-call', 'data-task': taskSid, 'data-outcome': outcome ?? 'unknown', 'data-way': way},
    icon(way === 'outbound' ? 'out' : 'in'),
    make('div', {},
      make('p', {class: 'past-head'}, make('span', {class: 'past-way', words: `direction.${way}`}), time), facts));
  if (disposition) row.lastElementChild.firstElementChild.append(make('span', {class: 'past-disposition', words: () => dispositionWords(disposition)}));
  if (notes) row.lastElementChild.append(make('p', {class: 'past-notes', words: () => notes}));
  return row;
}
