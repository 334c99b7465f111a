/** permessage-deflate in a page: a session over the bridge with a server made with ws. */

import assert from 'node:assert/strict';
import { echo, webSocketServer } from '../node/support.mjs';
import { stage } from './stage.mjs';

const { pageTest } = stage();

pageTest('messages are compressed both ways, and come back as they were', async (page, t) => {
  const { url } = await webSocketServer(t, echo, {
    perMessageDeflate: { threshold: 0, serverMaxWindowBits: 10 },
  });
  const told = await page.run(async ([{ open, text, noise, checkBytes }, address]) => {
    const { permessageDeflate } = await import('/framewire/deflate.js');
    const session = await open(address, {
      extensions: [permessageDeflate({ threshold: 0, clientMaxWindowBits: 12 })],
      fragmentSize: 10_000,
    });
    for (const size of [0, 1, 1000, 65_536, 1 << 20]) {
      await session.send(text(size));
      if ((await session.receive()).text !== text(size)) throw new Error(`text of ${size}`);
      await session.send(noise(size, size + 1));
      checkBytes((await session.receive()).bytes, noise(size, size + 1));
    }
    await session.send(text(50_000), { compress: false });
    if ((await session.receive()).text !== text(50_000)) throw new Error('text not compressed');
    const { code } = await session.close();
    const { encoded, decoded } = session.stats();
    return { code, encoded, decoded, parameters: session.extensions[0].parameters };
  }, url);
  const { encoded, decoded } = told;
  assert.deepEqual(told.parameters, {
    server_max_window_bits: '10',
    client_max_window_bits: '12',
  });
  assert.equal(told.code, 1000);
  assert.deepEqual([encoded.messages, decoded.messages], [11, 11]);
  assert.equal(decoded.after, encoded.before);
  assert.ok(encoded.after < encoded.before && decoded.before < decoded.after);
});

pageTest('a message that inflates beyond the limit ends the session with 1009', async (page, t) => {
  const { url } = await webSocketServer(t, (peer) => peer.send(Buffer.alloc(32 << 20)), {
    perMessageDeflate: true,
  });
  const { info, name } = await page.run(async ([{ open, ending, failure }, address]) => {
    const { permessageDeflate } = await import('/framewire/deflate.js');
    const session = await open(address, {
      extensions: [permessageDeflate({ maxInflatedSize: 1 << 20 })],
    });
    const { name } = await failure(session.receive());
    return { info: await ending(session), name };
  }, url);
  assert.deepEqual(
    [info.code, info.error.code, name],
    [1009, 'ERR_MESSAGE_TOO_BIG', 'MessageTooBigError'],
  );
});
