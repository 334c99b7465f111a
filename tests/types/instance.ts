/** Frames told from other things: TypeScript takes `Symbol.hasInstance` since 5.3. */

import { Frame } from 'framewire';

declare const value: unknown;

if (value instanceof Frame) {
  check<Same<typeof value, Frame>>(true);
  check<Same<typeof value.type, Frame['type']>>(true);
}
