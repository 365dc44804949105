import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { isTaken, makeFolderBelow } from './belowRoot.ts';
import { type FolderLock, lockFolder, sweepLocks } from './folderLock.ts';
import { refuseLinks } from './links.ts';
import { readRegularFile } from './regularFile.ts';
import { sweepTemporaries, writeError } from './wholeFile.ts';

/** Where the runs of a workspace folder are. */
export function runsFolder(root: string): string {
  return path.join(root, '.semap', 'runs');
}

/** What `.semap` says to Git: all of it stays on this computer, unless somebody adds a run by name. */
const GITIGNORE = `# Runs of SeMap: they name folders of this computer, and checkpoints are large. Alignments (*.semap.json) are elsewhere.
# To share one: git add -f .semap/runs/<run>
# This file is yours. SeMap does not write it again.
*
`;

/**
 * Makes the folder of runs below a folder of the workspace. Where `.semap` is new, it gets a `.gitignore`; one that a
 * person changed or deleted stays as it is.
 *
 * @returns the folder
 * @throws {SemapError} as `makeFolderBelow`
 */
export async function makeRunsFolder(root: string): Promise<string> {
  const runs = runsFolder(root);
  const folder = path.dirname(runs);
  const isNew = !(await isTaken(folder));
  await makeFolderBelow(root, runs);
  // Another process may have been faster, or a link may stand there: neither is written to.
  if (isNew) await writeFile(path.join(folder, '.gitignore'), GITIGNORE, { flag: 'wx' }).catch(() => {});
  return runs;
}

/** Runs may begin within the same second. */
const MOST_ATTEMPTS = 10;

/**
 * Makes an empty folder for a run that has no other yet, with a number behind its name where another has it.
 *
 * @param root with `.semap/runs` in it, which is made
 * @returns the folder
 * @throws {SemapError} as `makeFolderBelow`
 */
export async function makeUnusedRun(root: string, name: string): Promise<string> {
  const runs = await makeRunsFolder(root);
  for (let attempt = 1; ; attempt++) {
    const folder = path.join(runs, attempt === 1 ? name : `${name}-${attempt}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!isTaken || attempt === MOST_ATTEMPTS) throw writeError(folder, error);
    }
  }
}

/** The names of the latest runs of a folder of the workspace, the last one first. Never throws. */
export async function latestRuns(root: string, most: number): Promise<readonly string[]> {
  const runs = runsFolder(root);
  const entries = await refuseLinks(runs, root)
    .then(
      () => readdir(runs, { withFileTypes: true }),
      () => [],
    )
    .catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return names.toSorted().reverse().slice(0, most);
}

/**
 * The folder below which nothing of a run is reached through a link: the one with `.semap/runs/<run>` in it. A run
 * that somebody put elsewhere has only its own.
 */
export function rootOfRun(runFolder: string): string {
  const root = path.dirname(path.dirname(path.dirname(runFolder)));
  return path.dirname(runFolder) === runsFolder(root) ? root : runFolder;
}

/**
 * The bytes of a file of a run.
 *
 * @throws {SemapError} as `readRegularFile`
 */
export function readOfRun(runFolder: string, name: string, limit: number): Promise<Buffer> {
  return readRegularFile(path.join(runFolder, name), { limit, root: rootOfRun(runFolder) });
}

/**
 * Makes this process the owner of a run's folder, and clears what processes that were killed left in it.
 *
 * @throws {SemapError} `busy` where another process has it, which is named
 */
export async function lockRun(runFolder: string): Promise<FolderLock> {
  await refuseLinks(runFolder, rootOfRun(runFolder));
  const lock = await lockFolder(runFolder);
  if (!('release' in lock)) throw isBusy(runFolder, lock);
  await sweepTemporaries(runFolder);
  await sweepLocks(runFolder);
  return lock;
}

/**
 * As {@link lockRun}, for a run that begins: its folder is made, and holds nothing.
 *
 * @throws {SemapError} `busy`, `invalid-argument` for a folder with anything in it
 */
export async function lockNewRun(runFolder: string): Promise<FolderLock> {
  const root = rootOfRun(runFolder);
  if (root !== runFolder) await makeRunsFolder(root);
  await makeFolderBelow(root, runFolder);
  const lock = await lockRun(runFolder);
  try {
    await mustBeEmpty(runFolder);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Clears what killed processes left half-written in and among the runs of a workspace folder. Never throws. */
export async function sweepRuns(root: string): Promise<void> {
  const runs = runsFolder(root);
  const isLinked = await refuseLinks(runs, root).then(
    () => false,
    () => true,
  );
  if (isLinked) return;
  await sweepTemporaries(runs);
  for (const entry of await readdir(runs, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    await sweepTemporaries(path.join(runs, entry.name));
    await sweepLocks(path.join(runs, entry.name));
  }
}

/**
 * @throws {SemapError} `invalid-argument` for a folder of another run or with somebody's files; `unreadable-file` where
 * a link leads there
 */
export async function mustBeEmpty(runFolder: string): Promise<void> {
  await refuseLinks(runFolder, rootOfRun(runFolder));
  const names = await readdir(runFolder).catch((error) => {
    if (error.code === 'ENOENT') return [];
    if (error.code !== 'ENOTDIR') throw error;
    throw new SemapError('invalid-argument', phrase('Cannot save a run in {0}: it is a file.', runFolder), {
      hint: phrase('Choose another folder.'),
    });
  });
  const others = names.filter((name) => !/^\.semap-.*\.(lock|tmp)$/.test(name));
  if (others.length === 0) return;
  throw others.includes('run.json')
    ? new SemapError('invalid-argument', phrase('{0} already contains a run.', runFolder), {
        hint: phrase('Choose another folder, or resume that run (--resume).'),
      })
    : new SemapError(
        'invalid-argument',
        phrase('Cannot save a run in {0}: the folder contains {1}.', runFolder, others[0]),
        { hint: phrase('Choose an empty folder, or one that does not exist yet.') },
      );
}

function isBusy(runFolder: string, { pid, file }: { readonly pid?: number; readonly file: string }) {
  const run = path.basename(runFolder);
  return pid === undefined
    ? new SemapError(
        'busy',
        phrase('Run {0} is in use by a process on another computer or in another container.', run),
        {
          hint: phrase('Stop it there. If it has ended, delete {0}.', file),
        },
      )
    : new SemapError('busy', phrase('Run {0} is in use by process {1}.', run, String(pid)), {
        hint: phrase('Stop it there, or wait until it ends.'),
      });
}
