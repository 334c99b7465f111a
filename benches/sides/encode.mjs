/** Messages to masked frames in memory, as a client: framewire, the Sender of ws, websocket-driver. */

import { Sender } from 'ws';
import { overTransport } from '#framewire';
import { assertFrames } from '../support/frames.mjs';
import { bytesOf, payloads, TURNS } from '../support/payloads.mjs';
import { openDriver } from './decode.mjs';

/** Takes bytes as a transport would, at no cost of its own. */
class Drain {
  bytes = 0;
  /** The parts, while they are kept to be looked at. */
  kept;

  take(part) {
    this.bytes += part.length;
    this.kept?.push(part.slice());
  }
}

/** A side that sends payloads into a drain; `open` gives `send(list, count)`, which settles when all are there. */
async function side({ size, kind }, open) {
  const list = payloads(size, kind);
  const drain = new Drain();
  const { send } = await open(drain);
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
      await send(list, TURNS * 2);
      assertFrames(drain.kept, list, TURNS * 2);
      drain.kept = undefined;
    },
  };
}

function writableOf(drain) {
  return new WritableStream({ write: (chunk) => drain.take(chunk) });
}

function openSession(drain) {
  const transport = { readable: new ReadableStream(), writable: writableOf(drain) };
  return overTransport(transport, { role: 'client' });
}

/** A side that writes into such a stream itself; what it writes is only counted. `open` is told how long a header is. */
export async function drained(params, open) {
  const { verify: _, ...counted } = await side(params, (drain) =>
    open(writableOf(drain), headerOf(params.size)),
  );
  return counted;
}

/** How long the header of a masked frame is. */
function headerOf(length) {
  return 4 + (length < 126 ? 2 : length < 65536 ? 4 : 10);
}

/** framewire, each `send` awaited. */
export function framewire(params) {
  return side(params, (drain) => {
    const session = openSession(drain);
    return {
      async send(list, count) {
        for (let index = 0; index < count; index += 1) await session.send(list[index % TURNS]);
        await session.flush();
      },
    };
  });
}

/** framewire, one `send` of 64 awaited. */
export function framewireBurst(params) {
  return side(params, (drain) => {
    const session = openSession(drain);
    return {
      async send(list, count) {
        for (let index = 0; index < count; index += 1) {
          const sent = session.send(list[index % TURNS]);
          if (index % 64 === 63) await sent;
        }
        await session.flush();
      },
    };
  });
}

/** The Sender of ws, over a socket that takes all at once. */
export function wsSender(params) {
  return side(params, (drain) => {
    const socket = {
      cork() {},
      uncork() {},
      write(part, callback) {
        drain.take(part);
        callback?.();
        return true;
      },
    };
    const sender = new Sender(socket);
    const options = { fin: true, compress: false, mask: true, binary: params.kind === 'binary' };
    return {
      async send(list, count) {
        for (let index = 0; index < count; index += 1) sender.send(list[index % TURNS], options);
      },
    };
  });
}

/** websocket-driver. */
export function driver(params) {
  return side(params, async (drain) => {
    const client = await openDriver();
    client.io.on('data', (part) => drain.take(part));
    return {
      async send(list, count) {
        for (let index = 0; index < count; index += 1) {
          const payload = list[index % TURNS];
          if (typeof payload === 'string') client.text(payload);
          else client.binary(Buffer.from(payload.buffer));
        }
      },
    };
  });
}
