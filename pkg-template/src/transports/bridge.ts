/** Byte streams to TCP through a framewire-bridge, over WebTransport. */

import type { Bytes } from '../../types/index.js';
import { describe, TransportError } from '../errors.js';
import { copyBytes } from '../frame.js';
import { StreamWire } from './streams.js';
import type { Wire } from './wire.js';

/** Hashes of the certificates that a bridge may show. */
export type CertificateHashes = readonly { algorithm: string; value: Bytes }[];

/** The part of WebTransport that is used here. */
interface Tunnel {
  readonly ready: Promise<unknown>;
  readonly closed: Promise<unknown>;
  createBidirectionalStream(): Promise<{
    readable: ReadableStream<Uint8Array>;
    writable: WritableStream<Uint8Array>;
  }>;
  close(): void;
}

type TunnelConstructor = new (
  url: string,
  options: { serverCertificateHashes?: { algorithm: string; value: BufferSource }[] },
) => Tunnel;

/** A tunnel that no stream uses is closed after this time. */
const IDLE = 10_000;

/** One WebTransport session to a bridge for one target, which all streams to that target share. */
class SharedTunnel {
  readonly #tunnel: Tunnel;
  readonly #greets: () => Promise<boolean>;
  readonly #describe: string;
  #streams = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;
  isGone = false;

  /** `greets` finds out whether the bridge answers at all: a browser does not say why it refused. */
  constructor(
    tunnel: Tunnel,
    greets: () => Promise<boolean>,
    description: string,
    gone: () => void,
  ) {
    this.#tunnel = tunnel;
    this.#greets = greets;
    this.#describe = description;
    const forget = (): void => {
      this.isGone = true;
      gone();
    };
    tunnel.ready.catch(forget);
    tunnel.closed.then(forget, forget);
  }

  async open(): Promise<Wire> {
    this.#hold();
    try {
      await this.#tunnel.ready;
    } catch (cause) {
      this.#release();
      const why = (await this.#greets())
        ? 'the bridge refused the target: no rule of its --allow list matches it, or the bridge is full'
        : 'the bridge could not be reached: it is not running there, its certificate is not one that serverCertificateHashes names, or it takes no pages of this origin';
      throw new TransportError(`${this.#describe}: ${why} (${describe(cause)})`, cause);
    }
    try {
      const { readable, writable } = await this.#tunnel.createBidirectionalStream();
      return new StreamWire({ readable, writable, close: () => this.#release() }, (cause) =>
        this.#explain(cause),
      );
    } catch (cause) {
      this.#release();
      throw this.#explain(cause);
    }
  }

  #hold(): void {
    this.#streams += 1;
    clearTimeout(this.#idle);
  }

  #release(): void {
    this.#streams -= 1;
    if (this.#streams > 0) return;
    this.#idle = setTimeout(() => this.#tunnel.close(), IDLE);
  }

  #explain(cause: unknown): TransportError {
    const code = (cause as { streamErrorCode?: number | null } | null)?.streamErrorCode;
    const reason = code === undefined || code === null ? undefined : RESETS[code];
    return new TransportError(`${this.#describe}: ${reason ?? describe(cause)}`, cause);
  }
}

/** What the bridge says by the code it resets a stream with. */
const RESETS: Record<number, string> = {
  1: 'the target refused the TCP connection: nothing listens there',
  2: 'the target did not answer in time',
  3: 'the name of the target is not known to the bridge',
  4: 'the TLS handshake between the bridge and the target failed',
  5: 'the connection between the bridge and the target broke',
  6: 'the bridge is shutting down',
  7: 'the bridge has as many streams as it allows',
  8: 'the bridge cannot reach the target',
  9: 'the stream was aborted',
};

const tunnels = new Map<string, SharedTunnel>();

/** Opens a byte stream to the host of `url` through a bridge. */
export async function bridgeWire(
  url: URL,
  bridge: URL,
  hashes: CertificateHashes | undefined,
): Promise<Wire> {
  const address = tunnelAddress(url, bridge);
  const options = tunnelOptions(hashes);
  const key = `${address} ${options.key}`;
  let tunnel = tunnels.get(key);
  if (!tunnel || tunnel.isGone) {
    const Constructor = (globalThis as { WebTransport?: TunnelConstructor }).WebTransport;
    if (!Constructor) {
      throw new TypeError('bridge needs WebTransport, which this runtime does not have');
    }
    const description = `the way to ${url.host} through the bridge at ${bridge.origin}`;
    const created = new SharedTunnel(
      new Constructor(address, options.init),
      () => greets(new Constructor(`${bridge.origin}${GREETING}`, options.init)),
      description,
      () => {
        if (tunnels.get(key) === created) tunnels.delete(key);
      },
    );
    tunnel = created;
    tunnels.set(key, created);
  }
  return tunnel.open();
}

/** The path of a session that the bridge gives to everyone who reaches it. */
const GREETING = '/.well-known/framewire-bridge/greeting';

async function greets(tunnel: Tunnel): Promise<boolean> {
  tunnel.closed.catch(() => {});
  try {
    await tunnel.ready;
    tunnel.close();
    return true;
  } catch {
    return false;
  }
}

/** The template of the IETF's connect-tcp draft, filled in. */
function tunnelAddress(url: URL, bridge: URL): string {
  const secure = url.protocol === 'wss:';
  const host = encodeURIComponent(url.hostname.replace(/^\[|\]$/g, ''));
  const port = url.port || (secure ? '443' : '80');
  return `${bridge.origin}/.well-known/masque/tcp/${host}/${port}/${secure ? '?tls=1' : ''}`;
}

function tunnelOptions(hashes: CertificateHashes | undefined) {
  const copies = (hashes ?? []).map(({ algorithm, value }) => ({
    algorithm,
    value: copyBytes(value, 'serverCertificateHashes'),
  }));
  return {
    init: copies.length > 0 ? { serverCertificateHashes: copies } : {},
    key: copies.map(({ value }) => value.join(',')).join(' '),
  };
}
