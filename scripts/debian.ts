import { spawnSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where system programs are that are not on every person's PATH. */
const SYSTEM = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The file of a program on PATH, or in a folder of system programs. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...SYSTEM];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/** Once Debian could not be reached, nobody tries again for so long. */
const RETRY_MINUTES = 10;

/**
 * Installs packages where this is root on Debian or Ubuntu, without starting their services.
 * @returns whether it could be tried at all
 */
export function installDebianPackages(packages: readonly string[], log: (line: string) => void): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  const beside = path.join(os.tmpdir(), 'semap-apt');
  const unreachable = `${beside}.unreachable`;
  if (minutesSince(unreachable) < RETRY_MINUTES) {
    log(`Not installed, as Debian could not be reached just now: ${packages.join(', ')}.`);
    return true;
  }
  log(`Installing from Debian: ${packages.join(', ')}.`);
  // In runlevel 1 no service starts.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const options = ['DPkg::Lock::Timeout=120', 'Acquire::Retries=1', 'Acquire::http::Timeout=10'];
  const apt = (...args: readonly string[]): boolean => {
    const given = ['-q', ...options.flatMap((option) => ['-o', option]), ...args];
    // Tests that install at the same time wait for each other.
    const { status, stderr } = spawnSync('flock', [`${beside}.lock`, 'apt-get', ...given], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
      encoding: 'utf8',
    });
    const problem = status === 0 ? undefined : stderr?.trim().split('\n').at(-1);
    if (problem) log(problem);
    return status === 0;
  };
  const install = () => apt('install', '-y', '--no-install-recommends', ...packages);
  if (install()) return true;
  // Lists of packages that are there may be old: then they are brought up to date, once.
  if (apt('update', '-o', 'APT::Update::Error-Mode=any')) install();
  else writeFileSync(unreachable, '');
  return true;
}

function minutesSince(file: string): number {
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
  return (Date.now() - written) / 60_000;
}
