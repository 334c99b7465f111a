/**
 * The same as `framewire`, without the core inside: {@link init} loads it.
 */

import type { Bytes } from './transport.js';

export * from './index.js';

/**
 * Where the core comes from: a URL to fetch it from, an answer of `fetch`, its bytes, or the module
 * itself as an import of `framewire/core.wasm` gives it. It must be the `core.wasm` of the same version.
 */
export type CoreSource = string | URL | Response | Bytes | (WebAssembly.Module & object);

/**
 * Loads the core, which has to be there before the first session.
 *
 * The first call counts: later ones share its promise, whatever they name; one that failed may be
 * repeated. Where `framewire` itself is loaded too, the core is there already and nothing is loaded.
 *
 * Rejects with a `WebSocketSessionError` of the code `ERR_CORE` that says why: what could not be
 * loaded and the status, that it is no core, that compiling is forbidden.
 */
export function init(source: CoreSource | Promise<CoreSource>): Promise<void>;
