/** The list of frames. In a flood it is drawn now and then, and only the last rows stay. */

const MOST_ROWS = 500;
const PREVIEW_CHARACTERS = 120;
const PREVIEW_BYTES = 24;
/** The least time between two drawings, in milliseconds, and as a multiple of what one takes. */
const DRAW_PAUSE = 100;
const DRAW_SHARE = 4;
/** How near to its end, in pixels, the list counts as scrolled to the end. */
const NEAR_END = 8;

const DIRECTIONS = { sent: '→ sent', received: '← received' };

/** The rows of a table. */
export class FrameList {
  #body;
  #scroll;
  #count;
  #none;
  #waiting = [];
  #total = 0;
  #drawing = false;
  #nextDrawing = 0;

  /** `body` takes the rows, `scroll` holds the table, `count` says how many, `none` stands for none. */
  constructor({ body, scroll, count, none }) {
    this.#body = body;
    this.#scroll = scroll;
    this.#count = count;
    this.#none = none;
  }

  /** Adds a frame: `{ direction, type, size, preview }`. */
  add(frame) {
    this.#total += 1;
    this.#waiting.push({ ...frame, time: new Date() });
    // Old ones would not be shown: they go before they pile up.
    if (this.#waiting.length >= 2 * MOST_ROWS) this.#waiting.splice(0, MOST_ROWS);
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => this.#draw(), this.#nextDrawing - performance.now());
  }

  clear() {
    this.#waiting = [];
    this.#total = 0;
    this.#body.replaceChildren();
    this.#say();
  }

  #draw() {
    const start = performance.now();
    const scroll = this.#scroll;
    const body = this.#body;
    const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight <= NEAR_END;
    const rows = this.#waiting.slice(-MOST_ROWS).map(makeRow);
    this.#waiting = [];
    if (rows.length === MOST_ROWS) body.replaceChildren();
    body.append(...rows);
    while (body.rows.length > MOST_ROWS) body.deleteRow(0);
    if (isAtEnd) scroll.scrollTop = scroll.scrollHeight;
    this.#say();
    this.#drawing = false;
    const end = performance.now();
    this.#nextDrawing = end + Math.max(DRAW_PAUSE, DRAW_SHARE * (end - start));
  }

  #say() {
    const shown = this.#body.rows.length;
    const total = this.#total.toLocaleString('en');
    this.#none.hidden = this.#total > 0;
    this.#count.textContent = shown < this.#total ? `the last ${shown} of ${total}` : total;
  }
}

/** What a row shows of a text. */
export function previewText(text) {
  const cut = text.length > PREVIEW_CHARACTERS;
  return cut ? `${text.slice(0, PREVIEW_CHARACTERS)}…` : text;
}

/** What a row shows of bytes. */
export function previewBytes(bytes) {
  const shown = Array.from(bytes.subarray(0, PREVIEW_BYTES), hexByte).join(' ');
  return bytes.length > PREVIEW_BYTES ? `${shown} …` : shown;
}

function hexByte(byte) {
  return byte.toString(16).padStart(2, '0');
}

function makeRow({ time, direction, type, size, preview }) {
  const row = document.createElement('tr');
  row.className = direction;
  const isBytes = type === 'binary' || type === 'ping' || type === 'pong';
  row.append(
    makeCell(formatTime(time)),
    makeCell(DIRECTIONS[direction]),
    makeCell(type),
    makeCell(size.toLocaleString('en'), 'number'),
    makeCell(preview, isBytes ? 'content code' : 'content'),
  );
  return row;
}

function makeCell(text, className = '') {
  const cell = document.createElement('td');
  cell.className = className;
  cell.textContent = text;
  return cell;
}

function formatTime(time) {
  const clock = time.toLocaleTimeString('en-GB');
  return `${clock}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}
