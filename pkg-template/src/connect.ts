/** Opens a session as a client. */

import type { ConnectOptions, ExtensionContext } from '../types/index.js';
import { ClientUpgrade, core, Part } from './core.js';
import { Deadline, HANDSHAKE_TIMEOUT, untilAborted } from './deadline.js';
import { ownDial } from './dial.js';
import { describe, HandshakeError, TransportError, WebSocketSessionError } from './errors.js';
import { type Agreement, agreeAsClient, offers } from './extensions.js';
import { kind, viewBytes } from './frame.js';
import {
  checkFunction,
  checkOptions,
  checkString,
  checkTime,
  extensionContext,
} from './options.js';
import { openSession, type WebSocketSession } from './session.js';
import { bridgeWire } from './transports/bridge.js';
import { checkTransport, transportWire } from './transports/streams.js';
import type { Wire } from './transports/wire.js';
import { flatHeaders, lines, packed, readHeaders, Upgraded, UpgradeReader } from './upgrade.js';

/** Opens a session as a client, with the HTTP/1.1 upgrade of RFC 6455 §4. */
export async function connect(
  address: string | URL,
  options: ConnectOptions = {},
): Promise<WebSocketSession> {
  const url = parseUrl(address);
  checkConnectOptions(options);
  options.signal?.throwIfAborted();
  core();
  const context = extensionContext(options, 'client');
  const upgrade = clientUpgrade(url, options, context);
  const timeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
  const deadline = new Deadline(timeout, options.signal, () => {
    const status = upgrade.status();
    if (status === undefined) {
      return new HandshakeError(`${url.host} did not answer the upgrade within ${timeout} ms`);
    }
    // What has come of the refusal is told, as at the transport's end.
    upgrade.receive_end();
    return new HandshakeError(
      `${url.host} refused the upgrade with ${status} and its body did not end within ${timeout} ms`,
      { status, headers: readHeaders(upgrade.text(Part.HEADERS)), body: upgrade.bytes(Part.BODY) },
    );
  });
  let wire: Wire | undefined;
  try {
    const opening = openWire(url, options, deadline.signal);
    // One that opens too late is nobody's.
    opening.then(
      (late) => deadline.signal.aborted && late.abort(deadline.signal.reason),
      () => {},
    );
    wire = await untilAborted(opening, deadline.signal);
    return await upgradeWire(wire, upgrade, url, options, context, deadline);
  } catch (cause) {
    wire?.abort(cause);
    throw cause;
  } finally {
    deadline.clear();
    upgrade.free();
  }
}

async function upgradeWire(
  wire: Wire,
  upgrade: ClientUpgrade,
  url: URL,
  options: ConnectOptions,
  context: ExtensionContext,
  deadline: Deadline,
): Promise<WebSocketSession> {
  const reader = new UpgradeReader(wire, upgrade);
  const decided = reader.decided(deadline.signal);
  // The wire is free: the request is its first write.
  wire.write(upgrade.bytes(Part.REQUEST), () => {});
  await decided;
  const message = upgrade.text(Part.MESSAGE);
  const status = upgrade.status();
  const handshake = new Upgraded(status ?? 101, upgrade.text(Part.HEADERS));
  if (message) {
    throw new HandshakeError(
      message,
      status === undefined
        ? {}
        : { status, headers: handshake.headers, body: upgrade.bytes(Part.BODY) },
    );
  }
  let agreement: Agreement;
  try {
    agreement = agreeAsClient(options.extensions, lines(upgrade.text(Part.EXTENSIONS)), context);
  } catch (cause) {
    const { status, headers } = handshake;
    throw new HandshakeError(describe(cause), { status, headers, cause });
  }
  return openSession({
    core: core(),
    wire: reader.handOver(),
    role: 'client',
    options,
    opening: {
      url: url.href,
      protocol: upgrade.text(Part.PROTOCOLS),
      handshake,
      agreement,
    },
    rest: upgrade.bytes(Part.REST),
  });
}

