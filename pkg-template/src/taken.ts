/** Frames that the user took and the core was not told of. */

import type { Excess } from './core.js';

/** Every frame taken is told at once. */
const UNKNOWN: Excess = { bytes: 0, frames: 0, all: 0 };

/** The core is told with the next chunk, or when so much was taken that the wire may be read again. */
export class Taken {
  frames = 0;
  bytes = 0;
  #excess = UNKNOWN;

  add(frames: number, bytes: number): void {
    this.frames += frames;
    this.bytes += bytes;
  }

  /** They are told. */
  clear(): void {
    this.frames = 0;
    this.bytes = 0;
    this.#excess = UNKNOWN;
  }

  /** The queue is full: says how much must be taken for it to have room. */
  await(excess: Excess): void {
    this.#excess = excess;
  }

  /** Whether so much was taken. */
  get isEnough(): boolean {
    const { bytes, frames, all } = this.#excess;
    const taken = this.frames;
    return taken > 0 && ((taken >= frames && this.bytes >= bytes) || taken >= all);
  }
}
