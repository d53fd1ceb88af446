// The same on Node and the package ws, reading and checking every frame as an application has to: see beast.cpp.

import { createRequire } from 'node:module';

const { WebSocketServer } = createRequire(new URL('../../abuse/', import.meta.url))('ws');

const isText = (value, most) => typeof value === 'string' && value.length <= most;

function isFrame(frame) {
  if (frame?.jsonrpc !== '2.0' || (!Number.isSafeInteger(frame.id) && frame.id !== 'hello')) return false;
  if (frame.method === undefined) return 'result' in frame || 'error' in frame;
  if (frame.method === 'Hello') return isText(frame.params?.agent, 128);
  if (frame.method !== 'TaskSelected') return false;
  const { taskSid, attributes } = frame.params ?? {};
  return /^WT[0-9a-f]{32}$/.test(taskSid) && typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes);
}

const waiting = new Map();
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false, maxPayload: 65536, backlog: 1024,
  handleProtocols: () => 'flexcrm.v1' });
server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket, request) => {
  socket.on('error', () => {});
  if (request.url === '/echo') {
    socket.other = socket;
  } else if (waiting.has(request.url)) {
    socket.other = waiting.get(request.url);
    socket.other.other = socket;
    waiting.delete(request.url);
  } else {
    waiting.set(request.url, socket);
  }
  socket.on('message', (data) => {
    if (!isFrame(JSON.parse(data))) return socket.close(1008);
    socket.other?.send(data, { binary: false });
  });
});
