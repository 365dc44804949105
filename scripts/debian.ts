import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where system programs are that are not on every person's PATH. */
const SYSTEM = ['/usr/sbin', '/sbin', '/usr/local/sbin'];

/** The file of a program on PATH, or in a folder of system programs. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean), ...SYSTEM];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

/**
 * Installs packages where this is root on Debian or Ubuntu, without starting their services.
 * @returns whether it could be tried at all
 */
export function installDebianPackages(packages: readonly string[], log: (line: string) => void): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false;
  log(`Installing from Debian: ${packages.join(', ')}.`);
  // In runlevel 1 no service starts.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  // Lists of packages that are there may be old: then they are brought up to date, once.
  for (const args of [install, ['update'], install]) {
    const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=1'];
    // Tests that install at the same time wait for each other.
    const lock = path.join(os.tmpdir(), 'semap-apt.lock');
    const { status } = spawnSync('flock', [lock, 'apt-get', ...options, ...args], { env, stdio: 'ignore' });
    if (args === install && status === 0) break;
  }
  return true;
}
