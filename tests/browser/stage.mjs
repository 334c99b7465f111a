/** What the browser tests share: Chromium, the bridge, a page that has the package, and what it threw. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Children, startBridge } from '../../scripts/demo/children.mjs';
import { CHROMIUM_ARGS, Complaint, ROOT, readSettings } from '../../scripts/demo/settings.mjs';

/** How long the browser may take to start or to end, and a page for one piece of work. */
const BROWSER_TIMEOUT = 20_000;
const WORK_TIMEOUT = 30_000;

/** What the page may load: its path and the file. */
const FILES = {
  '/framewire/web.js': join(ROOT, 'pkg/lib/web.js'),
  '/framewire/base.js': join(ROOT, 'pkg/lib/base.js'),
  '/framewire/deflate.js': join(ROOT, 'pkg/lib/deflate.js'),
  '/kit.mjs': join(ROOT, 'tests/browser/kit.mjs'),
};

/** Addresses by number that the bridge takes; the others of this machine are not allowed. */
const ALLOWED = '127.0.0.1:*';

/**
 * Chromium, the bridge and the page's server for the tests of a file. They start before the first
 * test and have ended after the last.
 */
export function stage() {
  const children = new Children();
  const folder = mkdtempSync(join(tmpdir(), 'framewire-'));
  let server;
  const running = { browser: undefined, origin: undefined, bridge: undefined };
  const kill = () => children.kill();

  before(async () => {
    process.once('exit', kill);
    const { bridgeBinary, chromium: executablePath } = readSettings(process.env);
    if (!executablePath) throw new Complaint('No Chromium is on PATH; name it with CHROMIUM.');
    server = await pageServer();
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    running.origin = `http://127.0.0.1:${server.address().port}`;
    running.bridge = await startBridge(children, {
      binary: bridgeBinary,
      port: 0,
      target: ALLOWED,
      origins: [running.origin],
      infoFile: join(folder, 'bridge.json'),
      // Chromium does not always take leave when a page is closed: the bridge must notice soon.
      options: ['--idle-timeout', '8s', '--keep-alive', '2s'],
    });
    running.browser = await chromium.launch({
      executablePath,
      args: CHROMIUM_ARGS,
      timeout: BROWSER_TIMEOUT,
    });
  });

  after(async () => {
    try {
      if (running.browser)
        await within(BROWSER_TIMEOUT, running.browser.close(), 'closing Chromium');
    } finally {
      await children.end();
      server?.closeAllConnections();
      server?.close();
      rmSync(folder, { recursive: true, force: true });
      process.off('exit', kill);
    }
  });

  return {
    /** A test in a page of its own, where nothing may be thrown that nobody catches. */
    pageTest(name, run) {
      test(name, async (t) => {
        const page = await Page.open(running);
        try {
          await run(page, t);
          assert.deepEqual(page.uncaught, []);
        } finally {
          await page.close();
        }
      });
    },
  };
}

/** A page that has the package and the kit of `kit.mjs`. */
class Page {
  #page;
  #kit;
  /** What nobody in the page caught. */
  uncaught = [];
  origin;
  bridge;

  static async open({ browser, origin, bridge }) {
    const page = new Page();
    page.origin = origin;
    page.bridge = { url: bridge.url, certificateHash: bridge.certificateHash };
    page.#page = await browser.newPage();
    page.#page.on('pageerror', (error) => page.uncaught.push(error.message));
    await page.#page.goto(`${origin}/`, { timeout: WORK_TIMEOUT });
    page.#kit = await within(
      WORK_TIMEOUT,
      page.#page.evaluateHandle(
        async (way) => (await import('/kit.mjs')).makeKit(way),
        page.bridge,
      ),
      'loading the package',
    );
    return page;
  }

  /** Runs a function in the page with `[kit, ...given]`, and gives what it returns. */
  run(work, ...given) {
    const done = this.#page.evaluate(work, [this.#kit, ...given]);
    return within(WORK_TIMEOUT, done, 'work in the page');
  }

  /** The same, but what it returns stays in the page and can be given to other functions there. */
  keep(work, ...given) {
    const done = this.#page.evaluateHandle(work, [this.#kit, ...given]);
    return within(WORK_TIMEOUT, done, 'work in the page');
  }

  /** Opens a session over the bridge that stays in the page. */
  session(url, options) {
    return this.keep(([{ open }, ...given]) => open(...given), url, options);
  }

  /** What opening a session over the bridge throws, told by `failure` of the kit. */
  failure(url, options) {
    return this.run(([{ open, failure }, ...given]) => failure(open(...given)), url, options);
  }

  /** The frames of a session until its end, and how it ended. */
  watch(session) {
    return this.run(
      async ([{ drain, ending }, session]) => ({
        frames: await drain(session),
        info: await ending(session),
      }),
      session,
    );
  }

  async close() {
    await within(WORK_TIMEOUT, this.#page.close(), 'closing the page');
  }
}

/** Checks an error that a page told: what it is and what its sentence says. */
export function assertError(told, name, code, pattern) {
  assert.ok(told, 'nothing was thrown');
  assert.deepEqual([told.name, told.code], [name, code], told.message);
  assert.ok(told.isTyped, `${name} is not the class of the package`);
  assert.match(told.message, pattern);
}

/** A promise, but not for ever. */
export async function within(milliseconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    const fail = () => reject(new Error(`${what} was not done within ${milliseconds / 1000} s`));
    timer = setTimeout(fail, milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A server of the page and of `FILES` as they are now: a build under way does not take them away. */
async function pageServer() {
  const bodies = new Map();
  for (const [path, file] of Object.entries(FILES)) bodies.set(path, await readFile(file));
  return createServer(({ url }, response) => {
    const body = bodies.get(url);
    const type = body ? 'text/javascript' : 'text/html';
    response.writeHead(body || url === '/' ? 200 : 404, {
      'Content-Type': `${type}; charset=utf-8`,
    });
    response.end(body ?? '<!doctype html><link rel="icon" href="data:,"><title>framewire</title>');
  });
}
