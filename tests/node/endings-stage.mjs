/**
 * One ending of a session, played over a real connection: a client over a transport that can be held
 * up, and a peer that speaks in bytes. `tests/node/endings-rows.mjs` has the endings.
 */

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { Duplex } from 'node:stream';
import { ClosedError, connect, WebSocketSessionError } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { closeFrame, frame } from './raw.mjs';
import { deferred, drain, playingServer, turns, until } from './support.mjs';

/** Longer than any test may take: a timer of this length that is left behind is noticed. */
const LONG = 600_000;

/** The kinds of transport that each ending is played over. */
export const WIRES = { socket: socketWire, streams: streamWire };

/** Who is there when the end comes: all the verbs that wait, or one who iterates. */
export const MODES = ['waiting', 'iterating'];

/** Plays one row from the beginning to the end and checks what it says. */
export async function play(row, wire, mode) {
  const stand = await begin(row, wire, mode);
  try {
    await stand.act();
    await stand.finish();
  } finally {
    stand.leave();
  }
}

/** A session for a row with those who wait for it; `act` brings the end and `finish` checks it. */
export async function begin(common, wire, mode) {
  const row = { ...common, ...common[mode] };
  const cleanups = [];
  const leave = () => {
    for (const clean of cleanups) clean();
  };
  const peerOf = deferred();
  const t = { after: (clean) => cleanups.push(clean) };
  const { port, url } = await playingServer(t, (peer) => peerOf.resolve(peer));
  // Node's streams over a socket that may be half open say nothing of the peer's end.
  const allowHalfOpen = wire === 'socket';
  const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen });
  cleanups.push(() => socket.destroy());
  const gone = once(socket, 'close').catch(() => {});
  await once(socket, 'connect');

  const { transport, gate } = WIRES[wire](socket);
  const owner = new AbortController();
  const session = await connect(url, {
    transport,
    signal: owner.signal,
    outgoing: { highWaterMark: 5 },
    closeTimeout: LONG,
    pingInterval: LONG,
    ...row.options,
  });
  const peer = await peerOf.promise;
  const wrote = record(peer, row.answer ?? 'echo');
  const stage = { mode, wire, session, peer, socket, gate, owner, closing: () => closing(session) };
  const part = mode === 'waiting' ? await waiting(row, stage) : await iterating(row, stage);

  return {
    leave,
    act: () => part.act(),
    async finish() {
      const info = await session.closed;
      assertInfo(info, row);
      await part.finish(info);
      await assertOver(session, info);
      assert.equal(
        getEventListeners(owner.signal, 'abort').length,
        0,
        "the caller's signal is left",
      );
      gate.open();
      await gone;
      assert.ok(socket.destroyed, 'the transport is released');
      await wrote.over;
      assert.deepEqual(wrote.frames, part.wire, 'what the peer got');
    },
  };
}

/** The transport takes nothing, and everything that can wait does. */
async function waiting(row, stage) {
  const { session, gate } = stage;
  const calls = new AbortController();
  const options = { signal: calls.signal };
  gate.close();
  await session.send('stuck', options);
  // A ping would pass it before it is on its way.
  await turns(1);
  const verbs = {
    ...(!row.sendsOnce && { send: session.send('waits', options) }),
    flush: session.flush(options),
    ping: session.ping(undefined, options),
    receive: session.receive(options),
  };
  const settled = new Map();
  for (const [verb, promise] of Object.entries(verbs)) {
    promise.then(
      (value) => settled.set(verb, { value }),
      (reason) => settled.set(verb, { reason }),
    );
  }
  await turns(5);
  assert.deepEqual([...settled.keys()], [], 'all wait');

  return {
    wire: row.wire[stage.wire] ?? row.wire,
    act: () => row.act(stage),
    async finish(info) {
      await Promise.allSettled(Object.values(verbs));
      const told = Object.keys(verbs).map((verb) => [verb, outcome(verb, settled.get(verb))]);
      const { send, ...others } = row.pending;
      assert.deepEqual(Object.fromEntries(told), row.sendsOnce ? others : { send, ...others });
      for (const { reason } of settled.values()) {
        if (reason && info.error) assert.equal(reason, info.error, 'all are told the same');
      }
      assert.equal(
        outcome('flush', await settle(session.flush())),
        row.pending.flush,
        'late flush',
      );
      assert.equal(getEventListeners(calls.signal, 'abort').length, 0, 'signals of calls are left');
    },
  };
}

