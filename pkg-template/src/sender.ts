/** Frames to bytes: writes payloads into the core, and keeps the long ones. */

import { type Core, type Session, Signal } from './core.js';
import type { Wire } from './transports/wire.js';

/** Payloads of this many bytes and more do not go through the core's queue. */
const LONG = 32 << 10;
/** Texts of up to this many characters are written byte by byte while they are ASCII. */
const SHORT_TEXT = 16;
/** The longest header. */
const MAX_HEADER = 14;
/** Signals of a long frame that may not be sent. */
const NOT_BEGUN = Signal.REFUSED | Signal.OVERFLOW;
/** How much memory for a text that is not ASCII, beside what its beginning lets expect. */
const SLACK = 1.05;

const encoder = new TextEncoder();

/** Encodes the frames of one session, in call order. */
export class Sender {
  readonly #core: Core;
  readonly #session: Session;
  readonly #wire: Wire;
  /** Whether the last frames came in a row, for who writes them: at first that is supposed. */
  streak = true;
  /** Encoded frames that the core's queue refers to, the oldest first. */
  #held: Uint8Array[] | undefined;

  constructor(core: Core, session: Session, wire: Wire) {
    this.#core = core;
    this.#session = session;
    this.#wire = wire;
  }

  /** Queues a frame with a text as its payload and returns the core's signals. */
  text(head: number, text: string): number {
    const { length } = text;
    if (length * 3 > this.#core.capacity) return this.#longText(head, text);
    const { chunk } = this.#core;
    let index = 0;
    if (length <= SHORT_TEXT) {
      for (; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit >= 0x80) break;
        chunk[index] = unit;
      }
    }
    const written = index === length ? length : encoder.encodeInto(text, chunk).written;
    return this.#session.send(this.#core.scratch, head, written);
  }

  /** Queues a frame with a copy of these bytes as its payload and returns the core's signals. */
  bytes(head: number, bytes: Uint8Array): number {
    const { length } = bytes;
    if (length >= LONG) return this.#long(head, bytes);
    this.#core.chunk.set(bytes);
    return this.#session.send(this.#core.scratch, head, length);
  }

  /** The oldest frame held. */
  shift(): Uint8Array | undefined {
    const oldest = this.#held?.shift();
    if (this.#held?.length === 0) this.#held = undefined;
    return oldest;
  }

  /** Forgets the frames held. */
  clear(): void {
    this.#held = undefined;
  }

  /** A long payload is masked window by window on its way into a chunk of its own. */
  #long(head: number, payload: Uint8Array): number {
    const core = this.#core;
    const { length } = payload;
    const signals = this.#session.begin_held(head, length);
    if (signals & NOT_BEGUN) return signals;
    const frame = this.#wire.allocate(MAX_HEADER + length);
    for (let at = 0; at < length; at += core.capacity) {
      const window = length > core.capacity ? payload.subarray(at, at + core.capacity) : payload;
      core.chunk.set(window);
      this.#mask(frame, MAX_HEADER + at, window.length);
    }
    return this.#hold(frame, length) | (signals & Signal.WAIT);
  }

  /** The same of a text, which is encoded in the windows. */
  #longText(head: number, text: string): number {
    const core = this.#core;
    const signals = this.#session.begin_held(head, text.length);
    if (signals & NOT_BEGUN) return signals;
    let frame: Uint8Array | undefined;
    let length = 0;
    for (let at = 0; at < text.length; ) {
      const { read, written } = encoder.encodeInto(at > 0 ? text.slice(at) : text, core.chunk);
      at += read;
      const whole = length + written;
      if (!frame || MAX_HEADER + whole > frame.length) {
        frame = this.#extended(frame, length, whole + estimate(text.length - at, whole / at));
      }
      this.#mask(frame, MAX_HEADER + length, written);
      length = whole;
    }
    return frame ? this.#hold(frame, length) | (signals & Signal.WAIT) : signals;
  }

  /** Memory for a header and `length` bytes, with the first `used` of a payload. */
  #extended(frame: Uint8Array | undefined, used: number, length: number): Uint8Array {
    const longer = this.#wire.allocate(MAX_HEADER + length);
    if (frame) longer.set(frame.subarray(0, MAX_HEADER + used));
    return longer;
  }

  /** Masks what is in the scratch as the next of the frame begun, and copies it to its place. */
  #mask(frame: Uint8Array, at: number, length: number): void {
    this.#session.mask(this.#core.scratch, length);
    this.#core.unstage(frame, at, length);
  }

  /** Queues the frame begun: the header goes right in front of the payload. */
  #hold(frame: Uint8Array, length: number): number {
    const held = this.#session.hold(this.#core.scratch, length);
    const header = held >>> 16;
    const start = MAX_HEADER - header;
    const { chunk } = this.#core;
    for (let index = 0; index < header; index += 1) frame[start + index] = chunk[index] as number;
    this.#held ??= [];
    this.#held.push(frame.subarray(start, MAX_HEADER + length));
    return held & 0xffff;
  }
}

/** How many bytes the rest of a text takes, most probably: `ratio` is how many a unit took so far. */
function estimate(units: number, ratio: number): number {
  return Math.ceil(units * (ratio > 1 ? Math.min(ratio * SLACK, 3) : 1));
}
