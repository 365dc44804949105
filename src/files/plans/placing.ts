import { type BigIntStats, constants } from 'node:fs';
import {
  copyFile,
  link,
  lstat,
  open,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import type { LeftFile, LeftWhy, PlaceStep, PlanStep } from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken, makeFolderBelow } from '../belowRoot.ts';
import { makeFolders } from '../folders.ts';
import { refuseLinks } from '../links.ts';
import { readRegularFile } from '../regularFile.ts';
import { whySystem } from '../systemErrors.ts';
import { NO_LINKS, writeError, writeWhole } from '../wholeFile.ts';
import { isBeginOf, isSameContent, isWritten, LARGEST_TEXT } from './contents.ts';
import { flushFolder } from './journal.ts';

/** How steps are made and undone: each a few calls of the system, after any of which the process may be killed. */
export interface Placing {
  /** Everything is made below it. */
  readonly folder: string;
  /** When the way to a folder was last looked at for links. */
  readonly looked: Map<string, number>;
  /** Called between calls of the system: tests stop, kill or fail there. */
  readonly at?: ((point: string) => void | Promise<void>) | undefined;
}

/** How often the way to a folder is looked at for links, in milliseconds. */
const LOOK_AGAIN_MS = 1000;
/** What the clocks of file systems and of Node round away, in milliseconds. */
const ROUNDED = 0.002;

/** Errors after which others would fail alike. */
const STOPS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EXDEV', 'EMFILE', 'ENFILE', 'ENODEV', 'ESTALE'];

/**
 * Makes a step.
 * @param mayHaveBegun a process that was killed may have made a part of it, or all
 * @returns why it was not made; undefined when it was
 * @throws {SemapError} where further steps would fail alike: `out-of-space`, `not-writable`
 */
export async function make(
  step: PlanStep,
  placing: Placing,
  mayHaveBegun: boolean,
): Promise<LeftFile | undefined> {
  const to = path.join(placing.folder, step.to);
  const file = 'from' in step ? step.from : to;
  try {
    await placing.at?.('begin');
    await folderFor(to, placing);
    if (mayHaveBegun) {
      const found = await recovered(step, to, placing);
      if (found === 'done') return undefined;
      if (found !== 'clear') return { file, why: found };
    }
    if (step.do === 'write') await writeNew(to, step.text, placing);
    else if (step.do === 'replace') return left(file, await replaced(to, step.was, step.text, placing));
    else return left(file, await placed(step, to, placing));
    return undefined;
  } catch (error) {
    return refusal(file, to, error);
  }
}

/**
 * Undoes a step that was made, or may have been.
 * @param wasMade whether that is certain
 * @returns why it was not undone; undefined when everything is as if it had not been made, `nothing` when that was so before
 */
export async function unmake(
  step: PlanStep,
  placing: Placing,
  wasMade: boolean,
): Promise<LeftFile | 'nothing' | undefined> {
  const to = path.join(placing.folder, step.to);
  try {
    await placing.at?.('begin');
    if (await hasLinkOnWay(to, placing)) {
      // Where it was there already, nothing was made through it.
      const isWhole = step.do !== 'move' || (await isTaken(step.from));
      return wasMade || !isWhole ? { file: to, why: 'no-file' } : 'nothing';
    }
    const stats = await lstat(to, { bigint: true }).catch(ifMissing);
    if (step.do === 'move') {
      const why = await broughtBack(step, to, placing);
      return stats === undefined && why === undefined ? 'nothing' : left(to, why);
    }
    if (stats === undefined) return step.do === 'replace' ? { file: to, why: 'gone' } : 'nothing';
    if (step.do === 'replace')
      return left(to, await replaced(to, base64(step.text), bytesOf(step.was), placing));
    const why = step.do === 'write' ? await notWritten(to, step.text) : await notOurs(step, to, stats);
    if (why !== undefined) return { file: to, why };
    await placing.at?.('remove');
    await unlink(to);
    return undefined;
  } catch (error) {
    return refusal(to, to, error);
  }
}

/** Removes a list that was written after all images. */
export async function removeText(to: string, text: string, placing: Placing): Promise<LeftFile | undefined> {
  try {
    if (await hasLinkOnWay(to, placing)) return { file: to, why: 'no-file' };
    if ((await lstat(to).catch(ifMissing)) === undefined) return undefined;
    const why = await notWritten(to, text);
    if (why !== undefined) return { file: to, why };
    await unlink(to);
    return undefined;
  } catch (error) {
    return refusal(to, to, error);
  }
}

