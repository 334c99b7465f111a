/**
 * The script of the demo: what is done with sessions, and what must come of it. It knows only
 * framewire's `connect` and runs the same way in Node and in a page.
 */

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 1024 * 1024, 4 * 1024 * 1024];
const SMALL_MESSAGES = 10_000;
const PINGS = 5;
/** How long a line may take, in milliseconds. */
const LINE_TIMEOUT = 20_000;

/** The lines, in order: a title, and what is done. What `run` returns is shown beside "ok". */
const LINES = [
  { title: 'refused without Authorization', run: refused },
  { title: 'upgrade: Authorization, subprotocol', run: upgrade },
  ...SIZES.map((size) => ({
    title: `echo of ${formatSize(size)}`,
    run: (context) => echo(context, size),
  })),
  { title: `echo of ${SMALL_MESSAGES.toLocaleString('en')} small messages`, run: smallMessages },
  { title: `ping, median of ${PINGS}`, run: ping },
  { title: 'flush of 1 MiB', run: flush },
  { title: 'close(4000, "done")', run: close },
  { title: 'the server closes with 4001', run: closedByServer },
];

/** The titles of the lines. */
export const TITLES = LINES.map(({ title }) => title);

/**
 * Runs every line, also after one that failed: the next one then gets a session of its own.
 *
 * @param connect framewire's `connect`
 * @param target `{ url, authorization, protocol, options }`: the echo server, what it asks for, and
 *   the options by which `connect` gets there
 * @param report told of each line as it ends: `{ index, ok, note }`
 */
export async function runScript(connect, target, report) {
  const context = { connect, target, session: undefined };
  for (const [index, { run }] of LINES.entries()) {
    try {
      const note = await within(LINE_TIMEOUT, run(context));
      await report({ index, ok: true, note });
    } catch (thrown) {
      context.session?.terminate();
      context.session = undefined;
      await report({ index, ok: false, note: sentence(thrown) });
    }
  }
}

/** The header has to be there: the server says 401 without it. */
async function refused({ connect, target }) {
  const { authorization: _, ...rest } = target;
  const thrown = await open({ connect, target: rest }).then(
    (session) => session.terminate(),
    (error) => error,
  );
  check(thrown !== undefined, 'the server took an upgrade without the Authorization header');
  if (thrown.status === undefined) throw thrown;
  expect('the error', thrown.name, 'HandshakeError');
  expect('the status', thrown.status, 401);
  return `${thrown.status} ${thrown.name}`;
}

async function upgrade(context) {
  const start = performance.now();
  const session = await open(context);
  const time = performance.now() - start;
  context.session = session;
  expect('the status', session.handshake?.status, 101);
  expect('the subprotocol', session.protocol, context.target.protocol);
  expect('the state', session.state, 'open');
  return `${session.protocol}, ${formatTime(time)}`;
}

async function echo(context, size) {
  const session = await openSession(context);
  const times = [];
  for (const type of ['text', 'binary']) {
    const data = type === 'text' ? makeText(size) : makeBytes(size);
    const start = performance.now();
    await session.send(data);
    const frame = await receive(session);
    times.push(`${type} ${formatTime(performance.now() - start)}`);
    checkFrame(frame, type, data);
  }
  return times.join(', ');
}

async function smallMessages(context) {
  const session = await openSession(context);
  const start = performance.now();
  const sent = sendSmallMessages(session);
  for (let at = 0; at < SMALL_MESSAGES; at += 1) {
    const frame = await receive(session);
    check(
      frame.type === 'text' && frame.text === smallMessage(at),
      `message ${at} came back changed`,
    );
  }
  await sent;
  const rate = (SMALL_MESSAGES / (performance.now() - start)) * 1000;
  return `${Math.round(rate).toLocaleString('en')} messages/s`;
}

async function sendSmallMessages(session) {
  for (let at = 0; at < SMALL_MESSAGES; at += 1) await session.send(smallMessage(at));
}

