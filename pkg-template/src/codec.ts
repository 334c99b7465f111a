/** Values over a session: how they become messages, and what makes them of a type. */

import type { Codec, Frame, StandardResult, StandardSchema } from '../types/index.js';
import { describe, InvalidPayloadError } from './errors.js';
import { kind } from './frame.js';

/** Values as JSON text. */
export const json: Codec = {
  encode(value) {
    const text = JSON.stringify(value);
    if (text === undefined)
      throw new TypeError(`JSON has no form for a value of type ${kind(value)}`);
    return text;
  },
  decode(data) {
    return JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
  },
  applies(frame) {
    return frame.type === 'text';
  },
};

/** Checks what a caller gives as a codec. */
export function checkCodec(codec: unknown): void {
  if (codec === undefined) return;
  const { encode, decode, applies } = (codec ?? {}) as Partial<Codec>;
  if (![encode, decode, applies].every((method) => typeof method === 'function')) {
    throw new TypeError('codec must have the functions encode, decode and applies');
  }
}

/** The value of a message. Rejects with an `InvalidPayloadError` that keeps the frame. */
export async function decodeValue<T>(
  frame: Frame,
  codec: Codec,
  schema: StandardSchema<T> | undefined,
): Promise<T> {
  if (!codec.applies(frame)) {
    throw new InvalidPayloadError(`the codec does not take a ${frame.type} message`, { frame });
  }
  let value: unknown;
  try {
    value = codec.decode(frame.data, frame);
  } catch (cause) {
    throw new InvalidPayloadError(`the message could not be decoded: ${describe(cause)}`, {
      frame,
      cause,
    });
  }
  if (!schema) return value as T;
  let result: StandardResult<T>;
  try {
    result = await schema['~standard'].validate(value);
  } catch (cause) {
    throw new InvalidPayloadError(`the value could not be checked: ${describe(cause)}`, {
      frame,
      cause,
    });
  }
  if (!result.issues) return result.value;
  const why = result.issues.map(({ message }) => message).join('; ');
  throw new InvalidPayloadError(`the value does not fit the schema: ${why}`, {
    frame,
    cause: result.issues,
  });
}
