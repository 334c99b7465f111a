/** What `connect` asks a server for, and what it understands of the answer. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { test } from 'node:test';
import { accept, connect, TransportError } from '#framewire';
import { selfSigned } from './certificate.mjs';
import { frame } from './raw.mjs';
import {
  answeringServer,
  deferred,
  echo,
  memoryPair,
  open,
  playingServer,
  switching,
  webSocketServer,
} from './support.mjs';

/** A server that tells what it was asked, and the port it listens on. */
async function asked(t, options) {
  const request = deferred();
  const { url } = await webSocketServer(
    t,
    (peer, from) => {
      echo(peer);
      request.resolve(from);
    },
    options,
  );
  return { url, request: request.promise };
}

test('path and query are asked for, the fragment is not', async (t) => {
  const { url, request } = await asked(t);
  const session = await open(t, `${url}/a/b%20c?d=é&e=1#f`);
  assert.equal((await request).url, '/a/b%20c?d=%C3%A9&e=1');
  assert.equal(session.url, `${url}/a/b%20c?d=%C3%A9&e=1`);
});

test('a URL object will do, and http stands for ws', async (t) => {
  const { url, request } = await asked(t);
  const session = await open(t, new URL(url.replace('ws:', 'http:')));
  assert.equal((await request).url, '/');
  assert.equal(session.url, `${url}/`);
});

