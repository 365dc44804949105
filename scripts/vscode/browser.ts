import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { findProgram, installDebianPackages } from '../debian.ts';

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
  return [...NAMES.map(findProgram), ...PLACES].find((file) => file !== undefined && existsSync(file));
}

/**
 * {@link findChrome}, and where there is none and this is root on Debian or Ubuntu, the `chromium` package.
 * @throws Error that says what to install
 */
export function ensureChrome(log: (line: string) => void = console.log): string {
  const found = findChrome();
  if (found) return found;
  if (installDebianPackages(['chromium'], log)) {
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
