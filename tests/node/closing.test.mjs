/** The closing handshake with a peer made with ws, begun by either side. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ClosedError, Frame } from '#framewire';
import { closeFrame, frame } from './raw.mjs';
import {
  deferred,
  drain,
  echo,
  ending,
  isSettled,
  open,
  playingServer,
  webSocketServer,
} from './support.mjs';

/** A session, and what its peer says about the end. */
async function pair(t, onPeer = () => {}) {
  const peerOf = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    onPeer(peer);
    peerOf.resolve(peer);
  });
  const session = await open(t, url);
  const peer = await peerOf.promise;
  const seen = once(peer, 'close').then(([code, reason]) => ({ code, reason: reason.toString() }));
  return { session, peer, seen };
}

test('close() says 1000 to the peer and settles with its answer', async (t) => {
  const { session, seen } = await pair(t);
  const info = await session.close();
  assert.deepEqual(info, {
    code: 1000,
    reason: '',
    wasClean: true,
    initiator: 'local',
    sent: { code: 1000, reason: '' },
    received: { code: 1000, reason: '' },
  });
  assert.deepEqual(await seen, { code: 1000, reason: '' });
  assert.equal(session.state, 'closed');
});

test('close() takes a code and a reason', async (t) => {
  const { session, seen } = await pair(t);
  const info = await session.close(4321, 'später – 再见');
  assert.deepEqual([info.code, info.wasClean], [4321, true]);
  assert.deepEqual(await seen, { code: 4321, reason: 'später – 再见' });
});

test('data sent before close() reaches the peer before it', async (t) => {
  const received = [];
  const { session, seen } = await pair(t, (peer) =>
    peer.on('message', (data) => received.push(data.length)),
  );
  session.send(new Uint8Array(3 << 20));
  session.send('last');
  await session.close();
  await seen;
  assert.deepEqual(received, [3 << 20, 4]);
});

test('a later close() gets the promise of the first', async (t) => {
  const { session, seen } = await pair(t);
  const first = session.close(3000, 'first');
  const second = session.close(3001, 'second');
  assert.equal(first, second);
  assert.equal(first, session.closed);
  assert.equal((await second).code, 3000);
  assert.equal((await seen).code, 3000);
});

test('a close of the peer with a code is told, echoed and ends the session', async (t) => {
  const { session, peer, seen } = await pair(t);
  peer.close(4000, 'enough');
  assert.deepEqual(await ending(session), {
    code: 4000,
    reason: 'enough',
    wasClean: true,
    initiator: 'remote',
  });
  const { sent, received, error } = await session.closed;
  assert.equal(sent.code, 4000);
  assert.deepEqual(received, { code: 4000, reason: 'enough' });
  assert.ok(error instanceof ClosedError);
  assert.deepEqual([error.code, error.closeCode], ['ERR_CLOSED', 4000]);
  assert.equal((await seen).code, 4000);
});

test('a close of the peer without a code counts as 1005 and gets an empty Close', async (t) => {
  const echoed = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(8));
    echoed.resolve(await peer.close());
  });
  const session = await open(t, url);
  assert.deepEqual(await ending(session), {
    code: 1005,
    reason: '',
    wasClean: true,
    initiator: 'remote',
  });
  assert.equal((await echoed.promise).payload.length, 0);
});

test('both sides closing at once is a clean end', async (t) => {
  const answer = deferred();
  const { url } = await playingServer(t, async (peer) => {
    await answer.promise;
    peer.write(closeFrame(3002, 'theirs'));
  });
  const session = await open(t, url);
  const closed = session.close(3001, 'ours');
  answer.resolve();
  const info = await closed;
  assert.deepEqual(
    [info.code, info.reason, info.wasClean, info.initiator],
    [3002, 'theirs', true, 'local'],
  );
  assert.deepEqual(info.sent, { code: 3001, reason: 'ours' });
});

test('messages that arrive after close() and before the answer are handed out', async (t) => {
  const { session } = await pair(t, echo);
  await session.send('one');
  await session.send('two');
  void session.close();
  const { frames, thrown } = await drain(session);
  assert.deepEqual(
    frames.map(({ text }) => text),
    ['one', 'two'],
  );
  assert.equal(thrown, undefined);
});

