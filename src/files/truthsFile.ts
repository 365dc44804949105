import { createHash } from 'node:crypto';
import { open, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../core/errors.ts';
import { decoded } from '../core/labels/labelBytes.ts';
import { phrase } from '../core/text/text.ts';
import type { Moved } from '../core/truths/movedRows.ts';
import type { TruthRow } from '../core/truths/truth.ts';
import { type Remark, TRUTHS_FILE, TruthTable } from '../core/truths/truthTable.ts';
import { deleteBelow, makeFolderBelow } from './belowRoot.ts';
import { type FileState, fileState, isSameState } from './fileState.ts';
import { type FolderLock, lockFolder, sweepLocks } from './folderLock.ts';
import { mustBeFolder } from './folders.ts';
import { readRegularFile } from './regularFile.ts';
import { writeError, writeWhole } from './wholeFile.ts';

/** The most bytes of a table: a million rows have about 100 MB. */
const LARGEST = 384 << 20;
/** Others hold a table for as long as one write takes. */
const LONGEST_WAIT_MS = 15_000;

/** A change of a table. */
export type TruthEdit =
  /**
   * @param row undefined: nothing is said of the image any more
   * @param unlessPerson left where a person said something of the image
   * @param remarks what stood beside it in another table
   */
  | {
      readonly name: string;
      readonly row: TruthRow | undefined;
      readonly unlessPerson?: true;
      readonly remarks?: readonly Remark[];
    }
  /** Images have other names now, but for those that somebody labelled under them. */
  | { readonly moved: readonly Moved[] }
  /** What is in an image that has a row. */
  | { readonly name: string; readonly content: string }
  /** The file goes where it is as a new one would be, but for columns of these titles. */
  | { readonly ifEmpty: 'delete'; readonly columns: ReadonlySet<string> };

/** Where the labels of a folder are: in it. */
export function truthsOf(folder: string): TruthsFile {
  return new TruthsFile(path.join(folder, TRUTHS_FILE), folder);
}

/** Where they are if that folder cannot be written to: in `.semap/labels` of a folder of the workspace. */
export function spareTruthsOf(folder: string, workspaceFolder: string): TruthsFile {
  const whole = path.resolve(folder);
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 12);
  const name = `${path.basename(whole).slice(0, 40)}-${hash}.csv`;
  return new TruthsFile(path.join(workspaceFolder, '.semap', 'labels', name), workspaceFolder);
}

interface Batch {
  readonly edits: TruthEdit[];
  readonly done: Promise<void>;
}

/**
 * A table of labels on disk, that several windows, commands and persons may change at the same time: each change reads it
 * anew, under a lock, and replaces it whole. Changes that come faster than the disk are written together.
 */
export class TruthsFile {
  readonly file: string;
  readonly #root: string | undefined;
  #known: { readonly state: FileState; readonly table: TruthTable } | undefined;
  #next: Batch | undefined;
  #isReadOnly = false;
  #writing: Promise<unknown> = Promise.resolve();

  /** @param root the folder that the person chose: below it no link is followed. Absent: the file is only read */
  constructor(file: string, root?: string) {
    this.file = file;
    this.#root = root;
  }

  /**
   * The table as it is on disk, read again where it changed; empty where there is none. To be read, not to be changed.
   * @throws {SemapError} `unreadable-file`, `invalid-labels`
   */
  async read(): Promise<TruthTable> {
    const state = await this.#state();
    if (!state) {
      this.#known = undefined;
      return TruthTable.empty();
    }
    if (this.#known && isSameState(this.#known.state, state)) return this.#known.table;
    const table = await readTruths(this.file, this.#root);
    this.#known = { state, table };
    return table;
  }

  /** Another one when what {@link read} gave is another; empty for no table. */
  get version(): string {
    const { bytes, modified, changed, inode } = this.#known?.state ?? {};
    return bytes === undefined ? '' : `${bytes} ${modified} ${changed} ${inode}`;
  }

  /** Whether the last change failed because nothing can be made in the folder; not where only the table was in use. */
  get isReadOnly(): boolean {
    return this.#isReadOnly;
  }

  /**
   * Makes changes. Resolves when they are on the disk.
   * @throws {SemapError} as {@link read} and `writeWhole`; `busy`. None of them is made then
   */
  edit(edits: readonly TruthEdit[]): Promise<void> {
    if (!this.#next) {
      const batch: Batch = {
        edits: [],
        done: this.#writing.then(() => {
          this.#next = undefined;
          return this.#write(batch.edits);
        }),
      };
      this.#writing = batch.done.catch(() => {});
      this.#next = batch;
    }
    this.#next.edits.push(...edits);
    return this.#next.done;
  }

