// Python's `websockets` as the client; its tests are in test_websockets.py.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { attack, attacks } from './attack.js';

const python = process.env.FLEXCRM_PYTHON ?? 'python3';
const missing = spawnSync(python, ['-c', 'import websockets']).status !== 0;

attacks('websockets as a client', () => {
  attack('honest and hostile', async (target) => {
    const agents = ['agent-random', ...Array.from({ length: 60 }, () => target.nextAgent())];
    const env = { ...process.env, FLEXCRM_URL: target.url, FLEXCRM_AGENTS: JSON.stringify(agents.slice(1)) };
    let over = false;
    const tests = promisify(execFile)(python, [fileURLToPath(new URL('test_websockets.py', import.meta.url))], { env })
      .catch((error) => assert.fail(error.stderr))
      .finally(() => { over = true; });
    while (!over) await target.works();
    await tests;
  }, { skip: missing && 'Debian\'s python3-websockets is missing' });
}, { agents: 100 });
