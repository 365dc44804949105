import { readFile, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { type AlignmentDocument, isLearned } from '../core/documents/alignment.ts';
import { targetLabelsOf } from '../core/documents/alignmentBuilding.ts';
import type { AlignmentEdit } from '../core/documents/alignmentEdits.ts';
import type { BackboneDescription } from '../core/documents/backboneDescription.ts';
import type { BackboneSidecar } from '../core/documents/backboneSidecar.ts';
import { choiceOf } from '../core/encoders/similarityChoice.ts';
import { SemapError } from '../core/errors.ts';
import { readTargets, type TargetList } from '../core/labels/targetLabels.ts';
import { WordNet } from '../core/labels/wordnet.ts';
import type { AlignParams, ClassFolder, SenseOptions, SimilarityView } from '../protocol/alignments.ts';
import type {
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
  Prediction,
} from '../protocol/classification.ts';
import type { EngineApi, EngineInfo, EngineOptions } from '../protocol/engineApi.ts';
import type { RankParams, RankProgress, RankResult } from '../protocol/ranking.ts';
import type { CallContext, Handlers } from '../protocol/rpc.ts';
import { alignLabels } from './align/alignLabels.ts';
import { mustFit } from './align/alignmentFit.ts';
import { type LabelledSample, labelledSample } from './align/labelledSample.ts';
import { paramsOf, realigned } from './align/realign.ts';
import { checkSenses, sensesOf } from './align/senseOptions.ts';
import { Similarities } from './align/similarities.ts';
import { BackboneService, backboneHandlers } from './backbones/backboneHandlers.ts';
import { Backbones } from './backbones/backbones.ts';
import { LabelSpaces } from './backbones/labelSpaces.ts';
import { classifyFolders } from './classify/classifyFolders.ts';
import { Outcome } from './classify/classifyReport.ts';
import { FolderScores } from './classify/folderScores.ts';
import { ImageScorer } from './classify/imageScorer.ts';
import { listClassFolders } from './classify/imageWalk.ts';
import { ProgressMeter } from './classify/progressMeter.ts';
import { promptedBackbone } from './classify/promptedBackbone.ts';
import { downloadEnvironment } from './downloads/downloadEnvironment.ts';
import { EncoderService, encoderHandlers } from './encoders/encoderHandlers.ts';
import { Encoders } from './encoders/encoders.ts';
import { Evidence } from './evidence/evidence.ts';
import { DecodePool } from './images/decodePool.ts';
import { deviceHandlers } from './inference/deviceHandlers.ts';
import { Devices } from './inference/devices.ts';
import { InferencePools } from './inference/inferencePools.ts';
import { runtimeInfo } from './inference/lane.ts';
import { tryProvider } from './inference/startProbe.ts';
import { OutputCaches } from './outputs/outputCaches.ts';
import { Ranker } from './rank/ranker.ts';
import { decodeWorkerFile } from './startWorker.ts';
import { TrainingRuns, trainingHandlers } from './training/trainingRuns.ts';

type AlignContext = CallContext<EngineApi['align']['progress']>;
type ClassifyReply = EngineApi['rescore']['result'];

/** The engine behind the channel: everything that runs models, decodes images or walks folders. */
export class Engine {
  readonly handlers: Handlers<EngineApi> = {
    start: (options) => this.#start(options),
    ...backboneHandlers(() => this.#started.backboneService),
    ...deviceHandlers(() => this.#started),
    ...encoderHandlers(() => this.#started.encoderService),
    readLabels: ({ names }) => this.#started.readLabels(names),
    align: (params, context) => this.#started.align(params, context),
    senses: ({ alignment, target }) => this.#started.senses(alignment, target),
    realign: ({ alignment, edit }, context) => this.#started.realign(alignment, edit, context),
    similarities: ({ alignment, sidecar }) => this.#started.similarities(alignment, sidecar),
    explain: ({ alignment, target, source }) => this.#started.explain(alignment, target, source),
    listClasses: ({ folder }) => this.#started.listClasses(folder),
    classify: (params, context) => this.#started.classify(params, context),
    rank: (params, context) => this.#started.rank(params, context),
    ...trainingHandlers(() => this.#started.training),
    rescore: (params) => this.#started.rescore(params),
    priorOffsets: (params) => this.#started.priorOffsets(params),
    liveScore: (params) => this.#started.evidence.liveScore(params),
    cellEvidence: (params) => this.#started.evidence.cellEvidence(params),
    decidingCells: (params) => this.#started.evidence.decidingCells(params),
    compareAlignments: (params) => this.#started.evidence.compareAlignments(params),
    thumbnail: ({ path: file, size }, { signal }) => this.#started.decode.thumbnail(file, size, signal),
  };
  readonly #tell: (message: string) => void;
  #services: Services | undefined;

  /** @param tell says to the person what ends nothing, such as a device that failed */
  constructor(tell: (message: string) => void = () => {}) {
    this.#tell = tell;
  }

  /** Ends what runs, after the runs in progress. */
  async close(): Promise<void> {
    await this.#services?.close();
  }

  get #started(): Services {
    if (!this.#services) throw new SemapError('internal', 'The engine was not started.');
    return this.#services;
  }

  async #start(options: EngineOptions): Promise<EngineInfo> {
    const threads = options.threads > 0 ? Math.floor(options.threads) : os.availableParallelism();
    const runtime = await runtimeInfo();
    const { cacheFolder, device: wanted = 'auto' } = options;
    const devices = new Devices({ cacheFolder, runtime, wanted, threads, probe: tryProvider });
    await this.#services?.close();
    this.#services = new Services(options, threads, devices, runtime.version, this.#tell);
    return { pid: process.pid, onnxruntime: runtime.version, device: devices.start() };
  }
}

/** What the handlers work with, once it is known where things are. */
class Services {
  readonly backbones: Backbones;
  readonly devices: Devices;
  readonly decode: DecodePool;
  readonly backboneService: BackboneService;
  readonly encoders: Encoders;
  readonly encoderService: EncoderService;
  readonly evidence: Evidence;
  readonly training: TrainingRuns;
  readonly #options: EngineOptions;
  readonly #pools: InferencePools;
  readonly #caches: OutputCaches;
  readonly #scores = new FolderScores();
  #wordnet: Promise<WordNet> | undefined;
  readonly #similarities: Similarities;
  readonly #ranker: Ranker;

  constructor(
    options: EngineOptions,
    threads: number,
    devices: Devices,
    onnxruntime: string,
    tell: (message: string) => void,
  ) {
    this.#options = options;
    this.devices = devices;
    const device = devices.start();
    const wordnet = () => this.#loadWordnet();
    const labelSpaces = new LabelSpaces(options.modelsFolder, wordnet);
    this.backbones = new Backbones({ ...options, labelSpaces });
    this.decode = new DecodePool({ workers: threads, workerFile: decodeWorkerFile });
    const roots = options.encoderFolders ?? [];
    this.encoders = new Encoders({ roots, cacheFolder: options.cacheFolder, threads });
    this.#similarities = new Similarities(wordnet, this.encoders);
    this.encoderService = new EncoderService(this.encoders, roots[0], downloadEnvironment());
    this.#pools = new InferencePools(threads, this.decode, devices, tell);
    this.backboneService = new BackboneService({
      backbones: this.backbones,
      pools: this.#pools,
      devices,
      threads,
      cacheFolder: options.cacheFolder,
      installFolder: options.backboneFolders[0],
    });
    this.#caches = new OutputCaches(options.cacheFolder, options.cacheBytes);
    this.evidence = new Evidence({
      backbones: this.backbones,
      caches: this.#caches,
      scores: this.#scores,
      wordnet,
    });
    this.#ranker = new Ranker({
      backbones: this.backbones,
      pools: this.#pools,
      outputs: this.#caches,
      wordnet,
      similarity: () => this.#similarities.wordnet(),
      device,
      threads,
      cacheFolder: options.cacheFolder,
    });
    this.training = new TrainingRuns({
      backbones: this.backbones,
      pools: this.#pools,
      outputs: this.#caches,
      wordnet,
      similarity: () => this.#similarities.wordnet(),
      align: (params, signal) => this.align(params, { signal, report: () => {} }),
      device,
      onnxruntime,
      cacheFolder: options.cacheFolder,
    });
  }

  async close(): Promise<void> {
    await this.training.close();
    await this.#caches.flush();
    await Promise.all([this.#pools.close(), this.decode.dispose(), this.encoders.dispose()]);
    await Promise.all([this.#caches.close(), this.#ranker.close()]);
  }

  async readLabels(names: readonly string[]): Promise<TargetList> {
    return readTargets(names, await this.#loadWordnet());
  }

  async align(params: AlignParams, { signal, report }: AlignContext): Promise<AlignmentDocument> {
    const backbone = await this.backbones.describe(params.backbone, params.sidecar);
    const installed = await this.backbones.isInstalled(backbone.path);
    const { similarity: choice = { name: 'wordnet' }, targets } = params;
    const options = { signal, onProgress: report };
    checkSenses(targets, await this.#loadWordnet());
    const chosen = await this.#similarities.choose(choice, targets, backbone.labelSpace, options);
    const sample = await this.#labelled(params, backbone, { signal, report });
    return alignLabels(params, backbone, installed ? undefined : backbone.path, { ...chosen, sample });
  }

  /** What a learned method learns from; undefined for the others. */
  async #labelled(
    { method, labelled, targets }: AlignParams,
    backbone: BackboneDescription,
    { signal, report }: AlignContext,
  ): Promise<LabelledSample | undefined> {
    if (!isLearned(method)) return undefined;
    if (!labelled || labelled.folders.length === 0) {
      throw new SemapError(
        'invalid-argument',
        `The method ${method} learns from labelled images, and there are none.`,
        {
          hint: 'Give a folder whose folders are the labels.',
        },
      );
    }
    await Promise.all(labelled.folders.map(mustBeFolder));
    const releases: (() => void)[] = [];
    try {
      return await labelledSample({
        labelled,
        targets,
        backbone,
        wordnet: await this.#loadWordnet(),
        cache: await this.#caches.open(backbone),
        open: async () => {
          const { pool, release } = await this.#pools.borrow(backbone);
          releases.push(release);
          return pool;
        },
        signal,
        report: (done, total) => report({ done, total, what: 'images' }),
      });
    } finally {
      for (const release of releases) release();
    }
  }

  async senses(alignment: AlignmentDocument, target: number): Promise<SenseOptions> {
    const { labelSpace } = await this.#backboneOf(alignment);
    return sensesOf(
      alignment,
      target,
      labelSpace,
      await this.#similarities.wordnet(),
      await this.#loadWordnet(),
    );
  }

  async realign(
    alignment: AlignmentDocument,
    edit: AlignmentEdit,
    context: AlignContext,
  ): Promise<AlignmentDocument> {
    const backbone = await this.#backboneOf(alignment);
    mustFit(alignment, backbone);
    const align: Parameters<typeof realigned>[2] = (document, similarity) =>
      this.align(paramsOf(document, backbone.path, similarity), context);
    return realigned(alignment, edit, align);
  }

  async similarities(alignment: AlignmentDocument, sidecar?: BackboneSidecar): Promise<SimilarityView> {
    const { labelSpace } = await this.#backboneOf(alignment, sidecar);
    const targets = targetLabelsOf(alignment);
    const { similarity } = await this.#similarities.choose(choiceOf(alignment.method), targets, labelSpace);
    return {
      sources: labelSpace.labels.map(({ name, wnid }) => ({ name, ...(wnid ? { wnid } : {}) })),
      values: similarity.compare(targets, labelSpace).values,
      treeOrder: (await this.#similarities.wordnet()).treeOrder(labelSpace),
    };
  }

  async explain(alignment: AlignmentDocument, target: number, source: number): Promise<string> {
    const { labelSpace } = await this.#backboneOf(alignment);
    if (!alignment.targets[target] || !labelSpace.labels[source]) {
      throw new SemapError('invalid-argument', `There is no cell of target ${target} and source ${source}.`);
    }
    const targets = targetLabelsOf(alignment);
    const { similarity } = await this.#similarities.choose(choiceOf(alignment.method), targets, labelSpace);
    return similarity.explain(targets, labelSpace, target, source);
  }

  async listClasses(folder: string): Promise<readonly ClassFolder[]> {
    await mustBeFolder(folder);
    const folders = await listClassFolders(folder);
    if (folders.length === 0) return [];
    const wordnet = await this.#loadWordnet();
    const names = folders.map(({ name }) => name);
    const { targets } = readTargets(names, wordnet);
    // One target per folder, unless names differ in outer spaces only.
    return folders.map(({ name, images }, i) => {
      const { name: label, sense } =
        targets.length === names.length ? targets[i] : { name, sense: undefined };
      return { label, ...(sense === undefined ? {} : { sense }), images };
    });
  }

  async classify(params: ClassifyParams, context: CallContext<ClassifyProgress>): Promise<ClassifyResult> {
    const started = performance.now();
    const { signal } = context;
    await Promise.all(params.folders.map(mustBeFolder));
    const { backbone, scorer } = await this.#prepare(params);
    const cache = await this.#caches.open(backbone);
    const meter = new ProgressMeter(context.report, () => cache.flush());
    const releases: (() => void)[] = [];
    try {
      const done = await classifyFolders({
        folders: params.folders,
        backbone,
        scorer,
        cache,
        openInference: async () => {
          const { pool, release } = await this.#pools.borrow(backbone);
          releases.push(release);
          return pool;
        },
        meter,
        signal,
      });
      if (!signal.aborted) this.#scores.keep(params.folders, backbone, done);
      return done.outcome.result({
        params,
        backbone,
        scorer,
        device: releases.length > 0 ? (await this.devices.choose(backbone)).device : this.devices.start(),
        skipped: done.skipped,
        seconds: (performance.now() - started) / 1000,
        cancelled: signal.aborted,
      });
    } finally {
      await meter.end();
      for (const release of releases) release();
    }
  }

  async rank(params: RankParams, context: CallContext<RankProgress>): Promise<RankResult> {
    await Promise.all(params.folders.map(mustBeFolder));
    return this.#ranker.rank(params, context);
  }

  async priorOffsets(params: ClassifyParams): Promise<EngineApi['priorOffsets']['result']> {
    const { backbone, scorer } = await this.#prepare(params);
    const cache = await this.#caches.open(backbone);
    const { scored } = await this.#scores.of(params.folders, backbone, cache);
    const images = scored.images.length;
    return { offsets: images === 0 ? [] : [...(await scorer.priorOffsets(scored))], images };
  }

  async rescore(params: EngineApi['rescore']['params']): Promise<ClassifyReply> {
    const started = performance.now();
    const prepared = await this.#prepare(params);
    const { backbone } = prepared;
    const cache = await this.#caches.open(backbone);
    const { scored, skipped } = await this.#scores.of(params.folders, backbone, cache);
    const scorer = params.priorMatching ? await prepared.scorer.priorMatched(scored) : prepared.scorer;
    const outcome = new Outcome();
    const predictions: Prediction[] = [];
    for await (const { from, images, logits } of scored.blocks()) {
      const found = scorer.predict(images, logits, scored.fired.slice(from, from + images.length));
      for (const [i, image] of images.entries()) {
        outcome.add(scorer.judgedBy(image), found[i].target, scorer.learnedFrom(image));
        predictions.push(found[i]);
      }
    }
    const about = { params, backbone, scorer, device: this.devices.start(), skipped, cancelled: false };
    return { ...outcome.result({ ...about, seconds: (performance.now() - started) / 1000 }), predictions };
  }

  async #prepare(
    params: ClassifyParams,
  ): Promise<{ readonly backbone: BackboneDescription; readonly scorer: ImageScorer }> {
    const bare = await this.backbones.describe(params.backbone, params.sidecar);
    mustFit(params.alignment, bare);
    const backbone = await promptedBackbone(bare, params.alignment);
    return { backbone, scorer: new ImageScorer(params.alignment, await this.#loadWordnet()) };
  }

  #backboneOf(alignment: AlignmentDocument, sidecar?: BackboneSidecar): Promise<BackboneDescription> {
    const { path: file, name } = alignment.backbone;
    return this.backbones.describe(file !== undefined && path.isAbsolute(file) ? file : name, sidecar);
  }

  #loadWordnet(): Promise<WordNet> {
    this.#wordnet ??= readWordnet(path.join(this.#options.modelsFolder, 'wordnet.bin'));
    return this.#wordnet;
  }
}

async function readWordnet(file: string): Promise<WordNet> {
  try {
    return new WordNet(await promisify(brotliDecompress)(await readFile(file)));
  } catch (error) {
    throw new SemapError('internal', `The WordNet table ${file} cannot be read.`, {
      hint: 'Install SeMap again; in a checkout, run "npm run build".',
      cause: error,
    });
  }
}

async function mustBeFolder(folder: string): Promise<void> {
  const state = await stat(folder).catch(() => undefined);
  if (state?.isDirectory()) return;
  throw new SemapError('not-found', state ? `${folder} is not a folder.` : `There is no folder ${folder}.`, {
    hint: 'Give a folder of images.',
  });
}
