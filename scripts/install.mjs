/** Plain JavaScript without dependencies: it runs before anything is installed. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const OLDEST_NODE = 20;

/** Installs what package-lock.json says, unless exactly that is installed already. Ends the process where it cannot. */
export function installDependencies() {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    console.error(`SeMap needs Node.js ${OLDEST_NODE} or later; this is ${process.version}.`);
    process.exit(1);
  }
  if (isInstalled()) return;
  console.log('Installing the npm dependencies into node_modules/.');
  // Not `npm ci`: it refuses a lockfile that lacks an optional package of another platform, and npm leaves those out that a
  // registry does not have. This keeps to the locked versions too, and writes neither file.
  const args = ['install', '--no-save', '--loglevel=error'];
  const { status } = spawnSync('npm', args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('npm install failed; its messages are above.');
    process.exit(status ?? 1);
  }
}

/** Whether npm's record in node_modules has every package of the lockfile in its version; optional ones may be absent. */
function isInstalled() {
  const wanted = packages('package-lock.json');
  const found = packages('node_modules/.package-lock.json');
  if (!wanted || !found) return false;
  return Object.entries(wanted).every(
    ([place, { version, optional }]) =>
      place === '' || found[place]?.version === version || (optional && !found[place]),
  );
}

function packages(file) {
  try {
    return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).packages;
  } catch {
    return undefined;
  }
}
