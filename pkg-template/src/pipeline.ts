/** The way of messages through the extensions of one session. */

import type { ExtensionMessage, ExtensionSteps } from '../types/index.js';
import { Bits } from './core.js';
import { InvalidPayloadError, MessageTooBigError } from './errors.js';
import { FrameBody, Opcode, Slab, viewBytes } from './frame.js';

/** One extension on the way. */
interface Stage {
  readonly name: string;
  /** The RSV bits it owns: RSV1 is 4. */
  readonly owned: number;
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

const decoder = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Messages go outward through the extensions in the order negotiated, and inward in reverse. */
export class Pipeline {
  /** The RSV bits that are owned: RSV1 is 4. */
  readonly owned: number;
  /** Every message is decoded, whatever its bits are. */
  readonly opaque: boolean;
  readonly #encoding: readonly Stage[];
  readonly #decoding: readonly Stage[];
  readonly #closing: Stage[];
  readonly #maxMessageSize: number;

  constructor(stages: readonly Stage[], maxMessageSize: number) {
    this.#closing = [...stages];
    this.#encoding = stages.filter(({ steps }) => steps.encode);
    this.#decoding = stages.filter(({ steps }) => steps.decode).reverse();
    this.owned = stages.reduce((bits, { owned }) => bits | owned, 0);
    this.opaque = this.#decoding.some(({ owned }) => owned === 0);
    this.#maxMessageSize = maxMessageSize;
  }

  /** Whether messages that are sent change. */
  get encodes(): boolean {
    return this.#encoding.length > 0;
  }

  /** Encodes a whole message; `head` is its opcode and FIN, and what it returns has the RSV bits too. */
  encode(head: number, bytes: Uint8Array): { head: number; bytes: Uint8Array } {
    let message = messageOf(head, bytes);
    for (const { name, owned, steps } of this.#encoding) {
      message = attempt(name, () => {
        const before = rsvOf(message);
        const encoded = check(steps.encode?.(message), message.type);
        if ((rsvOf(encoded) ^ before) & ~owned) {
          throw new TypeError('encode changed an RSV bit that the extension does not own');
        }
        return encoded;
      });
    }
    return { head: head | (rsvOf(message) << RSV_SHIFT), bytes: message.bytes };
  }

  /** Decodes a message as it came. */
  decode(frame: FrameBody): FrameBody {
    const head = FrameBody.head(frame);
    const rsv = (head & Bits.RSV) >> RSV_SHIFT;
    if (rsv === 0 && !this.opaque) return frame;
    let message = messageOf(head, frame.bytes);
    for (const { name, owned, steps } of this.#decoding) {
      if (owned !== 0 && (rsvOf(message) & owned) === 0) continue;
      message = attempt(name, () => {
        const decoded = check(steps.decode?.(message), message.type);
        if (decoded.bytes.length > this.#maxMessageSize) {
          throw new MessageTooBigError(
            `a message of ${decoded.bytes.length} bytes, decoded, is over the limit of ${this.#maxMessageSize}`,
          );
        }
        return withRsv(decoded, rsvOf(message) & ~owned);
      });
    }
    return frameOf(message, this.#decoding[0]?.name ?? '');
  }

  /** The session is over, so that what a step throws here concerns nobody. Once. */
  close(): void {
    for (const { steps } of this.#closing.splice(0)) {
      try {
        steps.close?.();
      } catch {}
    }
  }
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

function messageOf(head: number, bytes: Uint8Array): ExtensionMessage {
  const type = (head & Bits.OPCODE) === Opcode.TEXT ? 'text' : 'binary';
  return withRsv({ type, bytes }, (head & Bits.RSV) >> RSV_SHIFT);
}

function withRsv({ type, bytes }: ExtensionMessage, rsv: number): ExtensionMessage {
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
  const slab = new Slab(bytes);
  if (type === 'binary') return new FrameBody(Opcode.BINARY | Bits.FIN, slab, 0, bytes.length);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    const error = new InvalidPayloadError('a text message, decoded, is not UTF-8', { cause });
    throw new StepError(extension, error);
  }
  return new FrameBody(Opcode.TEXT | Bits.FIN, slab, 0, bytes.length, text);
}
