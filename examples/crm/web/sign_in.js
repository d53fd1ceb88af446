// The sign-in page of the demo: one button for each agent.
import {ask} from './api.js';
import {element, make} from './dom.js';
import {offerLanguages} from './language_choice.js';
import {preferredLanguage, put, speak} from './words.js';

const query = new URLSearchParams(location.search);
/** Where one may go from here; anything else would be somebody else's wish. */
const next = ['/crm.html', '/flex/'].find(path => path === query.get('next')) ?? '/crm.html';
const reason = {signed_out: 'signin.signed_out', goodbye: 'signin.goodbye'}[query.get('why')];

function tell(kind, words) {
  element('sign-in-status').dataset.kind = kind;
  put(element('sign-in-status'), words);
}

function unreachable() {
  tell('bad', 'signin.no_server');
  const again = make('button', {type: 'button', class: 'agent-choice', words: 'signin.retry'});
  again.addEventListener('click', () => void showAgents());
  element('agents').replaceChildren(make('li', {}, again));
}

async function showAgents() {
  const {ok, data} = await ask('/api/agents');
  if (!ok) return unreachable();
  tell('', reason ?? (() => ''));
  element('agents').replaceChildren(...data.agents.map(agent => {
    const button = make('button', {type: 'button', class: 'agent-choice', 'data-agent': agent},
      make('span', {class: 'agent-mark', 'aria-hidden': 'true'}, agent.slice(0, 1)),
      make('span', {class: 'visually-hidden', words: 'signin.as'}), ' ', make('span', {}, agent));
    button.addEventListener('click', () => void signIn(agent));
    return make('li', {}, button);
  }));
}

async function signIn(agent) {
  const {ok, status} = await ask('/login', {agent});
  if (ok) location.assign(next);
  else tell('bad', status === 0 ? 'signin.no_server' : 'signin.failed');
}

await speak(preferredLanguage());
offerLanguages(element('language'));
put(document.querySelector('title'), 'signin.title');
await showAgents();
