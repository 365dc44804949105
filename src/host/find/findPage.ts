import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import type { FindPoint } from '../../core/find/findRecord.ts';
import { measuredLines } from '../../core/metrics/measuredText.ts';
import { deviceName } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import type { FindSummary, FindViewApi, FoundPoint } from '../../protocol/findView.ts';
import type { PageProblem } from '../../protocol/pageProblem.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { RunFeed, type RunPageHost } from '../runs/runFeed.ts';
import { skippedNotes } from '../runs/runWords.ts';
import { searchName } from './findWords.ts';
import type { KeptPoints } from './keptPoints.ts';
import type { WatchedSearch } from './watchedSearch.ts';

/** What the page's host side needs of VS Code. */
export interface FindPageHost extends RunPageHost<WatchedSearch> {
  /** Makes a document of a point and opens it. @returns its address; undefined when nothing was written */
  keep(run: WatchedSearch, point: FindPoint): Promise<vscode.Uri | undefined>;
  /** Documents that points were kept as; outlives the window. */
  readonly kept: KeptPoints;
  openAlignment(uri: vscode.Uri): Promise<void>;
  /** Shows the training of a point. */
  openTraining(folder: string): Promise<void>;
  showBackbone(path: string): Promise<void>;
  /** Whether a run or a document still is where it was. */
  isThere(path: string): Promise<boolean>;
}

/** Without a budget of its own a search takes so many minutes: see `FindParams`. */
export const USUAL_BUDGET = 5;

/** Answers the page of searches about one search at a time. */
export class FindPage {
  readonly #host: FindPageHost;
  readonly #feed = new RunFeed<WatchedSearch, FindSummary>(() => this.#host, {
    commands: { resume: 'semap.resumeFind', again: 'semap.findAgain' },
    summary: (run, problem) => this.#summary(run, problem),
  });
  #keeping: { readonly folder: string; readonly point: string } | undefined;

  constructor(host: FindPageHost) {
    this.#host = host;
  }

  /** The search that is shown. */
  get run(): WatchedSearch | undefined {
    return this.#feed.run;
  }

  /** Turns to another search or to none. */
  show(run: WatchedSearch | undefined): void {
    this.#feed.turn(run);
    this.#feed.tell();
  }

  /** Turns to the search in a folder. A damaged one is shown as such. */
  open(folder: string): Promise<void> {
    return this.#feed.open(folder, (run) => this.show(run));
  }

  /** A search may be called otherwise by now, or be gone. */
  async runsChanged(): Promise<void> {
    const { run } = this;
    if (!run?.record || run.live) return;
    if (!(await this.#host.isThere(run.folder))) {
      if (this.run === run) this.show(undefined);
      return;
    }
    const read = await this.#host.open(run.folder).catch(() => undefined);
    // What another process runs goes on there.
    const same = JSON.stringify(read?.record) === JSON.stringify(run.record);
    if (read && !same && this.run === run) this.show(read);
  }

  dispose(): void {
    this.#feed.dispose();
  }

  readonly handlers: Handlers<FindViewApi> = {
    ...this.#feed.handlers,
    find: async () => {
      await this.#host.execute('semap.findReuse');
    },
    openKept: async ({ id, point }) => {
      const uri = await this.#keptAs(await this.#feed.of(id), point);
      if (uri) await this.#host.openAlignment(uri);
    },
    showTraining: async ({ id, point }) => {
      const run = await this.#feed.of(id);
      const { training } = pointIn(run, point);
      if (training !== undefined) await this.#host.openTraining(join(run.folder, training));
    },
    keep: async ({ id, point }) => {
      await this.#keep(await this.#feed.of(id), point);
    },
    keepAndClassify: async ({ id, point }) => {
      const run = await this.#feed.of(id);
      // Answers for the very images that taught it would say nothing: which others are meant is asked.
      const others = hasLearnedFromAll(run, pointIn(run, point));
      const alignment = await this.#keep(run, point);
      if (alignment) await this.#host.execute('semap.classify', { alignment, ...(others && { others }) });
    },
    showBackbone: async ({ id, point, path }) => {
      // A page names only backbones that it was shown.
      const { backbones } = pointIn(await this.#feed.of(id), point);
      if (backbones.some((one) => one.path === path)) await this.#host.showBackbone(path);
    },
  };

  /** The document that a point was kept as; undefined where there is none any more, which the page is told. */
  async #keptAs(run: WatchedSearch, id: string): Promise<vscode.Uri | undefined> {
    const uri = this.#host.kept.find(run.folder, id);
    if (uri?.scheme !== 'file' || (await this.#host.isThere(uri.fsPath))) return uri;
    await this.#host.kept.forget(run.folder, id);
    this.#feed.tell();
    return undefined;
  }

  /** The document of a point: the one that was made, or one that is made now. One at a time. */
  async #keep(run: WatchedSearch, id: string): Promise<vscode.Uri | undefined> {
    if (this.#keeping) return undefined;
    const point = pointIn(run, id);
    this.#keeping = { folder: run.folder, point: id };
    try {
      const known = await this.#keptAs(run, id);
      if (known) return known;
      this.#feed.tell();
      const uri = await this.#host.keep(run, point);
      if (uri) await this.#host.kept.add(run.folder, id, uri);
      return uri;
    } finally {
      this.#keeping = undefined;
      this.#feed.tell();
    }
  }

  #summary(run: WatchedSearch, problem: PageProblem | undefined): FindSummary {
    const { record, params, folder, phase, live, activity, secondsLeft } = run;
    return {
      kind: 'find',
      id: folder,
      name: searchName(run),
      title: titleOf(params.folders),
      phase,
      live,
      activity,
      secondsLeft,
      budgetMinutes: params.budgetMinutes ?? USUAL_BUDGET,
      points: record?.points.map((point) => this.#found(run, point)) ?? [],
      differences: record?.differences ?? [],
      verdict: record?.verdict ?? [],
      recommended: record?.recommended,
      tried: record?.tried ?? 0,
      keeping: this.#keeping?.folder === folder ? this.#keeping.point : undefined,
      notes: notesOf(run),
      ended: record?.ended,
      seconds: record?.seconds,
      device: record && say(deviceName(record.device)),
      seed: record?.seed ?? params.seed ?? 0,
      folder: record && this.#host.shortPath(folder),
      problem,
    };
  }

  #found(run: WatchedSearch, point: FindPoint): FoundPoint {
    const uri = this.#host.kept.find(run.folder, point.id);
    return uri ? { ...point, kept: basename(uri.path) } : point;
  }
}

/** Whether a point learned from labels, and no image of its folders is without one. */
function hasLearnedFromAll({ record }: WatchedSearch, { cost }: FindPoint): boolean {
  return cost.labels > 0 && record?.parts.unlabeled === 0;
}

/** @throws {SemapError} `not-found` when the search has no such point any more */
function pointIn({ record }: WatchedSearch, id: string): FindPoint {
  const point = record?.points.find((one) => one.id === id);
  if (point) return point;
  throw new SemapError('not-found', phrase('The search has changed. Select the row again.'));
}

function notesOf({ record, elsewhere }: WatchedSearch): string[] {
  const { t } = vscode.l10n;
  const notes: string[] = [];
  if (elsewhere) notes.push(t('Another window or command is running this search. You can follow it here.'));
  if (!record) return notes;
  if (record.measuredOn) notes.push(...measuredLines(record.measuredOn, record.params.folders).map(say));
  notes.push(...skippedNotes(record.skipped));
  return notes;
}
