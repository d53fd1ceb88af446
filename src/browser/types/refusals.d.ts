/**
 * @param {any} error      whatever Flex threw; the error that Flex wrapped knows more than Flex's own
 * @param {string} [action]
 * @returns {{reason: string, detail: string}} never with Flex's own sentence, which may hold the number
 */
export function refusalOf(error: any, action?: string): {
    reason: string;
    detail: string;
};
/**
 * code: Flex's own, goes into `detail`; rows without one have a word of ours there.
 * said: how the sentence of the UI's error begins or what it contains, in lower case.
 * action: the row is for this action alone.
 * @type {ReadonlyArray<{reason: string, said?: string[], codes?: number[], detail?: string, action?: string}>}
 */
export const refusals: ReadonlyArray<{
    reason: string;
    said?: string[];
    codes?: number[];
    detail?: string;
    action?: string;
}>;
