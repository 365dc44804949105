import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { finishInstalls } from '../core/downloads/folderInstall.ts';
import { SemapError } from '../core/errors.ts';
import { WordNet } from '../core/labels/wordnet.ts';
import { phrase, type Text } from '../core/text/text.ts';
import { downloadEnvironment } from '../files/downloadEnvironment.ts';
import { carryOut, undoPlan } from '../files/plans/carryOut.ts';
import { planSidecars, surveySidecars } from '../files/plans/sidecarFiles.ts';
import type { AlignParams } from '../protocol/alignments.ts';
import type { EngineApi, EngineInfo, EngineOptions } from '../protocol/engineApi.ts';
import type { Handlers } from '../protocol/rpc.ts';
import { AlignService, alignHandlers } from './align/alignService.ts';
import { Similarities } from './align/similarities.ts';
import { BackboneService, backboneHandlers } from './backbones/backboneHandlers.ts';
import { Backbones } from './backbones/backbones.ts';
import { LabelSpaces } from './backbones/labelSpaces.ts';
import { TextSides } from './backbones/textSides.ts';
import { sweepCache } from './cacheFiles.ts';
import { ClassifierExports, classifierHandlers } from './classifier/classifierExports.ts';
import { ClassifyService, classifyHandlers } from './classify/classifyService.ts';
import { FolderScores } from './classify/folderScores.ts';
import { EncoderService, encoderHandlers } from './encoders/encoderHandlers.ts';
import { Encoders } from './encoders/encoders.ts';
import { Evidence } from './evidence/evidence.ts';
import { forgetTries } from './features/features.ts';
import { FindRuns, findHandlers } from './find/findRuns.ts';
import { splitsOf } from './folders/imagePlaces.ts';
import { recogniseLayouts } from './folders/recogniseLayouts.ts';
import { surveyImages } from './folders/surveyImages.ts';
import { DecodePool } from './images/decodePool.ts';
import { suspects } from './images/suspects.ts';
import { Devices } from './inference/devices.ts';
import { InferencePools } from './inference/inferencePools.ts';
import { runtimeInfo } from './inference/lane.ts';
import { tryProvider, tryStep } from './inference/startProbe.ts';
import { JobService, jobHandlers } from './jobs/jobService.ts';
import { useRuntime } from './models/onnxruntime.ts';
import { OutputCaches } from './outputs/outputCaches.ts';
import { Ranker } from './rank/ranker.ts';
import { SettleService, settleHandlers } from './settle/settleService.ts';
import { OpenJobs } from './shards/openJob.ts';
import { TrainingRuns, trainingHandlers } from './training/trainingRuns.ts';
import { columnsOfLabelFile, readLabelFile } from './truths/readLabelFile.ts';
import { TruthTables } from './truths/truthTables.ts';

interface Surroundings {
  /** Says to the person what ends nothing, such as a device that failed. */
  readonly tell?: (message: Text) => void;
  /** Called when it is known where things are. */
  readonly started?: (options: EngineOptions) => void;
}

