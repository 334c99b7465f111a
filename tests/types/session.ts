/** A session: its verbs, what it tells, and what may be written. */

import {
  type CloseInfo,
  type CloseStatus,
  type Conversion,
  type Frame,
  type FrameIterator,
  type Handshake,
  type IncomingFrames,
  type QueueSize,
  type SessionStats,
  type Traffic,
  WebSocketSession,
} from 'framewire';

declare const session: WebSocketSession;
declare const frame: Frame;
declare const signal: AbortSignal;

// What may be written, and nothing else.
type Settings = 'masking' | 'maxFrameSize' | 'pingInterval' | 'pongTimeout';
type Verbs =
  | 'send'
  | 'sendValue'
  | 'receiveValue'
  | 'receive'
  | 'flush'
  | 'ping'
  | 'close'
  | 'terminate'
  | 'stats'
  | 'extension';
check<Same<Extract<Exclude<Writable<WebSocketSession>, Verbs>, string>, Settings>>(true);
session.masking = false;
session.maxFrameSize = 1024;
session.pingInterval = 30_000;
session.pongTimeout = Infinity;
// @ts-expect-error the state is the session's own
session.state = 'closed';
// @ts-expect-error the role is fixed
session.role = 'client';
// @ts-expect-error so is what settles at the end
session.closed = Promise.resolve();
// @ts-expect-error what a queue holds is told, not set
session.bufferedAmount = 0;
// @ts-expect-error sessions are opened, not constructed
new WebSocketSession();

check<Same<WebSocketSession['role'], 'client' | 'server'>>(true);
check<Same<WebSocketSession['state'], 'open' | 'closing' | 'closed'>>(true);
check<Same<WebSocketSession['url'], string>>(true);
check<Same<WebSocketSession['protocol'], string>>(true);
check<Same<WebSocketSession['handshake'], Handshake | undefined>>(true);
check<Same<WebSocketSession['bufferedAmount'], number>>(true);
check<Same<WebSocketSession['closed'], Promise<CloseInfo>>>(true);
check<Same<WebSocketSession['signal'], AbortSignal>>(true);
check<Same<WebSocketSession['incoming'], IncomingFrames>>(true);
// @ts-expect-error without an upgrade there is no handshake
session.handshake.status;

// send
check<Same<ReturnType<WebSocketSession['send']>, Promise<void>>>(true);
session.send('text');
session.send(new ArrayBuffer(1));
session.send(new Uint8Array(1), { signal });
session.send(new DataView(new ArrayBuffer(2)));
session.send(new Float64Array(2));
session.send(frame);
session.send('text', { compress: false });
session.send('text', { compress: true, signal });
// @ts-expect-error a number is no data
session.send(5);
// @ts-expect-error nor is an object: sendValue is for values
session.send({ a: 1 });
// @ts-expect-error nor is a Blob
session.send(new Blob());
// @ts-expect-error compressed or not
session.send('text', { compress: 9 });
// @ts-expect-error a signal is an AbortSignal
session.send('text', { signal: true });

// flush, ping, receive
check<Same<ReturnType<WebSocketSession['flush']>, Promise<void>>>(true);
check<Same<ReturnType<WebSocketSession['ping']>, Promise<number>>>(true);
check<Same<ReturnType<WebSocketSession['receive']>, Promise<Frame | undefined>>>(true);
session.flush({ signal });
session.ping();
session.ping(new Uint8Array(4), { signal });
session.receive({ signal });
// @ts-expect-error a ping carries bytes
session.ping('text');

// close and terminate
check<Same<ReturnType<WebSocketSession['close']>, Promise<CloseInfo>>>(true);
session.close();
session.close(1000);
session.close(4000, 'reason');
session.close(null);
session.close(new Error('a cause'));
session.terminate();
session.terminate('any cause');
// @ts-expect-error a reason needs a code
session.close('reason');
// @ts-expect-error an error has its reason in it
session.close(new Error('a cause'), 'reason');

// How it ended
check<Same<Writable<CloseInfo>, never>>(true);
check<Same<CloseInfo['initiator'], 'local' | 'remote' | 'transport'>>(true);
check<Same<CloseInfo['sent'], CloseStatus | undefined>>(true);
check<Same<CloseInfo['error'], Error | undefined>>(true);
check<Same<CloseStatus, { readonly code: number; readonly reason: string }>>(true);

// Counters
check<Same<ReturnType<WebSocketSession['stats']>, SessionStats>>(true);
check<Same<Writable<SessionStats> | Writable<Traffic> | Writable<QueueSize | Conversion>, never>>(
  true,
);
check<Same<SessionStats['received']['reads'], number>>(true);
check<Same<SessionStats['sent']['writes'], number>>(true);
check<Same<SessionStats['outgoing'], QueueSize>>(true);
check<Same<SessionStats['encoded'] | SessionStats['decoded'], Conversion>>(true);
check<Same<keyof Conversion, 'messages' | 'before' | 'after'>>(true);

// Iteration
export async function iterate(): Promise<void> {
  for await (const one of session) check<Same<typeof one, Frame>>(true);
  for await (const one of session.incoming) check<Same<typeof one, Frame>>(true);
  for await (const batch of session.incoming.batches()) check<Same<typeof batch, Frame[]>>(true);
  const iterator = session[Symbol.asyncIterator]();
  check<Same<typeof iterator, FrameIterator<Frame>>>(true);
  const result = await iterator.next();
  check<Same<typeof result, IteratorResult<Frame, undefined>>>(true);
  const returned = await session.incoming.return();
  check<Same<typeof returned, IteratorResult<Frame, undefined>>>(true);
  const iterable: AsyncIterable<Frame> = session;
  void iterable;
  const disposable: AsyncDisposable = session;
  void disposable;
  await using one = session;
  void one;
}

// Streams
check<Same<IncomingFrames['readable'], ReadableStream<Frame>>>(true);
session.incoming.readable.pipeTo(session.outgoing);
export const texts: WritableStream<string> = session.outgoing;
// @ts-expect-error what is written is sent: numbers are not
export const numbers: WritableStream<number> = session.outgoing;
