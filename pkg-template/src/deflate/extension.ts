/** permessage-deflate (RFC 7692) as an extension. */

import type { DeflateOptions } from '../../types/deflate.js';
import type {
  Extension,
  ExtensionContext,
  ExtensionParameters,
  ExtensionPart,
  ExtensionSteps,
  SentMessage,
} from '../../types/extension.js';
import { type Codec, type Deflate, deflate, NativeOptions } from './module.js';
import { type Settings, settingsOf } from './options.js';

/** So much of a message is inflated at once: it can become a thousand times as long. */
const WINDOW = 4 << 10;

/** Compresses messages, where the peer agrees to it. */
export function permessageDeflate(options: DeflateOptions = {}): Extension {
  const settings = settingsOf(options);
  return {
    name: 'permessage-deflate',
    rsv: [1],
    offer() {
      // A module that cannot be loaded is no fault of an option.
      deflate();
      return attempt(() => withNative(settings, 'client', (native) => record(native.offer())));
    },
    accept(parameters, context) {
      const { buffers } = deflate();
      const codec = withNative(settings, 'client', (native) =>
        native.accept(flat(parameters), buffers),
      );
      return stepsOf(codec, settings, context);
    },
    answer(offers, context) {
      const { buffers } = deflate();
      const lists = offers.map(flat);
      const lengths = new Uint32Array(lists.map(({ length }) => length));
      const codec = attempt(() =>
        withNative(settings, 'server', (native) => native.answer(lists.flat(), lengths, buffers)),
      );
      return (
        codec && {
          parameters: record(codec.parameters()),
          steps: stepsOf(codec, settings, context),
        }
      );
    },
  };
}

/** Gives the module's form of the options to `use`, and frees it. */
function withNative<T>(
  settings: Settings,
  role: 'client' | 'server',
  use: (native: NativeOptions) => T,
): T {
  deflate();
  const { clientMaxWindowBits: bits, serverMaxWindowBits } = settings;
  // What a server does not limit is as good as a limit of 15, and needs no parameter.
  const limit = typeof bits === 'number' ? bits : bits ? 1 : 0;
  const native = new NativeOptions(
    settings.serverNoContextTakeover,
    settings.clientNoContextTakeover,
    serverMaxWindowBits === 15 ? 0 : serverMaxWindowBits,
    role === 'server' && limit === 15 ? 1 : limit,
    settings.level,
    settings.memLevel,
  );
  try {
    return use(native);
  } finally {
    native.free();
  }
}

function stepsOf(codec: Codec, settings: Settings, context: ExtensionContext): ExtensionSteps {
  const module = deflate();
  const limit = Math.min(context.maxMessageSize, settings.maxInflatedSize);
  return {
    encode(message, sent) {
      if (!isWanted(message.bytes, sent, settings)) return message;
      module.take(message.bytes);
      codec.deflate(module.buffers, message.bytes.length);
      return { ...message, bytes: module.give(), rsv1: true };
    },
    decodePart: (part) => inflate(module, codec, part, limit),
    close: () => codec.free(),
  };
}

/** Whether a message is to be compressed: what its sender said counts first. */
function isWanted(bytes: Uint8Array, sent: SentMessage, settings: Settings): boolean {
  if (sent.compress !== undefined) return sent.compress;
  return bytes.length >= settings.threshold && (settings.compressIf?.(sent.frame) ?? true);
}

function inflate(
  module: Deflate,
  codec: Codec,
  { bytes, first, last, text }: ExtensionPart,
  limit: number,
): Uint8Array {
  const { buffers } = module;
  if (first) codec.inflate_begin(buffers, text, limit);
  const pieces: Uint8Array[] = [];
  let sound = true;
  for (let at = 0; sound && at < bytes.length; at += WINDOW) {
    const piece = bytes.subarray(at, at + WINDOW);
    module.take(piece);
    sound = codec.inflate(buffers, piece.length);
    pieces.push(module.give());
  }
  if (sound && last) sound = codec.inflate_finish();
  if (!sound) throw Object.assign(new Error(codec.message()), { closeCode: codec.close_code() });
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : joined(pieces);
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** What a role cannot have is an option out of range. */
function attempt<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (!(cause instanceof Error) || cause instanceof WebAssembly.RuntimeError) throw cause;
    // The module knows options by the names of their parameters.
    const message = cause.message.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
    throw new RangeError(`permessage-deflate: ${message}`, { cause });
  }
}

/** Parameters as the module takes them: names and values in turn, an empty value for none. */
function flat(parameters: ExtensionParameters): string[] {
  return Object.entries(parameters).flatMap(([name, value]) => [name, value === true ? '' : value]);
}

function record(parameters: string[]): ExtensionParameters {
  const entries: [string, string | true][] = [];
  for (let at = 0; at < parameters.length; at += 2) {
    entries.push([parameters[at] ?? '', parameters[at + 1] || true]);
  }
  return Object.fromEntries(entries);
}
