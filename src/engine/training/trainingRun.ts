import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import { mappingOf, targetLabelsOf } from '../../core/documents/alignmentBuilding.ts';
import type { BackboneDescription } from '../../core/documents/backboneDescription.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { readTargets } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import type { Similarity } from '../../core/similarity/similarity.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import { verdictOf } from '../../core/training/verdict.ts';
import type { AlignParams } from '../../protocol/alignments.ts';
import type { SkippedImage } from '../../protocol/classification.ts';
import type { DeviceInfo } from '../../protocol/device.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import {
  RUN_FILES,
  type RunRecord,
  type TrainEstimate,
  type TrainParams,
  type TrainProgress,
} from '../../protocol/training.ts';
import { mustFit } from '../align/alignmentFit.ts';
import type { Backbones } from '../backbones/backbones.ts';
import { listClassFolders } from '../classify/imageWalk.ts';
import type { FeatureCaches } from '../features/featureCaches.ts';
import type { FeatureTaps } from '../features/featureTaps.ts';
import type { InferencePools } from '../inference/inferencePools.ts';
import type { OutputCaches } from '../outputs/outputCaches.ts';
import { sampleOutputs } from '../rank/sampleOutputs.ts';
import { readIfThere, writeWhole } from './runFiles.ts';
import { keepImages, keptImages, labelledImages, type RunImages, splitImages } from './runImages.ts';
import { resolveSettings } from './settings.ts';
import { TrainingThread } from './trainingThread.ts';
import type { PlainImages, TrainerProgress, TrainJob } from './trainJob.ts';

/** What a training works with. */
export interface TrainingServices {
  readonly backbones: Backbones;
  readonly pools: InferencePools;
  readonly outputs: OutputCaches;
  readonly features: FeatureCaches;
  readonly taps: FeatureTaps;
  readonly wordnet: () => Promise<WordNet>;
  readonly similarity: () => Promise<Similarity>;
  readonly align: (params: AlignParams, signal: AbortSignal) => Promise<AlignmentDocument>;
  readonly device: DeviceInfo;
  readonly onnxruntime: string;
  readonly cacheFolder: string;
}

type Context = CallContext<TrainProgress>;
type Prepared = Pick<
  TrainJob,
  'backbone' | 'settings' | 'document' | 'semantic' | 'similarity' | 'unused' | 'cacheFolder'
>;

const REPORT_MILLISECONDS = 100;

/** One run of this engine: its record, its files and its thread. */
export class TrainingRun {
  readonly runFolder: string;
  readonly #services: TrainingServices;
  readonly #params: TrainParams;
  readonly #context: Context;
  readonly #resume: boolean;
  readonly #name: string | undefined;
  #record: RunRecord | undefined;
  #thread: TrainingThread | undefined;
  #wish: 'pause' | 'resume' | 'stop' = 'resume';

