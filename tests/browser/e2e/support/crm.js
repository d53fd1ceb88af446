// Starts the CRM binary and stops it again.
import {spawn} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {isForbidden} from '../../../support/output.mjs';

const startMs = 15000;
const lenientPolicy = fileURLToPath(new URL('../../../support/dial_policy.json', import.meta.url));
const opened = /^flexcrm-crm: open (https?:\/\/\S+)$/;

export class Crm {
  url;
  /** What it wrote, both ways. @type {string[]} */
  lines = [];
  #process;
  #folder;

  /**
   * @param {{port?: number, args?: string[], folder?: string}} [options]
   *   folder: where the database lives; one of its own is made and removed otherwise
   */
  static async start({port = 0, args = [], folder} = {}) {
    const binary = process.env.FLEXCRM_CRM;
    if (!binary) throw new Error('FLEXCRM_CRM must name the flexcrm-crm binary');
    const crm = new Crm();
    crm.#folder = folder === undefined ? await mkdtemp(join(tmpdir(), 'flexcrm-e2e-')) : undefined;
    const database = join(folder ?? crm.#folder, 'crm.sqlite');
    const policy = args.includes('--policy') ? [] : ['--policy', lenientPolicy];
    crm.#process = spawn(binary, ['--port', String(port), '--database', database, '--agent', 'alice', '--dials-per-minute', '100', '--verbose', ...policy, ...args],
      {stdio: ['ignore', 'pipe', 'pipe']});
    crm.url = await crm.#address();
    return crm;
  }

  get origin() {
    return new URL(this.url).origin;
  }

  get port() {
    return Number(new URL(this.url).port);
  }

  /** As a crash would end it. What it wrote must hold no telephone number and no control character. */
  async kill() {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise(resolve => this.#process.once('exit', resolve));
      this.#process.kill('SIGKILL');
      await gone;
    }
    if (this.#folder) await rm(this.#folder, {recursive: true, force: true});
    const wrong = this.lines.filter(isForbidden);
    if (wrong.length > 0) throw new Error(`flexcrm-crm must not write this: ${JSON.stringify(wrong)}`);
  }

  /** @param {NodeJS.Signals} name */
  signal(name) {
    this.#process.kill(name);
  }

  #address() {
    return new Promise((resolve, reject) => {
      let complaints = '';
      const fail = why => reject(new Error(`flexcrm-crm ${why}\n${complaints}`));
      const timer = setTimeout(() => fail(`printed no address within ${startMs} ms`), startMs);
      createInterface({input: this.#process.stderr}).on('line', line => {
        this.lines.push(line);
        complaints = `${complaints}${line}\n`.slice(-4000);
      });
      this.#process.once('error', error => fail(`did not start: ${error.message}`));
      this.#process.once('exit', code => fail(`ended with code ${code}`));
      createInterface({input: this.#process.stdout}).on('line', line => {
        this.lines.push(line);
        const url = line.match(opened)?.[1];
        if (!url) return;
        clearTimeout(timer);
        resolve(url);
      });
    });
  }
}
