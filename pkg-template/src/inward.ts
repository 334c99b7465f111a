/** Messages between the wire and the inbox, where extensions decode them. */

import { FrameBody } from './frame.js';
import type { Inbox } from './inbox.js';
import { type Pipeline, StepError } from './pipeline.js';

/** Who is told what decoding does. */
export interface InwardHost {
  /** A message of `before` bytes holds `after` bytes. */
  decoded(before: number, after: number): void;
  /** A frame of so many bytes went to an extension. */
  consumed(bytes: number): void;
  /** A message could not be decoded; returns the error that stands for it. */
  failed(error: StepError): Error;
}

/**
 * Decodes messages in order, and only as many as the incoming queue has room for: small messages may
 * become large ones. Those that wait are as they came.
 */
export class Inward {
  readonly #pipeline: Pipeline;
  readonly #inbox: Inbox;
  readonly #host: InwardHost;
  /** The incoming queue's mark, in bytes. */
  readonly #mark: number;
  #waiting: FrameBody[] = [];
  /** How many of those that wait are decoded. */
  #next = 0;
  /** Bytes of messages decoded and not taken. */
  #held = 0;
  /** Bytes decoded of a message that is not complete. */
  #partial = 0;
  #running = false;
  #broken = false;
  #end: { error: Error | undefined } | undefined;

  constructor(pipeline: Pipeline, inbox: Inbox, mark: number, host: InwardHost) {
    this.#pipeline = pipeline;
    this.#inbox = inbox;
    this.#mark = mark;
    this.#host = host;
  }

  /** Keeps a message, or a part of one, as it came. No step runs before {@link run}: the core's memory is in use. */
  push(frame: FrameBody): void {
    if (!this.#broken) this.#waiting.push(frame);
  }

  /** A message decoded has left the inbox. */
  taken(bytes: number): void {
    this.#held -= bytes;
    this.run();
  }

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.run();
  }

  /** Nobody wants what waits. */
  cancel(): void {
    this.#broken = true;
    this.#forget();
  }

  /** Decodes what there is room for. */
  run(): void {
    if (this.#running) return;
    this.#running = true;
    while (this.#next < this.#waiting.length && this.#hasRoom) {
      this.#decode(this.#waiting[this.#next++] as FrameBody);
    }
    this.#running = false;
    if (this.#next === this.#waiting.length) this.#forget();
    if (this.#end && this.#waiting.length === 0) {
      this.#inbox.end(this.#end.error);
      this.#pipeline.close();
    }
  }

  #decode(frame: FrameBody): void {
    try {
      if (!FrameBody.isMessage(frame)) {
        this.#pipeline.take(frame);
        this.#host.consumed(FrameBody.receivedLength(frame));
        return;
      }
      const { frame: decoded, after } = this.#pipeline.decode(frame);
      const before = FrameBody.receivedLength(frame);
      this.#partial += after;
      if (after !== before) this.#host.decoded(before, after);
      if (!decoded) return;
      this.#held += FrameBody.receivedLength(decoded);
      this.#partial = 0;
      this.#inbox.push(decoded);
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      this.cancel();
      const error = this.#host.failed(thrown);
      if (this.#end) this.#end = { error };
    }
  }

  /** Where no message could be taken, the one under way must go on. */
  get #hasRoom(): boolean {
    return this.#held === 0 || this.#held + this.#partial < this.#mark;
  }

  #forget(): void {
    this.#waiting = [];
    this.#next = 0;
  }
}
