/** The upgrade, pings and the Close of sessions from a page over the bridge. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { deferred, webSocketServer } from '../node/support.mjs';
import { assertError, stage } from './stage.mjs';

const { pageTest } = stage();

pageTest("the request carries the caller's headers and the page's Origin", async (page, t) => {
  const asked = deferred();
  const { url } = await webSocketServer(t, (_peer, request) => asked.resolve(request));
  await page.session(`${url}/chat?room=1`, {
    headers: {
      Authorization: 'Bearer secret',
      Cookie: 'id=7; b=c',
      'User-Agent': 'framewire test',
    },
  });
  const { url: target, headers } = await asked.promise;
  assert.equal(target, '/chat?room=1');
  assert.equal(headers.authorization, 'Bearer secret');
  assert.equal(headers.cookie, 'id=7; b=c');
  assert.equal(headers['user-agent'], 'framewire test');
  assert.equal(headers.origin, page.origin);
  assert.equal(headers.host, new URL(url).host);
});

pageTest('the origin option goes before the origin of the page', async (page, t) => {
  const asked = deferred();
  const { url } = await webSocketServer(t, (_peer, request) => asked.resolve(request));
  await page.session(url, { origin: 'https://app.example' });
  assert.equal((await asked.promise).headers.origin, 'https://app.example');
});

pageTest('the subprotocol that the server selects is told', async (page, t) => {
  const { url } = await webSocketServer(t, () => {}, {
    handleProtocols: (offered) => [...offered].at(-1),
  });
  const told = await page.run(async ([{ open }, address]) => {
    const { protocol, handshake, state } = await open(address, { protocols: ['v2', 'v1'] });
    return { protocol, state, status: handshake.status, header: handshake.headers.get('upgrade') };
  }, url);
  assert.deepEqual(told, { protocol: 'v1', state: 'open', status: 101, header: 'websocket' });
});

pageTest('ping settles with the round trip', async (page, t) => {
  const pinged = deferred();
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('ping', (data) => pinged.resolve(data.toString())),
  );
  const { trip, elapsed } = await page.run(async ([{ open }, address]) => {
    const session = await open(address);
    const began = performance.now();
    const trip = await session.ping(new TextEncoder().encode('are you there'));
    return { trip, elapsed: performance.now() - began };
  }, url);
  assert.ok(trip >= 0 && trip < elapsed + 1, `${trip} ms of ${elapsed} ms`);
  assert.equal(await pinged.promise, 'are you there');
});

pageTest('pings of the server are answered while nobody reads', async (page, t) => {
  const connected = deferred();
  const { url } = await webSocketServer(t, connected.resolve);
  await page.session(url);
  const peer = await connected.promise;
  const ponged = once(peer, 'pong');
  peer.ping('still there');
  const [data] = await ponged;
  assert.equal(data.toString(), 'still there');
});

pageTest('close from the page tells code and reason on both sides', async (page, t) => {
  const closed = deferred();
  const { url } = await webSocketServer(t, (peer) =>
    peer.on('close', (code, reason) => closed.resolve([code, reason.toString()])),
  );
  const session = await page.session(url);
  const { same, info, state } = await page.run(async ([{ ending }, session]) => {
    const same = (await session.close(4000, 'done — bye')) === (await session.closed);
    return { same, info: await ending(session), state: session.state };
  }, session);
  assert.deepEqual([same, state], [true, 'closed']);
  const { code, reason, wasClean, initiator } = info;
  assert.deepEqual([code, reason, wasClean, initiator], [4000, 'done — bye', true, 'local']);
  assert.deepEqual(await closed.promise, [4000, 'done — bye']);
});

pageTest('close from the server tells code and reason on both sides', async (page, t) => {
  const closed = deferred();
  const { url } = await webSocketServer(t, (peer) => {
    peer.on('close', (code, reason) => closed.resolve([code, reason.toString()]));
    peer.send('one');
    peer.close(4001, 'enough');
  });
  const { frames, info } = await page.watch(await page.session(url));
  assert.deepEqual(frames, { texts: ['one'], threw: true });
  const { code, reason, wasClean, initiator, error } = info;
  assert.deepEqual([code, reason, wasClean, initiator], [4001, 'enough', true, 'remote']);
  assertError(error, 'ClosedError', 'ERR_CLOSED', /4001: enough/);
  assert.deepEqual(await closed.promise, [4001, 'enough']);
});

pageTest('what was sent before close() arrives before the Close', async (page, t) => {
  const count = 2000;
  const closed = deferred();
  let received = 0;
  const { url } = await webSocketServer(t, (peer) => {
    peer.on('message', (data) => {
      received += data.length === 1000 ? 1 : 0;
    });
    peer.on('close', (code) => closed.resolve(code));
  });
  const wasClean = await page.run(
    async ([{ open }, address, count]) => {
      const session = await open(address);
      for (let index = 0; index < count; index += 1) session.send(new Uint8Array(1000));
      return (await session.close()).wasClean;
    },
    url,
    count,
  );
  assert.equal(await closed.promise, 1000);
  assert.deepEqual([received, wasClean], [count, true]);
});

pageTest('for await ends quietly after 1000', async (page, t) => {
  const { url } = await webSocketServer(t, (peer) => {
    for (const text of ['one', 'two', 'three']) peer.send(text);
    peer.close(1000);
  });
  const { frames, info } = await page.watch(await page.session(url));
  assert.deepEqual(frames, { texts: ['one', 'two', 'three'], threw: false });
  assert.deepEqual([info.code, info.wasClean, info.error], [1000, true, undefined]);
});
