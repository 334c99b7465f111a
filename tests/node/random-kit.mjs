/** Random streams of frames: what is drawn, how it is encoded and cut. Nothing of it is the package's. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Receiver } from 'ws';
import { deflating } from './deflate-kit.mjs';
import { frame } from './raw.mjs';
import { noise } from './support.mjs';

/** Around these lengths headers, windows of the core and chunks of sockets end. */
const EDGES = [0, 1, 125, 126, 127, 2048, 16_384, 65_535, 65_536, 131_072];
const LONGEST = 300 << 10;
/** How many scenarios run at once. */
const TOGETHER = 4;
const CHARACTERS = ['a', 'Z', ' ', '\u007f', 'ä', 'ß', '€', '你', '\ufeff', '😀', '\u{10ffff}'];
/** Where the bytes of a stream are cut: at so many bytes, or as `draw` says. */
const CUTS = [
  1,
  1460,
  16_384,
  65_536,
  131_072,
  Number.POSITIVE_INFINITY,
  'edges',
  'edges',
  'mixed',
  'mixed',
];

/** Draws from a sequence that a seed gives. */
export class Dice {
  #state;

  constructor(seed) {
    this.#state = createHash('sha256').update(`${seed}`).digest().readUInt32LE() || 1;
  }

  /** A whole number below a bound. */
  below(bound) {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  /** Whether a chance of one in `count` came. */
  one(count) {
    return this.below(count) === 0;
  }

  of(list) {
    return list[this.below(list.length)];
  }

  bytes(length) {
    return Buffer.from(noise(length, this.below(2 ** 31) + 1).buffer);
  }

  /** A length: short, near an edge, or up to a bound. */
  length(bound = LONGEST) {
    const length = [
      () => this.below(40),
      () => this.below(300),
      () => this.of(EDGES) + this.below(3) - 1,
      () => this.below(5000),
      () => this.below(this.one(4) ? bound : 20_000),
    ][this.below(5)]();
    return Math.min(Math.max(length, 0), bound);
  }

  /** A text of about so many bytes: of ASCII, of other characters, or of both. */
  text(length) {
    const rest = this.below(length + 1);
    const ascii = String.fromCharCode(97 + this.below(26));
    switch (this.below(4)) {
      case 0:
        return ascii.repeat(length);
      case 1:
        return this.of(CHARACTERS).repeat(length >> 1);
      case 2:
        return ascii.repeat(rest) + this.of(CHARACTERS).repeat((length - rest) >> 1);
      default:
        return ascii.repeat(rest) + this.of(CHARACTERS) + ascii.repeat(length - rest);
    }
  }

  /** What a message says, which is text or bytes. */
  message(bound) {
    const length = this.length(bound);
    if (this.one(2)) return { text: false, payload: this.bytes(length) };
    const text = this.text(length);
    return { text: true, string: text, payload: Buffer.from(text) };
  }

  /** Cuts bytes into so many pieces, some of them empty. */
  pieces(bytes, count) {
    const places = Array.from({ length: count - 1 }, () => this.below(bytes.length + 1));
    if (this.one(2)) places.fill(this.of([0, 0, bytes.length]), 0, 1 + this.below(count));
    places.sort((one, other) => one - other);
    return [0, ...places].map((from, at) => bytes.subarray(from, places[at] ?? bytes.length));
  }
}

/** A stream of a peer: its bytes, where its frames end, and what they say. */
export class Script {
  /** What it says, in order: messages, and in `frames` every frame. */
  messages = [];
  frames = [];
  pings = [];
  #dice;
  #masked;
  #deflate;
  #parts = [];
  /** Offsets at which a header ends or a frame does. */
  edges = [];
  length = 0;

  /** A stream as a server sends it, or `masked`; messages are compressed now and then if `deflate`. */
  constructor(dice, { masked, deflate }) {
    this.#dice = dice;
    this.#masked = masked;
    this.#deflate = deflate ? deflating() : undefined;
  }

