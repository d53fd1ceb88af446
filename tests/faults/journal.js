// Journals (docs/journal.md): those that the examples write, and those of the pages in this process.
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * @typedef {object} Line
 * @property {number} at      ms since the epoch
 * @property {'start' | 'open' | 'lost' | 'over' | 'issued' | 'handled' | 'dialled' | 'ended' | 'torn'} step
 *   torn: no line at all, and not the one that a killed process was writing
 * @property {'in' | 'out'} [dir]
 * @property {string} [agent]
 * @property {string} [type]
 * @property {string} [id]
 * @property {string} [outcome]
 * @property {string} [reason]
 * @property {number} [lifetimeMs]
 * @property {boolean} [repeated]
 * @property {boolean} [resumed]
 * @property {boolean} [reset]
 */

/** A journal that still grows. */
export class JournalFile {
  /** What was read so far. @type {Line[]} */
  lines = [];

  #path;
  #offset = 0;
  #rest = '';
  #buffer = Buffer.alloc(1 << 16);

  /** @param {string} path */
  constructor(path) {
    this.#path = path;
  }

  /** Reads what came since the last time. @returns {Line[]} all of it */
  read() {
    const file = openSync(this.#path, 'r');
    try {
      for (let size; (size = readSync(file, this.#buffer, 0, this.#buffer.length, this.#offset)) > 0;) {
        this.#offset += size;
        this.#rest += this.#buffer.toString('latin1', 0, size);
      }
    } finally {
      closeSync(file);
    }
    const texts = this.#rest.split('\n');
    this.#rest = /** @type {string} */ (texts.pop());
    for (const text of texts) this.#take(text);
    return this.lines;
  }

  /** @param {string} text */
  #take(text) {
    const line = parse(text) ?? { at: 0, step: 'torn' };
    // A process that is killed may leave a part of a line; the next one starts.
    if (line.step === 'start' && this.lines.at(-1)?.step === 'torn') this.lines.pop();
    this.lines.push(line);
  }
}

/** @param {string} text @returns {Line | undefined} */
function parse(text) {
  try {
    const line = JSON.parse(text);
    return typeof line?.at === 'number' && typeof line.step === 'string' ? line : undefined;
  } catch {
    return undefined;
  }
}

/** What names a message on both sides, as the examples write it. @param {string} type @param {any} params */
export function idOf(type, { dialId, taskSid, status, state, at, selected }) {
  switch (type) {
    case 'DialRequest': return dialId;
    case 'TaskChanged': return `${taskSid}/${status}/${at}`;
    case 'CallChanged': return `${taskSid}/${state}/${at}`;
    case 'TaskSelected':
    case 'TaskDeselected': return taskSid;
    case 'Snapshot': return selected?.taskSid;
    default: return undefined;
  }
}
