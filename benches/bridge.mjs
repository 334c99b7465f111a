/** The bridge against a plain relay of TCP: the same bytes to the same target, from the same load generator. */

import { compare, PAIRS, summary } from './support/compare.mjs';
import { MIB } from './support/payloads.mjs';
import { startBridge, startLoad, startRelay, usage } from './support/servers.mjs';

const GIB = 1024 * MIB;
/** How many streams are kept idle. */
const IDLE = 500;

export async function run(report) {
  const target = await startRelay('echo');
  const relay = await startRelay(target.address);
  const bridge = await startBridge();
  const ways = {
    framewire: {
      load: await startLoad(`bridge ${bridge.url} ${bridge.certificateHash} ${target.address}`),
      pid: bridge.pid,
    },
    relay: { load: await startLoad(`tcp ${relay.address}`), pid: relay.program.pid },
  };
  // First of all: later, memory that earlier work left behind would be used again.
  report.add({ section: 'idle', streams: IDLE }, await idle(ways), { metric: 'bytes' });
  for (const streams of [1, 500]) {
    const echo = (mebibytes) => `echo ${streams} ${mebibytes * MIB}`;
    const result = await compare(sidesOf(ways, echo, bytesMetrics), {
      start: streams === 1 ? 4 : 64,
    });
    report.add({ section: 'bytes', streams }, result);
    report.add({ section: 'processor time', streams }, result, { metric: 'cpuPerGiB' });
  }
  const opening = await compare(
    sidesOf(ways, (count) => `open ${count}`, openMetrics),
    { start: 8 },
  );
  report.add({ section: 'streams a second' }, opening);
  for (const { load } of Object.values(ways)) await load.end();
  await bridge.end();
  await relay.end();
  await target.end();
}

/** Each way as a side: its command for a count, and what is made of its seconds and the relaying process's time. */
function sidesOf(ways, command, metricsOf) {
  const side = ({ load, pid }) => ({
    async run(count) {
      const before = usage(pid).cpu;
      const { seconds } = await load.ask(command(count));
      const cpu = usage(pid).cpu - before;
      return { seconds, metrics: metricsOf(count, seconds, cpu) };
    },
  });
  return Object.fromEntries(Object.entries(ways).map(([name, way]) => [name, side(way)]));
}

/** Bytes a second there and back, and processor seconds for each GiB in one direction. */
function bytesMetrics(mebibytes, seconds, cpu) {
  const bytes = mebibytes * MIB;
  return { rate: bytes / seconds, cpuPerGiB: Math.max(cpu, 0.01) / ((2 * bytes) / GIB) };
}

function openMetrics(count, seconds) {
  return { rate: count / seconds };
}

/** Bytes of the relaying process for each idle stream. */
async function idle(ways) {
  const rounds = [];
  for (let round = 0; round < Math.min(PAIRS, 3); round += 1) {
    const values = {};
    for (const [name, { load, pid }] of Object.entries(ways)) {
      const before = usage(pid).resident;
      await load.ask(`idle ${IDLE}`);
      values[name] = { bytes: Math.max(1, usage(pid).resident - before) / IDLE };
    }
    rounds.push(values);
  }
  for (const { load } of Object.values(ways)) await load.ask('drop');
  return summary(Object.keys(ways), rounds);
}
