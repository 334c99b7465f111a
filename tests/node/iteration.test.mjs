/** Taking frames: `for await`, `receive`, batches, and how each ends. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ClosedError, TransportError } from '#framewire';
import { handFed } from './hand-fed.mjs';
import { closeFrame, frame } from './raw.mjs';
import { deferred, drain, ending, open, playingServer, webSocketServer } from './support.mjs';

/** A peer that sends these texts and then closes. */
async function sending(t, texts, code, reason) {
  const peerOf = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    for (const text of texts) peer.send(text);
    if (code !== undefined) peer.close(code, reason);
    peerOf.resolve(peer);
  });
  return { session: await open(t, url), peer: await peerOf.promise };
}

const texts = (frames) => frames.map(({ text }) => text);

for (const [code, name] of [
  [1000, '1000'],
  [1001, '1001'],
]) {
  test(`for await ends quietly after ${name}`, async (t) => {
    const { session } = await sending(t, ['a', 'b'], code, 'bye');
    const { frames, thrown } = await drain(session);
    assert.deepEqual(texts(frames), ['a', 'b']);
    assert.equal(thrown, undefined);
    assert.equal((await session.closed).code, code);
  });
}

test('for await ends quietly after a Close without a code', async (t) => {
  const { url } = await playingServer(t, (peer) => peer.write(frame(1, 'a'), frame(8)));
  const session = await open(t, url);
  const { frames, thrown } = await drain(session);
  assert.deepEqual(texts(frames), ['a']);
  assert.equal(thrown, undefined);
});

test('for await throws once for other codes, after the frames received', async (t) => {
  for (const code of [1002, 1008, 1011, 3000, 4001]) {
    const { session } = await sending(t, ['a', 'b'], code, 'because');
    await session.closed;
    const iterator = session[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value.text, 'a');
    assert.equal((await iterator.next()).value.text, 'b');
    await assert.rejects(iterator.next(), (error) => {
      assert.ok(error instanceof ClosedError);
      assert.equal(error.closeCode, code);
      assert.equal(error.closeInfo.reason, 'because');
      assert.match(error.message, /because/);
      return true;
    });
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  }
});

test('an end without a Close throws once', async (t) => {
  const { url } = await playingServer(t, (peer) => peer.socket.end(frame(1, 'a')));
  const session = await open(t, url);
  const { frames, thrown } = await drain(session);
  assert.deepEqual(texts(frames), ['a']);
  assert.ok(thrown instanceof TransportError);
  assert.equal(await session.receive(), undefined);
  assert.deepEqual(await ending(session), {
    code: 1006,
    reason: '',
    wasClean: false,
    initiator: 'transport',
  });
});

test('break closes the session with 1000', async (t) => {
  const { session, peer } = await sending(t, ['a', 'b', 'c']);
  const closed = once(peer, 'close');
  for await (const received of session) {
    assert.equal(received.text, 'a');
    break;
  }
  assert.equal((await closed)[0], 1000);
  assert.equal((await session.closed).wasClean, true);
});

test('an error thrown in the loop closes the session and goes on its way', async (t) => {
  const { session } = await sending(t, ['a']);
  const failure = new Error('in the loop');
  await assert.rejects(async () => {
    for await (const _ of session) throw failure;
  }, failure);
  assert.equal((await session.closed).wasClean, true);
});

test('throw() of the iterator closes the session with 1011', async (t) => {
  const { session, peer } = await sending(t, ['a']);
  const closed = once(peer, 'close');
  const iterator = session[Symbol.asyncIterator]();
  await iterator.next();
  await assert.rejects(iterator.throw(new Error('handler failed')), /handler failed/);
  const [code, reason] = await closed;
  assert.deepEqual([code, reason.toString()], [1011, 'handler failed']);
});

test('break while the peer floods ends in order', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    for (let index = 0; index < 200; index += 1) peer.send(new Uint8Array(64 << 10));
  });
  const session = await open(t, url);
  for await (const _ of session) break;
  assert.deepEqual(await ending(session), {
    code: 1000,
    reason: '',
    wasClean: true,
    initiator: 'local',
  });
});

