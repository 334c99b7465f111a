/** Makes the core trap: faked, since no input is known that does. To be used before the first session. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** What the functions of the core are called in its module: the build gives them short names. */
const file = '../../pkg-template/src/generated/framewire.names.json';
const names = JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8'));

/** Wraps an export of the core; the function returned arms it, and from then on it traps. */
export function trapIn(method) {
  const name = names[method];
  let armed = false;
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    constructor(...given) {
      const exports = { ...new Instance(...given).exports };
      const usual = exports[name];
      assert.equal(typeof usual, 'function');
      exports[name] = (...values) => {
        if (armed) throw new WebAssembly.RuntimeError('unreachable');
        return usual(...values);
      };
      this.exports = exports;
    }
  };
  return () => {
    armed = true;
  };
}
