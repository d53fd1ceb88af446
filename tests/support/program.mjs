// A program of ours as a process: started, told lines, read line by line, ended.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';

const patienceMs = 30000;
/** What is kept of its lines: those that nobody asked for, and the last for an error's text. */
const mostKept = 1000;
const mostShown = 40;

/** However this process ends, nothing that it started stays behind. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => running.forEach((each) => each.kill('SIGKILL')));

export class Program {
  /** How it ended: its exit code, or the signal. @type {Promise<number | NodeJS.Signals | null>} */
  gone;
  /** Called with every line that it writes. @type {(line: string, isOutput: boolean) => void} */
  onLine = () => {};
  /** Called when it ends and nobody asked it to. @type {(why: string) => void} */
  onCrash = () => {};

  #process;
  #asked = false;
  /** @type {Set<() => void>} */
  #waiting = new Set();
  /** What it wrote, and how many lines that was. @type {string[]} */
  #lines = [];
  #count = 0;
  /** Lines before this one were asked for, or passed over. */
  #read = 0;

  /** @param {string} binary @param {string[]} args @param {Record<string, string>} [env] */
  constructor(binary, args = [], env = {}) {
    this.#process = spawn(binary, args, { env: { ...process.env, ...env } });
    running.add(this.#process);
    this.#process.stdin.on('error', () => {});
    this.gone = new Promise((resolve) => this.#process.once('close', (code, signal) => resolve(signal ?? code)));
    this.#process.once('error', (error) => this.onCrash(error.message));
    this.#process.once('exit', (code, signal) => {
      running.delete(this.#process);
      if (!this.#asked) this.onCrash(`${binary} ended with ${signal ?? code}\n${this.#shown()}`);
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        ++this.#count;
        if (this.#lines.push(line) > mostKept) this.#lines.shift();
        for (const look of this.#waiting) look();
        this.onLine(line, stream === this.#process.stdout);
      });
    }
  }

  get pid() {
    return this.#process.pid;
  }

  /** What it has of the machine. (Its memory of files is the system's, not its own.) */
  usage() {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return {
      kibibytes: Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]),
      peakKibibytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]),
      descriptors: readdirSync(`/proc/${this.#process.pid}/fd`).length,
    };
  }

  /** @param {string} line */
  write(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  /** No more lines. */
  end() {
    this.#asked = true;
    this.#process.stdin.end();
  }

  /** Passes over what it wrote until a line begins so, be it there already. @param {string} prefix @returns {Promise<string>} the rest of it */
  async line(prefix) {
    const { index, rest } = await this.#find(prefix, this.#read);
    this.#read = index + 1;
    return rest;
  }

  /** The same of what it writes from now on. @param {string} prefix @returns {Promise<string>} */
  async next(prefix) {
    return (await this.#find(prefix, this.#count)).rest;
  }

  /** @param {NodeJS.Signals} name */
  signal(name) {
    this.#process.kill(name);
  }

  /** SIGKILL, as a crash would end it. */
  async kill() {
    this.#asked = true;
    this.signal('SIGKILL');
    await this.gone;
  }

  /** @param {string} [command] its own way to end; else SIGTERM @returns {Promise<number | NodeJS.Signals | null>} how it ended */
  async stop(command) {
    this.#asked = true;
    if (command) this.write(command);
    else this.signal('SIGTERM');
    return this.gone;
  }

  /** @param {string} prefix @param {number} from @returns {Promise<{index: number, rest: string}>} */
  #find(prefix, from) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const first = this.#count - this.#lines.length;
        const at = this.#lines.findIndex((line, i) => first + i >= from && line.startsWith(prefix));
        if (at < 0) return false;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve({ index: first + at, rest: this.#lines[at].slice(prefix.length) });
        return true;
      };
      const fail = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        reject(new Error(`no line "${prefix}" came; the last were\n${this.#shown()}`));
      };
      const timer = setTimeout(fail, patienceMs);
      if (look()) return;
      this.#waiting.add(look);
      this.gone.then(fail);
    });
  }

  #shown() {
    return this.#lines.slice(-mostShown).join('\n');
  }
}
