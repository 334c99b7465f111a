/** Memory that several frames lie in. */

/** Texts from this length on are decoded one by one. */
const LONG = 256;
/** How many short texts are decoded one by one before it is worth to decode what lies around them. */
const LONE = 8;
/** How many characters are decoded at once, at most: a text that is kept keeps all of them. */
const STRETCH = 8 << 10;

/**
 * A chunk of the transport, its copy, or memory that several chunks are laid in. One decoding serves many
 * short ASCII texts in it, since such a decoding maps each byte to one character.
 */
export class Slab {
  readonly buffer: ArrayBufferLike;
  readonly start: number;
  /** How many bytes there are. */
  length: number;
  /** The characters of a stretch, and where it begins. */
  #characters = '';
  #from = 0;
  /** How many short texts were decoded alone. */
  #alone = 0;
  #decoder: Decoder | undefined = undefined;
  #all: Uint8Array | undefined = undefined;

  constructor(buffer: ArrayBufferLike, start: number, length: number) {
    this.buffer = buffer;
    this.start = start;
    this.length = length;
  }

  static of(bytes: Uint8Array): Slab {
    return new Slab(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Node's sockets give a Buffer, whose views would be Buffers too; and `subarray` is slower. */
  view(offset: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, this.start + offset, length);
  }

  /** Copies bytes to a place. */
  put(bytes: Uint8Array, at: number): void {
    this.#all ??= new Uint8Array(this.buffer, this.start);
    this.#all.set(bytes, at);
  }

  /** Appends bytes; there must be room. */
  add(bytes: Uint8Array): void {
    this.put(bytes, this.length);
    this.length += bytes.length;
  }

  /** The text of bytes that are known to be ASCII. */
  ascii(offset: number, length: number): string {
    if (length >= LONG) return this.#latin1(offset, offset + length);
    let at = offset - this.#from;
    if (at < 0 || at + length > this.#characters.length) {
      if (this.#alone < LONE) {
        this.#alone += 1;
        return this.#latin1(offset, offset + length);
      }
      this.#from = offset;
      this.#characters = this.#latin1(offset, Math.min(offset + STRETCH, this.length));
      at = 0;
    }
    return this.#characters.slice(at, at + length);
  }

  /** The text of bytes that are known to be UTF-8. */
  utf8(offset: number, length: number): string {
    if (!nodeBuffer) return utf8Decoder.decode(this.view(offset, length));
    this.#decoder ??= decoderOf(this, nodeBuffer);
    return this.#decoder.utf8Slice(offset, offset + length);
  }

  /**
   * One character for each byte. Where this is windows-1252 the characters of 0x80–0x9F are other ones,
   * which no ASCII text has.
   */
  #latin1(from: number, to: number): string {
    if (!nodeBuffer) return latin1Decoder?.decode(this.view(from, to - from)) ?? '';
    this.#decoder ??= decoderOf(this, nodeBuffer);
    return this.#decoder.latin1Slice(from, to);
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
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

function decoderOf({ buffer, start }: Slab, node: NodeBuffer): Decoder {
  return node.from(buffer, start, buffer.byteLength - start);
}

/** Memory that is to be filled at once; clearing it first costs as much again. */
export function uninitialized(length: number): Uint8Array {
  // To ask Node for little takes longer than to clear it.
  if (!nodeBuffer || length < LITTLE) return new Uint8Array(length);
  const { buffer, byteOffset } = nodeBuffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}

const LITTLE = 4 << 10;
