/**
 * Random sends, over every kind of wire, in every form: what ws reads is what was given when `send` was called.
 * FRAMEWIRE_ROUNDS runs so many times as many, FRAMEWIRE_SEED one of them.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { PerMessageDeflate } from 'ws';
import { ClosedError, Frame } from '#framewire';
import { rounds, understood } from './random-kit.mjs';
import { isDialled, WIRES } from './random-wires.mjs';
import { closeFrame } from './raw.mjs';
import { assertBytes } from './support.mjs';

const COUNT = 20;
const MOST = 300 << 10;

/** Forms of bytes: what is given to `send`, and its memory. */
const FORMS = [
  (bytes) => [bytes, bytes],
  (bytes) => [new DataView(bytes.buffer, bytes.byteOffset, bytes.length), bytes],
  (bytes) => {
    const within = new Uint8Array(bytes.length + 7);
    within.set(bytes, 3);
    return [within.subarray(3, 3 + bytes.length), within];
  },
  (bytes) => {
    const own = new Uint8Array(bytes).buffer;
    return [own, new Uint8Array(own)];
  },
  (bytes) => {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return [shared, shared];
  },
  (bytes) => [Frame.binary(bytes), bytes],
];

for (const wire of Object.keys(WIRES)) {
  for (const [name, ending] of [
    ['closes', close],
    ['terminates', terminate],
  ]) {
    test(`what is sent over ${wire} arrives, then the session ${name}`, async (t) => {
      await rounds(`${name} over ${wire}`, COUNT, async (dice, told) => {
        const scene = await begin(t, dice, told, wire, false);
        for (let left = 1 + dice.below(scene.most); left > 0; left -= 1) {
          await message(scene, dice);
          await between(scene, dice);
        }
        await ending(scene, dice);
      });
    });
  }

  test(`fragments that are sent over ${wire} arrive`, async (t) => {
    await rounds(`fragments over ${wire}`, COUNT, async (dice, told) => {
      const scene = await begin(t, dice, told, wire, true);
      for (let left = 1 + dice.below(scene.most); left > 0; left -= 1) await fragments(scene, dice);
      await close(scene, dice);
    });
  });
}

async function begin(t, dice, told, wire, raw) {
  const role = isDialled(wire) || dice.one(2) ? 'client' : 'server';
  const deflate = !raw && dice.one(3);
  const fragmentSize = dice.of([0, 0, 1000, 65_536]);
  const outgoing = {
    highWaterMark: dice.of([1, 1000, 70_000, 1 << 20]),
    maxFrames: dice.of([1, 4, 4096]),
  };
  const bound = dice.of([100, 1000, 20_000, MOST]);
  Object.assign(told, { role, raw, deflate, fragmentSize, bound, ...outgoing });
  const peer = await WIRES[wire](t, dice, { role, raw, deflate, fragmentSize, outgoing });
  const most = bound < 1000 ? 300 : bound < MOST ? 60 : 12;
  // What was sent, whether all of it must arrive, and how eager the sender is.
  const eager = dice.of([1, 3, 20]);
  return { role, deflate, raw, bound, most, eager, peer, sent: [], pings: [], waiting: [] };
}

/** Sends a message, and overwrites what it was given in. */
async function message(scene, dice) {
  const { peer, bound } = scene;
  const { session } = peer;
  const given = dice.message(bound);
  const options = dice.one(3) ? { compress: dice.one(2) } : undefined;
  if (dice.one(9)) {
    const value = { at: scene.sent.length, text: given.string ?? '' };
    return sent(scene, dice, session.sendValue(value), true, JSON.stringify(value));
  }
  if (given.text) {
    const string = given.string + dice.of(['', '', '\ud800', '\udc00.']);
    const data = dice.one(4) ? Frame.text(string) : string;
    return sent(scene, dice, session.send(data, options), true, string);
  }
  const [data, memory] = dice.of(FORMS)(new Uint8Array(given.payload));
  const promise = session.send(data, options);
  memory.fill(0xee);
  return sent(scene, dice, promise, false, given.payload);
}

