/** What a `Host` starts: opens, runs and closes sides as it is told over IPC, and measures their runs. */

import { mask } from 'bufferutil';

// Where it cannot be built bufferutil falls back to JavaScript without a word.
if (!process.env.WS_NO_BUFFER_UTIL && !`${mask}`.includes('[native code]')) {
  throw new Error('bufferutil is not built here, so ws would not be at its best');
}

const sides = new Map();
let next = 0;

const verbs = {
  async open({ module, name, params }) {
    const make = (await import(`../sides/${module}.mjs`))[name];
    if (!make) throw new Error(`${module} has no side ${name}`);
    next += 1;
    sides.set(next, await make(params));
    return next;
  },
  async run({ key, count }) {
    const side = sides.get(key);
    await side.prepare?.(count);
    globalThis.gc?.();
    const cpu = process.cpuUsage();
    const begin = performance.now();
    const { done = count, metrics } = (await side.run(count)) ?? {};
    const seconds = (performance.now() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    return { seconds, cpu: (user + system) / 1e6, done, metrics };
  },
  async verify({ key }) {
    await sides.get(key).verify?.();
  },
  async close({ key }) {
    const side = sides.get(key);
    sides.delete(key);
    await side.close?.();
  },
};

process.on('message', async ({ id, verb, ...given }) => {
  try {
    process.send({ id, value: await verbs[verb](given) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on('disconnect', () => process.exit());
