/** Sessions of a page over the bridge, to a server made with ws. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { WebSocketServer } from 'ws';
import { Stage } from './support.mjs';

const stage = new Stage();
let server;
let url;
/** The request of each connection, the newest last. */
const requests = [];

before(async () => {
  server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    handleProtocols: (offered) => [...offered].at(-1),
  });
  await once(server, 'listening');
  server.on('connection', serve);
  const { port } = server.address();
  url = `ws://127.0.0.1:${port}`;
  await stage.open({ allowed: [`127.0.0.1:${port}`, `localhost:${port}`] });
});

after(async () => {
  await stage.close();
  for (const client of server?.clients ?? []) client.terminate();
  server?.close();
});

function serve(peer, request) {
  requests.push(request);
  peer.on('error', () => {});
  const { pathname, searchParams } = new URL(request.url, 'ws://a');
  if (pathname === '/close') {
    const code = searchParams.get('code');
    peer.close(code ? Number(code) : undefined, searchParams.get('reason') ?? undefined);
  } else if (pathname === '/flood') {
    const length = Number(searchParams.get('length'));
    for (let index = 0; index < Number(searchParams.get('count')); index += 1) {
      const bytes = Buffer.alloc(length, index & 0xff);
      bytes.writeUInt32BE(index);
      peer.send(bytes);
    }
  } else if (pathname === '/slow') {
    peer.pause();
    setTimeout(() => peer.resume(), 300);
    echo(peer);
  } else if (pathname === '/fragments') {
    peer.send('Hel', { fin: false });
    peer.ping('between');
    peer.send('lo', { fin: true });
  } else {
    echo(peer);
  }
}

function echo(peer) {
  peer.on('message', (data, isBinary) => peer.send(data, { binary: isBinary }));
}

const run = (body, given) => stage.evaluate(body, { bridge: stage.bridge, url, ...given });

test('binary messages from 0 B to 4 MiB come back unchanged', async () => {
  const sizes = [
    0,
    1,
    125,
    126,
    127,
    4096,
    32_767,
    32_768,
    65_535,
    65_536,
    65_537,
    1 << 20,
    4 << 20,
  ];
  const result = await run(
    async ({ connect, over, noise, same }, { bridge, url, sizes }) => {
      const session = await connect(url, over(bridge));
      const wrong = [];
      for (const size of sizes) {
        const sent = noise(size, size + 1);
        await session.send(sent);
        const frame = await session.receive();
        if (frame.type !== 'binary' || !same(frame.bytes, sent)) wrong.push(size);
      }
      await session.close();
      return wrong;
    },
    { sizes },
  );
  assert.deepEqual(result, []);
});

test('texts come back unchanged: byte order mark, lone surrogates, every script', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const session = await connect(url, over(bridge));
    const wrong = [];
    for (const text of [
      '',
      'ASCII',
      '\ufeffBOM',
      'é€𝄞😀',
      'a'.repeat(70_000),
      '𝄞'.repeat(300_000),
      'x\ud800y',
    ]) {
      await session.send(text);
      const got = (await session.receive()).text;
      if (got !== text.toWellFormed()) wrong.push(text.slice(0, 20));
    }
    await session.close();
    return wrong;
  });
  assert.deepEqual(result, []);
});

test('10,000 small messages come back in order', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const session = await connect(url, over(bridge));
    const sending = (async () => {
      for (let index = 0; index < 10_000; index += 1) await session.send(`message ${index}`);
    })();
    let inOrder = 0;
    for await (const { text } of session) {
      if (text !== `message ${inOrder}`) break;
      inOrder += 1;
      if (inOrder === 10_000) break;
    }
    await sending;
    return [inOrder, (await session.closed).code];
  });
  assert.deepEqual(result, [10_000, 1000]);
});

test('headers are sent, also those that a page cannot set on WebSocket', async () => {
  await run(async ({ connect, over }, { bridge, url }) => {
    const headers = { Authorization: 'Bearer abc', Cookie: 'a=1', 'User-Agent': 'mine/1.0' };
    const session = await connect(`${url}/path?q=1#f`, over(bridge, { headers }));
    await session.close();
  });
  const request = requests.at(-1);
  assert.equal(request.url, '/path?q=1');
  const { authorization, cookie, origin, host, 'user-agent': agent } = request.headers;
  assert.deepEqual([authorization, cookie, agent], ['Bearer abc', 'a=1', 'mine/1.0']);
  assert.deepEqual([origin, `ws://${host}`], [stage.origin, url]);
  assert.equal(request.headers['sec-websocket-extensions'], undefined);
});

test('the subprotocol that the server selects is told', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const session = await connect(url, over(bridge, { protocols: ['v2', 'v1'] }));
    const { protocol, handshake, role } = session;
    await session.close();
    return [protocol, handshake.status, handshake.headers.get('upgrade'), role];
  });
  assert.deepEqual(result, ['v1', 101, 'websocket', 'client']);
});

