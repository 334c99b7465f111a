/** Chromium with a page that has the package: a host of sides as `host.mjs` is one, in a page. */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM_ARGS, ROOT, readSettings } from '../../scripts/demo/settings.mjs';

/** What a page may load: its path and the file. */
const FILES = {
  '/framewire/web.js': 'pkg/lib/web.js',
  '/framewire/base.js': 'pkg/lib/base.js',
  '/support/payloads.mjs': 'benches/support/payloads.mjs',
  '/support/frames.mjs': 'benches/support/frames.mjs',
  '/sides/page.mjs': 'benches/sides/page.mjs',
  '/sides/bare.mjs': 'benches/sides/bare.mjs',
  '/sides/work.mjs': 'benches/sides/work.mjs',
};

/** A server for pages, and Chromium. */
export class Browser {
  #server;
  #chromium;
  origin;
  version;

  static async start() {
    const browser = new Browser();
    await browser.#serve();
    const { chromium: executablePath } = readSettings(process.env);
    browser.#chromium = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
    browser.version = browser.#chromium.version();
    return browser;
  }

  /** A new page, with nothing loaded. */
  async page() {
    const page = await this.#chromium.newPage();
    await page.goto(this.origin);
    return page;
  }

  /** A new page as a host of sides; `way` has the bridge's address and the server's. */
  async host(way) {
    const page = await this.page();
    const kit = await page.evaluateHandle(
      async (given) => (await import('/sides/page.mjs')).kit(given),
      way,
    );
    return {
      async open(name, params) {
        const side = await kit.evaluateHandle(
          (kit, [name, params]) => kit.open(name, params),
          [name, params],
        );
        return {
          run: (count) => side.evaluate((side, count) => side.measure(count), count),
          verify: () => side.evaluate((side) => side.verify?.()),
          close: () => side.evaluate((side) => side.close()),
        };
      },
      end: () => page.close(),
    };
  }

  async end() {
    await this.#chromium.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve() {
    const bodies = new Map();
    for (const [path, file] of Object.entries(FILES)) {
      bodies.set(path, readFileSync(join(ROOT, file)));
    }
    this.#server = createServer(({ url }, response) => {
      const body = bodies.get(url);
      const type = body ? 'text/javascript' : 'text/html';
      response.writeHead(body || url === '/' ? 200 : 404, {
        'Content-Type': `${type}; charset=utf-8`,
        // An isolated page has clocks of 5 µs.
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      });
      response.end(body ?? '<!doctype html><link rel="icon" href="data:,"><title>bench</title>');
    });
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
  }
}
