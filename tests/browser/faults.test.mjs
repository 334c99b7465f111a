/** What goes wrong on the way: a typed error with a sentence, and `closed` settles. */

import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { frame } from '../node/raw.mjs';
import {
  answeringServer,
  deferred,
  echo,
  playingServer,
  webSocketServer,
} from '../node/support.mjs';
import { assertError, stage } from './stage.mjs';

const { pageTest } = stage();

/** A TCP port where nothing listens. */
async function closedPort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A UDP port where nothing listens. */
async function closedUdpPort() {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

pageTest('a target that the bridge does not allow is refused and names --allow', async (page) => {
  const told = await page.failure('ws://127.0.0.2:9/');
  assertError(told, 'TransportError', 'ERR_TRANSPORT', /the bridge refused the target.*--allow/);
  assert.match(told.message, /127\.0\.0\.2:9 .*127\.0\.0\.1/);
});

pageTest('a refused target does not spoil the way to others', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  const told = await page.failure('ws://127.0.0.2:9/');
  assertError(told, 'TransportError', 'ERR_TRANSPORT', /refused/);
  const trip = await page.run(async ([{ open }, address]) => (await open(address)).ping(), url);
  assert.ok(trip >= 0);
});

pageTest(
  'a certificate hash that does not match: the bridge could not be reached',
  async (page, t) => {
    const { url } = await webSocketServer(t, echo);
    const told = await page.run(
      async ([{ open, failure, hashes }, address, hash]) =>
        failure(open(address, { serverCertificateHashes: hashes(hash) })),
      url,
      '00'.repeat(32),
    );
    assertError(told, 'TransportError', 'ERR_TRANSPORT', /bridge could not be reached/);
    assert.match(told.message, /certificate.*serverCertificateHashes/);
  },
);

pageTest('no certificate hash for a development certificate: the same', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  const told = await page.failure(url, { serverCertificateHashes: [] });
  assertError(told, 'TransportError', 'ERR_TRANSPORT', /could not be reached.*certificate/);
});

pageTest('a bridge that is not running could not be reached', async (page) => {
  const bridge = `https://127.0.0.1:${await closedUdpPort()}`;
  const told = await page.failure('ws://127.0.0.1:9/', { bridge });
  assertError(told, 'TransportError', 'ERR_TRANSPORT', /could not be reached.*not running/);
  assert.ok(told.message.includes(bridge), told.message);
});

pageTest('a port where nothing listens is told', async (page) => {
  const told = await page.failure(`ws://127.0.0.1:${await closedPort()}/`);
  assertError(told, 'TransportError', 'ERR_TRANSPORT', /nothing listens there/);
});

pageTest('a page without a bridge and a transport is told what to pass', async (page) => {
  const told = await page.failure('ws://127.0.0.1:9/', { bridge: undefined });
  assertError(
    told,
    'TypeError',
    undefined,
    /this runtime cannot open a TCP connection: pass bridge .*or transport/,
  );
});

pageTest('a bridge that is no https URL is told', async (page) => {
  const told = await page.failure('ws://127.0.0.1:9/', { bridge: 'http://127.0.0.1:4433' });
  assertError(told, 'TypeError', undefined, /bridge must be an https URL/);
});

pageTest('a server that answers 404 is told with status, headers and body', async (page, t) => {
  const { url } = await answeringServer(t, (socket) =>
    socket.end(
      'HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nnothing here',
    ),
  );
  const told = await page.failure(url);
  assertError(told, 'HandshakeError', 'ERR_HANDSHAKE', /404/);
  assert.deepEqual([told.status, told.body], [404, 'nothing here']);
  assert.equal(told.headers['content-type'], 'text/plain');
});

pageTest('garbage instead of HTTP is told', async (page, t) => {
  for (const garbage of ['SSH-2.0-OpenSSH_9.2\r\n', '\x00\x01\x02\x03\r\n\r\n']) {
    const { url } = await answeringServer(t, (socket) => socket.end(garbage));
    assertError(await page.failure(url), 'HandshakeError', 'ERR_HANDSHAKE', /HTTP/);
  }
});

pageTest('a server that ends during the upgrade is told', async (page, t) => {
  const { url } = await answeringServer(t, (socket) => socket.end('HTTP/1.1 101 Switch'));
  assertError(await page.failure(url), 'HandshakeError', 'ERR_HANDSHAKE', /ended|closed/);
});

pageTest('a server that never answers is given up after handshakeTimeout', async (page, t) => {
  const gone = deferred();
  const { url } = await answeringServer(t, (socket) => socket.on('close', gone.resolve));
  const told = await page.failure(url, { handshakeTimeout: 300 });
  assertError(told, 'HandshakeError', 'ERR_HANDSHAKE', /did not answer the upgrade within 300 ms/);
  await gone.promise;
});

pageTest(
  'a peer that ends mid-frame: what came before is handed out, then the error',
  async (page, t) => {
    const { url } = await playingServer(t, ({ socket }) => {
      const part = frame(2, 'part', { declared: 1000 });
      socket.end(Buffer.concat([frame(1, 'one'), frame(1, 'two'), part]));
    });
    const { frames, info } = await page.watch(await page.session(url));
    assert.deepEqual(frames, { texts: ['one', 'two'], threw: true });
    assert.deepEqual([info.code, info.wasClean, info.initiator], [1006, false, 'transport']);
    assertError(info.error, 'TransportError', 'ERR_TRANSPORT', /in the middle of a message/);
  },
);

pageTest(
  'a peer that resets mid-frame: what came before is handed out, then the error',
  async (page, t) => {
    const { url } = await playingServer(t, async (peer) => {
      peer.write(frame(1, 'one'), frame(2, 'part', { declared: 1000 }));
      await peer.frame();
      peer.socket.resetAndDestroy();
    });
    const session = await page.keep(async ([{ open }, address]) => {
      const session = await open(address);
      while (session.stats().received.bytes < 9) await new Promise((turn) => setTimeout(turn));
      await session.send('now');
      return session;
    }, url);
    const { frames, info } = await page.watch(session);
    assert.deepEqual(frames, { texts: ['one'], threw: true });
    assert.deepEqual([info.code, info.wasClean, info.initiator], [1006, false, 'transport']);
    assertError(info.error, 'TransportError', 'ERR_TRANSPORT', /connection between .* broke/);
  },
);

pageTest('a masked frame of the server ends the session with 1002', async (page, t) => {
  const answer = deferred();
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(1, 'one', { mask: [1, 2, 3, 4] }));
    answer.resolve(await peer.close());
  });
  const { frames, info } = await page.watch(await page.session(url));
  assert.deepEqual(frames, { texts: [], threw: true });
  assertError(info.error, 'ProtocolError', 'ERR_PROTOCOL', /mask/);
  assert.equal((await answer.promise).code, 1002);
});

pageTest('terminate breaks the connection to the server', async (page, t) => {
  const gone = deferred();
  const { url } = await webSocketServer(t, (peer) => peer.on('close', gone.resolve));
  const session = await page.session(url);
  const info = await page.run(async ([{ ending }, session]) => {
    session.terminate(new Error('enough'));
    return ending(session);
  }, session);
  assertError(info.error, 'ClosedError', 'ERR_CLOSED', /terminated: enough/);
  assert.equal(await gone.promise, 1006);
});

pageTest('a page that leaves breaks the connection to the server', async (page, t) => {
  const gone = deferred();
  const { url } = await webSocketServer(t, (peer) => peer.on('close', gone.resolve));
  await page.session(url);
  await page.close();
  assert.equal(await gone.promise, 1006);
});
