// Frames, without a page: which answer belongs to which request, what of a frame is a person's, and a frame as a golden file.
import {decode, encode} from '/flexcrm/js/codec.js';
import {messages, results} from '/flexcrm/js/messages.js';
import {byteLength} from '/flexcrm/js/strict_json.js';

// ---- requests and their answers

/**
 * @typedef {object} Frame  as the server tells it
 * @property {number} number @property {number} at @property {number} session
 * @property {'flex' | 'crm'} role @property {'in' | 'out'} direction @property {string} text
 *
 * @typedef {object} Facts
 * @property {number} bytes
 * @property {'request' | 'answer' | 'unreadable'} kind
 * @property {string | undefined} type  the method, of an answer that of its request
 * @property {Frame & Facts} [other]    a request's answer, an answer's request
 * @property {{state: 'pending' | 'done' | 'failed' | 'none', reason?: string, ms?: number}} outcome
 */

/** Reads the frames of one run of the server, in their order. */
export class Conversation {
  /** Requests without an answer, by session, sender and id. @type {Map<string, Array<Frame & Facts>>} */
  #open = new Map();

  /**
   * @param {Frame} frame
   * @returns {{entry: Frame & Facts, settled: Array<Frame & Facts>}} settled: requests that it answers
   */
  read(frame) {
    const sender = frame.direction;
    const receiver = sender === 'in' ? 'out' : 'in';
    const place = (of, id) => JSON.stringify([frame.session, of, id]);
    // Nobody sees the Hello, but its answer.
    const requestsOf = id => this.#open.get(place(receiver, id)) ?? [];
    const message = decode(frame.text, {resultOf: id => (id === 'hello' ? 'Hello' : requestsOf(id).at(-1)?.type)});
    const entry = {...frame, bytes: byteLength(frame.text)};

    if (message.type === 'request') {
      Object.assign(entry, {kind: 'request', type: message.method, outcome: {state: message.id === undefined ? 'none' : 'pending'}});
      // A session that was resumed repeats what was not answered.
      if (message.id !== undefined) this.#open.set(place(sender, message.id), [...this.#open.get(place(sender, message.id)) ?? [], entry]);
      return {entry, settled: []};
    }
    const failed = message.error && {state: 'failed', reason: message.error.reason};
    if (message.type === 'refused' && message.of === 'request') {
      Object.assign(entry, {kind: 'unreadable', type: methodIn(frame.text), outcome: failed});
      // It is answered all the same, with what is wrong.
      if (message.id !== undefined) this.#open.set(place(sender, message.id), [entry]);
      return {entry, settled: []};
    }
    const settled = requestsOf(message.id);
    const request = settled.at(-1);
    this.#open.delete(place(receiver, message.id));
    if (message.type === 'response') Object.assign(entry, {kind: 'answer', type: message.of, outcome: failed ?? {state: 'done'}});
    else Object.assign(entry, {kind: 'unreadable', type: request?.type, outcome: failed});
    if (request) Object.assign(entry, {other: request, outcome: {...entry.outcome, ms: Math.max(0, frame.at - request.at)}});
    for (const one of settled) Object.assign(one, {other: entry, outcome: {...entry.outcome, ms: Math.max(0, frame.at - one.at)}});
    return {entry, settled};
  }
}

