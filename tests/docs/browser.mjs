/** Pages among the examples: Chromium, the bridge, and a server of the project's files. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { after, before } from 'node:test';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { Children, startBridge } from '../../scripts/demo/children.mjs';
import { CHROMIUM_ARGS, readSettings } from '../../scripts/demo/settings.mjs';

/** How long a page may take to say something, in milliseconds. */
const TIMEOUT = 30_000;

const TYPES = { html: 'text/html; charset=utf-8', js: 'text/javascript' };

/** Pages over the files of a ground, whose examples then name the bridge that runs. */
export function browser(ground) {
  const pages = new Pages(ground);
  before(() => pages.start());
  after(() => pages.stop());
  return pages;
}

class Pages {
  bridge;
  #ground;
  #children = new Children();
  #folder = mkdtempSync(join(tmpdir(), 'framewire-'));
  #server;
  #origin;
  #browser;
  #policy;

  constructor(ground) {
    this.#ground = ground;
  }

  async start() {
    const { bridgeBinary, chromium: executablePath } = readSettings(process.env);
    assert.ok(executablePath, 'no Chromium is on PATH: name it with CHROMIUM');
    this.#server = createServer((request, response) => this.#answer(request, response));
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#origin = `http://127.0.0.1:${this.#server.address().port}`;
    this.bridge = await startBridge(this.#children, {
      binary: bridgeBinary,
      port: 0,
      target: '127.0.0.1:*',
      origins: [this.#origin],
      infoFile: join(this.#folder, 'bridge.json'),
      options: ['--allow', 'localhost:*'],
    });
    this.#ground.replace('https://127.0.0.1:4433', this.bridge.url);
    this.#ground.replace('5f0c…', this.bridge.certificateHash);
    this.#browser = await chromium.launch({
      executablePath,
      args: CHROMIUM_ARGS,
      timeout: TIMEOUT,
    });
  }

  async stop() {
    await this.#browser?.close();
    await this.#children.end();
    this.#server?.closeAllConnections();
    this.#server?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Bundles programs of the project into its folder `built`. */
  async bundle(...names) {
    const { folder } = this.#ground.project;
    const entryPoints = names.map((name) => join(folder, name));
    const outdir = join(folder, 'built');
    const { warnings } = await build({ entryPoints, outdir, bundle: true, format: 'esm' });
    assert.deepEqual(warnings, []);
  }

  /** A page around a script. */
  around(script) {
    return `<!doctype html><pre id="log"></pre><script type="module" src="${script}"></script>`;
  }

  /** A page of the project's, in which nothing may be thrown that nobody catches. */
  async open(t, file, { policy = false } = {}) {
    this.#policy = policy;
    const page = await this.#browser.newPage();
    t.after(() => page.close());
    page.setDefaultTimeout(TIMEOUT);
    const thrown = new Promise((_, reject) => page.on('pageerror', reject));
    thrown.catch(() => {});
    await page.goto(`${this.#origin}/${file}`);
    return { page, thrown };
  }

  /** What a page writes into its element `log`. */
  async log(t, file, options) {
    const { page, thrown } = await this.open(t, file, options);
    const log = page.locator('#log:not(:empty)');
    await Promise.race([log.waitFor({ state: 'attached' }), thrown]);
    return log.textContent();
  }

  async #answer({ url }, response) {
    const file = normalize(url).slice(1);
    const type = TYPES[file.split('.').at(-1)];
    const { project } = this.#ground;
    const body = type && (await readFile(join(project.folder, file)).catch(() => undefined));
    const connects = `connect-src 'self' ${this.bridge.url}`;
    response.writeHead(body ? 200 : 404, {
      ...(type && { 'Content-Type': type }),
      ...(this.#policy && {
        'Content-Security-Policy': `script-src 'self' 'wasm-unsafe-eval'; ${connects}`,
      }),
    });
    response.end(body);
  }
}
