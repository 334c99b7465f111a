/** Memory for large writes, used again and again. */

/** Shorter chunks come from Node's own pool. */
const LEAST = 16 << 10;
/** Sizes are multiples of this, so that chunks of about the same length share memory. */
const STEP = 4 << 10;
/** How much is kept for all sockets together: two frames of a MiB. */
const MOST = (2 << 20) + 2 * STEP;
/** How much more is kept until the collector runs. */
const MOST_FOR_NOW = 16 << 20;

/** Memory nobody uses: kept, or left to the collector. */
interface Spare {
  readonly length: number;
  readonly memory: ArrayBuffer | undefined;
  readonly weak: WeakRef<ArrayBuffer> | undefined;
}

/**
 * Memory that was written and may be written to again. Fresh memory costs more than the copy into it: the
 * system gives it page by page, and the collector is called for what was used once. Many sockets need more of it
 * at a time than should be kept when they rest: the collector may have that. It has no cause to run as long
 * as memory is used again.
 */
export class Spares {
  readonly #free: Spare[] = [];
  /** What was given out by {@link take}. */
  readonly #lent = new WeakSet<ArrayBufferLike>();
  #kept = 0;
  #left = 0;

  /** So many bytes, with anything in them. */
  take(length: number): Uint8Array {
    if (length < LEAST) return Buffer.allocUnsafe(length);
    const memory = this.#spare(length) ?? fresh(Math.ceil(length / STEP) * STEP);
    this.#lent.add(memory);
    return Buffer.from(memory, 0, length);
  }

  /** Takes back what nobody reads any more; others than those given out are left alone. */
  give({ buffer, length }: Uint8Array): void {
    // What is short was not given out from here, and a set that refers weakly is slow to say so.
    if (length < LEAST || !this.#lent.delete(buffer)) return;
    const memory = buffer as ArrayBuffer;
    const size = memory.byteLength;
    if (this.#kept + size <= MOST) {
      this.#kept += size;
      this.#free.push({ length: size, memory, weak: undefined });
    } else if (this.#left + size <= MOST_FOR_NOW) {
      this.#left += size;
      this.#free.push({ length: size, memory: undefined, weak: new WeakRef(memory) });
    }
  }

  /** The last that fits, if the collector has not taken it. */
  #spare(least: number): ArrayBuffer | undefined {
    for (let index = this.#free.length - 1; index >= 0; index -= 1) {
      const { length, memory, weak } = this.#free[index] as Spare;
      const found = memory ?? weak?.deref();
      if (found && (length < least || length > 2 * least)) continue;
      this.#free.splice(index, 1);
      if (weak) this.#left -= length;
      else this.#kept -= length;
      if (found) return found;
    }
    return undefined;
  }
}

function fresh(length: number): ArrayBuffer {
  return Buffer.allocUnsafeSlow(length).buffer as ArrayBuffer;
}
