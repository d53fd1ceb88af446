// Why Flex did not do what it was asked, in the protocol's words. Flex's action rejects with an English sentence, its SDK
// with a number; TaskRouter gives Twilio's number when it cancels a reservation.

/**
 * code: Flex's own, goes into `detail`; rows without one have a word of ours there.
 * said: how the sentence of the UI's error begins or what it contains, in lower case.
 * action: the row is for this action alone.
 * @type {ReadonlyArray<{reason: string, said?: string[], codes?: number[], detail?: string, action?: string}>}
 */
export const refusals = [
  { reason: 'outbound_disabled', said: ['outbound calling disabled'], codes: [48425] },
  { reason: 'misconfigured', said: ["missing 'from' argument"], codes: [48421] },
  { reason: 'misconfigured', said: ['missing queue'], codes: [48422] },
  { reason: 'misconfigured', said: ['task could not be created'], codes: [48423] },
  { reason: 'misconfigured', said: ['routingtarget worker is not valid'], codes: [48430] },
  { reason: 'agent_offline', said: ['cannot do outbound calls when offline'], codes: [48424] },
  { reason: 'agent_busy', said: ['voice call already live', 'live call task already exists'], codes: [48427] },
  { reason: 'agent_busy', said: ['outbound call action already pending'], detail: 'dial_pending' },
  { reason: 'agent_busy', said: ['action is pending'], detail: 'dial_pending', action: 'StartOutboundCall' },
  { reason: 'inbound_pending', said: ['cannot do outbound calls with a pending inbound call'], codes: [48426] },
  { reason: 'no_audio', codes: [48428] },
  { reason: 'destination_refused', said: ['invalid destination', 'missing destination'], codes: [48902] },
  { reason: 'destination_refused', codes: [13223, 13224, 21211, 21214, 21217] },
  { reason: 'destination_not_allowed', codes: [13225, 13227, 21215, 21216, 21219, 32205] },
  { reason: 'misconfigured', codes: [21210] },
  { reason: 'failed', codes: [45302, 45303, 45304, 45305, 45306, 45307] },
  // After 30 s without news the SDK gives up, but the call may still come: that is not a refusal.
  { reason: 'handler_timeout', codes: [48429] },
  { reason: 'no_audio', said: ['browser voice disabled'], detail: 'voice_disabled' },
  { reason: 'failed', said: ['reservation for task not found', 'reservation not found', 'task not found', 'no task in payload'], detail: 'task_missing' },
  { reason: 'failed', said: ['reservation is not in pending state'], detail: 'not_pending' },
  { reason: 'failed', said: ['reservation is not in accepted state'], detail: 'not_accepted' },
  { reason: 'failed', said: ['reservation is in completed state'], detail: 'completed' },
  { reason: 'failed', said: ['could not accept call', 'could not accept reservation'], detail: 'cannot_accept' },
  { reason: 'failed', said: ['could not reject reservation'], detail: 'cannot_reject' },
  { reason: 'failed', said: ['could not complete reservation'], detail: 'cannot_complete' },
  { reason: 'failed', said: ['cannot transfer task'], detail: 'cannot_transfer' },
  { reason: 'failed', said: ['cannot unhold call', 'error unholding call'], detail: 'cannot_unhold' },
  { reason: 'failed', said: ['cannot hold call', 'error holding call'], detail: 'cannot_hold' },
  {
    reason: 'failed', detail: 'no_active_call',
    said: ['no active call', 'cannot call mute with no live call', 'cannot send digits to a non live call'],
  },
  { reason: 'failed', said: ['could not set activity'], detail: 'cannot_set_activity' },
  { reason: 'failed', said: ['action is pending'], detail: 'action_pending' },
  { reason: 'failed', said: ['action does not exist'], detail: 'action_missing' },
  { reason: 'failed', said: ['action is blocked'], detail: 'action_blocked' },
  { reason: 'failed', said: ['cancelled by before event', 'canceled by before event'], detail: 'action_cancelled' },
];

/**
 * @param {any} error      whatever Flex threw; the error that Flex wrapped knows more than Flex's own
 * @param {string} [action]
 * @returns {{reason: string, detail: string}} never with Flex's own sentence, which may hold the number
 */
export function refusalOf(error, action = 'StartOutboundCall') {
  const rows = refusals.filter((row) => row.action === undefined || row.action === action);
  const told = [error?.content?.wrappedError, error];
  const codes = told.map((one) => Number(one?.code ?? NaN)).filter(Number.isSafeInteger);
  for (const code of codes) {
    const row = rows.find((one) => one.codes?.includes(code));
    if (row) return { reason: row.reason, detail: String(code) };
  }
  for (const one of told) {
    const sentence = String(typeof one === 'string' ? one : one?.message ?? '').toLowerCase();
    const row = rows.find(({ said }) => said?.some((part) => sentence.includes(part)));
    if (row) return { reason: row.reason, detail: row.detail ?? String(row.codes?.[0]) };
  }
  return { reason: 'failed', detail: codes.length > 0 ? String(codes[0]) : 'unknown_error' };
}
