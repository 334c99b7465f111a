/** Frames with opcodes that extensions own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClosedError, OverflowError, overTransport, ProtocolError } from '#framewire';
import { custom, pair } from './extension-kit.mjs';
import { acceptAll, drain, heldTransport, noise, turns } from './support.mjs';

/** An extension that owns 3 and 11, keeps what comes, and gives its ports away. */
function owner(ports, frames, steps = {}) {
  const kept = {
    open: (port) => ports.push(port),
    frame: ({ opcode, bytes }) => frames.push([opcode, Buffer.from(bytes).toString('latin1')]),
    ...steps,
  };
  const { rsv: _, ...extension } = custom(kept, 'x-owner');
  return { ...extension, opcodes: [3, 11] };
}

test('frames of an extension reach the one at the other end, in order with messages', async (t) => {
  const [ports, frames] = [[], []];
  const { client, server } = pair(t, [owner(ports, frames)]);
  const [port] = ports;
  port.send(3, Buffer.from('message'));
  await client.send('text');
  port.send(11, Buffer.from('control'));
  await client.send('last');
  assert.equal((await server.receive()).text, 'text');
  assert.equal((await server.receive()).text, 'last');
  assert.deepEqual(frames, [
    [3, 'message'],
    [11, 'control'],
  ]);
  assert.deepEqual(server.stats().incoming, { bytes: 0, frames: 0 });
});

test('a long message of an extension is put together, and the bytes are copied', async (t) => {
  const [ports, got] = [[], []];
  const frame = ({ bytes }) => got.push(bytes);
  const { client, server } = pair(t, [owner(ports, [], { frame })]);
  const bytes = noise(300_000);
  ports[0].send(3, bytes);
  const sent = bytes.slice();
  bytes.fill(0);
  await client.send('behind it');
  await server.receive();
  assert.deepEqual(got, [sent]);
});

test('a frame that may not be sent is refused, and the session goes on', async (t) => {
  const ports = [];
  const { client, server } = pair(t, [owner(ports, [])]);
  const [port] = ports;
  assert.throws(() => port.send(4, new Uint8Array(0)), /does not own the opcode 4/);
  assert.throws(() => port.send(1, new Uint8Array(0)), TypeError);
  assert.throws(() => port.send(3, 'text'), TypeError);
  assert.throws(() => port.send(11, new Uint8Array(126)), RangeError);
  await client.send('goes on');
  assert.equal((await server.receive()).text, 'goes on');
  await client.close();
  assert.throws(() => port.send(3, new Uint8Array(0)), ClosedError);
});

test('a frame of an extension that finds the outgoing queue full fails the session, as any other', async (t) => {
  const held = heldTransport();
  const ports = [];
  const session = overTransport(held.transport, {
    role: 'client',
    extensions: [owner(ports, [])],
    outgoing: { highWaterMark: 10, onOverflow: 'close' },
  });
  t.after(() => session.terminate());
  ports[0].send(3, new Uint8Array(10));
  assert.throws(() => ports[0].send(3, new Uint8Array(1)), OverflowError);
  acceptAll(held);
  const { code, error } = await session.closed;
  assert.equal(code, 1008);
  assert.ok(error instanceof OverflowError);
});

test('fragments of an extension are put together, and what nobody owns is refused', async (t) => {
  const frames = [];
  const held = heldTransport();
  acceptAll(held);
  const session = overTransport(held.transport, {
    role: 'client',
    extensions: [owner([], frames)],
  });
  t.after(() => session.terminate());
  held.give(new Uint8Array([0x03, 1, 0x61, 0x8b, 1, 0x21, 0x80, 1, 0x62]));
  await turns();
  assert.deepEqual(frames, [
    [11, '!'],
    [3, 'ab'],
  ]);
  held.give(new Uint8Array([0x84, 0]));
  const { thrown } = await drain(session);
  assert.ok(thrown instanceof ProtocolError);
});

test('in a raw session nobody owns opcodes', async (t) => {
  const held = heldTransport();
  acceptAll(held);
  const ports = [];
  const extensions = [owner(ports, [])];
  const session = overTransport(held.transport, { role: 'client', extensions, raw: true });
  t.after(() => session.terminate());
  held.give(new Uint8Array([0x83, 0]));
  const { thrown } = await drain(session);
  assert.ok(thrown instanceof ProtocolError);
  assert.deepEqual(ports, []);
});

test('a step that throws at a frame, or when it opens, ends its session with 1011', async (t) => {
  const fail = () => {
    throw new Error('of the step');
  };
  const ports = [];
  const { server } = pair(t, [owner(ports, [], { frame: fail })]);
  ports[0].send(3, new Uint8Array(1));
  assert.equal((await server.closed).code, 1011);
  const { client } = pair(t, [owner([], [], { open: fail })]);
  const { code, error } = await client.closed;
  assert.deepEqual([code, error.cause.message], [1011, 'of the step']);
});

for (const [what, extensions, message] of [
  ['that are not reserved', [{ ...owner([], []), opcodes: [1] }], /opcodes of x-owner/],
  ['that another owns', [owner([], []), { ...owner([], []), name: 'x-b' }], /x-owner and x-b own/],
]) {
  test(`opcodes ${what} are refused`, () => {
    const { transport } = heldTransport();
    assert.throws(() => overTransport(transport, { role: 'client', extensions }), message);
  });
}
