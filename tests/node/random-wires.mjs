/** Wires of several kinds, on which a script is played and what the session writes is kept. */

import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { connect, overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { nodeTransport } from '#framewire/node';
import { selfSigned } from './certificate.mjs';
import { switching, tcpServer } from './support.mjs';

const { key, cert } = selfSigned('localhost');

/**
 * Each opens a session and gives it with what the peer does: `play` sends chunks and perhaps ends, `written`
 * are the chunks that the session wrote so far, as they were handed over, and `over` settles when it writes no
 * more.
 */
export const WIRES = { duplex, streams, socket, dialled, tls };

export const extensionsOf = (deflate) => (deflate ? [permessageDeflate({ threshold: 0 })] : []);

/** Whether a wire is one of a client's only. */
export const isDialled = (wire) => wire === 'dialled' || wire === 'tls';

/** A Duplex in memory, which passes on what it is given. */
function duplex(_, dice, { deflate, ...options }) {
  const written = [];
  const end = settling();
  let wake = () => {};
  const woken = () =>
    new Promise((resolve) => {
      wake = resolve;
    });
  let resumed = false;
  const slow = dice.one(2);
  const inner = new Duplex({
    allowHalfOpen: true,
    read() {
      resumed = true;
      wake();
    },
    write(bytes, _encoding, done) {
      written.push(bytes);
      if (slow) setImmediate(done);
      else done();
    },
    final(done) {
      end.settle();
      done();
    },
    destroy(cause, done) {
      wake();
      end.settle();
      done(cause);
    },
  });
  inner.on('error', () => {});
  const session = overTransport(nodeTransport(inner), {
    extensions: extensionsOf(deflate),
    ...options,
  });
  const many = dice.one(2);
  return {
    session,
    written,
    over: end.promise,
    async play(chunks, ends) {
      for (const chunk of chunks) {
        if (inner.destroyed) return;
        resumed = false;
        if (!inner.push(chunk) && !many && !resumed) await woken();
      }
      if (ends && !inner.destroyed) inner.push(null);
    },
    close: () => inner.destroy(),
  };
}

/** A pair of Web Streams. */
function streams(_, dice, { deflate, ...options }) {
  const written = [];
  const end = settling();
  const slow = dice.one(2);
  let source;
  let wake = () => {};
  const woken = () =>
    new Promise((resolve) => {
      wake = resolve;
    });
  let isOver = false;
  let wanted = false;
  const readable = new ReadableStream(
    {
      start(controller) {
        source = controller;
      },
      pull() {
        wanted = true;
        wake();
      },
      cancel() {
        isOver = true;
        wake();
      },
    },
    { highWaterMark: dice.below(3) },
  );
  const writable = new WritableStream({
    async write(bytes) {
      written.push(bytes);
      if (slow) await turn();
    },
    close: end.settle,
    abort: end.settle,
  });
  const session = overTransport(
    { readable, writable },
    { extensions: extensionsOf(deflate), ...options },
  );
  return {
    session,
    written,
    over: end.promise,
    async play(chunks, ends) {
      for (const chunk of chunks) {
        while (!isOver && !wanted) await woken();
        if (isOver) return;
        wanted = source.desiredSize > 1;
        source.enqueue(chunk);
      }
      if (ends && !isOver) source.close();
    },
    close() {
      if (!isOver) source.close();
    },
  };
}

/** A TCP socket that the session is given. */
async function socket(t, dice, { deflate, ...options }) {
  const accepted = settling();
  const { port } = await tcpServer(t, accepted.settle);
  const ours = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(ours, 'connect');
  const session = overTransport(nodeTransport(ours), {
    extensions: extensionsOf(deflate),
    ...options,
  });
  return { session, ...peerOf(await accepted.promise, dice) };
}

/** A TCP socket that `connect` opened, which is read into memory that others are read into too. */
async function dialled(t, dice, { deflate, role, ...options }) {
  const peer = settling();
  const { url } = await tcpServer(t, (theirs) => upgrade(theirs, deflate, peer.settle));
  const session = await connect(url, { extensions: extensionsOf(deflate), ...options });
  return { session, ...peerOf(await peer.promise, dice) };
}

/** The same over TLS, which gives all that it has decrypted though it is asked for no more. */
async function tls(t, dice, { deflate, role, ...options }) {
  const peer = settling();
  const server = createTlsServer({ key, cert, allowHalfOpen: true }, (theirs) =>
    upgrade(theirs, deflate, peer.settle),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const session = await connect(`wss://127.0.0.1:${server.address().port}`, {
    extensions: extensionsOf(deflate),
    tls: { ca: cert },
    ...options,
  });
  const theirs = await peer.promise;
  t.after(() => theirs.destroy());
  return { session, ...peerOf(theirs, dice) };
}

/** Answers the request on a socket, and gives it on. */
function upgrade(theirs, deflate, give) {
  const answer = deflate ? ['Sec-WebSocket-Extensions: permessage-deflate'] : [];
  theirs.on('error', () => {});
  theirs.once('data', (request) => {
    theirs.pause();
    theirs.write(switching(request.toString(), answer));
    give(theirs);
  });
}

/** What a peer does that has a socket. */
function peerOf(theirs, dice) {
  const written = [];
  // A slow one lets what is sent pile up in the system.
  const slow = dice.one(2);
  const end = settling();
  theirs.allowHalfOpen = true;
  theirs.setNoDelay(true);
  theirs.on('error', () => {});
  theirs.on('data', (bytes) => {
    written.push(bytes);
    if (!slow) return;
    theirs.pause();
    setImmediate(() => theirs.resume());
  });
  theirs.on('end', end.settle);
  theirs.on('close', end.settle);
  theirs.resume();
  return {
    written,
    over: end.promise,
    async play(chunks, ends) {
      for (const chunk of chunks) {
        if (theirs.destroyed) return;
        await new Promise((done) => theirs.write(chunk, done));
      }
      if (ends) theirs.end();
    },
    close: () => theirs.end(),
  };
}

/** A promise with what settles it. */
function settling() {
  let settle;
  const promise = new Promise((resolve) => {
    settle = (value) => resolve(value);
  });
  return { promise, settle };
}
