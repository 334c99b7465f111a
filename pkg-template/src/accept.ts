/** Opens a session as a server, and sessions without an upgrade. */

import type {
  AcceptOptions,
  ByteTransport,
  Refusal,
  SessionOptions,
  UpgradeRequest,
} from '../types/index.js';
import { core, Part, ServerUpgrade } from './core.js';
import { Deadline, HANDSHAKE_TIMEOUT, untilAborted } from './deadline.js';
import { describe, HandshakeError } from './errors.js';
import { type Agreement, agreeAlone, agreeAsServer, NO_EXTENSIONS } from './extensions.js';
import { viewBytes } from './frame.js';
import { checkFunction, checkOptions, checkTime, extensionContext } from './options.js';
import { type Opening, openSession, type WebSocketSession } from './session.js';
import { checkTransport, transportWire } from './transports/streams.js';
import type { Wire } from './transports/wire.js';
import { flatHeaders, lines, packed, Upgraded, UpgradeReader } from './upgrade.js';

/** How long a client that was refused may keep the connection, in milliseconds. */
const LINGER = 10_000;

/** What it comes to where there is no upgrade and nothing to agree on: the same for all sessions. */
const NO_UPGRADE: Opening = {
  url: '',
  protocol: '',
  handshake: undefined,
  agreement: NO_EXTENSIONS,
};

/** A session over a transport whose upgrade is done, or that needs none. */
export function overTransport(
  transport: ByteTransport,
  options: SessionOptions & { role: 'client' | 'server' },
): WebSocketSession {
  checkOptions(options);
  const { role } = options;
  if (role !== 'client' && role !== 'server') {
    throw new TypeError(`role must be 'client' or 'server', not ${String(role)}`);
  }
  options.signal?.throwIfAborted();
  checkTransport(transport, 'transport');
  const shared = core();
  let opening = NO_UPGRADE;
  if (options.extensions?.length) {
    const agreement = agreeAlone(options.extensions, extensionContext(options, role));
    opening = { ...NO_UPGRADE, agreement };
  }
  const wire = transportWire(transport);
  return openSession({ core: shared, wire, role, options, opening, rest: undefined });
}

/** Opens a session as a server: reads the upgrade request from the transport and answers it. */
export async function accept(
  transport: ByteTransport,
  options: AcceptOptions = {},
): Promise<WebSocketSession> {
  checkAcceptOptions(options);
  checkTransport(transport, 'transport');
  options.signal?.throwIfAborted();
  core();
  return acceptWire(transportWire(transport), new ServerUpgrade(), options);
}

/** Checks what {@link accept} is told. */
export function checkAcceptOptions(options: AcceptOptions): void {
  checkOptions(options);
  checkTime(options.handshakeTimeout, 'handshakeTimeout');
  checkFunction(options.selectProtocol, 'selectProtocol');
  checkFunction(options.verify, 'verify');
  flatHeaders(options.headers);
}

/** Answers the upgrade on a wire. Takes the upgrade over, whose request may be known already. */
export async function acceptWire(
  wire: Wire,
  upgrade: ServerUpgrade,
  options: AcceptOptions,
): Promise<WebSocketSession> {
  const timeout = options.handshakeTimeout ?? HANDSHAKE_TIMEOUT;
  let answering = false;
  const deadline = new Deadline(timeout, options.signal, () =>
    answering
      ? new HandshakeError(`verify did not settle within ${timeout} ms`, { status: 500 })
      : new HandshakeError(`the client did not send its request within ${timeout} ms`, {
          status: 408,
        }),
  );
  const reader = new UpgradeReader(wire, upgrade);
  try {
    if (upgrade.progress() === 0) await reader.decided(deadline.signal);
    const message = upgrade.text(Part.MESSAGE);
    if (message) {
      const status = upgrade.status();
      const error = new HandshakeError(message, status === undefined ? {} : { status });
      throw refuse(wire, upgrade.refusal(), error);
    }
    const handshake = new Upgraded(101, upgrade.text(Part.HEADERS));
    const request = new ClientRequest(upgrade, handshake);
    answering = true;
    await untilAborted(verify(wire, request, options, deadline.signal), deadline.signal);
    const protocol = selectProtocol(request, options);
    const agreement = agree(upgrade, options);
    const answer = answerOf(upgrade, protocol, agreement.answer, options);
    answering = false;
    wire.write(answer, () => {});
    return openSession({
      core: core(),
      wire: reader.handOver(),
      role: 'server',
      options,
      opening: {
        url: request.target,
        protocol,
        handshake,
        agreement,
      },
      rest: upgrade.rest(),
    });
  } catch (cause) {
    if (!refused.has(cause as object)) {
      // What the caller's functions do wrong is no reason to leave the client without an answer.
      if (answering && !options.signal?.aborted) refuse(wire, failed(), cause as Error);
      else wire.abort(cause);
    }
    throw cause;
  } finally {
    deadline.clear();
    upgrade.free();
  }
}

