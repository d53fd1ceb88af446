// Processes, and directories that live as long as the tests.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const here = fileURLToPath(new URL('.', import.meta.url));
export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const browser = join(root, 'src/browser');

export const read = (...path) => readFileSync(join(...path), 'utf8');

/** An empty directory, gone after the tests. */
export function scratch() {
  const path = mkdtempSync(join(tmpdir(), 'flexcrm-package-'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Every file below a directory, by its path in it. */
export function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(directory.length + 1))
    .sort();
}

/** Runs a program to its end; what it wrote to stdout. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', timeout: 120000, ...options });
  assert.ifError(error);
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

export const tsc = (args, options) => run(process.execPath, [join(here, 'node_modules/typescript/bin/tsc'), ...args], options);
