/** The table of aims: each row with its ratio, from the results. */

import { KIB, MIB } from './payloads.mjs';
import { times } from './report.mjs';

const least = (value) => ({ value, text: `≥ ${value}×`, holds: (ratio) => ratio >= value });
const most = (value) => ({ value, text: `≤ ${value}×`, holds: (ratio) => ratio <= value });
const small = ({ bytes }) => bytes <= KIB;
const large = ({ bytes }) => bytes >= 16 * KIB && bytes <= MIB;
const exactly =
  (...sizes) =>
  (row) =>
    sizes.includes(row.bytes);
const section = (name, also) => (row) => row.section === name && also(row);

const any = () => true;

/**
 * A row: what is measured; in which benchmark, and which of its cases; which side of ours (`own`), the peer and the
 * metric; the aim; and the side that shows the limit, if there is one: what the same work costs without framewire.
 */
const AIMS = [
  ...decoding('16 B–1 KiB, `for await`', small, 'framewire', least(1.5), 'floor'),
  ...decoding('16 B–1 KiB, `batches()`', small, 'batches', least(3), 'floor of batches'),
  ...decoding('16 KiB–1 MiB', large, 'framewire', least(1), 'floor'),
  ...encoding('', 'burst', 'floor of bursts'),
  ...encoding(', each `send` awaited', 'framewire', 'floor'),
  ...['ws', 'undici'].map((peer) =>
    aim({
      work: 'TCP echo 16 B–1 KiB',
      benchmark: 'tcp',
      picks: section('echo', small),
      peer,
      bound: least(4),
      limit: 'socket',
    }),
  ),
  aim({
    work: 'TCP echo 64 KiB',
    benchmark: 'tcp',
    picks: section('echo', exactly(64 * KIB)),
    bound: least(1.1),
    limit: 'socket',
  }),
  aim({
    work: 'TCP round trip',
    benchmark: 'tcp',
    picks: section('round trip', any),
    metric: 'median',
    bound: most(1.1),
    limit: 'socket',
  }),
  ...chromium('16 B, 125 B', exactly(16, 125), 'WebSocket', least(20)),
  ...chromium('1 KiB', exactly(KIB), 'WebSocket', least(3)),
  chromium('64 KiB', exactly(64 * KIB), 'stream', least(0.95))[0],
  chromium('64 KiB', exactly(64 * KIB), 'WebSocket', least(0.8))[0],
  aim({
    work: 'Chromium round trip',
    benchmark: 'browser',
    picks: section('round trip', any),
    peer: 'WebSocket',
    metric: 'median',
    bound: most(1.1),
    limit: 'stream',
  }),
  aim({
    work: 'compressed echo, JSON 200 B–4 KiB',
    benchmark: 'compressed',
    picks: section('echo', (row) => row.kind === 'json' && row.bytes <= 4 * KIB),
    bound: least(4),
  }),
  aim({
    work: 'compressed echo, JSON 64 KiB',
    benchmark: 'compressed',
    picks: section('echo', (row) => row.kind === 'json' && row.bytes === 64 * KIB),
    bound: least(1),
  }),
  aim({
    work: '64 KiB frames over TCP',
    benchmark: 'tcp',
    picks: (row) => row.section !== 'round trip' && row.bytes === 64 * KIB,
    peer: 'socket',
    bound: least(0.9),
  }),
  aim({
    work: 'memory of 10,000 idle sessions',
    benchmark: 'memory',
    picks: section('idle', (row) => row.way === 'memory'),
    metric: 'bytes',
    bound: most(0.5),
    limit: 'floor',
  }),
  size('core wasm without deflate, gzip', 'core', 45),
  size('core wasm with deflate, gzip', 'core with deflate', 100),
];

