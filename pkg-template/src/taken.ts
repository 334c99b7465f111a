/** Frames that the user took and the core was not told of. */

import type { Excess } from './core.js';

/** The core is told with the next chunk, or when so much was taken that the wire may be read again. */
export class Taken {
  frames = 0;
  bytes = 0;
  /** What must be taken before; if that is not known each frame is told. */
  #due: Excess | undefined;

  add(frames: number, bytes: number): void {
    this.frames += frames;
    this.bytes += bytes;
  }

  /** They are told. */
  clear(): void {
    if (this.#due) {
      this.#due.frames -= this.frames;
      this.#due.all -= this.frames;
      this.#due.bytes -= this.bytes;
    }
    this.frames = 0;
    this.bytes = 0;
  }

  /** Says how much must be taken for a full queue to have room. The object is kept; nothing if that is not known. */
  await(due: Excess | undefined): void {
    this.#due = due;
  }

  /** Whether so much was taken. */
  get isEnough(): boolean {
    const { frames } = this;
    if (frames === 0) return false;
    const due = this.#due;
    return !due || (frames >= due.frames && this.bytes >= due.bytes) || frames >= due.all;
  }
}
