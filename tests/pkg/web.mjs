/** Chromium, and servers of what a bundler made: what the tests in pages share. */

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, readSettings } from '../../scripts/demo/settings.mjs';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** How long a page may take to report, in milliseconds. */
const TIMEOUT = 30_000;

/** A page that loads one module. */
export const page = (module) => `<!doctype html>
  <link rel="icon" href="data:,"><title>a page</title>
  <script type="module" src="${module}"></script>`;

/**
 * Serves a folder. `answer` may change what is told of a path: it gets the usual headers and returns
 * those to send, with a `:status` if it is not 200.
 */
export async function serveFolder(folder, answer = (_, headers) => headers) {
  const server = createServer(async ({ url }, response) => {
    const path = new URL(url, 'http://a').pathname;
    const file = path.endsWith('/') ? `${path}index.html` : path;
    const body = await readFile(join(folder, file)).catch(() => undefined);
    const usual = { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' };
    const { ':status': status = body ? 200 : 404, ...headers } = answer(path, usual);
    response.writeHead(status, headers).end(status === 200 ? body : '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A headless Chromium. */
export async function startChromium() {
  const { chromium: executablePath } = readSettings(process.env);
  if (!executablePath) throw new Error('no Chromium is on PATH: run make setup');
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
  return {
    close: () => browser.close(),
    /**
     * Opens a page and gives what it calls `report` with first. Rejects with what it threw, also in a
     * promise that nobody handled.
     */
    async visit(url) {
      const tab = await browser.newPage();
      try {
        const { promise: reported, resolve, reject } = deferred();
        tab.on('pageerror', reject);
        tab.on('requestfailed', (request) => {
          const { errorText } = request.failure();
          reject(new Error(`${request.url()}: ${errorText}`));
        });
        const late = () => reject(new Error(`${url} has reported nothing`));
        AbortSignal.timeout(TIMEOUT).addEventListener('abort', late);
        await tab.exposeFunction('report', resolve);
        await tab.goto(url);
        return await reported;
      } finally {
        await tab.close();
      }
    },
  };
}

function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => {
    settle = { resolve, reject };
  });
  promise.catch(() => {});
  return { promise, ...settle };
}
