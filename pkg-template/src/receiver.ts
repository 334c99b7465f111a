/** Chunks to frames: reads the tables that the core leaves. */

import { Bits, type Core, type Session, Signal, WORDS } from './core.js';
import { FrameBody, Slab } from './frame.js';
import { Gathering } from './gathering.js';
import type { Frames } from './owner.js';

/** How many bytes the core is shown at once. */
const WINDOW = 16 << 10;
/** How many behind a payload that it need not see: another header like the last one is likely there. */
const HEADER_WINDOW = 256;
/** From this length on a payload is one that makes the next window a short one. */
const LONG = 4 << 10;
/** The frames of a window that are less than this part of the memory behind them are copied out of it. */
const PINNED_PART = 1 / 8;
/** From this part of a window on its frames are copied with all that lies between them. */
const FILLED_PART = 1 / 2;

/** Where the payloads of one window lie. */
interface Window {
  /** The bytes, at the offsets of the table. */
  readonly bytes: Uint8Array;
  /** They lie in the core's memory: unmasked, and only until the next call. */
  readonly passing: boolean;
  /** The chunk, and where in it the window begins. */
  readonly slab: Slab;
  readonly at: number;
}

/** Builds the frames of one session, those whose payload comes in several pieces too. */
export class Receiver {
  readonly #core: Core;
  readonly #session: Session;
  /** Bits of messages whose parts are handed out as they come. */
  readonly #parts: number;
  /** The frame or message that has come in part. */
  readonly #gathering = new Gathering();
  /** How many bytes come next that the core need not see. */
  #unseen = 0;

  /** `parts` are the RSV bits of messages that are not to be gathered: RSV1 is 4. */
  constructor(core: Core, session: Session, parts: number) {
    this.#core = core;
    this.#session = session;
    this.#parts = parts << 5;
  }

  /** Decodes a chunk, hands out its frames, and returns the core's signals. */
  receive(chunk: Uint8Array, now: number, out: Frames): number {
    const session = this.#session;
    const { scratch } = this.#core;
    const slab = new Slab(chunk);
    const { length } = slab.bytes;
    session.begin_chunk();
    let signals = 0;
    let size = WINDOW;
    for (let at = 0; at < length && (signals & Signal.CLOSED) === 0; ) {
      const rest = length - at;
      const unseen = Math.min(this.#unseen, rest);
      const taken = unseen || Math.min(size, rest);
      const bytes = slab.view(at, taken);
      let passing = false;
      if (unseen > 0) {
        signals = session.receive_unseen(scratch, unseen, now);
        size = unseen < LONG ? WINDOW : HEADER_WINDOW;
      } else {
        this.#core.stage(bytes);
        signals = session.receive(scratch, taken, now);
        passing = scratch.rewritten();
        size = WINDOW;
      }
      const window = { bytes: passing ? this.#core.staged(taken) : bytes, passing, slab, at };
      this.#read(window, out);
      this.#unseen = session.unseen();
      at += taken;
    }
    return signals;
  }

  /** Makes the frames of a table. */
  #read(window: Window, out: Frames): void {
    const { scratch } = this.#core;
    const count = scratch.words();
    if (count === 0) return;
    const { words } = this.#core;
    const table = scratch.table() >>> 2;
    const end = table + count;
    const { slab, base, packs } = this.#target(window, words, table, end);
    const { bytes } = window;
    let packed = 0;
    for (let at = table; at < end; at += WORDS) {
      const bits = words[at] ?? 0;
      const offset = words[at + 1] ?? 0;
      const length = words[at + 2] ?? 0;
      if (bits & Bits.ASIDE) {
        const aside = this.#core.copy(scratch.aside() + offset, length);
        out.push(new FrameBody(bits, new Slab(aside), 0, length));
      } else if (bits & this.#parts) {
        out.push(new FrameBody(bits, new Slab(bytes.slice(offset, offset + length)), 0, length));
      } else if (this.#gathering.isUnderWay || (bits & Bits.LAST) === 0) {
        const frame = this.#gather(window, bits, offset, length);
        if (frame) out.push(frame);
      } else if (packs) {
        slab.bytes.set(bytes.subarray(offset, offset + length), packed);
        out.push(new FrameBody(bits, slab, packed, length));
        packed += length;
      } else {
        out.push(new FrameBody(bits, slab, base + offset, length));
      }
    }
  }

  /**
   * Where the payloads of whole frames will lie: in the chunk, in a copy of the window, or packed into
   * memory of their size.
   */
  #target(
    { bytes, passing, slab, at: base }: Window,
    words: Uint32Array,
    table: number,
    end: number,
  ): { slab: Slab; base: number; packs: boolean } {
    let whole = 0;
    for (let at = table; at < end; at += WORDS) {
      const bits = words[at] ?? 0;
      if (bits & this.#parts) continue;
      if ((bits & (Bits.LAST | Bits.ASIDE)) === Bits.LAST) whole += words[at + 2] ?? 0;
    }
    if (whole === 0 || (!passing && whole >= slab.bytes.buffer.byteLength * PINNED_PART)) {
      return { slab, base, packs: false };
    }
    const packs = whole < bytes.length * FILLED_PART;
    return { slab: new Slab(packs ? new Uint8Array(whole) : bytes.slice()), base: 0, packs };
  }

  /** Takes a piece of a payload that comes in several; the last one makes the frame. */
  #gather(
    { bytes, passing, slab, at }: Window,
    bits: number,
    offset: number,
    length: number,
  ): FrameBody | undefined {
    const gathering = this.#gathering;
    const ascii = (bits & Bits.ASCII) !== 0;
    if (passing) gathering.copy(bytes.subarray(offset, offset + length), ascii);
    else gathering.view(slab, at + offset, length, ascii);
    if (bits & Bits.LAST) return gathering.finish(bits);
    gathering.expect(this.#session.remaining());
    return undefined;
  }
}
