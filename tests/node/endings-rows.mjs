/**
 * Every way a session can end. Each row: `act` brings the end about; `wire` is what the peer gets,
 * `closed` and `error` what the session tells, `pending` how those settle who wait meanwhile. What is
 * different for one who iterates stands in `iterating`; an end that `drops` hands out nothing any more.
 */

import {
  ClosedError,
  InvalidPayloadError,
  MessageTooBigError,
  OverflowError,
  PingTimeoutError,
  ProtocolError,
  TransportError,
} from '#framewire';
import { closeFrame, frame } from './raw.mjs';

const status = (code, reason = '') => ({ code, reason });

/** How those settle who wait while the transport takes what was sent, and the session then ends. */
const orderly = (code) => ({ send: 'done', flush: 'done', ping: code, receive: code });
/** How those settle whom the end leaves with nothing. */
const cut = (code) => ({ send: code, flush: code, ping: code, receive: code });

const QUIET = { ...orderly('ERR_CLOSED'), receive: 'end' };
const DATA = ['text stuck', 'text waits'];

/** The peer sends this; then the transport takes what waits. */
const peerSends =
  (...bytes) =>
  async ({ peer, gate, closing }) => {
    peer.write(...bytes);
    await closing();
    gate.open();
  };

/** We do this; then the transport takes what waits. */
const weDo =
  (work) =>
  async ({ session, gate, closing }) => {
    work(session);
    await closing();
    gate.open();
  };

/** The peer began, and both said the same. */
function byPeer(code, reason) {
  return {
    answer: 'end',
    wire: [...DATA, `close ${code === 1005 ? '' : code} ${reason}`.trimEnd()],
    closed: {
      ...status(code, reason),
      wasClean: true,
      initiator: 'remote',
      sent: status(code, reason),
      received: status(code, reason),
    },
  };
}

/** We began, and the peer answered with the code. */
function byUs(code, reason = '') {
  return {
    wire: [...DATA, `close ${code} ${reason}`.trimEnd()],
    closed: {
      ...status(code),
      wasClean: true,
      initiator: 'local',
      sent: status(code, reason),
      received: status(code),
    },
  };
}

/** The peer broke a rule: it is told and not waited for. */
function fault(type, code, closeCode, message, reason = '') {
  return {
    answer: 'end',
    wire: [...DATA, `close ${closeCode} ${reason}`.trimEnd()],
    closed: {
      ...status(closeCode, reason),
      wasClean: false,
      initiator: 'local',
      sent: status(closeCode, reason),
    },
    error: { type, code, closeCode, message },
    pending: orderly(code),
  };
}

/** Nobody said a Close. */
function lost(initiator, wire = []) {
  return { wire, closed: { ...status(1006), wasClean: false, initiator } };
}

const closedWith = (closeCode, message, cause) => ({
  type: ClosedError,
  code: 'ERR_CLOSED',
  closeCode,
  message,
  cause,
});

const broken = (message, cause) => ({
  type: TransportError,
  code: 'ERR_TRANSPORT',
  closeCode: undefined,
  message,
  cause,
});

const FAULT = new Error('the caller has had enough');
const isFault = (cause) => cause === FAULT;

const FROM_PEER = [
  {
    name: 'a Close of the peer with 1000',
    ...byPeer(1000, 'bye'),
    act: peerSends(closeFrame(1000, 'bye')),
    pending: QUIET,
  },
  {
    name: 'a Close of the peer with 1001',
    ...byPeer(1001, ''),
    act: peerSends(closeFrame(1001)),
    pending: QUIET,
  },
  {
    name: 'a Close of the peer without a code',
    ...byPeer(1005, ''),
    act: peerSends(frame(8)),
    pending: QUIET,
  },
  {
    name: 'a Close of the peer with 4001 and a reason',
    ...byPeer(4001, 'enough'),
    act: peerSends(closeFrame(4001, 'enough')),
    error: closedWith(4001, /peer closed the session with 4001: enough/),
    pending: orderly('ERR_CLOSED'),
  },
];

