// Everything that is so, told once to a session that knows nothing.

/**
 * @typedef {object} Whole  of a Snapshot
 * @property {any} agent
 * @property {any[]} tasks
 * @property {any} [selected]
 * @property {any[]} calls
 * @property {boolean} reset
 */

/** Left out one after the other until the rest fits into a frame: least important first. @type {Array<(whole: Whole) => Whole>} */
const lighter = [
  (whole) => whole,
  (whole) => ({ ...whole, tasks: whole.tasks.map(({ attributes, ...task }) => task) }),
  (whole) => ({ ...whole, tasks: [], calls: [] }),
  (whole) => ({ ...whole, tasks: [], calls: [], selected: undefined }),
];

/**
 * @param {import('./endpoint.js').Endpoint} endpoint @param {Whole} whole
 * @param {(error: import('./error.js').FlexcrmError) => void} onShortened
 */
export function tellWhole(endpoint, whole, onShortened) {
  for (const shorten of lighter) {
    const { error } = endpoint.send('Snapshot', shorten(whole));
    if (!error) return;
    onShortened(error);
  }
}