  constructor(services: TrainingServices, params: TrainParams, context: Context, earlier?: RunRecord) {
    this.#services = services;
    this.#params = params;
    this.#context = context;
    this.#resume = earlier !== undefined;
    this.#name = earlier?.name;
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
  async run(): Promise<RunRecord> {
    const leave = () => void this.#thread?.call('control', 'leave').catch(() => {});
    this.#context.signal.addEventListener('abort', leave, { once: true });
    try {
      return await this.#all();
    } catch (error) {
      const { reason, message, hint } = toSemapError(error);
      if (reason === 'cancelled') return await this.#end('paused', {});
      const problem = { reason, message, ...(hint === undefined ? {} : { hint }) };
      // A full disk may not take the record either: what was there before stays.
      await this.#end('failed', { problem }).catch(() => {});
      throw error;
    } finally {
      this.#context.signal.removeEventListener('abort', leave);
      await this.#thread?.close();
    }
  }

  async #all(): Promise<RunRecord> {
    const { signal } = this.#context;
    const prepared = await prepare(this.#services, this.#params, signal);
    const { backbone, settings, document } = prepared;
    const { images, gone } = await this.#images(prepared);
    this.#record = {
      version: 1,
      kind: 'training',
      time: new Date().toISOString(),
      ...(this.#name === undefined ? {} : { name: this.#name }),
      status: 'running',
      pid: process.pid,
      params: this.#params,
      settings,
      backbone: {
        name: backbone.name,
        sha256: backbone.sha256,
        sourceCount: backbone.labelSpace.labels.length,
      },
      labels: document.targets.map(({ label }) => label),
      trainImages: images.train.length,
      validationImages: images.validation.length,
      parameters: 0,
      gradient: 'exact',
      device: trainingDevice(this.#services.device, settings.threads),
      software: { onnxruntime: this.#services.onnxruntime },
      baselines: [],
      epoch: 0,
      skipped: gone,
      seconds: 0,
      ...(this.#resume ? await this.#earlier() : {}),
    };
    await this.#write();
    if (!this.#resume) await keepImages(this.runFolder, images);
    const parts = await this.#plain(backbone, [images.train, images.validation]);
    const [train, validation] = parts;
    signal.throwIfAborted();
    this.#context.report({ kind: 'preparing', what: 'baselines', done: 0, total: 5 });
    const job: TrainJob = {
      ...prepared,
      runFolder: this.runFolder,
      trainImages: images.train,
      validationImages: images.validation,
      train,
      validation,
      resume: this.#resume,
    };
    this.#thread = new TrainingThread();
    if (this.#wish !== 'resume') this.control(this.#wish);
    let writing: Promise<void> = Promise.resolve();
    let failed: unknown;
    const outcome = await this.#thread.call('train', job, {
      onProgress: (progress) => {
        const changed = this.#tell(progress);
        if (changed) {
          writing = writing
            .then(() => this.#write())
            .catch((error) => {
              failed ??= error;
              this.control('stop');
            });
        }
      },
    });
    await writing;
    if (failed) throw failed;
    const { state, best, epoch, seconds, ended } = outcome;
    const facts = { best, epoch, seconds, ...(ended === undefined ? {} : { ended }) };
    if (state === 'paused') return this.#end('paused', facts);
    this.#record = { ...this.#record, ...facts };
    await this.#test(prepared);
    return this.#end(state === 'stopped' ? 'stopped' : 'done', { verdict: this.#verdict() });
  }

  /** What an earlier engine found out: the time it began, and the best so far. */
  async #earlier(): Promise<Partial<RunRecord>> {
    const record = await readRecord(this.runFolder);
    const { time, best, epoch, confusion, changes, seconds } = record;
    return {
      time,
      epoch,
      seconds,
      ...(best ? { best } : {}),
      ...(confusion ? { confusion } : {}),
      ...(changes ? { changes } : {}),
    };
  }

  async #images({
    document,
    settings,
  }: Prepared): Promise<{ images: RunImages; gone: readonly SkippedImage[] }> {
    if (this.#resume) {
      const kept = await keptImages(this.runFolder, document).catch((error) => {
        // A run that waited in the queue when its engine ended has no list yet.
        if (toSemapError(error).reason !== 'invalid-document') throw error;
        return undefined;
      });
      if (kept) return kept;
    }
    const { signal } = this.#context;
    const all = await labelledImages(this.#params.folders, document, await this.#services.wordnet(), signal);
    return { images: splitImages(all, document, settings), gone: [] };
  }

  /** Outputs of images without a prompt, from the cache where they are there; unreadable images fall out. */
  async #plain(
    backbone: BackboneDescription,
    parts: readonly (readonly LabelledImage[])[],
  ): Promise<PlainImages[]> {
    const { outputs, features: caches, taps, pools } = this.#services;
    const { signal } = this.#context;
    const { features } = await taps.read(backbone);
    const all = parts.flat();
    let done = 0;
    let reported = 0;
    const releases: (() => void)[] = [];
    try {
      const rows = await sampleOutputs({
        images: all,
        outputs: await outputs.open(backbone),
        features: features && {
          cache: await caches.open(backbone, features),
          sameLogits: features.sameLogits,
        },
        open: async (withFeatures) => {
          const { pool, release } = await pools.borrow(backbone, withFeatures ? features?.tap : undefined);
          releases.push(() => release(false));
          return pool;
        },
        onImage: () => {
          done++;
          const now = performance.now();
          if (now - reported < REPORT_MILLISECONDS) return;
          reported = now;
          this.#context.report({ kind: 'preparing', what: 'outputs', done, total: all.length });
        },
        signal,
      });
      for (const image of rows.skipped) this.#skip(image);
      const S = rows.logits.length / Math.max(1, rows.images.length);
      const D = (rows.features?.length ?? 0) / Math.max(1, rows.images.length);
      let start = 0;
      return parts.map((part) => {
        const end = start + part.length;
        const own = [...rows.images.entries()].filter(([, at]) => at >= start && at < end);
        start = end;
        const from = own[0]?.[0] ?? 0;
        const to = from + own.length;
        return {
          images: own.map(([, at]) => all[at]),
          logits: rows.logits.slice(from * S, to * S),
          ...(rows.features ? { features: rows.features.slice(from * D, to * D) } : {}),
        };
      });
    } finally {
      for (const release of releases) release();
    }
  }

  async #test({ backbone, document }: Prepared): Promise<void> {
    const { testFolder } = this.#params;
    const { signal } = this.#context;
    if (testFolder === undefined || signal.aborted) return;
    const wordnet = await this.#services.wordnet();
    const images = await labelledImages([testFolder], document, wordnet, signal);
    if (images.length === 0) {
      throw new SemapError('no-images', `No class folder of ${testFolder} is one of the labels.`, {
        hint: 'Give a folder with the same class folders.',
      });
    }
    const [plain] = await this.#plain(backbone, [images]);
    const { accuracy, baselines } = await this.#thread!.call('test', plain);
    this.#record = {
      ...this.#record!,
      testAccuracy: accuracy,
      testImages: plain.images.length,
      baselines: this.#record!.baselines.map((baseline) => {
        const tested = baselines.find(({ kind }) => kind === baseline.kind);
        return tested ? { ...baseline, testAccuracy: tested.testAccuracy ?? null } : baseline;
      }),
    };
  }

  /** @returns whether the record is another now */
  #tell(progress: TrainerProgress): boolean {
    const record = this.#record!;
    switch (progress.kind) {
      case 'ready': {
        const { parameters, gradient, epochs } = progress;
        this.#record = { ...record, parameters, gradient };
        this.#context.report({ kind: 'started', record: this.#record, epochs });
        return true;
      }
      case 'skipped':
        this.#skip(progress.image);
        return false;
      case 'baseline':
        this.#record = {
          ...record,
          baselines: [
            ...record.baselines.filter(({ kind }) => kind !== progress.baseline.kind),
            progress.baseline,
          ],
        };
        break;
      case 'epoch': {
        const { metrics, best, confusion, changes, sample } = progress;
        const counts = Array.from(confusion.counts);
        this.#record = {
          ...record,
          epoch: metrics.epoch,
          seconds: metrics.seconds,
          best,
          changes,
          confusion: { ...confusion, counts },
          ...(sample ? { sample: sample.path } : {}),
        };
        break;
      }
      case 'paused':
        this.#record = { ...record, status: 'paused' };
        break;
      case 'resumed':
        this.#record = { ...record, status: 'running' };
        break;
    }
    this.#context.report(progress);
    return progress.kind === 'epoch' || progress.kind === 'paused' || progress.kind === 'resumed';
  }

  #skip(image: SkippedImage): void {
    const record = this.#record;
    if (!record || record.skipped.some(({ path: file }) => file === image.path)) return;
    this.#record = { ...record, skipped: [...record.skipped, image] };
  }

  #verdict(): string {
    const { best, testAccuracy, testImages, validationImages, baselines, params } = this.#record!;
    const tested = testAccuracy !== undefined;
    const rivals = baselines.map(({ kind, name, valAccuracy, testAccuracy: ofTest }) => ({
      kind,
      name,
      accuracy: tested ? (ofTest ?? null) : valAccuracy,
    }));
    return verdictOf(
      tested ? testAccuracy : best!.valAccuracy,
      rivals,
      tested ? (testImages ?? 0) : validationImages,
      tested ? 'test' : 'validation',
      params.settings.prompt.kind === 'none' ? 'mapping' : 'prompt',
    );
  }

  async #end(status: RunRecord['status'], facts: Partial<RunRecord>): Promise<RunRecord> {
    if (!this.#record) {
      if (status === 'paused') throw new SemapError('cancelled', 'Cancelled.');
      throw new SemapError('internal', 'The run has no record.');
    }
    const { pid: _, problem: __, ...record } = this.#record;
    this.#record = { ...record, ...facts, status };
    await this.#write();
    return this.#record;
  }

  async #write(): Promise<void> {
    await writeWhole(
      path.join(this.runFolder, RUN_FILES.record),
      `${JSON.stringify(this.#record, null, 2)}\n`,
    );
  }
}

