/** The upgrade by hand, for what is compared beneath a session. */

import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';

/** What a server answers to a key (RFC 6455 §4.2.2). */
export function acceptKey(key) {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** A socket whose upgrade is done. */
export function upgradedSocket(url) {
  return new Promise((resolve, reject) => {
    const asked = request(url.replace(/^ws/, 'http'), {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      },
    });
    asked.once('upgrade', (_, socket) => {
      socket.setNoDelay(true);
      resolve(socket);
    });
    asked.once('error', reject);
    asked.end();
  });
}
