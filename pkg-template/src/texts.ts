/** Bytes to texts. */

import { liveCore } from './core.js';

/** Texts from this length on are decoded one by one. */
const LONG = 256;
/** How many short texts are decoded one by one before it is worth to decode what lies around them. */
const LONE = 8;
/** How many characters are decoded at once, at most: a text that is kept keeps all of them. */
const STRETCH = 8 << 10;

/** It is worth to let the core decode UTF-8 from this length on. */
export const WORTHWHILE = 64;

/**
 * The texts of a slab. One decoding serves many short ASCII texts, since such a decoding maps each
 * byte to one character.
 */
export class Texts {
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
  ucs2Slice(start: number, end: number): string;
}

interface NodeBuffer {
  allocUnsafeSlow(length: number): Uint8Array;
  from(buffer: ArrayBufferLike, offset: number, length: number): Decoder;
}

/** What Node has for bytes; nothing elsewhere. */
export const nodeBuffer = (globalThis as unknown as { Buffer?: NodeBuffer }).Buffer;
const latin1Decoder = nodeBuffer ? undefined : new TextDecoder('latin1');
/** Takes what is UTF-8, a byte order mark as well, and throws for anything else. */
export const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** The core's memory, as what makes strings of it. */
let memory: { buffer: ArrayBufferLike; decoder: Decoder } | undefined;

/**
 * The text of UTF-8 by way of UTF-16, which the core makes of it in half the time that V8's decoder takes. Nothing
 * where that cannot be done: the core is not there, or the bytes are no UTF-8. Nor where it begins with much ASCII:
 * of what is mostly that V8's decoder makes one string at once.
 */
export function transcoded(bytes: Uint8Array): string | undefined {
  const core = liveCore();
  if (!core || !nodeBuffer) return undefined;
  const { capacity, scratch } = core;
  const { length } = bytes;
  let text = '';
  for (let at = 0; at < length; ) {
    const end = boundary(bytes, at + capacity);
    core.stage(length <= capacity ? bytes : bytes.subarray(at, end));
    const units = scratch.to_utf16(end - at);
    if (units === undefined || (at === 0 && units === end)) return undefined;
    const ascii = units === end - at;
    const from = ascii ? core.chunk.byteOffset : scratch.units();
    const { buffer } = core.heap;
    if (memory?.buffer !== buffer) {
      memory = { buffer, decoder: nodeBuffer.from(buffer, 0, buffer.byteLength) };
    }
    text += ascii
      ? memory.decoder.latin1Slice(from, from + units)
      : memory.decoder.ucs2Slice(from, from + 2 * units);
    at = end;
  }
  return text;
}

/** The last place at or before `end` where no character is split, if the bytes are UTF-8. */
function boundary(bytes: Uint8Array, end: number): number {
  if (end >= bytes.length) return bytes.length;
  let at = end;
  while (at > end - 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return at;
}
