/** Messages in fragments, from either side, with control frames between. */

import assert from 'node:assert/strict';
import { Frame } from '#framewire';
import { noise } from '../node/support.mjs';
import { assertEcho, mixedText } from './messages.mjs';
import { hex } from './peer.mjs';
import { open } from './ways.mjs';

/** A text in parts that are cut inside its characters, and one that is empty. */
const TEXT = 'ß€😀';
const TEXT_PARTS = [[0xc3], [0x9f, 0xe2, 0x82], [], [0xac, 0xf0, 0x9f, 0x98], [0x80]];
const BYTES = noise(70_000, 7);
const BYTE_PARTS = [BYTES.subarray(0, 1), BYTES.subarray(1, 65_537), BYTES.subarray(65_537)];

/** The frames of a raw session up to the last of a message: its own, and those between. */
async function rawMessage(session) {
  const data = [];
  const control = [];
  for (;;) {
    const frame = await session.receive();
    const isControl = frame.type === 'ping' || frame.type === 'pong';
    (isControl ? control : data).push(frame);
    if (!isControl && frame.fin) return { data, control };
  }
}

const joined = (frames) => Buffer.concat(frames.map(({ bytes }) => bytes));
const payloads = (frames) => frames.map(({ bytes }) => Buffer.from(bytes).toString());

export const FRAGMENTS = {
  'messages that leave in fragments come back whole': async (t, peer, way) => {
    const { session } = await open(t, peer, way, { session: { fragmentSize: 1000 } });
    for (const length of [1000, 1001, 100_000]) {
      await assertEcho(session, mixedText(length));
      await assertEcho(session, noise(length));
    }
    const { frames, messages } = session.stats().sent;
    assert.deepEqual([messages, frames], [6, 2 * (1 + 2 + 100)]);
  },

  'fragments sent by hand come back whole, and a ping between them is answered first': async (
    t,
    peer,
    way,
  ) => {
    const { session, far } = await open(t, peer, way, { session: { raw: true } });
    await session.send(Frame.text('a', { fin: false }));
    await session.send(Frame.ping(Buffer.from('first')));
    await session.send(Frame.continuation(Buffer.from([0xe2]), { fin: false }));
    await session.send(Frame.continuation('', { fin: false }));
    await session.send(Frame.continuation(Buffer.from([0x82, 0xac]), { fin: false }));
    await session.send(Frame.continuation('z'));
    const { data, control } = await rawMessage(session);
    assert.equal(joined(data).toString(), 'a€z');
    assert.deepEqual(payloads(control), ['first']);
    assert.equal(control[0].type, 'pong');
    if (peer.can.seePings) assert.equal((await far.event('ping')).payload, hex('first'));
  },
};

/** What a peer that can send fragments does. */
export const PEER_FRAGMENTS = {
  'messages that come in fragments are whole': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    far.do('fragments', { kind: 'text', parts: TEXT_PARTS.map(hex) });
    assert.equal((await session.receive()).text, TEXT);
    far.do('fragments', { kind: 'binary', parts: BYTE_PARTS.map(hex) });
    const frame = await session.receive();
    assert.equal(frame.type, 'binary');
    assert.ok(Buffer.from(frame.bytes).equals(BYTES));
  },

  'a ping between fragments is answered': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way);
    far.do('fragments', { kind: 'text', parts: ['61', '62'], ping: hex('between') });
    assert.equal((await session.receive()).text, 'ab');
    assert.equal((await far.event('pong')).payload, hex('between'));
    await assertEcho(session, 'still open');
  },

  'a raw session sees the fragments and the ping between them': async (t, peer, way) => {
    const { session, far } = await open(t, peer, way, { session: { raw: true } });
    far.do('fragments', { kind: 'text', parts: ['c3', '9f'], ping: hex('p') });
    const seen = [];
    while (seen.length < 3) seen.push(await session.receive());
    // The last fragment may be an empty one behind these.
    const told = seen.map(({ type, fin, bytes }) => [type, fin, hex(bytes)]);
    assert.deepEqual(told.slice(0, 2), [
      ['text', false, 'c3'],
      ['ping', true, hex('p')],
    ]);
    assert.deepEqual([told[2][0], told[2][2]], ['continuation', '9f']);
    await session.send(Frame.pong(seen[1].bytes));
    assert.equal((await far.event('pong')).payload, hex('p'));
  },
};