async function ping(context) {
  const session = await openSession(context);
  const times = [];
  for (let at = 0; at < PINGS; at += 1) {
    const time = await session.ping();
    check(Number.isFinite(time) && time >= 0, `the round trip is ${time} ms`);
    times.push(time);
  }
  times.sort((one, other) => one - other);
  return `${formatTime(times[(PINGS - 1) / 2])} round trip`;
}

async function flush(context) {
  const session = await openSession(context);
  const data = makeBytes(1024 * 1024);
  const start = performance.now();
  await session.send(data);
  await session.flush();
  const time = performance.now() - start;
  expect('bufferedAmount after flush', session.bufferedAmount, 0);
  checkFrame(await receive(session), 'binary', data);
  return `written in ${formatTime(time)}`;
}

async function close(context) {
  const session = await openSession(context);
  context.session = undefined;
  const start = performance.now();
  const returned = await session.close(4000, 'done');
  const time = performance.now() - start;
  const info = await session.closed;
  check(returned === info, 'close and closed do not tell the same');
  checkClose(info, { code: 4000, reason: 'done', initiator: 'local' });
  expect('the state', session.state, 'closed');
  return `${info.code} "${info.reason}", clean, ${formatTime(time)}`;
}

async function closedByServer(context) {
  const url = new URL(`/close/4001/${encodeURIComponent('going home')}`, context.target.url);
  const session = await open({ ...context, target: { ...context.target, url: url.href } });
  const thrown = await receive(session).catch((error) => error);
  const info = await session.closed;
  checkClose(info, { code: 4001, reason: 'going home', initiator: 'remote' });
  expect('the error of receive', thrown.name, 'ClosedError');
  expect('its closeCode', thrown.closeCode, 4001);
  return `${info.code} "${info.reason}", clean`;
}

function open({ connect, target }) {
  const { url, authorization, protocol, options } = target;
  return connect(url, {
    ...options,
    protocols: [protocol],
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });
}

/** The session of the lines before, or a new one where there is none. */
async function openSession(context) {
  context.session ??= await open(context);
  return context.session;
}

async function receive(session) {
  const frame = await session.receive();
  check(frame !== undefined, 'the session ended before the answer came');
  return frame;
}

function checkFrame(frame, type, data) {
  expect('the type of the echo', frame.type, type);
  if (type === 'text') {
    check(frame.text === data, `the text came back changed (${frame.bytes.length} bytes)`);
    return;
  }
  expect('the length of the echo', frame.bytes.length, data.length);
  const changed = frame.bytes.findIndex((byte, at) => byte !== data[at]);
  check(changed === -1, `byte ${changed} came back changed`);
}

function checkClose(info, { code, reason, initiator }) {
  expect('the close code', info.code, code);
  expect('the close reason', info.reason, reason);
  expect('who began', info.initiator, initiator);
  expect('wasClean', info.wasClean, true);
}

/** Text of `size` bytes of UTF-8, with characters of every length. */
function makeText(size) {
  const unit = 'framewire ä € 😀 ';
  const length = new TextEncoder().encode(unit).length;
  return unit.repeat(Math.floor(size / length)) + '.'.repeat(size % length);
}

/** Bytes that depend on their place and on the size. */
function makeBytes(size) {
  const bytes = new Uint8Array(size);
  let state = (size ^ 0x9e3779b9) | 1;
  for (let at = 0; at < size; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state;
  }
  return bytes;
}

function smallMessage(at) {
  return `message ${at}`;
}

function check(holds, fault) {
  if (!holds) throw new Error(fault);
}

function expect(what, actual, expected) {
  check(
    actual === expected,
    `${what} is ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
  );
}

async function within(milliseconds, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it was not done within ${milliseconds / 1000} s`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function sentence(thrown) {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.name === 'Error' ? thrown.message : `${thrown.name}: ${thrown.message}`;
}

function formatTime(milliseconds) {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
}

function formatSize(bytes) {
  if (bytes >= 1024 * 1024) return `${bytes / 1024 / 1024} MiB`;
  return `${bytes.toLocaleString('en')} B`;
}
