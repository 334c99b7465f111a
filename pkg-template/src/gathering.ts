/** A payload that comes in several pieces. */

import { Bits } from './core.js';
import { FrameBody } from './frame.js';
import { Slab, uninitialized } from './slab.js';

/** Memory is taken ahead for no more than this: a header is cheaply sent. */
const MAX_AHEAD = 16 << 20;
const MIN_BUFFER = 1 << 10;
/** Up to this the next buffer is as long as all that came. */
const MAX_BUFFER = 64 << 10;
/** A frame that is at least this part of a chunk may keep it. */
const KEPT_PART = 1 / 8;
/** The same of a part of a message, many of which are kept until it is whole. */
const FILLED_PART = 1 / 2;
/** The most memory that small chunks are laid in, side by side. */
const MAX_RUN = 16 << 10;
/** A payload that is longer than this part of it has memory of its own. */
const RUN_PART = 1 / 4;

/**
 * Pieces that lie side by side in one chunk stay where they are; others are copied into a buffer, which is as
 * long as the frame if that is known, so that many small pieces cost no more than a few. A message of several
 * such parts is put together when it is whole.
 */
export class Gathering {
  /** What came before the part that grows, and how long that is. */
  #parts: Uint8Array[] = [];
  #before = 0;
  /** The part that grows, while all of it lies in a chunk. */
  #slab: Slab | undefined;
  #start = 0;
  /** The part that grows, where it is copied. */
  #buffer: Uint8Array | undefined;
  /** How long all of it is. */
  #length = 0;
  /** How many bytes are known to come. */
  #expected = 0;
  #ascii = true;
  #underWay = false;
  /** What small chunks are laid in. */
  #run: Slab | undefined;

  /** Whether a piece has come and the last one has not. */
  get isUnderWay(): boolean {
    return this.#underWay;
  }

