import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { rolesText } from '../../core/folders/splitTexts.ts';
import { DisposableValue } from '../../core/listeners.ts';
import { isMeasuredOn } from '../../core/metrics/measuredOn.ts';
import { measuredLines } from '../../core/metrics/measuredText.ts';
import { trainedRows, trainedWayName } from '../../core/reuse/trainedRows.ts';
import { deviceName, promptFiles, RUN_FILES, type RunPhase } from '../../core/runs/run.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase, plural } from '../../core/text/text.ts';
import { betterMapping } from '../../core/training/betterMapping.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type {
  BaselineRow,
  CurvePoint,
  OtherRun,
  TrainingPicture,
  TrainingState,
  TrainingSummary,
  TrainingViewApi,
} from '../../protocol/trainingView.ts';
import { furtherPictures } from '../../protocol/trainingView.ts';
import type { ErrorDescription } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { PageFeed, type PageHost } from '../pages/pageFeed.ts';
import type { TrainingEntry } from '../runs/runEntries.ts';
import { preparationWords, runName } from './trainingWords.ts';
import type { WatchedTraining } from './watchedTraining.ts';

type Bytes = TrainingViewApi['picture']['result'];

/** What the page's host side needs of VS Code. */
export interface TrainingPageHost extends PageHost {
  /** An error of a run; without one, of a folder that holds no run that can be read. */
  describeError(error: unknown, folder: string, run?: WatchedTraining): ErrorDescription;
  /** The trainings of the workspace, newest first. */
  others(): Promise<readonly TrainingEntry[]>;
  phaseOf(entry: TrainingEntry): RunPhase;
  open(folder: string): Promise<WatchedTraining>;
  pause(folder: string): Promise<void>;
  stop(folder: string): Promise<void>;
  /** A file of a run's folder; undefined when it is not there. */
  readFile(folder: string, file: string): Promise<Uint8Array | undefined>;
  /** A small picture of an image. */
  thumbnail(path: string, size: number): Promise<Bytes>;
  openFile(path: string): unknown;
  /** Shows a cell of a run's alignment. */
  showCell(folder: string, target: number, source: number): Promise<void>;
  /** A path as people find it again. */
  shortPath(path: string): string;
}

/** Reports of one run come at most so often. */
const FLOOR_MS = 100;
const THUMBNAIL = 224;
/** Other runs that the page offers for comparison. */
const MOST_OTHERS = 30;

