/** Where the core's module comes from when it does not lie inside the package's JavaScript. */

import type { CoreSource } from '../types/slim.js';
import { compileError, coreError, hasCore, provideCore, start } from './core.js';
import { describe, WebSocketSessionError } from './errors.js';
import { kind } from './frame.js';

/** Reads a `file:` URL, where the runtime's `fetch` cannot. */
export type ReadFile = (url: URL) => Promise<Uint8Array<ArrayBuffer>>;

let readFile: ReadFile | undefined;
let loading: Promise<void> | undefined;

/** Says how this runtime reads files. */
export function provideReadFile(read: ReadFile): void {
  readFile ??= read;
}

/**
 * Loads the core. The first call counts: later ones share its promise, whatever they name, and one
 * that failed may be repeated. Nothing is loaded where `framewire` itself is, which has the core.
 */
export function init(source: CoreSource | Promise<CoreSource>): Promise<void> {
  if (loading) return loading;
  const attempt = load(source);
  loading = attempt;
  attempt.catch(() => {
    loading = undefined;
  });
  return attempt;
}

async function load(given: CoreSource | Promise<CoreSource>): Promise<void> {
  const source = await loaded(Promise.resolve(given), 'what init was given');
  if (globalThis.WebAssembly === undefined) throw coreError('this runtime has no WebAssembly');
  const open = opener(source);
  if (hasCore()) return;
  const module = await open();
  start(module);
  provideCore(() => module);
}

/** How to come from a source to the module. */
function opener(source: unknown): () => Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return async () => source;
  if (typeof source === 'string' || source instanceof URL) return () => fetchModule(source);
  if (isResponse(source)) return () => responseModule(source, source.url || 'the response');
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return () => compile(source as BufferSource);
  }
  throw new TypeError(
    `init needs a URL, a Response, bytes or a WebAssembly.Module, not ${kind(source)}`,
  );
}

function isResponse(source: unknown): source is Response {
  const { ok, status, arrayBuffer } = (source ?? {}) as Partial<Response>;
  return typeof ok === 'boolean' && typeof status === 'number' && typeof arrayBuffer === 'function';
}

async function fetchModule(address: string | URL): Promise<WebAssembly.Module> {
  const file = readFile && fileUrl(address);
  if (readFile && file) return compile(await loaded(readFile(file), file.href));
  return responseModule(await loaded(fetch(address), String(address)), String(address));
}

function fileUrl(address: string | URL): URL | undefined {
  try {
    const url = new URL(address);
    return url.protocol === 'file:' ? url : undefined;
  } catch {
    return undefined;
  }
}

async function responseModule(response: Response, name: string): Promise<WebAssembly.Module> {
  if (!response.ok) {
    await response.body?.cancel().catch(() => {});
    throw coreError(`could not load the framewire core: ${name} answered ${response.status}`);
  }
  // Compiling while it loads is for this type only, without parameters.
  const type = response.headers.get('Content-Type')?.trim().toLowerCase();
  if (type === 'application/wasm' && typeof WebAssembly.compileStreaming === 'function') {
    const copy = response.clone();
    try {
      return await WebAssembly.compileStreaming(response);
    } catch {
      // The same from bytes says what is wrong.
      return compile(await loaded(copy.arrayBuffer(), name));
    }
  }
  return compile(await loaded(response.arrayBuffer(), name));
}

async function compile(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw compileError(bytes, cause);
  }
}

/** What a promise gives, or an error that says what could not be loaded. */
async function loaded<T>(opening: Promise<T>, name: string): Promise<T> {
  try {
    return await opening;
  } catch (cause) {
    if (cause instanceof WebSocketSessionError) throw cause;
    throw coreError(`could not load the framewire core from ${name}: ${describe(cause)}`, {
      cause,
    });
  }
}
