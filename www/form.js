/** The form of the connection: how it is filled in, and what it says. */

const HASH = /^[0-9a-f]{64}$/i;

/**
 * Fills the fields from /demo.json, where the server gives one, and from the query of the page's
 * address, which counts more: url, protocols, authorization, bridge, hash.
 */
export async function fillForm(form, urls) {
  const setup = await readSetup();
  const query = new URLSearchParams(location.search);
  const given = {
    url: setup.urls?.[0],
    protocols: setup.protocols?.join(', '),
    authorization: setup.authorization,
    bridge: setup.bridge,
    hash: setup.certificateHash,
  };
  for (const [name, value] of Object.entries(given)) {
    form.elements[name].value = query.get(name) ?? value ?? '';
  }
  for (const url of setup.urls ?? []) urls.append(new Option(url, url));
}

/** What the form says, as arguments of `connect`. Throws a `TypeError` for what can't be read. */
export function readForm(form) {
  const { url, protocols, authorization, bridge, hash } = Object.fromEntries(new FormData(form));
  return {
    url: url.trim(),
    options: {
      protocols: protocols.split(/[\s,]+/).filter(Boolean),
      headers: authorization.trim() ? { Authorization: authorization.trim() } : {},
      bridge: bridge.trim(),
      serverCertificateHashes: readHash(hash),
    },
  };
}

function readHash(text) {
  const digits = text.replace(/[\s:]/g, '');
  if (digits === '') return undefined;
  if (!HASH.test(digits)) {
    throw new TypeError('the certificate hash must be 64 hexadecimal digits');
  }
  return [{ algorithm: 'sha-256', value: readHex(digits) }];
}

/** Bytes in hexadecimal; spaces, commas and colons between them don't count. */
export function readHex(text) {
  const digits = text.replace(/[\s:,]|0x/gi, '');
  if (digits.length % 2 === 1 || /[^0-9a-f]/i.test(digits)) {
    throw new TypeError('the bytes must be pairs of hexadecimal digits, such as 00 01 fe ff');
  }
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Random bytes; the browser gives 64 KiB at a time. */
export function randomBytes(size) {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

async function readSetup() {
  try {
    const response = await fetch('/demo.json');
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}
