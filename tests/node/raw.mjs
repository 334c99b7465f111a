/** A peer that speaks in bytes, for what no real one would send. */

import { createHash } from 'node:crypto';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** What `Sec-WebSocket-Accept` has to say to a key. */
export function acceptKey(key) {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}

/** The bytes of a frame. `declared` is the length that the header tells. */
export function frame(opcode, payload = '', { fin = true, rsv = 0, mask, declared } = {}) {
  const body = Buffer.from(payload);
  const length = declared ?? body.length;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const masked = mask ? 0x80 : 0;
  let head;
  if (length < 126) {
    head = Buffer.from([first, masked | length]);
  } else if (length < 65536) {
    head = Buffer.from([first, masked | 126, length >> 8, length & 0xff]);
  } else {
    head = Buffer.alloc(10);
    head.set([first, masked | 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  if (!mask) return Buffer.concat([head, body]);
  const key = Buffer.from(mask);
  return Buffer.concat([head, key, body.map((byte, at) => byte ^ key[at % 4])]);
}

/** The bytes of a Close. */
export function closeFrame(code, reason = '', options) {
  return frame(
    8,
    Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
    options,
  );
}

/** Takes one frame off the front of bytes: unmasked, with what is left. */
export function parseFrame(bytes) {
  if (bytes.length < 2) return undefined;
  const masked = (bytes[1] & 0x80) !== 0;
  let length = bytes[1] & 0x7f;
  let at = 2;
  if (length === 126) {
    if (bytes.length < 4) return undefined;
    length = bytes.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (bytes.length < 10) return undefined;
    length = Number(bytes.readBigUInt64BE(2));
    at = 10;
  }
  const key = masked ? bytes.subarray(at, at + 4) : undefined;
  if (masked) at += 4;
  if (bytes.length < at + length) return undefined;
  const payload = Buffer.from(bytes.subarray(at, at + length));
  if (key) for (let index = 0; index < length; index += 1) payload[index] ^= key[index & 3];
  return {
    fin: (bytes[0] & 0x80) !== 0,
    rsv: (bytes[0] >> 4) & 7,
    opcode: bytes[0] & 15,
    masked,
    key,
    payload,
    code: (bytes[0] & 15) === 8 && length >= 2 ? payload.readUInt16BE(0) : undefined,
    rest: bytes.subarray(at + length),
  };
}

/** One end of a TCP connection, read as HTTP first and as frames then. */
export class RawPeer {
  #bytes = Buffer.alloc(0);
  #ended = false;
  #wake = () => {};

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      this.#bytes = Buffer.concat([this.#bytes, bytes]);
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  write(...parts) {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** The head of a request or an answer; `undefined` if the peer ends before. */
  head() {
    return this.#take(() => {
      const end = this.#bytes.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      const head = this.#bytes.subarray(0, end).toString('latin1');
      this.#bytes = this.#bytes.subarray(end + 4);
      return head;
    });
  }

  /** The next frame; `undefined` at the end. */
  frame() {
    return this.#take(() => {
      const parsed = parseFrame(this.#bytes);
      if (parsed) this.#bytes = parsed.rest;
      return parsed;
    });
  }

  /** The frame that closes; what comes before is skipped. */
  async close() {
    for (;;) {
      const next = await this.frame();
      if (!next || next.opcode === 8) return next;
    }
  }

  /** Everything until the end. */
  async all() {
    while (!this.#ended) await this.#more();
    return this.#bytes;
  }

  async #take(parse) {
    for (;;) {
      const parsed = parse();
      if (parsed !== undefined || this.#ended) return parsed;
      await this.#more();
    }
  }

  #more() {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
