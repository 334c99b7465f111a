/**
 * A browser's own WebSocket as a peer: a headless browser with a profile of its own shows `page.html`,
 * which hears commands as server-sent events and posts what it reports.
 */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CHROMIUM_ARGS, findOnPath, readSettings } from '../../../scripts/demo/settings.mjs';
import { startSilent } from '../process.mjs';

const CAN = { codes: [1000, 3000, 4999] };

/** What keeps Firefox from talking to others, and from asking. */
const FIREFOX_PREFERENCES = {
  'app.normandy.enabled': false,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

export const chromium = {
  name: 'Chromium',
  can: { ...CAN, windows: true, eight: true, parameters: true },
  start: (report, lost) =>
    startBrowser(report, lost, (profile, url) => ({
      program: readSettings(process.env).chromium,
      args: [...CHROMIUM_ARGS, '--headless', `--user-data-dir=${profile}`, url],
    })),
};

export const firefox = {
  name: 'Firefox',
  can: CAN,
  start: (report, lost) =>
    startBrowser(report, lost, (profile, url) => {
      const lines = Object.entries(FIREFOX_PREFERENCES).map(
        ([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});\n`,
      );
      writeFileSync(join(profile, 'user.js'), lines.join(''));
      return {
        program: findOnPath(process.env.PATH ?? '', ['firefox-esr', 'firefox']),
        args: ['--headless', '--no-remote', '--profile', profile, url],
      };
    }),
};

async function startBrowser(report, lost, launch) {
  const profile = mkdtempSync(join(tmpdir(), 'framewire-'));
  const { server, url, command } = await startStage(report);
  const { program, args } = launch(profile, url);
  if (!program) throw new Error('the browser is not on PATH');
  // Nothing is written to the user's home.
  const browser = startSilent(program, args, lost, {
    HOME: profile,
    MOZ_CRASHREPORTER_DISABLE: '1',
  });
  return {
    command,
    async end() {
      await browser.end();
      server.closeAllConnections();
      server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** The server of the page, its commands and its reports. */
async function startStage(report) {
  const page = await readFile(new URL('page.html', import.meta.url));
  let commands;
  const server = createServer(async (request, response) => {
    if (request.url === '/commands') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      // Firefox takes the stream as open when something comes.
      response.write(':\n\n');
      commands = response;
    } else if (request.url === '/reports') {
      for (const told of JSON.parse(await text(request))) report(told);
      response.end();
    } else {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(page);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    url: `http://127.0.0.1:${server.address().port}/`,
    command: (command) => commands.write(`data: ${JSON.stringify(command)}\n\n`),
  };
}