async function placed(step: PlaceStep, to: string, placing: Placing): Promise<LeftWhy | undefined> {
  const { from } = step;
  const moves = step.do === 'move';
  // A link that is moved would lead elsewhere.
  const stats = await (moves ? lstat(from, { bigint: true }) : stat(from, { bigint: true })).catch(ifMissing);
  if (stats === undefined) return 'gone';
  if (!stats.isFile()) return 'no-file';
  if (!isAsPlanned(step, stats)) return 'changed';
  switch (step.do) {
    case 'copy':
      await copied(from, to, stats, placing);
      return undefined;
    case 'hardlink':
      await link(await realpath(from), to);
      return undefined;
    case 'symlink':
      await symlink(from, to, 'file');
      return undefined;
    case 'move':
      await moved(from, to, stats, placing);
      return undefined;
  }
}

/** `copyFile` shares the blocks where the file system can. */
const NEW = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;

async function copied(from: string, to: string, stats: BigIntStats, placing: Placing): Promise<void> {
  await copyFile(from, to, NEW).catch(async (error) => {
    // What did not fit is no image.
    if (STOPS.includes(error.code)) await rm(to, { force: true }).catch(() => {});
    throw error;
  });
  await placing.at?.('copied');
  await keepTimes(to, stats);
}

/** Photos are sorted by it. Not every file system takes it. */
async function keepTimes(to: string, { atimeNs, mtimeNs }: BigIntStats): Promise<void> {
  await utimes(to, Number(atimeNs) / 1e9, Number(mtimeNs) / 1e9).catch(() => {});
}

/**
 * Gives a file another name that nobody has: by a second name first, since renaming would replace what is there. Where
 * there are no second names, an empty file holds the place. To another disk: by a copy that is compared and flushed before
 * the file goes.
 */
async function moved(from: string, to: string, stats: BigIntStats, placing: Placing): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EXDEV') return await movedToDisk(from, to, stats, placing);
    if (!NO_LINKS.has(code) && code !== 'EMLINK' && code !== 'EACCES') throw error;
    await (await open(to, 'wx')).close();
    await placing.at?.('reserved');
    await rename(from, to).catch(async (failure) => {
      await rm(to, { force: true });
      if (failure.code !== 'EXDEV') throw failure;
      await movedToDisk(from, to, stats, placing);
    });
    return;
  }
  await placing.at?.('linked');
  await unlink(from).catch(async (error) => {
    // Somebody removed it there meanwhile: what is here may be all there is of it.
    if (error.code === 'ENOENT' && (await lstat(to)).nlink === 1) return;
    // It stays where it is, under one name.
    await unlink(to);
    throw error;
  });
}

async function movedToDisk(from: string, to: string, stats: BigIntStats, placing: Placing): Promise<void> {
  await copied(from, to, stats, placing);
  const undo = async (error: unknown): Promise<never> => {
    // The copy goes only where there is something that it is a copy of.
    if (await isTaken(from)) await unlink(to).catch(() => {});
    throw error;
  };
  try {
    const handle = await open(to, 'r');
    await handle.sync().finally(() => handle.close());
    if (!(await isSameContent(from, to))) throw new Error('The copy differs.');
    await flushFolder(path.dirname(to));
  } catch (error) {
    return undo(error);
  }
  await placing.at?.('compared');
  await unlink(from).catch(undo);
}

async function broughtBack(step: PlaceStep, to: string, placing: Placing): Promise<LeftWhy | undefined> {
  const now = await lstat(to, { bigint: true }).catch(ifMissing);
  const before = await lstat(step.from, { bigint: true }).catch(ifMissing);
  if (now === undefined) return before ? undefined : 'gone';
  if (!now.isFile()) return 'no-file';
  if (before) {
    if (before.ino === now.ino && before.dev === now.dev) {
      await unlink(to);
      return undefined;
    }
    // A copy between two disks, or half of it, on its way there.
    if (before.isFile() && now.size <= before.size && (await isBeginOf(to, step.from))) {
      if (!isAsPlanned(step, before) && isAsPlanned(step, now)) await keepTimes(step.from, now);
      await unlink(to);
      return undefined;
    }
    // And on its way back. On one disk there is at most an empty file that holds the place.
    const isHalf = before.isFile() && (before.dev !== now.dev || before.size === 0n);
    if (!isHalf || !(await isBeginOf(step.from, to))) return 'taken';
    await unlink(step.from);
  }
  await makeFolders(path.dirname(step.from));
  await moved(to, step.from, now, placing);
  return undefined;
}

