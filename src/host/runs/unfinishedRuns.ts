import { lstat, lutimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { RunPhase } from '../../core/runs/run.ts';
import { deleteBelow } from '../../files/belowRoot.ts';
import { refuseLinks } from '../../files/links.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { runsFolder } from '../../files/runFolders.ts';
import { writeWhole } from '../../files/wholeFile.ts';
import { showError } from '../errors.ts';
import type { Log } from '../log.ts';
import { showInformation } from '../messages.ts';

/** The note of each kind of run. Its presence activates the extension when VS Code opens the folder: see `activationEvents`. */
const FILES = { training: 'unfinished-training.json', find: 'unfinished-find.json' } as const;

/** The runs that were in progress when a window went. */
export interface Unfinished {
  /** Absolute run folders. */
  readonly folders: readonly string[];
  /** Since the window was last heard of. */
  readonly seconds: number;
}

/** Remembers in a note in `.semap` which runs of a kind are in progress, for the window that comes after this one. */
export class UnfinishedRuns {
  readonly #file: string;
  readonly #running = new Map<string, Set<string>>();
  #writing: Promise<void> = Promise.resolve();

  constructor(kind: keyof typeof FILES) {
    this.#file = FILES[kind];
  }

  /** @param root the folder with `.semap` in it */
  add(root: string, folder: string): Promise<void> {
    const folders = this.#running.get(root) ?? new Set();
    this.#running.set(root, folders.add(folder));
    return this.#then(() => this.#write(root));
  }

  remove(root: string, folder: string): Promise<void> {
    this.#running.get(root)?.delete(folder);
    return this.#then(() => this.#write(root));
  }

  /** The window is still there. */
  touch(root: string): Promise<void> {
    return this.#then(async () => {
      const now = new Date();
      const file = this.#in(root);
      await refuseLinks(file, root)
        .then(() => lutimes(file, now, now))
        // Another window that has this folder took it: it finds that the runs are not over, and leaves them.
        .catch(() => this.#write(root));
    });
  }

  /** What a window before this one left; forgets it. */
  async take(root: string, now: number = Date.now()): Promise<Unfinished> {
    const file = this.#in(root);
    try {
      const { mtimeMs } = await lstat(file);
      const parsed: unknown = JSON.parse(String(await readRegularFile(file, { limit: 1 << 20, root })));
      const names = (parsed as { runs?: unknown } | null)?.runs;
      const folders = (Array.isArray(names) ? names : [])
        .filter((name): name is string => typeof name === 'string')
        // A name leads to a folder of runs and nowhere else.
        .map((name) => join(runsFolder(root), name))
        .filter((folder) => dirname(folder) === runsFolder(root));
      await deleteBelow(root, file);
      return { folders, seconds: Math.max(0, (now - mtimeMs) / 1000) };
    } catch {
      return { folders: [], seconds: 0 };
    }
  }

  #in(root: string): string {
    return join(root, '.semap', this.#file);
  }

  /** One after the other: what was said last is what stays. */
  #then(work: () => Promise<void>): Promise<void> {
    this.#writing = this.#writing.then(work);
    return this.#writing;
  }

  async #write(root: string): Promise<void> {
    const folders = this.#running.get(root) ?? new Set();
    const file = this.#in(root);
    // A convenience: the run itself reports a disk that is full or read-only.
    try {
      if (folders.size === 0) return await deleteBelow(root, file);
      const runs = [...folders].map((folder) => folder.slice(runsFolder(root).length + 1));
      await writeWhole(file, `${JSON.stringify({ runs })}\n`, { root, folders: true });
    } catch {}
  }
}

/** A run that went with its window is resumed at once by a window that comes within this time, else it is offered. */
const RELOAD_SECONDS = 180;

/** How often, and how soon again, it is asked whether the engine of the window before has ended. */
const ENGINE_END_TRIES = 40;
const ENGINE_END_MS = 250;

/** What is known of a run that a window before this one left. */
interface LeftRun {
  /** Absent while it waited for its turn. */
  readonly record: unknown;
  readonly phase: RunPhase;
  /** Another process runs it. */
  readonly elsewhere: boolean;
}

interface TakeUpParts<Run extends LeftRun> {
  readonly unfinished: UnfinishedRuns;
  /** Folders with `.semap` in them. */
  readonly roots: readonly string[];
  /** Folders of runs that were started here. */
  readonly started: readonly string[];
  readonly open: (folder: string) => Promise<Run>;
  readonly resume: (folder: string) => Promise<void>;
  /** That a run was interrupted, in a sentence. */
  readonly interrupted: (run: Run) => string;
  readonly log: Log;
}

/** Takes up what a window before this one left: at once after a reload, on request after longer. */
export async function takeUpRuns<Run extends LeftRun>({
  unfinished,
  roots,
  started,
  open,
  resume,
  interrupted,
  log,
}: TakeUpParts<Run>): Promise<void> {
  const { t } = vscode.l10n;
  for (const root of roots) {
    const { folders, seconds } = await unfinished.take(root);
    for (const folder of folders) {
      const run = await openWhenFree(folder, open);
      const waited = run !== undefined && run.record === undefined;
      if (!run || (!waited && run.phase !== 'interrupted' && run.phase !== 'paused')) continue;
      // The note may have come with the files of a project: nothing begins by itself that was not begun here.
      if (seconds <= RELOAD_SECONDS && started.includes(folder)) {
        log.info(`Resuming ${folder}.`);
        await resume(folder);
        continue;
      }
      const button = t('Resume');
      void showInformation(interrupted(run), button)
        .then((chosen) => (chosen === button ? resume(folder) : undefined))
        .then(undefined, showError);
    }
  }
}

/** The engine of the window before this one may be about to end. */
async function openWhenFree<Run extends LeftRun>(
  folder: string,
  open: TakeUpParts<Run>['open'],
): Promise<Run | undefined> {
  for (let tries = 0; ; tries++) {
    const run = await open(folder).catch(() => undefined);
    if (!run?.elsewhere || tries === ENGINE_END_TRIES) return run;
    await new Promise((resolve) => setTimeout(resolve, ENGINE_END_MS));
  }
}