function aim({
  work,
  benchmark,
  picks,
  bound,
  peer = 'ws',
  own = 'framewire',
  metric = 'rate',
  limit,
}) {
  const ratiosTo = (other) => (rows) =>
    rows.filter(picks).flatMap((row) => {
      const values = row.ratios?.[own]?.[other];
      const wanted =
        (process.env.CLOCK === 'cpu' && metric === 'rate' && values?.cpuRate) || values?.[metric];
      return Number.isFinite(wanted?.median) ? [wanted.median] : [];
    });
  return {
    work,
    peer: peer === 'plain' ? 'ws without bufferutil' : peer,
    benchmark,
    bound,
    figures: ratiosTo(peer),
    limits: limit ? ratiosTo(limit) : () => [],
    limit,
    show: times,
  };
}

/** `ws` reads the same stream, or what is nobody's way to use it, has its Receiver called with one chunk after the other. */
function decoding(what, picks, own, bound, limit) {
  return ['ws', 'ws by calls'].map((peer) =>
    aim({
      work: `decode ${what}`,
      benchmark: 'codec',
      picks: section('decode', picks),
      own,
      peer,
      bound,
      limit,
    }),
  );
}

/** Peers never wait for a `send`: beside them stand sends by 64, and those that are awaited one by one. */
function encoding(how, own, limit) {
  const row = (work, picks, peer, bound) =>
    aim({
      work: `encode ${work}${how}`,
      benchmark: 'codec',
      picks: section('encode', picks),
      own,
      peer,
      bound,
      limit,
    });
  return [
    row('16 B–1 KiB', small, 'ws', least(1)),
    row('16 B–1 KiB', small, 'ws by calls', least(1)),
    row('1 KiB', exactly(KIB), 'plain', least(3)),
    row('16 KiB–1 MiB', large, 'ws', least(0.8)),
    row('16 KiB–1 MiB', large, 'ws by calls', least(0.8)),
    row('16 KiB–1 MiB', large, 'plain', least(5)),
  ];
}

/** Echo in the page, frame by frame and by batches. */
function chromium(sizes, picks, peer, bound) {
  const row = (own, how) =>
    aim({
      work: `Chromium echo ${sizes}, ${how}`,
      benchmark: 'browser',
      picks: section('echo', picks),
      own,
      peer,
      bound,
      limit: peer === 'stream' ? undefined : 'stream',
    });
  return [row('framewire', '`for await`'), row('batches', '`batches()`')];
}

function size(work, part, kilobytes) {
  const bound = {
    value: kilobytes * 1000,
    text: `≤ ${kilobytes} KB`,
    holds: (value) => value <= kilobytes * 1000,
  };
  const figures = (rows) =>
    rows.filter((row) => row.section === 'size' && row.part === part).map(({ gzip }) => gzip);
  const show = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;
  return { work, peer: '–', benchmark: 'memory', bound, figures, limits: () => [], show };
}

/** The rows with their figures, and those beside the limit, sorted. */
export function aims({ benchmarks }) {
  return AIMS.map(({ benchmark, figures, limits, ...row }) => {
    const rows = benchmarks[benchmark]?.rows ?? [];
    const sorted = (values) => values.sort((a, b) => a - b);
    return { ...row, values: sorted(figures(rows)), limits: sorted(limits(rows)) };
  });
}

/** The rows as they are shown: of several cases the median, the lowest and the highest. */
function shown(results) {
  return aims(results).map(({ work, peer, bound, values, limits, limit, show }) => {
    const reached = values.filter((value) => bound.holds(value)).length;
    return {
      work,
      peer,
      aim: bound.text,
      here: values.length === 0 ? 'not measured' : range(values, show),
      cases: values.length === 0 ? '' : `${reached} of ${values.length}`,
      limit: limits.length === 0 ? '' : `${range(limits, show)} of ${limit}`,
    };
  });
}

function range(values, show) {
  const [lowest, highest] = [show(values[0]), show(values.at(-1))];
  return lowest === highest ? lowest : `${show(middle(values))} (${lowest}–${highest})`;
}

/** The median of sorted values. */
export function middle(values) {
  return (values[(values.length - 1) >> 1] + values[values.length >> 1]) / 2;
}

/** The rows as a table in Markdown. */
export function aimsTable(results) {
  const rows = shown(results).map((row) => Object.values(row));
  const head = ['work', 'peer', 'aim', 'here', 'cases that reach it', 'beside the limit'];
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}
