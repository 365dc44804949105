import { classifyEach } from '../../capabilities/runImages.ts';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { joinedSources } from '../../core/alignments/members.ts';
import type { CautionSettings } from '../../core/caution/cautiousAnswers.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import type { Prediction } from '../../core/evidence/imageScorer.ts';
import { type ImageFolders, imageFolders } from '../../core/folders/layout.ts';
import type { PassedOver } from '../../core/images/imageFiles.ts';
import { Listeners } from '../../core/listeners.ts';
import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type {
  ChangedFolders,
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
} from '../../protocol/classification.ts';
import type { SettleMode } from '../../protocol/settling.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { Answers } from './answers.ts';
import { PredictionList } from './predictionList.ts';

export type RunState = 'running' | 'done' | 'cancelled' | 'failed';

/** How far a run is; see {@link ClassifyProgress}. */
export type RunProgress = Omit<ClassifyProgress, 'predictions' | 'places' | 'skipped' | 'sources' | 'gone'>;

export interface RunSettings {
  readonly params: ClassifyParams;
  /** What the backbone is called. */
  readonly backbone: string;
  /** File of the alignment document, when it has one. */
  readonly alignmentPath?: string | undefined;
  /** Whether its images are settled when they are done; absent: where they say enough about each other. */
  readonly settle?: SettleMode | undefined;
  /** On the promise of about equally many images of each label. */
  readonly balanced?: boolean | undefined;
}

/** What of a run of before can be shown again, beside its predictions. */
export interface RestoredRun {
  readonly id: string;
  readonly time: Date;
  /** When the last image was looked at, as far as that is known. */
  readonly ended?: Date | undefined;
  readonly state: Exclude<RunState, 'running'>;
  /** Images that there were to classify. */
  readonly total: number;
  readonly skipped: readonly SkippedImage[];
  /** Names of the source labels by their index, as far as they are known. */
  readonly sources: SourceNames;
  readonly result: ClassifyResult | undefined;
  readonly error?: SemapError | undefined;
  readonly notes: readonly string[];
  /** Folder of its record. */
  readonly keptIn: string | undefined;
}

/** Images that have other places than a run saw them in. */
export interface MovedImages {
  readonly images: number;
  /** Of them, those that are in its folders still. */
  readonly within: number;
}

type SourceNames = Readonly<Record<number, string>>;

/** One classification of folders: what was asked, how far it is, and everything that came out of it so far. */
export class ClassifyRun {
  readonly settings: RunSettings;
  /** The same in every window. */
  readonly id: string;
  /** When it was begun. */
  readonly time: Date;
  /** What is to be known about it beside its figures. */
  readonly notes: readonly string[];
  /** What the mapping alone says. */
  readonly predictions = new PredictionList();
  /** What is shown. */
  readonly answers = new Answers(this.predictions);
  readonly skipped: SkippedImage[] = [];
  /** The accuracy of the answers that are shown, where they were settled. */
  measured: AnswerFigures | undefined;
  /** How sure an answer must be to be shown. */
  caution: CautionSettings = {};
  /** Settles when the run is over; never rejects. */
  over: Promise<void> = Promise.resolve();
  readonly #changed = new Listeners();
  readonly #abort = new AbortController();
  #state: RunState = 'running';
  #progress: RunProgress = { total: 0, listed: false, done: 0, cached: 0, imagesPerSecond: 0 };
  #result: ClassifyResult | undefined;
  #error: SemapError | undefined;
  #sources: SourceNames | undefined;
  #keptIn: string | undefined;
  #ended: Date | undefined;
  #changedFolders: ChangedFolders | undefined;
  #moved: MovedImages = { images: 0, within: 0 };
  #onBegin: () => void = () => {};
  /** Paths of what was there when an engine ended in the run. */
  #seen: Set<string> | undefined;
  /** Rows of images by their paths, where folders are watched: images may change and go. */
  readonly #rows: Map<string, number> | undefined;
  /** Of those, what the engine that took over has not found yet. */
  #unconfirmed: Set<string> | undefined;
  #turn = 0;

  readonly onDidChange = this.#changed.on;

  /** @param id of the run that it continues */
  constructor(
    settings: RunSettings,
    id: string = crypto.randomUUID(),
    time = new Date(),
    notes: readonly string[] = [],
  ) {
    this.settings = settings;
    this.id = id;
    this.time = time;
    this.notes = notes;
    if (settings.params.watch) this.#rows = new Map();
  }

