import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { cancelled, problemOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { SplitRoles } from '../../core/folders/splitRoles.ts';
import type { MeasuredOn } from '../../core/metrics/measuredOn.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { listed, phrase } from '../../core/text/text.ts';
import {
  foundBefore,
  newRecord,
  recordAfter,
  withSkipped,
  withTest,
  withVerdict,
} from '../../core/training/recordChanges.ts';
import { type LabelledImage, mustSuffice, type RunImages } from '../../core/training/split.ts';
import type {
  PlainImages,
  TrainerProgress,
  TrainJob,
  TrainOutcome,
  TrainProgress,
} from '../../core/training/trainJob.ts';
import type { FolderLock } from '../../files/folderLock.ts';
import { lockNewRun, mustBeEmpty } from '../../files/runFolders.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { groupsOfFiles } from '../likeness/folderLikeness.ts';
import { Thread } from '../threads/thread.ts';
import {
  type PreparedTraining,
  plainOutputs,
  prepareTraining,
  type TrainingServices,
} from './prepareTraining.ts';
import { readRecord, writeRecord } from './runFiles.ts';
import { type FoundImages, keepImages, keptImages, labelledImages, splitImages } from './runImages.ts';
import type { TrainingWorkerApi } from './trainingWorker.ts';

type Context = CallContext<TrainProgress>;

/** A training that somebody else parts. */
export interface TrainingPart {
  readonly images: RunImages;
  /** Epochs after which it is left, to be gone on with; absent: at its end. */
  readonly leaveAfter?: number | undefined;
}

/** One run of this engine: its record, its files and its thread. */
export class TrainingRun {
  readonly runFolder: string;
  readonly #services: TrainingServices;
  readonly #params: TrainParams;
  readonly #context: Context;
  readonly #resume: boolean;
  readonly #parted: RunImages | undefined;
  readonly #leaveAfter: number | undefined;
  #record: TrainingRecord | undefined;
  #lock: FolderLock | undefined;
  #thread: Thread<TrainingWorkerApi> | undefined;
  #wish: 'pause' | 'resume' | 'stop' = 'resume';

  /** @param part of a search; absent: this run finds and parts its images, and goes on to its end */
  constructor(
    services: TrainingServices,
    params: TrainParams,
    context: Context,
    resume: boolean,
    part?: TrainingPart,
  ) {
    this.#services = services;
    this.#params = params;
    this.#context = context;
    this.#resume = resume;
    this.#parted = part?.images;
    this.#leaveAfter = part?.leaveAfter;
    this.runFolder = params.runFolder;
  }

  get paused(): boolean {
    return this.#wish === 'pause';
  }

  control(wish: 'pause' | 'resume' | 'stop'): void {
    this.#wish = wish;
    void this.#thread?.call('control', wish).catch(() => {});
  }

  /** @throws {SemapError} which the record tells too, as far as it came to be */
  async run(): Promise<TrainingRecord> {
    const leave = () => void this.#thread?.call('control', 'leave').catch(() => {});
    this.#context.signal.addEventListener('abort', leave, { once: true });
    try {
      return await this.#all();
    } catch (error) {
      const problem = problemOf(error);
      if (problem.reason === 'cancelled') return await this.#end('paused', {});
      // A full disk may not take the record either: what was there before stays.
      await this.#end('failed', { problem }).catch(() => {});
      throw error;
    } finally {
      this.#context.signal.removeEventListener('abort', leave);
      await this.#thread?.close();
      await this.#lock?.release();
    }
  }

  async #all(): Promise<TrainingRecord> {
    const { signal } = this.#context;
    if (!this.#resume) await mustBeEmpty(this.runFolder);
    const prepared = await prepareTraining(this.#services, this.#params, signal);
    const { images: first, gone, measuredOn, splits, all } = await this.#images(prepared);
    // Of a run that is resumed the caller has it.
    if (!this.#resume) this.#lock = await lockNewRun(this.runFolder);
    const before = this.#resume ? await readRecord(this.runFolder) : undefined;
    this.#record = {
      ...newRecord(this.#params, prepared, first, { pid: process.pid, ...this.#services }),
      skipped: gone,
      ...(before && foundBefore(before)),
      measuredOn: before?.measuredOn ?? measuredOn,
      splits: before?.splits ?? splits,
    };
    await writeRecord(this.runFolder, this.#record);
    if (first === this.#parted) await keepImages(this.runFolder, first);
    // It starts while outputs are computed.
    this.#thread = new Thread('training/trainingWorker');
    const images = all ? await this.#part(all, prepared) : first;
    const [train, validation] = await this.#plain(prepared.backbone, [images.train, images.validation]);
    signal.throwIfAborted();
    this.#context.report({ kind: 'preparing', what: 'baselines', done: 0, total: 5 });
    const { state, ...result } = await this.#train({
      ...prepared,
      runFolder: this.runFolder,
      trainImages: images.train,
      validationImages: images.validation,
      train,
      validation,
      resume: this.#resume,
      leaveAfter: this.#leaveAfter,
    });
    if (state === 'paused') return this.#end('paused', result);
    this.#record = { ...this.#record, ...result };
    await this.#measure(prepared, validation);
    this.#record = withVerdict(this.#record);
    return this.#end(state === 'stopped' ? 'stopped' : 'done', {});
  }

  /** The epochs, in a thread of their own; the record is written as they end. */
  async #train(job: TrainJob): Promise<TrainOutcome> {
    if (this.#wish !== 'resume') this.control(this.#wish);
    let writing: Promise<void> = Promise.resolve();
    let failed: unknown;
    const outcome = await this.#thread!.call('train', job, {
      onProgress: (progress) => {
        this.#tell(progress);
        if (!changesFile(progress)) return;
        writing = writing
          .then(() => writeRecord(this.runFolder, this.#record!))
          .catch((error) => {
            failed ??= error;
            this.control('stop');
          });
      },
    });
    await writing;
    if (failed) throw failed;
    return outcome;
  }

  async #images({ document, settings }: PreparedTraining): Promise<{
    images: RunImages;
    gone: readonly SkippedImage[];
    measuredOn?: MeasuredOn | undefined;
    splits?: SplitRoles | undefined;
    /** Where they are parted for the first time. */
    all?: FoundImages | undefined;
  }> {
    if (this.#resume) {
      const kept = await keptImages(this.runFolder, this.#params.folders, document).catch((error) => {
        // A run that waited in the queue when its engine ended has no list yet.
        if (toSemapError(error).reason !== 'invalid-document') throw error;
        return undefined;
      });
      if (kept) return kept;
    }
    if (this.#parted) {
      mustSuffice(
        this.#parted,
        document.targets.map(({ label }) => label),
      );
      return { images: this.#parted, gone: [] };
    }
    const { signal } = this.#context;
    const found = await labelledImages(this.#params, document, this.#services, signal);
    const images = splitImages(found, document, settings);
    const { splits } = found;
    return { images, gone: [], measuredOn: found.measuredOn(images.train, splits), splits, all: found };
  }

  /** Parts the images for good: it takes their outputs to see which are near-duplicates. */
  async #part(all: FoundImages, { backbone, document, settings }: PreparedTraining): Promise<RunImages> {
    const images = splitImages(all, document, settings, await this.#groups(all, backbone));
    this.#record = {
      ...this.#record!,
      trainImages: images.train.length,
      validationImages: images.validation.length,
      measuredOn: all.measuredOn(images.train, all.splits),
    };
    await writeRecord(this.runFolder, this.#record);
    await keepImages(this.runFolder, images);
    return images;
  }

  /** Near-duplicates among the images that this run parts, by their paths. */
  async #groups(
    { images, splits }: FoundImages,
    backbone: BackboneDescription,
  ): Promise<ReadonlyMap<string, number> | undefined> {
    if (splits?.choose) return undefined;
    const { signal, report } = this.#context;
    const [plain] = await plainOutputs(this.#services, backbone, [images], {
      onDone: (done, total) => report({ kind: 'preparing', what: 'outputs', done, total }),
      // Told when the outputs of both parts are asked for.
      onSkipped: () => {},
      signal,
    });
    const groups = await this.#groupsAmong(plain, backbone);
    return new Map(plain.images.map(({ path }, i) => [path, groups[i]]));
  }

  async #groupsAmong(
    { images, ...outputs }: PlainImages,
    backbone: BackboneDescription,
  ): Promise<Int32Array> {
    const files = images.map(({ path }) => path);
    const cache = await this.#services.outputs.open(backbone);
    return groupsOfFiles(files, outputs, cache, this.#context.signal);
  }

  #plain(
    backbone: BackboneDescription,
    parts: readonly (readonly LabelledImage[])[],
  ): Promise<PlainImages[]> {
    const { signal, report } = this.#context;
    return plainOutputs(this.#services, backbone, parts, {
      onDone: (done, total) => report({ kind: 'preparing', what: 'outputs', done, total }),
      onSkipped: (image) => {
        this.#record = withSkipped(this.#record!, image);
      },
      signal,
    });
  }

  /** The figures of the end: on images that were not touched before, else on those that validated. */
  async #measure({ backbone, document }: PreparedTraining, validation: PlainImages): Promise<void> {
    const { signal } = this.#context;
    const from = this.#testImages();
    // To be resumed: what is over cannot be measured later.
    signal.throwIfAborted();
    if (from === undefined) {
      const groups = await this.#groupsAmong(validation, backbone);
      this.#record = { ...this.#record!, difference: await this.#thread!.call('compare', { groups }) };
      return;
    }
    const { images, measuredOn } = await labelledImages(from, document, this.#services, signal);
    if (images.length === 0) {
      throw new SemapError(
        'no-images',
        phrase('No class folder of {0} matches a target label.', listed(from.folders)),
        { hint: phrase('Choose a test folder with the same class folders.') },
      );
    }
    const [plain] = await this.#plain(backbone, [images]);
    const groups = await this.#groupsAmong(plain, backbone);
    const tested = await this.#thread!.call('test', { plain, groups });
    this.#record = withTest(this.#record!, plain.images.length, { ...tested, testedOn: measuredOn([]) });
  }

  /** A folder for it, else a split that nothing was chosen by. */
  #testImages(): ImageFolders | undefined {
    const { testFolder, folders, layouts } = this.#params;
    if (testFolder !== undefined) return { folders: [testFolder] };
    const { measure, choose } = this.#record?.splits ?? {};
    return measure === undefined || measure === choose ? undefined : { folders, layouts, split: measure };
  }

  #tell(progress: TrainerProgress): void {
    this.#record = recordAfter(this.#record!, progress);
    if (progress.kind === 'ready') {
      this.#context.report({ kind: 'started', record: this.#record, epochs: progress.epochs });
    } else if (progress.kind !== 'skipped') this.#context.report(progress);
  }

  async #end(status: TrainingRecord['status'], facts: Partial<TrainingRecord>): Promise<TrainingRecord> {
    if (!this.#record) {
      if (status === 'paused') throw cancelled();
      throw new SemapError('internal', phrase('The run has no record.'));
    }
    const { pid: _, problem: __, ...record } = this.#record;
    this.#record = { ...record, ...facts, status };
    await writeRecord(this.runFolder, this.#record);
    return this.#record;
  }
}

/** Whether run.json has to say so at once. */
function changesFile({ kind }: TrainerProgress): boolean {
  return kind === 'ready' || kind === 'epoch' || kind === 'paused' || kind === 'resumed';
}
