/**
 * What is missing for a dial, in the order in which Flex asks for it; empty: nothing that Flex tells of. Voice geographic
 * permissions are not among them, since Flex does not tell them.
 * @param {OutboundSettings} settings
 * @param {{callerId?: string, queueSid?: string}} [dial]  DialRequest; by default one that brings nothing itself
 * @returns {MissingSetting[]}
 */
export function missing(settings: OutboundSettings, dial?: {
    callerId?: string;
    queueSid?: string;
}): MissingSetting[];
/**
 * @param {any} manager  Flex's
 * @returns {OutboundSettings | undefined} undefined: Flex's configuration does not say
 */
export function outboundSettingsOf(manager: any): OutboundSettings | undefined;
export type OutboundSettings = import("./message_types.js").OutboundSettings;
/**
 * Something that is not set up in Flex.
 */
export type OutboundSetting = "enabled" | "caller_id" | "queue" | "workflow" | "location";
export type MissingSetting = {
    /**
     * what it is
     */
    setting: OutboundSetting;
    /**
     * Flex refuses every call; false: it can do without
     */
    stopsCalls: boolean;
    /**
     * says what is missing and where it is chosen
     */
    sentence: string;
};
