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

/** How long one call may take, in milliseconds: longer means that it hangs. */
const LIMIT = 60_000;

/**
 * A page that nobody watches. In one of Playwright's own Chromium reports every message of a `WebSocket` to it, which
 * costs more than the message; so this one is made beside them and spoken to by itself.
 */
class Page {
  #browser;
  #target;
  #attached;
  #next = 0;
  #waiting = new Map();

  /** `browser` speaks the protocol of its tools with Chromium as a whole. */
  static async open(browser, url) {
    const page = new Page();
    page.#browser = browser;
    browser.on('Target.receivedMessageFromTarget', page.#hear);
    page.#target = (await browser.send('Target.createTarget', { url: 'about:blank' })).targetId;
    const attached = await browser.send('Target.attachToTarget', { targetId: page.#target });
    page.#attached = attached.sessionId;
    await page.#send('Page.enable');
    // Chromium gives a page without focus less.
    await page.#send('Emulation.setFocusEmulationEnabled', { enabled: true });
    const loaded = new Promise((resolve) => page.#waiting.set('Page.loadEventFired', resolve));
    await page.#send('Page.navigate', { url });
    await loaded;
    return page;
  }

  /** Calls a function in the page with a value, both of which are copied, and gives what it settles with. */
  async evaluate(called, given) {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression: `(${called})(${JSON.stringify(given) ?? ''})`,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) {
      const { exception, text } = exceptionDetails;
      throw new Error(`in the page: ${exception?.description ?? exception?.value ?? text}`);
    }
    return result.value;
  }

  async close() {
    this.#browser.off('Target.receivedMessageFromTarget', this.#hear);
    await this.#browser.send('Target.closeTarget', { targetId: this.#target });
  }

  #send(method, params = {}) {
    this.#next += 1;
    const id = this.#next;
    const answer = new Promise((resolve, reject) => {
      const late = () => reject(new Error(`${method} was not done within ${LIMIT / 1000} s`));
      const timer = setTimeout(late, LIMIT);
      this.#waiting.set(id, (heard) => {
        clearTimeout(timer);
        resolve(heard);
      });
    });
    const message = JSON.stringify({ id, method, params });
    const sent = this.#browser.send('Target.sendMessageToTarget', {
      sessionId: this.#attached,
      message,
    });
    return Promise.all([answer, sent]).then(([{ result, error }]) => {
      if (error) throw new Error(`${method}: ${error.message}`);
      return result;
    });
  }

  #hear = ({ sessionId, message }) => {
    if (sessionId !== this.#attached) return;
    const heard = JSON.parse(message);
    const name = heard.id ?? heard.method;
    this.#waiting.get(name)?.(heard);
    this.#waiting.delete(name);
  };
}

/** A server for pages, and Chromium. */
export class Browser {
  #server;
  #chromium;
  #attached;
  origin;
  version;

  static async start() {
    const browser = new Browser();
    await browser.#serve();
    const { chromium: executablePath } = readSettings(process.env);
    browser.#chromium = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
    browser.#attached = await browser.#chromium.newBrowserCDPSession();
    browser.version = browser.#chromium.version();
    return browser;
  }

  /** A new page, with nothing loaded. */
  page() {
    return Page.open(this.#attached, this.origin);
  }

  /** A new page as a host of sides; `way` has the bridge's address and the server's. */
  async host(way) {
    const page = await this.page();
    await page.evaluate(async (way) => {
      const { kit } = await import('/sides/page.mjs');
      globalThis.kit = await kit(way);
      globalThis.sides = [];
    }, way);
    return {
      async open(name, params) {
        const key = await page.evaluate(
          async ([name, params]) => sides.push(await kit.open(name, params)) - 1,
          [name, params],
        );
        const call = (verb) => (count) =>
          page.evaluate(([key, verb, count]) => sides[key][verb]?.(count), [key, verb, count]);
        return { run: call('measure'), verify: call('verify'), close: call('close') };
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
