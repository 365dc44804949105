import { basename } from 'node:path';
import * as vscode from 'vscode';
import { rolesText } from '../../core/folders/splitTexts.ts';
import { isMeasuredOn } from '../../core/metrics/measuredOn.ts';
import { measuredLines } from '../../core/metrics/measuredText.ts';
import { trainedRows, trainedWayName } from '../../core/reuse/trainedRows.ts';
import { deviceName, promptFiles, RUN_FILES, type RunPhase } from '../../core/runs/run.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { betterMapping } from '../../core/training/betterMapping.ts';
import type { PageProblem } from '../../protocol/pageProblem.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type {
  BaselineRow,
  CurvePoint,
  OtherRun,
  TrainingPicture,
  TrainingSummary,
  TrainingViewApi,
} from '../../protocol/trainingView.ts';
import { furtherPictures } from '../../protocol/trainingView.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { TrainingEntry } from '../runs/runEntry.ts';
import { RunFeed, type RunPageHost } from '../runs/runFeed.ts';
import { skippedNotes } from '../runs/runWords.ts';
import { preparationWords, runName } from './trainingWords.ts';
import type { WatchedTraining } from './watchedTraining.ts';

type Bytes = TrainingViewApi['picture']['result'];

/** What the page's host side needs of VS Code. */
export interface TrainingPageHost extends RunPageHost<WatchedTraining> {
  /** The trainings of the workspace, newest first. */
  others(): Promise<readonly TrainingEntry[]>;
  phaseOf(entry: TrainingEntry): RunPhase;
  /** A file of a run's folder; undefined when it is not there. */
  readFile(folder: string, file: string): Promise<Uint8Array | undefined>;
  /** A small picture of an image. */
  thumbnail(path: string, size: number): Promise<Bytes>;
  /** Shows a cell of a run's alignment. */
  showCell(folder: string, target: number, source: number): Promise<void>;
}

/** Reports of one run come at most so often. */
const FLOOR_MS = 100;
const THUMBNAIL = 224;
/** Other runs that the page offers for comparison. */
const MOST_OTHERS = 30;

