// The examples as processes: started, told, killed.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { isForbidden } from '../support/output.mjs';

const patienceMs = 30000;

/** However this process ends, nothing that it started stays behind. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => running.forEach((each) => each.kill('SIGKILL')));

export class Program {
  /** Called with every line of output. @type {(line: string) => void} */
  onLine = () => {};
  /** Called when it ends and nobody asked it to. @type {(why: string) => void} */
  onCrash = () => {};

  #process;
  #gone;
  #asked = false;
  /** @type {Set<(line?: string) => void>} */
  #waiting = new Set();
  /** The last of what it printed. @type {string[]} */
  #printed = [];

  /** @param {string} binary @param {string[]} args */
  constructor(binary, args) {
    this.#process = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(this.#process);
    this.#process.stdin.on('error', () => {});
    this.#gone = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.once('error', (error) => this.onCrash(error.message));
    this.#process.once('exit', (code, signal) => {
      running.delete(this.#process);
      for (const look of this.#waiting) look();
      if (!this.#asked) this.onCrash(`${binary} ended with ${signal ?? code}\n${this.#printed.join('\n')}`);
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (this.#printed.push(line) > 40) this.#printed.shift();
        for (const look of this.#waiting) look(line);
        this.onLine(line);
      });
    }
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

  /** @param {string} command */
  write(command) {
    this.#process.stdin.write(`${command}\n`);
  }

  /** The rest of the next line that begins so. @param {string} prefix @returns {Promise<string>} */
  line(prefix) {
    return new Promise((resolve, reject) => {
      /** @param {string} [found] */
      const end = (found) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (found !== undefined) resolve(found.slice(prefix.length));
        else reject(new Error(`no line "${prefix}" came; the last were\n${this.#printed.join('\n')}`));
      };
      const timer = setTimeout(end, patienceMs);
      /** @param {string} [line] */
      const look = (line) => (line === undefined || line.startsWith(prefix)) && end(line);
      this.#waiting.add(look);
    });
  }

  /** SIGKILL, as a crash would end it. */
  async kill() {
    this.#asked = true;
    this.#process.kill('SIGKILL');
    await this.#gone;
  }

  /** @param {string} [command] its own way to end; else SIGTERM @returns {Promise<number | null>} its exit code */
  async stop(command) {
    this.#asked = true;
    if (command) this.write(command);
    else this.#process.kill('SIGTERM');
    return this.#gone;
  }
}

/** @param {string} name of an environment variable that CTest sets */
export function binary(name) {
  const path = process.env[name];
  if (!path) throw new Error(`${name} must name the binary`);
  return path;
}

/**
 * @param {{port: number, folder: string, agents: string[], proxies: Array<{flex: {port: number}, pages: {port: number}}>,
 *   idleMs: number, onCrash: (why: string) => void}} options
 */
export async function startCrm({ port, folder, agents, proxies, idleMs, onCrash }) {
  const program = new Program(binary('FLEXCRM_CRM'), [
    '--port', String(port), '--database', `${folder}/crm.sqlite`, '--journal', `${folder}/crm.jsonl`,
    '--idle-ms', String(idleMs), '--dials-per-minute', '1000000', '--verbose', ...agents.flatMap((agent) => ['--agent', agent]),
    ...proxies.flatMap(({ flex, pages }) => [flex.port, pages.port]).flatMap((own) => ['--allow-host', `127.0.0.1:${own}`]),
  ]);
  program.onCrash = onCrash;
  program.onLine = (line) => isForbidden(line) && onCrash(`flexcrm-crm must not write this: ${JSON.stringify(line)}`);
  await program.line('flexcrm-crm: open ');
  return program;
}

/** @param {{port: number, folder: string, agent: string}} options */
export function startFlex({ port, folder, agent }) {
  return new Program(binary('FLEXCRM_PLUGIN_STUB'), [
    '--url', `ws://127.0.0.1:${port}/flexcrm`, '--agent', agent, '--journal', `${folder}/${agent}.jsonl`,
    '--reconnect-cap-ms', '100',
  ]);
}

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
