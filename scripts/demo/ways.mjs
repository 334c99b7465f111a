/** The ways that the script of the demo is run, each giving the rows of its lines as they end. */

import { lossOf } from './children.mjs';
import { CHROMIUM_ARGS, Complaint } from './settings.mjs';

/** How long a way may take in all, and how long its browser to start, in milliseconds. */
const WAY_TIMEOUT = 120_000;
const BROWSER_TIMEOUT = 30_000;

/** Runs the script from Node over TCP; gives up when `loss` rejects. */
export async function runInNode(children, target, loss, report) {
  const child = children.fork('node-way.mjs', { args: [JSON.stringify(target)] });
  const done = new Promise((resolve) => {
    child.on('message', (message) => (message.done ? resolve() : report(message)));
  });
  const gone = lossOf(child, 'the Node process of the script');
  try {
    await within(WAY_TIMEOUT, Promise.race([done, gone, loss]), 'The script in Node');
  } finally {
    child.kill('SIGKILL');
    await child.gone;
  }
}

/** A headless Chromium. */
export class Browser {
  #browser;

  /** Runs the script in a page of `origin`, over the bridge; gives up when `loss` rejects. */
  async run(executable, { origin, target, loss }, report) {
    const { chromium } = await import('playwright-core');
    this.#browser = await launch(chromium, executable);
    try {
      await Promise.race([this.#runInPage(origin, target, report), loss]);
    } catch (error) {
      throw error instanceof Complaint
        ? error
        : new Complaint(`The page failed: ${firstLine(error)}`);
    }
  }

  async #runInPage(origin, target, report) {
    const page = await this.#browser.newPage();
    const crashed = new Promise((_, reject) => {
      const fail = (how) => () =>
        reject(new Complaint(`Chromium ${how} in the middle of the script.`));
      page.once('crash', fail('lost the page (it crashed)'));
      page.once('close', fail('was closed'));
    });
    crashed.catch(() => {});
    await page.exposeFunction('report', report);
    const script = page.goto(`${origin}/`).then(() => page.evaluate(runInPage, target));
    script.catch(() => {});
    await within(WAY_TIMEOUT, Promise.race([script, crashed]), 'The script in Chromium');
  }

  async end() {
    const browser = this.#browser;
    this.#browser = undefined;
    // One that does not close is killed when the process exits.
    if (browser) await Promise.race([browser.close(), sleep(5_000)]).catch(() => {});
  }
}

async function launch(chromium, executablePath) {
  try {
    return await chromium.launch({
      executablePath,
      args: CHROMIUM_ARGS,
      timeout: BROWSER_TIMEOUT,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
  } catch (error) {
    throw new Complaint(`Chromium (${executablePath}) does not start: ${firstLine(error)}`);
  }
}

/** Stands in the page: finds everything it needs there. */
async function runInPage({ certificateHash, ...target }) {
  const { connect } = await import('/framewire/web.js');
  const { runScript } = await import('/demo/script.mjs');
  const value = Uint8Array.from(certificateHash.match(/../g), (pair) => Number.parseInt(pair, 16));
  target.options.serverCertificateHashes = [{ algorithm: 'sha-256', value }];
  await runScript(connect, target, window.report);
}

async function within(milliseconds, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Complaint(`${what} was not done within ${milliseconds / 1000} s.`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}

/** What an error says, without the log that Playwright puts below it. */
function firstLine(error) {
  const [line] = String(error?.message ?? error).split('\n');
  return `${line.replace(/^\w+(\.\w+)*: /, '').replace(/[.?]+$/, '')}.`;
}
