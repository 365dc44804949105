import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, lstat, open, readdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { makeFolders } from './folders.ts';
import { refuseLinks } from './links.ts';
import { isAlive, thisHost } from './processes.ts';
import { renameHeld } from './renames.ts';
import { whySystem } from './systemErrors.ts';

export interface WriteOptions {
  /**
   * A folder that others may have filled, such as a workspace: the file lies below it, and nothing is written through a
   * link. Without it the person named the file, and a link leads where they put it.
   */
  readonly root?: string;
  /** Makes the folders that lead to the file. */
  readonly folders?: boolean;
  /** Fails where the file is there already, rather than to replace it. */
  readonly isNew?: boolean;
  /** `false`: the system writes to the disk when it likes. For caches, which may be lost with the power. */
  readonly flush?: boolean;
}

type Content = Uint8Array | string | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/**
 * Writes a file whole: under a temporary name that nobody else can have made, flushed to the disk, then renamed. At any
 * moment there is the old file or the new one; a failure costs neither. What exists and is no regular file (a terminal,
 * a pipe, `/dev/null`) is written to as it is, unless it lies below `root`.
 *
 * @param content the bytes or the text, at once or in parts
 * @throws {SemapError} `out-of-space`, `not-writable`, `unreadable-file` for a link below `root`, `already-exists`
 */
export async function writeWhole(
  file: string,
  content: Content,
  { root, folders = false, isNew = false, flush = true }: WriteOptions = {},
): Promise<void> {
  if (root !== undefined) await refuseLinks(file, root);
  try {
    if (folders) await makeFolders(path.dirname(file));
    const target = root === undefined ? await followed(file) : file;
    const existing = await lstat(target).catch(() => undefined);
    if (existing && isNew) throw Object.assign(new Error(target), { code: 'EEXIST' });
    if (existing && !existing.isFile()) {
      if (root !== undefined || existing.isDirectory()) throw notAFile(file);
      // Opening a pipe would otherwise wait for its reader for ever; Windows has no such pipes in folders.
      const flags = constants.O_WRONLY | (constants.O_NONBLOCK ?? 0);
      return await writeInto(target, content, { flags, flush });
    }
    await sweepOnce(path.dirname(target));
    const temporary = temporaryFor(target);
    try {
      // Exclusive: a name that exists already, as a link too, is an error and not a way out.
      await writeInto(temporary, content, {
        flags: constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL,
        ...(existing ? { mode: existing.mode } : {}),
        flush,
      });
      // Writing takes a while, in which a folder may have been replaced by a link.
      if (root !== undefined) await refuseLinks(file, root);
      if (isNew) await renameToNew(temporary, target);
      else await renameHeld(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
    throw writeError(file, error);
  }
}

/** Disks without hard links, such as memory cards and some of other computers, say so in one of these ways. */
export const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EISDIR',
  'EINVAL',
  'UNKNOWN',
]);

/** Gives a whole file its name, unless somebody else has it by now: whoever is killed leaves no file without content. */
async function renameToNew(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await (await open(target, 'wx')).close();
    try {
      return await renameHeld(temporary, target);
    } catch (cause) {
      await rm(target, { force: true }).catch(() => {});
      throw cause;
    }
  }
  await rm(temporary, { force: true }).catch(() => {});
}

async function writeInto(
  file: string,
  content: Content,
  { flags, mode, flush }: { readonly flags: number; readonly mode?: number; readonly flush: boolean },
): Promise<void> {
  const handle = await open(file, flags, mode === undefined ? 0o666 : mode & 0o777);
  try {
    // What is open to a group stays so: new files get less, by a mask. Not every file system has rights.
    if (mode !== undefined) await handle.chmod(mode & 0o777).catch(() => {});
    if (typeof content === 'string' || content instanceof Uint8Array) await writeAll(handle, content);
    else for await (const part of content) await writeAll(handle, part);
    // A terminal or a pipe has nothing to flush.
    if (flush)
      await handle.sync().catch((error) => {
        if (['EINVAL', 'ENOTSUP', 'EROFS'].includes(error.code)) return;
        throw error;
      });
  } finally {
    await handle.close();
  }
}

/** How often a pipe that is full is tried again, in milliseconds. */
const PIPE_PAUSE = 10;

async function writeAll(handle: FileHandle, part: Uint8Array | string): Promise<void> {
  const bytes = typeof part === 'string' ? Buffer.from(part) : part;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += (await handle.write(bytes, at)).bytesWritten;
    } catch (error) {
      // Its reader is slower.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(PIPE_PAUSE);
    }
  }
}

/** Where a link leads; the file itself where it is none, or where the link leads nowhere yet. */
function followed(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

const TEMPORARY = /^\.semap-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}\.tmp$/;

/** A name beside a file for what is not finished: by whom it is tells when it may go. */
export function temporaryFor(file: string): string {
  const name = `.semap-${thisHost}-${process.pid}-${randomBytes(8).toString('hex')}.tmp`;
  return path.join(path.dirname(file), name);
}

const swept = new Set<string>();

/** Deletes what killed writes left in a folder; once for each folder and process, since large folders take time. */
async function sweepOnce(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  await sweepTemporaries(folder);
}

/** Deletes the temporary files and folders of processes of this machine that have ended. Never throws. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, host, pid] = TEMPORARY.exec(name) ?? [];
    if (host !== thisHost || isAlive(Number(pid))) continue;
    await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function notAFile(file: string): SemapError {
  return new SemapError('not-writable', phrase('Cannot write {0}: it is not a regular file.', file));
}

/** What a failed write means to a person. */
export function writeError(file: string, error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST')
    return new SemapError('already-exists', phrase('{0} already exists.', file), {
      hint: phrase('Choose another name.'),
      cause: error,
    });
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new SemapError('out-of-space', phrase('Cannot write {0}: there is no space left.', file), {
      hint: phrase('Free some space, or write to another disk.'),
      cause: error,
    });
  const why =
    code === 'ENOENT'
      ? phrase('its folder does not exist')
      : code === 'EISDIR'
        ? phrase('it is a folder')
        : whySystem(error as NodeJS.ErrnoException);
  return new SemapError('not-writable', phrase('Cannot write {0}: {1}.', file, why), { cause: error });
}
