/**
 * Random streams of a peer, over every kind of wire, read in every way: what comes out is what was sent, and
 * stays so. FRAMEWIRE_ROUNDS runs so many times as many, FRAMEWIRE_SEED one of them.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { CONSUMERS } from './random-consumers.mjs';
import { rounds, Script, understood } from './random-kit.mjs';
import { isDialled, WIRES } from './random-wires.mjs';
import { assertBytes } from './support.mjs';

const TYPES = { 0: 'continuation', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };
const COUNT = 40;

for (const wire of Object.keys(WIRES)) {
  test(`whatever comes over ${wire} is handed out as it was sent`, async (t) => {
    await rounds(`messages over ${wire}`, COUNT, async (dice, told) => {
      const scene = await begin(t, dice, told, wire, false);
      await assertReceived(scene, dice, told, dice.of(Object.keys(CONSUMERS)));
    });
  });

  test(`frames that come over ${wire} are handed out as they were sent`, async (t) => {
    await rounds(`frames over ${wire}`, COUNT >> 1, async (dice, told) => {
      const scene = await begin(t, dice, told, wire, true);
      await assertReceived(scene, dice, told, dice.of(Object.keys(CONSUMERS)));
    });
  });

  test(`whatever comes over ${wire}, one may leave`, async (t) => {
    await rounds(`left over ${wire}`, COUNT >> 2, async (dice, told) => {
      const scene = await begin(t, dice, told, wire, false, 'close');
      await assertLeft(scene, dice, told);
    });
  });
}

test('values come as they were sent', async (t) => {
  await rounds('values', COUNT, async (dice, told) => {
    const wire = dice.of(Object.keys(WIRES));
    told.wire = wire;
    const { role, script, options } = frameOf(dice, told, wire, false);
    const values = Array.from({ length: 1 + dice.below(20) }, () => [dice.text(dice.length(9000))]);
    for (const value of values) {
      const payload = Buffer.from(JSON.stringify(value));
      await script.message({ text: true, payload });
    }
    end(script, dice, told, 'close', role);
    const peer = await WIRES[wire](t, dice, { role, ...options });
    const played = peer.play(script.chunks(), true);
    for (const value of values) assert.deepEqual(await peer.session.receiveValue(), value);
    assert.equal(await peer.session.receive().catch(() => undefined), undefined);
    await Promise.all([played, peer.over]);
  });
});

/** The options of a session, and an empty script for it. */
function frameOf(dice, told, wire, raw) {
  const role = isDialled(wire) || dice.one(2) ? 'client' : 'server';
  const deflate = dice.one(3);
  const incoming = {
    highWaterMark: dice.of([1, 1000, 70_000, 1 << 20]),
    maxFrames: dice.of([1, 4, 4096]),
  };
  Object.assign(told, { role, deflate, raw, ...incoming });
  const script = new Script(dice, { masked: role === 'server', deflate });
  return { role, script, options: { deflate, raw, incoming } };
}

/** A session over a wire, and what its peer is going to send. */
async function begin(t, dice, told, wire, raw, ending) {
  const { role, script, options } = frameOf(dice, told, wire, raw);
  const bound = dice.of([100, 100, 1000, 20_000, 300 << 10]);
  const most = bound > 20_000 ? 12 : bound > 100 ? 60 : 200;
  for (let left = 1 + dice.below(most); left > 0; left -= 1) {
    if (dice.one(8)) script.control();
    await script.message(dice.message(bound));
  }
  const ended = end(script, dice, told, ending, role);
  const peer = await WIRES[wire](t, dice, { role, ...options });
  return { role, script, raw, ended, peer };
}

