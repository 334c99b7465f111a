/** Peers as clients whose upgrade is done, in memory: those that have no codec without one. */

import { Agent, WebSocket as Undici } from 'undici';
import websocketDriver from 'websocket-driver';
import { acceptKey } from '../support/upgrade.mjs';
import { MemoryDuplex } from './memory.mjs';

/** What a server answers to a request. */
function answerTo(request) {
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)[1];
  return Buffer.from(
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
  );
}

/** A driver of websocket-driver. */
export async function openDriver() {
  const client = websocketDriver.client('ws://localhost/', { maxLength: 1 << 30 });
  const asked = new Promise((resolve) => client.io.once('data', (bytes) => resolve(`${bytes}`)));
  const opened = new Promise((resolve) => client.once('open', resolve));
  client.start();
  client.io.write(answerTo(await asked));
  await opened;
  return client;
}

/** A WebSocket of undici, whose connections are made by an agent of ours, and the stream it stands on. */
export async function openUndici(drain = { take() {} }) {
  let request = '';
  const duplex = new MemoryDuplex({
    take(part) {
      if (request === undefined) return drain.take(part);
      request += Buffer.from(part).toString('latin1');
      if (!request.endsWith('\r\n\r\n')) return undefined;
      const answer = answerTo(request);
      request = undefined;
      return duplex.feed([answer], 1);
    },
  });
  // It is not ready to be called back before it has asked.
  const connect = (_options, done) => queueMicrotask(() => done(null, duplex));
  const dispatcher = new Agent({ connect });
  const socket = new Undici('ws://localhost/', { dispatcher });
  socket.binaryType = 'arraybuffer';
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', ({ error }) => reject(error));
  });
  return { socket, duplex };
}
