// nginx as docs/deployment.md configures it, as a process of its own: other ports and a certificate that is thrown away.
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {chmod, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {connect, createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {makeCertificate} from './certificate.js';
import {eventually} from './desk.js';

const binary = process.env.FLEXCRM_NGINX ?? '/usr/sbin/nginx';
export const hasNginx = spawnSync(binary, ['-v']).status === 0;

/** The name of the documented configuration. */
export const host = 'crm.example.com';

/** A port that nobody listens on. */
export async function freePort() {
  const server = createServer();
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  await new Promise(resolve => server.close(resolve));
  return port;
}

/** The document's text, but for what is of its machine. @param {Array<[string, string]>} changes each of which must fit once */
async function documented(changes) {
  const text = await readFile(new URL('../../../../docs/deployment.md', import.meta.url), 'utf8');
  const [, configuration] = text.match(/^```nginx\n([^]*?)^```$/m);
  return changes.reduce((changed, [from, to]) => {
    if (changed.split(from).length !== 2) throw new Error(`docs/deployment.md must say "${from}" once`);
    return changed.replace(from, to);
  }, configuration);
}

export class Nginx {
  /** What it complained of. */
  complaints = '';
  #folder;
  #port;
  #process;

  /** @param {{upstream: number, files: Record<string, string>, changes?: Array<[string, string]>}} options files: what it serves itself */
  static async start({upstream, files, changes = []}) {
    const nginx = new Nginx();
    nginx.#port = await freePort();
    nginx.#folder = await mkdtemp(join(tmpdir(), 'flexcrm-nginx-'));
    const inside = name => join(nginx.#folder, name);
    // Its workers may be another user's.
    await chmod(nginx.#folder, 0o755);
    await mkdir(inside('html'));
    for (const [name, content] of Object.entries(files)) await writeFile(inside(`html/${name}`), content);
    makeCertificate({certificate: inside('tls.pem'), key: inside('tls.key'), names: [`DNS:${host}`]});
    const configuration = await documented([
      ['listen 443 ssl;', `listen 127.0.0.1:${nginx.#port} ssl;`],
      [`/etc/ssl/${host}.pem`, inside('tls.pem')],
      [`/etc/ssl/${host}.key`, inside('tls.key')],
      ['http://127.0.0.1:3000', `http://127.0.0.1:${upstream}`],
      ...changes,
    ]);
    await writeFile(inside('nginx.conf'), `daemon off;
pid nginx.pid;
worker_processes 1;
events {}
http {
  access_log off;
  types { text/html html; }
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${kind};`).join('\n  ')}
${configuration}}
`);
    await nginx.restart();
    return nginx;
  }

  get port() {
    return this.#port;
  }

  /** The test's browser finds it where the world would: on port 443. */
  get browserArgs() {
    return [`--host-resolver-rules=MAP ${host}:443 127.0.0.1:${this.#port}`];
  }

  /** All connections are lost. */
  async restart() {
    await this.stop();
    this.#process = spawn(binary, ['-p', this.#folder, '-c', 'nginx.conf', '-e', 'stderr'], {stdio: ['ignore', 'ignore', 'pipe']});
    this.#process.stderr.on('data', data => { this.complaints += data; });
    const {wait} = await eventually(async () => ({wait: this.#process.exitCode === null && !await this.#listens()}));
    if (wait || this.#process.exitCode !== null) throw new Error(`nginx does not start\n${this.complaints}`);
  }

  /** New workers read the configuration anew. */
  async reload() {
    const workers = () => execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(this.#process.pid)], {encoding: 'utf8'}).trim().split('\n');
    const before = workers();
    this.#process.kill('SIGHUP');
    await eventually(async () => ({wait: workers().every(line => before.includes(line))}));
    return workers();
  }

  async stop() {
    const running = this.#process;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const gone = new Promise(resolve => running.once('exit', resolve));
    running.kill('SIGTERM');
    await gone;
  }

  async remove() {
    await this.stop();
    await rm(this.#folder, {recursive: true, force: true});
  }

  #listens() {
    return new Promise(resolve => {
      const socket = connect(this.#port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false)).once('close', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
  }
}
