import { rm } from 'node:fs/promises';
import path from 'node:path';
import { SemapError, toSemapError } from '../core/errors.ts';
import { RUN_FILES, type RunKind, runFolderName } from '../core/runs/run.ts';
import { listed, phrase, verbatim } from '../core/text/text.ts';
import { isTaken } from '../files/belowRoot.ts';
import { makeFolders } from '../files/folders.ts';
import { refuseLinks } from '../files/links.ts';
import { isWithin } from '../files/paths.ts';
import { latestRuns, makeUnusedRun, runsFolder } from '../files/runFolders.ts';
import { sweepTemporaries, temporaryFor } from '../files/wholeFile.ts';
import type { Places } from './session.ts';

/** Runs that are named where there is none of the name that an agent gave. */
const NAMED = 5;

/**
 * A folder of its own for a process that serves agents, made when it is wanted: below it are the runs that may not lie
 * among those of the images. It goes with the process; what a killed one left goes when the next one begins.
 */
export class SpareFolder {
  readonly #parent: string;
  #made: Promise<string> | undefined;

  /** @param cacheFolder of the engine */
  constructor(cacheFolder: string) {
    this.#parent = path.join(cacheFolder, 'agents');
  }

  /** @throws {Error} of the file system */
  folder(): Promise<string> {
    // What failed, such as for want of space, may go the next time.
    this.#made ??= this.#make().catch((error) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** The same, if it was made. */
  async made(): Promise<string | undefined> {
    return this.#made?.catch(() => undefined);
  }

  /** Deletes it. Never throws. */
  async remove(): Promise<void> {
    const folder = await this.made();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }

  async #make(): Promise<string> {
    await makeFolders(this.#parent);
    await sweepTemporaries(this.#parent);
    const folder = temporaryFor(path.join(this.#parent, 'runs'));
    await makeFolders(folder);
    return folder;
  }
}

/** The runs of an agent: those of the folders that it may see, and those of its session. */
export class SessionRuns {
  readonly #places: Places;
  readonly #spare: SpareFolder;
  readonly #mayWrite: boolean;

  /** @param mayWrite whether runs may be kept below the roots, where VS Code lists them */
  constructor(places: Places, { spare, mayWrite }: { spare: SpareFolder; mayWrite: boolean }) {
    this.#places = places;
    this.#spare = spare;
    this.#mayWrite = mayWrite;
  }

  /**
   * Makes the empty folder of a new run of some images: among the runs of the root that they are in, or in the folder of
   * the session where nothing may be written there, or cannot be.
   * @throws {SemapError} `not-writable`, `out-of-space`
   */
  async newRun(kind: RunKind, { folders }: { readonly folders: readonly string[] }): Promise<string> {
    const [first = ''] = folders;
    const name = runFolderName(kind, path.basename(first), new Date());
    // Of roots within each other, the one that is opened for these images alone.
    const [root] = this.#places.roots
      .filter((one) => isWithin(first, one))
      .toSorted((a, b) => b.length - a.length);
    if (this.#mayWrite && root !== undefined) {
      try {
        return await makeUnusedRun(root, name);
      } catch (error) {
        // A folder on a read-only disk, or a link in the place of `.semap`: that is no reason to do nothing.
        if (!['not-writable', 'unreadable-file'].includes(toSemapError(error).reason)) throw error;
      }
    }
    return makeUnusedRun(await this.#spare.folder(), name);
  }

  /**
   * The folder of a run that an agent names: by the name of its folder, or by a path.
   * @throws {SemapError} `not-found`, `untrusted`
   */
  async folderOf(named: string): Promise<string> {
    const spare = await this.#spare.made();
    const homes = [...(spare === undefined ? [] : [spare]), ...this.#places.roots];
    if (named === path.basename(named) && named !== '..' && named !== '.') {
      for (const home of homes) {
        const folder = path.join(runsFolder(home), named);
        if (await isRun(folder, home)) return folder;
      }
      // A run that somebody keeps elsewhere: `photos-run` in the first root.
      const folder = await this.#places.readable(named).catch(() => undefined);
      if (folder !== undefined && (await isTaken(path.join(folder, RUN_FILES.record)))) return folder;
    } else if (spare !== undefined && isWithin(path.resolve(named), spare)) {
      const folder = path.resolve(named);
      if (await isRun(folder, spare)) return folder;
    } else {
      const folder = await this.#places.readable(named);
      if (await isTaken(path.join(folder, RUN_FILES.record))) return folder;
    }
    const latest = (await Promise.all(homes.map((home) => latestRuns(home, NAMED)))).flat();
    throw new SemapError('not-found', phrase('There is no run "{0}".', named), {
      hint:
        latest.length > 0
          ? phrase('The latest: {0}.', listed(latest.toSorted().reverse().slice(0, NAMED).map(verbatim)))
          : phrase('No run is kept here yet.'),
    });
  }
}

async function isRun(folder: string, home: string): Promise<boolean> {
  const isLinked = await refuseLinks(folder, home).then(
    () => false,
    () => true,
  );
  return !isLinked && isTaken(path.join(folder, RUN_FILES.record));
}
