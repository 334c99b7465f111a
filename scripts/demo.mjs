/**
 * The demo: starts an echo server, the bridge and the page, runs the same script of sessions from
 * Node over TCP and in headless Chromium over the bridge, prints what happened, then serves the page
 * until Ctrl-C. With ONCE=1 it ends after the table. Status 0 only if every line held.
 *
 * What can be set is listed in demo/settings.mjs.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Children, lossOf, startBridge, startEchoServer } from './demo/children.mjs';
import { PageServer } from './demo/page-server.mjs';
import { TITLES } from './demo/script.mjs';
import { Complaint, isExecutable, ROOT, readSettings } from './demo/settings.mjs';
import { failures, formatTable } from './demo/table.mjs';
import { Browser, runInNode } from './demo/ways.mjs';

const AUTHORIZATION = 'Bearer demo';
const PROTOCOL = 'echo.v1';
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
/** How long ending everything may take, in milliseconds. */
const END_TIMEOUT = 10_000;

const children = new Children();
const pages = new PageServer();
const browser = new Browser();
let folder;
let serving = false;
let ending;

for (const [signal, status] of Object.entries(SIGNALS)) {
  // Ctrl-C is how the page's server is ended: nothing went wrong then.
  process.on(signal, () => end(signal === 'SIGINT' && serving ? 0 : status));
}
process.on('uncaughtException', (error) => giveUp(error));
process.on('unhandledRejection', (error) => giveUp(error));
process.on('exit', () => {
  children.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

try {
  await run(readSettings(process.env));
} catch (error) {
  await giveUp(error);
}

async function run(settings) {
  checkBuilt();
  mkdirSync(join(ROOT, '.demo'), { recursive: true });
  folder = mkdtempSync(join(ROOT, '.demo', 'run-'));
  const echo = await startEchoServer(children, {
    port: settings.echoPort,
    authorization: AUTHORIZATION,
  });
  const target = {
    url: `ws://127.0.0.1:${echo.port}/`,
    authorization: AUTHORIZATION,
    protocol: PROTOCOL,
    options: {},
  };

  const node = { name: 'Node over TCP', rows: [] };
  const chromium = { name: 'Chromium over the bridge', rows: [] };
  const echoLoss = lossOf(echo.child, 'the echo server');
  await runWay(node, (report) => runInNode(children, target, echoLoss, report));
  let bridged;
  await runWay(chromium, async (report) => {
    bridged = await startBridged(settings, target, echo.port);
    bridged.loss = Promise.race([bridged.bridgeLoss, echoLoss]);
    bridged.loss.catch(() => {});
    await browser.run(settings.chromium, bridged, report);
  });
  await browser.end();
  if (ending) return;

  console.log(`\n${formatTable(TITLES, [node, chromium])}\n`);
  const faults = failures(TITLES, [node, chromium]);
  for (const fault of faults) console.error(`demo: ${fault}`);
  if (faults.length > 0 || settings.once) {
    await end(faults.length > 0 ? 1 : 0);
    return;
  }
  serve(bridged);
}

function checkBuilt() {
  for (const file of ['node.mjs', 'web.js']) {
    if (!existsSync(join(ROOT, 'pkg/lib', file))) {
      throw new Complaint(`The package is not built (pkg/lib/${file} is missing): run make pkg.`);
    }
  }
}

/** Runs the script on one way; what keeps it from going on is the way's fault. */
async function runWay(way, run) {
  console.log(`demo: ${way.name} …`);
  try {
    await run((row) => {
      way.rows[row.index] = row;
    });
  } catch (error) {
    way.fault = error instanceof Complaint ? error.message : String(error);
  }
}

/** Starts the page and the bridge: what the way over the bridge needs besides the echo server. */
async function startBridged(settings, target, echoPort) {
  if (!isExecutable(settings.bridgeBinary)) {
    throw new Complaint(
      `There is no bridge at ${settings.bridgeBinary}: run cargo build --release -p framewire-bridge, or name one in FRAMEWIRE_BRIDGE.`,
    );
  }
  if (settings.chromium === undefined) {
    throw new Complaint('No Chromium is on PATH: install one, or name it in CHROMIUM.');
  }
  if (!isExecutable(settings.chromium)) {
    throw new Complaint(`There is no Chromium at ${settings.chromium}: see CHROMIUM.`);
  }
  const origin = await pages.listen(settings.pagePort);
  const bridge = await startBridge(children, {
    binary: settings.bridgeBinary,
    port: settings.bridgePort,
    target: `127.0.0.1:${echoPort}`,
    origins: [origin, origin.replace('127.0.0.1', 'localhost')],
    infoFile: join(folder, 'bridge.json'),
  });
  pages.setup = {
    urls: [target.url, new URL('/close/4001/going%20home', target.url).href],
    protocols: [PROTOCOL],
    authorization: AUTHORIZATION,
    bridge: bridge.url,
    certificateHash: bridge.certificateHash,
  };
  return {
    bridgeLoss: lossOf(bridge.child, 'the bridge'),
    origin,
    target: {
      ...target,
      options: { bridge: bridge.url },
      certificateHash: bridge.certificateHash,
    },
  };
}

/** Serves the page until a signal, or until what it needs is gone. */
function serve({ origin, loss }) {
  serving = true;
  console.log(`The page is at ${origin}/ until Ctrl-C.`);
  loss.catch(giveUp);
}

/** Says what went wrong, and ends. */
function giveUp(error) {
  if (!ending) console.error(`demo: ${error instanceof Complaint ? error.message : error}`);
  return end(1);
}

/** Ends everything that was started, then the process. The first status counts. */
function end(status) {
  ending ??= (async () => {
    setTimeout(() => process.exit(status || 1), END_TIMEOUT).unref();
    await Promise.allSettled([browser.end(), children.end(), pages.end()]);
    process.exit(status);
  })();
  return ending;
}
