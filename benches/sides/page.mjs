/**
 * The sides that run in a page: framewire over the bridge, the page's own `WebSocket` to the same server, and a bare
 * WebTransport stream over the same bridge.
 */

import { frame } from '../support/frames.mjs';
import { Checker, deferred, payloads, TURNS } from '../support/payloads.mjs';

const KEY = [0x37, 0xfa, 0x21, 0x3d];

/** How the page reaches the server: over `bridge`, with a certificate of this hash, or itself. */
export async function kit({ bridge, certificateHash, port }) {
  const framewire = await import('/framewire/web.js');
  const value = Uint8Array.from(certificateHash.match(/../g), (pair) => Number.parseInt(pair, 16));
  const serverCertificateHashes = [{ algorithm: 'sha-256', value }];
  const url = `ws://127.0.0.1:${port}/echo`;

  const session = async (consume) => {
    const session = await framewire.connect(url, { bridge, serverCertificateHashes });
    const client = { send: (payload) => session.send(payload), close: () => session.terminate() };
    consume(session, client).catch((error) => client.onError(error));
    return client;
  };
  const clients = {
    framewire: () =>
      session(async (session, client) => {
        for await (const frame of session) {
          const sent = client.onMessage(frame.data);
          if (sent) await sent;
        }
      }),
    batches: () =>
      session(async (session, client) => {
        for await (const frames of session.incoming.batches()) {
          let sent;
          for (const frame of frames) sent = client.onMessage(frame.data) ?? sent;
          if (sent) await sent;
        }
      }),
    WebSocket: () => ownWebSocket(url),
  };
  const tunnel = `${bridge}/.well-known/masque/tcp/127.0.0.1/${port}/`;
  return {
    async open(name, params) {
      const side =
        name === 'stream'
          ? await bareStream(tunnel, serverCertificateHashes, params)
          : await work[params.work](clients[name], params);
      side.measure = async (count) => {
        const begin = performance.now();
        const { done = count, metrics } = (await side.run(count)) ?? {};
        return { seconds: (performance.now() - begin) / 1000, done, metrics };
      };
      return side;
    },
  };
}

function ownWebSocket(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    const client = {
      send: (payload) => socket.send(payload),
      close: () => socket.close(),
    };
    socket.onmessage = ({ data }) => {
      client.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
    };
    socket.onopen = () => resolve(client);
    socket.onerror = () => (client.onError ?? reject)(new Error('the WebSocket failed'));
  });
}

/** Pipelined echo: each message that comes back sends the next. */
async function echo(open, { size, kind, sessions, window }) {
  const list = payloads(size, kind);
  const take = kind === 'binary' ? 'bytes' : 'text';
  const lanes = [];
  for (let index = 0; index < sessions; index += 1) {
    lanes.push({ client: await open(), checker: new Checker(list) });
  }
  const lane = ({ client, checker }, count) => {
    const done = deferred();
    let sent = 0;
    let received = 0;
    checker.turn = 0;
    const next = () => {
      sent += 1;
      return client.send(list[(sent - 1) % TURNS]);
    };
    client.onError = done.reject;
    client.onMessage = (data) => {
      checker[take](data);
      received += 1;
      if (received === count) done.resolve();
      return sent < count ? next() : undefined;
    };
    while (sent < Math.min(window, count)) next();
    return done.promise;
  };
  const run = async (count) => {
    const each = Math.ceil(count / sessions);
    await Promise.all(lanes.map((one) => lane(one, each)));
    return { done: each * sessions };
  };
  return {
    run,
    async verify() {
      for (const { checker } of lanes) checker.thorough = true;
      await run(TURNS * sessions);
      for (const { checker } of lanes) checker.thorough = false;
    },
    close() {
      for (const { client } of lanes) client.close();
    },
  };
}

/** Messages there and back one by one; the times in milliseconds. */
async function roundTrip(open, { size }) {
  const list = payloads(size);
  const client = await open();
  const checker = new Checker(list);
  return {
    async run(count) {
      const times = new Float64Array(count);
      const done = deferred();
      let index = 0;
      let begin = 0;
      checker.turn = 0;
      const next = () => {
        begin = performance.now();
        client.send(list[index % TURNS]);
      };
      client.onError = done.reject;
      client.onMessage = (data) => {
        times[index] = performance.now() - begin;
        checker.bytes(data);
        index += 1;
        if (index === count) done.resolve();
        else next();
      };
      next();
      await done.promise;
      times.sort();
      return { metrics: { median: times[count >> 1], p99: times[Math.floor(count * 0.99)] } };
    },
    close: () => client.close(),
  };
}

const work = { echo, roundTrip };

/** A stream through the bridge to the same server, upgraded by hand: frames that were masked before. It counts bytes. */
async function bareStream(address, serverCertificateHashes, params) {
  const { size, kind, window } = params;
  const tunnel = new WebTransport(address, { serverCertificateHashes });
  await tunnel.ready;
  const { readable, writable } = await tunnel.createBidirectionalStream();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  await writer.write(
    new TextEncoder().encode(
      'GET /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ),
  );
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += new TextDecoder().decode((await reader.read()).value);
  const out = frame(payloads(size, kind)[0], KEY);
  const reply = frame(payloads(size, kind)[0]).length;
  // Many small frames leave as one piece, as a session's do.
  const most = Math.max(1, Math.floor((64 * 1024) / out.length));
  const piece = new Uint8Array(out.length * most);
  for (let at = 0; at < piece.length; at += out.length) piece.set(out, at);
  const write = (count) => {
    for (let left = count; left > 0; left -= most) {
      writer.write(piece.slice(0, Math.min(left, most) * out.length)).catch(() => {});
    }
  };
  return {
    async run(count) {
      let sent = Math.min(window, count);
      write(sent);
      for (let bytes = 0; bytes < count * reply; ) {
        bytes += (await reader.read()).value.length;
        const next = Math.min(count, Math.floor(bytes / reply) + window) - sent;
        if (next > 0) write(next);
        sent += Math.max(0, next);
      }
    },
    close: () => tunnel.close(),
  };
}
