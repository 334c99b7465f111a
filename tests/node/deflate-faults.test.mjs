/** Compressed messages as bytes of a peer: the examples of RFC 7692, and what is refused. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidPayloadError, MessageTooBigError, ProtocolError } from '#framewire';
import { compressed, deflated, handFed, RSV1 } from './deflate-kit.mjs';
import { frame } from './raw.mjs';
import { assertBytes, noise, turns } from './support.mjs';

const HELLO = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
const HELLO_AGAIN = [0xf2, 0x00, 0x11, 0x00, 0x00];

/** RFC 7692 §7.2.3: what a peer sends, and the texts that it says. */
const EXAMPLES = {
  'one block (§7.2.3.1)': [[compressed(HELLO)], ['Hello']],
  'one block in two fragments (§7.2.3.1)': [
    [compressed(HELLO.slice(0, 3), { fin: false }), frame(0, HELLO.slice(3))],
    ['Hello'],
  ],
  'the window shared (§7.2.3.2)': [
    [compressed(HELLO), compressed(HELLO_AGAIN), compressed(HELLO_AGAIN)],
    ['Hello', 'Hello', 'Hello'],
  ],
  'no compression (§7.2.3.3)': [
    [compressed([0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00])],
    ['Hello'],
  ],
  'a final block (§7.2.3.4)': [
    [
      compressed([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
      compressed([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]),
      compressed(HELLO),
    ],
    ['Hello', 'Hello', 'Hello'],
  ],
  'two blocks (§7.2.3.5)': [
    [compressed([0xf2, 0x48, 0x05, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00])],
    ['Hello'],
  ],
  'an empty message (§7.2.3.6)': [[compressed([0x00])], ['']],
  'a message that is not compressed between two that are': [
    [compressed(HELLO), frame(1, 'plain'), compressed(HELLO_AGAIN)],
    ['Hello', 'plain', 'Hello'],
  ],
  'fragments that are empty': [
    [
      compressed([], { fin: false }),
      frame(0, HELLO.slice(0, 2), { fin: false }),
      frame(0, '', { fin: false }),
      frame(0, HELLO.slice(2), { fin: false }),
      frame(0),
    ],
    ['Hello'],
  ],
  'a ping between fragments': [
    [compressed(HELLO.slice(0, 4), { fin: false }), frame(9, 'p'), frame(0, HELLO.slice(4))],
    ['Hello'],
  ],
};

for (const [what, [frames, texts]] of Object.entries(EXAMPLES)) {
  test(`${what} is read, also byte by byte`, async (t) => {
    const bytes = Buffer.concat(frames);
    for (const size of [bytes.length, 1]) {
      const { session, give } = handFed(t);
      for (let at = 0; at < bytes.length; at += size) give(bytes.subarray(at, at + size));
      for (const text of texts) assert.equal((await session.receive()).text, text);
    }
  });
}

/** Sends frames and gives how the session ended, with the Close on the wire. */
async function failed(t, options, ...frames) {
  const { session, give, written } = handFed(t, options);
  give(...frames);
  const info = await session.closed;
  const close = written().find(({ opcode }) => opcode === 8);
  assert.equal(close.code, info.code);
  assert.equal(info.error.closeCode, info.code);
  return { session, info, error: info.error };
}

const ZEROS = Buffer.alloc(32 << 20);
const BOMB = deflated(ZEROS);
const LIMIT = 1 << 20;

test('a bomb of 32 MiB in 32 KiB ends with 1009, and nothing inflated is held', async (t) => {
  assert.ok(BOMB.length < 34 << 10, `${BOMB.length} bytes`);
  const { session, info, error } = await failed(
    t,
    { maxMessageSize: LIMIT },
    compressed(BOMB, { opcode: 2 }),
  );
  assert.ok(error instanceof MessageTooBigError);
  assert.equal(info.code, 1009);
  assert.ok(session.stats().incoming.bytes <= BOMB.length);
  assert.equal(session.stats().decoded.messages, 0);
  await assert.rejects(session.receive(), error);
});

test('a bomb goes off before its last fragment, however small the fragments are', async (t) => {
  const first = compressed(BOMB.subarray(0, 10), { opcode: 2, fin: false });
  const rest = [];
  // What inflates to twice the limit, in fragments of ten bytes and without the last.
  for (let at = 10; at < 2000; at += 10) {
    rest.push(frame(0, BOMB.subarray(at, at + 10), { fin: false }));
  }
  const { error } = await failed(t, { maxMessageSize: LIMIT }, first, ...rest);
  assert.ok(error instanceof MessageTooBigError);
});

test('one bomb for each fragment ends at the first', async (t) => {
  const blocks = [BOMB, Buffer.from([0, 0, 0xff, 0xff])];
  const fragment = Buffer.concat(blocks);
  const { error } = await failed(
    t,
    { maxMessageSize: LIMIT },
    compressed(fragment, { opcode: 2, fin: false }),
    frame(0, fragment, { fin: false }),
    frame(0, fragment, { fin: false }),
  );
  assert.ok(error instanceof MessageTooBigError);
});

test('fragments below the limit, together over it, end with 1009', async (t) => {
  const part = Buffer.concat([deflated(Buffer.alloc(1000)), Buffer.from([0, 0, 0xff, 0xff])]);
  const { error } = await failed(
    t,
    { maxMessageSize: 3500 },
    compressed(part, { opcode: 2, fin: false }),
    ...Array.from({ length: 3 }, () => frame(0, part, { fin: false })),
  );
  assert.ok(error instanceof MessageTooBigError);
});

test('a bomb that is taken is whole, with the limit it needs', async (t) => {
  const { session, give } = handFed(t, { maxMessageSize: ZEROS.length });
  give(compressed(BOMB, { opcode: 2 }));
  assertBytes((await session.receive()).bytes, ZEROS);
});

test('many messages that inflate are held one by one, while nobody reads', async (t) => {
  const mark = 100_000;
  const message = noise(60_000).fill(7);
  const payload = deflated(message);
  const { session, give } = handFed(t, { incoming: { highWaterMark: mark } });
  const count = 200;
  for (let at = 0; at < count; at += 1) give(compressed(payload, { opcode: 2 }));
  await turns();
  const { bytes } = session.stats().incoming;
  const most = mark + message.length + count * payload.length;
  assert.ok(bytes <= most, `${bytes} bytes are held`);
  for (let at = 0; at < count; at += 1) {
    assertBytes((await session.receive()).bytes, message);
    assert.ok(session.stats().incoming.bytes <= most);
  }
});

const cut = deflated('a message that is long enough to be cut');

/** Bytes that are no compressed message. */
const BROKEN = {
  'a block of the reserved type': [0x06],
  'a stored block whose lengths do not agree': [0x00, 0x05, 0x00, 0xfa, 0xfe, 0x48, 0x65],
  'a reference behind the beginning': HELLO_AGAIN,
  'codes that are none': [0x04, 0xff, 0xff, 0xff, 0xff, 0xff],
  noise: noise(500, 5),
  'a message cut off': cut.subarray(0, cut.length - 4),
  'a stored block cut off': [0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65],
  'nothing at all': [],
};

for (const [what, payload] of Object.entries(BROKEN)) {
  test(`${what} ends with 1007`, async (t) => {
    const { info, error, session } = await failed(t, {}, compressed(payload, { opcode: 2 }));
    assert.ok(error instanceof InvalidPayloadError, `${error}`);
    assert.equal(info.code, 1007);
    await assert.rejects(session.receive(), error);
  });
}

test('broken data is refused before its message is complete', async (t) => {
  const { error } = await failed(t, {}, compressed([0x06], { fin: false }));
  assert.ok(error instanceof InvalidPayloadError);
});

test('what came before a broken message is handed out, then the error', async (t) => {
  const { session, error } = await failed(t, {}, compressed(HELLO), compressed([0x06]));
  assert.equal((await session.receive()).text, 'Hello');
  await assert.rejects(session.receive(), error);
});

test('without takeover a message may not refer to the one before', async (t) => {
  const { session, error } = await failed(
    t,
    { deflate: { serverNoContextTakeover: true } },
    compressed(HELLO),
    compressed(HELLO_AGAIN),
  );
  assert.equal((await session.receive()).text, 'Hello');
  assert.ok(error instanceof InvalidPayloadError);
});

test('messages made with the smallest window are read', async (t) => {
  const message = Buffer.concat([noise(600, 3), noise(600, 3)]);
  const { session, give } = handFed(t, { deflate: { serverMaxWindowBits: 9 } });
  for (let round = 0; round < 3; round += 1) {
    give(compressed(deflated(message, { windowBits: 9 }), { opcode: 2 }));
    assertBytes((await session.receive()).bytes, message);
  }
});

for (const [what, ...frames] of [
  [
    'on a continuation',
    compressed(HELLO.slice(0, 3), { fin: false }),
    frame(0, HELLO.slice(3), { rsv: RSV1 }),
  ],
  [
    'on a continuation of a plain message',
    frame(1, 'a', { fin: false }),
    frame(0, 'b', { rsv: 4 }),
  ],
  ['on a ping', frame(9, '', { rsv: RSV1 })],
  ['on a pong', frame(10, '', { rsv: RSV1 })],
  ['on a Close', frame(8, [3, 232], { rsv: RSV1 })],
]) {
  test(`RSV1 ${what} ends with 1002`, async (t) => {
    const { info, error } = await failed(t, {}, ...frames);
    assert.ok(error instanceof ProtocolError);
    assert.equal(info.code, 1002);
  });
}

for (const rsv of [2, 1, 6, 5]) {
  test(`bits ${rsv} that it does not own end with 1002`, async (t) => {
    const { error } = await failed(t, {}, frame(1, HELLO, { rsv }));
    assert.ok(error instanceof ProtocolError);
  });
}

test('compressed text fails at its first bad byte, before the message is complete', async (t) => {
  const bad = Buffer.concat([Buffer.from('fine so far '), Buffer.from([0xc3, 0x28])]);
  const flushed = Buffer.concat([deflated(bad), Buffer.from([0, 0, 0xff, 0xff])]);
  const { info, error } = await failed(t, {}, compressed(flushed, { fin: false }));
  assert.ok(error instanceof InvalidPayloadError);
  assert.equal(info.code, 1007);
  // The same bytes in half a frame.
  const half = frame(1, flushed, { rsv: RSV1, declared: flushed.length + 50 });
  assert.ok((await failed(t, {}, half)).error instanceof InvalidPayloadError);
});

test('compressed text that ends within a character ends with 1007', async (t) => {
  const { error } = await failed(t, {}, compressed(deflated(Buffer.from([0x61, 0xe2, 0x82]))));
  assert.ok(error instanceof InvalidPayloadError);
});

test('the same bytes are fine as a binary message', async (t) => {
  const { session, give } = handFed(t);
  give(compressed(deflated(Buffer.from([0xc3, 0x28])), { opcode: 2 }));
  assert.deepEqual([...(await session.receive()).bytes], [0xc3, 0x28]);
});

test('a character over two fragments and two blocks is whole', async (t) => {
  const { session, give } = handFed(t);
  const first = Buffer.concat([deflated(Buffer.from([0xe2])), Buffer.from([0, 0, 0xff, 0xff])]);
  give(compressed(first, { fin: false }), frame(0, deflated(Buffer.from([0x82, 0xac]))));
  assert.equal((await session.receive()).text, '€');
});