/** What a killed process had done of a step. */
async function recovered(step: PlanStep, to: string, placing: Placing): Promise<'done' | 'clear' | LeftWhy> {
  const now = await lstat(to, { bigint: true }).catch(ifMissing);
  if (now === undefined || step.do === 'replace') return 'clear';
  if (step.do === 'write') {
    const why = await notWritten(to, step.text);
    if (why !== undefined) return 'taken';
    await unlink(to);
    return 'clear';
  }
  const before = await lstat(step.from, { bigint: true }).catch(ifMissing);
  if (step.do === 'symlink')
    return now.isSymbolicLink() && (await readlink(to)) === step.from ? 'done' : 'taken';
  if (!now.isFile()) return 'taken';
  if (step.do === 'move' && before === undefined) return Number(now.size) === step.bytes ? 'done' : 'gone';
  const whole = step.do === 'move' ? before : await stat(step.from, { bigint: true }).catch(ifMissing);
  if (whole === undefined) return 'taken';
  const isSame = whole.ino === now.ino && whole.dev === now.dev;
  if (step.do === 'hardlink') return isSame ? 'done' : 'taken';
  if (isSame) {
    if (step.do === 'move') await unlink(step.from);
    return 'done';
  }
  if (!(await isBeginOf(to, step.from))) return 'taken';
  if (step.do === 'copy' && now.size === whole.size) {
    await keepTimes(to, whole);
    return 'done';
  }
  await placing.at?.('half');
  await unlink(to);
  return 'clear';
}

/** Why what stands in a place is not to be removed. */
async function notOurs(step: PlaceStep, to: string, now: BigIntStats): Promise<LeftWhy | undefined> {
  if (step.do === 'symlink')
    return now.isSymbolicLink() && (await readlink(to)) === step.from ? undefined : 'changed';
  if (!now.isFile()) return 'changed';
  const source = await stat(step.from, { bigint: true }).catch(ifMissing);
  if (step.do === 'hardlink') {
    if (source && source.ino === now.ino && source.dev === now.dev) return undefined;
    if (!isAsPlanned(step, now)) return 'changed';
    return now.nlink > 1n ? undefined : 'last';
  }
  if (source?.isFile() && isAsPlanned(step, source)) {
    return isAsPlanned(step, now) || (await isBeginOf(to, step.from)) ? undefined : 'changed';
  }
  return isAsPlanned(step, now) ? 'last' : 'changed';
}

async function notWritten(to: string, text: string): Promise<LeftWhy | undefined> {
  return (await isWritten(to, text)) === 'other' ? 'changed' : undefined;
}

async function writeNew(to: string, text: string, placing: Placing): Promise<void> {
  const handle = await open(to, 'wx');
  try {
    await placing.at?.('opened');
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await rm(to, { force: true }).catch(() => {});
    throw error;
  } finally {
    await handle.close();
  }
}

/** @param was the bytes that it must have, as base64 */
async function replaced(
  file: string,
  was: string,
  content: string | Uint8Array,
  placing: Placing,
): Promise<LeftWhy | undefined> {
  const root = placing.folder;
  const bytes = await readRegularFile(file, { limit: LARGEST_TEXT, root }).catch((error: SemapError) => {
    if (error.reason === 'not-found') return undefined;
    throw error;
  });
  if (bytes === undefined) return 'gone';
  if (bytes.equals(Buffer.from(content as string))) return undefined;
  if (!bytes.equals(bytesOf(was))) return 'changed';
  await writeWhole(file, content, { root });
  return undefined;
}

async function folderFor(to: string, { folder: root, looked }: Placing): Promise<void> {
  const folder = path.dirname(to);
  const now = performance.now();
  const last = looked.get(folder);
  if (last !== undefined && now - last < LOOK_AGAIN_MS) return;
  await makeFolderBelow(root, folder);
  looked.set(folder, now);
}

/** Whether a link leads elsewhere on the way to a file. */
async function hasLinkOnWay(to: string, { folder: root, looked }: Placing): Promise<boolean> {
  const folder = path.dirname(to);
  const now = performance.now();
  const last = looked.get(folder);
  if (last !== undefined && now - last < LOOK_AGAIN_MS) return false;
  const isFree = await refuseLinks(folder, root).then(
    () => true,
    () => false,
  );
  if (isFree) looked.set(folder, now);
  return !isFree;
}

function isAsPlanned({ bytes, modified }: PlaceStep, { size, mtimeNs }: BigIntStats): boolean {
  return Number(size) === bytes && Math.abs(Number(mtimeNs) / 1e6 - modified) <= ROUNDED;
}

function left(file: string, why: LeftWhy | undefined): LeftFile | undefined {
  return why === undefined ? undefined : { file, why };
}

/** What a failed call means: for this file alone, or for all. */
function refusal(file: string, to: string, error: unknown): LeftFile {
  if (error instanceof SemapError && error.cause === undefined) throw error;
  const cause = (error instanceof SemapError ? error.cause : error) as NodeJS.ErrnoException;
  const { code = '' } = cause;
  if (code === 'EXDEV')
    throw new SemapError('not-writable', phrase('Cannot link {0} from another disk.', file), {
      hint: phrase('Copy the images, or use symbolic links.'),
      cause,
    });
  if (STOPS.includes(code)) throw writeError(cause.syscall === 'unlink' ? (cause.path ?? to) : to, cause);
  if (code === 'EEXIST') return { file, why: 'taken' };
  if (code === 'ENOENT') return { file, why: 'gone' };
  return { file, why: 'refused', words: whySystem(cause) };
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
