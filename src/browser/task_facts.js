// What the protocol says of a task, read from Flex's task object. Flex's `sid` of a task is its reservation's.

/** Where the protocol's word for a reservation's state is not Flex's. */
const statusWords = new Map([['pending', 'offered'], ['wrapping', 'wrapup']]);
const lastStatuses = new Set(['completed', 'canceled', 'rejected', 'timeout', 'rescinded']);

/** @param {any} task @returns {string} */
export function statusOf(task) {
  return statusWords.get(task.status) ?? task.status;
}

/** No other status comes after it. @param {string} status */
export function isOver(status) {
  return lastStatuses.has(status);
}

/** @param {any} task @returns {{taskSid: string, reservationSid: string}} */
export function sidsOf(task) {
  return { taskSid: task.taskSid, reservationSid: task.sid };
}

/** @param {any} task @returns {boolean} */
export function isVoice(task) {
  return task.taskChannelUniqueName === 'voice';
}

/** @param {any} task @returns {string | undefined} */
export function channelOf(task) {
  return task.channelType || task.taskChannelUniqueName || undefined;
}

/** @param {any} task @returns {string | undefined} */
export function directionOf(task) {
  return attributeOf(task, 'direction');
}

/** An attribute that is text and not empty. @param {any} task @param {string} name @returns {string | undefined} */
export function attributeOf({ attributes }, name) {
  const own = Object(attributes);
  const value = Object.hasOwn(own, name) ? own[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Who called whom. @param {any} task */
export function endsOf(task) {
  const isOutbound = directionOf(task) === 'outbound';
  return { from: attributeOf(task, 'from'), to: attributeOf(task, isOutbound ? 'outbound_to' : 'to') };
}

/** @param {unknown} date  Flex has Date objects @param {import('./clock.js').Clock} clock  for what Flex gives no time of */
export function timeOf(date, clock) {
  const isTime = date instanceof Date && !Number.isNaN(date.getTime());
  return (isTime ? date : new Date(clock.now().wall)).toISOString();
}

/** Twilio's number on a reservation that was canceled: busy, no permission, … @param {any} task @returns {number | undefined} */
export function canceledCodeOf(task) {
  const code = Number(task.sourceObject?.canceledReasonCode ?? NaN);
  return Number.isSafeInteger(code) && code > 0 ? code : undefined;
}
