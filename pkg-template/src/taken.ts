/** Frames that the user took and the core was not told of. */

import type { Excess } from './core.js';

/** The core is told with the next chunk, or when so much was taken that the wire may be read again. */
export class Taken {
  frames = 0;
  bytes = 0;
  /** What must be taken before; not over 0 if that is not known, so that each frame is told. */
  #framesDue = 0;
  #bytesDue = 0;
  #allDue = 0;

  add(frames: number, bytes: number): void {
    this.frames += frames;
    this.bytes += bytes;
  }

  /** They are told. */
  clear(): void {
    this.#framesDue -= this.frames;
    this.#allDue -= this.frames;
    this.#bytesDue -= this.bytes;
    this.frames = 0;
    this.bytes = 0;
  }

  /** Says how much must be taken for a full queue to have room. */
  await({ bytes, frames, all }: Excess): void {
    this.#framesDue = frames;
    this.#bytesDue = bytes;
    this.#allDue = all;
  }

  /** Whether so much was taken. */
  get isEnough(): boolean {
    const { frames } = this;
    const some = frames >= this.#framesDue && this.bytes >= this.#bytesDue;
    return frames > 0 && (some || frames >= this.#allDue);
  }
}

/** Every frame taken may make room. */
export const ANY: Excess = { bytes: 0, frames: 0, all: 0 };
