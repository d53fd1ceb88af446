// A small web server, for an origin that is neither the CRM's nor Flex's.
import {createServer} from 'node:http';

/** @returns {Promise<{url: string, close: () => Promise<void>}>} */
export async function otherOrigin() {
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>A page of another origin</title>');
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise(resolve => {
      server.close(resolve);
      server.closeAllConnections();
    }),
  };
}
