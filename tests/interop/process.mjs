/** Peers that are processes of their own: lines of JSON each way, and none is left behind. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What ends a test run from outside. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** How much of what a process complained about is shown when it ends by itself. */
const LAST_WORDS = 4096;

/**
 * Starts a program that takes commands on stdin and reports on stdout. `lost` hears of it if the
 * program ends before it is asked to.
 */
export function startProcess(program, args, report, lost) {
  const child = run(program, args, ['pipe', 'pipe', 'pipe'], lost);
  createInterface({ input: child.process.stdout }).on('line', (line) => report(JSON.parse(line)));
  // A process that is gone is told of by `lost`.
  child.process.stdin.on('error', () => {});
  return {
    command: (command) => child.process.stdin.write(`${JSON.stringify(command)}\n`),
    end: child.end,
  };
}

/** Starts a program that nothing is said to, and gives how to end it. */
export function startSilent(program, args, lost, env) {
  return run(program, args, ['ignore', 'ignore', 'pipe'], lost, env);
}

function run(program, args, stdio, lost, env = {}) {
  // A group of its own: a browser's parts end with it.
  const child = spawn(program, args, { stdio, detached: true, env: { ...process.env, ...env } });
  let complaint = '';
  let ending = false;
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text) => {
    complaint = (complaint + text).slice(-LAST_WORDS);
  });
  const kill = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // The group is gone, or was never there.
    }
  };
  process.once('exit', kill);
  // With a listener a signal does not end the process by itself, without one it gives no `exit`.
  const leave = () => process.exit(1);
  for (const signal of SIGNALS) process.once(signal, leave);
  const gone = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? code}`));
  });
  gone.then((how) => {
    process.removeListener('exit', kill);
    for (const signal of SIGNALS) process.removeListener(signal, leave);
    if (!ending) lost(new Error(`${program} ${how}\n${complaint}`));
  });
  return {
    process: child,
    async end() {
      ending = true;
      kill();
      await gone;
    },
  };
}
