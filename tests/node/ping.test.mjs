/** Pings in both directions. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Frame, overTransport, PingTimeoutError } from '#framewire';
import { frame, parseFrame } from './raw.mjs';
import {
  deferred,
  ending,
  heldTransport,
  open,
  playingServer,
  webSocketServer,
} from './support.mjs';

test('ping() settles with the round trip in milliseconds', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  const session = await open(t, url);
  const began = performance.now();
  const roundTrip = await session.ping();
  assert.ok(roundTrip > 0 && roundTrip <= performance.now() - began, `${roundTrip} ms`);
});

test('ping() carries its payload', async (t) => {
  const pinged = deferred();
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('ping', (data) => pinged.resolve(data.toString())),
  );
  const session = await open(t, url);
  await session.ping(new TextEncoder().encode('are you there'));
  assert.equal(await pinged.promise, 'are you there');
});

test('pings under way at the same time each get their own answer', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  const session = await open(t, url);
  const trips = await Promise.all([
    session.ping(),
    session.ping(),
    session.ping(new Uint8Array(125)),
  ]);
  for (const trip of trips) assert.ok(trip >= 0);
});

test('a ping of 126 bytes throws a RangeError', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  const session = await open(t, url);
  await assert.rejects(session.ping(new Uint8Array(126)), RangeError);
  await assert.rejects(session.ping('text'), TypeError);
  assert.ok((await session.ping()) >= 0);
});

test('a ping may be given up with a signal', async (t) => {
  const { url } = await webSocketServer(t, () => {}, { autoPong: false });
  const session = await open(t, url);
  const controller = new AbortController();
  const pinging = session.ping(undefined, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await assert.rejects(pinging, /enough/);
  assert.equal(session.state, 'open');
});

test('a ping of the peer is answered with its payload', async (t) => {
  const pong = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    peer.on('pong', (data) => pong.resolve(data.toString()));
    peer.ping('echo me');
  });
  await open(t, url);
  assert.equal(await pong.promise, 'echo me');
});

test('autoPong false leaves pings unanswered', async (t) => {
  const seen = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(9, 'ping'), frame(1, 'after'));
    seen.resolve(await peer.frame());
  });
  const session = await open(t, url, { autoPong: false });
  assert.equal((await session.receive()).text, 'after');
  await session.send('the first thing sent');
  assert.equal((await seen.promise).payload.toString(), 'the first thing sent');
});

test('pings and pongs are not handed out', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.ping();
    peer.pong('unasked');
    peer.send('data');
  });
  const session = await open(t, url);
  assert.equal((await session.receive()).text, 'data');
});

test('pingInterval sends pings by itself', async (t) => {
  const pings = [];
  const enough = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    peer.on('ping', (data) => {
      pings.push(data.toString('hex'));
      if (pings.length === 3) enough.resolve();
    });
  });
  const session = await open(t, url, { pingInterval: 5 });
  await enough.promise;
  assert.equal(session.pingInterval, 5);
  assert.equal(session.state, 'open');
});

test('pingInterval may be turned on later', async (t) => {
  const pinged = deferred();
  const { url } = await webSocketServer(t, (peer) => peer.on('ping', () => pinged.resolve()));
  const session = await open(t, url);
  session.pingInterval = 5;
  await pinged.promise;
  session.pingInterval = 0;
  assert.throws(() => {
    session.pingInterval = -1;
  }, RangeError);
  assert.throws(() => {
    session.pongTimeout = '5';
  }, TypeError);
});

test('a ping that stays unanswered ends the session with 1011', async (t) => {
  const closeFrame = deferred();
  const { url } = await playingServer(t, async (peer) => closeFrame.resolve(await peer.close()));
  const session = await open(t, url, { pingInterval: 5, pongTimeout: 20, closeTimeout: 50 });
  const iterating = session.receive();
  await assert.rejects(iterating, (error) => {
    assert.ok(error instanceof PingTimeoutError);
    assert.deepEqual([error.code, error.closeCode], ['ERR_PING_TIMEOUT', 1011]);
    return true;
  });
  const info = await session.closed;
  assert.deepEqual([info.code, info.wasClean, info.initiator], [1011, false, 'local']);
  assert.ok(info.error instanceof PingTimeoutError);
  assert.equal((await closeFrame.promise).code, 1011);
});

test('a ping of the caller rejects with the error of the session', async (t) => {
  const { url } = await playingServer(t, () => {});
  const session = await open(t, url, { pongTimeout: 20, closeTimeout: 50 });
  await assert.rejects(session.ping(), PingTimeoutError);
  assert.equal((await session.closed).code, 1011);
});

test('a pong passes data that waits, and of many pings the newest is answered', async (t) => {
  const held = heldTransport();
  const session = overTransport(held.transport, { role: 'server' });
  t.after(() => session.terminate());
  session.send(new Uint8Array(100_000));
  session.send(new Uint8Array(100_000));
  session.send('third');
  const first = await held.write(0);
  for (const payload of ['1', '2', '3']) held.give(frame(9, payload, { mask: [1, 2, 3, 4] }));
  held.give(frame(1, 'seen', { mask: [0, 0, 0, 0] }));
  assert.equal((await session.receive()).text, 'seen');
  first.accept();
  const pong = parseFrame(Buffer.from((await held.write(1)).chunk));
  assert.deepEqual([pong.opcode, pong.payload.toString()], [10, '3']);
});

test('a raw session hands out pings and answers nothing', async (t) => {
  const seen = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(9, 'ping'));
    const answer = await peer.frame();
    seen.resolve(answer);
  });
  const session = await open(t, url, { raw: true });
  const ping = await session.receive();
  assert.deepEqual(
    [ping.type, ping.data.toString()],
    ['ping', new TextEncoder().encode('ping').toString()],
  );
  await session.send(Frame.pong(new Uint8Array([7])));
  const answer = await seen.promise;
  assert.deepEqual([answer.opcode, [...answer.payload]], [10, [7]]);
});

test('a pong of the peer to a ping that ws sent arrives although data is under way', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.send(new Uint8Array(2 << 20));
    peer.ping('x');
    peer.on('pong', () => peer.close(1000));
  });
  const session = await open(t, url);
  await session.receive();
  assert.deepEqual(await ending(session), {
    code: 1000,
    reason: '',
    wasClean: true,
    initiator: 'remote',
  });
});

test('a server made with ws sees our pongs as ping events go', async (t) => {
  const peers = [];
  const { url } = await webSocketServer(t, (peer) => peers.push(peer));
  const session = await open(t, url);
  const [peer] = peers;
  for (let index = 0; index < 20; index += 1) {
    peer.ping(`${index}`);
    const [data] = await once(peer, 'pong');
    assert.equal(data.toString(), `${index}`);
  }
  assert.equal(session.state, 'open');
});
