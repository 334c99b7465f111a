/** Memory that several frames lie in. */

import { nodeBuffer, Texts, transcoded, utf8Decoder, WORTHWHILE } from './texts.js';

/** A chunk of the transport, its copy, or memory that several chunks are laid in. */
export class Slab {
  /** All of the memory. */
  readonly bytes: Uint8Array;
  /** How many bytes of it are filled. */
  length: number;
  /** What to ask a typed array for takes a while. */
  #buffer: ArrayBufferLike | undefined = undefined;
  #start = 0;
  #texts: Texts | undefined = undefined;
  /** The bytes are so few that they lie where objects do; to ask for their buffer would move them. */
  #isSmall = false;

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  static of(bytes: Uint8Array): Slab {
    return new Slab(bytes, bytes.length);
  }

  /** With a copy of bytes, which must not be a Buffer. */
  static copyOf(bytes: Uint8Array): Slab {
    const slab = Slab.of(bytes.slice());
    slab.#isSmall = bytes.length <= SMALL;
    return slab;
  }

  /** How much memory is kept with it. */
  get kept(): number {
    return this.#isSmall ? this.length : this.buffer.byteLength;
  }

  /** The buffer that is kept with it. */
  get buffer(): ArrayBufferLike {
    if (this.#buffer === undefined) {
      this.#buffer = this.bytes.buffer;
      this.#start = this.bytes.byteOffset;
    }
    return this.#buffer;
  }

  /** Node's sockets give a Buffer, whose views would be Buffers too; and `subarray` is slower. */
  view(offset: number, length: number): Uint8Array {
    if (this.#isSmall) return this.bytes.slice(offset, offset + length);
    const { buffer } = this;
    return new Uint8Array(buffer, this.#start + offset, length);
  }

  /** The same to be read at once, not to be handed out. */
  peek(offset: number, length: number): Uint8Array {
    return length === this.bytes.length ? this.bytes : this.view(offset, length);
  }

  /** Appends bytes; there must be room. */
  add(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The text of bytes that are known to be ASCII. */
  ascii(offset: number, length: number): string {
    this.#texts ??= new Texts(this.bytes);
    return this.#texts.ascii(offset, length, this.length);
  }

  /** The text of bytes that are known to be UTF-8. */
  utf8(offset: number, length: number): string {
    if (!nodeBuffer) return utf8Decoder.decode(this.view(offset, length));
    const text = length < WORTHWHILE ? undefined : transcoded(this.view(offset, length));
    if (text !== undefined) return text;
    this.#texts ??= new Texts(this.bytes);
    return this.#texts.utf8(offset, offset + length);
  }
}

/** Memory that is to be filled at once; clearing it first costs as much again. */
export function uninitialized(length: number): Uint8Array {
  // To ask Node for little takes longer than to clear it.
  if (!nodeBuffer || length < LITTLE) return new Uint8Array(length);
  const { buffer, byteOffset } = nodeBuffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

const LITTLE = 4 << 10;
/** V8 keeps typed arrays of so many bytes without a buffer until that is asked for, which takes five times a copy. */
const SMALL = 64;