  /**
   * Memory behind what has come, for the next `length` bytes as they are: a short payload and what lies
   * around it are then copied once, whatever chunks they were cut into. Such a run is left when a
   * chunk ends with a frame, and grows with what comes, so that its frames keep little else. Nothing
   * if what is under way should not lie in one.
   */
  run(length: number): Slab | undefined {
    const slab = this.#slab;
    if (!slab || this.#before > 0) return undefined;
    if (this.#length + this.#expected > MAX_RUN * RUN_PART) return undefined;
    const size = slab === this.#run ? slab.bytes.length : 0;
    if (slab.length + length <= size) return slab;
    const more = Math.min(2 * Math.max(size, this.#length + length), MAX_RUN);
    const run = new Slab(new Uint8Array(more), 0);
    run.add(slab.peek(this.#start, this.#length));
    this.#slab = run;
    this.#run = run;
    this.#start = 0;
    return run;
  }

  /** The run is not gone on with. */
  leave(): void {
    this.#run = undefined;
  }

  /** Says how many bytes more of the frame are to come, with the piece that is taken next. */
  expect(length: number): void {
    this.#part();
    this.#expected = length;
  }

  /** Takes a piece that stays in its chunk as long as it is needed. */
  view(slab: Slab, start: number, length: number, ascii: boolean): void {
    this.#part();
    const follows = this.#slab === slab && this.#start + this.#own() === start;
    const begins = this.#own() === 0 && length >= this.#expected;
    if (follows || begins || !this.#underWay) {
      this.#slab = slab;
      this.#start = follows ? this.#start : start;
      // There is one where nothing was copied yet, but an empty piece.
      this.#buffer = undefined;
      this.#add(length, ascii);
    } else {
      this.copy(slab.peek(start, length), ascii);
    }
  }

  /** Takes a copy of a chunk that is within a payload. */
  go(chunk: Uint8Array, ascii: boolean): void {
    const { length } = chunk;
    const run = this.run(length);
    if (run) {
      run.add(chunk);
      this.view(run, run.length - length, length, ascii);
    } else {
      this.copy(chunk, ascii);
    }
  }

  /** Takes a copy of a piece. */
  copy(piece: Uint8Array, ascii: boolean): void {
    this.#part();
    const buffer = this.#room(piece.length);
    buffer.set(piece, this.#own());
    this.#add(piece.length, ascii);
  }

  /** The frame, after its last piece. `isDense` says that its chunk holds frames enough to be kept for. */
  finish(bits: number, isDense: boolean): FrameBody {
    const length = this.#length;
    const known = this.#ascii ? bits : bits & ~Bits.ASCII;
    let frame: FrameBody;
    if (this.#before > 0) {
      frame = new FrameBody(known, Slab.of(this.#whole()), 0, length);
    } else if (this.#slab && (isDense || this.#isWorthKeeping(this.#slab))) {
      frame = new FrameBody(known, this.#slab, this.#start, length);
    } else {
      const bytes = this.#slab
        ? this.#slab.view(this.#start, length).slice()
        : this.#trimmed(this.#buffer ?? new Uint8Array(0));
      frame = new FrameBody(known, Slab.of(bytes), 0, length);
    }
    this.#slab = undefined;
    this.#buffer = undefined;
    this.#before = 0;
    this.#length = 0;
    this.#expected = 0;
    this.#ascii = true;
    this.#underWay = false;
    return frame;
  }

  #isWorthKeeping(slab: Slab): boolean {
    return slab === this.#run || this.#own() >= slab.kept * KEPT_PART;
  }

  #add(length: number, ascii: boolean): void {
    this.#length += length;
    this.#expected = Math.max(this.#expected - length, 0);
    this.#ascii &&= ascii;
    this.#underWay = true;
  }

  /** How long the part is that grows. */
  #own(): number {
    return this.#length - this.#before;
  }

  /** Where a frame has ended, what fills much of its chunk, or its buffer, stays there. */
  #part(): void {
    const own = this.#own();
    if (this.#expected > 0 || own === 0) return;
    const least = this.#slab ? this.#slab.kept * FILLED_PART : this.#buffer?.length;
    if (least !== undefined && own >= least) this.#close();
  }

  /** The part that grew is as long as it gets. */
  #close(): void {
    const part =
      this.#slab?.peek(this.#start, this.#own()) ?? this.#buffer?.subarray(0, this.#own());
    if (part) this.#parts.push(part);
    this.#before = this.#length;
    this.#slab = undefined;
    this.#run = undefined;
    this.#buffer = undefined;
  }

  /** All parts, one behind the other. */
  #whole(): Uint8Array {
    this.#close();
    const whole = uninitialized(this.#length);
    let at = 0;
    for (const part of this.#parts.splice(0)) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** A buffer with the part that grows, and room for so much more of it. */
  #room(more: number): Uint8Array {
    const old = this.#buffer;
    if (old && this.#own() + more <= old.length) return old;
    if (old) this.#close();
    const own = this.#own();
    const known = own + Math.min(Math.max(this.#expected, more), MAX_AHEAD);
    const exact = own + this.#expected === known && this.#before === 0;
    // What is not known to be filled must not show what the memory held before, if it is handed out.
    const buffer =
      exact || this.#before > 0
        ? uninitialized(exact ? known : Math.max(known, Math.min(this.#length, MAX_BUFFER)))
        : new Uint8Array(Math.max(known, MIN_BUFFER));
    if (this.#slab) buffer.set(this.#slab.peek(this.#start, own));
    this.#slab = undefined;
    this.#run = undefined;
    this.#buffer = buffer;
    return buffer;
  }

  /** Memory that would mostly be kept for nothing is given back. */
  #trimmed(buffer: Uint8Array): Uint8Array {
    const length = this.#length;
    return length * 4 < buffer.length * 3 ? buffer.slice(0, length) : buffer.subarray(0, length);
  }
}