/** Answers the training page about one run at a time. */
export class TrainingPage {
  readonly #host: TrainingPageHost;
  readonly #feed = new RunFeed<WatchedTraining, TrainingSummary>(() => this.#host, {
    commands: { resume: 'semap.resumeTraining', again: 'semap.trainAgain' },
    summary: (run, problem) => this.#summary(run, problem),
    turned: (from, to) => {
      // Runs that were overlaid on a run do not belong to the next.
      if (to?.folder !== from?.folder) this.#compare = undefined;
      this.#others = this.#others.filter(({ id }) => id !== to?.folder);
    },
    knows: (folder) => this.#others.some(({ id }) => id === folder),
    floor: FLOOR_MS,
  });
  #others: readonly OtherRun[] = [];
  #compare: { readonly request: number; readonly ids: readonly string[] } | undefined;
  #requests = 0;

  constructor(host: TrainingPageHost) {
    this.#host = host;
  }

  get run(): WatchedTraining | undefined {
    return this.#feed.run;
  }

  /** Turns to another run or to none, and overlays others on it. */
  show(run: WatchedTraining | undefined, compare?: readonly string[]): void {
    this.#feed.turn(run);
    if (compare) this.#compare = { request: ++this.#requests, ids: compare };
    this.#feed.tell();
    void this.runsChanged();
  }

  /** Turns to the run in a folder. A damaged one is shown as such. */
  open(folder: string, compare?: readonly string[]): Promise<void> {
    return this.#feed.open(folder, (run) => this.show(run, compare));
  }

  /** There may be other runs; this one may be called otherwise, or be gone. */
  async runsChanged(): Promise<void> {
    const entries = await this.#host.others();
    await this.#follow(entries);
    this.#others = entries
      .filter(({ folder }) => folder !== this.run?.folder)
      .slice(0, MOST_OTHERS)
      .map(
        (entry): OtherRun => ({
          id: entry.folder,
          name: entry.name,
          phase: this.#host.phaseOf(entry),
          accuracy: entry.record.best?.valAccuracy,
          folder: this.#elsewhere(entry),
        }),
      );
    this.#feed.tell();
  }

  /** What another run was trained on, where that is something else. */
  #elsewhere({ record }: TrainingEntry): string | undefined {
    const { folders } = record.params;
    const same = JSON.stringify(folders) === JSON.stringify(this.run?.params.folders);
    return same ? undefined : oneLine(titleOf(folders));
  }

  dispose(): void {
    this.#feed.dispose();
  }

  readonly handlers: Handlers<TrainingViewApi> = {
    ...this.#feed.handlers,
    points: async ({ id, from }) => (await this.#feed.of(id)).epochs.slice(Math.max(0, from)).map(pointOf),
    confusion: async ({ id }) => {
      const { record } = await this.#feed.of(id);
      const confusion = record?.confusion;
      if (!confusion || !Array.isArray(confusion.labels)) return null;
      return { labels: confusion.labels.map(String), counts: Uint32Array.from(confusion.counts) };
    },
    mappingChanges: async ({ id }) => {
      const { record } = await this.#feed.of(id);
      return (record?.changes ?? []).map(({ target, from, to, fromLabel, toLabel }) => ({
        target: record?.labels[target] ?? String(target),
        targetIndex: target,
        sourceIndex: to < 0 ? from : to,
        from: from < 0 ? undefined : fromLabel,
        to: to < 0 ? undefined : toLabel,
      }));
    },
    picture: async ({ id, picture }) => this.#picture(await this.#feed.of(id), picture),
    train: async () => {
      await this.#host.execute('semap.trainPrompt');
    },
    openAlignment: ({ id }) => this.#feed.execute('semap.openRunAlignment', id),
    classify: ({ id }) => this.#feed.execute('semap.classifyWithRun', id),
    keepBaseline: ({ id, what }) =>
      what === 'mapping'
        ? this.#feed.execute('semap.keepMapping', id)
        : this.#feed.execute('semap.keepHead', id, { head: what } satisfies KeptHead),
    showCell: async ({ id, target, source }) => {
      await this.#host.showCell((await this.#feed.of(id)).folder, target, source);
    },
  };

  /** A run that is over is what its folder says. One that never had a record still tells why. */
  async #follow(entries: readonly TrainingEntry[]): Promise<void> {
    const { run } = this;
    if (!run?.record || run.live) return;
    const entry = entries.find(({ folder }) => folder === run.folder);
    if (entry?.name === runName(run)) return;
    // Not in the list is also a training that a search made: it lies in the folder of that.
    const read = await this.#host.open(run.folder).catch(() => undefined);
    if (this.run !== run) return;
    if (!read) this.#feed.turn(undefined);
    else if (entry) this.#feed.turn(read);
  }

  async #picture(run: WatchedTraining, picture: TrainingPicture): Promise<Bytes> {
    const png = (bytes: Uint8Array | undefined) =>
      bytes === undefined ? null : { type: 'image/png', bytes: new Uint8Array(bytes) };
    const stored = async (file: string) => png(await this.#host.readFile(run.folder, file));
    switch (picture) {
      case 'prompt':
        return run.prompt ? png(run.prompt) : stored(RUN_FILES.picture);
      case 'mask':
        return run.mask ? png(run.mask) : stored(RUN_FILES.mask);
      case 'prompted':
        return run.sample ? png(run.sample.png) : stored(RUN_FILES.sample);
      case 'sample': {
        const path = run.sample?.path ?? run.record?.sample;
        if (typeof path !== 'string') return null;
        const { type, bytes } = (await this.#host.thumbnail(path, THUMBNAIL)) ?? {};
        // A view into a larger buffer would carry that whole buffer into the page.
        return type === undefined || !bytes ? null : { type, bytes: bytes.slice() };
      }
      default: {
        const at = furtherPictures.indexOf(picture);
        if (at < 0) return null;
        const newest = run.furtherPrompts[at];
        return newest ? png(newest) : stored(promptFiles(at + 1).picture);
      }
    }
  }

  #summary(run: WatchedTraining, problem: PageProblem | undefined): TrainingSummary {
    const { record, params, step, phase } = run;
    const settings = record?.settings ?? params.settings;
    const last = run.epochs.at(-1);
    return {
      kind: 'training',
      id: run.folder,
      name: runName(run),
      title: titleOf(params.folders),
      backbone: record?.backbone.name ?? basename(params.backbone).replace(/\.onnx$/i, ''),
      way: trainedWayName(settings),
      phase,
      live: run.live,
      activity: preparationWords(run),
      epoch: step?.epoch ?? last?.epoch ?? record?.epoch ?? 0,
      epochs: step?.epochs ?? settings.epochs ?? 0,
      step: step?.step ?? 0,
      steps: step?.steps ?? 0,
      seed: settings.seed ?? 0,
      points: run.epochs.length,
      baselines: baselineRows(run),
      prompts: settings.prompt.count ?? 1,
      pictures: run.pictures,
      validated: record?.confusion ? Math.max(1, run.epochs.length) : 0,
      others: this.#others,
      notes: notesOf(run),
      folder: record && this.#host.shortPath(run.folder),
      imagesPerSecond: step?.imagesPerSecond ?? (phase === 'running' ? last?.imagesPerSecond : undefined),
      secondsLeft: step?.secondsLeft,
      // The first steps of an epoch are a few images: they would look like a jump.
      partial:
        step && step.step * 4 >= step.steps
          ? {
              epoch: step.epoch - 1 + step.step / Math.max(1, step.steps),
              trainLoss: step.loss,
              trainAccuracy: step.trainAccuracy,
            }
          : undefined,
      seconds: record?.seconds,
      device: record && (record.device ? say(deviceName(record.device)) : ''),
      images: record && {
        training: record.trainImages,
        validation: record.validationImages,
        test: record.testImages,
      },
      best: record?.best && { epoch: record.best.epoch, accuracy: record.best.valAccuracy },
      verdict: record?.verdict && say(record.verdict),
      mappingChanges: record?.changes && last?.mappingChanges,
      compare: this.#compare,
      problem,
    };
  }
}

