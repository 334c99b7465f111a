/** Upgrades that fail: the error says what went wrong, and nothing stays open. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { connect, HandshakeError, TransportError } from '#framewire';
import {
  answeringServer,
  deferred,
  heldTransport,
  memoryPair,
  switching,
  tcpServer,
} from './support.mjs';

/** What `connect` rejects with, after the server's socket was closed. */
async function failure(t, answer, options) {
  const closed = deferred();
  const { url } = await answeringServer(t, (socket, head) => {
    socket.on('close', () => closed.resolve());
    answer(socket, head);
  });
  const thrown = await connect(url, options).then(
    () => assert.fail('the upgrade was accepted'),
    (cause) => cause,
  );
  await closed.promise;
  return thrown;
}

function assertHandshake(thrown, pattern) {
  assert.ok(thrown instanceof HandshakeError, `${thrown?.stack ?? thrown}`);
  assert.deepEqual([thrown.name, thrown.code], ['HandshakeError', 'ERR_HANDSHAKE']);
  assert.match(thrown.message, pattern);
}

test('a server that answers 404 is told with status, headers and body', async (t) => {
  const thrown = await failure(t, (socket) =>
    socket.end(
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nnothing here',
    ),
  );
  assertHandshake(thrown, /404/);
  assert.equal(thrown.status, 404);
  assert.equal(thrown.headers.get('content-type'), 'text/plain');
  assert.equal(Buffer.from(thrown.body).toString(), 'nothing here');
});

test('a refusal is told though the server keeps the connection open', async (t) => {
  const thrown = await failure(t, (socket) =>
    socket.write('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy'),
  );
  assertHandshake(thrown, /503/);
  assert.equal(Buffer.from(thrown.body).toString(), 'busy');
});

test('a refusal in chunks is told as a whole', async (t) => {
  const thrown = await failure(t, (socket) =>
    socket.write(
      'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nnot\r\n5\r\n here\r\n0\r\n\r\n',
    ),
  );
  assertHandshake(thrown, /403/);
  assert.equal(Buffer.from(thrown.body).toString(), 'not here');
});

test('at most 64 KiB of a refusal are kept', async (t) => {
  const thrown = await failure(t, (socket) => {
    socket.write(`HTTP/1.1 500 Oops\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(300_000)}`);
  });
  assertHandshake(thrown, /500/);
  assert.equal(thrown.body.length, 65_536);
});

test('a redirect is a refusal', async (t) => {
  const thrown = await failure(t, (socket) =>
    socket.end('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n'),
  );
  assertHandshake(thrown, /302/);
  assert.equal(thrown.headers.get('location'), '/elsewhere');
});

test('garbage instead of HTTP is told', async (t) => {
  for (const garbage of [
    'SSH-2.0-OpenSSH_9.2\r\n',
    '\x00\x01\x02\x03\r\n\r\n',
    '<html></html>\r\n\r\n',
  ]) {
    assertHandshake(await failure(t, (socket) => socket.end(garbage)), /HTTP/);
  }
});