/** A message of fragments, with pings between them. */
async function fragments(scene, dice) {
  const { session } = scene.peer;
  const given = dice.message(scene.bound);
  const pieces = dice.pieces(given.payload, 1 + dice.below(9));
  for (const [at, piece] of pieces.entries()) {
    const copy = new Uint8Array(piece);
    const options = { fin: at === pieces.length - 1 };
    const build = at > 0 ? Frame.continuation : Frame.binary;
    // A text of one frame is made of a string, and so is one of pieces that are characters.
    const asText = at === 0 && given.text;
    if (asText && !isWhole(piece)) return message(scene, dice);
    const frame = asText ? Frame.text(piece.toString(), options) : build(copy, options);
    copy.fill(0xee);
    const promise = session.send(frame);
    if (options.fin) await sent(scene, dice, promise, given.text, given.payload);
    else await settle(scene, dice, promise);
    await between(scene, dice);
  }
}

const isWhole = (piece) => Buffer.from(piece.toString()).equals(piece);

async function sent(scene, dice, promise, text, data) {
  scene.sent.push({ text, payload: Buffer.from(data) });
  await settle(scene, dice, promise);
}

/** Now and then a sender waits until there is room. */
async function settle(scene, dice, promise) {
  scene.waiting.push(promise);
  promise.catch(() => {});
  if (dice.one(scene.eager)) await promise;
}

/** What may happen between two sends. */
async function between(scene, dice) {
  const { session } = scene.peer;
  switch (dice.below(12)) {
    case 0: {
      const payload = dice.bytes(dice.below(126));
      scene.pings.push(Buffer.from(payload));
      session.ping(payload).catch(() => {});
      payload.fill(0xee);
      break;
    }
    case 1:
      await session.flush();
      assert.equal(session.bufferedAmount, 0);
      break;
    case 2:
      await turn();
      break;
    default:
  }
}

/** All that was sent has arrived, in order, and the Close behind it. */
async function close(scene, dice) {
  const { role, peer, waiting } = scene;
  const { session } = peer;
  const code = dice.of([1000, 3000, 4999]);
  const closed = session.close(code, 'über');
  await assert.rejects(session.send('late'), ClosedError);
  if (dice.one(2)) await session.flush();
  const mask = role === 'server' ? dice.bytes(4) : undefined;
  const played = peer.play([new Uint8Array(closeFrame(code, '', { mask }))], true);
  assert.equal((await closed).code, code);
  await Promise.all(waiting);
  await Promise.all([played, peer.over]);
  const heard = await listen(scene);
  assertMessages(heard, scene.sent);
  assert.equal(heard.messages.length, scene.sent.length);
  assert.deepEqual(heard.close, { code, reason: 'über' });
  assertStats(session.stats(), scene, heard);
}

/** What arrived is the beginning of what was sent. */
async function terminate(scene, dice) {
  const { peer, waiting } = scene;
  if (dice.one(2)) await turn();
  peer.session.terminate();
  peer.close();
  await Promise.allSettled(waiting);
  await peer.over;
  const heard = await listen(scene);
  assertMessages(heard, scene.sent);
  assert.equal(heard.close, undefined);
}

/** What ws reads of what was written. */
function listen({ role, deflate, peer }) {
  const masked = role === 'client';
  const extensions = {};
  if (deflate) {
    const codec = new PerMessageDeflate({ isServer: masked });
    codec.accept([{}]);
    extensions['permessage-deflate'] = codec;
  }
  return understood(peer.written, { masked, extensions });
}

function assertMessages({ messages }, sent) {
  assert.ok(messages.length <= sent.length, 'no more than was sent');
  for (const [at, { text, payload }] of messages.entries()) {
    assert.equal(text, sent[at].text);
    assertBytes(payload, sent[at].payload, `message ${at}`);
  }
}

function assertStats({ sent, outgoing }, scene, { messages, pings }) {
  assert.equal(sent.messages, messages.length);
  assert.equal(
    sent.bytes,
    scene.peer.written.reduce((sum, { length }) => sum + length, 0),
  );
  assert.deepEqual(outgoing, { bytes: 0, frames: 0 });
  let at = -1;
  for (const ping of pings) {
    at = scene.pings.findIndex((one, index) => index > at && one.equals(ping));
    assert.ok(at >= 0, 'a ping that was not asked for, or too late');
  }
}
