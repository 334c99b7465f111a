/**
 * The WebSocket server of the demo, made with npm `ws`. Run with an IPC channel, on which it says
 * `{ port }` or `{ failed }`; it ends when the channel closes.
 *
 *   /                      sends every message back
 *   /close/{code}/{reason} closes at once with that code
 *
 * Every upgrade needs the `Authorization` header, else 401. Of the subprotocols offered it takes
 * `echo.v1`. Pings are answered by `ws`.
 *
 * Environment: ECHO_PORT, ECHO_AUTHORIZATION.
 */

import { WebSocketServer } from 'ws';

const PROTOCOL = 'echo.v1';
const CLOSE_PATH = /^\/close\/(\d{4})(?:\/([^/]*))?$/;
/** Echoes that the peer has not taken: beyond this its messages are no longer read. */
const MOST_BUFFERED = 8 * 1024 * 1024;

const port = Number(process.env.ECHO_PORT);
const authorization = process.env.ECHO_AUTHORIZATION;

const server = new WebSocketServer({
  host: '127.0.0.1',
  port,
  maxPayload: 64 * 1024 * 1024,
  handleProtocols: (offers) => (offers.has(PROTOCOL) ? PROTOCOL : false),
  verifyClient: ({ req }, answer) => {
    if (req.headers.authorization !== authorization) {
      answer(false, 401, 'Unauthorized', { 'WWW-Authenticate': 'Bearer' });
    } else if (endpoint(req.url) === undefined) {
      answer(false, 404, 'Not Found');
    } else {
      answer(true);
    }
  },
});

server.on('listening', () => process.send({ port: server.address().port }));
server.on('error', (error) => {
  const reason =
    error.code === 'EADDRINUSE'
      ? `TCP port ${port} is taken by another program; choose one with ECHO_PORT`
      : error.message;
  process.send({ failed: reason }, () => process.exit(1));
});
server.on('connection', (socket, request) => {
  // What is wrong with one connection ends that one: `ws` closes it.
  socket.on('error', () => {});
  endpoint(request.url)(socket);
});

// Ctrl-C reaches the whole process group; the demo decides when this server ends.
process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));

/** What is done with a connection to a path; `undefined` where there is nothing. */
function endpoint(url) {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname === '/') return echo;
  const [, code, reason = ''] = CLOSE_PATH.exec(pathname) ?? [];
  if (code === undefined || !maySend(Number(code))) return undefined;
  try {
    const text = decodeURIComponent(reason);
    return Buffer.byteLength(text) > 123 ? undefined : (socket) => socket.close(Number(code), text);
  } catch {
    return undefined;
  }
}

function echo(socket) {
  socket.on('message', (data, isBinary) => {
    socket.send(data, { binary: isBinary }, () => {
      if (socket.isPaused && socket.bufferedAmount <= MOST_BUFFERED) socket.resume();
    });
    if (socket.bufferedAmount > MOST_BUFFERED) socket.pause();
  });
}

/** Whether a Close may carry the code. */
function maySend(code) {
  if (code >= 3000) return code <= 4999;
  return code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code);
}
