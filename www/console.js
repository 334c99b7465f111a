/** A console for sessions over the bridge: one session at a time, and what happens on it. */

import { connect } from '/framewire/web.js';
import { fillForm, randomBytes, readForm, readHex } from './form.js';
import { FrameList, previewBytes, previewText } from './frame-list.js';

/** How often what changes by itself is read from the session, in milliseconds. */
const REFRESH = 200;
/** After so many messages in a row the page gets its turn. */
const TURN = 500;

const FACTS = ['protocol', 'connect-time', 'round-trip', 'buffered', 'sent', 'received'];

const element = (id) => document.getElementById(id);
const connectForm = element('connect');
const sendTextForm = element('send-text');
const sendBinaryForm = element('send-binary');
const closeForm = element('close');
const problem = element('problem');
const list = new FrameList({
  body: element('rows'),
  scroll: element('scroll'),
  count: element('count'),
  none: element('none'),
});

/** The session shown; it stays when it has ended, until the next one. */
let session;
/** Ends the attempt to connect that is under way. */
let attempt;
let pings = 0;

onSubmit(connectForm, open);
onSubmit(sendTextForm, sendText);
onSubmit(sendBinaryForm, sendBinary);
onSubmit(closeForm, close);
element('ping').addEventListener('click', () => guard(ping));
element('terminate').addEventListener('click', terminate);
element('clear').addEventListener('click', () => list.clear());
sendBinaryForm.addEventListener('change', showSource);
setInterval(refresh, REFRESH);

await fillForm(connectForm, element('urls'));
showSource();
showButtons();
if (globalThis.WebTransport === undefined) {
  showProblem(
    'This browser has no WebTransport here: use one that has, over https or on 127.0.0.1.',
  );
}

async function open() {
  attempt = new AbortController();
  showProblem(undefined);
  element('ending').hidden = true;
  for (const id of FACTS) element(id).textContent = '–';
  session = undefined;
  showState('connecting');
  try {
    const { url, options } = readForm(connectForm);
    const start = performance.now();
    session = await connect(url, { ...options, signal: attempt.signal });
    element('connect-time').textContent = formatMilliseconds(performance.now() - start);
    showState('open');
    element('protocol').textContent = session.protocol || 'none';
    receive(session);
    session.closed.then((info) => ended(info));
  } catch (thrown) {
    showState('not connected');
    showProblem(attempt.signal.aborted ? 'The attempt was given up.' : explain(thrown));
  }
  attempt = undefined;
  showButtons();
}

/** Lists what comes, batch by batch. How the session ended is told by `closed`. */
async function receive(from) {
  try {
    for await (const batch of from.incoming.batches()) {
      for (const frame of batch) {
        list.add({
          direction: 'received',
          type: frame.type,
          size: frame.bytes.length,
          preview: frame.type === 'text' ? previewText(frame.text) : previewBytes(frame.bytes),
        });
      }
    }
  } catch {
    // `closed` has the same error.
  }
}

async function sendText() {
  const { text, times } = Object.fromEntries(new FormData(sendTextForm));
  const size = new TextEncoder().encode(text).length;
  const row = { direction: 'sent', type: 'text', size, preview: previewText(text) };
  await sendTimes(text, Number(times), row);
}

async function sendBinary() {
  const { source, size, hex, times } = Object.fromEntries(new FormData(sendBinaryForm));
  const bytes = source === 'hex' ? readHex(hex) : randomBytes(Number(size));
  const preview = previewBytes(bytes);
  const row = { direction: 'sent', type: 'binary', size: bytes.length, preview };
  await sendTimes(bytes, Number(times), row);
}

async function sendTimes(data, times, row) {
  const to = session;
  for (let sent = 1; sent <= times; sent += 1) {
    await to.send(data);
    list.add(row);
    if (sent % TURN === 0) await new Promise((resolve) => setTimeout(resolve));
  }
}

async function ping() {
  pings += 1;
  const payload = new TextEncoder().encode(`ping ${pings}`);
  const row = { size: payload.length, preview: previewBytes(payload) };
  const answered = session.ping(payload);
  list.add({ ...row, direction: 'sent', type: 'ping' });
  const roundTrip = formatMilliseconds(await answered);
  list.add({ ...row, direction: 'received', type: 'pong' });
  element('round-trip').textContent = roundTrip;
}

async function close() {
  const { code, reason } = Object.fromEntries(new FormData(closeForm));
  session.close(Number(code), reason);
  showButtons();
}

function terminate() {
  attempt?.abort();
  session?.terminate();
}

function ended(info) {
  const closes = [
    { direction: 'sent', said: info.sent },
    { direction: 'received', said: info.received },
  ];
  if (info.initiator === 'remote') closes.reverse();
  for (const { direction, said } of closes) if (said) list.add(closeRow(direction, said));
  element('end-code').textContent = info.code;
  element('end-reason').textContent = info.reason || 'none';
  element('end-clean').textContent = info.wasClean ? 'yes' : 'no';
  element('end-initiator').textContent = {
    local: 'this page',
    remote: 'the server',
    transport: 'the transport',
  }[info.initiator];
  element('end-error').textContent = info.error ? explain(info.error) : 'none';
  element('ending').hidden = false;
  refresh();
  showState('closed');
}

function closeRow(direction, { code, reason }) {
  const size = code === 1005 ? 0 : 2 + new TextEncoder().encode(reason).length;
  const preview = code === 1005 ? 'no code' : `${code} ${reason}`;
  return { direction, type: 'close', size, preview };
}

/** Runs what a form is for; what it throws is shown. */
function onSubmit(form, run) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    guard(run);
  });
}

async function guard(run) {
  showProblem(undefined);
  try {
    await run();
  } catch (thrown) {
    showProblem(explain(thrown));
  }
}

function refresh() {
  if (!session) return;
  const { sent, received } = session.stats();
  element('buffered').textContent = formatBytes(session.bufferedAmount);
  element('sent').textContent = formatTraffic(sent);
  element('received').textContent = formatTraffic(received);
}

function showState(text) {
  element('state').textContent = text;
  showButtons();
}

function showButtons() {
  const isOpen = session?.state === 'open';
  const isBusy = attempt !== undefined || isOpen || session?.state === 'closing';
  element('open').disabled = isBusy;
  element('terminate').disabled = !isBusy;
  element('ping').disabled = !isOpen;
  for (const form of [sendTextForm, sendBinaryForm, closeForm]) {
    form.querySelector('button').disabled = !isOpen;
  }
}

function showSource() {
  const isHex = sendBinaryForm.elements.source.value === 'hex';
  element('by-hex').hidden = !isHex;
  element('by-size').hidden = isHex;
}

function showProblem(sentence) {
  problem.hidden = sentence === undefined;
  problem.textContent = sentence ?? '';
}

/** The name of an error, and its sentence. */
function explain(thrown) {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
}

function formatTraffic({ messages, bytes }) {
  const noun = messages === 1 ? 'message' : 'messages';
  return `${messages.toLocaleString('en')} ${noun}, ${formatBytes(bytes)}`;
}

function formatBytes(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function formatMilliseconds(time) {
  return `${time.toFixed(1)} ms`;
}
