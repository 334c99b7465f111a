/** The way of messages through the extensions of one session. */

import type {
  Conversion,
  ExtensionMessage,
  ExtensionPort,
  ExtensionSteps,
  SentMessage,
} from '../types/index.js';
import { Bits } from './core.js';
import { InvalidPayloadError, MessageTooBigError } from './errors.js';
import { FrameBody, Opcode, viewBytes } from './frame.js';
import { Slab } from './slab.js';
import { transcoded, utf8Decoder, WORTHWHILE } from './texts.js';

/** One extension on the way. */
export interface Stage {
  readonly name: string;
  /** The RSV bits it owns: RSV1 is 4. */
  readonly owned: number;
  /** The opcodes it owns: bit 3 for opcode 3. */
  readonly opcodes: number;
  readonly steps: ExtensionSteps;
}

/** What an extension threw, or did wrong. */
export class StepError {
  readonly extension: string;
  readonly cause: unknown;

  constructor(extension: string, cause: unknown) {
    this.extension = extension;
    this.cause = cause;
  }
}

/** Messages go outward through the extensions in the order negotiated, and inward in reverse. */
export class Pipeline {
  /** The RSV bits that are owned: RSV1 is 4. */
  readonly owned: number;
  /** The reserved opcodes that are owned: bit 3 for opcode 3. */
  readonly opcodes: number;
  /** Every message is decoded, whatever its bits are. */
  readonly opaque: boolean;
  /** The RSV bits of messages that are decoded in parts. */
  readonly parts: number;
  readonly #encoding: readonly Stage[];
  readonly #decoding: readonly Stage[];
  readonly #stages: readonly Stage[];
  #closed = false;
  readonly #maxMessageSize: number;
  readonly #encoded = { messages: 0, before: 0, after: 0 };
  readonly #decoded = { messages: 0, before: 0, after: 0 };
  /** What the parts so far of a message have become. */
  #pieces: Uint8Array[] = [];
  #gathered = 0;
  #within = false;

  constructor(stages: readonly Stage[], maxMessageSize: number) {
    this.#stages = stages;
    this.#encoding = stages.filter(({ steps }) => steps.encode);
    this.#decoding = stages.filter(({ steps }) => steps.decode || steps.decodePart).reverse();
    this.owned = stages.reduce((bits, { owned }) => bits | owned, 0);
    this.opcodes = stages.reduce((bits, { opcodes }) => bits | opcodes, 0);
    this.opaque = this.#decoding.some(({ owned }) => owned === 0);
    const [nearest] = this.#decoding;
    this.parts = nearest?.steps.decodePart ? nearest.owned : 0;
    this.#maxMessageSize = maxMessageSize;
  }

  /** Whether messages that are sent change. */
  get encodes(): boolean {
    return this.#encoding.length > 0;
  }

