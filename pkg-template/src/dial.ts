/** How a runtime opens a byte stream of its own. */

import type { Wire } from './transports/wire.js';

/** Connects to the host of a URL. The signal aborts when the attempt is given up. */
export type Dial = (url: URL, options: { tls?: object; signal: AbortSignal }) => Promise<Wire>;

let own: Dial | undefined;

/** Says how this runtime connects. */
export function provideDial(dial: Dial): void {
  own ??= dial;
}

/** How this runtime connects; `undefined` in a page. */
export function ownDial(): Dial | undefined {
  return own;
}
