/** The core traps: every session on it ends with an error, and none hangs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, connect, overTransport } from '#framewire';
import { memoryPair } from './support.mjs';
import { trapIn } from './trap.mjs';

const arm = trapIn('session_receive');

test('a trap ends every session on the instance, and all who wait', async () => {
  const pairs = [memoryPair(), memoryPair()];
  const gone = [];
  const sessions = pairs.flatMap(([ours, theirs]) => {
    gone.push(overTransport(memoryPair()[0], { role: 'client' }));
    return [overTransport(ours, { role: 'client' }), overTransport(theirs, { role: 'server' })];
  });
  const [client, server, bystander] = sessions;
  // Those who left before are not told, and leave no gap.
  for (const session of gone) session.terminate();
  await client.send('works');
  assert.equal((await server.receive()).text, 'works');

  const waiting = [
    server.receive(),
    bystander.receive(),
    bystander.ping(),
    bystander.incoming.next(),
    client.send('the last').then(() => client.flush().then(() => client.receive())),
  ];
  arm();
  const results = await Promise.allSettled(waiting);
  // Of two who wait for a frame, the first is told and the other is done.
  const expected = ['rejected', 'rejected', 'rejected', 'fulfilled', 'rejected'];
  assert.deepEqual(
    results.map(({ status }) => status),
    expected,
  );
  for (const { reason } of results)
    assert.ok(reason === undefined || reason instanceof ClosedError);
  for (const session of sessions) {
    const { code, wasClean, error } = await session.closed;
    assert.deepEqual([code, wasClean], [1006, false]);
    assert.match(error.message, /core trapped/);
    assert.ok(error.cause instanceof WebAssembly.RuntimeError);
    assert.equal(session.state, 'closed');
    assert.equal(session.bufferedAmount, 0);
    assert.ok(session.signal.aborted);
    await assert.rejects(session.send('late'), ClosedError);
    await assert.rejects(session.ping(), ClosedError);
    session.terminate();
    assert.equal((await session.close()).code, 1006);
  }
  for (const session of gone) assert.match((await session.closed).error.message, /terminated/);
});

test('a trapped core refuses new sessions with a sentence', async () => {
  const [ours] = memoryPair();
  const told = { name: 'WebSocketSessionError', code: 'ERR_CORE', message: /core trapped/ };
  assert.throws(() => overTransport(ours, { role: 'client' }), told);
  await assert.rejects(connect('ws://127.0.0.1:1/', { transport: ours }), told);
});
