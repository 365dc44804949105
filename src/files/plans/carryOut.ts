import { rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { cancelled, invalidDocument, SemapError } from '../../core/errors.ts';
import type {
  LeftFile,
  LeftWhy,
  PlanList,
  PlanOutcome,
  PlanProgress,
  PlanStep,
} from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { makeFolderBelow } from '../belowRoot.ts';
import { type FolderLock, lockFolder, sweepLocks } from '../folderLock.ts';
import { isWritten } from './contents.ts';
import {
  flushFolder,
  type Journal,
  JournalWriter,
  readJournal,
  removeFolders,
  STEP,
  stepsOf,
} from './journal.ts';
import { make, type Placing, removeText, unmake } from './placing.ts';
import { type MovedImage, moveTruths } from './truthsFollow.ts';

export interface CarryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: PlanProgress) => void) | undefined;
  /** As in {@link Placing}. */
  readonly at?: Placing['at'];
}

/** Steps at the same time: a disk is busy with so many, and more only wait in it. */
const AT_ONCE = 8;
/** Steps that are said to begin at once, and those after which it is written how far it is. */
const AHEAD = 1024;
const PROGRESS_MS = 100;
const MOST_LEFT = 100;

/**
 * Carries out the plan of a journal, or goes on with it. Afterwards the journal says what was done, so that
 * {@link undoPlan} brings back everything.
 *
 * @param file of `writeJournal`
 * @throws {SemapError} `cancelled`, `out-of-space`, `not-writable`: what was done is in the journal; `busy`;
 * `invalid-argument` for a plan that is being undone; as `readJournal`
 */
export async function carryOut(file: string, options: CarryOptions = {}): Promise<PlanOutcome> {
  return withJournal(file, async (journal, writer) => {
    if (journal.phase === 'torn') {
      throw invalidDocument(
        phrase('The export to {0} had not begun when it was interrupted.', journal.folder),
        {
          hint: phrase('Export again.'),
        },
      );
    }
    if (journal.phase === 'undoing') {
      throw new SemapError('invalid-argument', phrase('This export is being undone.'), {
        hint: phrase('Undo the rest of it, then export again.'),
      });
    }
    const { placing, tally, run } = workOn(journal, options);
    const rows = new Rows();
    const moves: MovedImage[] = [];
    const placed = (n: number, step: PlanStep) => {
      rows.add(n, step);
      if (step.do === 'move') moves.push({ from: step.from, to: path.join(journal.folder, step.to) });
      tally.done(step);
    };
    const { states } = journal;
    const marks = new Marks(states, writer, journal.begun);
    for (const folder of journal.folders)
      await makeFolderBelow(journal.folder, path.join(journal.folder, folder));
    await removeShortLists(journal, placing);
    await run(async (n, step) => {
      if (states[n] === STEP.done) return placed(n, step);
      await marks.begin(n);
      // What was left then has another's file in its place, or none.
      const left = await make(step, placing, n < journal.begun && states[n] === STEP.open);
      if (left) tally.left(left);
      else placed(n, step);
      await placing.at?.('made');
      await marks.ended(n, left?.why);
    }).catch(async (error) => {
      // What had another's file in its place is not to be taken for ours when this goes on or back.
      await marks.flush().catch(() => {});
      throw error;
    });
    await marks.flush();
    for (const [l, list] of journal.lists.entries()) {
      const text = rows.text(l, list);
      // A person may have written into it, or it was removed to be written with more images.
      const isThere =
        states[journal.total + l] === STEP.done &&
        (await isWritten(path.join(journal.folder, list.to), text)) !== 'in part';
      if (isThere) continue;
      const left = await make({ do: 'write', to: list.to, text }, placing, journal.begun > 0);
      if (left) tally.left(left);
      await marks.ended(journal.total + l, left?.why);
    }
    await marks.flush();
    await placing.at?.('truths');
    await moveTruths(moves, journal.truthFolders, journal.folder);
    await writer.add({ end: true }, true);
    return tally.outcome(journal);
  });
}

