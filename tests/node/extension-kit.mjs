/** Extensions that the tests negotiate, and sessions that use them. */

import { overTransport } from '#framewire';
import { answeringServer, memoryPair, open, switching } from './support.mjs';

/** The bits of a message as a number: RSV1 is 4. */
const bit = (number) => ({ [`rsv${number}`]: true });

/** An extension that writes down what is asked of it and adds its mark to what is sent. */
export function marking(name, rsv, { log = [], parameters = {}, mark = name } = {}) {
  const marks = new TextEncoder().encode(mark);
  const steps = {
    encode(message) {
      log.push(`${name} encodes`);
      const bytes = new Uint8Array([...marks, ...message.bytes]);
      return { ...message, ...(rsv && bit(rsv)), bytes };
    },
    decode(message) {
      log.push(`${name} decodes`);
      const head = new TextDecoder().decode(message.bytes.subarray(0, marks.length));
      if (head !== mark) throw new Error(`${head} is not ${mark}`);
      return { ...message, bytes: message.bytes.subarray(marks.length) };
    },
    close: () => log.push(`${name} closes`),
  };
  return {
    name,
    ...(rsv && { rsv: [rsv] }),
    offer: () => parameters,
    accept(agreed) {
      log.push([name, 'accepts', { ...agreed }]);
      return steps;
    },
    answer(offers) {
      log.push([name, 'answers', offers.map((offer) => ({ ...offer }))]);
      return { parameters: offers[0], steps };
    },
  };
}

/** An extension that has RSV1 and does what it is told. */
export function custom(steps, name = 'x-custom') {
  return {
    name,
    rsv: [1],
    offer: () => ({}),
    accept: () => steps,
    answer: () => ({ parameters: {}, steps }),
  };
}

/** Messages of one byte that stand for many zeros. */
export const zeros = custom({
  encode: ({ type, bytes }) => ({ type, bytes: new Uint8Array([bytes.length >> 10]), rsv1: true }),
  decode: ({ type, bytes }) => ({ type, bytes: new Uint8Array((bytes[0] ?? 0) << 10) }),
});

/** Two sessions that talk to each other with these extensions. */
export function pair(t, extensions, options = {}) {
  const [ours, theirs] = memoryPair();
  const client = overTransport(ours, { role: 'client', extensions, ...options });
  const server = overTransport(theirs, { role: 'server', extensions, ...options });
  t.after(() => {
    client.terminate();
    server.terminate();
  });
  return { client, server };
}

/** A request for an upgrade with these offers, as a client of the raw kind writes it. */
export const request = (offers) =>
  `${[
    'GET / HTTP/1.1',
    'Host: a',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...offers.map((offer) => `Sec-WebSocket-Extensions: ${offer}`),
  ].join('\r\n')}\r\n\r\n`;

/** What a server of the raw kind was offered by our client, and what became of its answer. */
export async function offered(t, extensions, answer = []) {
  let header;
  const { url } = await answeringServer(t, (socket, head) => {
    header = /^sec-websocket-extensions: (.*)$/im.exec(head)?.[1];
    socket.write(
      switching(
        head,
        answer.map((line) => `Sec-WebSocket-Extensions: ${line}`),
      ),
    );
  });
  const opening = open(t, url, { extensions });
  await opening.catch(() => {});
  return { header, opening };
}
