/** npm ws as a peer, in this process. */

import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';

const PROTOCOL = 'v1.chat';
/** A client offers compression and does without, as with most servers. */
const OPTIONS = { perMessageDeflate: true, maxPayload: 0 };

/** A server that has for each client what the client asks for in the query. */
class Server extends WebSocketServer {
  handleUpgrade(request, ...rest) {
    const { searchParams } = new URL(request.url, 'http://a');
    this.options.perMessageDeflate = deflateOf(JSON.parse(searchParams.get('deflate')));
    super.handleUpgrade(request, ...rest);
  }
}

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
    deflate: true,
    windows: true,
    eight: true,
    ordered: true,
  },
  async start(report) {
    const sockets = new Map();
    const server = new Server({
      host: '127.0.0.1',
      port: 0,
      ...OPTIONS,
      verifyClient: ({ req }, done) => done(/^\/\d+(\?|$)/.test(req.url), 403, 'not here'),
      handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL,
    });
    server.on('headers', (headers) => headers.push('X-Served: by ws'));
    server.on('connection', (socket, { url, headers }) => {
      const id = Number.parseInt(url.slice(1), 10);
      sockets.set(id, socket);
      report({ event: 'open', id, protocol: socket.protocol, headers, agreed: agreed(socket) });
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

/** Its options for what is asked for, by default what it has itself. All that it sends is compressed. */
function deflateOf(settings) {
  if (!settings) return OPTIONS.perMessageDeflate;
  // A false takeover refuses who asks for it; these are settings of who has no wish.
  const wishes = Object.entries(settings).filter(([name, value]) => value || /Bits$/.test(name));
  return { ...Object.fromEntries(wishes), threshold: 0 };
}

/** What holds of permessage-deflate. Nothing public tells. */
function agreed(socket) {
  const { params } = socket._extensions['permessage-deflate'] ?? {};
  return (
    params && {
      serverNoContextTakeover: params.server_no_context_takeover === true,
      clientNoContextTakeover: params.client_no_context_takeover === true,
      serverMaxWindowBits: params.server_max_window_bits ?? 15,
      clientMaxWindowBits: params.client_max_window_bits ?? 15,
    }
  );
}

function connect({ id, url, protocols, headers, deflate }, report) {
  const perMessageDeflate = deflateOf(deflate);
  const socket = new WebSocket(url, protocols, { ...OPTIONS, perMessageDeflate, headers });
  let answer;
  socket.once('upgrade', (response) => {
    answer = response.headers;
  });
  socket.once('open', () => {
    const { protocol } = socket;
    report({ event: 'open', id, protocol, headers: answer, agreed: agreed(socket) });
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
