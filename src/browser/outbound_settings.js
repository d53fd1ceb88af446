// How Flex is set up for outgoing calls, and what is missing: known before anybody dials.

/**
 * @typedef {import('./message_types.js').OutboundSettings} OutboundSettings
 * @typedef {'enabled' | 'caller_id' | 'queue' | 'workflow' | 'location'} OutboundSetting
 *
 * Something that is not set up in Flex.
 * @typedef {object} MissingSetting
 * @property {OutboundSetting} setting  what it is
 * @property {boolean} stopsCalls       Flex refuses every call; false: it can do without
 * @property {string} sentence          says what is missing and where it is chosen
 */

/**
 * The same sentences as in src/messages/outbound_settings.cpp; tests/vectors/settings has both. `has` looks at the dial too: what
 * it brings itself is not missing.
 * @type {ReadonlyArray<MissingSetting & {has: (settings: OutboundSettings, dial: {callerId?: string, queueSid?: string}) => unknown}>}
 */
const needed = [
  {
    setting: 'enabled', stopsCalls: true, has: ({ enabled }) => enabled,
    sentence: 'The dialpad is switched off. Enable it in the Console: Flex, Manage, Voice, Flex Dialpad.',
  },
  {
    setting: 'caller_id', stopsCalls: true, has: ({ callerId }, dial) => callerId ?? dial.callerId,
    sentence: 'No caller ID is chosen. Choose a number in the Console: Flex, Manage, Voice, Caller ID.',
  },
  {
    setting: 'queue', stopsCalls: true, has: ({ queueSid }, dial) => queueSid ?? dial.queueSid,
    sentence: 'No TaskQueue is chosen. Choose one in the Console: Flex, Manage, Voice, TaskQueue.',
  },
  {
    setting: 'workflow', stopsCalls: true, has: ({ workflowSid }) => workflowSid,
    sentence: 'No Workflow is chosen. Choose one in the Console: Flex, Manage, Voice, TaskRouter Workflow.',
  },
  {
    setting: 'location', stopsCalls: false, has: ({ location }) => location,
    sentence: "No default country is chosen: Flex's own dialpad takes numbers with a country code alone. Choose one in the Console: Flex, Manage, Voice.",
  },
];

/**
 * What is missing for a dial, in the order in which Flex asks for it; empty: nothing that Flex tells of. Voice geographic
 * permissions are not among them, since Flex does not tell them.
 * @param {OutboundSettings} settings
 * @param {{callerId?: string, queueSid?: string}} [dial]  DialRequest; by default one that brings nothing itself
 * @returns {MissingSetting[]}
 */
export function missing(settings, dial = {}) {
  return needed.filter(({ has }) => !has(settings, dial)).map(({ setting, stopsCalls, sentence }) => ({ setting, stopsCalls, sentence }));
}

/** What is odd in Flex's configuration is as good as not chosen, and must not keep the agent's state from being told. */
const shapes = { location: /^[A-Z]{2}$/, caller_id: /^[\x20-\x7e]{1,255}$/, queue_sid: /^WQ[0-9a-fA-F]{32}$/, workflow_sid: /^WW[0-9a-fA-F]{32}$/ };

/**
 * @param {any} manager  Flex's
 * @returns {OutboundSettings | undefined} undefined: Flex's configuration does not say
 */
export function outboundSettingsOf(manager) {
  const flow = manager.serviceConfiguration?.outbound_call_flows?.default;
  if (typeof flow !== 'object' || flow === null) return undefined;
  const chosen = (/** @type {keyof typeof shapes} */ name) => (shapes[name].test(flow[name] ?? '') ? String(flow[name]) : undefined);
  return {
    enabled: flow.enabled === true, location: chosen('location'),
    callerId: chosen('caller_id'), queueSid: chosen('queue_sid'), workflowSid: chosen('workflow_sid'),
  };
}
