/** Bytes to frames in memory, as a client: framewire, the Receiver of ws, websocket-driver. */

import { Duplex } from 'node:stream';
import websocketDriver from 'websocket-driver';
import { Receiver } from 'ws';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { stream } from '../support/frames.mjs';
import { Checker, deferred, payloads } from '../support/payloads.mjs';
import { acceptKey } from '../support/upgrade.mjs';

/** The chunks of a case, and what has to come of them. */
export function source({ size, kind, chunk }) {
  const list = payloads(size, kind);
  const { chunks, messages } = stream(list, chunk);
  return { chunks, messages, checker: new Checker(list), isText: kind !== 'binary' };
}

/** How often the chunks have to be fed so that there are at least `count` messages. */
export const passesOf = (count, messages) => Math.max(1, Math.ceil(count / messages));

/** Runs that check every byte once. */
export function verifying(side, { checker, messages }) {
  return async () => {
    checker.thorough = true;
    await side.prepare?.(messages);
    await side.run(messages);
    checker.thorough = false;
  };
}

/** How many chunks lie ready in a stream: to take one from a queue costs more the longer it is. */
const READY = 64;

/** A stream of the chunks, so many times, that never lets its reader wait. */
export function ready(chunks, passes) {
  const total = chunks.length * passes;
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const end = Math.min(total, at + READY);
        for (; at < end; at += 1) controller.enqueue(chunks[at % chunks.length]);
      },
    },
    { highWaterMark: 1 },
  );
}

/** A Node stream of the chunks, so many times, that never lets its reader wait. */
function readyDuplex(chunks, passes) {
  const total = chunks.length * passes;
  let at = 0;
  return new Duplex({
    read() {
      while (at < total && this.push(chunks[at % chunks.length])) at += 1;
      at += 1;
    },
    write(_chunk, _encoding, done) {
      done();
    },
  });
}

/** The chunks as a transport of Web Streams. */
const asStreams = (chunks, passes) => ({
  readable: ready(chunks, passes),
  writable: new WritableStream(),
});

/** The chunks as a Node stream, which is how the Receiver of ws gets them. */
const asDuplex = (chunks, passes) => nodeTransport(readyDuplex(chunks, passes));

/** A session over a transport whose chunks lie ready; `consume` takes its frames. */
function session(params, consume, transportOf = asStreams) {
  const given = source(params);
  const { chunks, messages, checker } = given;
  let open;
  const side = {
    prepare(count) {
      const passes = passesOf(count, messages);
      const transport = transportOf(chunks, passes);
      const options = { role: 'client', maxFrameSize: 1 << 30, maxMessageSize: 1 << 30 };
      open = overTransport(transport, options);
      checker.turn = 0;
    },
    async run(count) {
      const total = passesOf(count, messages) * messages;
      await consume(open, total, given);
      open.terminate();
      return { done: total };
    },
  };
  side.verify = verifying(side, given);
  return side;
}

/** framewire, frame by frame. */
export function framewire(params) {
  return session(params, async ({ incoming }, total, { checker, isText }) => {
    let left = total;
    for await (const frame of incoming) {
      if (isText) checker.text(frame.text);
      else checker.bytes(frame.bytes);
      left -= 1;
      if (left === 0) break;
    }
  });
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

/** framewire, by all the frames at hand. */
export function framewireBatches(params) {
  return session(params, byBatches);
}

/** The same over a Node stream. */
export function framewireDuplex(params) {
  return session(params, byBatches, asDuplex);
}

/** The Receiver of ws, with events. */
export function wsReceiver(params) {
  const given = source(params);
  const { messages, checker, isText } = given;
  const chunks = given.chunks.map(({ buffer, byteOffset, length }) =>
    Buffer.from(buffer, byteOffset, length),
  );
  const side = {
    prepare() {
      checker.turn = 0;
    },
    async run(count) {
      const passes = passesOf(count, messages);
      const total = passes * messages;
      const done = deferred();
      const receiver = new Receiver({ allowSynchronousEvents: true, isServer: false });
      let left = total;
      receiver.on('error', done.reject);
      receiver.on('message', (data) => {
        if (isText) checker.text(data.toString());
        else checker.bytes(data);
        left -= 1;
        if (left === 0) done.resolve();
      });
      feed(receiver, chunks, passes).catch(done.reject);
      await done.promise;
      return { done: total };
    },
  };
  side.verify = verifying(side, given);
  return side;
}

/** websocket-driver, with events. */
export function driver(params) {
  const given = source(params);
  const { messages, checker, isText } = given;
  const chunks = given.chunks.map(({ buffer, byteOffset, length }) =>
    Buffer.from(buffer, byteOffset, length),
  );
  const side = {
    async prepare() {
      checker.turn = 0;
      side.driver = await openDriver();
    },
    async run(count) {
      const passes = passesOf(count, messages);
      const total = passes * messages;
      const done = deferred();
      let left = total;
      side.driver.on('error', done.reject);
      side.driver.on('message', ({ data }) => {
        if (isText) checker.text(data);
        else checker.bytes(data);
        left -= 1;
        if (left === 0) done.resolve();
      });
      feed(side.driver.io, chunks, passes).catch(done.reject);
      await done.promise;
      return { done: total };
    },
  };
  side.verify = verifying(side, given);
  return side;
}

/** A driver as a client whose upgrade is done. */
export async function openDriver() {
  const client = websocketDriver.client('ws://localhost/', { maxLength: 1 << 30 });
  const asked = new Promise((resolve) => client.io.once('data', (bytes) => resolve(`${bytes}`)));
  const opened = new Promise((resolve) => client.once('open', resolve));
  client.start();
  const key = /^sec-websocket-key: *(\S+)/im.exec(await asked)[1];
  const answer =
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`;
  client.io.write(Buffer.from(answer));
  await opened;
  return client;
}

/** Writes chunks into a stream as fast as it takes them. */
async function feed(writable, chunks, passes) {
  for (let pass = 0; pass < passes; pass += 1) {
    for (const chunk of chunks) {
      if (writable.write(chunk)) continue;
      await new Promise((resolve) => {
        writable.once('drain', resolve);
      });
    }
  }
}
