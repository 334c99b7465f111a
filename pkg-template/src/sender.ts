/** Frames to bytes: writes payloads into the core, and keeps the long ones. */

import { type Core, type Session, Signal } from './core.js';

/** Payloads of this many bytes and more do not go through the core's queue. */
const LONG = 32 << 10;
/** Texts of up to this many characters are written byte by byte while they are ASCII. */
const SHORT_TEXT = 24;

const encoder = new TextEncoder();

/** Encodes the frames of one session, in call order. */
export class Sender {
  readonly #core: Core;
  readonly #session: Session;
  /** Encoded frames that the core's queue refers to, the oldest first. */
  #held: Uint8Array[] = [];

  constructor(core: Core, session: Session) {
    this.#core = core;
    this.#session = session;
  }

  /** Queues a frame with a text as its payload and returns the core's signals. */
  text(head: number, text: string): number {
    const { length } = text;
    if (length * 3 >= LONG) return this.#long(head, encoder.encode(text));
    const at = this.#session.reserve(length, length * 3) >>> 0;
    const { heap } = this.#core;
    if (length <= SHORT_TEXT) {
      let index = 0;
      for (; index < length; index += 1) {
        const unit = text.charCodeAt(index);
        if (unit >= 0x80) break;
        heap[at + index] = unit;
      }
      if (index === length) return this.#session.commit(head, length);
    }
    const { written } = encoder.encodeInto(text, heap.subarray(at, at + length * 3));
    return this.#session.commit(head, written);
  }

  /** Queues a frame with a copy of these bytes as its payload and returns the core's signals. */
  bytes(head: number, bytes: Uint8Array): number {
    const { length } = bytes;
    if (length >= LONG) return this.#long(head, bytes);
    const at = this.#session.reserve(length, length) >>> 0;
    this.#core.heap.set(bytes, at);
    return this.#session.commit(head, length);
  }

  /** The oldest frame held. */
  shift(): Uint8Array | undefined {
    return this.#held.shift();
  }

  /** Forgets the frames held. */
  clear(): void {
    this.#held = [];
  }

  /** A long payload is masked window by window on its way into a chunk of its own. */
  #long(head: number, payload: Uint8Array): number {
    const { scratch, capacity } = this.#core;
    const begun = this.#session.begin_held(scratch, head, payload.length);
    const headerLength = begun >>> 16;
    const signals = begun & 0xffff;
    if (signals & (Signal.REFUSED | Signal.OVERFLOW)) return signals;
    const frame = new Uint8Array(headerLength + payload.length);
    frame.set(this.#core.copy(scratch.header(), headerLength));
    const window = Math.min(capacity, 64 << 10);
    for (let at = 0; at < payload.length; at += window) {
      const part = payload.subarray(at, at + window);
      this.#core.stage(part);
      this.#session.mask(scratch, part.length);
      this.#core.unstage(frame, headerLength + at, part.length);
    }
    this.#held.push(frame);
    return this.#session.hold() | (signals & Signal.WAIT);
  }
}
