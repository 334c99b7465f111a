/**
 * Opens idle sessions and prints the bytes they hold as JSON: `node --expose-gc idle.mjs <side> <way> <sessions> [url]`.
 * The way is `memory`, where a session stands on a duplex stream in memory, or `tcp`, to a server.
 */

import { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { upgradedSocket } from '../support/upgrade.mjs';

const [side, way, count, url] = process.argv.slice(2);

/** A duplex that nothing comes from, and that takes all. */
function idleDuplex() {
  const duplex = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
  });
  // What a socket has and ws asks for.
  duplex.setTimeout = () => {};
  duplex.setNoDelay = () => {};
  return duplex;
}

const server = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const request = {
  method: 'GET',
  url: '/',
  headers: {
    upgrade: 'websocket',
    connection: 'Upgrade',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-version': '13',
  },
};

/** How each side opens one; as servers in memory, as clients over TCP. */
const open = {
  memory: {
    framewire: () => overTransport(nodeTransport(idleDuplex()), { role: 'server' }),
    streams: () => {
      const transport = { readable: new ReadableStream(), writable: new WritableStream() };
      return overTransport(transport, { role: 'server' });
    },
    ws: () =>
      new Promise((resolve) =>
        server.handleUpgrade(request, idleDuplex(), Buffer.alloc(0), resolve),
      ),
    bare: idleDuplex,
    'bare streams': () => ({ readable: new ReadableStream(), writable: new WritableStream() }),
  },
  tcp: {
    framewire: () => connect(url),
    ws: () =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url, { perMessageDeflate: false });
        socket.once('open', () => resolve(socket));
        socket.once('error', reject);
      }),
    bare: () => upgradedSocket(url),
  },
}[way][side];

/** Something that waits for messages, as every user of a session has. */
function attend(session) {
  if (side === 'ws') session.on('message', () => {});
  else if (session.incoming) session.receive().catch(() => {});
  return session;
}

async function settled() {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, heap: heapUsed + external };
}

const kept = [attend(await open())];
const before = await settled();
for (let index = 0; index < Number(count); index += 1) kept.push(attend(await open()));
const after = await settled();
console.log(
  JSON.stringify({
    bytes: (after.resident - before.resident) / count,
    heap: (after.heap - before.heap) / count,
    kept: kept.length,
  }),
);
process.exit();