test('an endless head is given up at 64 KiB', async (t) => {
  const thrown = await failure(t, (socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nX-Long: ${'x'.repeat(80_000)}`);
  });
  assertHandshake(thrown, /65536|64 KiB|large|long/);
});

test('an end during the upgrade is told', async (t) => {
  for (const part of [
    '',
    'HTTP/1.1 101 Switch',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n',
  ]) {
    assertHandshake(await failure(t, (socket) => socket.end(part)), /ended|closed/);
  }
});

test('a connection that breaks during the upgrade is told', async (t) => {
  const thrown = await failure(t, (socket) => socket.resetAndDestroy());
  assert.ok(thrown instanceof TransportError || thrown instanceof HandshakeError, String(thrown));
});

test('a server that never answers is given up after handshakeTimeout', async (t) => {
  const thrown = await failure(t, () => {}, { handshakeTimeout: 40 });
  assertHandshake(thrown, /did not answer the upgrade within 40 ms/);
  assert.equal(thrown.status, undefined);
});

test('a refusal whose body does not end within handshakeTimeout is told as far as it came', async () => {
  const held = heldTransport();
  held.give(Buffer.from('HTTP/1.1 403 Forbidden\r\nX-Why: token\r\n\r\nnot here'));
  const opening = connect('ws://a/', { handshakeTimeout: 20, transport: held.transport });
  const thrown = await opening.catch((error) => error);
  assertHandshake(thrown, /refused the upgrade with 403 and its body did not end within 20 ms/);
  assert.equal(thrown.status, 403);
  assert.equal(thrown.headers.get('x-why'), 'token');
  assert.equal(Buffer.from(thrown.body).toString(), 'not here');
});

test('a transport that is never opened is given up after handshakeTimeout', async () => {
  let given;
  const opening = connect('ws://a/', {
    handshakeTimeout: 20,
    transport: (_url, { signal }) => {
      given = signal;
      return new Promise(() => {});
    },
  });
  await assert.rejects(opening, HandshakeError);
  assert.equal(given.aborted, true);
});

test('a wrong Sec-WebSocket-Accept is refused', async (t) => {
  const thrown = await failure(t, (socket, head) =>
    socket.write(switching(head).replace(/Accept: .*/, 'Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')),
  );
  assertHandshake(thrown, /accept/i);
  assert.equal(thrown.status, 101);
});

test('a missing Sec-WebSocket-Accept, Upgrade or Connection is refused', async (t) => {
  for (const name of ['Sec-WebSocket-Accept', 'Upgrade', 'Connection']) {
    const thrown = await failure(t, (socket, head) =>
      socket.write(switching(head).replace(new RegExp(`\r\n${name}: .*`), '')),
    );
    assertHandshake(thrown, new RegExp(name, 'i'));
  }
});

test('a subprotocol that was not offered is refused', async (t) => {
  for (const protocols of [[], ['chat']]) {
    const thrown = await failure(
      t,
      (socket, head) => socket.write(switching(head, ['Sec-WebSocket-Protocol: other'])),
      {
        protocols,
      },
    );
    assertHandshake(thrown, /other|subprotocol/);
  }
});

test('an extension that was not offered is refused', async (t) => {
  const thrown = await failure(t, (socket, head) =>
    socket.write(switching(head, ['Sec-WebSocket-Extensions: permessage-deflate'])),
  );
  assertHandshake(thrown, /extension|permessage-deflate/);
});

test('a TCP connection that is refused is told with host and port', async () => {
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port } = free.address();
  free.close();
  await once(free, 'close');
  await assert.rejects(connect(`ws://127.0.0.1:${port}/`), (thrown) => {
    assert.ok(thrown instanceof TransportError);
    assert.deepEqual([thrown.code, thrown.cause.code], ['ERR_TRANSPORT', 'ECONNREFUSED']);
    assert.equal(
      thrown.message,
      `could not connect to 127.0.0.1 port ${port}: nothing listens there (ECONNREFUSED)`,
    );
    return true;
  });
  await assert.rejects(connect(`ws://localhost:${port}/`), (thrown) => {
    assert.match(thrown.message, /could not connect to localhost port \d+: nothing listens there/);
    return true;
  });
});

test('a host name that is not known is told', async () => {
  await assert.rejects(connect('ws://no-such-host.invalid/'), (thrown) => {
    assert.ok(thrown instanceof TransportError);
    assert.match(
      thrown.message,
      /no-such-host\.invalid port 80: the host name (is not known|could not be looked up)/,
    );
    return true;
  });
});

test('TLS to a server without it is told', async (t) => {
  const { port } = await tcpServer(t, (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await assert.rejects(connect(`wss://127.0.0.1:${port}/`), (thrown) => {
    assert.ok(thrown instanceof TransportError);
    assert.match(thrown.message, /could not connect to 127\.0\.0\.1 port/);
    return true;
  });
});

test('a signal that aborts before the call rejects with its reason and connects to nobody', async (t) => {
  let connections = 0;
  const { url } = await tcpServer(t, () => {
    connections += 1;
  });
  const reason = new Error('not today');
  await assert.rejects(connect(url, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(connections, 0);
});

test('a signal that aborts during the upgrade rejects with its reason and ends the connection', async (t) => {
  const controller = new AbortController();
  const reason = new Error('changed my mind');
  const thrown = await failure(t, () => controller.abort(reason), { signal: controller.signal });
  assert.equal(thrown, reason);
});

test('a transport that cannot be opened is told with what it threw', async () => {
  const cause = new Error('no modem');
  await assert.rejects(connect('ws://a/', { transport: () => Promise.reject(cause) }), (thrown) => {
    assert.ok(thrown instanceof TransportError);
    assert.equal(thrown.cause, cause);
    assert.match(thrown.message, /no modem/);
    return true;
  });
});

test('a transport that opens after it was given up is closed', async () => {
  const [ours, theirs] = memoryPair();
  const late = deferred();
  const opening = connect('ws://a/', { handshakeTimeout: 10, transport: () => late.promise });
  await assert.rejects(opening, HandshakeError);
  late.resolve(ours);
  await assert.rejects(theirs.readable.getReader().read());
});
