/** The wasm instance that compresses: the one file that imports its generated code. */

import * as glue from '../generated/deflate.js';

export { type Codec, DeflateOptions as NativeOptions } from '../generated/deflate.js';

/** The instance that all sessions share, and its memory. */
export class Deflate {
  readonly buffers: glue.Buffers;
  readonly #memory: WebAssembly.Memory;
  #heap: Uint8Array;

  constructor(source: WebAssembly.Module | BufferSource) {
    this.#memory = glue.initSync({ module: source }).memory;
    this.buffers = new glue.Buffers();
    this.#heap = new Uint8Array(this.#memory.buffer);
  }

  /** Copies bytes in, for the next call. */
  take(bytes: Uint8Array): void {
    const at = this.buffers.reserve(bytes.length) >>> 0;
    this.#view.set(bytes, at);
  }

  /** Copies out what the last call left. */
  give(): Uint8Array {
    const at = this.buffers.output() >>> 0;
    const bytes = this.#view.slice(at, at + this.buffers.output_length());
    this.buffers.release();
    return bytes;
  }

  /** The memory as bytes. Valid until the next call: growing detaches it. */
  get #view(): Uint8Array {
    if (this.#heap.byteLength === 0) this.#heap = new Uint8Array(this.#memory.buffer);
    return this.#heap;
  }
}

type Source = WebAssembly.Module | BufferSource;

let provide: (() => Source) | undefined;
let instance: Deflate | undefined;

/** Says where the module comes from when it is first needed. */
export function provideDeflate(source: () => Source): void {
  provide ??= source;
}

function compiled(source: Source): WebAssembly.Module {
  if (source instanceof WebAssembly.Module) return source;
  try {
    return new WebAssembly.Module(source);
  } catch (cause) {
    throw new Error(
      "this runtime refuses to compile the module of permessage-deflate: the Content-Security-Policy of a page must have 'wasm-unsafe-eval' in its script-src",
      { cause },
    );
  }
}

/** The instance, made when first asked for. */
export function deflate(): Deflate {
  if (!instance) {
    if (!provide) throw new Error('the module of permessage-deflate is not loaded');
    instance = new Deflate(compiled(provide()));
  }
  return instance;
}