/** Answers the training page about one run at a time. */
export class TrainingPage {
  readonly #host: TrainingPageHost;
  readonly #feed = new PageFeed<TrainingState>(
    () => this.#state(),
    () => this.#host,
  );
  #run: WatchedTraining | undefined;
  #damaged: { readonly folder: string; readonly error: unknown } | undefined;
  #loading = false;
  readonly #listening = new DisposableValue();
  #others: readonly OtherRun[] = [];
  #compare: { readonly request: number; readonly ids: readonly string[] } | undefined;
  #requests = 0;
  #timer: NodeJS.Timeout | undefined;
  #told = 0;

  constructor(host: TrainingPageHost) {
    this.#host = host;
  }

  get run(): WatchedTraining | undefined {
    return this.#run;
  }

  /** Turns to another run or to none, and overlays others on it. */
  show(run: WatchedTraining | undefined, compare?: readonly string[]): void {
    this.#turn(run);
    if (compare) this.#compare = { request: ++this.#requests, ids: compare };
    this.#tell();
    void this.runsChanged();
  }

  /** Turns to the run in a folder. A damaged one is shown as such. */
  async open(folder: string, compare?: readonly string[]): Promise<void> {
    this.#turn(undefined);
    this.#loading = true;
    this.#tell();
    try {
      this.show(await this.#host.open(folder), compare);
    } catch (error) {
      this.#damaged = { folder, error };
      this.#loading = false;
      this.#tell();
    }
  }

  /** There may be other runs; this one may be called otherwise, or be gone. */
  async runsChanged(): Promise<void> {
    const entries = await this.#host.others();
    await this.#follow(entries);
    this.#others = entries
      .filter(({ folder }) => folder !== this.#run?.folder)
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
    this.#tell();
  }

  /** What another run was trained on, where that is something else. */
  #elsewhere({ record }: TrainingEntry): string | undefined {
    const { folders } = record.params;
    const same = JSON.stringify(folders) === JSON.stringify(this.#run?.params.folders);
    return same ? undefined : oneLine(titleOf(folders));
  }

  dispose(): void {
    this.#listening.dispose();
    clearTimeout(this.#timer);
  }

  readonly handlers: Handlers<TrainingViewApi> = {
    ...this.#feed.handlers,
    points: async ({ id, from }) => (await this.#of(id)).epochs.slice(Math.max(0, from)).map(pointOf),
    confusion: async ({ id }) => {
      const { record } = await this.#of(id);
      const confusion = record?.confusion;
      if (!confusion || !Array.isArray(confusion.labels)) return null;
      return { labels: confusion.labels.map(String), counts: Uint32Array.from(confusion.counts) };
    },
    mappingChanges: async ({ id }) => {
      const { record } = await this.#of(id);
      return (record?.changes ?? []).map(({ target, from, to, fromLabel, toLabel }) => ({
        target: record?.labels[target] ?? String(target),
        targetIndex: target,
        sourceIndex: to < 0 ? from : to,
        from: from < 0 ? undefined : fromLabel,
        to: to < 0 ? undefined : toLabel,
      }));
    },
    picture: async ({ id, picture }) => this.#picture(await this.#of(id), picture),
    pause: async ({ id }) => {
      await this.#host.pause((await this.#of(id)).folder);
    },
    resume: ({ id }) => this.#execute('semap.resumeTraining', id),
    stop: async ({ id }) => {
      await this.#host.stop((await this.#of(id)).folder);
    },
    again: ({ id }) => this.#execute('semap.trainAgain', id),
    train: async () => {
      await this.#host.execute('semap.trainPrompt');
    },
    openAlignment: ({ id }) => this.#execute('semap.openRunAlignment', id),
    classify: ({ id }) => this.#execute('semap.classifyWithRun', id),
    keepBaseline: ({ id, what }) =>
      what === 'mapping'
        ? this.#execute('semap.keepMapping', id)
        : this.#execute('semap.keepHead', id, { head: what } satisfies KeptHead),
    showCell: async ({ id, target, source }) => {
      await this.#host.showCell((await this.#of(id)).folder, target, source);
    },
    openRecord: async ({ id }) => {
      await this.#host.openFile(`${(await this.#of(id)).folder}/${RUN_FILES.record}`);
    },
  };

  async #execute(command: string, id: string, ...more: readonly unknown[]): Promise<undefined> {
    await this.#host.execute(command, (await this.#of(id)).folder, ...more);
  }

  /** A run that is over is what its folder says. One that never had a record still tells why. */
  async #follow(entries: readonly TrainingEntry[]): Promise<void> {
    const run = this.#run;
    if (!run?.record || run.live) return;
    const entry = entries.find(({ folder }) => folder === run.folder);
    if (!entry) this.#turn(undefined);
    else if (entry.name !== runName(run)) {
      const renamed = await this.#host.open(run.folder).catch(() => undefined);
      if (renamed && this.#run === run) this.#turn(renamed);
    }
  }

  #turn(run: WatchedTraining | undefined): void {
    // Runs that were overlaid on a run do not belong to the next.
    if (run?.folder !== this.#run?.folder) this.#compare = undefined;
    this.#listening.value = run?.onDidChange(() => this.#tellSoon());
    this.#run = run;
    this.#damaged = undefined;
    this.#loading = false;
    this.#others = this.#others.filter(({ id }) => id !== run?.folder);
  }

  /** The shown run, or one that the page was told of: a page names no folder of its own. */
  async #of(id: string): Promise<WatchedTraining> {
    if (this.#run?.folder === id) return this.#run;
    if (this.#others.some((other) => other.id === id)) return this.#host.open(id);
    throw new SemapError('cancelled', phrase('Another run is shown.'));
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#told = performance.now();
    this.#feed.tell();
  }

  #tellSoon(): void {
    const wait = this.#told + FLOOR_MS - performance.now();
    if (wait <= 0) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), wait);
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

  #state(): TrainingState {
    if (this.#loading) return { kind: 'loading' };
    if (this.#damaged) return this.#damagedState(this.#damaged.error, this.#damaged.folder);
    if (!this.#run) return { kind: 'nothing' };
    try {
      return this.#summary(this.#run);
    } catch (error) {
      // A record is a file that anyone may have written.
      return this.#damagedState(error, this.#run.folder);
    }
  }

  #summary(run: WatchedTraining): TrainingSummary {
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
      problem: run.error && this.#feed.problem(this.#host.describeError(run.error, run.folder, run)),
    };
  }

  #damagedState(error: unknown, folder: string): TrainingState {
    return {
      kind: 'damaged',
      name: oneLine(basename(folder)),
      problem: this.#feed.problem(this.#host.describeError(error, folder)),
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

/** Skipped images that are named. */
const SKIPPED_SHOWN = 3;

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
  const skipped = record.skipped ?? [];
  if (skipped.length > 0) {
    const named = skipped
      .slice(0, SKIPPED_SHOWN)
      .map(({ path, reason }) => `${basename(path)}: ${say(reason).replace(/\.$/, '')}`);
    const list = `${named.join('; ')}${skipped.length > SKIPPED_SHOWN ? '; …' : ''}`;
    notes.push(
      say(plural(skipped.length, '{0} image was left out. {1}', '{0} images were left out. {1}', list)),
    );
  }
  return notes;
}
