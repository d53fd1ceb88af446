// Where a run keeps its journals, and what it says in the end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalFile } from './journal.js';

export class Workplace {
  folder;
  failed = false;

  #name;
  #kept;
  #seed;
  #began = Date.now();
  /** @type {JournalFile | undefined} */
  #journal;

  /** @param {string} name @param {{keep?: string, seed: string}} options */
  constructor(name, { keep, seed }) {
    this.#name = name;
    this.#kept = keep !== undefined;
    this.#seed = seed;
    this.folder = keep ?? mkdtempSync(join(tmpdir(), `flexcrm-${name}-`));
    mkdirSync(this.folder, { recursive: true });
  }

  /** The journal of the server, so far. */
  server() {
    this.#journal ??= new JournalFile(`${this.folder}/crm.jsonl`);
    return this.#journal.read();
  }

  seconds() {
    return ((Date.now() - this.#began) / 1000).toFixed(1);
  }

  fail = (/** @type {string} */ why) => {
    this.failed = true;
    console.log(`${this.#name}: failed: ${why}`);
  };

  /** @param {import('./judge.js').Finding[]} findings @param {import('./judge.js').Case[]} cases */
  find(findings, cases) {
    for (const { verdict, agent, id, words } of findings) this.fail(`${verdict}: ${agent}, ${id}: ${words}`);
    if (!this.failed && !this.#kept) return;
    for (const { agent, pages } of cases) {
      pages.forEach((lines, i) => writeFileSync(`${this.folder}/${agent}.page-${i}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join('')));
    }
  }

  /** Ends this process. */
  leave() {
    if (this.failed) console.log(`${this.#name}: the journals are in ${this.folder}; again with --seed ${this.#seed}`);
    else if (!this.#kept) rmSync(this.folder, { recursive: true });
    console.log(`${this.#name}: ${this.failed ? 'FAILED' : 'passed'} after ${this.seconds()} s`);
    process.exit(this.failed ? 1 : 0);
  }
}
