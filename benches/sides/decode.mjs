/**
 * Bytes to messages in memory, as a client: framewire, the Receiver of ws, websocket-driver, undici. They read the same
 * chunks from the same kind of stream, a Node stream; `streams` and `ws of streams` both read a Web Stream, and `ws by
 * calls` has no stream before it at all.
 */

import { Receiver } from 'ws';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { stream } from '../support/frames.mjs';
import { Checker, deferred, payloads } from '../support/payloads.mjs';
import { MemoryDuplex, webReadable } from './memory.mjs';
import { openDriver, openUndici } from './opened.mjs';

/** The chunks of a case, as Buffers since that is what a socket gives, and what has to come of them. */
export function source({ size, kind, chunk }) {
  const list = payloads(size, kind);
  const { chunks, messages } = stream(list, chunk);
  const buffers = chunks.map(({ buffer, length }) => Buffer.from(buffer, 0, length));
  return { chunks, buffers, messages, checker: new Checker(list), isText: kind !== 'binary' };
}

/** How often the chunks have to be fed so that there are at least `count` messages. */
export const passesOf = (count, messages) => Math.max(1, Math.ceil(count / messages));

/**
 * A side: `prepare(passes, given)` makes what a run needs, outside of what is measured, and `read(made, passes, total,
 * given)` reads so many messages. It has a `verify` that checks every byte once.
 */
export function reading(params, prepare, read) {
  const given = source(params);
  const { messages, checker } = given;
  let made;
  const side = {
    async prepare(count) {
      checker.turn = 0;
      made = await prepare(passesOf(count, messages), given);
    },
    async run(count) {
      const passes = passesOf(count, messages);
      const total = passes * messages;
      await read(made, passes, total, given);
      return { done: total };
    },
    async verify() {
      checker.thorough = true;
      await side.prepare(messages);
      await side.run(messages);
      checker.thorough = false;
    },
  };
  return side;
}

const OPTIONS = { role: 'client', maxFrameSize: 1 << 30, maxMessageSize: 1 << 30 };

/** A session over a Node stream, or a Web Stream; `consume` takes its frames. */
function session(params, consume, isWeb = false) {
  const prepare = (passes, { chunks }) => {
    if (!isWeb) {
      const duplex = new MemoryDuplex();
      return { duplex, open: overTransport(nodeTransport(duplex), OPTIONS) };
    }
    const transport = { readable: webReadable(chunks, passes), writable: new WritableStream() };
    return { open: overTransport(transport, OPTIONS) };
  };
  return reading(params, prepare, async ({ duplex, open }, passes, total, given) => {
    duplex?.feed(given.buffers, passes);
    await consume(open, total, given);
    open.terminate();
  });
}

async function eachFrame({ incoming }, total, { checker, isText }) {
  let left = total;
  for await (const frame of incoming) {
    if (isText) checker.text(frame.text);
    else checker.bytes(frame.bytes);
    left -= 1;
    if (left === 0) break;
  }
}

async function byBatches({ incoming }, total, { checker, isText }) {
  let left = total;
  for await (const frames of incoming.batches()) {
    for (const frame of frames) {
      if (isText) checker.text(frame.text);
      else checker.bytes(frame.bytes);
    }
    left -= frames.length;
    if (left === 0) break;
  }
}

/** framewire, frame by frame. */
export const framewire = (params) => session(params, eachFrame);

/** framewire, by all the frames at hand. */
export const batches = (params) => session(params, byBatches);

/** framewire, frame by frame, over a Web Stream. */
export const streams = (params) => session(params, eachFrame, true);

/** Takes so many messages of a peer, then settles. */
function taking(total, { checker, isText }) {
  const done = deferred();
  let left = total;
  const take = (data) => {
    if (isText) checker.text(data);
    else checker.bytes(data);
    left -= 1;
    if (left === 0) done.resolve();
  };
  return { ...done, take };
}

/** The Receiver of ws with events; `feed` gives it the chunks. */
function receiver(params, feed) {
  return reading(
    params,
    () => {},
    async (_, passes, total, given) => {
      const { promise, reject, take } = taking(total, given);
      const receiver = new Receiver({ allowSynchronousEvents: true, isServer: false });
      receiver.on('error', reject);
      receiver.on('message', (data, isBinary) => take(isBinary ? data : data.toString()));
      Promise.resolve(feed(receiver, passes, given)).catch(reject);
      await promise;
    },
  );
}

/** Fed from a Node stream in the way of the WebSocket of ws. */
export const ws = (params) =>
  receiver(params, (receiver, passes, { buffers }) => {
    const duplex = new MemoryDuplex();
    duplex.on('data', (chunk) => {
      if (!receiver.write(chunk)) duplex.pause();
    });
    receiver.on('drain', () => duplex.resume());
    duplex.feed(buffers, passes);
  });

/** Fed from a Web Stream. */
export const wsOfStreams = (params) =>
  receiver(params, async (receiver, passes, { buffers }) => {
    const reader = webReadable(buffers, passes).getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      if (!receiver.write(value)) await drained(receiver);
    }
  });

/** Fed by calls, as fast as it takes the chunks: no stream is before it. */
export const wsByCalls = (params) =>
  receiver(params, async (receiver, passes, { buffers }) => {
    for (let pass = 0; pass < passes; pass += 1) {
      for (const chunk of buffers) {
        if (!receiver.write(chunk)) await drained(receiver);
      }
    }
  });

const drained = (writable) => new Promise((resolve) => writable.once('drain', resolve));

/** websocket-driver, with events. */
export const driver = (params) =>
  reading(params, openDriver, async (client, passes, total, given) => {
    const { promise, reject, take } = taking(total, given);
    client.on('error', reject);
    client.on('message', ({ data }) => take(data));
    const duplex = new MemoryDuplex();
    duplex.on('data', (chunk) => {
      if (!client.io.write(chunk)) duplex.pause();
    });
    client.io.on('drain', () => duplex.resume());
    duplex.feed(given.buffers, passes);
    await promise;
  });

/** The WebSocket of undici, with events. */
export const undici = (params) =>
  reading(
    params,
    () => openUndici(),
    async ({ socket, duplex }, passes, total, given) => {
      const { promise, reject, take } = taking(total, given);
      socket.addEventListener('error', ({ error }) => reject(error));
      socket.addEventListener('message', ({ data }) =>
        take(typeof data === 'string' ? data : new Uint8Array(data)),
      );
      duplex.feed(given.buffers, passes);
      await promise;
      duplex.destroy();
    },
  );
