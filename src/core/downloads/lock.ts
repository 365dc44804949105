import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { DownloadEnvironment } from './environment.ts';
import { readJson } from './localFiles.ts';

/** How often a held lock says that its owner lives, and when it counts as left behind; milliseconds. */
const HEARTBEAT = 5000;
const STALE = 60_000;

interface LockContent {
  readonly owner: string;
  readonly at: number;
}

/**
 * Runs `task` while holding the lock file `path`, so that two windows do not write one folder. A lock whose owner died
 * is taken over when it has not been renewed for a minute.
 * @throws {SemapError} busy when another holds it
 */
export async function withLock<T>(
  path: string,
  what: string,
  environment: DownloadEnvironment,
  task: () => Promise<T>,
): Promise<T> {
  await acquire(path, what, environment);
  const released = new AbortController();
  const beating = heartbeat(path, environment, released.signal);
  try {
    return await task();
  } finally {
    released.abort();
    await beating;
    if ((await readJson<LockContent>(path, environment))?.owner === environment.owner) {
      await environment.files.rm(path, { recursive: true, force: true });
    }
  }
}

async function acquire(path: string, what: string, environment: DownloadEnvironment): Promise<void> {
  const { files, clock } = environment;
  if (await create(path, environment)) return;
  let held = await readJson<LockContent>(path, environment);
  if (!held) {
    // Perhaps it is being written this moment.
    await clock.sleep(200);
    held = await readJson<LockContent>(path, environment);
  }
  if (!held || Math.abs(clock.now() - held.at) > STALE) {
    await files.rm(path, { recursive: true, force: true });
    if (await create(path, environment)) return;
  }
  throw new SemapError('busy', phrase('Another window or command is installing {0}.', what), {
    hint: phrase('Wait until it finishes, or cancel it there.'),
  });
}

async function create(path: string, environment: DownloadEnvironment): Promise<boolean> {
  try {
    await environment.files.writeFile(path, content(environment), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'EEXIST') return false;
    // On a full disk there is the file now, with nothing in it.
    await environment.files.rm(path, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

async function heartbeat(
  path: string,
  environment: DownloadEnvironment,
  released: AbortSignal,
): Promise<void> {
  while (!released.aborted) {
    await environment.clock.sleep(HEARTBEAT, released);
    if (released.aborted) return;
    // After a sleep of the machine, another may have taken it over in good faith.
    const held = await readJson<LockContent>(path, environment);
    if (held && held.owner !== environment.owner) return;
    // A heartbeat that cannot be written (a full disk) must not end the download; the lock only grows old.
    await environment.files.writeFile(path, content(environment), { flag: 'w' }).catch(() => {});
  }
}

function content(environment: DownloadEnvironment): string {
  return JSON.stringify({ owner: environment.owner, at: environment.clock.now() } satisfies LockContent);
}
