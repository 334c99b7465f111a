/**
 * A server in a process of its own: `/flood?size=…&count=…` sends that many messages as fast as they
 * are taken, and then Close 1000; `/sink` reads nothing before the parent says so, and then tells
 * what came; any other path sends back what comes. Tells the parent its port.
 */

import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { closeFrame, frame } from './raw.mjs';
import { echo, switching } from './support.mjs';

const BLOCK = 1 << 20;

/** Writes numbered messages by hand: faster than a library would, and no faster than they are read. */
function flood(socket, size, count) {
  const one = frame(2, Buffer.alloc(size));
  let number = 0;
  const write = () => {
    while (number < count) {
      const frames = Math.min(Math.ceil(BLOCK / size), count - number);
      const block = Buffer.alloc(frames * one.length, one);
      for (let end = one.length; end <= block.length; end += one.length) {
        block.writeUInt32BE(number, end - size);
        block[end - 1] = number & 0xff;
        number += 1;
      }
      if (!socket.write(block)) return socket.once('drain', write);
    }
    socket.end(closeFrame(1000));
  };
  write();
}

/** Reads numbered messages when it is told to, and tells whether they came in order. */
function sink(peer) {
  peer.pause();
  let count = 0;
  let inOrder = true;
  peer.on('message', (data) => {
    inOrder &&= data.readUInt32BE() === count && data.at(-1) === (count & 0xff);
    count += 1;
  });
  peer.on('close', () => process.send({ count, inOrder }));
  process.once('message', () => peer.resume());
}

const library = new WebSocketServer({ noServer: true });
const server = createServer();
server.on('upgrade', (request, socket, head) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  socket.on('error', () => {});
  if (pathname === '/flood') {
    socket.write(switching(`Sec-WebSocket-Key: ${request.headers['sec-websocket-key']}`));
    flood(socket, Number(searchParams.get('size')), Number(searchParams.get('count')));
  } else {
    library.handleUpgrade(request, socket, head, (peer) => {
      peer.on('error', () => {});
      if (pathname === '/sink') sink(peer);
      else echo(peer);
    });
  }
});
server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit());
