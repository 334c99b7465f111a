/** Memory that several frames lie in. */

/** Texts from this length on are decoded one by one. */
const LONG = 256;
/** How many short texts are decoded one by one before it is worth to decode what lies around them. */
const LONE = 8;
/** How many characters are decoded at once, at most: a text that is kept keeps all of them. */
const STRETCH = 8 << 10;

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

  constructor(bytes: Uint8Array, length: number) {
    this.bytes = bytes;
    this.length = length;
  }

  static of(bytes: Uint8Array): Slab {
    return new Slab(bytes, bytes.length);
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
    this.#texts ??= new Texts(this.bytes);
    return this.#texts.utf8(offset, offset + length);
  }
}

/**
 * The texts of a slab. One decoding serves many short ASCII texts, since such a decoding maps each
 * byte to one character.
 */
class Texts {
  readonly #bytes: Uint8Array;
  readonly #decoder: Decoder | undefined;
  /** The characters of a stretch, and where it begins. */
  #characters = '';
  #from = 0;
  /** How many short texts were decoded alone. */
  #alone = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#decoder = nodeBuffer?.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** `filled` is where the slab's bytes end so far. */
  ascii(offset: number, length: number, filled: number): string {
    if (length >= LONG) return this.#latin1(offset, offset + length);
    let at = offset - this.#from;
    if (at < 0 || at + length > this.#characters.length) {
      if (this.#alone < LONE) {
        this.#alone += 1;
        return this.#latin1(offset, offset + length);
      }
      this.#from = offset;
      this.#characters = this.#latin1(offset, Math.min(offset + STRETCH, filled));
      at = 0;
    }
    return this.#characters.slice(at, at + length);
  }

  utf8(from: number, to: number): string {
    return this.#decoder?.utf8Slice(from, to) ?? '';
  }

  /**
   * One character for each byte. Where this is windows-1252 the characters of 0x80–0x9F are other ones,
   * which no ASCII text has.
   */
  #latin1(from: number, to: number): string {
    if (this.#decoder) return this.#decoder.latin1Slice(from, to);
    return latin1Decoder?.decode(this.#bytes.subarray(from, to)) ?? '';
  }
}

/** What a Buffer of Node's can do. */
interface Decoder {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

interface NodeBuffer {
  allocUnsafeSlow(length: number): Uint8Array;
  from(buffer: ArrayBufferLike, offset: number, length: number): Decoder;
}

const nodeBuffer = (globalThis as unknown as { Buffer?: NodeBuffer }).Buffer;
const latin1Decoder = nodeBuffer ? undefined : new TextDecoder('latin1');
/** Takes what is UTF-8, a byte order mark as well, and throws for anything else. */
export const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Memory that is to be filled at once; clearing it first costs as much again. */
export function uninitialized(length: number): Uint8Array {
  // To ask Node for little takes longer than to clear it.
  if (!nodeBuffer || length < LITTLE) return new Uint8Array(length);
  const { buffer, byteOffset } = nodeBuffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

const LITTLE = 4 << 10;
