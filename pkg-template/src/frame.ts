/** Frames as users see them. */

import type * as Public from '../types/index.js';
import type { Bytes, CloseStatus } from '../types/index.js';
import { Bits } from './core.js';
import { Slab } from './slab.js';
import { utf8Decoder } from './texts.js';

/** Opcodes by name (RFC 6455 §5.2). */
export const Opcode = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

const TYPES: Record<number, Public.Frame['type']> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
};
const MAX_CONTROL = 125;
const MAX_REASON = 123;

const encoder = new TextEncoder();

/** One frame. Its payload is a part of a slab, a text, or both once asked for. */
export class FrameBody {
  readonly #bits: number;
  readonly #slab: Slab | undefined;
  readonly #offset: number;
  readonly #length: number;
  #bytes: Uint8Array | undefined;
  #text: string | undefined;

  constructor(bits: number, slab: Slab | undefined, offset: number, length: number, text?: string) {
    this.#bits = bits;
    this.#slab = slab;
    this.#offset = offset;
    this.#length = length;
    this.#bytes = undefined;
    this.#text = text;
  }

  get type(): Public.Frame['type'] {
    return TYPES[this.#bits & Bits.OPCODE] ?? 'binary';
  }

  get fin(): boolean {
    return (this.#bits & Bits.FIN) !== 0;
  }

  get rsv1(): boolean {
    return (this.#bits & (0b100 << 5)) !== 0;
  }

  get rsv2(): boolean {
    return (this.#bits & (0b010 << 5)) !== 0;
  }

  get rsv3(): boolean {
    return (this.#bits & (0b001 << 5)) !== 0;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= this.#slab
      ? this.#slab.view(this.#offset, this.#length)
      : encoder.encode(this.#text);
    return this.#bytes;
  }

  get text(): string {
    if (this.#text !== undefined) return this.#text;
    if ((this.#bits & Bits.OPCODE) !== Opcode.TEXT) {
      throw new TypeError(`a ${this.type} frame has no text`);
    }
    if (!this.fin) throw new TypeError('a fragment has no text: a character may be split over two');
    const slab = this.#slab ?? Slab.of(this.bytes);
    this.#text =
      (this.#bits & Bits.ASCII) !== 0
        ? slab.ascii(this.#offset, this.#length)
        : slab.utf8(this.#offset, this.#length);
    return this.#text;
  }

  get data(): string | Uint8Array {
    return (this.#bits & (Bits.OPCODE | Bits.FIN)) === (Opcode.TEXT | Bits.FIN)
      ? this.text
      : this.bytes;
  }

  get closeReason(): CloseStatus | undefined {
    if ((this.#bits & Bits.OPCODE) !== Opcode.CLOSE) return undefined;
    const bytes = this.bytes;
    if (bytes.length < 2) return undefined;
    const code = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    return { code, reason: utf8Decoder.decode(bytes.subarray(2)) };
  }

  /** Opcode, FIN and RSV bits, as the core takes them. */
  static head(frame: FrameBody): number {
    return frame.#bits & (Bits.OPCODE | Bits.FIN | Bits.RSV);
  }

  /** Whether what was received is of a text or binary message. */
  static isMessage(frame: FrameBody): boolean {
    const opcode = frame.#bits & Bits.OPCODE;
    return opcode === Opcode.TEXT || opcode === Opcode.BINARY;
  }

  /** Whether nothing of the message comes after what was received. */
  static isLast(frame: FrameBody): boolean {
    return (frame.#bits & Bits.LAST) !== 0;
  }

  /** The text that a frame was made of, if its bytes are not known yet. */
  static pendingText(frame: FrameBody): string | undefined {
    return frame.#slab || frame.#bytes ? undefined : frame.#text;
  }

  /** The payload's length as it came off the wire. */
  static receivedLength(frame: FrameBody): number {
    return frame.#length;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && #bits in value;
  }
}

/** Copies what a caller hands over as bytes. The `slice` of a Buffer would be a view. */
export function copyBytes(source: Bytes, what: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(viewBytes(source, what));
}

/** A view of what a caller hands over as bytes. */
export function viewBytes(source: unknown, what: string): Uint8Array {
  if (source instanceof Uint8Array) return source;
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  if (source instanceof ArrayBuffer || Object.prototype.toString.call(source) === SHARED) {
    return new Uint8Array(source as ArrayBuffer);
  }
  throw new TypeError(
    `${what} must be a string, an ArrayBuffer or a view of one, not ${kind(source)}`,
  );
}

/** What something is, for a message. */
export function kind(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/** Checks the payload of a control frame as a caller gives it (RFC 6455 §5.5). */
export function checkControl(payload: Uint8Array): void {
  if (payload.length > MAX_CONTROL) {
    throw new RangeError(
      `the payload of a control frame is ${payload.length} bytes; at most ${MAX_CONTROL} are allowed`,
    );
  }
}

/** Checks a close code and reason as a caller gives them. */
export function checkClose(code: number, reason: string): void {
  if (typeof code !== 'number') throw new TypeError(`code must be a number, not ${kind(code)}`);
  if (typeof reason !== 'string')
    throw new TypeError(`reason must be a string, not ${kind(reason)}`);
  const sendable =
    (code >= 1000 && code <= 1003) ||
    (code >= 1007 && code <= 1014) ||
    (code >= 3000 && code <= 4999);
  if (!Number.isInteger(code) || !sendable) {
    throw new RangeError(
      `${String(code)} is not a close code that may be sent; expected 1000–1003, 1007–1014 or 3000–4999`,
    );
  }
  const length = encoder.encode(reason).length;
  if (length > MAX_REASON) {
    throw new RangeError(
      `the close reason takes ${length} bytes in UTF-8; at most ${MAX_REASON} fit a close frame`,
    );
  }
}

const SHARED = '[object SharedArrayBuffer]';
const LONE_SURROGATE = /[\ud800-\udfff]/;

/** FIN and RSV bits of a data frame. */
function flags(options: Public.FrameOptions = {}): number {
  const { fin = true, rsv1, rsv2, rsv3 } = options;
  return (fin ? Bits.FIN : 0) | (rsv1 ? 0x80 : 0) | (rsv2 ? 0x40 : 0) | (rsv3 ? 0x20 : 0);
}

function ofBytes(opcode: number, flags: number, bytes: Uint8Array): FrameBody {
  return new FrameBody(opcode | flags, Slab.of(bytes), 0, bytes.length);
}

function control(opcode: number, bytes: Uint8Array): FrameBody {
  checkControl(bytes);
  return ofBytes(opcode, Bits.FIN, bytes);
}

const builders = {
  text(text: string, options?: Public.FrameOptions): FrameBody {
    if (typeof text !== 'string') throw new TypeError(`text must be a string, not ${kind(text)}`);
    const bits = Opcode.TEXT | flags(options);
    if (bits & Bits.FIN && !LONE_SURROGATE.test(text))
      return new FrameBody(bits, undefined, 0, 0, text);
    return ofBytes(Opcode.TEXT, flags(options), encoder.encode(text));
  },
  binary(bytes: Bytes, options?: Public.FrameOptions): FrameBody {
    return ofBytes(Opcode.BINARY, flags(options), copyBytes(bytes, 'bytes'));
  },
  continuation(data: string | Bytes, options?: Public.FrameOptions): FrameBody {
    const bytes = typeof data === 'string' ? encoder.encode(data) : copyBytes(data, 'data');
    return ofBytes(Opcode.CONTINUATION, flags(options), bytes);
  },
  close(code?: number, reason = ''): FrameBody {
    if (code === undefined) {
      if (reason !== '') throw new TypeError('a close reason needs a code');
      return control(Opcode.CLOSE, new Uint8Array(0));
    }
    checkClose(code, reason);
    const text = encoder.encode(reason);
    const bytes = new Uint8Array(2 + text.length);
    bytes.set([code >> 8, code & 0xff]);
    bytes.set(text, 2);
    return control(Opcode.CLOSE, bytes);
  },
  ping(payload: Bytes = new Uint8Array(0)): FrameBody {
    return control(Opcode.PING, copyBytes(payload, 'payload'));
  },
  pong(payload: Bytes = new Uint8Array(0)): FrameBody {
    return control(Opcode.PONG, copyBytes(payload, 'payload'));
  },
  [Symbol.hasInstance](value: unknown): boolean {
    return FrameBody[Symbol.hasInstance](value);
  },
};

/** Builds frames. */
export const Frame = builders as unknown as typeof Public.Frame;
export type Frame = Public.Frame;
