/** What sessions can be told. */

import type { Extension } from './extension.js';
import type { Frame } from './frame.js';
import type { Bytes, ByteTransport } from './transport.js';

/** How much may wait in a queue. */
export interface QueueOptions {
  /** The mark in bytes of payload. Default: 1 MiB. */
  highWaterMark?: number;
  /** The most frames. Default: 4096. */
  maxFrames?: number;
  /**
   * What reaching the mark does. `'suspend'`: the transport is no longer read, `send` waits.
   * `'close'`: the session fails with an `OverflowError`; what was received stays readable.
   * Default: `'suspend'`.
   */
  onOverflow?: 'suspend' | 'close';
}

/** Turns values into messages and back. */
export interface Codec {
  /** The message of a value: text for a string, binary for bytes. */
  encode(value: unknown): string | Bytes;
  /** The value of a message: its text if it is one, else its bytes. May throw. */
  decode(data: string | Uint8Array, frame: Frame): unknown;
  /** Whether a message is one of this codec's. */
  applies(frame: Frame): boolean;
}

/** What is used of a validator that keeps to Standard Schema. */
export interface StandardSchema<T> {
  /** The property that Standard Schema names. */
  readonly '~standard': {
    /** Checks a value, and may change it. */
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

/** What a Standard Schema makes of a value. */
export type StandardResult<T> =
  | {
      /** The value, as the schema leaves it. */
      readonly value: T;
      /** Not there. */
      readonly issues?: undefined;
    }
  | {
      /** What is wrong with the value. */
      readonly issues: readonly {
        /** A sentence about it. */
        readonly message: string;
      }[];
    };

/** What every session can be told at its start. */
export interface SessionOptions {
  /** Whether frames that go out are masked. Default: as the role asks, true for a client. */
  masking?: boolean;
  /**
   * Takes masked and unmasked frames alike. Default: false; a client refuses masked frames, a server
   * unmasked ones, with 1002.
   */
  allowMaskMismatch?: boolean;
  /** The longest frame taken, refused from its header with 1009. Default: 16 MiB. */
  maxFrameSize?: number;
  /**
   * The longest message taken, refused with 1009. Each of its fragments counts 16 bytes more.
   * Default: 64 MiB.
   */
  maxMessageSize?: number;
  /** What may be received and not taken. */
  incoming?: QueueOptions;
  /** What may be sent and not written. */
  outgoing?: QueueOptions;
  /** Time between pings. Default: 0, which sends none. */
  pingInterval?: number;
  /**
   * How long a ping may stay unanswered before the session ends with 1011 and a `PingTimeoutError`;
   * 0 is for ever. Default: 15 000.
   */
  pongTimeout?: number;
  /**
   * How long the closing handshake may take before the transport is aborted; it begins anew while
   * data that was sent before still leaves. Default: 10 000.
   */
  closeTimeout?: number;
  /**
   * Hands out every frame as it came and answers nothing: a ping is answered with a pong frame, the
   * peer's Close with a Close frame or `close()`. Default: false.
   */
  raw?: boolean;
  /** Answers pings. Default: true. */
  autoPong?: boolean;
  /**
   * Messages longer than this leave as fragments of this size, so that a pong or ping can pass
   * between them. Default: 0, which fragments nothing.
   */
  fragmentSize?: number;
  /**
   * Extensions to offer, in order of preference; a server answers the client's offers with them. Without
   * an upgrade (`overTransport`) each is in use, and both ends must be told the same. Default: none.
   */
  extensions?: readonly Extension[];
  /** How `sendValue` and `receiveValue` turn values into messages. Default: JSON text. */
  codec?: Codec;
  /**
   * Before the session is open: the promise rejects with the signal's reason. After: Close 1000 is
   * sent if the transport takes it, and the session ends as with `terminate`.
   */
  signal?: AbortSignal;
}

/** A function that opens a transport. The signal aborts when the attempt is given up. */
export type OpenTransport = (
  url: URL,
  options: { signal: AbortSignal },
) => ByteTransport | Promise<ByteTransport>;

/** Headers as `fetch` takes them: its `HeadersInit`, without need of the types of a page. */
export type HeadersLike =
  | Headers
  | readonly (readonly [name: string, value: string])[]
  | Readonly<Record<string, string>>;

/** The hash of a certificate. */
export interface CertificateHash {
  /** The hash function: browsers take `sha-256`. */
  algorithm: string;
  /** The hash: the 32 bytes of a SHA-256. */
  value: Bytes;
}

/** What {@link connect} can be told. */
export interface ConnectOptions extends SessionOptions {
  /** Subprotocols to offer, the preferred first. */
  protocols?: string[];
  /** Headers of the request, also those that a page can't set on `WebSocket`. */
  headers?: HeadersLike;
  /** The `Origin` header. Default in a page: its own origin. */
  origin?: string;
  /** The byte stream to talk over, or a function that opens it. */
  transport?: ByteTransport | OpenTransport;
  /** The URL of a framewire-bridge, such as `https://host:4433`. */
  bridge?: string | URL;
  /** Hashes of the certificates that the bridge may show, for one that no authority has signed. */
  serverCertificateHashes?: readonly CertificateHash[];
  /** How long connecting and the upgrade may take together. Default: 10 000. */
  handshakeTimeout?: number;
  /** Node, Deno and Bun: passed to `tls.connect`. */
  tls?: object;
}

/** A request for an upgrade, as a server sees it. */
export interface UpgradeRequest {
  /** The method: `GET`. */
  readonly method: string;
  /** The request target: the path and query. */
  readonly target: string;
  /** The `Host` header. */
  readonly host: string;
  /** The headers of the request. */
  readonly headers: Headers;
  /** The subprotocols offered, the preferred first. */
  readonly protocols: readonly string[];
}

/** A refusal of a request. */
export interface Refusal {
  /** From 300 to 599. */
  status: number;
  /** Headers of the answer. */
  headers?: HeadersLike;
  /** The body of the answer; its length is told in `Content-Length`. */
  body?: string | Bytes;
}

/** What {@link accept} can be told. */
export interface AcceptOptions extends SessionOptions {
  /**
   * Chooses one of the subprotocols offered. Default: none is chosen. The client is answered 500 if
   * it throws or chooses another.
   */
  selectProtocol?(offered: string[], request: UpgradeRequest): string | undefined;
  /**
   * Returns a status, or more, to refuse the request with; nothing to go on. The client is answered
   * 500 if it throws or returns what cannot refuse.
   */
  verify?(
    request: UpgradeRequest,
  ): number | Refusal | undefined | Promise<number | Refusal | undefined>;
  /** More headers of the response. */
  headers?: HeadersLike;
  /**
   * How long the request may take to come and `verify` to decide, in milliseconds; after that the
   * client is answered 500 if it is `verify` that is late. Default: 10 000.
   */
  handshakeTimeout?: number;
}
