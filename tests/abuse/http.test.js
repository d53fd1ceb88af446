// Requests that no browser sends. Each gets its one answer, and nothing that hides behind it is taken for another request.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { attack, attacks } from './attack.js';
import { ended, exchange, upgrade } from './attacker.js';
import { attackersNumber, marker, within } from './target.js';

/** @typedef {import('./target.js').Target} Target */
/** @typedef {(target: Target) => string | Buffer} Bytes */

const key = 'dGhlIHNhbXBsZSBub25jZQ==';
const json = '{"attributes":{}}';

/** A plain request, closed after its answer. @param {string} more @param {string} [line] @returns {Bytes} */
const get = (more, line = 'GET /api/agents HTTP/1.1') => ({ host }) => `${line}\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;
/** What shall be taken for a second request. @param {Target} target */
const hidden = ({ host }) => `GET /api/agents HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
/** A body, and a request behind it. @param {string} headers @param {string} body @returns {Bytes} */
const post = (headers, body) => (target) =>
  `${asked(target)}${headers}\r\n${body}${hidden(target)}`;
/** The beginning of a request of the honest agent. @param {Target} target */
const asked = ({ host, cookie }) => `POST /api/customer HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nContent-Type: application/json\r\n`;
/** @param {string} body @returns {Bytes} */
const customerOf = (body) => (target) => `${asked(target)}Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
/** @param {Parameters<typeof upgrade>[1]} [headers] @param {Parameters<typeof upgrade>[2]} [rest] @returns {Bytes} */
const opening = (headers, rest) => (target) => upgrade(target, headers, rest);
/** A header, so that line, header and the empty line are exactly as long. @param {number} bytes @returns {Bytes} */
const headerOf = (bytes) => (target) => {
  const bare = String(get('X-Pad: \r\n')(target)).length;
  return get(`X-Pad: ${'x'.repeat(bytes - bare)}\r\n`)(target);
};
/** @param {number} bytes @returns {Bytes} */
const bodyOf = (bytes) => customerOf(json.padEnd(bytes));

/** @type {Array<[name: string, bytes: Bytes, statuses: number[], options?: object]>} */
const cases = [
  ['the WebSocket without a key', opening({ 'Sec-WebSocket-Key': undefined }), [400]],
  ['a key of 25 bytes', opening({ 'Sec-WebSocket-Key': 'A'.repeat(25) }), [400]],
  ['a key of 4,000 bytes', opening({ 'Sec-WebSocket-Key': 'A'.repeat(4000) }), [400]],
  ['a key with a zero byte', opening({ 'Sec-WebSocket-Key': 'a\0b' }), [400]],
  ...[['an empty key', ''], ['a key of 3 bytes', 'AAAA'], ['a key that is no base64', '!'.repeat(24)], ['a key of bytes that are no text', '\xff\xfe'], ['two keys', [key, key]]]
    .map(([name, value]) => /** @type {any} */ ([name, opening({ 'Sec-WebSocket-Key': value }), [400]])),
  ['another version of WebSocket', opening({ 'Sec-WebSocket-Version': '12' }), [426]],
  ['no version of WebSocket', opening({ 'Sec-WebSocket-Version': undefined }), [400]],
  ['no subprotocol', opening({ 'Sec-WebSocket-Protocol': undefined }), [400]],
  ['another subprotocol', opening({ 'Sec-WebSocket-Protocol': `${marker}.v1, flexcrm.v2, FLEXCRM.V1` }), [400]],
  ['the WebSocket by POST', opening({}, { line: 'POST /flexcrm HTTP/1.1' }), [426]],
  ['the WebSocket by HTTP/1.0', opening({}, { line: 'GET /flexcrm HTTP/1.0' }), [426]],
  ['a WebSocket elsewhere', opening({}, { line: `GET /flexcrm?token=${marker} HTTP/1.1` }), [404]],
  ['a WebSocket with a body', opening({ 'Content-Length': '5' }, { body: 'hello' }), [400]],
  ['a frame before the answer', opening({}, { body: '\x81\x80\0\0\0\0' }), [400]],
  ['a request behind the opening', (target) => upgrade(target, {}, { body: hidden(target) }), [400]],

  ['an origin that is none', opening({ Origin: 'null' }), [403]],
  ['an empty origin', opening({ Origin: '' }), [403]],
  ['an origin of another site', opening({ Origin: `https://${marker}.test` }), [403]],
  ['two origins', ({ host }) => upgrade({ host }, { Origin: [`http://${host}`, `http://${host}`] }), [400]],
  ['two origins in one', (target) => upgrade(target, { Origin: `http://${target.host} http://${marker}.test` }), [403]],
  ['an origin with a path', (target) => upgrade(target, { Origin: `http://${target.host}/` }), [403]],
  ['an origin with a user', (target) => upgrade(target, { Origin: `http://${marker}@${target.host}` }), [403]],
  ['an origin in capitals', ({ host, port }) => upgrade({ host }, { Origin: `HTTP://LOCALHOST:${port}` }), [403]],
  ['an origin that never ends', opening({ Origin: `http://${'['.repeat(7000)}` }), [403]],
  ['an origin of rubbish', opening({ Origin: '\xff://[::1%\t]:-1' }), [403]],
  ['a host of another site', opening({ Host: `${marker}.test` }), [403]],
  ['a host with a dot at its end', ({ port }) => upgrade({ host: `localhost.:${port}` }), [403]],
  ['a host in capitals', ({ port }) => upgrade({ host: `LOCALHOST:${port}` }), [403]],
  ['a host without its port', opening({ Host: 'localhost' }), [403]],
  ['a host of rubbish', opening({ Host: '[::1]:99999999999999999999\xff' }), [403]],
  ['a host in two lines', ({ host }) => upgrade({ host: `${marker}.test\r\n ${host}` }), [403]],
  ['no host', opening({ Host: undefined }), [400]],
  ['two hosts', ({ host }) => upgrade({ host }, { Host: [host, `${marker}.test`] }), [400]],
  ['a host in the target', ({ host }) => upgrade({ host }, {}, { line: `GET http://${host}/flexcrm HTTP/1.1` }), [400]],

  ['a header of 8 KiB', headerOf(8192), [200]],
  ['a header of 8 KiB and a byte', headerOf(8193), [431]],
  ['1,000 headers', get('A: b\r\n'.repeat(1000)), [200]],
  ['100,000 headers', get('A: b\r\n'.repeat(100000)), [431]],
  ['a header name of a megabyte', get(`${'a'.repeat(1 << 20)}: b\r\n`), [431]],
  ['a body of 128 KiB', bodyOf(128 * 1024), [200]],
  ['a body of 128 KiB and a byte', bodyOf(128 * 1024 + 1), [413]],
  ['a chunk of a megabyte', post('Transfer-Encoding: chunked\r\n', `fffff\r\n${'x'.repeat(0xfffff)}\r\n0\r\n\r\n`), [413]],
  ['a body of 2^64 - 1 bytes', post('Content-Length: 18446744073709551615\r\n', ''), [413]],
  ['a body of 10^23 bytes', post('Content-Length: 99999999999999999999999\r\n', ''), [400]],
  ['a zero byte in a header', get('X-A: b\0c\r\n'), [400]],
  ['a line feed alone', ({ host }) => `GET / HTTP/1.1\nHost: ${host}\n\n`, [400]],
  ['a carriage return alone', get('X-A: b\rX-B: c\r\n'), [400]],
  ['HTTP/2', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', [400]],
  ['HTTP/0.9', () => 'GET /\r\n', [400]],
  ['TLS', () => Buffer.from('16030100f1010000ed0303', 'hex'), [400]],
  ['100 KB of no HTTP', () => Buffer.alloc(100000, 0xff), [400]],
  ['a proxy is asked for', get('', `CONNECT ${marker}.test:443 HTTP/1.1`), [400]],
  ['a method of 5,000 letters', get('', `${'A'.repeat(5000)} / HTTP/1.1`), [405]],

  ['a request behind a body', post(`Content-Length: ${json.length}\r\n`, json), [200, 200]],
  ['a request behind chunks', post('Transfer-Encoding: chunked\r\n', `11\r\n${json}\r\n0\r\n\r\n`), [200, 200]],
  ['a length and chunks', post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), [400]],
  ['chunks and a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'), [400]],
  ['two lengths', post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'), [400]],
  ['a negative length', post('Content-Length: -1\r\n', 'hello'), [400]],
  ['a length with a sign', post('Content-Length: +5\r\n', 'hello'), [400]],
  ['a length in hexadecimal', post('Content-Length: 0x5\r\n', 'hello'), [400]],
  ['chunks behind a space', post('Transfer-Encoding : chunked\r\n', '0\r\n\r\n'), [400]],
  ['chunks and then not', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'), [400]],
  ['a length beside an unknown coding', post('Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n', 'hello'), [400]],
  ['chunks that are not the last coding', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'), [400]],
  ['a chunk of 2^64 + 5 bytes', post('Transfer-Encoding: chunked\r\n', '10000000000000005\r\nhello\r\n0\r\n\r\n'), [400]],
  ['a chunk of -5 bytes', post('Transfer-Encoding: chunked\r\n', '-5\r\nhello\r\n0\r\n\r\n'), [400]],
  ['chunks with line feeds alone', post('Transfer-Encoding: chunked\r\n', '5\nhello\n0\n\n'), [400]],
  ['a host behind the last chunk', post('Transfer-Encoding: chunked\r\n', `11\r\n${json}\r\n0\r\nHost: ${marker}.test\r\n\r\n`), [400]],

  ['a file above the pages', get('', 'GET /../../../../etc/passwd HTTP/1.1'), [404]],
  ['a file above the pages, encoded', get('', 'GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1'), [404]],
  ['a file above the modules', get('', 'GET /flexcrm/js/../../CMakeLists.txt HTTP/1.1'), [404]],
  ['a file of the system', get('', 'GET //etc/passwd HTTP/1.1'), [404]],
  ['a name with a zero byte', get('', 'GET /crm.html%00.js HTTP/1.1'), [404]],
  ['a customer 100,000 arrays deep', customerOf('['.repeat(100000)), [400]],
  ['a customer with hostile members',
    customerOf(`{"attributes":{"__proto__":{"from":"${attackersNumber}"},"constructor":1e400,"a":1,"a":2,"from":"${attackersNumber}"}}`), [200]],

  ['no cookie', get('', 'GET /api/contacts HTTP/1.1'), [401]],
  ['a cookie that is no ticket', get(`Cookie: flexcrm_session=${marker}\r\n`, 'GET /api/contacts HTTP/1.1'), [401]],
  ['a cookie of dots', get(`Cookie: flexcrm_session=${'.'.repeat(7000)}\r\n`, 'GET /api/contacts HTTP/1.1'), [401]],
  ['a cookie of bytes that are no text', get('Cookie: ;=;;flexcrm_session=\xff\xfe;flexcrm_session\r\n', 'GET /api/contacts HTTP/1.1'), [401]],
  ['a changed cookie', (target) => get(`Cookie: ${target.cookie}x\r\n`, 'GET /api/contacts HTTP/1.1')(target), [401]],
  ['a search for what SQL and LIKE mean', (target) =>
    get(`Cookie: ${target.cookie}\r\n`, `GET /api/contacts?search=%25_%27%3B%20DROP%20TABLE%20contacts%3B--${marker} HTTP/1.1`)(target), [200]],
  ['a search that is no text', (target) => get(`Cookie: ${target.cookie}\r\n`, 'GET /api/contacts?search=%ff%00%c3 HTTP/1.1')(target), [200]],
];

attacks('hostile requests', () => {
  for (const [name, bytes, statuses, options] of cases) {
    attack(name, async (target) => {
      const answer = await exchange(target, bytes(target));
      assert.deepEqual(answer.statuses, statuses, answer.text.slice(0, 500));
      if (statuses[0] >= 400) assert.doesNotMatch(answer.text, new RegExp(marker, 'i'), 'an answer repeats the request');
    }, options);
  }

  for (const offer of ['', 'permessage-deflate', 'permessage-deflate; client_max_window_bits=8', 'x-webkit-deflate-frame', `${marker}; constructor`, ',,;="\\']) {
    attack(`an opening without a fault, extensions '${offer}'`, async (target) => {
      const socket = connect(target.port, '127.0.0.1');
      socket.write(upgrade(target, { Origin: `http://${target.host}`, 'Sec-WebSocket-Extensions': offer || undefined }));
      const [answer] = await within(once(socket, 'data'), 'the answer');
      socket.destroy();
      assert.match(String(answer), /^HTTP\/1\.1 101 /);
      assert.match(String(answer), /^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/m);
      assert.doesNotMatch(String(answer), /Sec-WebSocket-Extensions/i);
    });
  }

  for (const [name, began] of /** @type {Array<[string, Bytes]>} */ ([
    ['an opening that never ends', (target) => upgrade(target).slice(0, -2)],
    ['a body that never ends', ({ host }) => `POST /api/customer HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\n`],
    ['a client that says nothing', () => ''],
  ])) {
    attack(`${name} is cut after 5 s`, async (target) => {
      const before = Date.now();
      const socket = connect(target.port, '127.0.0.1');
      socket.resume();
      socket.write(began(target));
      const trickle = name.endsWith('nothing') ? undefined : setInterval(() => socket.write('x'), 200);
      try {
        await within(ended(socket), 'the server cuts it');
      } finally {
        clearInterval(trickle);
        socket.destroy();
      }
      const ms = Date.now() - before;
      assert.ok(ms > 4500 && ms < 9000, `after ${ms} ms`);
    });
  }

  attack('a client that asks once and stays is cut after 15 s', async (target) => {
    const before = Date.now();
    const { statuses } = await exchange(target, `GET /crm.js HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`);
    assert.deepEqual(statuses, [200]);
    const ms = Date.now() - before;
    assert.ok(ms > 14000 && ms < 20000, `after ${ms} ms`);
  });

  attack('1,000 requests whose answers are not read', async (target) => {
    const socket = connect(target.port, '127.0.0.1');
    socket.on('error', () => {});
    const request = `GET /crm.js HTTP/1.1\r\nHost: ${target.host}\r\n\r\n`;
    for (let i = 0; i < 1000; i++) socket.write(request);
    await target.works();
    socket.destroy();
  });
});
