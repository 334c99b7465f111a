/**
 * Opens idle sessions and prints the bytes of each as JSON: `node --expose-gc idle.mjs <side> <way> <sessions> [url]`.
 * `bytes` are the process's, `held` those of the heap and of what belongs to it. Each waits for a message. The ways:
 *
 * - `memory`: servers on duplex streams in memory;
 * - `used`: the same, after a message each way;
 * - `tcp`: clients of a server;
 * - `agreed`: clients that agreed on permessage-deflate, with context takeover;
 * - `compressed`: the same, after a message each way.
 */

import { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { listOf } from '../sides/corpus.mjs';
import { upgradedSocket } from '../support/upgrade.mjs';

const [side, way, count, url] = process.argv.slice(2);

let latest;

/** A duplex that nothing comes from, and that takes all. */
function idleDuplex() {
  const duplex = new Duplex({
    read() {},
    write: (_chunk, _encoding, done) => done(),
  });
  // What a socket has and ws asks for.
  duplex.setTimeout = () => {};
  duplex.setNoDelay = () => {};
  latest = duplex;
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

/** A small text from a client, masked with zeros. */
const HELLO = Buffer.concat([Buffer.from([0x81, 0x85, 0, 0, 0, 0]), Buffer.from('hello')]);

const inMemory = {
  framewire: () => overTransport(nodeTransport(idleDuplex()), { role: 'server' }),
  streams: () => {
    const transport = { readable: new ReadableStream(), writable: new WritableStream() };
    return overTransport(transport, { role: 'server' });
  },
  ws: () =>
    new Promise((resolve) => server.handleUpgrade(request, idleDuplex(), Buffer.alloc(0), resolve)),
  bare: idleDuplex,
  'bare streams': () => ({ readable: new ReadableStream(), writable: new WritableStream() }),
  // A duplex, a listener and a promise that somebody waits for: what no session that is waited for can do without.
  floor: () => {
    const duplex = idleDuplex();
    return {
      duplex,
      receive: () => new Promise((resolve) => duplex.on('data', resolve)),
    };
  },
};

const overTcp = {
  framewire: (extensions) => connect(url, { extensions }),
  ws: (perMessageDeflate) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, { perMessageDeflate });
      socket.once('open', () => resolve(socket));
      socket.once('error', reject);
    }),
  bare: () => upgradedSocket(url),
};

/** Both compress with context takeover, and everything that is sent. */
const compressing = {
  framewire: async () => {
    const { permessageDeflate } = await import('#framewire/deflate');
    return overTcp.framewire([permessageDeflate()]);
  },
  ws: () => overTcp.ws({ threshold: 0 }),
};

/** How each side opens one. */
const open = {
  memory: inMemory,
  used: inMemory,
  tcp: { ...overTcp, framewire: () => overTcp.framewire([]), ws: () => overTcp.ws(false) },
  agreed: compressing,
  compressed: compressing,
}[way][side];

/** Something that waits for messages, as every user of a session has. */
function attend(session) {
  if (side === 'ws') session.on('message', () => {});
  else if (session.receive) session.receive().catch(() => {});
  return session;
}

/** A message in and one out. */
const use = {
  memory: async () => {},
  tcp: async () => {},
  agreed: async () => {},
  used: async (session) => {
    if (side === 'bare') return;
    const message = received(session);
    latest.push(HELLO);
    await message;
    await session.send('hello');
    await new Promise(setImmediate);
  },
  compressed: async (session, index) => {
    const message = received(session);
    session.send(texts[index % texts.length]);
    await message;
  },
}[way];

function received(session) {
  if (side === 'framewire') return session.receive();
  return new Promise((resolve) => session.once('message', resolve));
}

const texts = await listOf({ size: 4096, kind: 'json' });

async function settled() {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, held: heapUsed + external };
}

async function add(index) {
  const session = await open();
  await use(session, index);
  kept.push(attend(session));
}

const kept = [];
await add(0);
const before = await settled();
for (let index = 1; index <= Number(count); index += 1) await add(index);
const after = await settled();
console.log(
  JSON.stringify({
    bytes: (after.resident - before.resident) / count,
    held: (after.held - before.held) / count,
  }),
);
process.exit();