test('concurrent next() calls settle in order', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.once('message', () => {
      for (const text of ['a', 'b', 'c']) peer.send(text);
      peer.close(1000);
    });
  });
  const session = await open(t, url);
  const iterator = session[Symbol.asyncIterator]();
  const asked = Array.from({ length: 5 }, () => iterator.next());
  await session.send('go');
  const got = await Promise.all(asked);
  assert.deepEqual(
    got.map(({ value, done }) => (done ? 'done' : value.text)),
    ['a', 'b', 'c', 'done', 'done'],
  );
});

test('concurrent next() calls at an error: the first is told, the others are done', async (t) => {
  const { url } = await playingServer(t, async (peer) => {
    await peer.frame();
    peer.write(closeFrame(1011, 'bad'));
  });
  const session = await open(t, url);
  const iterator = session[Symbol.asyncIterator]();
  const settled = [];
  const asked = Promise.allSettled(
    ['first', 'second'].map((name) => iterator.next().finally(() => settled.push(name))),
  );
  await session.send('go');
  const [first, second] = await asked;
  assert.deepEqual(settled, ['first', 'second']);
  assert.equal(first.reason.closeCode, 1011);
  assert.equal(second.value.done, true);
});

test('a second iterator throws while the first is in use', async (t) => {
  const { session } = await sending(t, ['a']);
  session[Symbol.asyncIterator]();
  assert.throws(() => session[Symbol.asyncIterator](), TypeError);
  assert.throws(() => session.incoming.batches(), TypeError);
});

test('receive() and next() of incoming are refused while an iterator takes the frames', async (t) => {
  const { session } = await sending(t, ['a', 'b', 'c', 'd', 'e']);
  const taken = [];
  for (const take of [
    () => session.incoming[Symbol.asyncIterator](),
    () => session.incoming.batches(),
    () => {
      const { readable } = session.incoming;
      return { return: () => readable.cancel() };
    },
    () => session[Symbol.asyncIterator](),
  ]) {
    taken.push((await session.receive()).text);
    const iterator = take();
    const refused = { name: 'TypeError', message: /one at a time/ };
    await assert.rejects(session.receive(), refused);
    await assert.rejects(session.receiveValue(), refused);
    if (iterator !== session.incoming) await assert.rejects(session.incoming.next(), refused);
    await iterator.return();
  }
  assert.deepEqual(taken, ['a', 'b', 'c', 'd']);
  assert.equal(await session.receive(), undefined);
});

test('a receive() that waits comes before an iterator that is made meanwhile', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.once('message', () => {
      for (const text of ['a', 'b']) peer.send(text);
      peer.close();
    });
  });
  const session = await open(t, url);
  const first = session.receive();
  const rest = drain(session);
  await session.send('go');
  assert.equal((await first).text, 'a');
  assert.deepEqual(texts((await rest).frames), ['b']);
});

test('the end frees the frames for receive() and another iterator, error or not', async (t) => {
  for (const code of [1000, 4000]) {
    const { session } = await sending(t, ['a'], code);
    const { frames, thrown } = await drain(session);
    assert.deepEqual(texts(frames), ['a']);
    assert.equal(thrown?.closeCode, code === 1000 ? undefined : code);
    assert.equal(await session.receive(), undefined);
    assert.deepEqual((await drain(session)).frames, []);
    assert.equal((await session.incoming.next()).done, true);
  }
});

test('receive() gives one frame at a time, and undefined at the end', async (t) => {
  const { session } = await sending(t, ['a', 'b'], 1000);
  assert.equal((await session.receive()).text, 'a');
  assert.equal((await session.receive()).text, 'b');
  assert.equal(await session.receive(), undefined);
  assert.equal(await session.receive(), undefined);
});

test('receive() may be given up with a signal and loses no frame', async (t) => {
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('message', (data) => peer.send(data.toString())),
  );
  const session = await open(t, url);
  const controller = new AbortController();
  const given = session.receive({ signal: controller.signal });
  const next = session.receive();
  controller.abort(new Error('no longer'));
  await assert.rejects(given, /no longer/);
  await session.send('kept');
  assert.equal((await next).text, 'kept');
  await assert.rejects(
    session.receive({ signal: AbortSignal.abort(new Error('before')) }),
    /before/,
  );
  await assert.rejects(session.receive({ signal: 'signal' }), TypeError);
});

