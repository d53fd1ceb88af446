// Why Flex did not dial, in the protocol's words. Flex's action rejects with an English sentence, its SDK
// with a number; TaskRouter gives Twilio's number when it cancels a reservation.

/**
 * code: Flex's own, goes into `detail`; rows without one have a word of ours there.
 * said: how the sentence of the UI's error begins or what it contains, in lower case.
 * @type {ReadonlyArray<{reason: string, said?: string[], codes?: number[], detail?: string}>}
 */
export const refusals = [
  { reason: 'outbound_disabled', said: ['outbound calling disabled'], codes: [48425] },
  { reason: 'misconfigured', said: ["missing 'from' argument"], codes: [48421] },
  { reason: 'misconfigured', said: ['missing queue'], codes: [48422] },
  { reason: 'misconfigured', said: ['task could not be created'], codes: [48423] },
  { reason: 'misconfigured', said: ['routingtarget worker is not valid'], codes: [48430] },
  { reason: 'agent_offline', said: ['cannot do outbound calls when offline'], codes: [48424] },
  { reason: 'agent_busy', said: ['voice call already live', 'live call task already exists'], codes: [48427] },
  { reason: 'agent_busy', said: ['outbound call action already pending', 'action is pending'], detail: 'dial_pending' },
  { reason: 'inbound_pending', said: ['cannot do outbound calls with a pending inbound call'], codes: [48426] },
  { reason: 'no_audio', codes: [48428] },
  { reason: 'destination_refused', said: ['invalid destination', 'missing destination'], codes: [48902] },
  { reason: 'destination_refused', codes: [13223, 13224, 21211, 21214, 21217] },
  { reason: 'destination_not_allowed', codes: [13225, 13227, 21215, 21216, 21219, 32205] },
  { reason: 'misconfigured', codes: [21210] },
  { reason: 'failed', codes: [45302, 45303, 45304, 45305, 45306, 45307] },
  // After 30 s without news the SDK gives up, but the call may still come: that is not a refusal.
  { reason: 'handler_timeout', codes: [48429] },
  { reason: 'failed', said: ['action does not exist'], detail: 'action_missing' },
  { reason: 'failed', said: ['action is blocked'], detail: 'action_blocked' },
  { reason: 'failed', said: ['cancelled by before event', 'canceled by before event'], detail: 'action_cancelled' },
];

/**
 * @param {any} error  whatever Flex threw
 * @returns {{reason: string, detail: string}} never with Flex's own sentence, which may hold the number
 */
export function refusalOf(error) {
  const code = Number(error?.code);
  const byCode = refusals.find(({ codes }) => codes?.includes(code));
  if (byCode) return { reason: byCode.reason, detail: String(code) };
  const sentence = String(typeof error === 'string' ? error : error?.message ?? '').toLowerCase();
  const bySentence = refusals.find(({ said }) => said?.some((part) => sentence.includes(part)));
  if (bySentence) return { reason: bySentence.reason, detail: bySentence.detail ?? String(bySentence.codes?.[0]) };
  return { reason: 'failed', detail: Number.isSafeInteger(code) ? String(code) : 'unknown_error' };
}
