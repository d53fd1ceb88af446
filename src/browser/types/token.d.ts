/**
 * Rejects when the function throws, rejects or takes too long.
 * @param {() => string | undefined | Promise<string | undefined>} token @param {import('./clock.js').Clock} clock
 * @returns {Promise<string | undefined>}
 */
export function askForToken(token: () => string | undefined | Promise<string | undefined>, clock: import("./clock.js").Clock): Promise<string | undefined>;
