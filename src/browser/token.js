// A token that is asked for before each connection.

/** Whoever does not answer must not hold the connection up for ever. */
const withinMs = 10000;

/**
 * Rejects when the function throws, rejects or takes too long.
 * @param {() => string | undefined | Promise<string | undefined>} token @param {import('./clock.js').Clock} clock
 * @returns {Promise<string | undefined>}
 */
export function askForToken(token, clock) {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => reject(new Error('no token in time')), withinMs);
    new Promise((asked) => asked(token())).then(resolve, reject).then(() => clock.clearTimeout(timer));
  });
}
