/** What is a transport as it is. */

import {
  accept,
  type BytesReader,
  type BytesResult,
  type BytesWriter,
  type ByteTransport,
  connect,
  overTransport,
  type ReadableBytes,
  type WritableBytes,
} from 'framewire';

// A WebTransport stream.
export async function webTransport(tunnel: WebTransport): Promise<ByteTransport> {
  const stream: WebTransportBidirectionalStream = await tunnel.createBidirectionalStream();
  overTransport(stream, { role: 'client' });
  await connect('ws://localhost/', { transport: stream });
  await connect('ws://localhost/', { transport: () => tunnel.createBidirectionalStream() });
  return stream;
}

// A pair of TransformStreams.
const there = new TransformStream<Uint8Array, Uint8Array>();
const back = new TransformStream<Uint8Array, Uint8Array>();
accept({ readable: there.readable, writable: back.writable });
overTransport(
  { readable: new TransformStream().readable, writable: new TransformStream().writable },
  { role: 'server' },
);

// A connection of Deno, and a socket of Cloudflare, as their types have them.
interface DenoConn extends AsyncDisposable {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
  closeWrite(): Promise<void>;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
}
interface CloudflareSocket {
  get readable(): ReadableStream;
  get writable(): WritableStream;
  get closed(): Promise<void>;
  get opened(): Promise<{ remoteAddress?: string }>;
  close(): Promise<void>;
}
// Direct Sockets: what `opened` gives.
interface TcpSocketOpenInfo {
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
  readonly remotePort: number;
}
export const all = (
  conn: DenoConn,
  socket: CloudflareSocket,
  direct: TcpSocketOpenInfo,
): ByteTransport[] => [conn, socket, direct];

// One's own, of the few members that are used.
const reader: BytesReader = {
  closed: Promise.resolve(),
  read: async (): Promise<BytesResult> => ({ done: true }),
  cancel: async () => {},
};
const writer: BytesWriter = {
  closed: Promise.resolve(),
  write: async (chunk) => check<Same<typeof chunk, Uint8Array>>(true),
  close: async () => {},
  abort: async (reason) => check<Same<typeof reason, unknown>>(true),
};
const readable: ReadableBytes = { locked: false, getReader: () => reader };
const writable: WritableBytes = { locked: false, getWriter: () => writer };
accept({ readable, writable, close: () => {}, closed: Promise.resolve() });

// @ts-expect-error one direction is none
accept({ readable });
// @ts-expect-error texts are no bytes
accept({ readable: new ReadableStream<string>(), writable });
// @ts-expect-error nor can bytes be written as texts
accept({ readable, writable: new WritableStream<string>() });
// @ts-expect-error a WebSocket is no byte stream
connect('ws://localhost/', { transport: new WebSocket('ws://localhost/') });