/**
 * Undoes what a plan did, also one that was interrupted: what was moved is where it was, what was made is removed where it
 * is unchanged. What cannot be undone stays where it is and is told; then the journal stays, and undoing can be tried again.
 *
 * @throws {SemapError} as {@link carryOut}
 */
export async function undoPlan(file: string, options: CarryOptions = {}): Promise<PlanOutcome> {
  return withJournal(
    file,
    async (journal, writer) => {
      const { placing, tally, run } = workOn(journal, options);
      const { states, begun, total } = journal;
      if (journal.phase === 'torn') return tally.outcome(journal);
      // A disk that is full has room again when what was made is gone.
      const isSaid = await writer.add({ undoing: true }, true).then(
        () => true,
        (error) => {
          if (error.reason !== 'out-of-space') throw error;
          return false;
        },
      );
      const rows = new Rows();
      const moves: MovedImage[] = [];
      await run(async (n, step) => {
        const wasMade = states[n] === STEP.done;
        // What was left was not touched; what began before the process was killed may have been.
        if (!wasMade && (states[n] === STEP.left || n >= begun)) return;
        if (wasMade) rows.add(n, step);
        const left = await unmake(step, placing, wasMade);
        if (left && left !== 'nothing') return tally.left(left);
        // Labels may not be back yet where undoing was interrupted.
        if (step.do === 'move') moves.push({ from: path.join(journal.folder, step.to), to: step.from });
        if (left === undefined) tally.done(step);
      });
      for (const [l, list] of journal.lists.entries()) {
        if (states[total + l] === STEP.left || begun === 0) continue;
        const left = await removeText(path.join(journal.folder, list.to), rows.text(l, list), placing);
        if (left) tally.left(left);
      }
      await placing.at?.('truths');
      await moveTruths(moves, journal.truthFolders, journal.folder);
      // The deepest first.
      for (const folder of journal.folders.toSorted((a, b) => b.length - a.length))
        await rmdir(path.join(journal.folder, folder)).catch(() => {});
      if (!isSaid) await writer.add({ undoing: true }, true).catch(() => {});
      return tally.outcome(journal);
    },
    async (journal, { left }) => {
      if (left > 0) return;
      await rm(journal.file, { force: true });
      await flushFolder(journal.folder);
      await removeFolders(journal.folder, journal.head.madeFolders);
    },
  );
}

/** Removes lists that lack images which are placed only now; one that was changed stays. */
async function removeShortLists(journal: Journal, placing: Placing): Promise<void> {
  const { states, lists, total, folder } = journal;
  const written = [...lists.entries()].filter(([l]) => states[total + l] === STEP.done);
  if (written.length === 0 || states.subarray(0, total).every((state) => state === STEP.done)) return;
  const rows = new Rows();
  for await (const [n, step] of stepsOf(journal)) if (states[n] === STEP.done) rows.add(n, step);
  for (const [l, list] of written) await removeText(path.join(folder, list.to), rows.text(l, list), placing);
}

/** Holds the folder of a journal meanwhile. @param after when it is held no more, and what was done is known */
async function withJournal(
  file: string,
  work: (journal: Journal, writer: JournalWriter) => Promise<PlanOutcome>,
  after?: (journal: Journal, outcome: PlanOutcome) => Promise<void>,
): Promise<PlanOutcome> {
  const folder = path.dirname(path.resolve(file));
  const lock = await lockFolder(folder);
  if (!('release' in lock)) {
    throw new SemapError('busy', phrase('Another process is exporting to {0}.', folder), {
      hint: phrase('Wait until it ends. If no other process is running, delete {0}.', lock.file),
    });
  }
  const { journal, outcome } = await locked(file, lock, work);
  await after?.(journal, outcome);
  return outcome;
}

async function locked(
  file: string,
  lock: FolderLock,
  work: (journal: Journal, writer: JournalWriter) => Promise<PlanOutcome>,
): Promise<{ journal: Journal; outcome: PlanOutcome }> {
  try {
    await sweepLocks(path.dirname(path.resolve(file)));
    const journal = await readJournal(file);
    const writer = await JournalWriter.open(file);
    try {
      return { journal, outcome: await work(journal, writer) };
    } finally {
      await writer.close();
    }
  } finally {
    await lock.release();
  }
}