/** Errors whose wire ends by itself, after the refusal was written. */
const refused = new WeakSet<object>();

/** Writes a refusal, ends the wire behind it, and returns the error to throw. */
function refuse<E extends Error>(wire: Wire, answer: Uint8Array | undefined, error: E): E {
  if (answer) {
    refused.add(error);
    wire.write(answer, () => {});
    wire.end();
    // The client is to read the refusal before the connection ends, but not to keep it.
    const timer = setTimeout(() => wire.abort(error), LINGER);
    const settle = (): void => clearTimeout(timer);
    wire.attach({ chunk: () => true, end: settle, fail: settle });
    wire.resume();
  }
  return error;
}

/** What a client asks for, as the functions of the caller see it. */
class ClientRequest implements UpgradeRequest {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly protocols: readonly string[];
  readonly #handshake: Upgraded;

  constructor(upgrade: ServerUpgrade, handshake: Upgraded) {
    this.method = upgrade.text(Part.METHOD);
    this.target = upgrade.text(Part.TARGET);
    this.host = upgrade.text(Part.HOST);
    this.protocols = Object.freeze(lines(upgrade.text(Part.PROTOCOLS)));
    this.#handshake = handshake;
    Object.freeze(this);
  }

  get headers(): Headers {
    return this.#handshake.headers;
  }
}

async function verify(
  wire: Wire,
  request: UpgradeRequest,
  options: AcceptOptions,
  signal: AbortSignal,
): Promise<void> {
  let verdict: number | Refusal | undefined;
  try {
    verdict = await options.verify?.(request);
  } catch (cause) {
    throw threw('verify', cause);
  }
  // What comes too late has been answered already.
  if (verdict === undefined || signal.aborted) return;
  const { status, headers, body }: Refusal =
    typeof verdict === 'number' ? { status: verdict } : verdict;
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const payload = bytes === undefined ? new Uint8Array(0) : viewBytes(bytes, 'body');
  const answer = usable(() => ServerUpgrade.refuse(status, packed(flatHeaders(headers)), payload));
  throw refuse(
    wire,
    answer,
    new HandshakeError(`verify refused the request with ${status}`, { status }),
  );
}

function selectProtocol(request: UpgradeRequest, options: AcceptOptions): string {
  try {
    return options.selectProtocol?.([...request.protocols], request) ?? '';
  } catch (cause) {
    throw threw('selectProtocol', cause);
  }
}

/** What is agreed on of the extensions that the client offered. */
function agree(upgrade: ServerUpgrade, options: AcceptOptions): Agreement & { answer: string[] } {
  const context = extensionContext(options, 'server');
  try {
    return agreeAsServer(options.extensions, lines(upgrade.text(Part.EXTENSIONS)), context);
  } catch (cause) {
    throw threw('an extension', cause);
  }
}

function threw(name: string, cause: unknown): HandshakeError {
  return new HandshakeError(`${name} threw: ${describe(cause)}`, { status: 500, cause });
}

/** The answer to a client for which it is not the request that is wrong. */
function failed(): Uint8Array {
  return ServerUpgrade.refuse(500, new Uint8Array(0), new Uint8Array(0));
}

function answerOf(
  upgrade: ServerUpgrade,
  protocol: string,
  extensions: string[],
  options: AcceptOptions,
): Uint8Array {
  return usable(() =>
    upgrade.accept(protocol, packed(extensions), packed(flatHeaders(options.headers))),
  );
}

/** What the core does not take is the caller's fault. */
function usable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new TypeError(describe(cause), { cause });
  }
}
