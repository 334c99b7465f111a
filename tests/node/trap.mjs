/** Makes the core trap: faked, since no input is known that does. To be used before the first session. */

/** Wraps an export of the core; the function returned arms it, and from then on it traps. */
export function trapIn(name) {
  let armed = false;
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    constructor(...given) {
      const exports = { ...new Instance(...given).exports };
      const usual = exports[name];
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
