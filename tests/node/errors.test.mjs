/** The classes of errors: what each is, and which codes it tells. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as framewire from '#framewire';

const { WebSocketSessionError } = framewire;
const cause = new Error('what was thrown');

for (const [name, code, closeCode, error] of [
  ['HandshakeError', 'ERR_HANDSHAKE', undefined, new framewire.HandshakeError('m', { cause })],
  ['ProtocolError', 'ERR_PROTOCOL', 1002, new framewire.ProtocolError('m')],
  [
    'InvalidPayloadError',
    'ERR_INVALID_PAYLOAD',
    1007,
    new framewire.InvalidPayloadError('m', { cause }),
  ],
  ['MessageTooBigError', 'ERR_MESSAGE_TOO_BIG', 1009, new framewire.MessageTooBigError('m')],
  ['PingTimeoutError', 'ERR_PING_TIMEOUT', 1011, new framewire.PingTimeoutError('m')],
  [
    'ClosedError',
    'ERR_CLOSED',
    4000,
    new framewire.ClosedError('m', { code: 4000, reason: '' }, cause),
  ],
  ['OverflowError', 'ERR_OVERFLOW', 1008, new framewire.OverflowError('m')],
  ['TransportError', 'ERR_TRANSPORT', undefined, new framewire.TransportError('m', cause)],
]) {
  test(`${name} extends WebSocketSessionError with ${code} and closeCode ${closeCode}`, () => {
    assert.ok(error.constructor.name === name);
    assert.ok(error instanceof WebSocketSessionError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.closeCode], [name, code, closeCode]);
    assert.equal(error.message, 'm');
    assert.match(error.stack, new RegExp(`^${name}: m\n`));
    assert.equal('cause' in error ? error.cause : cause, cause);
  });
}

test('details are told only where there are some', () => {
  const bare = [
    new framewire.HandshakeError('m'),
    new framewire.ClosedError('m'),
    new framewire.TransportError('m'),
    new framewire.InvalidPayloadError('m'),
  ];
  for (const error of bare) {
    for (const name of ['cause', 'status', 'headers', 'body', 'closeInfo', 'frame']) {
      assert.equal(name in error && error[name] !== undefined, false, `${error.name}.${name}`);
    }
  }
  const full = new framewire.HandshakeError('m', { status: 403, body: new Uint8Array([1]) });
  assert.deepEqual([full.status, full.body.length], [403, 1]);
});
