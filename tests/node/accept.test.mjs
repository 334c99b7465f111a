/** Sessions as a server: `accept` on a TCP socket, with clients made by others. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { WebSocket as UndiciWebSocket } from 'undici';
import { WebSocket } from 'ws';
import { accept, HandshakeError, ProtocolError } from '#framewire';
import { frame } from './raw.mjs';
import {
  acceptingServer,
  assertBytes,
  deferred,
  memoryPair,
  noise,
  tcpClient,
} from './support.mjs';

const SIZES = [0, 1, 125, 126, 127, 32_768, 65_535, 65_536, 65_537, 1 << 20, 4 << 20];
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

/** Sends back what comes, until the end, whatever that is. */
async function echoing(accepted) {
  const session = await accepted;
  const echo = async () => {
    for await (const received of session) await session.send(received);
  };
  await echo().catch(() => {});
}

function request(lines = [], { method = 'GET', target = '/', version = 'HTTP/1.1' } = {}) {
  const usual = [
    'Host: a',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${KEY}`,
  ];
  return `${[`${method} ${target} ${version}`, ...usual, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A client made with ws that ends with the test. */
async function client(t, url, ...rest) {
  const socket = new WebSocket(url, ...rest);
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

test('a client made with ws gets back what it sends', async (t) => {
  const { url } = await acceptingServer(t, echoing);
  const socket = await client(t, url, { perMessageDeflate: false });
  for (const size of SIZES) {
    const sent = noise(size, size + 1);
    socket.send(sent);
    const [data, isBinary] = await once(socket, 'message');
    assert.equal(isBinary, true);
    assertBytes(data, sent);
  }
  for (const text of ['', 'text', '\ufeffBOM', '𝄞'.repeat(50_000)]) {
    socket.send(text);
    const [data, isBinary] = await once(socket, 'message');
    assert.equal(isBinary, false);
    assert.ok(data.toString() === text);
  }
});

test('a client made with ws that offers compression talks without', async (t) => {
  const { url } = await acceptingServer(t, echoing);
  const socket = await client(t, url, { perMessageDeflate: true });
  assert.equal(socket.extensions, '');
  socket.send('x'.repeat(5000));
  const [data] = await once(socket, 'message');
  assert.equal(data.toString(), 'x'.repeat(5000));
});

test('a client made with undici gets back what it sends', async (t) => {
  const { url } = await acceptingServer(t, echoing);
  const socket = new UndiciWebSocket(url);
  socket.binaryType = 'arraybuffer';
  await once(socket, 'open');
  for (const size of SIZES) {
    const sent = noise(size, size + 1);
    socket.send(sent);
    const [{ data }] = await once(socket, 'message');
    assertBytes(new Uint8Array(data), sent);
  }
  socket.send('héllo');
  const [{ data }] = await once(socket, 'message');
  assert.equal(data, 'héllo');
  socket.close(3456, 'done');
  const [{ code, reason, wasClean }] = await once(socket, 'close');
  assert.deepEqual([code, reason, wasClean], [3456, 'done', true]);
});

test('10,000 messages of a client made with ws come back in order', async (t) => {
  const { url } = await acceptingServer(t, echoing);
  const socket = await client(t, url);
  const all = deferred();
  let count = 0;
  socket.on('message', (data) => {
    assert.equal(data.toString(), `${count}`);
    count += 1;
    if (count === 10_000) all.resolve();
  });
  for (let index = 0; index < 10_000; index += 1) socket.send(`${index}`);
  await all.promise;
});

test('the session knows what was asked', async (t) => {
  const session = deferred();
  const { url } = await acceptingServer(t, (accepted) => session.resolve(accepted));
  await client(t, `${url}/chat?room=1`, { headers: { 'X-Token': 'abc' } });
  const { role, url: target, handshake, protocol } = await session.promise;
  assert.deepEqual([role, target, protocol], ['server', '/chat?room=1', '']);
  assert.equal(handshake.headers.get('x-token'), 'abc');
});

test('selectProtocol chooses one of those offered', async (t) => {
  const offers = [];
  const { url } = await acceptingServer(t, (accepted) => accepted, {
    selectProtocol: (offered, { target }) => {
      offers.push([offered, target]);
      return offered.find((name) => name === 'v1');
    },
  });
  assert.equal((await client(t, `${url}/p`, ['v2', 'v1'])).protocol, 'v1');
  assert.deepEqual(offers, [[['v2', 'v1'], '/p']]);
});

test('headers of the answer are sent', async (t) => {
  const { url } = await acceptingServer(t, (accepted) => accepted, {
    headers: { 'Set-Cookie': 'a=1', 'X-Served': 'yes' },
  });
  const socket = new WebSocket(url);
  t.after(() => socket.terminate());
  const [{ headers }] = await once(socket, 'upgrade');
  assert.deepEqual([headers['set-cookie'], headers['x-served']], [['a=1'], 'yes']);
});

const MALFORMED = [
  ['no upgrade', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', /^HTTP\/1\.1 4(00|26) /],
  ['garbage', '\x16\x03\x01 not HTTP at all\r\n\r\n', /^HTTP\/1\.1 400 /],
  ['another method', request([], { method: 'POST' }), /^HTTP\/1\.1 (400|405) /],
  ['HTTP/1.0', request([], { version: 'HTTP/1.0' }), /^HTTP\/1\.1 (400|426|505) /],
  [
    'an old version',
    request().replace('Version: 13', 'Version: 8'),
    /^HTTP\/1\.1 426 [\s\S]*sec-websocket-version: 13/i,
  ],
  ['a bad key', request().replace(KEY, 'c2hvcnQ='), /^HTTP\/1\.1 400 /],
  ['no Host', request().replace('Host: a\r\n', ''), /^HTTP\/1\.1 400 /],
  [
    'a head of more than 64 KiB',
    `GET / HTTP/1.1\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`,
    /^HTTP\/1\.1 4(00|31) /,
  ],
];

for (const [name, bytes, answer] of MALFORMED) {
  test(`a request with ${name} gets an answer and rejects`, async (t) => {
    const accepted = deferred();
    const { port } = await acceptingServer(t, (accepting) =>
      accepted.resolve(accepting.catch((thrown) => thrown)),
    );
    const peer = await tcpClient(t, port);
    peer.write(bytes);
    assert.match((await peer.all()).toString('latin1'), answer);
    const thrown = await accepted.promise;
    assert.ok(thrown instanceof HandshakeError, String(thrown));
    assert.equal(thrown.code, 'ERR_HANDSHAKE');
  });
}

test('a client that leaves during the request rejects', async (t) => {
  const accepted = deferred();
  const { port } = await acceptingServer(t, (accepting) =>
    accepted.resolve(accepting.catch((thrown) => thrown)),
  );
  const peer = await tcpClient(t, port);
  peer.socket.end('GET / HTTP/1.1\r\nHost: a\r\n');
  assert.ok((await accepted.promise) instanceof HandshakeError);
});

test('a client that does not finish its request rejects after handshakeTimeout', async (t) => {
  const accepted = deferred();
  const { port } = await acceptingServer(
    t,
    (accepting) => accepted.resolve(accepting.catch((thrown) => thrown)),
    {
      handshakeTimeout: 30,
    },
  );
  const peer = await tcpClient(t, port);
  peer.write('GET / HTTP/1.1\r\n');
  const thrown = await accepted.promise;
  assert.ok(thrown instanceof HandshakeError);
  assert.equal(thrown.status, 408);
  await peer.all();
});

test('accept may be given up with a signal', async () => {
  const [, theirs] = memoryPair();
  const controller = new AbortController();
  const accepting = accept(theirs, { signal: controller.signal });
  controller.abort(new Error('shutting down'));
  await assert.rejects(accepting, /shutting down/);
});

test('an unmasked frame is refused with 1002, and taken with allowMaskMismatch', async (t) => {
  for (const allowMaskMismatch of [false, true]) {
    const session = deferred();
    const { port } = await acceptingServer(t, (accepted) => session.resolve(accepted), {
      allowMaskMismatch,
    });
    const peer = await tcpClient(t, port);
    peer.write(request(), frame(1, 'bare'));
    assert.match(await peer.head(), /^HTTP\/1\.1 101 /);
    const opened = await session.promise;
    if (allowMaskMismatch) {
      assert.equal((await opened.receive()).text, 'bare');
    } else {
      await assert.rejects(opened.receive(), ProtocolError);
      assert.equal((await peer.close()).code, 1002);
    }
  }
});

test('frames behind the request in the same chunk are kept', async (t) => {
  const session = deferred();
  const { port } = await acceptingServer(t, (accepted) => session.resolve(accepted));
  const peer = await tcpClient(t, port);
  peer.write(
    request(),
    frame(1, 'early', { mask: [1, 2, 3, 4] }),
    frame(2, [5], { mask: [0, 0, 0, 0] }),
  );
  const opened = await session.promise;
  assert.equal((await opened.receive()).text, 'early');
  assert.deepEqual([...(await opened.receive()).bytes], [5]);
});

test('frames of a server are not masked unless asked', async (t) => {
  for (const masking of [undefined, true]) {
    const { port } = await acceptingServer(
      t,
      async (accepted) => (await accepted).send('hello'),
      masking ? { masking } : {},
    );
    const peer = await tcpClient(t, port);
    peer.write(request());
    await peer.head();
    const received = await peer.frame();
    assert.deepEqual([received.payload.toString(), received.masked], ['hello', masking === true]);
  }
});

test('a server may close, and may be closed', async (t) => {
  const { url } = await acceptingServer(t, async (accepted) =>
    (await accepted).close(4001, 'from here'),
  );
  const socket = await client(t, url);
  const [code, reason] = await once(socket, 'close');
  assert.deepEqual([code, reason.toString()], [4001, 'from here']);
});

test('a transport that is in use already is refused', async () => {
  const [, theirs] = memoryPair();
  theirs.readable.getReader();
  await assert.rejects(
    accept(theirs),
    (thrown) => thrown instanceof TypeError && /locked/.test(thrown.message),
  );
  await assert.rejects(accept({}), TypeError);
  await assert.rejects(accept(Duplex.from([])), TypeError);
});
