// Writes zeros over what a wasm module holds and never reads, which compresses to nothing:
//
//   node scripts/blank.mjs <module> [crc]
//
// - Paths of sources, which only a panic's text would name. Nobody sees one: an instance has no standard
//   error, and in the core a panic makes no text.
// - With `crc`, the tables of CRC-32: raw deflate has no checksum, but zlib-rs holds them for gzip. They are
//   8 KiB that do not compress. A module without them is refused, so that a change of theirs is seen.

import { readFileSync, writeFileSync } from 'node:fs';

const POLYNOMIAL = 0xedb88320;

/** The tables as `build_crc32_table` of zlib-rs makes them: `width` of them, for `braids` words at a time. */
function crcTables(width, braids) {
  return Array.from({ length: width }, (_, index) => {
    const table = Buffer.alloc(256 * 4);
    for (let byte = 0; byte < 256; byte++) {
      let crc = byte;
      for (let bit = 0; bit < 8 * (width * braids - index); bit++) {
        crc = crc & 1 ? POLYNOMIAL ^ (crc >>> 1) : crc >>> 1;
      }
      table.writeUInt32LE(crc >>> 0, byte * 4);
    }
    return table;
  });
}

const [file, crc] = process.argv.slice(2);
const module = readFileSync(file);

if (crc) {
  // For a word at a time, which are those for bytes too, and for five.
  for (const table of [...crcTables(4, 1), ...crcTables(4, 5)]) {
    let at = module.indexOf(table);
    if (at < 0) throw new Error(`${file} has no such table of CRC-32: look at zlib-rs`);
    for (; at >= 0; at = module.indexOf(table)) module.fill(0, at, at + table.length);
  }
}

const paths = /(?:\/rustc\/[0-9a-f]{40}\/library|crates|src)\/[\w./-]+\.rs(?=\0)/g;
for (const path of module.toString('latin1').matchAll(paths)) {
  module.fill(0, path.index, path.index + path[0].length);
}
writeFileSync(file, module);