const FROM_US = [
  { name: 'close()', ...byUs(1000), act: weDo((session) => session.close()), pending: QUIET },
  {
    name: 'close(4000) with a reason',
    ...byUs(4000, 'done here'),
    act: weDo((session) => session.close(4000, 'done here')),
    error: closedWith(4000, /session was closed with 4000/),
    pending: orderly('ERR_CLOSED'),
  },
  {
    name: 'close(error)',
    ...byUs(1011, FAULT.message),
    act: weDo((session) => session.close(FAULT)),
    error: closedWith(1011, /had enough/, isFault),
    pending: orderly('ERR_CLOSED'),
  },
  {
    name: 'a Close of both at once',
    answer: 'end',
    act: async ({ session, peer, gate }) => {
      session.close(1000, 'ours');
      peer.write(closeFrame(1001, 'theirs'));
      gate.open();
    },
    wire: [...DATA, 'close 1000 ours'],
    closed: {
      ...status(1001, 'theirs'),
      wasClean: true,
      initiator: 'local',
      sent: status(1000, 'ours'),
      received: status(1001, 'theirs'),
    },
    pending: QUIET,
  },
  {
    name: 'a Close that the peer does not answer',
    answer: 'silence',
    // The Close has to leave before, however busy the machine is.
    options: { closeTimeout: 600 },
    act: weDo((session) => session.close(3000, 'hello?')),
    wire: [...DATA, 'close 3000 hello?'],
    closed: {
      ...status(3000, 'hello?'),
      wasClean: false,
      initiator: 'local',
      sent: status(3000, 'hello?'),
    },
    error: closedWith(3000, /did not answer the Close within 600 ms/),
    pending: orderly('ERR_CLOSED'),
  },
  {
    name: 'asyncDispose',
    ...byUs(1000),
    act: weDo((session) => session[Symbol.asyncDispose]()),
    pending: QUIET,
  },
  {
    name: 'break out of the loop',
    ...byUs(1000),
    act: weDo((session) => session[Symbol.asyncIterator]().return()),
    leave: async (session) => {
      for await (const _ of session) break;
    },
    pending: QUIET,
  },
  {
    name: 'a throw inside the loop',
    ...byUs(1000),
    // A loop tells its iterator of a throw as it does of a break: with return().
    act: weDo((session) => session[Symbol.asyncIterator]().return()),
    leave: async (session) => {
      try {
        for await (const _ of session) throw FAULT;
      } catch (thrown) {
        if (thrown !== FAULT) throw thrown;
      }
    },
    pending: QUIET,
  },
  {
    name: 'throw() of the iterator',
    ...byUs(1011, FAULT.message),
    act: weDo((session) =>
      session[Symbol.asyncIterator]()
        .throw(FAULT)
        .catch(() => {}),
    ),
    leave: async (session) => {
      const iterator = session[Symbol.asyncIterator]();
      await iterator.next();
      await iterator.throw(FAULT).catch(() => {});
    },
    error: closedWith(1011, /had enough/, isFault),
    // Who leaves the frames is told of no end of theirs.
    pending: { ...orderly('ERR_CLOSED'), receive: 'end' },
  },
];

const TERMINATED = [
  {
    name: 'terminate()',
    ...lost('local'),
    drops: true,
    act: ({ session }) => session.terminate(),
    error: closedWith(1006, /session was terminated$/),
    pending: cut('ERR_CLOSED'),
  },
  {
    name: 'terminate(cause)',
    ...lost('local'),
    drops: true,
    act: ({ session }) => session.terminate(FAULT),
    error: closedWith(1006, /terminated: .*had enough/, isFault),
    pending: cut('ERR_CLOSED'),
  },
  {
    name: "the caller's signal",
    ...lost('local'),
    drops: true,
    act: ({ owner }) => owner.abort(FAULT),
    error: closedWith(1006, /terminated: .*had enough/, isFault),
    pending: cut('ERR_CLOSED'),
    // A transport that is free is given a Close, and takes what it can before it is aborted.
    iterating: {
      wire: { socket: ['close 1000'], streams: [] },
      closed: { ...lost('local').closed, sent: status(1000) },
    },
  },
];

