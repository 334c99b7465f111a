/** `AbortSignal` on every verb that waits: aborted before, aborted meanwhile, and let go of afterwards. */

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { connect, overTransport } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import {
  acceptAll,
  echo,
  heldTransport,
  playingServer,
  turns,
  webSocketServer,
} from './support.mjs';

const REASON = new Error('no longer wanted');

const listeners = (signal) => getEventListeners(signal, 'abort').length;

/** A session over a transport that took one message and accepts nothing. */
async function stuck(t) {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'client', outgoing: { highWaterMark: 1 } });
  t.after(() => session.terminate());
  await session.send('stuck');
  await held.write(0);
  return { session, held };
}

/** How each verb is asked to wait, and what makes it settle. */
const VERBS = {
  send: {
    ask: (session, options) => session.send('more', options),
    settle: ({ held }) => acceptAll(held),
  },
  flush: {
    ask: (session, options) => session.flush(options),
    settle: ({ held }) => acceptAll(held),
  },
  ping: {
    ask: (session, options) => session.ping(new Uint8Array([7]), options),
    settle: async ({ held }, pings = 1) => {
      acceptAll(held);
      for (let index = 1; index <= pings; index += 1) {
        const ping = parseFrame(Buffer.from((await held.write(index)).chunk));
        assert.equal(ping.opcode, 9);
        held.give(frame(10, ping.payload));
      }
    },
  },
  receive: {
    ask: (session, options) => session.receive(options),
    settle: ({ held }) => held.give(frame(1, 'here')),
  },
};

for (const [verb, { ask, settle }] of Object.entries(VERBS)) {
  test(`${verb}: a signal that is aborted already rejects with its reason, and nothing happens`, async (t) => {
    const { session, held } = await stuck(t);
    const before = session.stats();
    const signal = AbortSignal.abort(REASON);
    await assert.rejects(ask(session, { signal }), REASON);
    assert.equal(listeners(signal), 0);
    assert.deepEqual(session.stats(), before);
    acceptAll(held);
    await session.flush();
    await turns();
    assert.equal(held.writes.length, 1, 'nothing was sent');
    assert.equal(session.state, 'open');
  });

  test(`${verb}: a signal that aborts meanwhile rejects with its reason and is let go of`, async (t) => {
    const { session, held } = await stuck(t);
    const { signal, abort } = controller();
    const waiting = ask(session, { signal });
    await turns(2);
    assert.equal(listeners(signal), 1);
    abort();
    await assert.rejects(waiting, REASON);
    assert.equal(listeners(signal), 0);
    assert.equal(session.state, 'open');
    // The next one gets what this one gave up.
    const next = ask(session);
    await settle({ session, held }, 2);
    await next;
  });

  test(`${verb}: a signal is let go of when the verb settled, and when it rejected`, async (t) => {
    const { session, held } = await stuck(t);
    const { signal, abort } = controller();
    const settled = ask(session, { signal });
    await settle({ session, held });
    await settled;
    assert.equal(listeners(signal), 0);
    abort();
    assert.equal(session.state, 'open');

    const other = await stuck(t);
    const later = controller();
    const rejected = assert.rejects(ask(other.session, { signal: later.signal }));
    other.session.terminate();
    await rejected;
    assert.equal(listeners(later.signal), 0);
  });
}

test('connect: a signal that is aborted already rejects with its reason and opens nothing', async () => {
  const signal = AbortSignal.abort(REASON);
  const transport = () => assert.fail('was opened');
  await assert.rejects(connect('ws://127.0.0.1:1/', { signal, transport }), REASON);
  assert.equal(listeners(signal), 0);
});

test('connect: a signal that aborts during the upgrade rejects, leaves, and is let go of', async (t) => {
  const { signal, abort } = controller();
  const { url } = await playingServer(t, () => {});
  const silent = url.replace('ws:', 'http:');
  const held = heldTransport();
  const waiting = connect(silent, { signal, transport: held.transport });
  await held.write(0);
  assert.equal(listeners(signal), 1);
  abort();
  await assert.rejects(waiting, REASON);
  assert.equal(listeners(signal), 0);
  assert.ok(held.aborted, 'the transport is given up');
});

test('connect: the signal is one listener while the session lives, and none afterwards', async (t) => {
  const { signal, abort } = controller();
  const { url } = await webSocketServer(t, echo);
  const session = await connect(url, { signal });
  assert.equal(listeners(signal), 1);
  await session.close();
  assert.equal(listeners(signal), 0);
  abort();
  assert.equal((await session.closed).wasClean, true);
  await assert.rejects(connect('ws://127.0.0.1:1/', { signal }), REASON);
});

test('connect: a refusal lets go of the signal', async () => {
  const { signal } = controller();
  await assert.rejects(connect('ws://127.0.0.1:1/', { signal }), { code: 'ERR_TRANSPORT' });
  assert.equal(listeners(signal), 0);
});

test('the signal of a session aborts when it ends, for work that hangs on it', async (t) => {
  const peerOf = [];
  const { url } = await webSocketServer(t, (peer) => peerOf.push(peer));
  const session = await connect(url);
  t.after(() => session.terminate());
  const aborted = once(session.signal, 'abort');
  peerOf[0].close(4000, 'over');
  await aborted;
  assert.equal(session.signal.reason, (await session.closed).error);
});

function controller() {
  const owner = new AbortController();
  return { signal: owner.signal, abort: () => owner.abort(REASON) };
}