/** @param {string} text of a frame that is wrong somewhere */
function methodIn(text) {
  const value = parsed(text);
  return Object.hasOwn(messages, value?.method ?? '') ? value.method : undefined;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// ---- JSON as it is spelled

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * Changes keys and values and leaves everything else as it is spelled.
 * @param {string} text JSON
 * @param {(token: string, path: Array<string | undefined>, isKey: boolean) => string} change path: the keys that lead to it
 */
function rewrite(text, change) {
  /** @type {Array<{isObject: boolean, key?: string, wantsKey?: boolean}>} */
  const inside = [];
  return text.replace(tokens, token => {
    const place = inside.at(-1);
    if (token === '{' || token === '[') inside.push({isObject: token === '{', wantsKey: token === '{'});
    else if (token === '}' || token === ']') inside.pop();
    else if (token === ',' || token === ':') place.wantsKey = place.isObject && token === ',';
    else if (place?.wantsKey) {
      place.key = JSON.parse(token);
      return change(token, inside.map(({key}) => key), true);
    } else return change(token, inside.map(({key}) => key), false);
    return token;
  });
}

/**
 * JSON on several lines, every value as it is spelled.
 * @param {string} text @returns {Generator<['key' | 'text' | 'word' | 'mark', string]>}
 */
export function* pretty(text) {
  const all = [...text.matchAll(tokens)].map(([token]) => token);
  const line = depth => `\n${'  '.repeat(depth)}`;
  let depth = 0;
  for (const [index, token] of all.entries()) {
    const next = all[index + 1];
    if (token === '{' || token === '[') {
      yield ['mark', token + (next === '}' || next === ']' ? '' : line(depth + 1))];
      depth++;
    } else if (token === '}' || token === ']') {
      depth--;
      const isEmpty = all[index - 1] === '{' || all[index - 1] === '[';
      yield ['mark', (isEmpty ? '' : line(depth)) + token];
    } else if (token === ',') yield ['mark', `,${line(depth)}`];
    else if (token === ':') yield ['mark', ': '];
    else yield [next === ':' ? 'key' : token.startsWith('"') ? 'text' : 'word', token];
  }
}

// ---- what is a person's

const envelope = new Set(['jsonrpc', 'id', 'method', 'code', 'message', 'reason', 'pointer', 'detail', 'retryAfterMs']);
/** Names of members of params and results that say nothing of a person, wherever they are declared. */
const harmless = new Set(['session', 'dialId', 'activityName', 'queueName']);
{
  const kinds = new Map();
  const learn = fields => {
    for (const {name, kind, items, fields: own = []} of fields) {
      kinds.set(name, [...kinds.get(name) ?? [], kind === 'list' ? items.kind : kind]);
      learn(own);
      learn(items?.fields ?? []);
    }
  };
  for (const {fields = []} of [...Object.values(messages), ...Object.values(results)]) learn(fields);
  for (const [name, of] of kinds) if (of.every(kind => ['sid', 'choice', 'time', 'flag', 'integer'].includes(kind))) harmless.add(name);
}

const isSid = value => /^[A-Z]{2}[0-9a-f]{32}$/.test(value);
const isLongNumber = token => token.replace(/\D/g, '').length >= 7;

/** Whatever is not known to say nothing of a person is taken for a person's. */
function isPersonal(token, path, isKey) {
  const isText = token.startsWith('"');
  if (isText && isSid(JSON.parse(token))) return false;
  if (isKey) return isLongNumber(token) || token.includes('@');
  if (isText ? token === '""' : !isLongNumber(token)) return false;
  const name = path.findLast(key => key !== undefined);
  if (path[0] !== 'params' && path[0] !== 'result') return isLongNumber(token) || !envelope.has(name);
  return path.includes('attributes') || !harmless.has(name);
}

/** Attributes may be JSON in a string. */
const isAttributesText = (token, path, isKey) => !isKey && token.startsWith('"') && path.at(-1) === 'attributes' &&
  typeof parsed(JSON.parse(token)) === 'object';

/** @param {(token: string, path: Array<string | undefined>, isKey: boolean) => string} change of what is a person's */
function changePersonal(text, change) {
  const visit = (token, path, isKey) => {
    if (isAttributesText(token, path, isKey)) return JSON.stringify(rewrite(JSON.parse(token), (inner, more, key) => visit(inner, [...path, ...more], key)));
    return isPersonal(token, path, isKey) ? change(token, path, isKey) : token;
  };
  return rewrite(text, visit);
}

/**
 * A frame that may be looked at by others: of numbers the last two digits, of texts their length are left.
 * @param {string} text @returns {string} JSON to read, not to parse
 */
export function masked(text) {
  if (parsed(text) === undefined) return '•••';
  return changePersonal(text, token => {
    if (!token.startsWith('"')) return '•'.repeat(token.length);
    const value = JSON.parse(token);
    const isNumber = /^(\w+:)?\+?[\d ().-]+$/.test(value) && isLongNumber(value);
    const hide = part => part.replace(/[^\s+@:.-]/gu, '•');
    return JSON.stringify(isNumber ? hide(value.slice(0, -2)) + value.slice(-2) : hide(value).slice(0, 40));
  });
}

/**
 * The same frame of nobody: numbers that are reserved for fiction, texts without meaning. What is equal stays equal.
 * @param {string} text JSON
 */
export function fictitious(text) {
  const given = new Map();
  const instead = (value, make) => {
    if (!given.has(value)) given.set(value, make(given.size));
    return given.get(value);
  };
  return changePersonal(text, (token, path, isKey) => {
    if (!token.startsWith('"')) return instead(token, count => String(14155550100 + count));
    const value = JSON.parse(token);
    if (!isKey && path.at(-1) === 'digits') return JSON.stringify(value.replace(/\d/g, '1'));
    const [, channel, rest] = /^((?:client|sip|sms|tel|whatsapp):)?([^]*)$/.exec(value);
    return JSON.stringify((channel ?? '') + instead(rest, count =>
      /^\+?[\d ().-]+$/.test(rest) ? `+${14155550100 + count}` : rest.includes('@') ? `person${count}@example.com` : `text${count}`));
  });
}

// ---- golden files

const directions = {flex: {in: 'Flex', out: 'the server, to Flex'}, crm: {in: 'the CRM page', out: 'the server, to the CRM page'}};

/**
 * A case of tests/vectors: `valid/`, or `invalid/` when it has a `reason`.
 * @param {Frame & Facts} entry @param {boolean} isMasked whether people stay out of it
 * @returns {object | undefined} nothing when nobody can say what in it is a person's
 */
export function goldenCase(entry, isMasked) {
  if (isMasked && parsed(entry.text) === undefined) return undefined;
  const frame = isMasked ? fictitious(entry.text) : entry.text;
  const answers = entry.kind === 'request' || entry.other?.kind === 'unreadable' ? undefined : entry.type;
  const about = `${entry.kind === 'answer' ? `answer to ${entry.type ?? 'a request'}` : entry.type ?? 'a frame'}, from ${directions[entry.role][entry.direction]}`;
  const isAnswer = entry.kind === 'answer';
  const message = decode(frame, {resultOf: () => (isAnswer ? answers : undefined)});
  const head = {about, readers: ['cpp', 'js'], dialect: 'v1', ...(isAnswer && answers && {answers})};
  if (message.type === 'refused') {
    const {code, reason, pointer} = message.error;
    return {...head, frame, code, reason, ...(pointer && {pointer}), ...(message.id !== undefined && {id: true})};
  }
  const compact = [...frame.matchAll(tokens)].map(([token]) => token).join('');
  const keepsSpelling = JSON.stringify(parsed(frame)) === compact;
  const canonical = keepsSpelling ? encode(message).text : compact;
  return {...head, ...(!keepsSpelling && {readers: ['cpp'], note: 'JSON.parse keeps no spelling'}), frame, ...(canonical !== frame && {canonical})};
}
