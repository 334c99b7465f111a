/** How a session ended, put together from what the core and the wire know. */

import type { CloseInfo, CloseStatus } from '../types/index.js';
import type { Ending } from './core.js';
import {
  ClosedError,
  describe,
  InvalidPayloadError,
  MessageTooBigError,
  OverflowError,
  PingTimeoutError,
  ProtocolError,
  TransportError,
  WebSocketSessionError,
} from './errors.js';
import type { Failure } from './owner.js';
import type { StepError } from './pipeline.js';

/** After these codes iteration ends without an error: normal, going away, none. */
const QUIET = new Set([1000, 1001, 1005]);

type Facts = Omit<CloseInfo, 'error'>;

/** What a queue over its budget ends a session with. */
export function overflowError(queue: 'incoming' | 'outgoing'): OverflowError {
  const who = queue === 'incoming' ? 'the peer sent' : 'the session was given';
  return new OverflowError(`${who} more than the ${queue} queue holds`);
}

/** What the fault of an extension ends a session with: the error that its close code stands for. */
export function extensionError({ extension, cause }: StepError): WebSocketSessionError {
  const { closeCode } = (cause ?? {}) as { closeCode?: unknown };
  const typed = cause instanceof WebSocketSessionError;
  const message = describe(cause);
  switch (closeCode) {
    case 1002:
      return typed ? cause : new ProtocolError(message, { cause });
    case 1007:
      return typed ? cause : new InvalidPayloadError(message, { cause });
    case 1009:
      return typed ? cause : new MessageTooBigError(message, { cause });
    default:
  }
  return new ClosedError(`the extension ${extension} failed: ${describe(cause)}`, undefined, cause);
}

/** The one truth about a session's end. */
export function closeInfo(
  ending: Ending | undefined,
  failure: Failure | undefined,
  closeCause: Error | undefined,
  closeTimeout: number,
): CloseInfo {
  const facts = factsOf(ending);
  const error = errorOf(facts, ending, failure, closeCause, closeTimeout);
  return Object.freeze(error ? { ...facts, error } : facts);
}

function factsOf(ending: Ending | undefined): Facts {
  if (!ending) return { code: 1006, reason: '', wasClean: false, initiator: 'local' };
  const close = (whose: number): CloseStatus | undefined => {
    const code = ending.code(whose);
    return code === undefined ? undefined : { code, reason: ending.reason(whose) };
  };
  const [sent, received] = [close(1), close(2)];
  return {
    ...(close(0) as CloseStatus),
    wasClean: ending.was_clean(),
    initiator: storyOf(ending).initiator as CloseInfo['initiator'],
    ...(sent && { sent }),
    ...(received && { received }),
  };
}

/** What the core tells of an end in words: who began, and the fault's name and what it was, empty for none. */
export function storyOf(
  ending: Ending | undefined,
): Record<'initiator' | 'fault' | 'detail', string> {
  const [initiator = '', fault = '', detail = ''] = ending?.story().split('\n') ?? [];
  return { initiator, fault, detail };
}

function errorOf(
  facts: Facts,
  ending: Ending | undefined,
  failure: Failure | undefined,
  closeCause: Error | undefined,
  closeTimeout: number,
): Error | undefined {
  if (failure?.kind === 'core') {
    return new ClosedError(
      'the framewire core trapped and every session on it ended',
      facts,
      failure.cause,
    );
  }
  const { fault, detail } = storyOf(ending);
  switch (fault) {
    case 'protocol':
      return new ProtocolError(detail);
    case 'invalid-payload':
      return new InvalidPayloadError(detail);
    case 'too-big':
      return new MessageTooBigError(detail);
    case 'ping-timeout':
      return new PingTimeoutError('the peer did not answer a ping in time');
    case 'extension':
      return closeCause instanceof ClosedError
        ? new ClosedError(closeCause.message, facts, closeCause.cause)
        : closeCause;
    case 'incoming-overflow':
      return overflowError('incoming');
    case 'outgoing-overflow':
      return overflowError('outgoing');
    case 'close-timeout':
      return new ClosedError(`the peer did not answer the Close within ${closeTimeout} ms`, facts);
    case 'end':
      return new TransportError('the peer ended the connection without a Close');
    case 'end-mid-message':
      return new TransportError(
        'the peer ended the connection in the middle of a message, without a Close',
      );
    case 'transport':
      if (failure?.cause instanceof TransportError) return failure.cause;
      return new TransportError(
        `the transport failed: ${describe(failure?.cause)}`,
        failure?.cause,
      );
    case 'terminated': {
      const cause = failure?.cause;
      return new ClosedError(
        cause === undefined
          ? 'the session was terminated'
          : `the session was terminated: ${describe(cause)}`,
        facts,
        cause,
      );
    }
    default:
  }
  if (closeCause) return new ClosedError(closeCause.message, facts, closeCause);
  if (QUIET.has(facts.code)) return undefined;
  const why = facts.reason ? `${facts.code}: ${facts.reason}` : `${facts.code}`;
  const who =
    facts.initiator === 'remote' ? 'the peer closed the session' : 'the session was closed';
  return new ClosedError(`${who} with ${why}`, facts);
}
