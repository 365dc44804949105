import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { alignmentScorer } from '../../core/alignments/alignmentScorer.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { labelRows } from '../../core/backbones/textProjection.ts';
import {
  CLASSIFIER_INPUT,
  CLASSIFIER_OUTPUTS,
  type ClassifierOptions,
} from '../../core/classifiers/classifierOptions.ts';
import { cancelled } from '../../core/errors.ts';
import { joinFeatures } from '../../core/heads/features.ts';
import type { Head } from '../../core/heads/head.ts';
import type { RgbImage } from '../../core/images/preprocessing.ts';
import { fillInput, inputBytes, inputView } from '../../core/images/tensor.ts';
import { joinRows } from '../../core/mapping/joinedScorer.ts';
import { decidedTarget, softmax } from '../../core/mapping/scoring.ts';
import { seededRandom } from '../../core/random.ts';
import type { ClassifierParity } from '../../protocol/classifierExport.ts';
import type { Features } from '../features/features.ts';
import { walkImages } from '../folders/imageWalk.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { RunSpec, SessionOptions } from '../inference/inferenceWorker.ts';
import { Lane, specOf } from '../inference/lane.ts';
import { appendOf } from '../models/addedOutputs.ts';

/** Images of the alignment's folders that are compared, and images that are walked past to spread them. */
const OWN = 6;
const OWN_WALK = 600;
/** Larger photographs are left out: one takes as long as all others. */
const MOST_PIXELS = 6_000_000;

/** Pictures that are made: landscape, portrait, much enlarged, little enlarged. */
const MADE: readonly (readonly [height: number, width: number])[] = [
  [375, 500],
  [500, 333],
  [32, 32],
  [100, 130],
];

/** Differences beyond this are not those of rounding. */
const LARGEST = 0.02;
/**
 * Backbones that compute in few bits answer otherwise when a few pixels are one grey level brighter: so far, times this, may
 * the file be from what they say.
 */
const SENSITIVE = 3;

/** Backbones that are larger together are not loaded beside the file. */
const BESIDE_BYTES = 200 << 20;

interface Compared {
  readonly backbones: readonly BackboneDescription[];
  /** Of each backbone, where a head reads features. */
  readonly features: readonly Features[] | undefined;
  readonly alignment: AlignmentDocument;
  readonly head: Head | undefined;
  readonly options: ClassifierOptions;
  /** The exported file, and how many images it takes a run where that is fixed. */
  readonly file: string;
  readonly fixedBatch: number | undefined;
  /** Whether a backbone computes in integers or in half precision. */
  readonly isQuantised: boolean;
  readonly decode: DecodePool;
  readonly threads: number;
  readonly signal: AbortSignal;
}

/** What a comparison found beside its figures. */
export interface Comparison extends ClassifierParity {
  /** Whether that is what rounding does. */
  readonly agrees: boolean;
  /** Whether several images in one run are answered as one by one. */
  readonly takesBatches: boolean;
}

