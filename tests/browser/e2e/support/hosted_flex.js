// Flex on a host of its own, as hosted Flex is: the stub and the plugin, with the headers and the configuration that the
// Twilio console would give it.
import {readFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {serve} from './origin.js';

const root = new URL('../../../../', import.meta.url);
const rooms = [
  ['/flexcrm/js/', 'src/browser/'],
  ['/flexcrm/plugin/', 'examples/flex_plugin/src/'],
  ['/flex/', 'examples/crm/web/flex/'],
];
const types = {'.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.html': 'text/html; charset=utf-8'};

/** A file of the repository that a browser may ask for, or 404. @param {string} path */
export async function repositoryFile(path) {
  const room = rooms.find(([prefix]) => path.startsWith(prefix));
  const name = room ? path.slice(room[0].length) || 'index.html' : '';
  if (!/^[\w-]+(\.[\w-]+)+$/.test(name)) return {status: 404, body: 'not found'};
  try {
    return {type: types[extname(name)], body: await readFile(new URL(room[1] + name, root))};
  } catch {
    return {status: 404, body: 'not found'};
  }
}

export class HostedFlex {
  /** The plugin's configuration: a script's text. */
  config = '{}';
  /** Of its page. @type {Record<string, string>} */
  headers = {};
  /** A plugin in place of the example's. @type {string | undefined} */
  plugin;
  /** Answers what is no file of Flex's: a back end that the plugin may have. @type {(request: {path: string}) => any} */
  backend = () => undefined;
  #server;

  static async start(options) {
    const flex = new HostedFlex();
    flex.#server = await serve(request => flex.#answer(request), options);
    return flex;
  }

  get origin() { return this.#server.origin; }
  get port() { return this.#server.port; }
  get url() { return `${this.origin}/flex/`; }
  close() { return this.#server.close(); }

  async #answer(request) {
    const {path} = request;
    if (path === '/') return {status: 302, headers: {Location: '/flex/'}};
    if (path === '/flex/appConfig.js') return {type: types['.js'], body: `window.appConfig = {flexcrm: ${this.config}};`};
    if (path === '/flexcrm/plugin/FlexcrmPlugin.js' && this.plugin !== undefined) return {type: types['.js'], body: this.plugin};
    const answer = await this.backend(request) ?? await repositoryFile(path);
    return path === '/flex/' ? {...answer, headers: this.headers} : answer;
  }
}