  /** What messages became: those sent, and those received. */
  get conversions(): { encoded: Conversion; decoded: Conversion } {
    return { encoded: { ...this.#encoded }, decoded: { ...this.#decoded } };
  }

  /** The session is open: `send` takes opcode and payload of a frame. */
  open(send: (opcode: number, bytes: Uint8Array) => void): void {
    for (const { name, opcodes, steps } of this.#stages) {
      const port: ExtensionPort = {
        send(opcode, bytes) {
          if (!isReserved(opcode) || ((opcodes >> opcode) & 1) === 0) {
            throw new TypeError(`the extension ${name} does not own the opcode ${String(opcode)}`);
          }
          send(opcode, viewBytes(bytes, 'bytes'));
        },
      };
      attempt(name, () => steps.open?.(port));
    }
  }

  /** Hands a frame with an opcode of an extension's to it. */
  take(frame: FrameBody): void {
    const opcode = FrameBody.head(frame) & Bits.OPCODE;
    const owner = this.#stages.find(({ opcodes }) => (opcodes >> opcode) & 1);
    if (owner) {
      attempt(owner.name, () => owner.steps.frame?.({ opcode, bytes: frame.bytes }));
    }
  }

  /** Encodes a whole message; `head` is its opcode and FIN, and what it returns has the RSV bits too. */
  encode(head: number, bytes: Uint8Array, sent: SentMessage): { head: number; bytes: Uint8Array } {
    let message = messageOf(head, bytes);
    for (const { name, owned, steps } of this.#encoding) {
      message = attempt(name, () => {
        const before = rsvOf(message);
        const encoded = check(steps.encode?.(message, sent), message.type);
        if ((rsvOf(encoded) ^ before) & ~owned) {
          throw new TypeError('encode changed an RSV bit that the extension does not own');
        }
        return encoded;
      });
    }
    count(this.#encoded, bytes.length, message.bytes.length, true);
    return { head: head | (rsvOf(message) << RSV_SHIFT), bytes: message.bytes };
  }

  /**
   * Decodes a message as it came, or a part of one that has a bit of {@link parts}. The message decoded
   * comes with its last part. `after` is how many bytes came out of these.
   */
  decode(frame: FrameBody): { frame: FrameBody | undefined; after: number } {
    const head = FrameBody.head(frame);
    const rsv = (head & Bits.RSV) >> RSV_SHIFT;
    if (rsv === 0 && !this.opaque) return { frame, after: FrameBody.receivedLength(frame) };
    let message = messageOf(head, frame.bytes);
    let at = 0;
    let after = 0;
    if (rsv & this.parts) {
      const last = FrameBody.isLast(frame);
      after = this.#decodePart(message, last);
      count(this.#decoded, frame.bytes.length, after, last);
      if (!last) return { frame: undefined, after };
      message = withRsv({ type: message.type, bytes: this.#gather() }, rsv & ~this.parts);
      after -= message.bytes.length;
      at = 1;
    } else {
      count(this.#decoded, frame.bytes.length, 0, true);
    }
    for (const stage of this.#decoding.slice(at)) {
      if (stage.owned === 0 || rsvOf(message) & stage.owned) message = this.#step(stage, message);
    }
    const { length } = message.bytes;
    if (at === 0) count(this.#decoded, 0, length, false);
    return { frame: frameOf(message, this.#decoding[0]?.name ?? ''), after: after + length };
  }

  /** The session is over, so that what a step throws here concerns nobody. Once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { steps } of this.#stages) {
      try {
        steps.close?.();
      } catch {}
    }
  }

  /** One step of a whole message. */
  #step({ name, owned, steps }: Stage, message: ExtensionMessage): ExtensionMessage {
    return attempt(name, () => {
      const { type, bytes } = message;
      const rest = rsvOf(message) & ~owned;
      const decoded = steps.decodePart
        ? { bytes: steps.decodePart({ type, bytes, first: true, last: true, text: false }) }
        : check(steps.decode?.(message), type);
      this.#limit(decoded.bytes.length);
      return withRsv({ type, bytes: decoded.bytes }, rest);
    });
  }

  /** The step nearest the wire; returns how many bytes came out. */
  #decodePart({ type, bytes }: ExtensionMessage, last: boolean): number {
    const [nearest] = this.#decoding as [Stage];
    const text = type === 'text' && this.#decoding.length === 1;
    const first = !this.#within;
    this.#within = !last;
    return attempt(nearest.name, () => {
      const decoded = viewBytes(
        nearest.steps.decodePart?.({ type, bytes, first, last, text }),
        'what decodePart returns',
      );
      this.#gathered += decoded.length;
      this.#limit(this.#gathered);
      if (decoded.length > 0) this.#pieces.push(decoded);
      return decoded.length;
    });
  }

  /** All that the parts of a message became. */
  #gather(): Uint8Array {
    const [only] = this.#pieces;
    let whole = only ?? new Uint8Array(0);
    if (this.#pieces.length > 1) {
      whole = new Uint8Array(this.#gathered);
      let at = 0;
      for (const piece of this.#pieces) {
        whole.set(piece, at);
        at += piece.length;
      }
    }
    this.#pieces = [];
    this.#gathered = 0;
    return whole;
  }

  #limit(length: number): void {
    if (length <= this.#maxMessageSize) return;
    throw new MessageTooBigError(
      `a message of ${length} bytes, decoded, is over the limit of ${this.#maxMessageSize}`,
    );
  }
}

/** Whether an opcode is one that RFC 6455 gives no meaning. */
export function isReserved(opcode: unknown): opcode is number {
  return (
    Number.isInteger(opcode) &&
    (((opcode as number) >= 3 && (opcode as number) <= 7) ||
      ((opcode as number) >= 11 && (opcode as number) <= 15))
  );
}

/** The bits of a list of opcodes: bit 3 for opcode 3. */
export function opcodesOf(opcodes: readonly number[] | undefined): number {
  return (opcodes ?? []).reduce((bits, opcode) => bits | (1 << opcode), 0);
}

/** The bits of a list such as `[1]`, as the wire has them: RSV1 is 4. */
export function bitsOf(rsv: readonly number[] | undefined): number {
  return (rsv ?? []).reduce((bits, bit) => bits | (8 >> bit), 0);
}

const RSV_SHIFT = 5;

function attempt<T>(extension: string, step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw new StepError(extension, thrown);
  }
}

function count(
  conversion: { messages: number; before: number; after: number },
  before: number,
  after: number,
  whole: boolean,
): void {
  conversion.before += before;
  conversion.after += after;
  if (whole) conversion.messages += 1;
}

function messageOf(head: number, bytes: Uint8Array): ExtensionMessage {
  const type = (head & Bits.OPCODE) === Opcode.TEXT ? 'text' : 'binary';
  return withRsv({ type, bytes }, (head & Bits.RSV) >> RSV_SHIFT);
}

function withRsv(
  { type, bytes }: Pick<ExtensionMessage, 'type' | 'bytes'>,
  rsv: number,
): ExtensionMessage {
  return {
    type,
    bytes,
    rsv1: (rsv & 0b100) !== 0,
    rsv2: (rsv & 0b010) !== 0,
    rsv3: (rsv & 0b001) !== 0,
  };
}

function rsvOf({ rsv1, rsv2, rsv3 }: ExtensionMessage): number {
  return (rsv1 ? 0b100 : 0) | (rsv2 ? 0b010 : 0) | (rsv3 ? 0b001 : 0);
}

/** What a step returned, with bytes as such. */
function check(
  message: ExtensionMessage | undefined,
  type: ExtensionMessage['type'],
): ExtensionMessage {
  if (typeof message !== 'object' || message === null) {
    throw new TypeError('a step must return a message');
  }
  return { ...message, type, bytes: viewBytes(message.bytes, 'bytes of the message') };
}

/** A message as users get it. Text is looked at only now. */
function frameOf({ type, bytes }: ExtensionMessage, extension: string): FrameBody {
  const slab = Slab.of(bytes);
  if (type === 'binary') return new FrameBody(Opcode.BINARY | Bits.FIN, slab, 0, bytes.length);
  let text = bytes.length < WORTHWHILE ? undefined : transcoded(bytes);
  try {
    text ??= utf8Decoder.decode(bytes);
  } catch (cause) {
    const error = new InvalidPayloadError('a text message, decoded, is not UTF-8', { cause });
    throw new StepError(extension, error);
  }
  return new FrameBody(Opcode.TEXT | Bits.FIN, slab, 0, bytes.length, text);
}