async function openWire(url: URL, options: ConnectOptions, signal: AbortSignal): Promise<Wire> {
  const { transport, bridge } = options;
  if (transport !== undefined) {
    const opened = typeof transport === 'function' ? await openTransport() : transport;
    checkTransport(opened, 'transport');
    return transportWire(opened);
  }
  if (bridge !== undefined) {
    return bridgeWire(url, new URL(bridge), options.serverCertificateHashes);
  }
  const dial = ownDial();
  if (!dial) {
    throw new TypeError(
      'this runtime cannot open a TCP connection: pass bridge (the URL of a framewire-bridge) or transport (a byte stream)',
    );
  }
  return dial(url, { signal, ...(options.tls && { tls: options.tls }) });

  async function openTransport() {
    if (typeof transport !== 'function') return transport;
    try {
      return await transport(url, { signal });
    } catch (cause) {
      if (signal.aborted || cause instanceof WebSocketSessionError) throw cause;
      throw new TransportError(`the transport could not be opened: ${describe(cause)}`, cause);
    }
  }
}

const SCHEMES: Record<string, string> = { 'http:': 'ws:', 'https:': 'wss:' };

function parseUrl(address: string | URL): URL {
  let url = tryUrl(address);
  if (!url) {
    throw new TypeError(
      `url must be an absolute URL such as wss://example.com/chat, not ${String(address)}`,
    );
  }
  const scheme = SCHEMES[url.protocol];
  // A special scheme may be changed to another one only.
  if (scheme) url = new URL(url.href.replace(url.protocol, scheme));
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:') {
    throw new TypeError(
      `url must have the scheme ws, wss, http or https, not ${url.protocol.slice(0, -1)}`,
    );
  }
  url.hash = '';
  return url;
}

function checkConnectOptions(options: ConnectOptions): void {
  checkOptions(options);
  checkTime(options.handshakeTimeout, 'handshakeTimeout');
  checkString(options.origin, 'origin');
  const { protocols, transport, bridge } = options;
  if (
    protocols !== undefined &&
    !(Array.isArray(protocols) && protocols.every((one) => typeof one === 'string'))
  ) {
    throw new TypeError('protocols must be an array of strings');
  }
  if (typeof transport !== 'object') checkFunction(transport, 'transport');
  else checkTransport(transport, 'transport');
  if (bridge !== undefined) checkBridge(bridge);
  checkHashes(options.serverCertificateHashes);
  if (options.tls !== undefined && (typeof options.tls !== 'object' || options.tls === null)) {
    throw new TypeError(`tls must be an object, not ${kind(options.tls)}`);
  }
}

function checkBridge(bridge: unknown): void {
  const url = typeof bridge === 'string' || bridge instanceof URL ? tryUrl(bridge) : undefined;
  if (url?.protocol !== 'https:') {
    throw new TypeError(
      `bridge must be an https URL such as https://example.com:4433, not ${String(bridge)}`,
    );
  }
}

function checkHashes(hashes: unknown): void {
  if (hashes === undefined) return;
  const name = 'serverCertificateHashes';
  if (!Array.isArray(hashes)) throw new TypeError(`${name} must be an array, not ${kind(hashes)}`);
  for (const hash of hashes) {
    const { algorithm, value } = (hash ?? {}) as { algorithm?: unknown; value?: unknown };
    checkString(algorithm ?? null, `${name}: algorithm`);
    viewBytes(value, `${name}: value`);
  }
}

function tryUrl(text: string | URL): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** The upgrade to ask for. Throws a `TypeError` for what may not stand in a request. */
function clientUpgrade(
  url: URL,
  options: ConnectOptions,
  context: ExtensionContext,
): ClientUpgrade {
  const headers = flatHeaders(options.headers);
  const named = headers.some((name, at) => at % 2 === 0 && name.toLowerCase() === 'authorization');
  if ((url.username || url.password) && !named) {
    const user = `${decode(url.username)}:${decode(url.password)}`;
    headers.push('Authorization', `Basic ${base64(user)}`);
  }
  const origin = options.origin ?? pageOrigin();
  const offered = offers(options.extensions, context);
  try {
    return new ClientUpgrade(
      url.host,
      `${url.pathname}${url.search}`,
      origin,
      packed(options.protocols ?? []),
      packed(offered),
      packed(headers),
    );
  } catch (cause) {
    throw new TypeError(describe(cause), { cause });
  }
}

/** A page says where it comes from, as its own `WebSocket` does; other runtimes have no origin. */
function pageOrigin(): string | undefined {
  const scope = globalThis as {
    location?: { origin?: string };
    WorkerGlobalScope?: unknown;
    document?: unknown;
  };
  const browser = scope.document !== undefined || scope.WorkerGlobalScope !== undefined;
  return browser ? scope.location?.origin : undefined;
}

/** Percent-decodes what a URL has of a name; one that is no proper encoding stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return btoa(bytes);
}
