/** Extensions: what a caller writes, and what a session tells of those agreed on. */

import {
  connect,
  type Extension,
  type ExtensionAnswer,
  type ExtensionContext,
  type ExtensionFrame,
  type ExtensionMessage,
  type ExtensionParameters,
  type ExtensionPart,
  type ExtensionPort,
  type ExtensionSteps,
  type Frame,
  type NegotiatedExtension,
  overTransport,
  type SentMessage,
  type WebSocketSession,
} from 'framewire';

declare const session: WebSocketSession;

check<Same<ExtensionParameters, Readonly<Record<string, string | true>>>>(true);
check<Same<ExtensionMessage['type'], 'text' | 'binary'>>(true);
check<Same<ExtensionMessage['rsv1'], boolean | undefined>>(true);
check<Same<ExtensionPart['text'], boolean>>(true);
check<Same<SentMessage['frame'], Frame>>(true);
check<Same<ExtensionContext['role'], 'client' | 'server'>>(true);
check<Same<ExtensionContext['maxMessageSize'], number>>(true);
check<Same<Writable<ExtensionMessage> | Writable<ExtensionPart>, never>>(true);
check<Same<Writable<NegotiatedExtension> | Writable<ExtensionContext>, never>>(true);

// Steps, each of which may be left out.
export const none: ExtensionSteps = {};
const steps: ExtensionSteps = {
  encode: (message, sent) => {
    check<Same<typeof message, ExtensionMessage>>(true);
    check<Same<typeof sent.compress, boolean | undefined>>(true);
    return { ...message, rsv1: true };
  },
  decode: (message) => ({ type: message.type, bytes: message.bytes.subarray(1) }),
  close: () => {},
};
export const inParts: ExtensionSteps = {
  decodePart: ({ bytes, first, last }) => {
    check<Same<typeof first | typeof last, boolean>>(true);
    return bytes;
  },
};

export const withFrames: ExtensionSteps = {
  open: (port) => {
    check<Same<typeof port, ExtensionPort>>(true);
    port.send(3, new Uint8Array(1));
  },
  frame: (frame) => {
    check<Same<typeof frame, ExtensionFrame>>(true);
    check<Same<typeof frame.opcode, number>>(true);
  },
};

// An extension of one's own.
const extension: Extension = {
  name: 'x-own',
  rsv: [1, 3],
  opcodes: [3, 11],
  offer: (context) => {
    check<Same<typeof context, ExtensionContext>>(true);
    return [{ level: '9' }, {}];
  },
  accept: (parameters) => {
    check<Same<typeof parameters, ExtensionParameters>>(true);
    return steps;
  },
  answer: (offers): ExtensionAnswer | undefined => {
    check<Same<typeof offers, readonly ExtensionParameters[]>>(true);
    const [parameters] = offers;
    return parameters && { parameters, steps };
  },
};
export const single: Extension = { ...extension, offer: () => ({ quiet: true }) };
connect('ws://localhost/', { extensions: [extension] });

// What a session tells.
check<Same<WebSocketSession['extensions'], readonly NegotiatedExtension[]>>(true);
check<Same<ReturnType<typeof session.extension>, NegotiatedExtension | undefined>>(true);
export const level: string | true | undefined = session.extension('x-own')?.parameters.level;

// @ts-expect-error there are three bits
export const bit: Extension = { ...extension, rsv: [4] };
// @ts-expect-error a parameter is a text, or has no value
export const number: ExtensionParameters = { level: 9 };
// @ts-expect-error a server answers with its steps
export const answer: ExtensionAnswer = { parameters: {} };
// @ts-expect-error a message has bytes
export const text: ExtensionSteps = { decode: ({ type }) => ({ type, bytes: 'text' }) };
// @ts-expect-error extensions are a list
connect('ws://localhost/', { extensions: extension });
// @ts-expect-error an extension is an object, not its name
overTransport(new TransformStream(), { role: 'client', extensions: ['x-own'] });
