/** The package in a page, from the tarball. */

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, readSettings } from '../../scripts/demo/settings.mjs';
import { PAIR, scratchProject } from './support.mjs';

const TYPES = { js: 'text/javascript', html: 'text/html' };
let page;
const endings = [];

after(async () => {
  for (const end of endings.reverse()) await end();
});

before(async () => {
  const project = await scratchProject();
  endings.push(() => project.remove());
  const files = {
    '/': '<!doctype html><title>a page</title>',
    '/framewire.js': await readFile(join(project.folder, 'node_modules/framewire/lib/web.js')),
  };
  const server = createServer((request, response) => {
    const type = TYPES[request.url.split('.')[1]] ?? TYPES.html;
    response.writeHead(files[request.url] ? 200 : 404, { 'Content-Type': type });
    response.end(files[request.url]);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => server.close());
  const { chromium: executablePath } = readSettings(process.env);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  endings.push(() => browser.close());
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
});

test('a pair of sessions talks in a page', async () => {
  const body = `(async () => {
    const { overTransport } = await import('/framewire.js');
    ${PAIR}
    return [frame.text, answer.text, info.code, info.wasClean].join(' ');
  })()`;
  assert.equal(await page.evaluate(body), 'hello hello 1000 true');
});

test('a page with no transport and no bridge is told what to pass', async () => {
  const body = `(async () => {
    const { connect } = await import('/framewire.js');
    return connect('ws://127.0.0.1:1/').catch((error) => [error.name, error.message].join(': '));
  })()`;
  assert.match(await page.evaluate(body), /^TypeError: .*pass bridge .* or transport/);
});
