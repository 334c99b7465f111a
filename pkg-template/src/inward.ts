/** Messages between the wire and the inbox, where extensions decode them. */

import { FrameBody } from './frame.js';
import { Inbox, type Taker } from './inbox.js';
import type { Frames } from './owner.js';
import { type Pipeline, StepError } from './pipeline.js';

/** Who is told what becomes of the frames. */
export interface InwardHost extends Taker {
  /** A message of `before` bytes holds `after` bytes. */
  decoded(before: number, after: number): void;
}

/**
 * Decodes messages in order, and only as many as the incoming queue has room for: small messages may
 * become large ones. Those that wait are as they came.
 */
export class Inward implements Frames, Taker {
  /** Where messages are put that were decoded. */
  readonly inbox = new Inbox(this);
  readonly #pipeline: Pipeline;
  readonly #host: InwardHost;
  readonly #failed: (error: StepError) => Error;
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

  /** `failed` is told what an extension threw, and returns the error that stands for it. */
  constructor(
    pipeline: Pipeline,
    mark: number,
    host: InwardHost,
    failed: (error: StepError) => Error,
  ) {
    this.#pipeline = pipeline;
    this.#mark = mark;
    this.#host = host;
    this.#failed = failed;
  }

  get parts(): number {
    return this.#pipeline.parts;
  }

  /** Keeps a message, or a part of one, as it came. No step runs before {@link received}: the core's memory is in use. */
  push(frame: FrameBody): void {
    if (!this.#broken) this.#waiting.push(frame);
  }

  /** Messages decoded have left the inbox. */
  taken(frames: number, bytes: number): void {
    this.#host.taken(frames, bytes);
    this.#held -= bytes;
    this.received();
  }

  awaited(): void {
    this.#host.awaited();
  }

  /** Nothing more comes. */
  end(error: Error | undefined): void {
    this.#end ??= { error };
    this.received();
  }

  /** Nobody wants what waits. */
  cancel(): void {
    this.#broken = true;
    this.#forget();
  }

  /** The core's memory is free: decodes what there is room for. */
  received(): void {
    if (this.#running) return;
    this.#running = true;
    while (this.#next < this.#waiting.length && this.#hasRoom) {
      this.#decode(this.#waiting[this.#next++] as FrameBody);
    }
    this.#running = false;
    if (this.#next === this.#waiting.length) this.#forget();
    if (this.#end && this.#waiting.length === 0) {
      this.inbox.end(this.#end.error);
      this.#pipeline.close();
    }
  }

  #decode(frame: FrameBody): void {
    try {
      if (!FrameBody.isMessage(frame)) {
        this.#pipeline.take(frame);
        this.#host.taken(1, FrameBody.receivedLength(frame));
        return;
      }
      const { frame: decoded, after } = this.#pipeline.decode(frame);
      const before = FrameBody.receivedLength(frame);
      this.#partial += after;
      if (after !== before) this.#host.decoded(before, after);
      if (!decoded) return;
      this.#held += FrameBody.receivedLength(decoded);
      this.#partial = 0;
      this.inbox.push(decoded);
    } catch (thrown) {
      if (!(thrown instanceof StepError)) throw thrown;
      this.cancel();
      const error = this.#failed(thrown);
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