test('a signal that aborts after the frame came changes nothing', async (t) => {
  const { session } = await sending(t, ['a']);
  const controller = new AbortController();
  const { text } = await session.receive({ signal: controller.signal });
  controller.abort();
  assert.equal(text, 'a');
  assert.equal(session.state, 'open');
});

test('incoming iterated by itself does not close the session', async (t) => {
  const { session } = await sending(t, ['a', 'b']);
  for await (const received of session.incoming) {
    assert.equal(received.text, 'a');
    break;
  }
  assert.equal(session.state, 'open');
  assert.equal((await session.receive()).text, 'b');
});

test('incoming may be iterated again after it was stopped', async (t) => {
  const { session } = await sending(t, ['a', 'b', 'c'], 1000);
  for await (const _ of session.incoming) break;
  const rest = [];
  for await (const { text } of session.incoming) rest.push(text);
  assert.deepEqual(rest, ['b', 'c']);
});

test('what waits when an iterator is left is done, and takes no frame from the next', async (t) => {
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('message', (data) => peer.send(data.toString())),
  );
  const session = await open(t, url);
  for (const leave of [
    () => {
      const waiting = session.incoming.next();
      session.incoming.return();
      return waiting;
    },
    () => {
      const batches = session.incoming.batches();
      const waiting = batches.next();
      batches.return();
      return waiting;
    },
    () => {
      const reader = session.incoming.readable.getReader();
      const waiting = reader.read();
      reader.cancel();
      return waiting;
    },
  ]) {
    const { done, value } = await leave();
    assert.deepEqual([done, value], [true, undefined]);
    await session.send('for the next');
    assert.equal((await session.receive()).text, 'for the next');
  }
});

test('batches() gives all frames at hand, in order, and ends as the session does', async (t) => {
  const { session } = await sending(
    t,
    Array.from({ length: 1000 }, (_, at) => `${at}`),
    4000,
    'over',
  );
  await session.closed;
  const got = [];
  let batches = 0;
  const iterator = session.incoming.batches();
  await assert.rejects(async () => {
    for await (const batch of iterator) {
      assert.ok(batch.length > 0);
      batches += 1;
      got.push(...batch);
    }
  }, ClosedError);
  assert.deepEqual(
    texts(got),
    Array.from({ length: 1000 }, (_, at) => `${at}`),
  );
  assert.ok(batches < 10, `${batches} batches`);
});

test('batches() waits for the first frame', async (t) => {
  const { url } = await webSocketServer(t, (peer) => {
    peer.once('message', () => {
      peer.send('a');
      peer.close(1000);
    });
  });
  const session = await open(t, url);
  const iterator = session.incoming.batches();
  const first = iterator.next();
  await session.send('go');
  assert.equal((await first).value[0].text, 'a');
  assert.equal((await iterator.next()).done, true);
});

test('batches asked for at once have the frames in order', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const numbers = (...of) => new Uint8Array(Buffer.concat(of.map((number) => frame(2, [number]))));
  const iterator = session.incoming.batches();
  const first = iterator.next().then((result) => {
    // One who asks once more from here is behind those who wait already.
    return [result, iterator.next()];
  });
  const second = iterator.next();
  held.give(numbers(1, 2, 3));
  const [batch, third] = await first;
  const bytesOf = ({ value }) => value.map((one) => one.bytes[0]);
  assert.deepEqual(bytesOf(batch), [1, 2, 3]);
  held.give(numbers(4, 5));
  assert.deepEqual(bytesOf(await second), [4, 5]);
  held.give(numbers(6));
  assert.deepEqual(bytesOf(await third), [6]);
});

test('batches asked for at once end when the iteration is left', async (t) => {
  const { session, held } = handFed(t, { role: 'client' });
  const iterator = session.incoming.batches();
  const waiting = [iterator.next(), iterator.next(), iterator.next()];
  await iterator.return();
  for (const one of waiting) assert.deepEqual(await one, { value: undefined, done: true });
  held.give(frame(1, 'for the next one'));
  assert.equal((await session.receive()).text, 'for the next one');
});