  /** A run of before, with the predictions that were kept of it or made again. */
  static async restored(
    settings: RunSettings,
    { id, time, ended, notes, state, result, error, keptIn, total, skipped, sources }: RestoredRun,
    predictions: Iterable<readonly Prediction[]> | AsyncIterable<readonly Prediction[]>,
  ): Promise<ClassifyRun> {
    const run = new ClassifyRun(settings, id, time, notes);
    for await (const some of predictions) run.#take(some);
    for (const image of skipped) run.skipped.push(image);
    const done = run.predictions.length;
    run.#progress = { total, listed: true, done, cached: done, imagesPerSecond: 0 };
    run.#sources = sources;
    run.#result = result;
    run.#error = error;
    run.#state = state;
    run.#ended = ended;
    run.#keptIn = keptIn;
    return run;
  }

  /** Folder of its record, once it has one. */
  get keptIn(): string | undefined {
    return this.#keptIn;
  }

  set keptIn(folder: string | undefined) {
    this.#keptIn = folder;
    this.#changed.tell();
  }

  /** When it was over. */
  get ended(): Date | undefined {
    return this.#ended;
  }

  /** How its folders differ from what it saw, once somebody looked. */
  get changedFolders(): (ChangedFolders & { readonly moved: number }) | undefined {
    const { arrived = 0, changed = 0, gone = 0 } = this.#changedFolders ?? {};
    if (!this.#changedFolders) return undefined;
    // Where the export was undone nothing is gone.
    const moved = Math.min(gone, this.#moved.images);
    const within = Math.min(moved, this.#moved.within);
    return { arrived: Math.max(0, arrived - within), changed, gone: gone - moved, moved };
  }

  /** Images that an export moved are neither deleted nor new. */
  async noteMoved({ images, within }: MovedImages, engine: Pick<Engine, 'call'>): Promise<void> {
    this.#moved = { images: this.#moved.images + images, within: this.#moved.within + within };
    await this.lookAtFolders(engine);
  }

  /** Looks whether the folders are as the run saw them. Never rejects: what cannot be looked at says nothing. */
  async lookAtFolders(engine: Pick<Engine, 'call'>): Promise<void> {
    if (this.#state === 'running' || !this.#ended) return;
    const images = this.predictions.slice(0, this.predictions.length);
    const paths = [...images, ...this.skipped].map(({ path }) => path);
    const since = this.#ended.getTime();
    this.#changedFolders = await engine
      .call('changesSince', { ...this.settings.params, paths, since })
      .catch(() => undefined);
    this.#changed.tell();
  }

  /** Tells that answers are others now. */
  tellChange(): void {
    this.#changed.tell();
  }

  /** Whether it goes on with what comes. */
  get watching(): boolean {
    return this.#rows !== undefined && this.#state === 'running';
  }

  /** Another one when images have other places in the list. */
  get turn(): number {
    return this.#turn;
  }

  get folders(): readonly string[] {
    return this.settings.params.folders;
  }

  /** Its folders, and how they are read. */
  get images(): ImageFolders {
    return imageFolders(this.settings.params);
  }

  get alignment(): AlignmentDocument {
    return this.settings.params.alignment;
  }

  get alignmentPath(): string | undefined {
    return this.settings.alignmentPath;
  }

  get backbone(): string {
    return this.settings.backbone;
  }

  get state(): RunState {
    return this.#state;
  }

  get progress(): RunProgress {
    return this.#progress;
  }

  /** What a source label is called; by the alignment where the backbone was not described. */
  sourceLabel(source: number): string {
    const named = () =>
      joinedSources(this.alignment)
        .flat()
        .find(({ index }) => index === source)?.label;
    return this.#sources?.[source] ?? named() ?? `source ${source}`;
  }

  /** Of {@link skipped}, how many are folders. */
  get skippedFolders(): number {
    return this.skipped.reduce((sum, { folder }) => sum + (folder ? 1 : 0), 0);
  }

  /** What is not read, once it is over. */
  get passedOver(): PassedOver | undefined {
    return this.#result?.passedOver;
  }

  /** Of {@link judged}, how many answers are right as they are shown. */
  get correct(): number {
    const { accuracy } = this.measured ?? {};
    return accuracy == null ? this.answers.judged.correct : Math.round(accuracy * this.judged);
  }

  /** Answers whose truth is known. */
  get judged(): number {
    const { accuracy, measuredOn } = this.measured ?? {};
    return accuracy == null || !measuredOn ? this.answers.judged.judged : measuredOn.measured;
  }

  /** When it is over and was not interrupted by a failure: with the figures of the answers that are shown. */
  get result(): ClassifyResult | undefined {
    return this.#result && { ...this.#result, ...this.measured };
  }

  get error(): SemapError | undefined {
    return this.#error;
  }

  /** Asks the engine to stop after the batch that it is in; what is done is kept. */
  cancel(): void {
    this.#abort.abort();
  }

  /**
   * Starts, and waits until the backbone is described: images run from then on, and {@link over} settles at their end.
   * @throws {SemapError} what keeps it from beginning
   */
  async begin(engine: Engine): Promise<true> {
    const begun = new Promise<void>((resolve) => {
      this.#onBegin = resolve;
    });
    this.over = this.start(engine);
    await Promise.race([begun, this.over]);
    if (!this.#sources && this.#error) throw this.#error;
    return true;
  }

  /** Classifies; resolves when the run is over, however it ended. */
  async start(engine: Engine): Promise<void> {
    this.#state = 'running';
    this.#error = undefined;
    try {
      const session = { engine, signal: this.#abort.signal };
      this.#result = await classifyEach(this.settings.params, session, {
        onProgress: (progress) => this.#add(progress),
        onAgain: () => this.#again(),
      });
      this.#state = this.#result.cancelled ? 'cancelled' : 'done';
    } catch (thrown) {
      const error = toSemapError(thrown);
      this.#state = error.reason === 'cancelled' ? 'cancelled' : 'failed';
      if (this.#state === 'failed') this.#error = error;
    }
    this.#ended = new Date();
    this.#clearAway();
    this.#changed.tell();
  }

  /** Images that went meanwhile are in no figure and no list of a run that is over. */
  #clearAway(): void {
    if (this.answers.gone.size === 0) return;
    this.predictions.drop(this.answers.gone);
    this.answers.begin();
    this.#turn++;
  }

  /** Another engine begins at the beginning: what it finds a second time is there already. */
  #again(): void {
    if (this.#rows) {
      this.#unconfirmed = new Set(this.#rows.keys());
      return;
    }
    this.#seen = new Set();
    for (let i = 0; i < this.predictions.length; i++) this.#seen.add(this.predictions.at(i)!.path);
    for (const { path } of this.skipped) this.#seen.add(path);
  }

  #add({ predictions, places, skipped, gone = [], sources, ...progress }: ClassifyProgress): void {
    if (sources) this.#sources = sources;
    this.#onBegin();
    this.#take(predictions, places);
    if (this.#rows) this.#forgetSkipped([...skipped, ...predictions], gone);
    for (const image of skipped) if (!this.#seen?.has(image.path)) this.skipped.push(image);
    for (const { path } of skipped) this.#leave(path);
    for (const path of gone) this.#leave(path);
    if (progress.waiting && this.#unconfirmed) {
      for (const path of this.#unconfirmed) this.#leave(path);
      this.#unconfirmed = undefined;
    }
    this.#progress = progress;
    this.#changed.tell();
  }

  #take(predictions: readonly Prediction[], places?: readonly number[]): void {
    for (const [i, prediction] of predictions.entries()) {
      const { path } = prediction;
      const row = this.#rows?.get(path);
      if (row !== undefined && this.#unconfirmed?.delete(path)) {
        this.predictions.replace(row, prediction);
        this.answers.renew(row);
        continue;
      }
      // An image that was changed is another: pages have a picture of the one before.
      if (row !== undefined) this.answers.leave(row);
      if (!this.#seen?.has(path)) {
        this.#rows?.set(path, this.predictions.length);
        this.predictions.push(prediction, places?.[i]);
      }
    }
  }

  /** What could not be read can be by now, is gone, or is told again. */
  #forgetSkipped(told: readonly { readonly path: string }[], gone: readonly string[]): void {
    if (this.skipped.length === 0) return;
    const paths = new Set([...told.map(({ path }) => path), ...gone]);
    const kept = this.skipped.filter(({ path }) => !paths.has(path));
    this.skipped.splice(0, this.skipped.length, ...kept);
  }

  #leave(path: string): void {
    const row = this.#rows?.get(path);
    if (row === undefined) return;
    this.#rows?.delete(path);
    this.answers.leave(row);
  }
}
