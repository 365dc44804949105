import { headOfFigures } from '../../core/alignments/alignment.ts';
import { namedBackbones } from '../../core/alignments/members.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import {
  type ImageScorer,
  type MeasuredReport,
  Outcome,
  type PlacedImage,
  type Prediction,
} from '../../core/evidence/imageScorer.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { arePhotographs } from '../../core/images/flatness.ts';
import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import { mustBeFolder } from '../../files/folders.ts';
import type {
  ClassificationMethods,
  ClassifyParams,
  ClassifyProgress,
  ClassifyResult,
} from '../../protocol/classification.ts';
import type { CallContext, Handlers } from '../../protocol/rpc.ts';
import { readFeatures, usable } from '../features/features.ts';
import { changesSince } from '../folders/changesSince.ts';
import { walkImages } from '../folders/imageWalk.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { Devices } from '../inference/devices.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { BackboneServices } from '../services.ts';
import { classifyFolders } from './classifyFolders.ts';
import type { FolderScores } from './folderScores.ts';
import { openPool } from './joinedPool.ts';
import { prepareAlignment, prepareBackbone } from './preparedAlignment.ts';
import { ProgressMeter } from './progressMeter.ts';

/** Images that are walked past, and looked at, to know whether a folder has photographs. */
const PHOTO_WALK = 2000;
const PHOTO_SAMPLE = 16;

const NOTHING_YET: ClassifyProgress = {
  total: 0,
  listed: false,
  done: 0,
  cached: 0,
  predictions: [],
  skipped: [],
  imagesPerSecond: 0,
};

/** What is written down at the end of what was ended by a signal. */
const neverAborted = new AbortController().signal;

function sourceNames({ labelSpace }: BackboneDescription): readonly string[] {
  return labelSpace.labels.map(({ name }) => name);
}

interface Parts extends BackboneServices {
  readonly cacheFolder: string;
  readonly devices: Devices;
  readonly decode: DecodePool;
  readonly scores: FolderScores;
}

