// Small web servers, for origins that are neither the CRM's nor Flex's, or stand for them.
import {createServer} from 'node:http';
import {createServer as createSecureServer} from 'node:https';
import {text} from 'node:stream/consumers';

/**
 * @typedef {{status?: number, headers?: Record<string, string>, type?: string, body?: string | Buffer}} Answer
 * @param {(request: {path: string, method: string, headers: Record<string, string>, body: string}) => Answer | Promise<Answer>} answer
 * @param {{tls?: {cert: string, key: string}, host?: string}} [options] host: the name in its address, of this machine
 * @returns {Promise<{origin: string, port: number, close: () => Promise<void>}>}
 */
export async function serve(answer, {tls, host = '127.0.0.1'} = {}) {
  const listener = async (request, response) => {
    const {pathname: path} = new URL(request.url, 'http://any');
    const asked = {path, method: request.method, headers: request.headers, body: await text(request)};
    const {status = 200, headers = {}, type = 'text/html; charset=utf-8', body = ''} = await Promise.resolve(asked).then(answer).catch(() => ({status: 502}));
    response.writeHead(status, {'Content-Type': type, 'Cache-Control': 'no-store', ...headers});
    response.end(body);
  };
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address();
  return {
    origin: `${tls ? 'https' : 'http'}://${host}:${port}`,
    port,
    close: () => new Promise(resolve => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}

/** @returns {Promise<{url: string, close: () => Promise<void>}>} */
export async function otherOrigin(options) {
  const {origin, close} = await serve(() => ({body: '<!doctype html><title>A page of another origin</title>'}), options);
  return {url: `${origin}/`, close};
}
