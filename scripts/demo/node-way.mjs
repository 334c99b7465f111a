/**
 * The way from Node over TCP, in a process of its own: takes the target as its argument and reports
 * each line over IPC, then `{ done: true }`.
 */

import { runScript } from './script.mjs';

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(1));

const { connect } = await import('../../pkg/lib/node.mjs');
await runScript(connect, JSON.parse(process.argv[2]), (row) => process.send(row));
process.send({ done: true }, () => process.exit(0));
