/** The steps of extensions: their order, their faults, and what they do to the queues. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ClosedError,
  Frame,
  InvalidPayloadError,
  MessageTooBigError,
  ProtocolError,
} from '#framewire';
import { custom, marking, pair, zeros } from './extension-kit.mjs';
import { drain, noise, turns } from './support.mjs';

test('steps run outward in the order negotiated and inward in reverse', async (t) => {
  const log = [];
  const extensions = [marking('a', 1, { log }), marking('b', 2, { log }), marking('c', 0, { log })];
  const { client, server } = pair(t, extensions);
  log.length = 0;
  await client.send('x');
  assert.equal((await server.receive()).text, 'x');
  assert.deepEqual(log, [
    'a encodes',
    'b encodes',
    'c encodes',
    'c decodes',
    'b decodes',
    'a decodes',
  ]);
});

test('messages of every length and kind come back as they were', async (t) => {
  const { client, server } = pair(t, [marking('a', 1), marking('b', 2)], { fragmentSize: 1000 });
  for (const length of [0, 1, 125, 126, 1000, 1001, 65_536, 300_000]) {
    const bytes = noise(length, length + 1);
    await client.send(bytes);
    assert.deepEqual((await server.receive()).bytes, bytes);
    const text = 'é'.repeat(length);
    await server.send(text);
    assert.equal((await client.receive()).text, text);
  }
});

test('a bit stands on the first fragment only', async (t) => {
  const { client, server } = pair(t, [marking('a', 1)], { fragmentSize: 4, raw: false });
  const raw = pair(t, [marking('a', 1)], { fragmentSize: 4, raw: true });
  await client.send('long enough');
  assert.equal((await server.receive()).text, 'long enough');
  assert.equal(client.stats().sent.frames, 3);
  await raw.client.send(Frame.binary(new Uint8Array(6), { rsv1: true }));
  const first = await raw.server.receive();
  const second = await raw.server.receive();
  assert.deepEqual([first.rsv1, first.fin, second.rsv1, second.fin], [true, false, false, true]);
});

test('fragments made by hand leave as they are', async (t) => {
  const log = [];
  const { client, server } = pair(t, [marking('a', 1, { log })]);
  log.length = 0;
  await client.send(Frame.text('by ', { fin: false }));
  await client.send(Frame.continuation('hand'));
  assert.equal((await server.receive()).text, 'by hand');
  assert.deepEqual(log, []);
});

test('a message that may not be sent is not encoded', async (t) => {
  const log = [];
  const { client } = pair(t, [marking('a', 1, { log })]);
  log.length = 0;
  await client.send(Frame.text('begun', { fin: false }));
  await assert.rejects(client.send('between'), TypeError);
  await client.send(Frame.continuation('ended'));
  void client.close();
  await assert.rejects(client.send('after'), ClosedError);
  assert.deepEqual(log, []);
});

test('a step that owns no bit sees every message, and text only when it is decoded', async (t) => {
  const flip = (message) => ({ ...message, bytes: message.bytes.map((byte) => byte ^ 0xff) });
  const { rsv: _, ...extension } = custom({ encode: flip, decode: flip });
  const { client, server } = pair(t, [extension]);
  await client.send('not UTF-8 on the wire: é');
  assert.equal((await server.receive()).text, 'not UTF-8 on the wire: é');
});

for (const [error, code] of [
  [new ProtocolError('of the step'), 1002],
  [new InvalidPayloadError('of the step'), 1007],
  [new MessageTooBigError('of the step'), 1009],
  [new Error('of the step'), 1011],
]) {
  test(`a step that cannot decode ends its session with ${code}, and no other`, async (t) => {
    let fails = false;
    const decode = (message) => {
      if (fails) throw error;
      return message;
    };
    const encode = (message) => ({ ...message, rsv1: true });
    const { client, server } = pair(t, [custom({ encode, decode })]);
    const other = pair(t, [custom({ encode, decode })]);
    await client.send('received before');
    assert.equal((await server.receive()).text, 'received before');
    fails = true;
    await client.send('bad');
    await client.send('behind it');
    const { frames, thrown } = await drain(server);
    fails = false;
    assert.deepEqual(frames, []);
    const info = await server.closed;
    assert.equal(info.error, thrown);
    if (code === 1011) {
      assert.ok(thrown instanceof ClosedError);
      assert.equal(thrown.cause, error);
    } else {
      assert.equal(thrown, error);
    }
    assert.equal(thrown.closeCode, code);
    assert.match(thrown.message, /of the step/);
    assert.deepEqual([info.code, info.initiator, info.sent.code], [code, 'local', code]);
    assert.equal((await client.closed).received.code, code);
    await other.client.send('goes on');
    assert.equal((await other.server.receive()).text, 'goes on');
  });
}

test('a step that cannot encode ends its session, and says so to the sender', async (t) => {
  const cause = new Error('of the step');
  const encode = () => {
    throw cause;
  };
  const { client, server } = pair(t, [custom({ encode })]);
  await assert.rejects(client.send('x'), (error) => {
    assert.ok(error instanceof ClosedError);
    assert.equal(error.cause, cause);
    return true;
  });
  const info = await client.closed;
  assert.deepEqual([info.code, info.error.cause], [1011, cause]);
  assert.equal((await server.closed).code, 1011);
});

test('a step that returns no message, or a bit it does not own, ends its session', async (t) => {
  for (const step of [
    { encode: () => undefined },
    { encode: (message) => ({ ...message, bytes: 'text' }) },
    { encode: (message) => ({ ...message, rsv2: true }) },
  ]) {
    const { client } = pair(t, [custom(step)]);
    await assert.rejects(client.send('x'), ClosedError);
    assert.equal((await client.closed).code, 1011);
  }
});

test('decoded text that is not UTF-8 ends the session with 1007', async (t) => {
  const encode = (message) => ({ ...message, rsv1: true });
  const decode = (message) => ({ ...message, bytes: new Uint8Array([0x61, 0xff]) });
  const { client, server } = pair(t, [custom({ encode, decode })]);
  await client.send('x');
  const info = await server.closed;
  assert.equal(info.code, 1007);
  assert.ok(info.error instanceof InvalidPayloadError);
});

test('maxMessageSize holds for what is decoded', async (t) => {
  const { client, server } = pair(t, [zeros], { maxMessageSize: 2048 });
  await client.send(new Uint8Array(2048));
  assert.equal((await server.receive()).bytes.length, 2048);
  await client.send(new Uint8Array(3072));
  const info = await server.closed;
  assert.equal(info.code, 1009);
  assert.ok(info.error instanceof MessageTooBigError);
});

test('the incoming budget counts what is decoded, and decodes no more than it holds', async (t) => {
  const highWaterMark = 8 << 10;
  const { client, server } = pair(t, [zeros], { incoming: { highWaterMark } });
  for (let count = 0; count < 64; count += 1) await client.send(new Uint8Array(4 << 10));
  await turns();
  const held = server.stats().incoming.bytes;
  assert.ok(held >= highWaterMark && held <= highWaterMark + 64, `${held} bytes are held`);
  for (let count = 0; count < 64; count += 1) {
    assert.equal((await server.receive()).bytes.length, 4 << 10);
    assert.ok(server.stats().incoming.bytes <= highWaterMark + 64);
  }
  assert.equal(server.stats().incoming.bytes, 0);
  await client.close();
  assert.equal(await server.receive(), undefined);
});

test('messages that were not yet decoded at the end are handed out before it', async (t) => {
  const log = [];
  const steps = { ...zeros.accept(), close: () => log.push('closes') };
  const { client, server } = pair(t, [custom(steps)], { incoming: { highWaterMark: 1024 } });
  for (let count = 0; count < 8; count += 1) await client.send(new Uint8Array(1024));
  void client.close(4000, 'over');
  const frames = [];
  await assert.rejects(async () => {
    for await (const frame of server) frames.push(frame.bytes.length);
  }, ClosedError);
  assert.deepEqual(frames, Array(8).fill(1024));
  await client.closed;
  assert.deepEqual(log, ['closes', 'closes']);
});

test('what a closing step throws concerns nobody', async (t) => {
  const close = () => {
    throw new Error('late');
  };
  const { client, server } = pair(t, [custom({ close })]);
  const { code, error } = await client.close();
  assert.deepEqual([code, error], [1000, undefined]);
  assert.equal((await server.closed).code, 1000);
});

test('a raw session closes its steps too', async (t) => {
  const log = [];
  const { client, server } = pair(t, [marking('a', 1, { log })], { raw: true });
  log.length = 0;
  client.terminate();
  server.terminate();
  await Promise.all([client.closed, server.closed]);
  assert.deepEqual(log, ['a closes', 'a closes']);
});

test('without an upgrade the steps that a client does not use are closed', (t) => {
  const log = [];
  const stepsOf = (role) => ({
    close() {
      log.push(role);
      throw new Error('nobody hears of it');
    },
  });
  const extension = {
    ...custom({}),
    accept: () => stepsOf('client'),
    answer: () => ({ parameters: {}, steps: stepsOf('server') }),
  };
  const { client, server } = pair(t, [extension]);
  assert.deepEqual(log, ['server']);
  client.terminate();
  server.terminate();
  assert.deepEqual(log, ['server', 'client', 'server']);
});
