import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, invalidArgument, SemapError } from '../../core/errors.ts';
import { isImageFile } from '../../core/images/imageFiles.ts';
import {
  type FilePlan,
  type LeftWhy,
  type PlaceMode,
  type PlanList,
  type PlanStep,
  placeModes,
} from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../belowRoot.ts';
import { makeFolders } from '../folders.ts';
import { openRegularFile } from '../regularFile.ts';
import { writeError } from '../wholeFile.ts';

/*
 * A plan of files as it lies on the disk: JSON, a line each. First everything that is to happen, flushed before any of it
 * does; then, as it happens, how far it is. What a process that was killed had done since its last line is told by the
 * files themselves: nothing in a plan has a name that was taken before.
 *
 * A journal may come from anybody, with a folder that was downloaded. So it makes and removes files only below its own
 * folder, and takes from elsewhere, or brings back there, only what is called like an image.
 */

const NAME = /^\.semap-export-\d{8}T\d{6}-[0-9a-f]{8}\.jsonl$/;
const VERSION = 1;
/** Names of sidecars and tables: no file from which another program takes orders. */
const BESIDE_IMAGES = /^[^.].*\.(?:xmp|csv|jsonl?)$/is;
/** Bytes that are put together before they are written. */
const BLOCK = 1 << 20;
/** A list of a million images has about 200 MB, but none of its lines in a journal. */
const LONGEST_LINE = 256 << 20;

type JournalLine =
  | { readonly step: PlanStep }
  | { readonly list: PlanList }
  | { readonly dir: string }
  | { readonly truths: string }
  | { readonly ready: number; readonly bytes: number }
  /** Steps before this one may have begun. */
  | { readonly begun: number }
  /** Ranges, each without its end. */
  | { readonly done: readonly (readonly [from: number, to: number])[] }
  | { readonly left: readonly (readonly [step: number, why: LeftWhy])[] }
  | { readonly end: true }
  | { readonly undoing: true };

export interface JournalHead {
  readonly title: string;
  /** When the plan was made. */
  readonly time: string;
  /** How many folders were made to hold it: its own one and those above. */
  readonly madeFolders: number;
}

export const STEP = { open: 0, done: 1, left: 2 } as const;

/** What a journal says. Steps are read again where they are wanted. */
export interface Journal {
  readonly file: string;
  readonly folder: string;
  readonly head: JournalHead;
  readonly total: number;
  readonly bytes: number;
  readonly lists: readonly PlanList[];
  /** Folders below its own one that the plan makes. */
  readonly folders: readonly string[];
  readonly truthFolders: readonly string[];
  /** Steps from here on were certainly not touched. */
  readonly begun: number;
  /** For each step, {@link STEP}. */
  readonly states: Uint8Array;
  readonly phase: JournalPhase;
}

/** How far a plan is. */
export type JournalPhase =
  /** It was never written whole: nothing has happened. */
  | 'torn'
  | 'ready'
  /** Some of it happened. */
  | 'unfinished'
  | 'finished'
  /** Undoing began. */
  | 'undoing';

/**
 * Writes a plan beside what it will make. Nothing else has happened then.
 *
 * @returns the journal's file
 * @throws {SemapError} `not-writable`, `out-of-space`, `cancelled`: then nothing is left
 */
export async function writeJournal(plan: FilePlan, signal?: AbortSignal): Promise<string> {
  const folder = path.resolve(plan.folder);
  const madeFolders = await missingFolders(folder);
  await makeFolders(folder).catch((error) => {
    throw writeError(folder, error);
  });
  const time = new Date().toISOString();
  const stamp = time.slice(0, 19).replaceAll(/[-:]/g, '');
  const file = path.join(folder, `.semap-export-${stamp}-${randomBytes(4).toString('hex')}.jsonl`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, 'wx');
    const head = { semap: 'files', version: VERSION, title: plan.title, time, folder, madeFolders };
    let block = `${JSON.stringify(head)}\n`;
    let total = 0;
    let bytes = 0;
    const folders = new Set<string>();
    const put = async (line: JournalLine) => {
      block += `${JSON.stringify(line)}\n`;
      if (block.length < BLOCK) return;
      if (signal?.aborted) throw cancelled();
      await handle!.writeFile(block);
      block = '';
    };
    for await (const step of plan.steps) {
      // What could not be read again could not be undone.
      if (!isSoundStep(step))
        throw invalidArgument(phrase('{0} cannot be placed.', 'from' in step ? step.from : step.to));
      await put({ step });
      total++;
      if ('bytes' in step) bytes += step.bytes;
      withParents(path.posix.dirname(step.to), folders);
    }
    for (const list of plan.lists ?? []) {
      await put({ list });
      withParents(path.posix.dirname(list.to), folders);
    }
    for (const empty of plan.folders ?? []) withParents(empty, folders);
    // What is there already is not ours to remove.
    for (const dir of folders) if (!(await isTaken(path.join(folder, dir)))) await put({ dir });
    for (const truths of plan.truthFolders ?? []) await put({ truths: path.resolve(truths) });
    block += `${JSON.stringify({ ready: total, bytes })}\n`;
    await handle.writeFile(block);
    await handle.sync();
    await flushFolder(folder);
    return file;
  } catch (error) {
    await rm(file, { force: true }).catch(() => {});
    await removeFolders(folder, madeFolders);
    throw writeError(file, error);
  } finally {
    await handle?.close();
  }
}

