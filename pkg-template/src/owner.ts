/** Those whom the driver of a session tells what happens. */

import type { Ending } from './core.js';
import type { FrameBody } from './frame.js';

/** Why the core has no say in a session's end. */
export type Failure =
  | { kind: 'transport'; cause: unknown }
  | { kind: 'terminated'; cause: unknown }
  | { kind: 'core'; cause: unknown };

/** Who takes the frames that come. */
export interface Frames {
  /** The RSV bits of messages that are taken in parts, as they come. */
  readonly parts: number;
  /** A frame came. The core must not be called. */
  push(frame: FrameBody): void;
  /** The frames of a chunk have come. */
  received(): void;
}

/** The name of what an owner is told, which users of the owner do not see. */
export const onEnd = Symbol('onEnd');

/** Who is told how it ends. */
export interface Owner {
  [onEnd](ending: Ending | undefined, failure: Failure | undefined): void;
}
