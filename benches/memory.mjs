/** What sessions hold, how long the first one takes, and what a page loads. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { ROOT } from '../scripts/demo/settings.mjs';
import { Browser } from './support/browser.mjs';
import { PAIRS, summary } from './support/compare.mjs';
import { number, times } from './support/report.mjs';
import { startBridge, startServer } from './support/servers.mjs';

const execute = promisify(execFile);

/** What is measured of idle sessions beside the resident bytes of the process. */
const NAMES = {
  held: 'held after a collection',
  netBytes: 'resident without what they stand on',
  netHeld: 'held without what they stand on',
};

export async function run(report) {
  const server = await startServer();
  const url = server.url('echo');
  const idle = async (way, sessions, sides, path = 'echo') => {
    const given = [way, String(sessions), server.url(path)];
    const one = (side) => probe('idle', [side, ...given], ['--expose-gc']);
    const result = await turns(sides, one, { streams: 'bare streams', default: 'bare' });
    report.add({ section: 'idle', way, sessions }, result, { metric: 'bytes' });
    for (const metric of ['held', 'netBytes', 'netHeld']) {
      const { framewire, ws } = result.sides;
      if (!framewire[metric]) continue;
      const ratio = times(result.ratios.framewire.ws[metric].median);
      report.note(
        `idle ${way}, ${NAMES[metric]}: framewire ${number(framewire[metric].median)}, ws ${number(ws[metric].median)}: ${ratio}`,
      );
    }
  };
  await idle('memory', 10_000, ['framewire', 'streams', 'ws', 'bare', 'bare streams', 'floor']);
  await idle('used', 10_000, ['framewire', 'ws', 'bare']);
  await idle('tcp', 1000, ['framewire', 'ws', 'bare']);
  await idle('agreed', 200, ['framewire', 'ws'], 'compressed/echo');
  await idle('compressed', 200, ['framewire', 'ws'], 'compressed/echo');
  const burst = await turns(['framewire', 'ws'], (side) =>
    probe('burst', [side, url], ['--expose-gc']),
  );
  report.add({ section: 'burst', way: 'tcp', sessions: 1 }, burst, { metric: 'bytes' });
  const start = await turns(['framewire', 'ws'], (side) => probe('start', [side, url]));
  report.add({ section: 'start', way: 'Node' }, start, { metric: 'milliseconds' });
  await startInPage(report, server);
  await server.end();
  sizes(report);
}

/** Runs a program of `benches/probes/` in a Node of its own, and gives what it prints. */
async function probe(name, given, flags = []) {
  const file = fileURLToPath(new URL(`probes/${name}.mjs`, import.meta.url));
  const { stdout } = await execute(process.execPath, [...flags, file, ...given]);
  return JSON.parse(stdout);
}

/**
 * The sides in turns, each time in a process of its own. What is left of a side's bytes without those of what it
 * stands on, its base, are metrics of their own.
 */
async function turns(sides, one, bases = {}) {
  const rounds = [];
  for (let round = 0; round < PAIRS; round += 1) {
    const values = {};
    for (const side of round % 2 ? sides.toReversed() : sides) values[side] = await one(side);
    for (const side of sides) {
      const base = values[bases[side] ?? bases.default];
      if (!base) continue;
      const { bytes, held } = values[side];
      values[side] = { ...values[side], netBytes: bytes - base.bytes, netHeld: held - base.held };
    }
    rounds.push(values);
  }
  return summary(sides, rounds);
}

/** From the import in a new page to the first open session. */
async function startInPage(report, server) {
  const browser = await Browser.start();
  const bridge = await startBridge([browser.origin]);
  report.chromium = browser.version;
  const given = { bridge: bridge.url, hash: bridge.certificateHash, url: server.url('echo') };
  const work = {
    framewire: async ({ bridge, hash, url }) => {
      const begin = performance.now();
      const { connect } = await import('/framewire/web.js');
      const value = Uint8Array.from(hash.match(/../g), (pair) => Number.parseInt(pair, 16));
      const serverCertificateHashes = [{ algorithm: 'sha-256', value }];
      await connect(url, { bridge, serverCertificateHashes });
      return { milliseconds: performance.now() - begin };
    },
    WebSocket: async ({ url }) => {
      const begin = performance.now();
      const socket = new WebSocket(url);
      await new Promise((resolve, reject) =>
        Object.assign(socket, { onopen: resolve, onerror: reject }),
      );
      return { milliseconds: performance.now() - begin };
    },
  };
  const one = async (side) => {
    const page = await browser.page();
    const outcome = await page.evaluate(work[side], given);
    await page.close();
    return outcome;
  };
  const result = await turns(Object.keys(work), one);
  report.add({ section: 'start', way: 'Chromium' }, result, { metric: 'milliseconds' });
  await bridge.end();
  await browser.end();
}

/** The parts of the package, as they are and as a server sends them. */
function sizes(report) {
  const parts = {
    core: ['core.wasm'],
    'core with deflate': ['core.wasm', 'deflate.wasm'],
    'page without deflate': ['lib/web.js', 'lib/base.js'],
    'slim page without core': ['lib/slim.js', 'lib/base.js'],
  };
  for (const [part, files] of Object.entries(parts)) {
    const all = files.map((file) => readFileSync(join(ROOT, 'pkg', file)));
    const sum = (size) => all.reduce((total, bytes) => total + size(bytes), 0);
    const length = sum((bytes) => bytes.length);
    const gzip = sum((bytes) => gzipSync(bytes, { level: 9 }).length);
    report.rows.push({ section: 'size', part, length, gzip });
    report.note(`${part}: ${length} bytes, ${gzip} with gzip`);
  }
}
