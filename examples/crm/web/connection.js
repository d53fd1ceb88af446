// What is connected: what the top bar says of it, and why nothing can be asked without it.
import {hasWords, put, say} from './words.js';

/**
 * @typedef {object} Link
 * @property {'up' | 'waiting' | 'down'} light
 * @property {() => string} words
 * @property {(() => string) | null} blocked why nothing can be asked of Flex
 */

/** @returns {Link} */
function link(light, words, blocked) {
  const said = key => () => say(key);
  return {light, words: typeof words === 'function' ? words : said(`link.${words}`), blocked: blocked ? said(`blocked.${blocked}`) : null};
}

/** @param {{state: string, reason: string}} server the endpoint's */
export function serverLink({state, reason}) {
  if (state === 'open') return link('up', 'connected');
  if (state === 'connecting') return link('waiting', 'connecting', 'connecting');
  if (state === 'waiting') return link('down', 'retrying', 'retrying');
  return reason === 'unauthorized' ? link('down', 'signed_out', 'signed_out') : link('down', 'disconnected', 'disconnected');
}

/** The agent's activity as Flex calls it; in words of ours where Flex's is no more than "Available" or "Offline". */
export function activityWords(agent) {
  const {availability, activityName} = agent ?? {};
  if (activityName && activityName.toLowerCase() !== availability) return activityName;
  return say(hasWords(`agent.${availability}`) ? `agent.${availability}` : 'link.connected');
}

/**
 * @param {Link} server
 * @param {object | null} agent Flex as the server knows it, from AgentChanged; null until it has said so in this session
 * @param {'absent' | 'connecting' | 'connected'} frame Flex as the frame on this page shows it
 * @returns {Link} `blocked` says why Flex cannot be asked at all
 */
export function flexLink(server, agent, frame) {
  if (server.blocked) return {...link('waiting', 'waiting_for_server'), blocked: server.blocked};
  const present = agent === null ? frame === 'connected' : agent.connected !== false;
  if (!present) return link('down', 'not_connected', 'no_flex');
  const light = {busy: 'waiting', offline: 'down'}[agent?.availability] ?? 'up';
  return link(light, () => activityWords(agent));
}

/** @param {HTMLElement} element @param {Link} link */
export function showLink(element, {light, words}) {
  element.dataset.state = light;
  put(element.querySelector('.link-words'), words);
}