  get bytes() {
    return Buffer.concat(this.#parts);
  }

  /** Appends bytes that may be none of a frame. */
  raw(bytes) {
    this.#parts.push(Buffer.from(bytes));
    this.length += bytes.length;
  }

  frame(opcode, payload, { fin = true, rsv = 0 } = {}) {
    const dice = this.#dice;
    const mask = this.#masked ? dice.of([dice.bytes(4), Buffer.alloc(4)]) : undefined;
    const bytes = frame(opcode, payload, { fin, rsv, mask });
    this.edges.push(this.length + bytes.length - payload.length);
    this.raw(bytes);
    this.edges.push(this.length);
    this.frames.push({ opcode, payload, fin });
  }

  /** A message in some fragments, with control frames between them. */
  async message(message) {
    const dice = this.#dice;
    let { payload } = message;
    let rsv = 0;
    if (this.#deflate && !dice.one(3)) {
      payload = await this.#deflate(payload);
      rsv = 4;
    }
    const count = dice.one(3) ? 1 : 1 + dice.below(dice.one(8) ? 200 : 6);
    for (const [at, piece] of dice.pieces(payload, count).entries()) {
      if (dice.one(8)) this.control();
      const opcode = at > 0 ? 0 : message.text ? 1 : 2;
      this.frame(opcode, piece, { fin: at === count - 1, rsv: at > 0 ? 0 : rsv });
    }
    this.messages.push(message);
  }

  control() {
    const dice = this.#dice;
    const payload = dice.bytes(dice.one(3) ? 125 : 2 + dice.below(20));
    // No two are the same, so that a pong tells which ping it answers.
    payload.writeUInt16BE(this.frames.length & 0xffff);
    if (dice.one(3)) {
      this.frame(10, payload);
    } else {
      this.frame(9, payload);
      this.pings.push(payload);
    }
  }

  /** The stream in the chunks that a transport gives. */
  chunks() {
    const dice = this.#dice;
    const { bytes } = this;
    let kind = dice.of(CUTS);
    // What is long takes for ever byte by byte.
    if (kind === 1 && bytes.length > 5000) kind = 'edges';
    let places;
    if (kind === 'edges') {
      places = this.edges.map((edge) => edge + dice.below(3) - 1).filter(() => !dice.one(3));
    } else {
      places = [];
      const short = [1, 2, 3, 20, 50, 300];
      const all = [...short, 1460, 2048, 2049, 10_000, 16_384, 65_536, 131_072];
      const sizes = bytes.length > 20_000 ? all : dice.of([short, all]);
      const size = () => dice.of(sizes);
      for (let at = 0; at < bytes.length; places.push(at)) at += kind === 'mixed' ? size() : kind;
    }
    const cuts = [...new Set([...places, bytes.length])]
      .filter((place) => place > 0 && place <= bytes.length)
      .sort((one, other) => one - other);
    // Each has memory of its own, which holds nothing else: what is kept for too short is seen.
    return cuts.map((cut, at) => new Uint8Array(bytes.subarray(cuts[at - 1] ?? 0, cut)));
  }
}

/** What bytes of a peer say, by ws; `masked` says that they have to be. */
export async function understood(chunks, { masked, extensions = {} }) {
  const heard = { messages: [], pings: [], pongs: [], close: undefined };
  const receiver = new Receiver({ isServer: masked, extensions, binaryType: 'nodebuffer' });
  receiver.on('message', (payload, isBinary) => heard.messages.push({ text: !isBinary, payload }));
  receiver.on('ping', (payload) => heard.pings.push(payload));
  receiver.on('pong', (payload) => heard.pongs.push(payload));
  receiver.on('conclude', (code, reason) => {
    heard.close = { code, reason: reason.toString() };
  });
  const over = once(receiver, 'finish');
  for (const chunk of chunks) {
    // It unmasks what it is given where it lies.
    if (!receiver.write(Buffer.from(chunk))) await Promise.race([once(receiver, 'drain'), over]);
    if (heard.close) return heard;
  }
  receiver.end();
  await over;
  return heard;
}

/** Runs scenarios, each with a seed of its own that a failure tells; some at once, since they share memory. */
export async function rounds(name, count, play) {
  const { FRAMEWIRE_ROUNDS: factor = '1', FRAMEWIRE_SEED: only } = process.env;
  const seeds = only ? [only] : Array.from({ length: count * Number(factor) }, (_, at) => at);
  while (seeds.length > 0) {
    await Promise.all(seeds.splice(0, TOGETHER).map((seed) => round(name, seed, play)));
  }
}

/** One scenario; `told` is what of it is told of a failure. */
async function round(name, seed, play) {
  const told = {};
  try {
    await play(new Dice(`${name} ${seed}`), told);
  } catch (cause) {
    const how = Object.entries(told).map(([key, value]) => `${key} ${value}`);
    throw new Error(`${name}: FRAMEWIRE_SEED=${seed} (${how.join(', ')}): ${cause.message}`, {
      cause,
    });
  }
}
