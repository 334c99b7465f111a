/** What is sent, between the caller and the sender: encoded by extensions, cut into fragments. */

import type { Bytes, Frame, SentMessage } from '../types/index.js';
import { Bits, Signal } from './core.js';
import type { Driver } from './driver.js';
import { checkControl, copyBytes, FrameBody, Opcode, viewBytes } from './frame.js';
import { type Pipeline, StepError } from './pipeline.js';
import { Slab } from './slab.js';

const encoder = new TextEncoder();

/** In an opcode: it is a control frame's. */
const CONTROL = 8;

/** A frame that was not queued. */
const NOT_QUEUED = Signal.OVERFLOW | Signal.REFUSED | Signal.CLOSED;

export class Outward {
  readonly #driver: Driver;
  readonly #pipeline: Pipeline | undefined;
  readonly #failed: (error: StepError) => Error;
  /** What the sender of the message under way wants. */
  #compress: boolean | undefined;

  /** `failed` is told what an extension threw, and returns the error that stands for it. */
  constructor(driver: Driver, pipeline: Pipeline | undefined, failed: (error: StepError) => Error) {
    this.#driver = driver;
    this.#pipeline = pipeline?.encodes ? pipeline : undefined;
    this.#failed = failed;
  }

  /** Queues a message or a frame and returns the core's signals. Throws what is wrong with it. */
  send(data: string | Bytes | Frame, compress: boolean | undefined): number {
    this.#compress = compress;
    if (typeof data === 'string') return this.#text(Opcode.TEXT | Bits.FIN, data);
    if (!FrameBody[Symbol.hasInstance](data)) {
      return this.#payload(Opcode.BINARY | Bits.FIN, viewBytes(data, 'data'));
    }
    const frame = data as unknown as FrameBody;
    const head = FrameBody.head(frame);
    if (isClose(data)) {
      const { code, reason } = frame.closeReason ?? { code: undefined, reason: '' };
      this.#driver.close(code, reason);
      return 0;
    }
    const text = FrameBody.pendingText(frame);
    return text === undefined ? this.#payload(head, frame.bytes) : this.#text(head, text);
  }

  /** Queues a frame with an opcode of an extension's and returns the core's signals. */
  frame(opcode: number, bytes: Uint8Array): number {
    if (opcode & CONTROL) checkControl(bytes);
    return this.#driver.sendBytes(opcode | Bits.FIN, bytes);
  }

  #text(head: number, text: string): number {
    // A character takes at most three bytes for each of its units.
    if (!this.#pipeline && text.length * 3 <= this.#driver.settings.fragmentSize) {
      return this.#driver.sendText(head, text);
    }
    return this.#payload(head, encoded(text));
  }

  #payload(head: number, bytes: Uint8Array): number {
    return this.#pipeline && isMessage(head) && (head & Bits.RSV) === 0
      ? this.#encode(this.#pipeline, head, bytes)
      : this.#fragments(head, bytes);
  }

  /** What an extension has encoded must leave: it may remember it for the next message. */
  #encode(pipeline: Pipeline, head: number, bytes: Uint8Array): number {
    const signals = this.#driver.check(head);
    if (signals & NOT_QUEUED) return signals;
    let encoded: { head: number; bytes: Uint8Array };
    try {
      encoded = pipeline.encode(head, bytes, new Sent(head, bytes, this.#compress));
    } catch (thrown) {
      throw thrown instanceof StepError ? this.#failed(thrown) : thrown;
    }
    return this.#fragments(encoded.head, encoded.bytes);
  }

  /** Sends a payload as one frame, or a whole message that is long in fragments. */
  #fragments(head: number, bytes: Uint8Array): number {
    const size = this.#driver.settings.fragmentSize;
    if (!isMessage(head) || bytes.length <= size) return this.#driver.sendBytes(head, bytes);
    let signals = this.#driver.sendBytes(head & ~Bits.FIN, bytes.subarray(0, size));
    for (let at = size; at < bytes.length; at += size) {
      // What is refused at its beginning is refused as a whole.
      if (signals & NOT_QUEUED) break;
      const fin = at + size >= bytes.length ? Bits.FIN : 0;
      const next = this.#driver.sendBytes(Opcode.CONTINUATION | fin, bytes.subarray(at, at + size));
      signals = next | (signals & Signal.WAIT);
    }
    return signals;
  }
}

/** Texts of up to this many characters are encoded in memory that is kept for it. */
const WARM = 128 << 10;
let warm = new Uint8Array(0);

/** The bytes of a text. To encode into memory that was used before takes half the time. */
function encoded(text: string): Uint8Array {
  // A character takes at most three bytes for each of its units.
  const most = text.length * 3;
  if (text.length > WARM) return encoder.encode(text);
  if (warm.length < most) warm = new Uint8Array(most);
  return warm.slice(0, encoder.encodeInto(text, warm).written);
}

/** A message as its sender gave it; the frame is made only for who asks. */
class Sent implements SentMessage {
  readonly compress: boolean | undefined;
  readonly #head: number;
  readonly #bytes: Uint8Array;

  constructor(head: number, bytes: Uint8Array, compress: boolean | undefined) {
    this.#head = head;
    this.#bytes = bytes;
    this.compress = compress;
  }

  get frame(): Frame {
    const bytes = copyBytes(this.#bytes, 'bytes');
    return new FrameBody(this.#head, Slab.of(bytes), 0, bytes.length) as unknown as Frame;
  }
}

/** Whether something that is sent is a Close. */
export function isClose(data: string | Bytes | Frame): boolean {
  if (!FrameBody[Symbol.hasInstance](data)) return false;
  return (FrameBody.head(data as unknown as FrameBody) & Bits.OPCODE) === Opcode.CLOSE;
}

/** Whether a frame is a whole text or binary message. */
function isMessage(head: number): boolean {
  const opcode = head & Bits.OPCODE;
  return (head & Bits.FIN) !== 0 && (opcode === Opcode.TEXT || opcode === Opcode.BINARY);
}
