/** What a session takes as its transport, and what it does with it. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { accept, connect, overTransport } from '#framewire';
import { nodeTransport } from '#framewire/node';
import { deferred, heldTransport, memoryPair, open, webSocketServer } from './support.mjs';

/** A pair of TCP sockets, each the other's end. */
async function sockets(t) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connectTcp(server.address().port, '127.0.0.1');
  const [far] = await once(server, 'connection');
  t.after(() => {
    near.destroy();
    far.destroy();
    server.close();
  });
  return [near, far];
}

/** An object of another kind that has the two streams, as Deno.Conn and Direct Sockets have. */
class Connection {
  #streams;
  isClosed = false;
  constructor(streams) {
    this.#streams = streams;
  }
  get readable() {
    return this.#streams.readable;
  }
  get writable() {
    return this.#streams.writable;
  }
  close() {
    this.isClosed = true;
  }
}

for (const [name, make] of [
  ['a pair of TransformStreams', async () => memoryPair()],
  ['Duplex.toWeb of a socket', async (t) => (await sockets(t)).map((one) => Duplex.toWeb(one))],
  ['nodeTransport of a socket', async (t) => (await sockets(t)).map(nodeTransport)],
  ['an object with getters', async () => memoryPair().map((streams) => new Connection(streams))],
]) {
  test(`${name} is a transport as it is, with and without the upgrade`, async (t) => {
    const talk = async (client, server) => {
      await client.send('there');
      assert.equal((await server.receive()).text, 'there');
      await server.send(new Uint8Array([1, 2]));
      assert.deepEqual([...(await client.receive()).bytes], [1, 2]);
      const [{ wasClean }, told] = await Promise.all([client.close(4000), server.closed]);
      assert.deepEqual([wasClean, told.code], [true, 4000]);
    };
    const [ours, theirs] = await make(t);
    await talk(overTransport(ours, { role: 'client' }), overTransport(theirs, { role: 'server' }));
    const [near, far] = await make(t);
    await talk(...(await Promise.all([connect('ws://a/', { transport: near }), accept(far)])));
  });
}

test('connect uses transport before bridge, and a function is asked for one', async (t) => {
  const [near, far] = memoryPair();
  const accepted = accept(far);
  const session = await connect('ws://a/', {
    transport: () => near,
    bridge: 'https://bridge.invalid:4433',
  });
  t.after(() => session.terminate());
  await session.send('by the transport');
  assert.equal((await (await accepted).receive()).text, 'by the transport');
});

test('connect with a bridge says what it lacks where there is no WebTransport', async () => {
  await assert.rejects(connect('ws://a/', { bridge: 'https://bridge.invalid' }), {
    name: 'TypeError',
    message: /WebTransport/,
  });
});

test('close() of a transport is called once, when both sides are over', async () => {
  for (const end of [
    (session) => session.close(),
    (session) => session.terminate(),
    (_session, held) => held.fail(new Error('cable cut')),
  ]) {
    const held = heldTransport();
    const closed = deferred();
    let calls = 0;
    const close = () => {
      calls += 1;
      closed.resolve();
      throw new Error('closed already');
    };
    const session = overTransport({ ...held.transport, close }, { role: 'server' });
    end(session, held);
    if (session.state === 'closing') {
      (await held.write(0)).accept();
      held.give(new Uint8Array([0x88, 0x80, 0, 0, 0, 0]));
      await session.closed;
      assert.equal(calls, 0, 'the peer has not ended yet');
      held.end();
    }
    await closed.promise;
    await session.closed;
    assert.equal(calls, 1);
  }
});

test("a rejected closed of a transport is nobody's unhandled rejection", async () => {
  const held = heldTransport();
  const closed = Promise.reject(new Error('lost'));
  const session = overTransport({ ...held.transport, closed }, { role: 'client' });
  await new Promise(setImmediate);
  assert.equal(session.state, 'open');
  session.terminate();
});

/** Delays asked of `setTimeout` while something runs. */
async function delays(t, work) {
  const seen = [];
  const usual = setTimeout;
  t.mock.method(globalThis, 'setTimeout', (run, delay, ...given) => {
    seen.push(delay);
    return usual(run, delay, ...given);
  });
  await work();
  t.mock.restoreAll();
  return seen;
}

test('handshakeTimeout is 10 s by default, closeTimeout too', async (t) => {
  const { url } = await webSocketServer(t, () => {});
  let session;
  assert.ok((await delays(t, async () => (session = await open(t, url)))).includes(10_000));
  assert.ok((await delays(t, () => session.close())).includes(10_000));
});