/** Two frames were received, and one iterates. */
async function iterating(row, stage) {
  const { session, peer } = stage;
  peer.write(frame(1, 'one'), frame(2, 'two'));
  await until(() => session.stats().incoming.frames === 2);
  const wire = (row.wire[stage.wire] ?? row.wire).filter((told) => !told.startsWith('text'));
  if (row.leave) {
    return {
      wire,
      act: () => row.leave(session),
      finish: async () => assertDone(session[Symbol.asyncIterator]()),
    };
  }
  const iterator = session[Symbol.asyncIterator]();
  return {
    wire: row.sendsOnce ? ['text stuck', ...wire] : wire,
    async act() {
      if (row.sendsOnce) {
        stage.gate.close();
        await session.send('stuck');
      }
      await row.act(stage);
    },
    async finish(info) {
      if (!row.drops) {
        assert.equal((await iterator.next()).value.text, 'one');
        assert.equal((await iterator.next()).value.type, 'binary');
      }
      assert.equal(session.stats().incoming.frames, 0);
      if (info.error) {
        const { reason } = await settle(iterator.next());
        assert.equal(reason, info.error, 'the iterator throws what closed tells');
      }
      await assertDone(iterator);
    },
  };
}

async function assertDone(iterator) {
  for (let time = 0; time < 2; time += 1) {
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  }
}

function assertInfo(info, row) {
  const { error, ...facts } = info;
  assert.deepEqual(facts, row.closed);
  if (!row.error) return assert.equal(error, undefined);
  assert.ok(error instanceof WebSocketSessionError, `${error}`);
  const { type, code, closeCode, message, cause } = row.error;
  assert.deepEqual([error.constructor, error.code], [type, code], error.message);
  assert.equal(error.closeCode, closeCode);
  assert.match(error.message, message);
  if (cause) assert.ok(cause(error.cause), `cause: ${error.cause}`);
}

/** Nothing is left of a session, and it says so. */
async function assertOver(session, info) {
  assert.equal(session.state, 'closed');
  assert.equal(session.bufferedAmount, 0);
  const { aborted, reason } = session.signal;
  assert.ok(aborted);
  if (info.error) assert.equal(reason, info.error);
  else assert.ok(reason instanceof ClosedError && reason.closeInfo === info);
  for (const late of [session.send('late'), session.ping()]) {
    const { reason: told } = await settle(late);
    assert.ok(told instanceof ClosedError && told.closeInfo === info, `${told}`);
  }
  const rest = await drain(session);
  assert.ok([undefined, info.error].includes(rest.thrown), 'nobody is told twice');
  assert.equal(await session.receive(), undefined);
  assert.equal(await session.close(4999, 'too late'), info);
  session.terminate();
}

function settle(promise) {
  return promise.then(
    (value) => ({ value }),
    (reason) => ({ reason }),
  );
}

/** How a verb settled, in a word: its error's code, or what it gave. */
function outcome(verb, { value, reason }) {
  if (reason) return reason.code;
  if (verb !== 'receive') return 'done';
  return value === undefined ? 'end' : value.type;
}

/** Settles when a session no longer is open. */
function closing(session) {
  return until(() => session.state !== 'open');
}

/** Reads a connection to its end, in words; answers a Close as told. */
function record(peer, answer) {
  const frames = [];
  const over = (async () => {
    for (let next = await peer.frame(); next; next = await peer.frame()) {
      const { opcode, payload, code } = next;
      if (opcode !== 8) {
        frames.push(opcode === 1 ? `text ${payload}` : { 9: 'ping', 10: 'pong' }[opcode]);
        continue;
      }
      frames.push(`close ${code ?? ''} ${payload.subarray(2)}`.trimEnd());
      if (answer === 'echo') peer.write(closeFrame(code));
      if (answer !== 'silence') peer.socket.end();
    }
  })();
  return { frames, over };
}

/** A socket as it is; corked it accepts nothing. */
function socketWire(socket) {
  return {
    transport: nodeTransport(socket),
    gate: {
      close: () => socket.cork(),
      open: () => socket.uncork(),
    },
  };
}

/** A pair of streams over a socket, whose writable side waits at a gate. */
function streamWire(socket) {
  const { readable, writable } = Duplex.toWeb(socket);
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  let gate = deferred();
  gate.resolve();
  const gated = new WritableStream({
    start(controller) {
      // `abort` below would wait for the write at the gate.
      controller.signal.onabort = () => {
        writer.abort(controller.signal.reason).catch(() => {});
        gate.reject(controller.signal.reason);
      };
    },
    async write(chunk) {
      await gate.promise;
      await writer.write(chunk);
    },
    async close() {
      await gate.promise;
      await writer.close();
    },
  });
  return {
    transport: { readable, writable: gated },
    gate: {
      close: () => {
        gate = deferred();
        gate.promise.catch(() => {});
      },
      open: () => gate.resolve(),
      fail: (cause) => gate.reject(cause),
    },
  };
}
