/** Runs in the page: what the tests there share. */

import { connect } from '/framewire.js';

export * from '/framewire.js';
export { connect };

/** Options that reach the bridge. */
export function over({ url, certificateHash }, options = {}) {
  const value = Uint8Array.from(certificateHash.match(/../g), (pair) => Number.parseInt(pair, 16));
  return { bridge: url, serverCertificateHashes: [{ algorithm: 'sha-256', value }], ...options };
}

/** Bytes that repeat nowhere near. */
export function noise(length, seed = 1) {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

/** Whether bytes are the same. */
export function same(one, other) {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** What can be told of an error outside the page. */
export function tell(error) {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const { name, message, code, closeCode, status } = error;
  return {
    name,
    message,
    ...(code !== undefined && { code }),
    ...(closeCode !== undefined && { closeCode }),
    ...(status !== undefined && { status }),
    cause: error.cause?.name,
  };
}

/** What can be told of a session's end outside the page. */
export async function ending(session) {
  const { code, reason, wasClean, initiator, error } = await session.closed;
  return { code, reason, wasClean, initiator, ...(error && { error: tell(error) }) };
}

/** What a call rejects with. */
export async function rejection(promise) {
  return promise.then(
    () => 'it did not reject',
    (error) => tell(error),
  );
}
