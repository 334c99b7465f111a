/** The HTTP server of the page: www/ at the root, the built package below /framewire/. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { Complaint, ROOT } from './settings.mjs';

const FOLDERS = [
  { prefix: '/framewire/', folder: join(ROOT, 'pkg/lib') },
  { prefix: '/demo/', folder: join(ROOT, 'scripts/demo') },
  { prefix: '/', folder: join(ROOT, 'www') },
];

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
};

/** Serves the page; `setup` is what /demo.json gives. */
export class PageServer {
  #server = createServer((request, response) => this.#answer(request, response));
  /** What the page fills its form with. */
  setup = {};

  /** Listens and gives the page's origin. */
  async listen(port) {
    await new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const reason =
          error.code === 'EADDRINUSE'
            ? `TCP port ${port} is taken by another program; choose one with PORT`
            : error.message;
        reject(new Complaint(`The page cannot be served: ${reason}.`));
      });
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async end() {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request, response) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    const found = await this.#find(request.url);
    response.writeHead(found ? 200 : 404, {
      'Content-Type': found?.type ?? 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(found?.body ?? 'There is nothing here.\n');
  }

  async #find(url) {
    try {
      const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
      if (path === '/demo.json') {
        return { type: 'application/json', body: JSON.stringify(this.setup) };
      }
      const file = filePath(path === '/' ? '/index.html' : path);
      const type = TYPES[extname(file)];
      return type && { type, body: await readFile(file) };
    } catch {
      return undefined;
    }
  }
}

function filePath(path) {
  const { prefix, folder } = FOLDERS.find((one) => path.startsWith(one.prefix));
  const file = normalize(join(folder, path.slice(prefix.length)));
  if (!file.startsWith(folder + sep)) throw new Error('outside the folder');
  return file;
}
