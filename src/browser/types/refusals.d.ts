/**
 * @param {any} error  whatever Flex threw
 * @returns {{reason: string, detail: string}} never with Flex's own sentence, which may hold the number
 */
export function refusalOf(error: any): {
    reason: string;
    detail: string;
};
/**
 * code: Flex's own, goes into `detail`; rows without one have a word of ours there.
 * said: how the sentence of the UI's error begins or what it contains, in lower case.
 * @type {ReadonlyArray<{reason: string, said?: string[], codes?: number[], detail?: string}>}
 */
export const refusals: ReadonlyArray<{
    reason: string;
    said?: string[];
    codes?: number[];
    detail?: string;
}>;