test('an IPv6 literal is connected to and stands in Host', async (t) => {
  const server = createHttpServer();
  const request = deferred();
  await webSocketServer(t, (_peer, from) => request.resolve(from), {
    server,
    host: undefined,
    port: undefined,
  });
  server.listen(0, '::1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address();
  await open(t, `ws://[::1]:${port}/six`);
  assert.equal((await request.promise).headers.host, `[::1]:${port}`);
});

test('the request is what RFC 6455 asks for and offers no extensions', async (t) => {
  const { url, request } = await asked(t);
  await open(t, url);
  const { method, httpVersion, headers } = await request;
  assert.deepEqual([method, httpVersion], ['GET', '1.1']);
  assert.equal(headers.host, url.replace('ws://', ''));
  assert.equal(headers.upgrade.toLowerCase(), 'websocket');
  assert.equal(headers.connection.toLowerCase(), 'upgrade');
  assert.equal(headers['sec-websocket-version'], '13');
  assert.equal(Buffer.from(headers['sec-websocket-key'], 'base64').length, 16);
  assert.equal(headers['sec-websocket-extensions'], undefined);
  assert.equal(headers['sec-websocket-protocol'], undefined);
  assert.equal(headers.origin, undefined);
});

test('no extension is accepted though the server would', async (t) => {
  const { url } = await webSocketServer(t, echo, { perMessageDeflate: { threshold: 0 } });
  const session = await open(t, url);
  await session.send('plain');
  assert.equal((await session.receive()).text, 'plain');
});

test('each connection has a key of its own', async (t) => {
  const keys = [];
  const { url } = await webSocketServer(t, (_peer, { headers }) =>
    keys.push(headers['sec-websocket-key']),
  );
  for (let index = 0; index < 8; index += 1) await open(t, url);
  assert.equal(new Set(keys).size, 8);
});

test('headers are sent, also those that a page cannot set', async (t) => {
  for (const headers of [
    { Authorization: 'Bearer abc', Cookie: 'a=1; b=2', 'User-Agent': 'mine/1.0', 'X-Other': 'yes' },
    new Headers({
      Authorization: 'Bearer abc',
      Cookie: 'a=1; b=2',
      'User-Agent': 'mine/1.0',
      'X-Other': 'yes',
    }),
    [
      ['Authorization', 'Bearer abc'],
      ['Cookie', 'a=1; b=2'],
      ['User-Agent', 'mine/1.0'],
      ['X-Other', 'yes'],
    ],
  ]) {
    const { url, request } = await asked(t);
    await open(t, url, { headers });
    const got = (await request).headers;
    assert.equal(got.authorization, 'Bearer abc');
    assert.equal(got.cookie, 'a=1; b=2');
    assert.equal(got['user-agent'], 'mine/1.0');
    assert.equal(got['x-other'], 'yes');
  }
});

test('origin is sent when given', async (t) => {
  const { url, request } = await asked(t);
  await open(t, url, { origin: 'https://example.com' });
  assert.equal((await request).headers.origin, 'https://example.com');
});

test('userinfo becomes Basic authorization and leaves the URL asked for', async (t) => {
  const { url, request } = await asked(t);
  await open(t, url.replace('ws://', 'ws://us%C3%A9r:p%40ss:word@'));
  const { headers } = await request;
  assert.equal(headers.authorization, `Basic ${Buffer.from('usér:p@ss:word').toString('base64')}`);
  assert.equal(headers.host, url.replace('ws://', ''));
});

test('an Authorization header goes before userinfo', async (t) => {
  const { url, request } = await asked(t);
  await open(t, url.replace('ws://', 'ws://user:pass@'), {
    headers: { authorization: 'Bearer x' },
  });
  assert.equal((await request).headers.authorization, 'Bearer x');
});

test('the subprotocol that the server selects is told', async (t) => {
  const { url, request } = await asked(t, { handleProtocols: (offered) => [...offered][1] });
  const session = await open(t, url, { protocols: ['chat.v2', 'chat.v1'] });
  assert.equal(session.protocol, 'chat.v1');
  assert.equal(
    (await request).headers['sec-websocket-protocol'].replaceAll(' ', ''),
    'chat.v2,chat.v1',
  );
});

test('a server that selects no subprotocol leaves it empty', async (t) => {
  const { url } = await asked(t, { handleProtocols: () => false });
  const session = await open(t, url, { protocols: ['chat'] });
  assert.equal(session.protocol, '');
});

test('the answer can be read afterwards', async (t) => {
  const { server, url } = await webSocketServer(t, () => {});
  server.on('headers', (headers) =>
    headers.push('X-Served-By: here', 'Set-Cookie: a=1', 'Set-Cookie: b=2'),
  );
  const { handshake, role } = await open(t, url);
  assert.equal(role, 'client');
  assert.equal(handshake.status, 101);
  assert.equal(handshake.headers.get('x-served-by'), 'here');
  assert.deepEqual(handshake.headers.getSetCookie(), ['a=1', 'b=2']);
});

test('frames in the same chunk as the answer are kept', async (t) => {
  const { url } = await answeringServer(t, (socket, head) => {
    socket.write(
      Buffer.concat([Buffer.from(switching(head)), frame(1, 'at once'), frame(2, [1, 2, 3])]),
    );
  });
  const session = await open(t, url);
  assert.equal((await session.receive()).text, 'at once');
  assert.deepEqual([...(await session.receive()).bytes], [1, 2, 3]);
});

test('an answer that comes byte by byte is understood', async (t) => {
  const { url } = await answeringServer(t, async (socket, head) => {
    socket.setNoDelay(true);
    for (const byte of Buffer.concat([Buffer.from(switching(head)), frame(1, 'slow')])) {
      await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    }
  });
  const session = await open(t, url);
  assert.equal((await session.receive()).text, 'slow');
});

test('wss connects over TLS with the authority given in tls', async (t) => {
  const { key, cert } = selfSigned('localhost');
  const server = createHttpsServer({ key, cert });
  await webSocketServer(t, echo, { server, host: undefined, port: undefined });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address();
  for (const scheme of ['wss', 'https']) {
    const session = await open(t, `${scheme}://localhost:${port}/`, {
      tls: { ca: cert, family: 4 },
    });
    await session.send('over TLS');
    await session.send(new Uint8Array(200_000));
    assert.equal((await session.receive()).text, 'over TLS');
    assert.equal((await session.receive()).bytes.length, 200_000);
    assert.equal((await session.close()).wasClean, true);
  }
});

test('a certificate that nobody vouches for is refused', async (t) => {
  const { key, cert } = selfSigned('localhost');
  const server = createHttpsServer({ key, cert });
  server.on('tlsClientError', () => {});
  await webSocketServer(t, echo, { server, host: undefined, port: undefined });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await assert.rejects(connect(`wss://localhost:${server.address().port}/`), (error) => {
    assert.ok(error instanceof TransportError);
    assert.equal(error.cause.code, 'DEPTH_ZERO_SELF_SIGNED_CERT');
    assert.match(error.message, /could not connect to localhost port \d+: .*self-signed/i);
    return true;
  });
});

test('a transport of the caller is used as it is, and a function may open it', async (t) => {
  for (const wrap of [
    (transport) => transport,
    (transport) => () => transport,
    (transport) => async () => transport,
  ]) {
    const [ours, theirs] = memoryPair();
    const serving = accept(theirs);
    const session = await open(t, 'ws://nowhere.example/path', { transport: wrap(ours) });
    const server = await serving;
    assert.equal(server.url, '/path');
    await session.send('through memory');
    assert.equal((await server.receive()).text, 'through memory');
    await session.close();
  }
});

test('a function that opens the transport gets the URL and a signal', async (t) => {
  const { url } = await playingServer(t, () => {});
  const got = deferred();
  const failure = new Error('no way');
  await assert.rejects(
    connect(`${url}/x`, {
      transport: (to, { signal }) => {
        got.resolve([to.href, signal.aborted]);
        throw failure;
      },
    }),
    (error) => error instanceof TransportError && error.cause === failure,
  );
  assert.deepEqual(await got.promise, [`${url}/x`, false]);
});
