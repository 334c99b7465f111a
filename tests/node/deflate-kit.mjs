/** What the tests of permessage-deflate share: compressed payloads and peers that send and read them. */

import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  deflateRawSync,
  inflateRawSync,
} from 'node:zlib';
import { overTransport } from '#framewire';
import { permessageDeflate } from '#framewire/deflate';
import { offered as offeredTo } from './extension-kit.mjs';
import { frame, parseFrame } from './raw.mjs';
import { acceptAll, heldTransport } from './support.mjs';

export { request } from './extension-kit.mjs';

export const NAME = 'permessage-deflate';
/** RSV1, as `frame` of `raw.mjs` takes it. */
export const RSV1 = 4;
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);

/** A message as permessage-deflate has it, by zlib, with an empty window. */
export function deflated(data, options = {}) {
  const bytes = deflateRawSync(data, { ...options, finishFlush: constants.Z_SYNC_FLUSH });
  return bytes.subarray(0, -TAIL.length);
}

/** What such a message says, by zlib. */
export function inflated(payload, options = {}) {
  return inflateRawSync(Buffer.concat([payload, TAIL]), {
    ...options,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

/** The same for messages that refer to those before: a function that is given one after the other. */
export function inflating(options) {
  return streaming(createInflateRaw(options), (payload) => Buffer.concat([payload, TAIL]));
}

/** The other way. */
export function deflating(options) {
  const stream = streaming(createDeflateRaw(options), (data) => data);
  return async (data) => (await stream(data)).subarray(0, -TAIL.length);
}

function streaming(stream, prepare) {
  const pieces = [];
  stream.on('data', (piece) => pieces.push(piece));
  return async (data) => {
    await new Promise((resolve, reject) => {
      stream.once('error', reject);
      stream.write(prepare(data));
      stream.flush(constants.Z_SYNC_FLUSH, () => {
        stream.off('error', reject);
        resolve();
      });
    });
    return Buffer.concat(pieces.splice(0));
  };
}

/** A message of one compressed frame, as a server sends it. */
export const compressed = (payload, { opcode = 1, ...options } = {}) =>
  frame(opcode, payload, { rsv: RSV1, ...options });

/** A client over a transport that is given frames by hand, and what it wrote. */
export function handFed(t, { deflate, ...options } = {}) {
  const held = heldTransport();
  acceptAll(held);
  const session = overTransport(held.transport, {
    role: 'client',
    extensions: [permessageDeflate(deflate)],
    ...options,
  });
  t.after(() => session.terminate());
  return {
    session,
    give: (...frames) => held.give(new Uint8Array(Buffer.concat(frames))),
    /** The frames written so far. */
    written() {
      const frames = [];
      let rest = Buffer.concat(held.writes.map(({ chunk }) => chunk));
      for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
        frames.push(next);
        rest = next.rest;
      }
      return frames;
    },
  };
}

/** What a server of the raw kind was offered by our client, and what became of its answer. */
export const offered = (t, options, answer) => offeredTo(t, [permessageDeflate(options)], answer);
