/** Counts what a test wants to know of. To be used before the first session. */

let called = 0;

/** Counts calls into the core from now on: its exports are wrapped when the instance is made. */
export function countCalls() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    constructor(...given) {
      const exports = { ...new Instance(...given).exports };
      for (const [name, value] of Object.entries(exports)) {
        if (typeof value === 'function') exports[name] = counted(value);
      }
      this.exports = exports;
    }
  };
}

function counted(call) {
  return (...given) => {
    called += 1;
    return call(...given);
  };
}

/** Calls into the core so far. */
export function calls() {
  return called;
}

/** Counts the arrays of bytes and words that are made from now on, views included; gives the count so far. */
export function countArrays() {
  let made = 0;
  for (const name of ['Uint8Array', 'Uint32Array']) {
    globalThis[name] = new Proxy(globalThis[name], {
      construct(target, given, self) {
        made += 1;
        return Reflect.construct(target, given, self);
      },
    });
  }
  const { prototype } = Object.getPrototypeOf(Uint8Array);
  for (const method of ['subarray', 'slice']) {
    const usual = prototype[method];
    prototype[method] = function (...given) {
      made += 1;
      return usual.apply(this, given);
    };
  }
  return () => made;
}
