// The examples as processes.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isForbidden } from '../support/output.mjs';
import { Program } from '../support/program.mjs';

/** A dial policy without limits that a test would meet. */
export const policy = fileURLToPath(new URL('../support/dial_policy.json', import.meta.url));

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
    '--idle-ms', String(idleMs), '--dials-per-minute', '1000000', '--policy', policy, '--verbose', ...agents.flatMap((agent) => ['--agent', agent]),
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
