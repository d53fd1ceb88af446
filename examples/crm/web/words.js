// What became of a dial, in the words of the person who clicked.

/** Flex's own codes for a set-up that is not complete. */
const setUp = {
  48421: 'no caller ID is chosen',
  48422: 'no TaskQueue is chosen',
  48423: 'no Workflow is chosen',
  48430: 'you are not in the chosen TaskQueue',
  21210: 'the caller ID is not verified',
};

const refusals = {
  agent_offline: () => 'you are offline in Flex',
  agent_busy: () => 'you already have a call in Flex',
  outbound_disabled: () => 'outgoing calls are switched off in Flex (Voice, Flex Dialpad)',
  misconfigured: ({detail}) => `Flex is not set up for outgoing calls${known(setUp, detail) ? `: ${setUp[detail]}` : detail ? ` (${detail})` : ''}`,
  invalid_destination: () => 'Flex does not accept this number',
  destination_refused: () => 'Flex does not accept this number',
  destination_not_allowed: () => 'calls to this destination are not allowed',
  no_audio: () => 'Flex has no microphone or no voice connection',
  inbound_pending: () => 'an incoming call is waiting in Flex',
  expired: () => 'Flex did not take the call in time',
  failed: ({detail}) => `Flex could not place it${detail ? ` (${detail})` : ''}`,
  rate_limited: ({retryAfterMs}) => retryAfterMs
    ? `too many calls in a short time; try again in ${Math.ceil(retryAfterMs / 1000)} s`
    : 'too many calls in a short time; try again in a moment',
  session_lost: () => 'the connection to the server or to Flex was lost',
  not_connected: () => 'the server is not connected',
  unauthorized: () => 'this page is no longer signed in',
  wrong_role: () => 'this page may not place calls',
};

const known = (table, key) => key !== undefined && Object.hasOwn(table, key);

/**
 * @param {'placed' | 'refused' | 'expired' | 'failed' | 'unknown'} outcome
 * @param {{reason?: string, detail?: string, retryAfterMs?: number} | undefined} error
 * @param {string} destination
 */
export function outcomeWords(outcome, error, destination) {
  if (outcome === 'placed') return `Call to ${destination} placed.`;
  if (outcome === 'unknown') {
    return `Call to ${destination}: we do not know whether the call was placed; look at Flex before dialling again.`;
  }
  const {reason} = error;
  const words = known(refusals, reason) ? refusals[reason](error) : `Flex refused it${reason ? ` (${reason})` : ''}`;
  return `Call to ${destination} not placed: ${words}.`;
}
