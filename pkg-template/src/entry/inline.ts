/** The core's module inside the package. */

import encoded from 'framewire:core';
import { decodeBase64 } from './base64.js';

/** Its bytes. */
export function coreBytes(): Uint8Array<ArrayBuffer> {
  return decodeBase64(encoded);
}