/** Steps one after the other, some at a time, and what came of them. */
function workOn(journal: Journal, { signal, onProgress, at }: CarryOptions) {
  const placing: Placing = { folder: journal.folder, looked: new Map(), at };
  const leftFiles: LeftFile[] = [];
  let done = 0;
  let bytes = 0;
  let leftCount = 0;
  let seen = 0;
  let told = 0;
  const tell = (always = false) => {
    const now = performance.now();
    if (!always && now - told < PROGRESS_MS) return;
    told = now;
    onProgress?.({ done: seen, total: journal.total, bytes });
  };
  const tally = {
    done: (step: PlanStep) => {
      done++;
      if ('bytes' in step) bytes += step.bytes;
    },
    left: (left: LeftFile) => {
      leftCount++;
      if (leftFiles.length < MOST_LEFT) leftFiles.push(left);
    },
    outcome: ({ file, folder }: Journal): PlanOutcome => {
      tell(true);
      return { journal: file, folder, done, bytes, left: leftCount, leftFiles };
    },
  };
  /** Ends when all that began have ended, also after a failure. */
  const run = async (work: (n: number, step: PlanStep) => Promise<void>): Promise<void> => {
    const going = new Set<Promise<void>>();
    let failure: unknown;
    for await (const [n, step] of stepsOf(journal)) {
      if (signal?.aborted) failure ??= cancelled();
      if (failure !== undefined) break;
      const one = work(n, step)
        .catch((error) => {
          failure ??= error;
        })
        .finally(() => {
          going.delete(one);
          seen++;
          tell();
        });
      going.add(one);
      if (going.size >= AT_ONCE) await Promise.race(going);
    }
    await Promise.all(going);
    if (failure !== undefined) throw failure;
  };
  return { placing, tally, run };
}

/** What lists say of the images that are placed, in the order of the plan. */
class Rows {
  readonly #lists: [n: number, text: string][][] = [];

  add(n: number, step: PlanStep): void {
    if (!('row' in step) || !step.row) return;
    const [list, text] = step.row;
    this.#lists[list] ??= [];
    this.#lists[list].push([n, text]);
  }

  text(list: number, { head, separator, tail }: PlanList): string {
    const rows = (this.#lists[list] ?? []).toSorted(([a], [b]) => a - b);
    return head + rows.map(([, text]) => text).join(separator) + tail;
  }
}

/** Writes down how far a plan is: what may have begun before it does, and what ended some time after. */
class Marks {
  readonly #states: Uint8Array;
  readonly #writer: JournalWriter;
  #begun: number;
  #done: number[] = [];
  #left: [number, LeftWhy][] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(states: Uint8Array, writer: JournalWriter, begun: number) {
    this.#states = states;
    this.#writer = writer;
    this.#begun = begun;
  }

  /** Resolves when step `n` may begin. */
  async begin(n: number): Promise<void> {
    if (n >= this.#begun) {
      this.#begun = n + AHEAD;
      const begun = this.#begun;
      // A disk may note a new name before a line that was written earlier: then undoing would pass the step over.
      this.#writing = this.#writing.then(() => this.#writer.add({ begun }, true));
    }
    await this.#writing;
  }

  async ended(n: number, why: LeftWhy | undefined): Promise<void> {
    this.#states[n] = why === undefined ? STEP.done : STEP.left;
    if (why === undefined) this.#done.push(n);
    else this.#left.push([n, why]);
    if (this.#done.length + this.#left.length >= AHEAD) await this.flush();
  }

  async flush(): Promise<void> {
    const done = rangesOf(this.#done);
    const left = this.#left;
    this.#done = [];
    this.#left = [];
    this.#writing = this.#writing.then(async () => {
      if (done.length > 0) await this.#writer.add({ done });
      if (left.length > 0) await this.#writer.add({ left });
    });
    await this.#writing;
  }
}

function rangesOf(numbers: readonly number[]): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (const n of numbers.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && last[1] === n) last[1] = n + 1;
    else ranges.push([n, n + 1]);
  }
  return ranges;
}
