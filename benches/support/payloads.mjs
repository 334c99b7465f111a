/** What is sent, and the check of what is read. */

export const KIB = 1024;
export const MIB = 1024 * KIB;

/** How many different payloads take turns. */
export const TURNS = 16;

/** A size for people. */
export function label(size) {
  if (size === 1460) return '1,460 B';
  if (size >= MIB) return `${size / MIB} MiB`;
  return size >= KIB ? `${size / KIB} KiB` : `${size} B`;
}

/** `TURNS` payloads of `size` bytes each, of a kind: `binary`, `ascii` or `utf8`. Text is given as strings. */
export function payloads(size, kind = 'binary') {
  return Array.from({ length: TURNS }, (_, turn) => payload(size, kind, turn + 1));
}

function payload(size, kind, seed) {
  if (kind === 'binary') return noise(size, seed);
  const unit =
    kind === 'ascii' ? 'The quick brown fox, 1234567890. ' : 'Füchse: žluťoučký 狐 🦊, and ASCII. ';
  const start = String.fromCharCode(96 + seed);
  const room = size - 1;
  const { length } = new TextEncoder().encode(unit);
  return start + unit.repeat(Math.floor(room / length)) + '.'.repeat(room % length);
}

/** Bytes that repeat nowhere near. */
export function noise(length, seed) {
  const bytes = new Uint8Array(length);
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** The bytes of a payload. */
export function bytesOf(payload) {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
}

/**
 * Takes the messages that a side read, in order, and throws for one that is not what was sent: by its
 * length and three samples, since comparing every byte would cost more than what is measured. While
 * `thorough`, by every byte.
 */
export class Checker {
  #expected;
  #turn = 0;
  thorough = false;

  constructor(payloads) {
    this.#expected = payloads;
  }

  /** The turn of the next message; a side that begins anew says 0. */
  set turn(turn) {
    this.#turn = turn % TURNS;
  }

  text(actual) {
    const expected = this.#expected[this.#turn];
    this.#turn = (this.#turn + 1) % TURNS;
    const { length } = expected;
    const same =
      actual.length === length &&
      actual.charCodeAt(0) === expected.charCodeAt(0) &&
      actual.charCodeAt(length >> 1) === expected.charCodeAt(length >> 1) &&
      actual.charCodeAt(length - 1) === expected.charCodeAt(length - 1);
    if (!same || (this.thorough && actual !== expected)) this.#fail(actual.length, length);
  }

  bytes(actual) {
    const expected = this.#expected[this.#turn];
    this.#turn = (this.#turn + 1) % TURNS;
    const { length } = expected;
    const same =
      actual.length === length &&
      actual[0] === expected[0] &&
      actual[length >> 1] === expected[length >> 1] &&
      actual[length - 1] === expected[length - 1];
    if (!same || (this.thorough && !equal(actual, expected))) {
      this.#fail(actual.length, length);
    }
  }

  #fail(actual, expected) {
    throw new Error(`a message came back changed: ${actual} long, not ${expected}`);
  }
}

function equal(actual, expected) {
  for (let at = 0; at < expected.length; at += 1) if (actual[at] !== expected[at]) return false;
  return true;
}

/** Waits for something that is told from elsewhere. */
export function deferred() {
  const waiting = {};
  waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }));
  return waiting;
}
