/** Ends that nobody agreed on: drops, resets, silence, signals, terminate. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ClosedError, overTransport, TransportError } from '#framewire';
import { closeFrame, frame, parseFrame } from './raw.mjs';
import {
  acceptAll,
  deferred,
  drain,
  heldTransport,
  isSettled,
  memoryPair,
  open,
  playingServer,
  turns,
  webSocketServer,
} from './support.mjs';

const LOST = { code: 1006, reason: '', wasClean: false };

function assertLost(info, initiator) {
  const { code, reason, wasClean } = info;
  assert.deepEqual({ code, reason, wasClean }, LOST);
  assert.equal(info.initiator, initiator);
}

for (const [name, bytes, pattern] of [
  ['between frames', frame(1, 'whole'), /without a Close/],
  [
    'in the middle of a header',
    Buffer.concat([frame(1, 'whole'), Buffer.from([0x82])]),
    /middle of a message/,
  ],
  [
    'in the middle of a payload',
    Buffer.concat([frame(1, 'whole'), frame(2, 'part', { declared: 100 })]),
    /middle of a message/,
  ],
  [
    'in the middle of a message',
    Buffer.concat([frame(1, 'whole'), frame(1, 'a', { fin: false })]),
    /middle of a message/,
  ],
]) {
  test(`a peer that ends the connection ${name} is told after what came`, async (t) => {
    const { url } = await playingServer(t, (peer) => peer.socket.end(bytes));
    const session = await open(t, url);
    const { frames, thrown } = await drain(session);
    assert.deepEqual(
      frames.map(({ text }) => text),
      ['whole'],
    );
    assert.ok(thrown instanceof TransportError);
    assert.match(thrown.message, pattern);
    const info = await session.closed;
    assertLost(info, 'transport');
    assert.equal(info.error, thrown);
    assert.deepEqual([info.sent, info.received], [undefined, undefined]);
  });
}

test('a connection that is reset is told with its cause', async (t) => {
  const { url } = await playingServer(t, async (peer) => {
    await peer.frame();
    peer.socket.resetAndDestroy();
  });
  const session = await open(t, url);
  await session.send('go');
  const { thrown } = await drain(session);
  assert.ok(thrown instanceof TransportError);
  assert.equal(thrown.cause.code, 'ECONNRESET');
  assertLost(await session.closed, 'transport');
});

test('a peer made with ws that is terminated is an end without a Close', async (t) => {
  const { url } = await webSocketServer(t, (peer) => peer.on('message', () => peer.terminate()));
  const session = await open(t, url);
  await session.send('go');
  await assert.rejects(session.receive(), TransportError);
  assertLost(await session.closed, 'transport');
});

test('a transport whose readable fails is told with what it threw', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  t.after(() => session.terminate());
  const cause = new Error('out of range');
  held.fail(cause);
  await assert.rejects(
    session.receive(),
    (error) => error instanceof TransportError && error.cause === cause,
  );
  assertLost(await session.closed, 'transport');
  assert.ok(held.aborted, 'the other side is aborted');
});

test('a transport whose writable fails is told with what it threw', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  t.after(() => session.terminate());
  const cause = new Error('printer on fire');
  await session.send('x');
  (await held.write(0)).refuse(cause);
  const { error } = await session.closed;
  assert.ok(error instanceof TransportError);
  assert.equal(error.cause, cause);
});

test('a transport that gives something else than bytes is told', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  t.after(() => session.terminate());
  held.give('a string');
  const { error } = await session.closed;
  assert.ok(error instanceof TransportError);
  assert.match(error.message, /string, not a Uint8Array/);
});

test('terminate() ends at once: nothing more is written, the transport is aborted', async () => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  await session.send('a');
  await held.write(0);
  await session.send('b');
  const cause = new Error('emergency');
  session.terminate(cause);
  assert.equal(session.state, 'closed');
  const info = await session.closed;
  assertLost(info, 'local');
  assert.ok(info.error instanceof ClosedError);
  assert.equal(info.error.cause, cause);
  held.writes[0].accept();
  await turns();
  assert.equal(held.writes.length, 1);
  assert.equal(held.aborted?.reason, cause);
  await assert.rejects(session.receive(), ClosedError);
  session.terminate();
  assert.equal(session.bufferedAmount, 0);
});

test('terminate() drops what was received and not taken', async () => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client' });
  held.give(Buffer.concat([frame(1, 'one'), frame(1, 'two'), frame(1, 'three')]));
  assert.equal((await session.receive()).text, 'one');
  session.terminate();
  assert.deepEqual(session.stats().incoming, { bytes: 0, frames: 0 });
  assert.equal((await drain(session)).thrown, (await session.closed).error);
  assert.equal(await session.receive(), undefined);
});

test('terminate() closes a TCP connection without a Close', async (t) => {
  const seen = deferred();
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('close', (code) => seen.resolve(code)),
  );
  const session = await open(t, url);
  session.terminate();
  assert.equal(await seen.promise, 1006);
});

test('verbs that wait reject when the session is terminated', async () => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', outgoing: { highWaterMark: 1 } });
  session.send('x');
  const waiting = [session.send('y'), session.flush(), session.ping(), session.receive()];
  session.terminate();
  for (const result of await Promise.allSettled(waiting)) {
    assert.equal(result.status, 'rejected');
    assert.ok(result.reason instanceof ClosedError);
  }
});

test('a peer that does not answer a Close gets a hard close at closeTimeout', async (t) => {
  const gone = deferred();
  const { url } = await playingServer(t, async (peer) => {
    const sent = await peer.close();
    await once(peer.socket, 'close');
    gone.resolve(sent.code);
  });
  const session = await open(t, url, { closeTimeout: 40 });
  const info = await session.close(3000, 'hello?');
  assert.deepEqual([info.code, info.wasClean, info.initiator], [3000, false, 'local']);
  assert.equal(info.received, undefined);
  assert.ok(info.error instanceof ClosedError);
  assert.match(info.error.message, /did not answer the Close within 40 ms/);
  assert.equal(await gone.promise, 3000);
});

test('a transport that takes nothing does not hold up close() past closeTimeout', async () => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', closeTimeout: 30 });
  await session.send('stuck');
  const info = await session.close();
  assert.equal(info.wasClean, false);
  assert.ok(held.aborted);
});

test('a peer that answers the Close and keeps the connection open is left after closeTimeout', async (t) => {
  const gone = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.socket.allowHalfOpen = true;
    await peer.close();
    peer.write(closeFrame(1000));
    // What is written to one who has left resets the connection.
    while (!peer.socket.destroyed) {
      peer.write(frame(9, 'still there?'));
      await turns(1);
    }
    gone.resolve();
  });
  // Far longer than the peer may take to answer; then it passes at once.
  const closeTimeout = 600_000;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const session = await open(t, url, { closeTimeout });
  assert.equal((await session.close()).wasClean, true);
  t.mock.timers.tick(closeTimeout - 1);
  await turns();
  assert.equal(await isSettled(gone.promise), false);
  t.mock.timers.tick(1);
  await gone.promise;
});

test('a signal that aborts sends Close 1000 if it can, and ends the session at once', async (t) => {
  const [ours, theirs] = memoryPair();
  // Longer than a test may take: the end is not waited for.
  const peer = overTransport(theirs, { role: 'server', closeTimeout: 600_000 });
  t.after(() => peer.terminate());
  const controller = new AbortController();
  const session = overTransport(ours, { role: 'client', signal: controller.signal });
  await session.send('before');
  assert.equal((await peer.receive()).text, 'before');
  // It can once the transport has taken what was sent before.
  await session.flush();
  const reason = new Error('page left');
  controller.abort(reason);
  const info = await session.closed;
  assert.equal(info.wasClean, false);
  assert.equal(info.initiator, 'local');
  assert.equal(info.error.cause, reason);
  assert.equal((await peer.closed).code, 1000);
});

test('a signal that aborts while the transport is stuck ends the session all the same', async () => {
  const held = heldTransport();
  const controller = new AbortController();
  const session = overTransport(held.transport, { role: 'client', signal: controller.signal });
  await session.send('stuck');
  controller.abort(new Error('enough'));
  assert.match((await session.closed).error.message, /enough/);
  assert.ok(held.aborted);
});

test('a signal that aborts after the end changes nothing', async () => {
  const [ours, theirs] = memoryPair();
  const peer = overTransport(theirs, { role: 'server' });
  const controller = new AbortController();
  const session = overTransport(ours, { role: 'client', signal: controller.signal });
  await session.close();
  controller.abort();
  assert.equal((await session.closed).wasClean, true);
  assert.equal((await peer.closed).code, 1000);
});

test('a signal that is aborted already throws its reason', () => {
  const [ours] = memoryPair();
  const reason = new Error('too late');
  assert.throws(
    () => overTransport(ours, { role: 'client', signal: AbortSignal.abort(reason) }),
    reason,
  );
  assert.equal(ours.readable.locked, false);
});

test('incoming onOverflow close fails the session with 1008; what was received stays readable', async (t) => {
  const sent = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.write(...Array.from({ length: 10 }, (_, at) => frame(1, `${at}`)));
    sent.resolve(await peer.close());
    peer.socket.end();
  });
  const session = await open(t, url, { incoming: { maxFrames: 4, onOverflow: 'close' } });
  assert.equal((await sent.promise).code, 1008);
  const { frames, thrown } = await drain(session);
  assert.deepEqual(
    frames.map(({ text }) => text),
    ['0', '1', '2', '3'],
  );
  assert.deepEqual([thrown.code, thrown.closeCode], ['ERR_OVERFLOW', 1008]);
});

test('the Close is the last frame on the wire', async () => {
  const held = heldTransport();
  acceptAll(held);
  const session = overTransport(held.transport, { role: 'client' });
  await session.send('a');
  const closed = session.close(4000);
  session.send('b').catch(() => {});
  session.ping().catch(() => {});
  await session.flush();
  held.give(frame(9, 'late ping'));
  held.give(closeFrame(4000));
  await closed;
  await turns();
  const opcodes = [];
  let rest = Buffer.concat(held.writes.map(({ chunk }) => chunk));
  for (let next = parseFrame(rest); next; next = parseFrame(rest)) {
    opcodes.push(next.opcode);
    rest = next.rest;
  }
  assert.deepEqual(opcodes, [1, 8]);
  assert.equal(held.isClosed, true);
});
