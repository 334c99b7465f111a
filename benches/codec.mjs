/** Bytes to frames and messages to bytes in memory, through the public API, as a client. */

import { compare } from './support/compare.mjs';
import { hosts } from './support/host.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';

const SIZES = [16, 125, KIB, 16 * KIB, 64 * KIB, MIB];
const KINDS = ['binary', 'ascii', 'utf8'];
/** Sides that are there to compare kinds of streams have binary of these sizes only. */
const COMPARED = ['streams', 'ws of streams'];
const FEW = [16, KIB, 64 * KIB];
/** What a TCP segment carries on most networks. */
const SEGMENT = 1460;

export async function run(report) {
  const { best, plain, end } = hosts();
  const grid = async (section, cases, sidesOf) => {
    for (const params of cases) {
      const opened = await sidesOf(params);
      const { size, chunk } = params;
      const result = await compare(opened);
      await report.add(
        {
          section,
          ...params,
          bytes: size,
          size: label(size),
          chunk: chunk && label(chunk),
        },
        result,
      );
      for (const side of Object.values(opened)) await side.close();
    }
  };
  const sides = (names) => async (params) => {
    const opened = {};
    for (const [name, [module, side, host = best]] of Object.entries(names)) {
      const isFew = params.kind === 'binary' && FEW.includes(params.size);
      if (COMPARED.includes(name) && !isFew) continue;
      opened[name] = await host.open(module, side, params);
    }
    return opened;
  };
  await grid(
    'decode',
    grids({ chunk: 64 * KIB }, { chunk: SEGMENT }),
    sides({
      framewire: ['decode', 'framewire'],
      batches: ['decode', 'batches'],
      streams: ['decode', 'streams'],
      ws: ['decode', 'ws'],
      'ws by calls': ['decode', 'wsByCalls'],
      'ws of streams': ['decode', 'wsOfStreams'],
      floor: ['floor', 'decodeEach'],
      'floor of batches': ['floor', 'decodeBatches'],
      driver: ['decode', 'driver'],
      undici: ['decode', 'undici'],
    }),
  );
  await grid(
    'encode',
    grids({}),
    sides({
      framewire: ['encode', 'framewire'],
      burst: ['encode', 'burst'],
      streams: ['encode', 'streams'],
      ws: ['encode', 'ws'],
      'ws by calls': ['encode', 'wsByCalls'],
      floor: ['floor', 'encodeEach'],
      'floor of bursts': ['floor', 'encodeBurst'],
      plain: ['encode', 'ws', plain],
      driver: ['encode', 'driver'],
      undici: ['encode', 'undici'],
    }),
  );
  await end();
}

/** Every size of every kind, with each of what else there is. */
function grids(...others) {
  return others.flatMap((other) =>
    KINDS.flatMap((kind) => SIZES.map((size) => ({ size, kind, ...other }))),
  );
}