function pointOf(metrics: WatchedTraining['epochs'][number]): CurvePoint {
  const { epoch, loss, trainAccuracy, valLoss, valAccuracy } = metrics;
  return {
    epoch,
    validationLoss: valLoss,
    validationAccuracy: valAccuracy,
    trainLoss: numberOf(loss),
    trainAccuracy: numberOf(trainAccuracy),
  };
}

/** Records are files that anyone may have written. */
function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** Which head of a run to keep. */
export interface KeptHead {
  readonly head: 'linear-mapping' | 'linear-probe';
}

/** The baselines, and the run itself below them. */
function baselineRows({ baselines, record, live }: WatchedTraining): BaselineRow[] {
  const better = record && !live ? betterMapping(record) : undefined;
  const heads = new Set(live ? [] : baselines.filter(({ head }) => head).map(({ kind }) => kind));
  return trainedRows(baselines, record).map((row): BaselineRow => {
    const { kind } = row;
    if (kind === undefined) return row;
    if (heads.has(kind) && (kind === 'linear-mapping' || kind === 'linear-probe'))
      return { ...row, keep: kind };
    return kind === better?.kind ? { ...row, keep: 'mapping' } : row;
  });
}

function notesOf({ record, elsewhere }: WatchedTraining): string[] {
  const { t } = vscode.l10n;
  const notes: string[] = [];
  if (elsewhere)
    notes.push(t('Another window is training this run. It is shown as it was when it was opened.'));
  if (!record) return notes;
  if (record.gradient === 'spsa') {
    notes.push(t('No gradient passes through this backbone: the prompt is trained by SPSA, which is slow.'));
  }
  const { count = 1 } = record.settings.prompt;
  if (count > 1)
    notes.push(
      t(
        '{0} prompts answer together, each weighed for each label: each image is classified {0} times.',
        count,
      ),
    );
  if (record.remark) notes.push(say(record.remark));
  if (record.ended) notes.push(say(record.ended));
  if (isMeasuredOn(record.measuredOn))
    notes.push(...measuredLines(record.measuredOn, record.params.folders).map(say));
  if (record.splits) notes.push(t('Splits: {0}.', say(rolesText(record.splits))));
  notes.push(...skippedNotes(record.skipped ?? []));
  return notes;
}