const FAULTS = [
  {
    name: 'a broken protocol',
    ...fault(ProtocolError, 'ERR_PROTOCOL', 1002, /reserved|opcode/i),
    act: peerSends(frame(3, 'x')),
  },
  {
    name: 'text that is not UTF-8',
    ...fault(InvalidPayloadError, 'ERR_INVALID_PAYLOAD', 1007, /UTF-8/),
    act: peerSends(frame(1, [0xff])),
  },
  {
    name: 'a frame over maxFrameSize',
    ...fault(MessageTooBigError, 'ERR_MESSAGE_TOO_BIG', 1009, /frame/),
    options: { maxFrameSize: 100 },
    act: peerSends(frame(2, '', { declared: 101 })),
  },
  {
    name: 'a message over maxMessageSize',
    ...fault(MessageTooBigError, 'ERR_MESSAGE_TOO_BIG', 1009, /message/),
    options: { maxMessageSize: 100 },
    act: peerSends(frame(2, 'x'.repeat(60), { fin: false }), frame(0, 'x'.repeat(60))),
  },
  {
    name: 'an unanswered ping',
    ...fault(PingTimeoutError, 'ERR_PING_TIMEOUT', 1011, /ping/, 'ping timeout'),
    options: { pongTimeout: 30 },
    act: ({ session, gate, mode }) => {
      if (mode === 'iterating') session.ping().catch(() => {});
      gate.open();
    },
    wire: ['text stuck', 'ping', 'text waits', 'close 1011 ping timeout'],
  },
  {
    name: 'an incoming queue over its budget',
    ...fault(OverflowError, 'ERR_OVERFLOW', 1008, /peer sent more/, 'incoming queue overflow'),
    options: { incoming: { maxFrames: 2, onOverflow: 'close' } },
    act: peerSends(frame(1, '3'), frame(1, '4'), frame(1, '5')),
    pending: { ...orderly('ERR_OVERFLOW'), receive: 'text' },
  },
  {
    name: 'an outgoing queue over its budget',
    ...fault(OverflowError, 'ERR_OVERFLOW', 1008, /session was given/, 'outgoing queue overflow'),
    options: { outgoing: { highWaterMark: 5, onOverflow: 'close' } },
    sendsOnce: true,
    act: async ({ session, gate }) => {
      await session.send('too much').catch(() => {});
      gate.open();
    },
    wire: ['text stuck', 'close 1008 outgoing queue overflow'],
  },
];

/** What a socket was given leaves though nobody waits for it; streams keep it back here. */
const GIVEN = { socket: ['text stuck'], streams: [] };

const LOST = [
  {
    name: 'the end of the stream between frames',
    ...lost('transport', GIVEN),
    act: ({ peer }) => peer.socket.end(),
    error: broken(/ended the connection without a Close/),
    pending: cut('ERR_TRANSPORT'),
  },
  {
    name: 'the end of the stream in the middle of a frame',
    ...lost('transport', GIVEN),
    act: ({ peer }) => peer.socket.end(frame(2, 'part', { declared: 100 })),
    error: broken(/in the middle of a message/),
    pending: cut('ERR_TRANSPORT'),
  },
  {
    name: 'a reset',
    ...lost('transport'),
    act: ({ peer }) => peer.socket.resetAndDestroy(),
    error: broken(/ECONNRESET/, (cause) => cause.code === 'ECONNRESET'),
    pending: cut('ERR_TRANSPORT'),
  },
  {
    name: 'a transport that fails',
    ...lost('transport'),
    act: ({ socket }) => socket.destroy(FAULT),
    error: broken(/transport failed: .*had enough/, isFault),
    pending: cut('ERR_TRANSPORT'),
  },
  {
    name: 'a write that fails',
    wires: ['streams'],
    ...lost('transport'),
    act: ({ session, gate, mode }) => {
      if (mode === 'iterating') gate.close();
      gate.fail(FAULT);
      session.send('to nobody').catch(() => {});
    },
    error: broken(/transport failed: .*had enough/, isFault),
    pending: cut('ERR_TRANSPORT'),
  },
];

/** All endings but one: the core's trap, which takes all sessions of a process with it. */
export const ROWS = [...FROM_PEER, ...FROM_US, ...TERMINATED, ...FAULTS, ...LOST];

export const TRAP = {
  name: 'a trap of the core',
  ...lost('local'),
  act: ({ peer }) => peer.write(frame(1, 'trap')),
  error: closedWith(1006, /core trapped/, (cause) => cause instanceof WebAssembly.RuntimeError),
  pending: cut('ERR_CLOSED'),
};