/** The end of a script, and how a session is to take it. */
function end(script, dice, told, ending, role) {
  const kind = ending ?? dice.of(['close', 'close', 'abrupt', 'garbage']);
  told.end = kind;
  if (kind === 'close') {
    const code = dice.of([undefined, 1000, 1001, 1011, 3000]);
    const payload = code === undefined ? Buffer.alloc(0) : Buffer.from([code >> 8, code & 255]);
    script.frame(8, payload);
    const quiet = code === undefined || code === 1000 || code === 1001;
    return { kind, code: code ?? 1005, thrown: quiet ? undefined : 'ERR_CLOSED' };
  }
  if (kind === 'abrupt') {
    // In the middle of a header, or of a payload.
    const masked = role === 'server' ? 0x80 : 0;
    script.raw(dice.of([[], [0x02], [0x02, masked | 126, 1], [0x82, masked | 100, 1, 2, 3, 4, 5]]));
    return { kind, code: 1006, thrown: 'ERR_TRANSPORT' };
  }
  script.raw(
    dice.of([
      [0x83, 0x80, 0, 0, 0, 0],
      [0x92, 0x80, 0, 0, 0, 0],
      [0x88, 0x7f],
    ]),
  );
  return { kind, code: 1002, thrown: 'ERR_PROTOCOL' };
}

async function assertReceived({ role, script, raw, ended, peer }, dice, told, consumer) {
  told.consumer = consumer;
  const { session } = peer;
  const expected = raw ? script.frames : script.messages;
  const kept = [];
  const pace = dice.of([1, 3, 50]);
  const early = dice.one(2);
  const take = async (frame) => {
    assertFrame(frame, expected[kept.length], early);
    kept.push(frame);
    // A raw session's Close is answered by its user.
    if (raw && frame.type === 'close') session.close(1000);
    if (pace > 1 && dice.one(pace)) await turn();
  };
  const played = peer.play(script.chunks(), true);
  const thrown = await CONSUMERS[consumer](session, take, dice).then(
    () => undefined,
    (error) => error,
  );
  if (thrown?.code === 'ERR_ASSERTION') throw thrown;
  assert.equal(thrown?.code, ended.thrown, thrown?.stack);
  assert.equal(kept.length, expected.length, 'how many came');
  for (const [at, frame] of kept.entries()) assertFrame(frame, expected[at], true);
  const info = await session.closed;
  assert.equal(info.code, ended.code);
  assertStats(session.stats(), script, ended);
  await Promise.all([played, peer.over]);
  if (!raw) await assertAnswers(peer.written, { role, script, ended });
}

async function assertLeft({ script, ended, peer }, dice, told) {
  const { session } = peer;
  const count = dice.below(script.messages.length) + 1;
  told.left = count;
  const played = peer.play(script.chunks(), true);
  const kept = [];
  for await (const frame of session) {
    kept.push(frame);
    if (kept.length === count) break;
  }
  const info = await session.closed;
  assert.equal(info.code, ended.code === 1005 ? 1005 : ended.code);
  await Promise.all([played, peer.over]);
  for (const [at, frame] of kept.entries()) assertFrame(frame, script.messages[at], true);
}

/** Whether a message, or in a raw session a frame, is as it was sent. */
function assertFrame(frame, sent, withText) {
  assert.ok(sent, 'no more were sent');
  const type = sent.opcode === undefined ? (sent.text ? 'text' : 'binary') : TYPES[sent.opcode];
  assert.equal(frame.type, type);
  assert.equal(frame.fin, sent.fin ?? true);
  if (withText && sent.string !== undefined) assert.ok(frame.text === sent.string, 'its text');
  assertBytes(frame.bytes, sent.payload, `a ${type}`);
}

function assertStats({ received, incoming }, script, { kind }) {
  assert.equal(received.frames, script.frames.length);
  assert.equal(received.messages, script.messages.length);
  if (kind === 'garbage') return;
  assert.equal(received.bytes, script.length);
  assert.equal(incoming.frames, 0);
  if (kind === 'close') assert.equal(incoming.bytes, 0);
}

/** Whether pings were answered, if not each of them, and the Close was. */
async function assertAnswers(written, { role, script, ended }) {
  const heard = await understood(written, { masked: role === 'client' });
  let at = -1;
  for (const pong of heard.pongs) {
    at = script.pings.findIndex((ping, index) => index > at && ping.equals(pong));
    assert.ok(at >= 0, 'a pong that answers no ping, or one too late');
  }
  assert.deepEqual(heard.messages, []);
  if (ended.kind === 'abrupt') return;
  assert.equal(heard.close?.code, ended.code);
  if (ended.kind === 'close') assert.equal(at, script.pings.length - 1, 'the last ping');
}
