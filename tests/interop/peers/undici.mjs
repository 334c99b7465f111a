/** undici's WebSocket as a peer, in this process; a client only. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Agent, buildConnector, ping, WebSocket } from 'undici';

export const undici = {
  name: 'undici',
  can: {
    headers: true,
    ping: true,
    seePings: true,
    abort: true,
    ordered: true,
    loseBom: true,
    codes: [1000, 3000, 4999],
  },
  start(report) {
    const opened = new Map();
    const ids = new Map();
    const stop = ['ping', 'pong'].map((event) => {
      const heard = ({ payload, websocket }) => {
        const hex = Buffer.from(payload ?? []).toString('hex');
        report({ event, id: ids.get(websocket), payload: hex });
      };
      subscribe(`undici:websocket:${event}`, heard);
      return () => unsubscribe(`undici:websocket:${event}`, heard);
    });
    report({ event: 'ready' });
    return {
      command(command) {
        if (command.do !== 'connect') {
          COMMANDS[command.do](opened.get(command.id), command);
          return;
        }
        const connection = connect(command, report);
        opened.set(command.id, connection);
        ids.set(connection.socket, command.id);
      },
      async end() {
        for (const unheard of stop) unheard();
        for (const { agent, wires } of opened.values()) {
          for (const wire of wires) wire.destroy();
          await agent.destroy();
        }
      },
    };
  },
};

function connect({ id, url, protocols, headers }, report) {
  // The WebSocket does not show its TCP connection, which `abort` has to end.
  const wires = [];
  const dial = buildConnector({});
  const agent = new Agent({
    connect: (options, done) =>
      dial(options, (error, wire) => {
        if (wire) wires.push(wire);
        done(error, wire);
      }),
  });
  const socket = new WebSocket(url, { protocols, headers, dispatcher: agent });
  socket.binaryType = 'arraybuffer';
  let isOpen = false;
  socket.onopen = () => {
    isOpen = true;
    report({ event: 'open', id, protocol: socket.protocol });
  };
  socket.onmessage = ({ data }) => socket.send(data);
  socket.onclose = ({ code, reason }) => {
    report(isOpen ? { event: 'close', id, code, reason } : { event: 'refused', id });
  };
  socket.onerror = () => {};
  return { socket, agent, wires };
}

const COMMANDS = {
  ping: ({ socket }, { payload }) => ping(socket, Buffer.from(payload, 'hex')),
  close: ({ socket }, { code, reason }) => socket.close(code, reason),
  abort({ wires }) {
    for (const wire of wires) wire.destroy();
  },
};
