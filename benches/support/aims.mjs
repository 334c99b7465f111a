/** The table of aims: each row with its ratio, from the results. */

import { KIB, MIB } from './payloads.mjs';
import { times } from './report.mjs';

const least = (value) => ({ text: `≥ ${value}×`, holds: (ratio) => ratio >= value });
const most = (value) => ({ text: `≤ ${value}×`, holds: (ratio) => ratio <= value, isUpper: true });
const small = ({ bytes }) => bytes <= KIB;
const large = ({ bytes }) => bytes >= 16 * KIB && bytes <= MIB;
const exactly =
  (...sizes) =>
  (row) =>
    sizes.includes(row.bytes);
const section = (name, also) => (row) => row.section === name && also(row);

/**
 * A row: what is measured, in which benchmark; which of its cases; which side of ours (`own`), the peer,
 * and the metric; the aim.
 */
const AIMS = [
  aim('decode 16 B–1 KiB, `for await`', 'codec', section('decode', small), 'ws', least(1.5)),
  aim(
    'decode 16 B–1 KiB, `batches()`',
    'codec',
    section('decode', small),
    'ws',
    least(3),
    'batches',
  ),
  aim('decode 16 KiB–1 MiB', 'codec', section('decode', large), 'ws', least(1)),
  ...encoding('', 'burst'),
  ...encoding(', each `send` awaited', 'framewire'),
  aim('TCP echo 16 B–1 KiB', 'tcp', section('echo', small), 'ws', least(4)),
  aim('TCP echo 16 B–1 KiB', 'tcp', section('echo', small), 'undici', least(4)),
  aim('TCP echo 64 KiB', 'tcp', section('echo', exactly(64 * KIB)), 'ws', least(1.1)),
  aim(
    'TCP round trip',
    'tcp',
    section('round trip', () => true),
    'ws',
    most(1.1),
    'framewire',
    'median',
  ),
  aim(
    'Chromium echo 16 B, 125 B',
    'browser',
    section('echo', exactly(16, 125)),
    'WebSocket',
    least(20),
  ),
  aim('Chromium echo 1 KiB', 'browser', section('echo', exactly(KIB)), 'WebSocket', least(3)),
  aim('Chromium echo 64 KiB', 'browser', section('echo', exactly(64 * KIB)), 'stream', least(0.95)),
  aim(
    'Chromium echo 64 KiB',
    'browser',
    section('echo', exactly(64 * KIB)),
    'WebSocket',
    least(0.8),
  ),
  aim(
    'Chromium round trip',
    'browser',
    section('round trip', () => true),
    'WebSocket',
    most(1.1),
    'framewire',
    'median',
  ),
  aim(
    'compressed echo, JSON 200 B–4 KiB',
    'compressed',
    (row) => row.kind === 'json' && row.bytes <= 4 * KIB,
    'ws',
    least(4),
  ),
  aim(
    'compressed echo, JSON 64 KiB',
    'compressed',
    (row) => row.kind === 'json' && row.bytes === 64 * KIB,
    'ws',
    least(1),
  ),
  aim('64 KiB frames over TCP', 'tcp', (row) => row.isTransport, 'socket', least(0.9)),
  aim(
    'memory of 10,000 idle sessions',
    'memory',
    section('idle', (row) => row.sessions === 10_000),
    'ws',
    most(0.5),
    'framewire',
    'bytes',
  ),
  size('core wasm without deflate, gzip', 'core', 45),
  size('core wasm with deflate, gzip', 'core with deflate', 100),
];

function aim(work, benchmark, picks, peer, bound, own = 'framewire', metric = 'rate') {
  const figures = (rows) =>
    rows.filter(picks).flatMap((row) => {
      const values = row.ratios?.[own]?.[peer];
      const wanted =
        (process.env.CLOCK === 'cpu' && metric === 'rate' && values?.cpuRate) || values?.[metric];
      return Number.isFinite(wanted?.median) ? [wanted.median] : [];
    });
  return {
    work,
    peer: peer === 'plain' ? 'ws without bufferutil' : peer,
    benchmark,
    bound,
    figures,
    show: times,
  };
}

/** Peers never wait for a `send`: beside them stand sends by 64, and those that are awaited one by one. */
function encoding(how, own) {
  const row = (work, picks, peer, bound) =>
    aim(`encode ${work}${how}`, 'codec', section('encode', picks), peer, bound, own);
  return [
    row('16 B–1 KiB', small, 'ws', least(1)),
    row('1 KiB', exactly(KIB), 'plain', least(3)),
    row('16 KiB–1 MiB', large, 'ws', least(0.8)),
    row('16 KiB–1 MiB', large, 'plain', least(5)),
  ];
}

function size(work, part, kilobytes) {
  const bound = {
    text: `≤ ${kilobytes} KB`,
    holds: (value) => value <= kilobytes * 1000,
    isUpper: true,
  };
  const figures = (rows) =>
    rows.filter((row) => row.section === 'size' && row.part === part).map(({ gzip }) => gzip);
  const show = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
  return { work, peer: '–', benchmark: 'memory', bound, figures, show };
}

/** The rows with their figures: of several cases the lowest and the highest. */
export function aims({ benchmarks }) {
  return AIMS.map(({ work, peer, benchmark, bound, figures, show }) => {
    const values = figures(benchmarks[benchmark]?.rows ?? []).sort((a, b) => a - b);
    if (values.length === 0)
      return { work, peer, aim: bound.text, figure: 'not measured', reached: '' };
    const [lowest, highest] = [values[0], values.at(-1)];
    const figure =
      show(lowest) === show(highest) ? show(lowest) : `${show(lowest)}–${show(highest)}`;
    const reached = bound.holds(bound.isUpper ? highest : lowest) ? 'yes' : 'no';
    return { work, peer, aim: bound.text, figure, reached };
  });
}

/** The rows as a table in Markdown. */
export function aimsTable(results) {
  const rows = aims(results).map((row) => Object.values(row));
  const head = ['work', 'peer', 'aim', 'here', 'reached'];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
