/** The plots: drawn from the results with Vega-Lite, as SVG, without a browser. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { aims, middle } from './aims.mjs';

const FOLDER = new URL('../plots/', import.meta.url);
const BINARY = 'binary';

/** Each plot: its file, the benchmark whose rows it shows, and how. */
const PLOTS = {
  decode: [
    'codec',
    (rows) => speeds(rows.filter(isPlain('decode')), 'Decoding server frames, binary'),
  ],
  encode: [
    'codec',
    (rows) => speeds(rows.filter(isPlain('encode')), 'Encoding masked frames, binary'),
  ],
  tcp: [
    'tcp',
    (rows) => speeds(rows.filter(isPlain('echo')), 'Pipelined echo over TCP, one session, Node'),
  ],
  browser: [
    'browser',
    (rows) => speeds(rows.filter(isPlain('echo')), 'Pipelined echo in Chromium, one session'),
  ],
  compressed: [
    'compressed',
    (rows) =>
      speeds(
        rows.filter(
          ({ section, kind, sessions }) => section === 'echo' && kind === 'json' && sessions === 1,
        ),
        'Pipelined echo of JSON with permessage-deflate',
      ),
  ],
  memory: ['memory', (rows) => idle(rows.filter(({ section }) => section === 'idle'))],
  growth: ['growth', growth],
};

/** Draws what there are results for into `benches/plots/`. */
export async function drawPlots(results) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, [benchmark, spec]] of Object.entries(PLOTS)) {
    const rows = results.benchmarks[benchmark]?.rows ?? [];
    if (rows.length > 0) await draw(name, spec(rows));
  }
  await draw('aims', beside(aims(results).filter(({ values }) => values.length > 0)));
}

async function draw(name, spec) {
  const view = new View(parse(compile({ ...LOOK, ...spec }).spec), { renderer: 'none' });
  writeFileSync(new URL(`${name}.svg`, FOLDER), `${await view.toSVG()}\n`);
}

const LOOK = {
  background: 'white',
  config: { view: { stroke: null }, axis: { grid: true, gridColor: '#eee' } },
};

function isPlain(wanted) {
  return ({ section, kind, sessions = 1, chunk = '64 KiB' }) =>
    section === wanted && kind === BINARY && sessions === 1 && chunk === '64 KiB';
}

/** A point for each side of each row. */
function points(rows, metric, about) {
  return rows.flatMap((row) =>
    Object.entries(row.sides).map(([side, values]) => ({ side, ...about(row), ...values[metric] })),
  );
}

/** Messages a second by size, on scales where equal ratios are equal distances, with the range of the runs. */
function speeds(rows, title) {
  const sizes = rows.map(({ size }) => size);
  const values = points(rows, 'rate', ({ size }) => ({ size }));
  const x = {
    field: 'size',
    type: 'ordinal',
    sort: sizes,
    title: 'payload',
    axis: { labelAngle: 0 },
  };
  const color = { field: 'side', type: 'nominal', title: null, sort: null };
  const y = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'messages a second',
    axis: { format: '~s' },
  });
  return {
    title,
    width: 520,
    height: 300,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', opacity: 0.5 },
        encoding: { x, y: y('minimum'), y2: { field: 'maximum' }, color },
      },
      { mark: { type: 'line', point: true }, encoding: { x, y: y('median'), color } },
    ],
  };
}

/** Every aim with the range of its cases, as parts of the aim; where less is better, the aim as a part of them. */
function beside(rows) {
  const data = rows.map(({ work, peer, bound, values }) => {
    const parts = values.map((value) =>
      bound.text.startsWith('≤') ? bound.value / value : value / bound.value,
    );
    parts.sort((a, b) => a - b);
    return {
      work: (peer === '–' ? work : `${work}: ${peer}`).replaceAll('`', ''),
      lowest: parts[0],
      median: middle(parts),
      highest: parts.at(-1),
    };
  });
  const x = (field) => ({
    field,
    type: 'quantitative',
    scale: { type: 'log' },
    title:
      'times the aim, at 1 it is reached; a dot is the median of the cases, a line their range',
    axis: { format: '~r' },
  });
  const y = { field: 'work', type: 'nominal', sort: null, title: null, axis: { labelLimit: 400 } };
  const color = {
    condition: { test: 'datum.median >= 1', value: '#2a7d4f' },
    value: '#b5532b',
  };
  return {
    title: 'The aims',
    width: 420,
    data: { values: data },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { y, x: x('lowest'), x2: { field: 'highest' }, color },
      },
      { mark: { type: 'point', filled: true, size: 60 }, encoding: { y, x: x('median'), color } },
      { mark: { type: 'rule', strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
    ],
  };
}

/** Bytes of a session by side, a group for each way. */
function idle(rows) {
  const values = points(rows, 'bytes', ({ way, sessions }) => ({
    way: `${sessions.toLocaleString('en')} over ${way === 'tcp' ? 'TCP' : 'duplexes in memory'}`,
  }));
  return {
    title: 'Resident memory of an idle session',
    width: 220,
    data: { values },
    mark: 'bar',
    encoding: {
      column: { field: 'way', type: 'nominal', title: null },
      x: { field: 'side', type: 'nominal', sort: null, title: null, axis: { labelAngle: -30 } },
      y: { field: 'median', type: 'quantitative', title: 'bytes', axis: { format: '~s' } },
      color: { field: 'side', type: 'nominal', legend: null, sort: null },
    },
  };
}

const GROWING = {
  sessions: 'sessions',
  size: 'bytes of a message',
  fragments: 'fragments of a message',
  chunk: 'bytes of a chunk',
};

/** Nanoseconds for a frame, a panel for each thing that grows. */
function growth(rows) {
  const panel = (grows) => {
    const values = points(
      rows.filter((row) => row.grows === grows && row.value > 0),
      'rate',
      ({ value }) => ({ value }),
    ).map(({ side, value, median }) => ({ side, value, cost: 1e9 / median }));
    return {
      width: 260,
      height: 200,
      data: { values },
      mark: { type: 'line', point: true },
      encoding: {
        x: {
          field: 'value',
          type: 'quantitative',
          scale: { type: 'log' },
          title: GROWING[grows],
          axis: { format: '~s' },
        },
        y: {
          field: 'cost',
          type: 'quantitative',
          scale: { type: 'log' },
          title: 'ns a frame',
          axis: { format: '~s' },
        },
        color: { field: 'side', type: 'nominal', title: null, sort: null },
      },
    };
  };
  const [a, b, c, d] = Object.keys(GROWING).map(panel);
  return {
    title: 'What a frame costs as one thing grows',
    vconcat: [{ hconcat: [a, b] }, { hconcat: [c, d] }],
  };
}
