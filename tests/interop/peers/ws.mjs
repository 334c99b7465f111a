/** npm ws as a peer, in this process. */

import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';

const PROTOCOL = 'v1.chat';
/** A client offers compression and does without, as with most servers. */
const OPTIONS = { perMessageDeflate: true, maxPayload: 0 };

export const ws = {
  name: 'ws',
  can: {
    serve: true,
    headers: true,
    answerHeaders: true,
    status: true,
    ping: true,
    seePings: true,
    fragments: true,
    abort: true,
    ordered: true,
  },
  async start(report) {
    const sockets = new Map();
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      ...OPTIONS,
      verifyClient: ({ req }, done) => done(/^\/\d+$/.test(req.url), 403, 'not here'),
      handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
    });
    server.on('headers', (headers) => headers.push('X-Served: by ws'));
    server.on('connection', (socket, { url, headers }) => {
      const id = Number(url.slice(1));
      sockets.set(id, socket);
      report({ event: 'open', id, protocol: socket.protocol, headers });
      echo(socket, id, report);
    });
    await once(server, 'listening');
    report({ event: 'ready', port: server.address().port });
    return {
      command(command) {
        const { do: what, id } = command;
        if (what === 'connect') sockets.set(id, connect(command, report));
        else COMMANDS[what](sockets.get(id), command);
      },
      end() {
        for (const socket of sockets.values()) socket.terminate();
        server.close();
      },
    };
  },
};

function connect({ id, url, protocols, headers }, report) {
  const socket = new WebSocket(url, protocols, { ...OPTIONS, headers });
  let answer;
  socket.once('upgrade', (response) => {
    answer = response.headers;
  });
  socket.once('open', () => {
    report({ event: 'open', id, protocol: socket.protocol, headers: answer });
  });
  socket.once('unexpected-response', (request, { statusCode }) => {
    socket.removeAllListeners('close');
    request.destroy();
    report({ event: 'refused', id, status: statusCode });
  });
  echo(socket, id, report);
  return socket;
}

function echo(socket, id, report) {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => socket.send(data, { binary }));
  for (const event of ['ping', 'pong']) {
    socket.on(event, (data) => report({ event, id, payload: data.toString('hex') }));
  }
  socket.on('close', (code, reason) => {
    report({ event: 'close', id, code, reason: reason.toString() });
  });
}

const COMMANDS = {
  ping: (socket, { payload }) => socket.ping(Buffer.from(payload, 'hex')),
  close: (socket, { code, reason }) => socket.close(code, reason),
  abort: (socket) => socket.terminate(),
  fragments(socket, { kind, parts, ping }) {
    for (const [index, part] of parts.entries()) {
      const fin = index === parts.length - 1;
      socket.send(Buffer.from(part, 'hex'), { binary: kind === 'binary', fin });
      if (ping !== undefined && !fin) socket.ping(Buffer.from(ping, 'hex'));
    }
  },
};
