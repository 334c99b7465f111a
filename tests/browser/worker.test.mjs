/** A session in a worker of a page. */

import assert from 'node:assert/strict';
import { echo, webSocketServer } from '../node/support.mjs';
import { stage } from './stage.mjs';

const { pageTest } = stage();

pageTest('a session in a worker is like one in a page', async (page, t) => {
  const { url } = await webSocketServer(t, echo);
  const text = await page.run(
    async ([, address, way, origin]) => {
      const source = `
        import { makeKit } from '${origin}/kit.mjs';
        onmessage = async ({ data: { way, address } }) => {
          const { framewire, hashes } = await makeKit(way);
          const session = await framewire.connect(address, {
            bridge: way.url,
            serverCertificateHashes: hashes(way.certificateHash),
          });
          await session.send('from a worker');
          const { text } = await session.receive();
          await session.close();
          postMessage(text);
        };`;
      const href = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      const worker = new Worker(href, { type: 'module' });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage({ way, address });
      });
    },
    url,
    page.bridge,
    page.origin,
  );
  assert.equal(text, 'from a worker');
});
