/**
 * The bridge against a plain relay of TCP: the same bytes to the same target, from the same load generator. Beside them
 * `quic`, a WebTransport server that sends back what comes, with no TCP behind it: what QUIC in user space costs at least.
 */

import { compare, PAIRS, summary } from './support/compare.mjs';
import { MIB } from './support/payloads.mjs';
import { startBridge, startLoad, startQuicEcho, startRelay, usage } from './support/servers.mjs';

const GIB = 1024 * MIB;
/** What is kept idle in a round: so many sessions with so many streams each. */
const IDLE = { streams: [1, 500], sessions: [100, 1] };
/** All rounds stay open, and the bridge has no more than 1024 sessions. */
const ROUNDS = 9;

export async function run(report) {
  const target = await startRelay('echo');
  const relay = await startRelay(target.address);
  const quic = await startQuicEcho();
  const bridge = await startBridge();
  const [host, port] = target.address.split(':');
  const path = `/.well-known/masque/tcp/${host}/${port}/`;
  const ways = {
    framewire: {
      load: await startLoad(`webtransport ${bridge.url}${path} ${bridge.certificateHash}`),
      pid: bridge.pid,
    },
    relay: { load: await startLoad(`tcp ${relay.address}`), pid: relay.program.pid },
    quic: {
      load: await startLoad(`webtransport ${quic.url} ${quic.certificateHash}`),
      pid: quic.program.pid,
    },
  };
  // First of all: later, memory that earlier work left behind would be used again.
  for (const kind of ['streams', 'sessions']) {
    const [sessions, streams] = IDLE[kind];
    const about = { section: `idle ${kind}`, sessions, streams };
    const result = await idle(ways, sessions, streams);
    report.add(about, result, { metric: 'bytes' });
  }
  for (const { load } of Object.values(ways)) await load.ask('drop');
  for (const streams of [1, 500]) {
    const echo = (mebibytes) => `echo ${streams} ${mebibytes * MIB}`;
    const result = await compare(sidesOf(ways, echo, bytesMetrics), {
      start: streams === 1 ? 4 : 64,
    });
    report.add({ section: 'bytes', streams }, result);
    report.add({ section: 'processor time', streams }, result, { metric: 'cpuPerGiB' });
  }
  for (const kind of ['streams', 'sessions']) {
    const open = (count) => (kind === 'streams' ? `open ${count}` : `open sessions ${count}`);
    const opening = await compare(sidesOf(ways, open, openMetrics), { start: 8 });
    report.add({ section: 'opened a second', kind }, opening);
    const about = { section: 'processor time of an opening', kind };
    report.add(about, opening, { metric: 'cpuPerOpening' });
  }
  for (const { load } of Object.values(ways)) await load.end();
  await bridge.end();
  await quic.end();
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
  return { rate: bytes / seconds, cpuPerGiB: cpu / ((2 * bytes) / GIB) };
}

function openMetrics(count, seconds, cpu) {
  return { rate: count / seconds, cpuPerOpening: cpu / count };
}

/** Bytes of the relaying process for each of so many idle sessions with so many streams each, divided by all streams. */
async function idle(ways, sessions, streams) {
  const rounds = [];
  for (let round = 0; round < Math.min(PAIRS, ROUNDS); round += 1) {
    const values = {};
    for (const [name, { load, pid }] of Object.entries(ways)) {
      const before = usage(pid).resident;
      await load.ask(`idle ${sessions} ${streams}`);
      const bytes = Math.max(1, usage(pid).resident - before);
      values[name] = { bytes: bytes / (sessions * streams) };
    }
    rounds.push(values);
  }
  return summary(Object.keys(ways), rounds);
}
