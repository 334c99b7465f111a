/** Chunks to frames: reads the tables that the core leaves. */

import { Bits, type Core, Report, type Session, Signal, Within, WORDS } from './core.js';
import { FrameBody, Opcode } from './frame.js';
import { Gathering } from './gathering.js';
import type { Frames } from './owner.js';
import { Slab, uninitialized } from './slab.js';

/** How many bytes the core is shown at once. */
const WINDOW = 16 << 10;
/** How many behind a long payload that it need not see: another header like the last one is likely there. */
const HEADER_WINDOW = 32;
/** From this length on a payload is a long one. */
const LONG = 8 << 10;
/** So few bytes of a chunk are shown at once in any case, and laid side by side while a payload is under way. */
const SMALL = 2 << 10;
/** The frames of a window that are less than this part of the memory behind them are copied out of it. */
const PINNED_PART = 1 / 8;
/** From this part of a window on its frames are copied with all that lies between them. */
const FILLED_PART = 1 / 2;

/** Bits that tell whether a descriptor is of a frame like most: whole, in the chunk, not an extension's. */
const COMPLETE = Bits.LAST | Bits.ASIDE | Bits.RSV;

/** Holds frames without payload. */
const EMPTY = Slab.of(new Uint8Array(0));

/** One that no session needs at the moment. */
let spare: Receiver | undefined;

/** Builds the frames of a session, those whose payload comes in several pieces too. */
export class Receiver {
  readonly #core: Core;
  /** The frame or message that has come in part. */
  readonly #gathering = new Gathering();
  /** How many bytes come next that the core need not see. */
  #unseen = 0;
  /** How many it is shown after them. */
  #window = WINDOW;
  /** With chunks shorter than this nothing ends. */
  #uneventful = 0;
  /** How many of them the core was not told of, and how long they are together. */
  #chunks = 0;
  #deferred = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** One for a session that has none. */
  static take(core: Core): Receiver {
    const taken = spare ?? new Receiver(core);
    spare = undefined;
    return taken;
  }