test('close(null) is 1000', async (t) => {
  const { session, seen } = await pair(t);
  await session.close(null);
  assert.equal((await seen).code, 1000);
});

test('close(error) is 1011 with the message, and tells the error as cause', async (t) => {
  const { session, seen } = await pair(t);
  const cause = new Error('the database is gone');
  const { error } = await session.close(cause);
  assert.deepEqual(await seen, { code: 1011, reason: 'the database is gone' });
  assert.ok(error instanceof ClosedError);
  assert.equal(error.cause, cause);
});

test('close(error) cuts a long message at the end of a character', async (t) => {
  const { session, seen } = await pair(t);
  await session.close(new Error('€'.repeat(100)));
  assert.deepEqual(await seen, { code: 1011, reason: '€'.repeat(41) });
});

test('close(AbortError) is 1000', async (t) => {
  const { session, seen } = await pair(t);
  const { error } = await session.close(AbortSignal.abort().reason);
  assert.equal(error, undefined);
  assert.equal((await seen).code, 1000);
});

test('codes that may not be sent throw a RangeError and send nothing', async (t) => {
  const { session, seen } = await pair(t, echo);
  for (const code of [
    0,
    1,
    999,
    1004,
    1005,
    1006,
    1015,
    1016,
    2000,
    2999,
    5000,
    65_536,
    -1,
    1.5,
    Number.NaN,
  ]) {
    assert.throws(() => session.close(code), RangeError, `${code}`);
  }
  assert.equal(session.state, 'open');
  await session.send('still open');
  assert.equal((await session.receive()).text, 'still open');
  await session.close();
  assert.equal((await seen).code, 1000);
});

test('every code that may be sent arrives', async (t) => {
  for (const code of [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
  ]) {
    const { session, seen } = await pair(t);
    await session.close(code);
    assert.equal((await seen).code, code);
  }
});

test('reasons over 123 bytes throw a RangeError and send nothing', async (t) => {
  const { session, seen } = await pair(t);
  assert.throws(() => session.close(1000, 'x'.repeat(124)), RangeError);
  assert.throws(() => session.close(1000, 'ü'.repeat(62)), RangeError);
  assert.equal(session.state, 'open');
  const reason = `${'ü'.repeat(61)}x`;
  await session.close(1000, reason);
  assert.deepEqual(await seen, { code: 1000, reason });
});

test('arguments of close() of the wrong type throw a TypeError', async (t) => {
  const { session } = await pair(t);
  for (const code of ['1000', {}, true])
    assert.throws(() => session.close(code), TypeError, String(code));
  assert.throws(() => session.close(1000, 5), TypeError);
  assert.equal(session.state, 'open');
});

test('a Close frame may be sent as a frame', async (t) => {
  const { session, seen } = await pair(t);
  await session.send(Frame.close(4100, 'by frame'));
  assert.deepEqual(await seen, { code: 4100, reason: 'by frame' });
  assert.equal((await session.closed).code, 4100);
});

test('after close() verbs reject with a ClosedError', async (t) => {
  const { session } = await pair(t);
  const closed = session.close();
  assert.equal(session.state, 'closing');
  await assert.rejects(session.send('late'), ClosedError);
  await closed;
  await assert.rejects(
    session.send('later'),
    (error) => error instanceof ClosedError && error.closeInfo.code === 1000,
  );
  await assert.rejects(session.ping(), ClosedError);
  assert.equal(await session.receive(), undefined);
});

test('session.signal aborts at the end and not before', async (t) => {
  const { session } = await pair(t);
  const { signal } = session;
  assert.equal(signal.aborted, false);
  await session.close();
  assert.equal(signal.aborted, true);
  assert.ok(signal.reason instanceof ClosedError);
});

test('a session is disposed with 1000', async (t) => {
  const { session, seen } = await pair(t);
  await session[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]();
  assert.equal((await seen).code, 1000);
});

test('closed does not settle before the peer has answered', async (t) => {
  const answer = deferred();
  const { url } = await playingServer(t, async (peer) => {
    await peer.close();
    await answer.promise;
    peer.write(closeFrame(1000));
  });
  const session = await open(t, url);
  const closed = session.close();
  assert.equal(await isSettled(closed), false);
  answer.resolve();
  assert.equal((await closed).wasClean, true);
});