test('a host name is allowed like an address', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const session = await connect(url.replace('127.0.0.1', 'localhost'), over(bridge));
    await session.send('by name');
    const { text } = await session.receive();
    await session.close();
    return text;
  });
  assert.equal(result, 'by name');
});

test('ping() gives a round trip, and pings of the peer are answered', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const session = await connect(`${url}/fragments`, over(bridge));
    const { text } = await session.receive();
    const trips = await Promise.all([session.ping(), session.ping()]);
    await session.close();
    return [text, ...trips.map((trip) => trip > 0 && trip < 10_000)];
  });
  assert.deepEqual(result, ['Hello', true, true]);
});

test('close() with a code and reason is a clean end', async () => {
  const closing = new Promise((resolve) => {
    server.once('connection', (peer) => {
      peer.on('close', (code, reason) => resolve([code, reason.toString()]));
    });
  });
  const result = await run(async ({ connect, over, ending }, { bridge, url }) => {
    const session = await connect(url, over(bridge));
    await session.send('x');
    await session.flush();
    await session.close(4321, 'später');
    return ending(session);
  });
  assert.deepEqual(result, { code: 4321, reason: 'später', wasClean: true, initiator: 'local' });
  assert.deepEqual(await closing, [4321, 'später']);
});

test('a close of the peer is told with code and reason', async () => {
  const result = await run(async ({ connect, over, ending }, { bridge, url }) => {
    const session = await connect(`${url}/close?code=4000&reason=enough`, over(bridge));
    return ending(session);
  });
  assert.deepEqual(result, {
    code: 4000,
    reason: 'enough',
    wasClean: true,
    initiator: 'remote',
    error: {
      name: 'ClosedError',
      message: 'the peer closed the session with 4000: enough',
      code: 'ERR_CLOSED',
      closeCode: 4000,
      cause: undefined,
    },
  });
});

test('a flooding peer is held back through the bridge, and all arrives in order', async () => {
  const [count, length] = [600, 64 << 10];
  const result = await run(
    async ({ connect, over }, { bridge, url, count, length }) => {
      const session = await connect(`${url}/flood?count=${count}&length=${length}`, over(bridge));
      // Nobody takes frames until the queue is full.
      while (session.stats().incoming.bytes < 1 << 20)
        await new Promise((turn) => setTimeout(turn));
      const { bytes: held } = session.stats().incoming;
      let inOrder = 0;
      for (; inOrder < count; inOrder += 1) {
        const { bytes } = await session.receive();
        const index = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
        if (index !== inOrder || bytes.length !== length || bytes[length - 1] !== (index & 0xff))
          break;
      }
      const { wasClean } = await session.close();
      return { inOrder, wasClean, isBounded: held < (1 << 20) + 4 * length };
    },
    { count, length },
  );
  assert.deepEqual(result, { inOrder: count, wasClean: true, isBounded: true });
});

test('a peer that does not read makes send wait, and gets all in order later', async () => {
  const result = await run(async ({ connect, over, noise, same }, { bridge, url }) => {
    const session = await connect(`${url}/slow`, over(bridge));
    const part = noise(64 << 10);
    let most = 0;
    const sending = (async () => {
      for (let index = 0; index < 300; index += 1) {
        await session.send(part);
        most = Math.max(most, session.bufferedAmount);
      }
    })();
    let right = 0;
    for (; right < 300; right += 1) if (!same((await session.receive()).bytes, part)) break;
    await sending;
    await session.close();
    return { right, isBounded: most <= (1 << 20) + part.length };
  });
  assert.deepEqual(result, { right: 300, isBounded: true });
});

test('sessions to one target share the way, and one that ends leaves the others', async () => {
  const result = await run(async ({ connect, over }, { bridge, url }) => {
    const opening = Array.from({ length: 8 }, () => connect(url, over(bridge)));
    const sessions = await Promise.all(opening);
    sessions[0].terminate();
    await sessions[1].close();
    const texts = [];
    for (const [index, session] of sessions.slice(2).entries()) {
      await session.send(`session ${index}`);
      texts.push((await session.receive()).text);
    }
    await Promise.all(sessions.map((session) => session.close()));
    return texts;
  });
  assert.deepEqual(
    result,
    Array.from({ length: 6 }, (_, index) => `session ${index}`),
  );
});

test('a session in a worker is like one in a page', async () => {
  const result = await run(async (_, { bridge, url }) => {
    const source = `
      import { connect, over } from '${location.origin}/page.mjs';
      onmessage = async ({ data: { bridge, url } }) => {
        const session = await connect(url, over(bridge));
        await session.send('from a worker');
        const { text } = await session.receive();
        await session.close();
        postMessage(text);
      };`;
    const href = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    const worker = new Worker(href, { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage({ bridge, url });
    });
  });
  assert.equal(result, 'from a worker');
});
