/** What the browser tests have at hand inside the page. */

let tunnels = 0;
globalThis.WebTransport = class extends globalThis.WebTransport {
  constructor(...given) {
    super(...given);
    tunnels += 1;
  }
};

/** The kit for a bridge. */
export async function makeKit({ url: bridge, certificateHash }) {
  const framewire = await import('/framewire/web.js');
  const serverCertificateHashes = hashes(certificateHash);
  const told = (thrown) => tell(thrown, framewire);
  return {
    framewire,
    hashes,
    /** Opens a session over the bridge. */
    open: (url, options) => framewire.connect(url, { bridge, serverCertificateHashes, ...options }),
    /** How many WebTransport sessions were opened. */
    tunnels: () => tunnels,
    /** What a promise rejects with, as plain data. */
    failure: (promise) => promise.then(() => undefined, told),
    /** How a session ended, as plain data. */
    ending: async (session) => {
      const { error, ...info } = await session.closed;
      return { ...info, error: error && told(error) };
    },
    drain,
    noise,
    text,
    checkBytes,
    pings,
  };
}

function hashes(hex) {
  const value = Uint8Array.from(hex.match(/../g), (pair) => Number.parseInt(pair, 16));
  return [{ algorithm: 'sha-256', value }];
}

function tell(thrown, framewire) {
  const { name, code, message, status, closeCode, headers, body, cause } = thrown;
  const Class = framewire[name] ?? globalThis[name];
  return {
    name,
    code,
    message,
    status,
    closeCode,
    isTyped: thrown instanceof Class,
    headers: headers && Object.fromEntries(headers),
    body: body && new TextDecoder().decode(body),
    cause: cause?.name,
  };
}

/** The payloads of all frames until the end as text, and whether something was thrown there. */
async function drain(session) {
  const texts = [];
  try {
    for await (const frame of session) texts.push(new TextDecoder().decode(frame.bytes));
    return { texts, threw: false };
  } catch {
    return { texts, threw: true };
  }
}

/** Bytes that repeat nowhere near. */
function noise(length, seed = 1) {
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

/** Text of `size` bytes in UTF-8, with characters of every length. */
function text(size) {
  const unit = 'framewire ä € 😀 ';
  const { length } = new TextEncoder().encode(unit);
  return unit.repeat(Math.floor(size / length)) + '.'.repeat(size % length);
}

/** Throws where bytes differ, without printing megabytes. */
function checkBytes(actual, expected) {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} bytes instead of ${expected.length}`);
  }
  const at = actual.findIndex((byte, index) => byte !== expected[index]);
  if (at >= 0) throw new Error(`bytes of ${expected.length} differ from offset ${at}`);
}

/** Lets so many round trips of a session pass that whatever could happen to others has. */
async function pings(session) {
  for (let trip = 0; trip < 40; trip += 1) await session.ping();
}
