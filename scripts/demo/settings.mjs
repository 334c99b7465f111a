/**
 * What the demo can be told, all through the environment:
 *
 *   ONCE=1            end after the table instead of serving the page
 *   PORT              port of the page (8080)
 *   ECHO_PORT         port of the echo server (9001)
 *   BRIDGE_PORT       UDP port of the bridge (4433)
 *   FRAMEWIRE_BRIDGE  the bridge's binary (target/release/framewire-bridge, or where CARGO_TARGET_DIR says)
 *   CHROMIUM          the browser's binary (the first Chromium or Chrome on PATH)
 *
 * Port 0 takes a free one.
 */

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How a headless Chromium is started: quiet, and as root too. QUIC stays on, for WebTransport. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A fault that the user can mend: its message is all there is to say. */
export class Complaint extends Error {
  name = 'Complaint';
}

/** Reads the settings. Throws a `Complaint` for one that makes no sense. */
export function readSettings(env) {
  return {
    once: !['', '0', undefined].includes(env.ONCE),
    pagePort: readPort(env, 'PORT', 8080),
    echoPort: readPort(env, 'ECHO_PORT', 9001),
    bridgePort: readPort(env, 'BRIDGE_PORT', 4433),
    bridgeBinary: resolve(
      ROOT,
      env.FRAMEWIRE_BRIDGE || join(env.CARGO_TARGET_DIR || 'target', 'release/framewire-bridge'),
    ),
    chromium: env.CHROMIUM ? resolve(env.CHROMIUM) : findOnPath(env.PATH ?? '', BROWSERS),
  };
}

function readPort(env, name, usual) {
  const text = env[name];
  if (text === undefined || text === '') return usual;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) {
    throw new Complaint(`${name} must be a port from 0 to 65535, not ${JSON.stringify(text)}.`);
  }
  return port;
}

/** The first of these programs on a PATH. */
export function findOnPath(path, names) {
  for (const name of names) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder || '.', name);
      if (isExecutable(file)) return file;
    }
  }
  return undefined;
}

/** Whether a file is there that can be run. */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
