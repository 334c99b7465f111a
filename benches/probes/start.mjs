/** Prints the milliseconds from an import to the first open session, as JSON: `node start.mjs <side> <url>`. */

const [side, url] = process.argv.slice(2);
const begin = performance.now();
if (side === 'framewire') {
  const { connect } = await import('#framewire');
  await connect(url);
} else {
  const { WebSocket } = await import('ws');
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
}
console.log(JSON.stringify({ milliseconds: performance.now() - begin }));
process.exit();
