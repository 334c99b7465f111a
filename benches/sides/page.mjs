/**
 * The sides that run in a page: framewire over the bridge, the page's own `WebSocket` to the same server, and a bare
 * WebTransport stream over the same bridge.
 */

import { payloads } from '../support/payloads.mjs';
import { bare } from './bare.mjs';
import { work } from './work.mjs';

/** How much may be queued before the page's own `WebSocket` is made to wait. */
const MARK = 1 << 20;
/** The server's path for each kind of work. */
const PATHS = { echo: '/echo', roundTrip: '/echo', floodIn: '/flood', floodOut: '/sink' };

/** How the page reaches the server: over `bridge`, with a certificate of this hash, or itself. */
export async function kit({ bridge, certificateHash, port }) {
  const { connect } = await import('/framewire/web.js');
  const value = Uint8Array.from(certificateHash.match(/../g), (pair) => Number.parseInt(pair, 16));
  const serverCertificateHashes = [{ algorithm: 'sha-256', value }];
  const limits = { maxFrameSize: 1 << 28, maxMessageSize: 1 << 28 };

  const sessionClient = (consume) => async (url) => {
    const session = await connect(url, { bridge, serverCertificateHashes, ...limits });
    const client = { send: (payload) => session.send(payload), close: () => session.terminate() };
    consume(session, client).catch((error) => client.onError(error));
    return client;
  };
  const clients = {
    framewire: sessionClient(async (session, client) => {
      for await (const frame of session) {
        const sent = client.onMessage(frame.data);
        if (sent) await sent;
      }
    }),
    batches: sessionClient(async (session, client) => {
      for await (const frames of session.incoming.batches()) {
        let sent;
        for (const frame of frames) sent = client.onMessage(frame.data) ?? sent;
        if (sent) await sent;
      }
    }),
    WebSocket: ownWebSocket,
  };
  const openSide = async (name, params) => {
    const path = PATHS[params.work];
    if (name !== 'stream') {
      const list = payloads(params.size, params.kind);
      const open = () => clients[name](`ws://127.0.0.1:${port}${path}`);
      return work[params.work](open, list, params);
    }
    const address = `${bridge}/.well-known/masque/tcp/127.0.0.1/${port}/`;
    const tunnel = new WebTransport(address, { serverCertificateHashes });
    await tunnel.ready;
    return bare[params.work](() => openStream(tunnel, path), params);
  };
  return {
    async open(name, params) {
      const side = await openSide(name, params);
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
      send(payload) {
        socket.send(payload);
        return socket.bufferedAmount < MARK ? undefined : drained(socket);
      },
      close: () => socket.close(),
    };
    socket.onmessage = ({ data }) => {
      client.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
    };
    socket.onopen = () => resolve(client);
    socket.onerror = () => (client.onError ?? reject)(new Error('the WebSocket failed'));
  });
}

/** It tells nobody when it has drained, so it is asked once a turn of the loop. */
async function drained(socket) {
  const { port1, port2 } = new MessageChannel();
  while (socket.bufferedAmount >= MARK) {
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(undefined);
    });
  }
  port1.close();
}

/** A stream through the bridge to the same server, upgraded by hand. */
async function openStream(tunnel, path) {
  const { readable, writable } = await tunnel.createBidirectionalStream();
  const reader = readable.getReader();
  const writer = writable.getWriter();
  await writer.write(
    new TextEncoder().encode(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    ),
  );
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += new TextDecoder().decode((await reader.read()).value);
  const pipe = {
    write(bytes) {
      // A stream may keep what it is given.
      writer.write(bytes.slice()).catch((error) => pipe.onError?.(error));
      return writer.desiredSize > 0 ? undefined : writer.ready;
    },
    close: () => tunnel.close(),
  };
  const read = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      pipe.onData?.(value);
    }
  };
  read().catch((error) => pipe.onError?.(error));
  return pipe;
}
