/** Frames to bytes: writes payloads into the core, and keeps the long ones. */

import { type Core, type Session, Signal } from './core.js';
import type { Wire } from './transports/wire.js';

/** Payloads of this many bytes and more do not go through the core's queue. */
const LONG = 32 << 10;
/** Texts of up to this many characters are written byte by byte while they are ASCII. */
const SHORT_TEXT = 16;
/** In a header's second byte: the payload is masked. */
const MASKED = 0x80;

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
    if (length * 3 > this.#core.capacity) return this.#long(head, encoder.encode(text));
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
    const begun = this.#session.begin_held(core.scratch, head, payload.length);
    const headerLength = begun >>> 16;
    const signals = begun & 0xffff;
    if (signals & (Signal.REFUSED | Signal.OVERFLOW)) return signals;
    const frame = this.#wire.allocate(headerLength + payload.length);
    core.unstage(frame, 0, headerLength);
    if ((frame[1] ?? 0) & MASKED) {
      for (let at = 0; at < payload.length; at += core.capacity) {
        const part = payload.subarray(at, at + core.capacity);
        core.chunk.set(part);
        this.#session.mask(core.scratch, part.length);
        core.unstage(frame, headerLength + at, part.length);
      }
    } else {
      frame.set(payload, headerLength);
    }
    this.#held ??= [];
    this.#held.push(frame);
    return this.#session.hold() | (signals & Signal.WAIT);
  }
}
