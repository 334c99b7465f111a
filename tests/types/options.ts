/** What sessions can be told. */

import {
  type AcceptOptions,
  accept,
  type Bytes,
  type ByteTransport,
  type CertificateHash,
  type Codec,
  type ConnectOptions,
  connect,
  type Frame,
  type HeadersLike,
  type OpenTransport,
  overTransport,
  type QueueOptions,
  type Refusal,
  type SessionOptions,
  type UpgradeRequest,
  type WebSocketSession,
} from 'framewire';

declare const transport: ByteTransport;
declare const signal: AbortSignal;
declare const codec: Codec;

check<Same<Bytes, ArrayBufferView | ArrayBuffer>>(true);

// All of them, each with its type.
export const every: Required<SessionOptions> = {
  masking: true,
  allowMaskMismatch: false,
  maxFrameSize: 1024,
  maxMessageSize: Infinity,
  incoming: { highWaterMark: 1024, maxFrames: 16, onOverflow: 'suspend' },
  outgoing: { onOverflow: 'close' },
  pingInterval: 0,
  pongTimeout: 15_000,
  closeTimeout: 10_000,
  raw: false,
  autoPong: true,
  fragmentSize: 0,
  extensions: [],
  codec,
  signal,
};
export const connecting: ConnectOptions = {
  ...every,
  protocols: ['chat.v1'],
  headers: { Authorization: 'Bearer …' },
  origin: 'https://example.com',
  transport,
  bridge: new URL('https://example.com:4433'),
  serverCertificateHashes: [{ algorithm: 'sha-256', value: new Uint8Array(32) }],
  handshakeTimeout: 10_000,
  tls: { rejectUnauthorized: true },
};
export const accepting: AcceptOptions = {
  ...every,
  selectProtocol: (offered, request) => {
    check<Same<typeof offered, string[]>>(true);
    check<Same<typeof request, UpgradeRequest>>(true);
    return offered[0];
  },
  verify: async ({ headers }) => (headers.has('authorization') ? undefined : 401),
  headers: new Headers(),
  handshakeTimeout: 10_000,
};

// Headers as `fetch` takes them.
export const headers: ConnectOptions[] = [
  { headers: { Cookie: 'a=b' } },
  { headers: [['Cookie', 'a=b']] },
  { headers: new Headers() },
];
declare const init: HeadersInit;
export const asFetch: (ConnectOptions | AcceptOptions | Refusal)['headers'] = init;
check<Same<NonNullable<AcceptOptions['headers']>, HeadersLike>>(true);

// A transport, or what opens one.
const open: OpenTransport = async (url, options) => {
  check<Same<typeof url, URL>>(true);
  check<Same<typeof options, { signal: AbortSignal }>>(true);
  return transport;
};
check<Same<ReturnType<typeof connect>, Promise<WebSocketSession>>>(true);
check<Same<ReturnType<typeof accept>, Promise<WebSocketSession>>>(true);
check<Same<ReturnType<typeof overTransport>, WebSocketSession>>(true);
connect('ws://localhost/');
connect(new URL('ws://localhost/'), { transport: open, bridge: 'https://localhost:4433' });
accept(transport);
accept(transport, { verify: () => ({ status: 403, headers: { 'X-A': 'b' }, body: 'no' }) });
overTransport(transport, { role: 'server', raw: true });

export const refusals: Refusal[] = [{ status: 403 }, { status: 503, body: new Uint8Array(1) }];
export const queue: QueueOptions = {};
export const hash: CertificateHash = { algorithm: 'sha-256', value: new ArrayBuffer(32) };
check<Same<Writable<UpgradeRequest>, never>>(true);
check<Same<UpgradeRequest['protocols'], readonly string[]>>(true);

// A codec of one's own.
export const bytes: Codec = {
  encode: (value) => {
    check<Same<typeof value, unknown>>(true);
    return new Uint8Array(1);
  },
  decode: (data, frame) => {
    check<Same<typeof data, string | Uint8Array>>(true);
    check<Same<typeof frame, Frame>>(true);
    return undefined;
  },
  applies: (frame) => frame.type === 'binary',
};

// @ts-expect-error a server needs its role
overTransport(transport, {});
// @ts-expect-error there are two roles
overTransport(transport, { role: 'peer' });
// @ts-expect-error a URL is needed
connect();
// @ts-expect-error an option that is none
connect('ws://localhost/', { maxPayload: 1 });
// @ts-expect-error subprotocols are a list
connect('ws://localhost/', { protocols: 'chat' });
// @ts-expect-error times are numbers
connect('ws://localhost/', { handshakeTimeout: '1s' });
// @ts-expect-error a queue is a budget
connect('ws://localhost/', { incoming: 1024 });
// @ts-expect-error a full queue suspends or closes
connect('ws://localhost/', { outgoing: { onOverflow: 'drop' } });
// @ts-expect-error a hash has a value
connect('ws://localhost/', { serverCertificateHashes: [{ algorithm: 'sha-256' }] });
// @ts-expect-error a codec goes both ways
connect('ws://localhost/', { codec: { encode: () => '' } });
// @ts-expect-error headers are texts
connect('ws://localhost/', { headers: { 'X-Count': 1 } });
// @ts-expect-error only a server selects
connect('ws://localhost/', { selectProtocol: () => 'chat' });
// @ts-expect-error only a client offers
accept(transport, { protocols: ['chat'] });
// @ts-expect-error a refusal is a status, or has one
accept(transport, { verify: () => 'no' });
// @ts-expect-error a subprotocol is a name
accept(transport, { selectProtocol: () => 1 });
