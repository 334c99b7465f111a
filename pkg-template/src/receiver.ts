/** Chunks to frames: reads the table that the core leaves. */

import { Bits, type Core, type Session, WORDS } from './core.js';
import { FrameBody, Slab } from './frame.js';

/** Frames that view less than this part of a chunk's memory are copied out of it. */
const PINNED_PART = 1 / 4;

/** Builds the frames of one session, those whose payload comes in several pieces too. */
export class Receiver {
  readonly #core: Core;
  readonly #session: Session;
  /** The pieces so far of the frame or message under way. */
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  /** Whether all pieces so far are ASCII text. */
  #ascii = true;

  /** Bits of messages whose parts are handed out as they come. */
  readonly #parts: number;

  /** `parts` are the RSV bits of messages that are not to be gathered: RSV1 is 4. */
  constructor(core: Core, session: Session, parts: number) {
    this.#core = core;
    this.#session = session;
    this.#parts = parts << 5;
  }

  /** Decodes at most `core.capacity` bytes, hands out the frames, and returns the core's signals. */
  receive(chunk: Uint8Array, now: number, out: (frame: FrameBody) => void): number {
    const { scratch } = this.#core;
    this.#core.stage(chunk);
    const signals = this.#session.receive(scratch, chunk.length, now);
    const count = scratch.words();
    if (count === 0) return signals;

    const { words } = this.#core;
    const table = scratch.table() >>> 2;
    const end = table + count;
    let whole = 0;
    for (let at = table; at < end; at += WORDS) {
      const bits = words[at] ?? 0;
      if (bits & this.#parts) continue;
      if ((bits & (Bits.LAST | Bits.ASIDE)) === Bits.LAST) whole += words[at + 2] ?? 0;
    }
    const bytes = scratch.rewritten() ? this.#core.staged(chunk.length) : chunk;
    const pins = whole > 0 && whole < bytes.buffer.byteLength * PINNED_PART;
    const slab = new Slab(pins ? new Uint8Array(whole) : bytes);
    let packed = 0;
    for (let at = table; at < end; at += WORDS) {
      const bits = words[at] ?? 0;
      const offset = words[at + 1] ?? 0;
      const length = words[at + 2] ?? 0;
      if (bits & Bits.ASIDE) {
        const aside = this.#core.copy(scratch.aside() + offset, length);
        out(new FrameBody(bits, new Slab(aside), 0, length));
      } else if (bits & this.#parts) {
        const part = bytes.subarray(offset, offset + length);
        const pinned = length < bytes.buffer.byteLength * PINNED_PART;
        out(new FrameBody(bits, new Slab(pinned ? part.slice() : part), 0, length));
      } else if ((bits & Bits.LAST) === 0 || this.#gathered > 0 || this.#pieces.length > 0) {
        this.#gather(bits, bytes.subarray(offset, offset + length), out);
      } else if (pins) {
        slab.bytes.set(bytes.subarray(offset, offset + length), packed);
        out(new FrameBody(bits, slab, packed, length));
        packed += length;
      } else {
        out(new FrameBody(bits, slab, offset, length));
      }
    }
    return signals;
  }

  /** Takes a piece of a payload that came in several; the last one makes the frame. */
  #gather(bits: number, piece: Uint8Array, out: (frame: FrameBody) => void): void {
    this.#append(piece);
    this.#ascii &&= (bits & Bits.ASCII) !== 0;
    if ((bits & Bits.LAST) === 0) return;
    const payload = new Uint8Array(this.#gathered);
    let at = 0;
    for (const part of this.#pieces) {
      const length = Math.min(part.length, this.#gathered - at);
      payload.set(length === part.length ? part : part.subarray(0, length), at);
      at += length;
    }
    this.#pieces = [];
    this.#gathered = 0;
    this.#room = 0;
    const known = this.#ascii ? bits : bits & ~Bits.ASCII;
    this.#ascii = true;
    out(new FrameBody(known, new Slab(payload), 0, payload.length));
  }

  /** Free bytes at the end of the last piece, if that is a buffer of ours. */
  #room = 0;

  /** Small pieces are packed into buffers of ours, so that many of them cost no more than a few. */
  #append(piece: Uint8Array): void {
    const { length } = piece;
    if (length >= SMALL_PIECE && this.#room === 0) {
      this.#pieces.push(length * 2 > piece.buffer.byteLength ? piece : piece.slice());
      this.#gathered += length;
      return;
    }
    let taken = 0;
    if (this.#room > 0) {
      const last = this.#pieces[this.#pieces.length - 1] as Uint8Array;
      taken = Math.min(length, this.#room);
      last.set(piece.subarray(0, taken), last.length - this.#room);
      this.#room -= taken;
    }
    if (taken < length) {
      const buffer = new Uint8Array(
        Math.max(length - taken, Math.min(Math.max(this.#gathered, 256), MAX_BUFFER)),
      );
      buffer.set(piece.subarray(taken));
      this.#pieces.push(buffer);
      this.#room = buffer.length - (length - taken);
    }
    this.#gathered += length;
  }
}

const SMALL_PIECE = 4096;
const MAX_BUFFER = 1 << 20;
