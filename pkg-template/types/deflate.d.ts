/** permessage-deflate (RFC 7692): messages compressed, in both roles. */

import type { Extension } from './extension.js';
import type { Frame } from './frame.js';

/** What {@link permessageDeflate} can be told. Window bits are the binary logarithm of a size in bytes. */
export interface DeflateOptions {
  /**
   * The window that the client compresses with, at most. Client: offered; `true` says only that the server
   * may limit it, `false` that it may not. Server: what the client is told, where it allows that. 8 to 15;
   * a client itself cannot compress with 8. Default: true.
   */
  clientMaxWindowBits?: number | boolean;
  /**
   * The window that the server compresses with, at most. Client: asked of the server. 8 to 15; a server
   * itself cannot compress with 8. Default: 15.
   */
  serverMaxWindowBits?: number;
  /** The client begins each message with an empty window, which it need not keep. Default: false. */
  clientNoContextTakeover?: boolean;
  /** The server begins each message with an empty window, which it need not keep. Default: false. */
  serverNoContextTakeover?: boolean;
  /** How hard to compress: 0, not at all, to 9. Default: 6. */
  level?: number;
  /** How much memory to compress with: 1 to 9. Default: 8. */
  memLevel?: number;
  /** Shorter messages are not compressed, in bytes. Default: 1024. */
  threshold?: number;
  /** Whether a message of that length is to be compressed. Default: each is. */
  compressIf?: (frame: Frame) => boolean;
  /**
   * The longest message taken, in bytes inflated; it is refused with 1009 as soon as it is longer. Default:
   * the session's `maxMessageSize`, which holds anyway.
   */
  maxInflatedSize?: number;
}

/**
 * Compresses messages, where the peer agrees to it. One object may serve many sessions.
 * @throws TypeError, RangeError for a bad option, which is named.
 */
export function permessageDeflate(options?: DeflateOptions): Extension;
