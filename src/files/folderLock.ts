import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, pidNamespace, startOf, thisMachine } from './processes.ts';
import { writeError } from './wholeFile.ts';

/** Who holds a folder. */
export interface FolderOwner {
  /** Absent: a process of another computer or container, of which nothing more is known. */
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
const LOCK = /^\.semap-([0-9a-f]{8})(?:-([0-9a-f]{8}))?-(\d+)-([0-9a-f]{8}|0)-[0-9a-f]{16}\.lock$/;

/** Whose a lock is, by its name. */
interface LockName {
  readonly machine: string;
  /** Empty outside of containers. */
  readonly namespace: string;
  readonly pid: number;
  readonly start: string;
}

function readName(name: string): LockName | undefined {
  const [, machine, namespace = '', pid, start] = LOCK.exec(name) ?? [];
  return machine === undefined ? undefined : { machine, namespace, pid: Number(pid), start };
}

/** A lock says so often that its owner lives: the one thing that a container sees of another's processes. */
const HEARTBEAT_MS = 30_000;
/** A lock of another container of this machine that was silent for so long is of a dead one. */
const SILENCE_MS = 20 * HEARTBEAT_MS;

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
  const owner = [
    thisMachine,
    ...(pidNamespace ? [pidNamespace] : []),
    process.pid,
    startOf(process.pid) ?? 0,
  ];
  for (let attempt = 1; ; attempt++) {
    const own = path.join(folder, `.semap-${owner.join('-')}-${randomBytes(8).toString('hex')}.lock`);
    const remove = () => rm(own, { force: true }).catch(() => {});
    try {
      await (await open(own, 'wx')).close();
    } catch (error) {
      throw writeError(folder, error);
    }
    // Whoever cannot look does not know that there is nobody else.
    const names = await readdir(folder).catch(async (error) => {
      await remove();
      throw writeError(folder, error);
    });
    const other = await ownerAmong(folder, names, own);
    if (other === undefined) return held(own, remove);
    await remove();
    if (attempt === TRIES) return other;
    // Others that only try give way as well, but not for the same time.
    await sleep(5 + Math.random() * LONGEST_WAIT_MS);
  }
}

function held(own: string, remove: () => Promise<void>): FolderLock {
  // By this machine's clock, which may not be that of a network folder.
  const beat = () => void utimes(own, new Date(), new Date()).catch(() => {});
  beat();
  const heart = setInterval(beat, HEARTBEAT_MS).unref();
  return {
    release: async () => {
      clearInterval(heart);
      await remove();
    },
  };
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
    const lock = readName(name);
    if (file === except || !lock || (await isLeftBehind(file, lock))) continue;
    return isSeen(lock) ? { pid: lock.pid, file } : { file };
  }
  return undefined;
}

/** Deletes the locks of processes that have ended. Never throws. */
export async function sweepLocks(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = path.join(folder, name);
    const lock = readName(name);
    if (lock && (await isLeftBehind(file, lock))) await rm(file, { force: true }).catch(() => {});
  }
}

/** Whether its process would be seen from here. */
function isSeen({ machine, namespace }: LockName): boolean {
  return machine === thisMachine && namespace === pidNamespace;
}

/** Whether the process of a lock has ended. Of other computers' processes nothing is known. */
async function isLeftBehind(file: string, lock: LockName): Promise<boolean> {
  if (lock.machine !== thisMachine) return false;
  if (!isSeen(lock)) return isUntouchedSince(file, Date.now() - SILENCE_MS);
  if (!isAlive(lock.pid)) return true;
  const now = startOf(lock.pid);
  if (now !== undefined) return now !== lock.start;
  // Without that: a lock from before the machine was started.
  return isUntouchedSince(file, Date.now() - os.uptime() * 1000 - 60_000);
}

/** @param since in milliseconds */
function isUntouchedSince(file: string, since: number): Promise<boolean> {
  return stat(file).then(
    ({ mtimeMs }) => mtimeMs < since,
    () => true,
  );
}
