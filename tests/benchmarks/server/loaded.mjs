// The servers that are measured, and one of them under the generator's load.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Those that were built in a directory. @param {string} programs */
export function serversIn(programs) {
  const program = (name) => join(programs, `flexcrm_benchmark_${name}`);
  return [
    { name: 'flexcrm', command: [program('flexcrm')], speaks: true },
    { name: 'Beast', command: [program('beast')] },
    { name: 'uWebSockets', command: [program('uwebsockets')] },
    { name: 'websocketpp', command: [program('websocketpp')] },
    { name: 'Node ws', command: [process.execPath, fileURLToPath(new URL('node.js', import.meta.url))] },
  ].filter(({ command }) => command.every((path) => existsSync(path))).map((server) => ({ ...server, generator: program('generator') }));
}

/**
 * Starts a server, loads it, ends it, and returns what the generator told.
 * @param {ReturnType<typeof serversIn>[number]} server
 * @param {string[]} args of the generator
 * @param {{tool?: string[], generatorTool?: string[], serverArgs?: string[], pidOf?: (started: number) => number}} [how]
 *   tools that run the two programs; the server's process, if it is not what its tool becomes
 */
export async function loaded({ name, command, speaks, generator }, args, { tool = [], generatorTool = [], serverArgs = [], pidOf = (pid) => pid } = {}) {
  const [first, ...rest] = [...tool, ...command, ...serverArgs];
  const started = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(started, 'exit');
  const [port] = await once(createInterface(started.stdout), 'line');
  const pid = pidOf(started.pid);
  try {
    const [load, ...options] = [...generatorTool, generator, '--port', port, '--pid', String(pid), ...(speaks ? [] : ['--raw']), ...args];
    const run = spawnSync(load, options, { encoding: 'utf8', timeout: 180_000 });
    if (run.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${run.stderr || run.error}`);
    return JSON.parse(run.stdout);
  } finally {
    process.kill(pid, 'SIGTERM');
    await gone;
  }
}