/** The engine behind the channel: everything that runs models, decodes images or walks folders. */
export class Engine {
  readonly handlers: Handlers<EngineApi> = {
    start: (options) => this.#start(options),
    ...alignHandlers(() => this.#started.align),
    ...backboneHandlers(() => this.#started.backboneService),
    ...classifierHandlers(() => this.#started.classifierExports),
    ...classifyHandlers(() => this.#started.classify),
    ...jobHandlers(() => this.#started.job),
    ...encoderHandlers(() => this.#started.encoderService),
    ...settleHandlers(() => this.#started.settle),
    ...trainingHandlers(() => this.#started.training),
    ...findHandlers(() => this.#started.find),
    checkDevices: async ({ backbone }, { signal }) =>
      this.#started.devices.check(await this.#started.backbones.describe(backbone), signal),
    recogniseLayouts: ({ folders, ...options }, { signal }) => recogniseLayouts(folders, options, signal),
    surveyImages: (images, { signal }) => surveyImages(images, signal),
    splitsOf: ({ folder, layout, names }) => splitsOf(folder, layout, names),
    followTruths: async (images, { signal }) => {
      const { truths, outputs } = this.#started;
      // What is not written yet has no digest there.
      await outputs.flush();
      return truths.follow(images, outputs, signal);
    },
    readLabelFile: (params, { signal }) => readLabelFile(params, this.#started.wordnet, signal),
    columnsOfLabelFile: ({ file }) => columnsOfLabelFile(file),
    carryOutPlan: ({ journal }, { signal, report }) => carryOut(journal, { signal, onProgress: report }),
    undoPlan: ({ journal }, { signal, report }) => undoPlan(journal, { signal, onProgress: report }),
    surveySidecars: ({ folders, options }, { signal, report }) =>
      surveySidecars(folders, options, { signal, onProgress: (done, total) => report({ done, total }) }),
    planSidecars: ({ folders, options }, { signal }) => planSidecars(folders, options, signal),
    rank: (params, context) => this.#started.ranker.rank(params, context),
    liveScore: (params) => this.#started.evidence.liveScore(params),
    cellEvidence: (params) => this.#started.evidence.cellEvidence(params),
    decidingCells: (params) => this.#started.evidence.decidingCells(params),
    examineImages: (params, { signal }) => this.#started.evidence.examineImages(params, signal),
    memberWeights: (params, { signal }) => this.#started.evidence.memberWeights(params, signal),
    compareAlignments: (params, { signal }) => this.#started.evidence.compareAlignments(params, signal),
  };
  readonly #tell: (message: Text) => void;
  readonly #onStart: (options: EngineOptions) => void;
  #services: Services | undefined;

  constructor({ tell = () => {}, started = () => {} }: Surroundings = {}) {
    this.#tell = tell;
    this.#onStart = started;
  }

  /** Ends what runs, after the runs in progress. */
  async close(): Promise<void> {
    // It is told to end: no image and no backbone is to blame, even one in work that is not waited for.
    await Promise.all([suspects.close(), forgetTries()]);
    await this.#services?.close();
  }

  get #started(): Services {
    if (!this.#services) throw new SemapError('internal', phrase('The engine has not been started.'));
    return this.#services;
  }

  async #start(options: EngineOptions): Promise<EngineInfo> {
    this.#onStart(options);
    const threads = options.threads > 0 ? Math.floor(options.threads) : os.availableParallelism();
    const { cacheFolder, device: wanted = 'auto' } = options;
    useRuntime(wanted);
    const runtime = await runtimeInfo();
    void sweepCache(cacheFolder);
    for (const folder of [...options.backboneFolders, ...(options.encoderFolders ?? [])])
      void finishInstalls(folder, downloadEnvironment());
    const devices = new Devices({ cacheFolder, runtime, wanted, threads, probe: tryProvider, step: tryStep });
    await this.#services?.close();
    await suspects.open(cacheFolder);
    this.#services = new Services(options, threads, devices, runtime.version, this.#tell);
    void devices.tellOnce(this.#tell);
    return { pid: process.pid, onnxruntime: runtime.version, device: devices.start() };
  }
}

/** What the handlers work with, once it is known where things are. */
class Services {
  readonly align: AlignService;
  readonly backbones: Backbones;
  readonly backboneService: BackboneService;
  readonly classifierExports: ClassifierExports;
  readonly classify: ClassifyService;
  readonly devices: Devices;
  readonly encoderService: EncoderService;
  readonly evidence: Evidence;
  readonly find: FindRuns;
  readonly job: JobService;
  readonly ranker: Ranker;
  readonly settle: SettleService;
  readonly training: TrainingRuns;
  readonly outputs: OutputCaches;
  readonly truths: TruthTables;
  readonly wordnet: () => Promise<WordNet>;
  readonly #decode: DecodePool;
  readonly #encoders: Encoders;
  readonly #jobs: OpenJobs;
  readonly #pools: InferencePools;

  constructor(
    options: EngineOptions,
    threads: number,
    devices: Devices,
    onnxruntime: string,
    tell: (message: Text) => void,
  ) {
    const { modelsFolder, cacheFolder, backboneFolders, encoderFolders: roots = [] } = options;
    let table: Promise<WordNet> | undefined;
    const wordnet = () => {
      table ??= readWordnet(path.join(modelsFolder, 'wordnet.bin'));
      return table;
    };
    const device = devices.start();
    const copies = Math.max(1, threads >> (options.crashes ?? 0));
    const labelSpaces = new LabelSpaces(modelsFolder, wordnet);
    const encoders = new Encoders({ roots, cacheFolder, threads });
    const textSides = new TextSides(encoders);
    const backbones = new Backbones({ ...options, labelSpaces, textSides });
    const decode = new DecodePool({ workers: copies });
    const similarities = new Similarities(wordnet, encoders);
    const compare = similarities.byWordNet.bind(similarities);
    const pools = new InferencePools({ threads, copies }, decode, devices, tell);
    const outputs = new OutputCaches(cacheFolder, options.cacheBytes);
    const scores = new FolderScores();
    const jobs = new OpenJobs();
    const truths = new TruthTables(options.workspaceFolders);
    const shared = { backbones, pools, outputs, jobs, wordnet, truths, compare, device, cacheFolder };

    this.wordnet = wordnet;
    this.#jobs = jobs;
    this.#decode = decode;
    this.#encoders = encoders;
    this.outputs = outputs;
    this.truths = truths;
    this.#pools = pools;
    this.backbones = backbones;
    this.devices = devices;
    this.align = new AlignService({ ...shared, similarities });
    this.backboneService = new BackboneService({
      decode,
      trials: shared,
      labelSpaces,
      backbones,
      pools,
      devices,
      threads,
      cacheFolder,
      installFolder: backboneFolders[0],
    });
    this.classifierExports = new ClassifierExports({ ...shared, decode, threads });
    this.classify = new ClassifyService({ ...shared, devices, decode, scores });
    this.encoderService = new EncoderService(encoders, roots[0], downloadEnvironment());
    this.evidence = new Evidence({ ...shared, scores });
    this.job = new JobService({ ...shared, devices, onnxruntime });
    this.ranker = new Ranker({ ...shared, threads });
    this.settle = new SettleService({ ...shared, scores });
    const learning = {
      ...shared,
      align: (params: AlignParams, signal: AbortSignal) =>
        this.align.align(params, { signal, report: () => {} }),
      onnxruntime,
    };
    this.training = new TrainingRuns(learning);
    this.find = new FindRuns({ ...learning, threads, trainings: this.training });
  }

  async close(): Promise<void> {
    await this.find.close();
    await this.training.close();
    await this.settle.close();
    await this.outputs.flush();
    await Promise.all([this.#pools.close(), this.#decode.dispose(), this.#encoders.dispose()]);
    await this.outputs.close();
    this.#jobs.close();
  }
}

/** @throws {SemapError} internal, when the table is not there or damaged */
/** Bytes that hold the table in one piece: pieces would be there beside the whole, and what a process once had it keeps. */
const WORDNET_BYTES = 12 << 20;

async function readWordnet(file: string): Promise<WordNet> {
  try {
    const packed = await readFile(file);
    return new WordNet(await promisify(brotliDecompress)(packed, { chunkSize: WORDNET_BYTES }));
  } catch (error) {
    throw new SemapError('internal', phrase('Cannot read the WordNet table {0}.', file), {
      hint: phrase('Reinstall SeMap. In a checkout, run `npm run build`.'),
      cause: error,
    });
  }
}
