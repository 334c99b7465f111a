/** Bytes to frames and messages to bytes in memory, through the public API, as a client. */

import { compare } from './support/compare.mjs';
import { hosts } from './support/host.mjs';
import { KIB, label, MIB } from './support/payloads.mjs';

const SIZES = [16, 125, KIB, 16 * KIB, 64 * KIB, MIB];
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
          more: undefined,
          bytes: size,
          size: label(size),
          chunk: chunk && label(chunk),
        },
        result,
      );
      for (const side of Object.values(opened)) await side.close();
    }
  };
  await grid('decode', decodeCases(), async (params) => ({
    framewire: await best.open('decode', 'framewire', params),
    batches: await best.open('decode', 'framewireBatches', params),
    duplex: await best.open('decode', 'framewireDuplex', params),
    ws: await best.open('decode', 'wsReceiver', params),
    floor: await best.open('floor', 'decodeEach', params),
    'floor of batches': await best.open('floor', 'decodeBatches', params),
    ...(params.more && { driver: await best.open('decode', 'driver', params) }),
  }));
  await grid('encode', encodeCases(), async (params) => ({
    framewire: await best.open('encode', 'framewire', params),
    burst: await best.open('encode', 'framewireBurst', params),
    ws: await best.open('encode', 'wsSender', params),
    floor: await best.open('floor', 'encodeEach', params),
    'floor of bursts': await best.open('floor', 'encodeBurst', params),
    plain: await plain.open('encode', 'wsSender', params),
    ...(params.more && { driver: await best.open('encode', 'driver', params) }),
  }));
  await end();
}

function decodeCases() {
  const all = (chunk, kind, sizes) =>
    sizes.map((size) => ({ size, kind, chunk, more: chunk > SEGMENT && FEW.includes(size) }));
  return [
    ...all(64 * KIB, 'binary', SIZES),
    ...all(64 * KIB, 'ascii', SIZES),
    ...all(64 * KIB, 'utf8', FEW),
    ...all(SEGMENT, 'binary', FEW),
    ...all(SEGMENT, 'utf8', FEW),
  ];
}

function encodeCases() {
  const all = (kind, sizes) =>
    sizes.map((size) => ({ size, kind, more: kind === 'binary' && FEW.includes(size) }));
  return [...all('binary', SIZES), ...all('ascii', SIZES), ...all('utf8', FEW)];
}