  /** The receiver that a session keeps between two chunks: most end where nothing is under way. */
  kept(): Receiver | undefined {
    if (this.#gathering.isUnderWay || this.#unseen > 0 || this.#window !== WINDOW) return this;
    this.#gathering.leave();
    spare = this;
    return undefined;
  }

  /** Takes a chunk with which nothing ends, and says whether it did. Nothing of it is kept. */
  go(session: Session, chunk: Uint8Array): boolean {
    const { length } = chunk;
    if (length >= this.#uneventful) return false;
    if (this.#unseen > 0) {
      this.#deferred += length;
      this.#chunks += 1;
      this.#gathering.go(chunk, false);
    } else {
      const core = this.#core;
      if (length > WINDOW) return false;
      core.stage(chunk);
      const within = session.receive_within(core.scratch, length);
      if (within === 0) return false;
      const bytes = within & Within.REWRITTEN ? core.staged(0, length) : chunk;
      this.#gathering.go(bytes, (within & Within.ASCII) !== 0);
    }
    this.#uneventful -= length;
    return true;
  }

  /** Tells of chunks that stayed here. What the core says of the next ones does not hold any more. */
  tell(session: Session): void {
    this.#uneventful = 0;
    if (this.#chunks === 0) return;
    const length = this.#deferred;
    const chunks = this.#chunks;
    this.#unseen -= length;
    this.#deferred = 0;
    this.#chunks = 0;
    session.receive_deferred(length, chunks);
  }

  /**
   * Decodes a chunk of a session, hands out its frames, and returns the core's signals. Nothing of the
   * chunk is kept if it is `lent`. Before it the user took so many frames, of so many bytes together.
   */
  receive(
    session: Session,
    out: Frames,
    chunk: Uint8Array,
    lent: boolean,
    frames: number,
    bytes: number,
    now: number,
  ): number {
    this.tell(session);
    const core = this.#core;
    const { length } = chunk;
    const copied = lent && length <= SMALL;
    const slab = copied ? Slab.copyOf(chunk) : Slab.of(chunk);
    const passing = lent && !copied;
    let signals = 0;
    let at = 0;
    do {
      const rest = length - at;
      const unseen = Math.min(this.#unseen, rest);
      const seen = Math.min(Math.max(this.#window, length <= SMALL ? SMALL : 0), rest - unseen);
      if (seen > 0) {
        core.stage(slab.peek(at + unseen, seen));
      }
      signals =
        at === 0
          ? session.receive(core.scratch, unseen, seen, frames, bytes, now)
          : session.receive_more(core.scratch, unseen, seen, now);
      const { report, words } = core;
      this.#unseen = words[report + Report.UNSEEN] as number;
      if (seen > 0) this.#window = this.#foresee(words, unseen + seen);
      if (words[report + Report.WORDS] !== 0)
        this.#read(words, slab, out, passing, at, unseen, seen);
      at += unseen + seen;
    } while (at < length && (signals & Signal.CLOSED) === 0);
    this.#foreseeWithin();
    return signals;
  }

  /** How long what is gathered goes on without anything to be told. */
  #foreseeWithin(): void {
    if (!this.#gathering.isUnderWay) return;
    const { report, words } = this.#core;
    this.#uneventful = words[report + Report.UNEVENTFUL] as number;
    if (this.#uneventful > 0) this.#gathering.expect(words[report + Report.REMAINING] as number);
  }

  /** How much to show behind payload that need not be: after long payloads a header alone. */
  #foresee(words: Uint32Array, taken: number): number {
    if (this.#unseen >= LONG) return HEADER_WINDOW;
    const { report } = this.#core;
    const count = words[report + Report.WORDS] as number;
    if (taken * WORDS < LONG * count || count === 0) return WINDOW;
    const last = words[(words[report + Report.TABLE] as number) + count - WORDS] as number;
    const shown = words[report + Report.REWRITTEN] !== 0 || (last & Bits.OPCODE) === Opcode.TEXT;
    return shown ? WINDOW : HEADER_WINDOW;
  }

  /** Makes the frames of a table, whose offsets count from `at` in a chunk, which may be `lent`. */
  #read(
    words: Uint32Array,
    chunk: Slab,
    out: Frames,
    lent: boolean,
    at: number,
    unseen: number,
    seen: number,
  ): void {
    const core = this.#core;
    const { report } = core;
    const gathering = this.#gathering;
    const table = words[report + Report.TABLE] as number;
    const end = table + (words[report + Report.WORDS] as number);
    const taken = unseen + seen;
    // Payload that lies in the core's memory does so only until the next call.
    let passing = words[report + Report.REWRITTEN] !== 0;
    let stays = !lent;
    let slab = chunk;
    let base = at;
    const run = taken <= SMALL ? gathering.run(taken) : undefined;
    if (run) {
      base = run.length;
      run.add(chunk.peek(at, passing ? unseen : taken));
      if (passing) run.add(core.staged(0, seen));
      slab = run;
      passing = false;
      stays = true;
    }
    let frames = slab;
    let shift = base;
    let packed = -1;
    const whole = words[report + Report.WHOLE] as number;
    const copies = passing || !stays || whole < (run ? taken : slab.kept) * PINNED_PART;
    if (copies && (whole > 0 || !stays)) {
      if (whole < taken * FILLED_PART) {
        frames = whole > 0 ? Slab.of(new Uint8Array(whole)) : EMPTY;
        packed = 0;
      } else {
        frames = new Slab(uninitialized(taken), 0);
        frames.add(slab.peek(base, passing ? unseen : taken));
        if (passing) frames.add(core.staged(0, seen));
        shift = 0;
      }
    }
    // Of messages with one of these bits the parts are handed out as they come.
    const parts = out.parts << 5;
    for (let entry = table; entry < end; entry += WORDS) {
      const bits = words[entry] as number;
      const offset = words[entry + 1] as number;
      const length = words[entry + 2] as number;
      if ((bits & COMPLETE) === Bits.LAST && packed < 0 && !gathering.isUnderWay) {
        out.push(new FrameBody(bits, frames, shift + offset, length));
        continue;
      }
      if (bits & Bits.ASIDE) {
        const aside = (words[report + Report.ASIDE] as number) + offset;
        out.push(new FrameBody(bits, Slab.of(core.copy(aside, length)), 0, length));
        continue;
      }
      const passes = passing && offset >= unseen;
      const gathers = gathering.isUnderWay || (bits & Bits.LAST) === 0;
      if (gathers && (bits & parts) === 0) {
        const ascii = (bits & Bits.ASCII) !== 0;
        const last = (bits & Bits.LAST) !== 0;
        if (!last) gathering.expect(length + (words[report + Report.REMAINING] as number));
        if (passes) gathering.copy(core.staged(offset - unseen, length), ascii);
        else if (stays) gathering.view(slab, base + offset, length, ascii);
        else gathering.copy(slab.peek(base + offset, length), ascii);
        if (last) out.push(gathering.finish(bits, frames === slab && whole > 0));
        continue;
      }
      const piece = passes
        ? core.staged(offset - unseen, length)
        : slab.view(base + offset, length);
      if (bits & Bits.RSV) {
        out.push(new FrameBody(bits, Slab.of(piece.slice()), 0, length));
      } else {
        frames.bytes.set(piece, packed);
        out.push(new FrameBody(bits, frames, packed, length));
        packed += length;
      }
    }
    if (run && !gathering.isUnderWay) gathering.leave();
  }
}
