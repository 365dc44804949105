import type { BigIntStats } from 'node:fs';
import { lstat, readdir, realpath, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, SemapError } from '../../core/errors.ts';
import type { ExportSource } from '../../core/exports/exportedRun.ts';
import {
  planTree,
  type TreeFile,
  type TreeOptions,
  type TreePlan,
} from '../../core/exports/trees/treePlan.ts';
import type { FilePlan, LeftFile, PlaceStep } from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { isWithin } from '../paths.ts';
import { whySystem } from '../systemErrors.ts';
import { isWholeImagePath } from './journalLines.ts';

/** A plan of a tree beside what is on the disk: what will happen, and what will not. */
export interface SurveyedTree {
  readonly plan: TreePlan;
  /** Absolute. */
  readonly folder: string;
  readonly filePlan: FilePlan;
  /** Images that can be placed, and their bytes. */
  readonly images: number;
  readonly bytes: number;
  /** How many images cannot be, and the first of them. */
  readonly left: number;
  readonly leftFiles: readonly LeftFile[];
  /** Files that are in the target already. */
  readonly existing: number;
  /** Bytes that are free where copies go; absent where the system does not say, or nothing is copied. */
  readonly free?: number | undefined;
}

interface SurveyOptions {
  /** The target may have files already. */
  readonly add?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

const AT_ONCE = 16;
const MOST_LEFT = 100;
/** The most files that a target may have. */
const MOST_EXISTING = 3_000_000;

/**
 * Looks at what a tree of images would be. Changes nothing.
 * @throws {SemapError} `already-exists` for a target with files, unless they are added to; `invalid-argument` for a target
 * in which the images themselves are; `not-writable`; `cancelled`
 */
export async function surveyTree(
  source: ExportSource,
  options: TreeOptions,
  to: string,
  { add = false, signal, onProgress }: SurveyOptions = {},
): Promise<SurveyedTree> {
  const folder = path.resolve(to);
  const real = await realTarget(folder);
  const taken = await filesIn(folder, signal);
  const files = taken.filter((name) => !/^\.(?:semap-|DS_Store$)/.test(name));
  if (files.length > 0 && !add) {
    throw new SemapError('already-exists', phrase('{0} is not empty.', folder), {
      hint: phrase(
        'Choose an empty folder or a new one, or turn on "Add to a folder that is not empty" (--add). Nothing in it is overwritten.',
      ),
    });
  }
  const below = (file: string) => {
    if (!isWithin(file, folder)) return undefined;
    return path.relative(folder, file).split(path.sep).join('/');
  };
  const plan = await planTree(source, options, { below, taken }, signal);
  for (const { to: name } of plan.lists) {
    if (taken.includes(name))
      throw new SemapError('already-exists', phrase('{0} exists already.', path.join(folder, name)), {
        hint: phrase('Choose an empty folder or a new one.'),
      });
  }
  if (options.mode !== 'move') await refuseAmongImages(plan, source.run.folders, real);
  if (options.mode === 'hardlink') await mustBeOneDisk(plan, real);
  const seen = await seenFiles(plan.files, options.mode === 'move', signal, onProgress);
  const steps = function* (): Generator<PlaceStep> {
    for (const [i, file] of plan.files.entries()) {
      const bytes = seen.bytes[i];
      const row = plan.rowOf(file);
      if (bytes < 0) continue;
      yield { do: options.mode, from: file.from, to: file.to, bytes, modified: seen.modified[i], row };
    }
  };
  const isCopied = options.mode === 'copy';
  return {
    plan,
    folder,
    filePlan: {
      folder,
      title: options.layout,
      steps: { [Symbol.iterator]: steps },
      folders: plan.folders,
      lists: plan.lists,
      truthFolders: options.mode === 'move' ? source.run.folders : [],
    },
    images: plan.files.length - seen.left,
    bytes: seen.total,
    left: seen.left,
    leftFiles: seen.leftFiles,
    existing: files.length,
    free: isCopied ? await freeBytes(real) : undefined,
  };
}

/** Sizes and times of files; -1 for what cannot be placed. */
async function seenFiles(
  files: readonly TreeFile[],
  asTheyAre: boolean,
  signal: AbortSignal | undefined,
  onProgress: SurveyOptions['onProgress'],
) {
  const bytes = new Float64Array(files.length).fill(-1);
  const modified = new Float64Array(files.length);
  const found: [i: number, left: LeftFile][] = [];
  let left = 0;
  let total = 0;
  let next = 0;
  let done = 0;
  const look = async () => {
    for (let i = next++; i < files.length; i = next++) {
      if (signal?.aborted) throw cancelled();
      const file = files[i].from;
      if (!isWholeImagePath(file)) {
        left++;
        if (found.length < MOST_LEFT) found.push([i, { file, why: 'no-image' }]);
        onProgress?.(++done, files.length);
        continue;
      }
      const stats = await (asTheyAre ? lstat : stat)(file, { bigint: true }).catch(
        (error: NodeJS.ErrnoException) => error,
      );
      const why = whyNot(stats);
      if (why === undefined) {
        const { size, mtimeNs } = stats as BigIntStats;
        bytes[i] = Number(size);
        modified[i] = Number(mtimeNs) / 1e6;
        total += bytes[i];
      } else {
        left++;
        if (found.length < MOST_LEFT) found.push([i, { file, ...why }]);
      }
      onProgress?.(++done, files.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  const leftFiles = found.toSorted(([a], [b]) => a - b).map(([, file]) => file);
  return { bytes, modified, left, leftFiles, total };
}

function whyNot(stats: BigIntStats | NodeJS.ErrnoException): Omit<LeftFile, 'file'> | undefined {
  if (!(stats instanceof Error)) return stats.isFile() ? undefined : { why: 'no-file' };
  if (stats.code === 'ENOENT' || stats.code === 'ENOTDIR') return { why: 'gone' };
  return { why: 'refused', words: whySystem(stats) };
}

/** Where a target really is, also where it does not exist yet. @throws {SemapError} `not-writable` where a file is on its way */
async function realTarget(folder: string): Promise<string> {
  for (let at = folder; ; at = path.dirname(at)) {
    const real = await realpath(at).catch(() => undefined);
    if (real === undefined && path.dirname(at) !== at) continue;
    const there = real ?? at;
    const isFolder = await stat(there).then(
      (stats) => stats.isDirectory(),
      () => true,
    );
    if (!isFolder)
      throw new SemapError('not-writable', phrase('Cannot create {0}: a file has this name.', at));
    return path.join(there, path.relative(at, folder));
  }
}

async function filesIn(folder: string, signal: AbortSignal | undefined): Promise<string[]> {
  const all: string[] = [];
  const walk = async (below: string): Promise<void> => {
    if (signal?.aborted) throw cancelled();
    const entries = await readdir(path.join(folder, below), { withFileTypes: true }).catch((error) => {
      if (error.code === 'ENOENT') return [];
      throw new SemapError('not-writable', phrase('Cannot open {0}: {1}.', folder, whySystem(error)));
    });
    for (const entry of entries) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      all.push(name);
      if (all.length > MOST_EXISTING)
        throw new SemapError('not-writable', phrase('{0} has too many files.', folder));
      if (entry.isDirectory()) await walk(name);
    }
  };
  await walk('');
  return all;
}

/** Copies among the images would be found as images when the folder is classified again. */
async function refuseAmongImages(plan: TreePlan, folders: readonly string[], target: string): Promise<void> {
  const places = new Set(plan.files.map(({ to }) => path.dirname(path.join(target, to))));
  for (const named of folders) {
    const folder = await realpath(named).catch(() => named);
    const among = [...places].find((place) => isWithin(place, folder));
    if (among === undefined) continue;
    throw new SemapError('invalid-argument', phrase('{0} is inside the folder of the images.', among), {
      hint: phrase('Choose a folder outside {0}, or move the images.', named),
    });
  }
}

async function mustBeOneDisk(plan: TreePlan, target: string): Promise<void> {
  const first = plan.files.at(0);
  const from = first && (await stat(first.from).catch(() => undefined));
  for (let at = target; from; at = path.dirname(at)) {
    const there = await stat(at).catch(() => undefined);
    if (there === undefined && path.dirname(at) !== at) continue;
    if (there === undefined || there.dev === from.dev) return;
    throw new SemapError('not-writable', phrase('Cannot link {0} from another disk.', first.from), {
      hint: phrase('Copy the images, or use symbolic links.'),
    });
  }
}

async function freeBytes(target: string): Promise<number | undefined> {
  for (let at = target; ; at = path.dirname(at)) {
    const system = await statfs(at).catch(() => undefined);
    if (system) return system.bavail * system.bsize;
    if (path.dirname(at) === at) return undefined;
  }
}
