import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, invalidArgument, SemapError } from '../../core/errors.ts';
import type { FilePlan, PlanList, PlanStep } from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../belowRoot.ts';
import { makeFolders } from '../folders.ts';
import { writeError } from '../wholeFile.ts';
import {
  isSoundStep,
  type JournalHead,
  type JournalLine,
  linesOf,
  notAJournal,
  readHead,
  VERSION,
} from './journalLines.ts';

/*
 * A plan of files as it lies on the disk: JSON, a line each. First everything that is to happen, flushed before any of it
 * does; then, as it happens, how far it is. What a process that was killed had done since its last line is told by the
 * files themselves: nothing in a plan has a name that was taken before.
 */

const NAME = /^\.semap-export-\d{8}T\d{6}-[0-9a-f]{8}\.jsonl$/;
/** Bytes that are put together before they are written. */
const BLOCK = 1 << 20;

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
