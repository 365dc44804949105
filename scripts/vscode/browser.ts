import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Nothing but the local VS Code is reachable for the browser, and it asks for nothing by itself. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];

/** The Chrome or Chromium of this machine: CHROME_PATH, one on PATH, or one in its usual place. */
function findChrome(): string | undefined {
  const given = process.env['CHROME_PATH'];
  if (given) return given;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return [...NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))), ...PLACES].find(
    (file) => existsSync(file),
  );
}

/**
 * {@link findChrome}, and where there is none and this is root on Debian or Ubuntu, the `chromium` package.
 * @throws Error that says what to install
 */
export function ensureChrome(log: (line: string) => void = console.log): string {
  const found = findChrome();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    log('Installing the Debian package chromium (no Chrome was found).');
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', 'chromium']]) {
      spawnSync('apt-get', ['-q', ...args], { env: environment, stdio: ['ignore', 'ignore', 'inherit'] });
    }
    const installed = findChrome();
    if (installed) return installed;
  }
  throw new Error('No Chrome or Chromium was found. Install one, or give its path in CHROME_PATH.');
}

/** Starts Chrome without a window. */
export function launchBrowser(): Promise<Browser> {
  const root = process.getuid?.() === 0;
  return chromium.launch({ executablePath: ensureChrome(), args: root ? [...FLAGS, '--no-sandbox'] : FLAGS });
}
