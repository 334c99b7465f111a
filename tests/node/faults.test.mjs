/** A peer that breaks the protocol: the same fault in the error, on the wire and in `closed`. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidPayloadError, MessageTooBigError, overTransport, ProtocolError } from '#framewire';
import { closeFrame, frame } from './raw.mjs';
import { deferred, drain, heldTransport, open, playingServer, until } from './support.mjs';

const BAD_UTF8 = [0x68, 0xc3, 0x28];

const PROTOCOL = { type: ProtocolError, code: 'ERR_PROTOCOL', closeCode: 1002 };
const PAYLOAD = { type: InvalidPayloadError, code: 'ERR_INVALID_PAYLOAD', closeCode: 1007 };
const TOO_BIG = { type: MessageTooBigError, code: 'ERR_MESSAGE_TOO_BIG', closeCode: 1009 };

const FAULTS = [
  ['a masked frame from a server', PROTOCOL, [frame(1, 'x', { mask: [1, 2, 3, 4] })]],
  ['a reserved data opcode', PROTOCOL, [frame(3, 'x')]],
  ['a reserved control opcode', PROTOCOL, [frame(11, 'x')]],
  ['RSV1 without an extension', PROTOCOL, [frame(1, 'x', { rsv: 4 })]],
  ['RSV2', PROTOCOL, [frame(2, 'x', { rsv: 2 })]],
  ['RSV3 on a ping', PROTOCOL, [frame(9, 'x', { rsv: 1 })]],
  ['a fragmented ping', PROTOCOL, [frame(9, 'x', { fin: false })]],
  ['a ping of 126 bytes', PROTOCOL, [frame(9, 'x'.repeat(126))]],
  ['a continuation of nothing', PROTOCOL, [frame(0, 'x')]],
  [
    'a new message within a fragmented one',
    PROTOCOL,
    [frame(1, 'x', { fin: false }), frame(1, 'y')],
  ],
  ['a length that is not minimal', PROTOCOL, [Buffer.from([0x82, 126, 0, 5, 1, 2, 3, 4, 5])]],
  [
    'a long length that is not minimal',
    PROTOCOL,
    [Buffer.from([0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff])],
  ],
  ['a length of 63 bits', PROTOCOL, [Buffer.from([0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1])]],
  ['a Close of one byte', PROTOCOL, [frame(8, 'x')]],
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000].map((code) => [
    `Close code ${code}`,
    PROTOCOL,
    [closeFrame(code)],
  ]),
  ['a Close with a reason that is not UTF-8', PAYLOAD, [frame(8, [0x03, 0xe8, ...BAD_UTF8])]],
  ['text that is not UTF-8', PAYLOAD, [frame(1, BAD_UTF8)]],
  ['long text that is not UTF-8', PAYLOAD, [frame(1, [...Buffer.from('x'.repeat(70_000)), 0xff])]],
  ['text with a surrogate in UTF-8', PAYLOAD, [frame(1, [0xed, 0xa0, 0x80])]],
  ['text that ends within a character', PAYLOAD, [frame(1, [0xe2, 0x82])]],
  [
    'a fragment that is not UTF-8, before the last came',
    PAYLOAD,
    [frame(1, BAD_UTF8, { fin: false })],
  ],
  ['half a frame that is not UTF-8', PAYLOAD, [frame(1, [0xff], { declared: 1000 })]],
  [
    'a frame over maxFrameSize, from its header',
    TOO_BIG,
    [frame(2, '', { declared: 1001 })],
    { maxFrameSize: 1000 },
  ],
  ['a frame over the default of 16 MiB', TOO_BIG, [frame(2, '', { declared: (16 << 20) + 1 })]],
  [
    'fragments over maxMessageSize',
    TOO_BIG,
    [frame(2, 'x'.repeat(600), { fin: false }), frame(0, 'x'.repeat(600))],
    { maxMessageSize: 1000 },
  ],
  [
    'empty fragments without end',
    TOO_BIG,
    [
      frame(2, '', { fin: false }),
      ...Array.from({ length: 100 }, () => frame(0, '', { fin: false })),
    ],
    { maxMessageSize: 1000 },
  ],
];

for (const [name, { type, code, closeCode }, bytes, options] of FAULTS) {
  test(`${name}: ${code}, and ${closeCode} on the wire`, async (t) => {
    const closeFrameOf = deferred();
    const { url } = await playingServer(t, async (peer) => {
      peer.write(frame(1, 'before'), frame(2, [1, 2, 3]), ...bytes);
      closeFrameOf.resolve(await peer.close());
      peer.socket.end();
    });
    const session = await open(t, url, options);
    const sent = await closeFrameOf.promise;
    const info = await session.closed;
    const { frames, thrown } = await drain(session);

    assert.deepEqual(
      frames.map(({ type: kind }) => kind),
      ['text', 'binary'],
    );
    assert.ok(thrown instanceof type, `${thrown}`);
    assert.deepEqual([thrown.name, thrown.code, thrown.closeCode], [type.name, code, closeCode]);
    assert.ok(thrown.message.length > 10);
    assert.equal(sent.code, closeCode);
    assert.ok(sent.masked);
    assert.deepEqual([info.code, info.wasClean, info.initiator], [closeCode, false, 'local']);
    assert.equal(info.error, thrown);
    assert.equal(info.sent.code, closeCode);
    assert.equal(info.received, undefined);
    assert.equal(session.state, 'closed');
    assert.equal(session.signal.reason, thrown);
  });
}

test('frames in one chunk with the fault are handed out before the error to one who waits', async (t) => {
  const { url } = await playingServer(t, async (peer) => {
    await peer.frame();
    peer.write(frame(1, 'a'), frame(1, 'b'), frame(5, ''));
  });
  const session = await open(t, url, { closeTimeout: 50 });
  const iterator = session[Symbol.asyncIterator]();
  const asked = Promise.allSettled([
    iterator.next(),
    iterator.next(),
    iterator.next(),
    iterator.next(),
  ]);
  await session.send('go');
  const [a, b, fault, end] = await asked;
  assert.deepEqual([a.value.value.text, b.value.value.text], ['a', 'b']);
  assert.ok(fault.reason instanceof ProtocolError);
  assert.equal(end.value.done, true);
});

test('what comes after the fault is not handed out', async (t) => {
  const { url } = await playingServer(t, (peer) =>
    peer.write(frame(1, 'a'), frame(3, ''), frame(1, 'b')),
  );
  const session = await open(t, url, { closeTimeout: 50 });
  const { frames } = await drain(session);
  assert.deepEqual(
    frames.map(({ text }) => text),
    ['a'],
  );
});

test('a masked frame is taken with allowMaskMismatch', async (t) => {
  const { url } = await playingServer(t, (peer) =>
    peer.write(frame(1, 'masked', { mask: [9, 9, 9, 9] })),
  );
  const session = await open(t, url, { allowMaskMismatch: true });
  assert.equal((await session.receive()).text, 'masked');
});

test('maxFrameSize may be changed while the session is open', async (t) => {
  const { url } = await playingServer(t, async (peer) => {
    peer.write(frame(2, 'x'.repeat(100)));
    await peer.frame();
    peer.write(frame(2, 'x'.repeat(100)));
  });
  const session = await open(t, url, { closeTimeout: 50 });
  assert.equal((await session.receive()).bytes.length, 100);
  session.maxFrameSize = 99;
  assert.throws(() => {
    session.maxFrameSize = 0;
  }, RangeError);
  await session.send('go');
  await assert.rejects(session.receive(), MessageTooBigError);
});

test('a message of exactly the limit is taken', async (t) => {
  const { url } = await playingServer(t, (peer) => peer.write(frame(2, 'x'.repeat(1000))));
  const session = await open(t, url, { maxFrameSize: 1000, maxMessageSize: 1016 });
  assert.equal((await session.receive()).bytes.length, 1000);
});

test('a raw session hands out fragments, control frames and the Close as they came', async (t) => {
  const { url } = await playingServer(t, (peer) =>
    peer.write(
      frame(1, 'Hel', { fin: false }),
      frame(9, 'p'),
      frame(0, 'lo'),
      frame(10, 'q'),
      closeFrame(1000, 'bye'),
    ),
  );
  const session = await open(t, url, { raw: true, closeTimeout: 50 });
  const { frames } = await drain(session);
  assert.deepEqual(
    frames.map(({ type, fin }) => [type, fin]),
    [
      ['text', false],
      ['ping', true],
      ['continuation', true],
      ['pong', true],
      ['close', true],
    ],
  );
  assert.deepEqual(frames[4].closeReason, { code: 1000, reason: 'bye' });
  assert.throws(() => frames[0].text, TypeError);
  assert.equal(Buffer.from(frames[0].data).toString(), 'Hel');
});

test('maxMessageSize is 64 MiB by default, with 16 bytes more for each fragment', async (t) => {
  for (const [last, fits] of [
    [(16 << 20) - 64, true],
    [(16 << 20) - 63, false],
  ]) {
    const held = heldTransport();
    const session = overTransport(held.transport, { role: 'client' });
    t.after(() => session.terminate());
    const part = Buffer.alloc(16 << 20);
    held.give(frame(2, part, { fin: false }));
    held.give(frame(0, part, { fin: false }));
    held.give(frame(0, part, { fin: false }));
    held.give(frame(0, '', { declared: last }));
    held.give(frame(0, ''));
    await until(() => session.stats().received.reads === 5 || session.state !== 'open');
    assert.equal(session.state, fits ? 'open' : 'closing');
  }
});