/** What the engine does with folders of images under an alignment. */
export class ClassifyService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What lies in the folders, whatever a job says of it. */
  async classify(
    { job: _, ...params }: ClassifyParams,
    context: CallContext<ClassifyProgress>,
  ): Promise<ClassifyResult> {
    const started = performance.now();
    const { signal } = context;
    const prepared = await prepareAlignment(this.#parts, params, (described) =>
      context.report({ ...NOTHING_YET, sources: sourceNames(described) }),
    );
    const { backbone, scorer, outputs: cache } = prepared;
    await Promise.all(params.folders.map(mustBeFolder));
    const { outputs, cacheFolder } = this.#parts;
    // Beside the listing: of a backbone that is new it takes as long as loading it.
    const early = cache.isEmpty ? readFeatures(cacheFolder, backbone) : undefined;
    early?.catch(() => {});
    let features: OutputStore | undefined;
    const meter = new ProgressMeter(context.report, () => flushed(cache, features));
    const loan = this.#parts.pools.loan();
    try {
      const done = await classifyFolders({
        images: params,
        backbone,
        scorer,
        cache,
        features: prepared.features,
        openInference: async () => {
          const tapped = usable(await (early ?? readFeatures(cacheFolder, backbone)));
          features = tapped && (await outputs.openFeatures(backbone, tapped, { toAdd: true }));
          return { pool: await openPool(loan, outputs, backbone, tapped), features };
        },
        meter,
        signal,
        watch: params.watch,
      });
      const { scored, skipped, whole } = done;
      if (whole) {
        if (scored) this.#parts.scores.keep(params, backbone, { scored, skipped });
        else this.#parts.scores.forget(params, backbone);
        // Images that were renamed went through the backbone again: now it is known what is in them.
        await cache.flush();
        await this.#parts.truths
          .follow(params, this.#parts.outputs, params.watch ? neverAborted : signal, scored)
          .catch(() => {});
      }
      return {
        ...figuresOf(done.outcome.report(), scorer),
        skipped,
        passedOver: done.passedOver,
        backbone: namedBackbones(backbone.members ?? [backbone]),
        method: params.alignment.method,
        ...headOfFigures(params.alignment),
        device: loan.isOpen
          ? (await this.#parts.devices.choose(backbone.members?.[0] ?? backbone)).device
          : this.#parts.devices.start(),
        seconds: (performance.now() - started) / 1000,
        cancelled: !whole,
      };
    } finally {
      await meter.end();
      loan.release();
    }
  }

  async rescore(
    params: ClassificationMethods['rescore']['params'],
  ): Promise<ClassificationMethods['rescore']['result']> {
    const started = performance.now();
    const prepared = await prepareAlignment(this.#parts, params);
    const { backbone, scorer, outputs, features: tapped } = prepared;
    const { scored, skipped, unseen } = await this.#parts.scores.of(params, backbone, outputs, tapped);
    const outcome = new Outcome(scorer);
    const predictions: Prediction[] = [];
    for await (const { from, images, logits, features } of scored.withFeatures(tapped).blocks()) {
      const found = scorer.predict(images, logits, (i) => scored.fired.at(from + i), features, outcome.signs);
      for (const [i, image] of images.entries()) {
        outcome.add(image, found[i]);
        predictions.push(found[i]);
      }
    }
    return {
      ...figuresOf(outcome.report(), scorer),
      skipped,
      backbone: namedBackbones(backbone.members ?? [backbone]),
      method: params.alignment.method,
      ...headOfFigures(params.alignment),
      device: this.#parts.devices.start(),
      seconds: (performance.now() - started) / 1000,
      cancelled: false,
      predictions: inOrder(predictions, scored.images),
      sources: sourceNames(backbone),
      unseen,
    };
  }

  async changesSince(
    params: ClassificationMethods['changesSince']['params'],
    signal: AbortSignal,
  ): Promise<ClassificationMethods['changesSince']['result']> {
    // Results of a job stay as they are.
    if (params.job !== undefined) return { arrived: 0, changed: 0, gone: 0 };
    await Promise.all(params.folders.map(mustBeFolder));
    // Without the backbone, times tell.
    const prepared = await prepareBackbone(this.#parts, params).catch(() => undefined);
    return changesSince(params, params, prepared?.outputs, signal);
  }

  thumbnail(
    file: string,
    size: number,
    signal: AbortSignal,
  ): Promise<ClassificationMethods['thumbnail']['result']> {
    return this.#parts.decode.thumbnail(file, size, signal);
  }

  /** By a few of the first images, spread evenly; those that cannot be read do not count. */
  async arePhotographs(images: ImageFolders, signal: AbortSignal): Promise<boolean> {
    const files: string[] = [];
    for await (const entry of walkImages(images, { signal })) {
      if (entry.kind === 'image') files.push(entry.path);
      if (files.length === PHOTO_WALK) break;
    }
    const step = Math.max(1, Math.floor(files.length / PHOTO_SAMPLE));
    const sample = files.filter((_, i) => i % step === 0).slice(0, PHOTO_SAMPLE);
    const looks = sample.map((file) => this.#parts.decode.flatness(file, signal).catch(() => undefined));
    return arePhotographs((await Promise.all(looks)).filter((flat) => flat !== undefined));
  }
}

async function flushed(outputs: OutputStore, features: OutputStore | undefined): Promise<void> {
  await Promise.all([outputs.flush(), features?.flush()]);
}

/** Predictions of images in the order of the folders. */
function inOrder(predictions: Prediction[], images: readonly PlacedImage[]): readonly Prediction[] {
  const places = images.map(({ place }, i) => place ?? i);
  const order = places.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  return order.map((i) => predictions[i]);
}

/** The figures of predictions, with the names of their labels. */
export function figuresOf(
  { measuredOn, accuracy, balancedAccuracy, perClass, perSplit, expectedAccuracy }: MeasuredReport,
  { targets }: ImageScorer,
): Pick<ClassifyResult, keyof AnswerFigures | 'images'> {
  return {
    images: measuredOn.images,
    learnedFrom: measuredOn.learned > 0 ? measuredOn.learned : undefined,
    accuracy,
    measuredOn,
    balancedAccuracy,
    perClass: perClass.map((score, t) => ({ label: targets[t], ...score })),
    ...(perSplit && { perSplit }),
    ...(expectedAccuracy && { expectedAccuracy }),
  };
}

/** The calls about folders of images, served by what `started` gives. */
export function classifyHandlers(started: () => ClassifyService): Handlers<ClassificationMethods> {
  return {
    classify: (params, context) => started().classify(params, context),
    rescore: (params) => started().rescore(params),
    changesSince: (params, { signal }) => started().changesSince(params, signal),
    arePhotographs: (images, { signal }) => started().arePhotographs(images, signal),
    thumbnail: ({ path, size }, { signal }) => started().thumbnail(path, size, signal),
  };
}
