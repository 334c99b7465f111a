/** The package without its core inside, and the core as a file. */

import type * as whole from 'framewire';
import type * as file from 'framewire/core.wasm';
import type * as slim from 'framewire/slim';
import { type CoreSource, connect, init, type WebSocketSession } from 'framewire/slim';

declare const module: WebAssembly.Module;

// What `import core from 'framewire/core.wasm'` gives; CommonJS is given it as it is.
type Core = typeof file extends { default: infer Default } ? Default : typeof file;
declare const core: Core;
check<Same<Core, CoreSource>>(true);

export const sources: CoreSource[] = [
  core,
  module,
  '/core.wasm',
  new URL('https://example.com/core.wasm'),
  new Response(),
  new Uint8Array(1),
  new ArrayBuffer(1),
];

export async function open(): Promise<whole.WebSocketSession> {
  check<Same<ReturnType<typeof init>, Promise<void>>>(true);
  await init(core);
  await init(fetch('/core.wasm'));
  const session: WebSocketSession = await connect('ws://localhost/');
  return session;
}

// Its other names are those of `framewire`.
check<Same<typeof slim.connect, typeof whole.connect>>(true);
check<Same<Exclude<keyof typeof slim, keyof typeof whole>, 'init'>>(true);

// @ts-expect-error a number is no source
init(5);
// @ts-expect-error there is always a source
init();
