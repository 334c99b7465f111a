/** What framewire has for Node. */

import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { accept, type ByteTransport, connect, type WebSocketSession } from 'framewire';
import { acceptUpgrade, nodeTransport } from 'framewire/node';

// A socket's streams are a transport as they are.
createServer((socket) => accept(Duplex.toWeb(socket)));
createServer((socket) => accept(nodeTransport(socket)));
export const transport: ByteTransport = nodeTransport(connectTls(443));
check<Same<ReturnType<typeof nodeTransport>, ByteTransport>>(true);
check<Same<ReturnType<typeof acceptUpgrade>, Promise<WebSocketSession>>>(true);

// `upgrade` of both kinds of servers.
createHttpServer().on('upgrade', (request, socket, head) => acceptUpgrade(request, socket, head));
createHttpsServer().on('upgrade', (request, socket, head) =>
  acceptUpgrade(request, socket, head, { selectProtocol: ([first]) => first }),
);

const tls: ConnectionOptions = { ca: 'PEM', servername: 'localhost' };
connect('wss://localhost/', { tls, headers: { 'User-Agent': 'mine' } });

declare const request: IncomingMessage;
declare const socket: Socket;
// @ts-expect-error the bytes behind the request are needed
acceptUpgrade(request, socket);
// @ts-expect-error streams of the web are no Duplex
nodeTransport(Duplex.toWeb(socket));
// @ts-expect-error only a client has options of TLS
acceptUpgrade(request, socket, new Uint8Array(0), { tls });
