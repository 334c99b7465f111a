/**
 * Prints the bytes that a session holds after a burst of 64 MiB each way, as JSON:
 * `node --expose-gc burst.mjs <side> <url of an echo>`.
 */

import { clients } from '../sides/clients.mjs';
import { listOf } from '../sides/corpus.mjs';

const [side, url] = process.argv.slice(2);
const COUNT = 1024;
const WINDOW = 64;

const client = await clients[side](url, {});
const list = await listOf({ size: 64 * 1024, kind: 'binary' });

/** Sends so many messages and waits until they are back. */
function burst(count, window) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let received = 0;
    const next = () => {
      sent += 1;
      return client.send(list[sent % list.length]);
    };
    client.onError = reject;
    client.onMessage = () => {
      received += 1;
      if (received === count) resolve();
      return sent < count ? next() : undefined;
    };
    while (sent < Math.min(count, window)) next();
  });
}

async function settled() {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss, held: heapUsed + external };
}

await burst(4, 1);
const before = await settled();
await burst(COUNT, WINDOW);
const after = await settled();
const bytes = Math.max(0, after.resident - before.resident);
console.log(JSON.stringify({ bytes, held: after.held - before.held }));
process.exit();