  /** Waits for what is under way. Never throws. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /**
   * Makes changes by a plan of files, so that the table can be brought back as it is now.
   * @param edits of the table as it is now; none: nothing is written
   * @param carryOut replaces the table: it has these bytes, or is not there, and gets this text. Nobody else writes meanwhile
   * @throws {SemapError} as {@link edit}, and what `carryOut` throws
   */
  async editByPlan<T>(
    edits: (table: TruthTable) => readonly TruthEdit[],
    carryOut: (was: Buffer | undefined, text: string) => Promise<T>,
  ): Promise<T | undefined> {
    const root = this.#root;
    if (root === undefined) throw new Error(`${this.file} is only read.`);
    await mustBeFolder(root);
    const release = await this.#lock(root);
    try {
      const state = await this.#state();
      const was = state && (await readRegularFile(this.file, { limit: LARGEST, root }));
      const table = await readTruths(this.file, root);
      const made = edits(table);
      if (made.length === 0) return undefined;
      for (const edit of made) make(edit, table);
      this.#known = undefined;
      return await carryOut(was, table.text);
    } finally {
      await release();
    }
  }

  async #write(edits: readonly TruthEdit[]): Promise<void> {
    const root = this.#root;
    if (root === undefined) throw new Error(`${this.file} is only read.`);
    // Not made anew where a disk was taken out.
    await mustBeFolder(root);
    this.#isReadOnly = false;
    const release = await this.#lock(root).catch((error) => {
      this.#isReadOnly = ['EACCES', 'EPERM', 'EROFS'].includes(error.cause?.code);
      throw error;
    });
    try {
      const table = await this.read();
      // Whatever happens from here on, what is in memory is not what is on disk.
      this.#known = undefined;
      for (const edit of edits) make(edit, table);
      if (edits.some((edit) => 'ifEmpty' in edit && table.isBare(edit.columns))) {
        return await deleteBelow(root, this.file);
      }
      await writeWhole(this.file, table.text, { root, folders: true });
      await flushFolder(path.dirname(this.file));
      const state = await this.#state();
      if (state) this.#known = { state, table };
    } finally {
      await release();
    }
  }

  async #state(): Promise<FileState | undefined> {
    return fileState(this.file).catch(() => undefined);
  }

  /** In a folder of its own, so that a look for other locks does not go through all images. */
  async #lock(root: string): Promise<() => Promise<void>> {
    const folder = path.join(path.dirname(this.file), '.semap-labels.lock');
    const until = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      const lock = await makeFolderBelow(root, folder)
        .then(() => lockFolder(folder))
        .catch((error) => {
          // Whoever had it before has removed the folder meanwhile.
          const { code } = error.cause ?? {};
          if (code === 'ENOENT') return undefined;
          throw code === undefined ? error : writeError(this.file, error.cause);
        });
      if (lock && 'release' in lock) return () => released(lock, folder);
      if (performance.now() > until) {
        throw new SemapError('busy', phrase('{0} is being written by another process.', this.file), {
          hint: phrase('Try again. If no other process is running, delete {0}.', lock?.file ?? folder),
        });
      }
      await sleep(5 + Math.random() * 20);
    }
  }
}

async function released(lock: FolderLock, folder: string): Promise<void> {
  await lock.release();
  // Unless another waits in it, or a killed process left its lock.
  await rmdir(folder).catch(async () => {
    await sweepLocks(folder);
    await rmdir(folder).catch(() => {});
  });
}

function make(edit: TruthEdit, table: TruthTable): void {
  if ('moved' in edit) table.move(edit.moved);
  else if ('ifEmpty' in edit) return;
  else if ('content' in edit) {
    const row = table.of(edit.name);
    if (row && row.content !== edit.content) table.set(edit.name, { ...row, content: edit.content });
  } else {
    const before = edit.unlessPerson && table.of(edit.name);
    if (!before || before.givenBy === 'agent') table.set(edit.name, edit.row, edit.remarks);
  }
}

/**
 * The table of labels in a file; empty where there is none.
 * @param root a folder below which no link is followed; absent: the person named the file
 * @throws {SemapError} `unreadable-file`, `invalid-labels`
 */
async function readTruths(file: string, root?: string): Promise<TruthTable> {
  const name = path.basename(file);
  const bytes = await readRegularFile(file, {
    limit: LARGEST,
    ...(root === undefined ? {} : { root }),
  }).catch((error: SemapError) => {
    if (error.reason === 'not-found') return undefined;
    throw error;
  });
  if (!bytes) return TruthTable.empty();
  const text = decoded(bytes);
  if (text === undefined) {
    throw new SemapError('invalid-labels', phrase('{0} is not text, or is in an unknown encoding.', name), {
      hint: phrase('Save it as UTF-8.'),
    });
  }
  // Whoever wants a mark, such as Excel, gets one again; the table is written as UTF-8.
  const isMarked = bytes[0] === 0xef || bytes[0] >= 0xfe;
  return TruthTable.parse(isMarked && !text.startsWith('\ufeff') ? `\ufeff${text}` : text, name);
}

/** The new name of a file is on the disk, too. Not every system can. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