/** @throws {SemapError} `not-found`, `invalid-document` */
export async function readRecord(runFolder: string): Promise<RunRecord> {
  const file = path.join(runFolder, RUN_FILES.record);
  const text = await readIfThere(file);
  if (!text) throw new SemapError('not-found', `There is no run in ${runFolder}.`);
  try {
    const record = JSON.parse(String(text)) as RunRecord;
    if (record.kind !== 'training') throw new Error('it is a record of something else');
    return record;
  } catch (cause) {
    throw new SemapError('invalid-document', `${file} is no record of a training.`, { cause });
  }
}

/** What a run would take, from a few steps that are measured. */
export async function estimate(
  services: TrainingServices,
  params: Omit<TrainParams, 'runFolder'>,
  { signal, report }: CallContext<{ readonly done: number; readonly total: number }>,
): Promise<TrainEstimate> {
  const prepared = await prepare(services, params, signal);
  const { settings, document, backbone } = prepared;
  const all = await labelledImages(params.folders, document, await services.wordnet(), signal);
  const { train, validation } = splitImages(all, document, settings);
  const counts = document.targets.map(({ label }) => ({ label, images: 0 }));
  for (const { truth } of all) counts[truth].images++;
  const S = backbone.labelSpace.labels.length;
  const stepsPerEpoch = Math.ceil(train.length / settings.batch);
  const facts = {
    classes: counts,
    trainImages: train.length,
    validationImages: validation.length,
    stepsPerEpoch,
  };
  if (settings.prompt.kind === 'none') {
    return { ...facts, secondsPerStep: 0, seconds: 5, parameters: 0, gradient: 'exact' };
  }
  const few = train.slice(0, settings.batch);
  const plain: PlainImages = { images: few, logits: new Float32Array(few.length * S) };
  const thread = new TrainingThread();
  try {
    const measured = await thread.call(
      'estimate',
      { ...prepared, trainImages: few, validationImages: few, train: plain, validation: plain },
      { signal, onProgress: report },
    );
    await setImmediate();
    signal.throwIfAborted();
    const { secondsPerForward, ...told } = measured;
    // Gradient-free: one estimate was measured, of five that a step takes.
    const perStep = measured.gradient === 'spsa' ? measured.secondsPerStep * 5 : measured.secondsPerStep;
    const validations = Math.ceil(validation.length / settings.batch) * secondsPerForward;
    const outputs = ((train.length + validation.length) / settings.batch) * secondsPerForward;
    const seconds = settings.epochs * (stepsPerEpoch * perStep + validations) + 2 * outputs;
    const budget = (settings.budgetMinutes ?? Number.POSITIVE_INFINITY) * 60;
    return { ...facts, ...told, secondsPerStep: perStep, seconds: Math.min(seconds, budget) };
  } finally {
    void thread.close();
  }
}

