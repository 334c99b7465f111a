/** The examples of the README at the root and of the bridge's. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { browser } from './browser.mjs';
import { ground } from './ground.mjs';
import { assertLinks, Readme } from './readme.mjs';

const readme = new Readme('README.md');
const bridge = new Readme('bridge/README.md');
const node = ground([9001, 8080]);
const pages = browser(node);

readme.example(['echo.mjs', 'client.mjs'], async (_, echo, client) => {
  await node.serve('echo.mjs', echo);
  await node.run('client.mjs', client);
});

readme.example('index.html', async (t, text) => {
  await node.serve('echo.mjs', readme.text('echo.mjs'));
  await node.write('index.html', text);
  assert.match(await pages.log(t, 'index.html'), /^hello from a page, [\d.]+ ms$/);
});

bridge.example('page.js', async (t, text) => {
  // The bridge resets it when the page leaves.
  const target = createServer((socket) => socket.on('error', () => {}).pipe(socket));
  target.listen(Number(node.adapt('8080')), 'localhost');
  await once(target, 'listening');
  t.after(() => target.close());
  await node.write('page.js', `${text}\nexport { readable, session, writable }\n`);
  await node.write('page.html', '<!doctype html>');
  const { page } = await pages.open(t, 'page.html');
  const answer = await page.evaluate(async () => {
    const { readable, session, writable } = await import('/page.js');
    const writer = writable.getWriter();
    await writer.write(new TextEncoder().encode('over TCP'));
    const { value } = await readable.getReader().read();
    session.close();
    return new TextDecoder().decode(value);
  });
  assert.equal(answer, 'over TCP');
});

readme.everyExampleIsRun();
bridge.everyExampleIsRun();

for (const path of [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'bridge/README.md',
  'pkg-template/README.md',
]) {
  test(`${path}: every link leads to a file or heading that is there`, () => assertLinks(path));
}