/** Runs an exported classifier beside SeMap's own answers on the same pixels. */
export async function compareClassifier(compared: Compared): Promise<Comparison> {
  const { signal, backbones } = compared;
  const taken = await ownPictures(compared);
  const pictures = [...taken, ...madePictures(compared.options)];
  const session: SessionOptions = { threads: compared.threads, provider: 'cpu' };
  // Large ones are in memory one after the other.
  const isLarge = backbones.reduce((sum, { bytes }) => sum + bytes, 0) > BESIDE_BYTES;
  const early = isLarge ? undefined : Lane.open(compared.file, session);
  early?.catch(() => {});
  const own = await ownAnswers(compared, pictures).catch(async (error) => {
    await early?.then((opened) => opened.close()).catch(() => {});
    throw error;
  });
  const lane = await (early ?? Lane.open(compared.file, session));
  const { height, width } = pictures[0];
  try {
    let largestDifference = 0;
    let otherLabels = 0;
    const answers: Float32Array[] = [];
    for (const [i, picture] of pictures.entries()) {
      if (signal.aborted) throw cancelled();
      await lane.prepare(exportedSpec(picture, compared.fixedBatch));
      const { scores } = await lane.run([copyOf(picture)]);
      answers.push(scores);
      const expected = own.answers[i];
      for (let t = 0; t < expected.length; t++)
        largestDifference = worse(largestDifference, Math.abs(scores[t] - expected[t]));
      if (decidedTarget(scores) !== decidedTarget(expected)) otherLabels++;
    }
    const agrees = largestDifference <= Math.max(LARGEST, SENSITIVE * own.sensitivity);
    let takesBatches = compared.fixedBatch === undefined;
    if (agrees && takesBatches) {
      const same = { height, width };
      const [first, second] = [pictures[0], mirrored(pictures[0])];
      await lane.prepare(exportedSpec(same, undefined));
      const alone = (await lane.run([copyOf(second)])).scores;
      const both = await lane.run([copyOf(first), copyOf(second)]).catch(() => undefined);
      const expected = [...answers[0], ...alone];
      takesBatches =
        both?.scores.length === expected.length &&
        expected.every((one, at) => Math.abs(one - both.scores[at]) <= LARGEST);
    }
    return {
      images: pictures.length,
      own: taken.length,
      largestDifference,
      otherLabels,
      agrees,
      takesBatches,
    };
  } finally {
    await lane.close();
  }
}

/** What is no number is worse than any difference. */
function worse(one: number, other: number): number {
  return Number.isNaN(other) ? Number.POSITIVE_INFINITY : Math.max(one, other);
}

function exportedSpec(
  { height, width }: Pick<RgbImage, 'height' | 'width'>,
  fixedBatch: number | undefined,
): RunSpec {
  return {
    inputName: CLASSIFIER_INPUT,
    input: bytesOf(height, width),
    outputName: CLASSIFIER_OUTPUTS.probabilities,
    scores: { kind: undefined },
    fixedBatch,
    cold: true,
  };
}

/** Pixels of pictures as they are. */
function bytesOf(height: number, width: number): RunSpec['input'] {
  return {
    preprocessing: {
      size: { height, width },
      resample: 'bilinear',
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
    type: 'uint8',
    layout: 'nhwc',
    height,
    width,
  };
}

function copyOf({ data }: RgbImage): ArrayBuffer {
  return new Uint8Array(data).buffer;
}

function mirrored({ width, height, data }: RgbImage): RgbImage {
  const turned = new Uint8Array(data.length);
  for (let i = 0; i < width * height; i++)
    turned.set(data.subarray(3 * i, 3 * i + 3), 3 * (i - (i % width) + width - 1 - (i % width)));
  return { width, height, data: turned };
}

/** A few images of the alignment's folders, decoded as a whole. */
async function ownPictures({ alignment, options, decode, signal }: Compared): Promise<RgbImage[]> {
  const { folders = [] } = alignment;
  const files: string[] = [];
  if (folders.length > 0) {
    const walk = walkImages({ folders }, { signal });
    try {
      for await (const found of walk) {
        if (found.kind === 'image') files.push(found.path);
        if (files.length === OWN_WALK) break;
      }
    } catch {
      // Folders that cannot be read have none.
    }
  }
  const step = Math.max(1, Math.floor(files.length / OWN));
  const pictures: RgbImage[] = [];
  for (const file of files.filter((_, i) => i % step === 0).slice(0, OWN)) {
    if (signal.aborted) throw cancelled();
    const picture = await pictureOf(file, options.size, decode, signal).catch(() => undefined);
    if (picture) pictures.push(picture);
  }
  return pictures;
}

async function pictureOf(
  file: string,
  size: ClassifierOptions['size'],
  decode: DecodePool,
  signal: AbortSignal,
): Promise<RgbImage | undefined> {
  let wanted = size;
  if (!wanted) {
    const { facts } = await decode.load(file, bytesOf(1, 1), undefined, signal);
    if (facts.width * facts.height > MOST_PIXELS) return undefined;
    wanted = { height: facts.height, width: facts.width };
  }
  const { height, width } = wanted;
  const { image } = await decode.load(file, bytesOf(height, width), undefined, signal);
  return { height, width, data: new Uint8Array(image) };
}

/** Waves of color with some noise, the same every time. */
function madePictures({ size }: ClassifierOptions): RgbImage[] {
  const random = seededRandom(1);
  const sizes = size ? [[size.height, size.width] as const, [size.height, size.width] as const] : MADE;
  return sizes.map(([height, width]) => {
    const waves = Array.from({ length: 9 }, () => 2 + 10 * random());
    const data = new Uint8Array(height * width * 3);
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++, at++) {
          const [down, across, from] = waves.slice(3 * c, 3 * c + 3);
          const wave = Math.sin((down * y) / height + (across * x) / width + from);
          data[at] = Math.round(128 + 90 * wave + 36 * random());
        }
      }
    }
    return { width, height, data };
  });
}

