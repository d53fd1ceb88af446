// An example as a process: told lines, read line by line.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const patienceMs = 20000;

/** However the test ends, nothing that it started stays behind. @type {Set<Program>} */
const running = new Set();
process.on('exit', () => running.forEach((program) => program.kill()));

export class Program {
  /** How it ended. @type {Promise<number | NodeJS.Signals | null>} */
  gone;
  /** Called with every line of standard output that nobody waits for. @type {((line: string) => void) | undefined} */
  onLine;

  #process;
  /** What it wrote and nobody asked for yet. @type {string[]} */
  #unread = [];
  /** @type {string[]} */
  #seen = [];
  #look = () => {};

  /** @param {string} binary @param {string[]} args @param {Record<string, string>} [env] */
  constructor(binary, args = [], env = {}) {
    this.#process = spawn(binary, args, { env: { ...process.env, ...env } });
    running.add(this);
    this.#process.stdin.on('error', () => {});
    this.gone = new Promise((resolve) => this.#process.once('close', (code, signal) => {
      running.delete(this);
      resolve(signal ?? code);
    }));
    createInterface({ input: this.#process.stderr }).on('line', (line) => this.#take(line));
    createInterface({ input: this.#process.stdout }).on('line', (line) => this.onLine ? this.onLine(line) : this.#take(line));
  }

  /** @param {string} line */
  write(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  /** No more lines. */
  end() {
    this.#process.stdin.end();
  }

  /** @param {NodeJS.Signals} [signal] */
  kill(signal = 'SIGKILL') {
    this.#process.kill(signal);
  }

  /** Passes over lines until one begins so. @param {string} prefix @returns {Promise<string>} the rest of it */
  line(prefix) {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`no line "${prefix}" came; it wrote\n${this.#seen.join('\n')}`));
      const timer = setTimeout(fail, patienceMs);
      this.#look = () => {
        const at = this.#unread.findIndex((line) => line.startsWith(prefix));
        if (at < 0) return;
        clearTimeout(timer);
        this.#look = () => {};
        resolve(this.#unread.splice(0, at + 1)[at].slice(prefix.length));
      };
      this.gone.then(() => this.#look()).then(() => clearTimeout(timer)).then(fail);
      this.#look();
    });
  }

  /** @param {string} line */
  #take(line) {
    this.#seen.push(line);
    this.#unread.push(line);
    this.#look();
  }
}
