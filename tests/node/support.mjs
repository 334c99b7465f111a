/** What the Node tests share: peers, transports held in the hand, and ways to wait. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { accept, connect } from '#framewire';
import { acceptKey, RawPeer } from './raw.mjs';

/** A server made with ws that ends with the test. */
export async function webSocketServer(t, onPeer, options = {}) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  server.on('connection', (peer, request) => {
    peer.on('error', () => {});
    onPeer(peer, request);
  });
  if (!options.server) await once(server, 'listening');
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return { server, url: options.server ? undefined : `ws://127.0.0.1:${server.address().port}` };
}

/** Sends back what comes. */
export function echo(peer) {
  peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
}

/** A TCP server that ends with the test. */
export async function tcpServer(t, onSocket) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address();
  return { server, port, url: `ws://127.0.0.1:${port}` };
}

/** A TCP server that reads a request and answers it with these bytes. */
export function answeringServer(t, answer) {
  return tcpServer(t, async (socket) => {
    const peer = new RawPeer(socket);
    const request = await peer.head();
    if (request !== undefined) answer(socket, request);
  });
}

/** A TCP server that upgrades by the book, and then does what `play` says. */
export function playingServer(t, play) {
  return tcpServer(t, async (socket) => {
    const peer = new RawPeer(socket);
    const request = await peer.head();
    if (request === undefined) return;
    socket.write(switching(request));
    await play(peer, request);
  });
}

/** The answer that accepts a request. */
export function switching(request, extra = []) {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)[1];
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...extra,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A session that ends with the test at the latest. */
export async function open(t, url, options) {
  const session = await connect(url, options);
  t.after(() => session.terminate());
  return session;
}

/** A server of our own on TCP; each connection gives `onSession` what `accept` gives. */
export async function acceptingServer(t, onSession, options) {
  return tcpServer(t, async (socket) => {
    const accepted = accept(Duplex.toWeb(socket), options);
    accepted.then(
      (session) => t.after(() => session.terminate()),
      () => {},
    );
    await onSession(accepted);
  });
}

/** A TCP connection that ends with the test. */
export async function tcpClient(t, port) {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return new RawPeer(socket);
}

/** Two transports, each the other's end. */
export function memoryPair() {
  const there = new TransformStream();
  const back = new TransformStream();
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];
}

/** A transport in the hand: writes wait until they are accepted, and bytes are read when given. */
export function heldTransport() {
  const writes = [];
  const waiting = [];
  let source;
  let isClosed = false;
  let aborted;
  const readable = new ReadableStream({
    start(controller) {
      source = controller;
    },
  });
  const writable = new WritableStream({
    start(controller) {
      // `abort` below would wait for the write under way.
      controller.signal.onabort = () => {
        aborted = { reason: controller.signal.reason };
      };
    },
    write(chunk) {
      return new Promise((accept, refuse) => {
        writes.push({ chunk, accept, refuse });
        for (const wake of waiting.splice(0)) wake();
      });
    },
    close() {
      isClosed = true;
    },
  });
  return {
    transport: { readable, writable },
    /** All writes so far; what was handed over is kept as it is, not copied. */
    writes,
    /** The write with this number, as soon as there is one. */
    async write(index) {
      while (writes.length <= index) await new Promise((resolve) => waiting.push(resolve));
      return writes[index];
    },
    give: (bytes) => source.enqueue(bytes),
    end: () => source.close(),
    fail: (cause) => source.error(cause),
    get isClosed() {
      return isClosed;
    },
    get aborted() {
      return aborted;
    },
  };
}

/** Accepts every write of a held transport from now on. */
export function acceptAll(held) {
  let accepted = 0;
  void (async () => {
    for (;;) (await held.write(accepted++)).accept();
  })();
}

/** Bytes that repeat nowhere near. */
export function noise(length, seed = 1) {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** Whether bytes are the same; says where not, without printing megabytes. */
export function assertBytes(actual, expected, what = 'bytes') {
  assert.equal(actual.length, expected.length, `${what}: length`);
  if (Buffer.compare(actual, expected) === 0) return;
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  assert.fail(`${what} of ${expected.length} bytes differ from offset ${at}`);
}

/** How a session ended, without the error and the Closes. */
export async function ending(session) {
  const { code, reason, wasClean, initiator } = await session.closed;
  return { code, reason, wasClean, initiator };
}

/** All frames until the end, and what was thrown there. */
export async function drain(session) {
  const frames = [];
  try {
    for await (const frame of session) frames.push(frame);
    return { frames, thrown: undefined };
  } catch (thrown) {
    return { frames, thrown };
  }
}

/** Lets the loop turn until something holds. */
export async function until(holds) {
  while (!holds()) await turn();
}

/** Lets the loop turn so often that whatever could happen has. */
export async function turns(count = 50) {
  for (let index = 0; index < count; index += 1) await turn();
}

/** Whether a promise has settled by now. */
export async function isSettled(promise) {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await turns(5);
  return settled;
}

/** A promise and how to settle it. */
export function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