function withParents(folder: string, all: Set<string>): void {
  for (let at = folder; at !== '.' && !all.has(at); at = path.posix.dirname(at)) all.add(at);
}

/** How many folders must be made for this one. */
async function missingFolders(folder: string): Promise<number> {
  let count = 0;
  for (let at = folder; !(await isTaken(at)) && path.dirname(at) !== at; at = path.dirname(at)) count++;
  return count;
}

/** Removes a folder and those above that were made for it, as far as they are empty. Never throws. */
export async function removeFolders(folder: string, count: number): Promise<void> {
  let at = folder;
  for (let n = 0; n < count; n++, at = path.dirname(at)) {
    const isGone = await rmdir(at).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** The new names in a folder are on the disk, too. Not every system can. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/**
 * What a journal says, with how far its plan is.
 * @throws {SemapError} `not-found`, `unreadable-file`, `invalid-document`, `newer-document`
 */
export async function readJournal(file: string): Promise<Journal> {
  let head: JournalHead | undefined;
  let begun = 0;
  let total = 0;
  let bytes = 0;
  let phase: JournalPhase = 'torn';
  const lists: PlanList[] = [];
  const folders: string[] = [];
  const truthFolders: string[] = [];
  let states = new Uint8Array();
  const mark = (n: number, state: number) => {
    if (n < states.length) states[n] = state;
  };
  for await (const line of linesOf(file)) {
    if (!head) {
      head = readHead(line, file);
      continue;
    }
    if ('step' in line) total++;
    else if ('list' in line) lists.push(line.list);
    else if ('dir' in line) folders.push(line.dir);
    else if ('truths' in line) truthFolders.push(line.truths);
    else if ('ready' in line) {
      phase = 'ready';
      bytes = line.bytes;
      states = new Uint8Array(total + lists.length);
    } else if ('begun' in line) {
      begun = Math.max(begun, line.begun);
      if (phase === 'ready') phase = 'unfinished';
    } else if ('done' in line) for (const [from, to] of line.done) states.fill(STEP.done, from, to);
    else if ('left' in line) for (const [n] of line.left) mark(n, STEP.left);
    else if ('end' in line && phase !== 'undoing') phase = 'finished';
    else if ('undoing' in line) phase = 'undoing';
  }
  if (!head) {
    if (!NAME.test(path.basename(file))) throw notAJournal(file);
    // Killed before the first line was whole.
    head = { title: '', time: '', madeFolders: 0 };
  }
  const folder = path.dirname(path.resolve(file));
  return { file, folder, head, total, bytes, lists, folders, truthFolders, begun, states, phase };
}

/** The steps of a journal, in their order. */
export async function* stepsOf(journal: Journal): AsyncGenerator<readonly [n: number, step: PlanStep]> {
  let n = 0;
  for await (const line of linesOf(journal.file)) {
    if ('step' in line) yield [n++, line.step];
    // Not even looked at, where there are many lines of how far it is.
    if (n === journal.total) return;
  }
}

/** Adds lines to a journal. */
export class JournalWriter {
  readonly #file: string;
  readonly #handle: FileHandle;
  #needsLineEnd: boolean;

  private constructor(file: string, handle: FileHandle, needsLineEnd: boolean) {
    this.#file = file;
    this.#handle = handle;
    this.#needsLineEnd = needsLineEnd;
  }

  /** @throws {SemapError} `not-writable` */
  static async open(file: string): Promise<JournalWriter> {
    try {
      const handle = await open(file, 'r+');
      const { size } = await handle.stat();
      const last = Buffer.alloc(1);
      if (size > 0) await handle.read(last, 0, 1, size - 1);
      await handle.close();
      // A killed process may have written half a line.
      return new JournalWriter(file, await open(file, 'a'), last[0] !== 0x0a);
    } catch (error) {
      throw writeError(file, error);
    }
  }

  /**
   * @param flush it is on the disk afterwards: whatever hangs on it happens later
   * @throws {SemapError} `not-writable`, `out-of-space`
   */
  async add(line: JournalLine, flush = false): Promise<void> {
    try {
      await this.#handle.writeFile(`${this.#needsLineEnd ? '\n' : ''}${JSON.stringify(line)}\n`);
      this.#needsLineEnd = false;
      if (flush) await this.#handle.sync();
    } catch (error) {
      this.#needsLineEnd = true;
      throw writeError(this.#file, error);
    }
  }

  /** Never throws. */
  async close(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

/**
 * The journal that a person means: a file, or the folder that it lies in; of several the last one.
 * @throws {SemapError} `not-found`
 */
export async function findJournal(named: string): Promise<string> {
  const file = path.resolve(named);
  const stats = await lstat(file).catch(() => undefined);
  if (stats?.isFile()) return file;
  const names = (await readdir(file).catch(() => [])).filter((name) => NAME.test(name));
  const last = names.sort().at(-1);
  if (last !== undefined) return path.join(file, last);
  throw new SemapError('not-found', phrase('There is no journal of an export in {0}.', named), {
    hint: phrase('It is in the folder that images were exported to, unless the export was undone.'),
  });
}

async function* linesOf(file: string): AsyncGenerator<JournalLine> {
  const { handle } = await openRegularFile(file);
  let rest = '';
  let isFirst = true;
  const parsed = (text: string) => {
    const line = readLine(text, isFirst, file);
    isFirst = false;
    return line;
  };
  // The stream closes it.
  for await (const chunk of handle.createReadStream({ encoding: 'utf8', highWaterMark: BLOCK })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw notAJournal(file);
    for (const text of lines) {
      const line = text === '' ? undefined : parsed(text);
      if (line) yield line;
    }
  }
  // What has no line end was not written whole.
}

/** @returns undefined for half a line, which a killed process left */
function readLine(text: string, isFirst: boolean, file: string): JournalLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    if (isFirst) throw notAJournal(file);
    return undefined;
  }
  if (typeof line !== 'object' || line === null) throw notAJournal(file);
  if (!isFirst && !isSound(line as Readonly<Record<string, unknown>>)) throw notAJournal(file);
  return line as JournalLine;
}

function readHead(data: unknown, file: string): JournalHead {
  const { semap, version, title, time, madeFolders } = data as Readonly<Record<string, unknown>>;
  if (semap !== 'files' || !isCount(version)) throw notAJournal(file);
  if (version > VERSION)
    throw new SemapError('newer-document', phrase('{0} was written by a newer version of SeMap.', file), {
      hint: phrase('Update SeMap.'),
    });
  if (typeof title !== 'string' || typeof time !== 'string' || !isCount(madeFolders)) throw notAJournal(file);
  return { title, time, madeFolders };
}

/** Whether a line can be taken at its word, whoever wrote it. */
function isSound(line: Readonly<Record<string, unknown>>): boolean {
  if ('step' in line) return isSoundStep(line['step']);
  if ('list' in line) {
    const { to, head, separator, tail } = (line['list'] ?? {}) as Readonly<Record<string, unknown>>;
    return (
      isBelow(to) &&
      BESIDE_IMAGES.test(path.posix.basename(to)) &&
      [head, separator, tail].every((text) => typeof text === 'string')
    );
  }
  if ('dir' in line) return isBelow(line['dir']);
  if ('truths' in line) return typeof line['truths'] === 'string' && path.isAbsolute(line['truths']);
  if ('ready' in line) return isCount(line['ready']) && isCount(line['bytes']);
  if ('begun' in line) return isCount(line['begun']);
  if ('done' in line) return arePairs(line['done'], (to) => isCount(to));
  if ('left' in line) return arePairs(line['left'], (why) => typeof why === 'string');
  return 'end' in line || 'undoing' in line;
}

function isSoundStep(data: unknown): boolean {
  const step = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (!isBelow(step['to'])) return false;
  if (step['do'] === 'write' || step['do'] === 'replace')
    return (
      BESIDE_IMAGES.test(path.posix.basename(step['to'])) &&
      typeof step['text'] === 'string' &&
      (step['do'] === 'write' || typeof step['was'] === 'string')
    );
  const { from, row } = step;
  return (
    placeModes.includes(step['do'] as PlaceMode) &&
    isWholeImagePath(from) &&
    isImageFile(path.posix.basename(step['to'] as string)) &&
    isCount(step['bytes']) &&
    Number.isFinite(step['modified']) &&
    (row === undefined || (Array.isArray(row) && isCount(row[0]) && typeof row[1] === 'string'))
  );
}

/** Whether a file is called as journals may take and bring back: like an image, from the root on. */
export function isWholeImagePath(file: unknown): file is string {
  return (
    typeof file === 'string' &&
    path.isAbsolute(file) &&
    !file.includes('\0') &&
    isImageFile(path.basename(file))
  );
}

/** Whether it leads below the folder that it is relative to, on every system. */
function isBelow(data: unknown): data is string {
  if (typeof data !== 'string' || data === '' || data.includes('\0')) return false;
  if (process.platform === 'win32' && /[\\:]/.test(data)) return false;
  return data.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function isCount(data: unknown): data is number {
  return Number.isSafeInteger(data) && (data as number) >= 0;
}

function arePairs(data: unknown, isSecond: (value: unknown) => boolean): boolean {
  return (
    Array.isArray(data) && data.every((pair) => Array.isArray(pair) && isCount(pair[0]) && isSecond(pair[1]))
  );
}

function notAJournal(file: string): SemapError {
  return new SemapError(
    'invalid-document',
    phrase('{0} is not the journal of an export, or is damaged.', file),
  );
}