/** Backbone, labels and the mapping by meaning. */
async function prepare(
  services: TrainingServices,
  params: Omit<TrainParams, 'runFolder'>,
  signal: AbortSignal,
): Promise<Prepared> {
  const { backbones, align, similarity, wordnet, cacheFolder } = services;
  const backbone = await backbones.describe(params.backbone, params.sidecar);
  const settings = resolveSettings(params.settings, backbone);
  let document = params.alignment;
  if (document) mustFit(document, backbone);
  else {
    const names: string[] = [];
    for (const folder of params.folders) {
      for (const { name, images } of await listClassFolders(folder)) {
        if (images > 0 && !names.includes(name)) names.push(name);
      }
    }
    const { targets } = readTargets(names, await wordnet());
    const asked = { targets, backbone: backbone.path, method: 'semap' as const };
    document = await align(asked, signal);
  }
  const { prompt: _, ...plain } = document;
  const { labelSpace } = backbone;
  const matrix = (await similarity()).compare(targetLabelsOf(plain), labelSpace);
  const excluded = (plain.excluded ?? []).map(({ index }) => index);
  return {
    backbone,
    settings,
    document: plain,
    semantic: mappingOf(plain),
    // Senses and reasons are not needed in the thread.
    similarity: {
      rows: matrix.rows,
      columns: matrix.columns,
      values: matrix.values,
      descendants: [],
      senses: [],
    },
    unused: [...new Set([...labelSpace.background, ...excluded])],
    cacheFolder,
  };
}

function trainingDevice(device: DeviceInfo, threads: number): DeviceInfo {
  const [name] = device.name.split(/, \d+ threads?$/);
  return { ...device, name: `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` };
}