/** Probabilities of every picture as SeMap has them, and how far they move when a few pixels do. */
async function ownAnswers(
  compared: Compared,
  pictures: readonly RgbImage[],
): Promise<{ readonly answers: readonly Float32Array[]; readonly sensitivity: number }> {
  if (!compared.isQuantised) return { answers: await answersOf(compared, pictures), sensitivity: 0 };
  const said = await answersOf(compared, [...pictures, ...pictures.map(shaken)]);
  const answers = said.slice(0, pictures.length);
  const moved = answers.flatMap((one, i) =>
    Array.from(one, (share, t) => Math.abs(share - said[pictures.length + i][t])),
  );
  return { answers, sensitivity: moved.reduce((most, one) => Math.max(most, one), 0) };
}

/** Some pixels are one grey level darker or brighter. */
function shaken({ width, height, data }: RgbImage): RgbImage {
  const random = seededRandom(2);
  const more = () => (random() < 0.2 ? Math.sign(random() - 0.5) : 0);
  return { width, height, data: Uint8ClampedArray.from(data, (value) => value + more()) };
}

async function answersOf(compared: Compared, pictures: readonly RgbImage[]): Promise<Float32Array[]> {
  const { backbones, features, alignment, head, threads, signal } = compared;
  const logits = pictures.map((): Float32Array[] => []);
  const read = pictures.map((): Float32Array[] => []);
  for (const [m, backbone] of backbones.entries()) {
    // The features of a dual encoder are its own rows.
    const tap = backbone.text ? undefined : features?.[m].tap;
    const lane = await Lane.open(backbone.path, {
      threads,
      provider: 'cpu',
      append: appendOf(backbone, tap),
    });
    try {
      await lane.prepare({ ...specOf(backbone, tap), cold: true });
      for (const [i, picture] of pictures.entries()) {
        if (signal.aborted) throw cancelled();
        const image = new ArrayBuffer(inputBytes(backbone.input));
        fillInput(picture, backbone.input, inputView(backbone.input, image));
        const run = await lane.run([image]);
        logits[i].push(labelRows(backbone, run.scores));
        const own = backbone.text ? run.scores : run.features;
        if (own) read[i].push(own);
      }
    } finally {
      await lane.close();
    }
  }
  const scorer = alignmentScorer(alignment);
  return pictures.map((_, i) => {
    const rows = logits[i].length > 1 ? joinRows(logits[i], room(logits[i])) : logits[i][0];
    const mapped = scorer.score(rows, 1);
    const own = read[i];
    const joined = own.length > 1 ? joinFeatures(own, room(own)) : own[0];
    const scores = head ? head.score({ logits: rows, features: joined, mapped }, 1) : mapped;
    return Float32Array.from(softmax(scores));
  });
}

function room(rows: readonly Float32Array[]): Float32Array {
  return new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
}
