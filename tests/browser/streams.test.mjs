/** Streams in a page: those of one WebTransport session, and any other pair. */

import assert from 'node:assert/strict';
import { deferred, echo, webSocketServer } from '../node/support.mjs';
import { assertError, stage } from './stage.mjs';

const { pageTest } = stage();

pageTest('sessions to the same server share one WebTransport session', async (page, t) => {
  const { server, url } = await webSocketServer(t, echo);
  const told = await page.run(async ([{ open, tunnels }, address]) => {
    const sessions = await Promise.all(
      ['a', 'b', 'c', 'd'].map((path) => open(new URL(path, address).href)),
    );
    sessions.push(await open(address));
    await Promise.all(sessions.map((session, index) => session.send(`${index}`)));
    const texts = [];
    for (const session of sessions) texts.push((await session.receive()).text);
    return { texts, tunnels: tunnels() };
  }, url);
  assert.deepEqual(told, { texts: ['0', '1', '2', '3', '4'], tunnels: 1 });
  assert.equal(server.clients.size, 5);
});

pageTest('the shared WebTransport session stays for the next one', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  const tunnels = await page.run(async ([{ open, tunnels }, address]) => {
    for (let round = 0; round < 5; round += 1) {
      const session = await open(address);
      await session.send('x');
      await session.receive();
      await session.close();
    }
    return tunnels();
  }, url);
  assert.equal(tunnels, 1);
});

pageTest('sessions to another server have a WebTransport session of their own', async (page, t) => {
  const one = await webSocketServer(t, echo);
  const two = await webSocketServer(t, echo);
  const tunnels = await page.run(
    async ([{ open, tunnels }, ...addresses]) => {
      await Promise.all(addresses.map((address) => open(address)));
      return tunnels();
    },
    one.url,
    two.url,
  );
  assert.equal(tunnels, 2);
});

pageTest(
  'a session that ends leaves the others of its WebTransport session open',
  async (page, t) => {
    const gone = deferred();
    const { url } = await webSocketServer(t, (peer, { url: path }) => {
      echo(peer);
      if (path === '/first') peer.on('close', gone.resolve);
    });
    const first = await page.session(`${url}/first`);
    const second = await page.session(`${url}/second`);
    await page.run(([, session]) => session.terminate(), first);
    await gone.promise;
    const text = await page.run(async ([, session]) => {
      await session.send('still here');
      return (await session.receive()).text;
    }, second);
    assert.equal(text, 'still here');
  },
);

pageTest("a WebTransport stream of the page's own is a transport as it is", async (page, t) => {
  const { server, url } = await webSocketServer(t, echo);
  const told = await page.run(
    async ([{ framewire, hashes }, address, { url: bridge, certificateHash }, port]) => {
      const tunnel = new WebTransport(`${bridge}/.well-known/masque/tcp/127.0.0.1/${port}/`, {
        serverCertificateHashes: hashes(certificateHash),
      });
      await tunnel.ready;
      const session = await framewire.connect(address, {
        transport: () => tunnel.createBidirectionalStream(),
      });
      await session.send('over my own stream');
      const { text } = await session.receive();
      const { wasClean } = await session.close();
      tunnel.close();
      return { text, wasClean };
    },
    url,
    page.bridge,
    server.address().port,
  );
  assert.deepEqual(told, { text: 'over my own stream', wasClean: true });
});

pageTest('a pair of TransformStreams carries both roles of overTransport', async (page) => {
  const told = await page.run(async ([{ framewire, noise, text, checkBytes, ending }]) => {
    const there = new TransformStream();
    const back = new TransformStream();
    const client = framewire.overTransport(
      { readable: back.readable, writable: there.writable },
      { role: 'client' },
    );
    const server = framewire.overTransport(
      { readable: there.readable, writable: back.writable },
      { role: 'server' },
    );
    const echoing = (async () => {
      for await (const frame of server) await server.send(frame);
    })();
    for (const size of [0, 125, 126, 65_535, 65_536, 4 << 20]) {
      await client.send(text(size));
      if ((await client.receive()).text !== text(size)) throw new Error(`${size} bytes of text`);
      await client.send(noise(size));
      checkBytes((await client.receive()).bytes, noise(size));
    }
    const trips = [await client.ping(), await server.ping()];
    await client.close(4000, 'done');
    const threw = await echoing.then(
      () => undefined,
      (thrown) => thrown.name,
    );
    return { trips, threw, client: await ending(client), server: await ending(server) };
  });
  for (const trip of told.trips) assert.ok(trip >= 0);
  assert.equal(told.threw, 'ClosedError');
  for (const [end, initiator] of [
    [told.client, 'local'],
    [told.server, 'remote'],
  ]) {
    const { code, reason, wasClean } = end;
    assert.deepEqual([code, reason, wasClean, end.initiator], [4000, 'done', true, initiator]);
  }
});

pageTest('connect and accept upgrade over a pair of TransformStreams', async (page) => {
  const told = await page.run(async ([{ framewire }]) => {
    const there = new TransformStream();
    const back = new TransformStream();
    const accepting = framewire.accept(
      { readable: there.readable, writable: back.writable },
      { selectProtocol: ([first]) => first },
    );
    const connecting = framewire.connect('ws://memory/path', {
      transport: { readable: back.readable, writable: there.writable },
      protocols: ['chat'],
    });
    const [server, client] = await Promise.all([accepting, connecting]);
    await client.send('hello');
    const { text } = await server.receive();
    const { wasClean } = await server.close();
    const { target, headers } = server.handshake;
    return {
      text,
      wasClean,
      target: target ?? server.url,
      origin: headers.get('origin'),
      protocols: [client.protocol, server.protocol],
    };
  });
  assert.deepEqual(told, {
    text: 'hello',
    wasClean: true,
    target: '/path',
    origin: page.origin,
    protocols: ['chat', 'chat'],
  });
});

pageTest('a transport whose streams are in use is refused', async (page) => {
  const told = await page.run(async ([{ framewire, failure }]) => {
    const pair = new TransformStream();
    pair.readable.getReader();
    return failure(framewire.connect('ws://memory/', { transport: pair }));
  });
  assertError(told, 'TypeError', undefined, /in use: its readable is locked/);
});
