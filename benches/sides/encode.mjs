/**
 * Messages to masked frames in memory, as a client: framewire, the Sender of ws, websocket-driver, undici. They write
 * into the same kind of stream, a Node stream; `streams` writes into a Web Stream, and `ws by calls` into an object
 * that is no stream at all.
 */

import { Sender } from 'ws';
import { overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { assertFrames } from '../support/frames.mjs';
import { bytesOf, payloads, TURNS } from '../support/payloads.mjs';
import { Drain, MemoryDuplex, webWritable } from './memory.mjs';
import { openDriver, openUndici } from './opened.mjs';

/** A side that sends payloads into a drain; `open` gives a function of a list and a count, which settles when all are there. */
async function side({ size, kind }, open) {
  const list = payloads(size, kind);
  const drain = new Drain();
  const send = await open(drain);
  const long = bytesOf(list[0]).length;
  const frame = headerOf(long) + long;
  return {
    prepare() {
      drain.bytes = 0;
    },
    async run(count) {
      await send(list, count);
      if (drain.bytes !== count * frame) {
        throw new Error(`${drain.bytes} bytes were written for ${count} frames of ${frame}`);
      }
    },
    async verify() {
      drain.kept = [];
      await send(list, TURNS);
      assertFrames(drain.kept, list, TURNS);
      drain.kept = undefined;
    },
  };
}

/** A side that writes into such a stream itself; what it writes is only counted. `open` is told how long a header is. */
export async function drained(params, open) {
  const { verify: _, ...counted } = await side(params, (drain) =>
    open(new MemoryDuplex(drain), headerOf(params.size)),
  );
  return counted;
}

/** How long the header of a masked frame is. */
function headerOf(length) {
  return 4 + (length < 126 ? 2 : length < 65536 ? 4 : 10);
}

const asDuplex = (drain) => nodeTransport(new MemoryDuplex(drain));
const asStreams = (drain) => ({ readable: new ReadableStream(), writable: webWritable(drain) });

/** A session over such a transport; one `send` of so many is awaited. */
function session(params, awaited, transportOf = asDuplex) {
  return side(params, (drain) => {
    const session = overTransport(transportOf(drain), { role: 'client' });
    return async (list, count) => {
      for (let index = 0; index < count; index += 1) {
        const sent = session.send(list[index % TURNS]);
        if (index % awaited === awaited - 1) await sent;
      }
      await session.flush();
    };
  });
}

/** framewire, each `send` awaited. */
export const framewire = (params) => session(params, 1);

/** framewire, one `send` of 64 awaited. */
export const burst = (params) => session(params, 64);

/** The same into a Web Stream. */
export const streams = (params) => session(params, 64, asStreams);

/** The Sender of ws into `socket`. */
function sender({ kind }, socket) {
  const sender = new Sender(socket);
  const options = { fin: true, compress: false, mask: true, binary: kind === 'binary' };
  return async (list, count) => {
    for (let index = 0; index < count; index += 1) sender.send(list[index % TURNS], options);
  };
}

/** The Sender of ws. */
export const ws = (params) => side(params, (drain) => sender(params, new MemoryDuplex(drain)));

/** The same into what has the methods of a socket, and no more. */
export const wsByCalls = (params) =>
  side(params, (drain) =>
    sender(params, {
      cork() {},
      uncork() {},
      write(part, callback) {
        drain.take(part);
        callback?.();
        return true;
      },
    }),
  );

/** websocket-driver. */
export const driver = (params) =>
  side(params, async (drain) => {
    const client = await openDriver();
    const duplex = new MemoryDuplex(drain);
    client.io.on('data', (part) => duplex.write(part));
    return async (list, count) => {
      for (let index = 0; index < count; index += 1) {
        const payload = list[index % TURNS];
        if (typeof payload === 'string') client.text(payload);
        else client.binary(Buffer.from(payload.buffer));
      }
    };
  });

/** The WebSocket of undici. */
export const undici = (params) =>
  side(params, async (drain) => {
    const { socket } = await openUndici(drain);
    return async (list, count) => {
      for (let index = 0; index < count; index += 1) socket.send(list[index % TURNS]);
    };
  });
