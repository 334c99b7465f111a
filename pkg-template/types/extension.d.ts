/** Extensions of the protocol (RFC 6455 §9): what the two ends agree on, and what it does to messages. */

import type { Frame } from './frame.js';
import type { Bytes } from './transport.js';

/** The parameters of an extension by name; `true` stands for one without a value. Values are tokens. */
export type ExtensionParameters = Readonly<Record<string, string | true>>;

/** An extension that both ends agreed on. */
export interface NegotiatedExtension {
  /** Its registered name, such as `permessage-deflate`. */
  readonly name: string;
  /** The parameters that the server answered with. */
  readonly parameters: ExtensionParameters;
}

/** What an extension is told of the session that it is negotiated for. */
export interface ExtensionContext {
  /** Which end of the session this is. */
  readonly role: 'client' | 'server';
  /** The longest message taken, in bytes as decoded; what is longer ends the session with 1009. */
  readonly maxMessageSize: number;
}

/** A message on its way through the extensions. */
export interface ExtensionMessage {
  /** What it is to its user; no step changes it. */
  readonly type: 'text' | 'binary';
  /** Its payload; text as UTF-8, where no other extension has encoded it. */
  readonly bytes: Uint8Array;
  /** RSV1 of its first frame. Default: false. */
  readonly rsv1?: boolean;
  /** RSV2 of its first frame. Default: false. */
  readonly rsv2?: boolean;
  /** RSV3 of its first frame. Default: false. */
  readonly rsv3?: boolean;
}

/** What the caller of `send` gave and wanted. */
export interface SentMessage {
  /** The message before any extension. */
  readonly frame: Frame;
  /** The option of the same name; `undefined` if it was not given. */
  readonly compress: boolean | undefined;
}

/** Bytes of a message that came, as far as they are there. */
export interface ExtensionPart {
  /** What the message is to its user. */
  readonly type: 'text' | 'binary';
  /** The bytes, as the wire or the extension before has them. */
  readonly bytes: Uint8Array;
  /** The message begins with these bytes. */
  readonly first: boolean;
  /** It ends with them. */
  readonly last: boolean;
  /**
   * What the step returns is text as its user gets it: it may fail at the first byte that is none. The
   * whole message is checked anyway.
   */
  readonly text: boolean;
}

/** A frame with a reserved opcode, which an extension owns. */
export interface ExtensionFrame {
  /** 3 to 7 for a message, put together from its fragments; 11 to 15 for a control frame. */
  readonly opcode: number;
  /** Its payload; of a control frame at most 125 bytes. */
  readonly bytes: Uint8Array;
}

/** What an extension reaches its session by. */
export interface ExtensionPort {
  /**
   * Sends a frame with an opcode that the extension owns, behind what was sent before. The bytes are copied.
   * @throws TypeError, RangeError for a frame that may not be sent; ClosedError when the session sends no more.
   */
  send(opcode: number, bytes: Bytes): void;
}

/**
 * What an extension does to the messages of one session. A step that throws ends its session: with the
 * `closeCode` of what it throws if that is 1002, 1007 or 1009, with 1011 otherwise.
 */
export interface ExtensionSteps {
  /** Called once, when the session is open. Not called in a raw session. */
  open?(port: ExtensionPort): void;
  /**
   * Called for each message that is sent whole, in call order; fragments that the caller makes by hand
   * leave as they are. Returns the message to send: it may set bits that the extension owns.
   */
  encode?(message: ExtensionMessage, sent: SentMessage): ExtensionMessage;
  /**
   * Called for each message received that has a bit which the extension owns, in the order received; for
   * each message if it owns none. Returns the message decoded. Not called in a raw session.
   */
  decode?(message: ExtensionMessage): ExtensionMessage;
  /**
   * In place of `decode`, for an extension that need not wait for the whole message: returns what these
   * bytes become. Parts come as the transport has them if no other extension decodes the message before,
   * else all in one.
   */
  decodePart?(part: ExtensionPart): Uint8Array;
  /**
   * Called for each frame received with an opcode that the extension owns, in order with the messages. In a
   * raw session nobody owns opcodes: such a frame ends it with 1002.
   */
  frame?(frame: ExtensionFrame): void;
  /** Called once, when the session is over and its last message is decoded. What it throws is dropped. */
  close?(): void;
}

/** What a server agrees to. */
export interface ExtensionAnswer {
  /** The parameters to answer with. */
  readonly parameters: ExtensionParameters;
  /** What the extension does in this session. */
  readonly steps: ExtensionSteps;
}

/**
 * An extension, as the `extensions` option takes it. One object may serve many sessions: what it keeps of
 * a session belongs into its steps.
 */
export interface Extension {
  /** Its name in `Sec-WebSocket-Extensions`, a token. */
  readonly name: string;
  /**
   * The RSV bits that it owns. Where the bits or opcodes of two extensions are the same a server agrees to
   * the one offered first; a client refuses an answer with both.
   */
  readonly rsv?: readonly (1 | 2 | 3)[];
  /** The reserved opcodes that it owns: 3 to 7 for messages, 11 to 15 for control frames. */
  readonly opcodes?: readonly number[];
  /** Client: the parameters to offer, or several sets of them, the preferred first. */
  offer(context: ExtensionContext): ExtensionParameters | readonly ExtensionParameters[];
  /** Client: takes the server's answer. Throws if it cannot be accepted: `connect` rejects then. */
  accept(parameters: ExtensionParameters, context: ExtensionContext): ExtensionSteps;
  /** Server: agrees to one of the offers, the client's preferred first; or declines with `undefined`. */
  answer(
    offers: readonly ExtensionParameters[],
    context: ExtensionContext,
  ): ExtensionAnswer | undefined;
}
