/** Frames written and read by hand: what sides are fed with, and the judge of what they write. */

import { bytesOf, TURNS } from './payloads.mjs';

/** One frame, masked if a key is given. */
export function frame(payload, key) {
  const bytes = bytesOf(payload);
  const { length } = bytes;
  const extra = length < 126 ? 0 : length < 65536 ? 2 : 8;
  const start = 2 + extra + (key ? 4 : 0);
  const out = new Uint8Array(start + length);
  const view = new DataView(out.buffer);
  out[0] = typeof payload === 'string' ? 0x81 : 0x82;
  out[1] = (key ? 0x80 : 0) | (extra === 0 ? length : extra === 2 ? 126 : 127);
  if (extra === 2) view.setUint16(2, length);
  if (extra === 8) view.setBigUint64(2, BigInt(length));
  if (key) out.set(key, 2 + extra);
  out.set(bytes, start);
  if (key) for (let at = 0; at < length; at += 1) out[start + at] ^= key[at & 3];
  return out;
}

/** `rounds` times all payloads as frames, one after the other. */
export function frames(payloads, rounds, key) {
  const all = payloads.map((payload) => frame(payload, key));
  const length = all.reduce((sum, { length }) => sum + length, 0);
  const out = new Uint8Array(length * rounds);
  let at = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const one of all) {
      out.set(one, at);
      at += one.length;
    }
  }
  return out;
}

/** Bytes in chunks that own their memory, as a transport gives them. */
export function chunks(bytes, size) {
  const list = [];
  for (let at = 0; at < bytes.length; at += size) list.push(bytes.slice(at, at + size));
  return list;
}

/** A stream of frames that repeats: chunks, and how many messages they hold. */
export function stream(payloads, chunkSize, total = 1 << 20) {
  const size = bytesOf(payloads[0]).length;
  const rounds = Math.max(1, Math.floor(total / (size * TURNS)));
  return { chunks: chunks(frames(payloads, rounds), chunkSize), messages: rounds * TURNS };
}

/** Checks that bytes are the masked frames of `count` messages, the payloads in turns. */
export function assertFrames(parts, payloads, count) {
  const bytes = Buffer.concat(parts);
  const expected = payloads.map(bytesOf);
  const opcode = typeof payloads[0] === 'string' ? 1 : 2;
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (bytes[at] !== (0x80 | opcode)) throw new Error(`frame ${index} begins with ${bytes[at]}`);
    if (!(bytes[at + 1] & 0x80)) throw new Error(`frame ${index} is not masked`);
    let length = bytes[at + 1] & 0x7f;
    at += 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at);
      at += 2;
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at));
      at += 8;
    }
    const key = bytes.subarray(at, at + 4);
    at += 4;
    const want = expected[index % TURNS];
    if (length !== want.length) throw new Error(`frame ${index} is ${length} long`);
    for (let byte = 0; byte < length; byte += 1) {
      if ((bytes[at + byte] ^ key[byte & 3]) !== want[byte]) {
        throw new Error(`frame ${index} differs at ${byte}`);
      }
    }
    at += length;
  }
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes too many were written`);
}
