import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, startOf, thisHost } from './processes.ts';
import { writeError } from './wholeFile.ts';

/** Who holds a folder. */
export interface FolderOwner {
  /** Absent: a process of another computer, of which nothing more is known. */
  readonly pid?: number;
  /** The file that says so. */
  readonly file: string;
}

export interface FolderLock {
  /** Nobody holds the folder any more. Never throws. */
  release(): Promise<void>;
}

/**
 * A lock is an empty file in the folder whose name says whose it is. Each is made under a name that is never used again,
 * so that a dead process's file can be deleted by anybody at any time; a file that holds the lock for all would have to
 * be taken over, and two might.
 */
const LOCK = /^\.semap-([0-9a-f]{8})-(\d+)-([0-9a-f]{8}|0)-[0-9a-f]{16}\.lock$/;

/** One that wants the folder gives way when it sees another, and tries again this often. */
const TRIES = 6;
const LONGEST_WAIT_MS = 60;

/**
 * Makes this process the only owner of a folder, until it releases it or ends in whatever way. Everybody first makes a
 * file and then looks for those of others: of two, one at least sees the other and gives way.
 *
 * @returns the lock, or who has it
 * @throws {SemapError} `not-writable`, `out-of-space`
 */
export async function lockFolder(folder: string): Promise<FolderLock | FolderOwner> {
  const name = () =>
    `.semap-${thisHost}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(8).toString('hex')}.lock`;
  for (let attempt = 1; ; attempt++) {
    const own = path.join(folder, name());
    const release = () => rm(own, { force: true }).catch(() => {});
    try {
      await (await open(own, 'wx')).close();
    } catch (error) {
      throw writeError(folder, error);
    }
    // Whoever cannot look does not know that there is nobody else.
    const names = await readdir(folder).catch(async (error) => {
      await release();
      throw writeError(folder, error);
    });
    const owner = await ownerAmong(folder, names, own);
    if (owner === undefined) return { release };
    await release();
    if (attempt === TRIES) return owner;
    // Others that only try give way as well, but not for the same time.
    await sleep(5 + Math.random() * LONGEST_WAIT_MS);
  }
}

/** Who holds a folder at this moment, as far as anybody can look. */
export async function ownerOf(folder: string): Promise<FolderOwner | undefined> {
  return ownerAmong(folder, await readdir(folder).catch(() => []));
}

/** @param except a lock file that does not count */
async function ownerAmong(
  folder: string,
  names: readonly string[],
  except?: string,
): Promise<FolderOwner | undefined> {
  for (const name of names) {
    const file = path.join(folder, name);
    if (file === except || !LOCK.test(name) || (await isLeftBehind(file))) continue;
    const [, host, pid] = LOCK.exec(name) ?? [];
    return host === thisHost ? { pid: Number(pid), file } : { file };
  }
  return undefined;
}

/** Deletes the locks of processes that have ended. Never throws. */
export async function sweepLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    if (LOCK.test(name) && (await isLeftBehind(file))) await rm(file, { force: true }).catch(() => {});
  }
}

/** Whether the process of a lock has ended. Of other computers' processes nothing is known. */
async function isLeftBehind(file: string): Promise<boolean> {
  const [, host, text, start] = LOCK.exec(path.basename(file)) ?? [];
  if (host !== thisHost) return false;
  const pid = Number(text);
  if (!isAlive(pid)) return true;
  const now = startOf(pid);
  if (now !== undefined) return now !== start;
  // Without that: a lock from before the machine was started.
  const since = Date.now() - os.uptime() * 1000 - 60_000;
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs < since,
    () => true,
  );
}
