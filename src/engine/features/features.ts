import path from 'node:path';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { rowWidth } from '../../core/backbones/textSide.ts';
import { toSemapError } from '../../core/errors.ts';
import { fillInput, inputBytes, inputView } from '../../core/images/tensor.ts';
import { type FeatureTap, type GraphReading, readFeatureTap } from '../../core/onnx/featureTap.ts';
import { MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { seededRandom } from '../../core/random.ts';
import { phrase, readText, type Text } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import type { SessionOptions } from '../inference/inferenceWorker.ts';
import { Lane, specOf } from '../inference/lane.ts';
import { appendOf } from '../models/addedOutputs.ts';

/** Penultimate features of a backbone, tried out. */
export interface Features {
  readonly tap: FeatureTap;
  /** D. */
  readonly width: number;
  /**
   * Whether the logits that come with features are the very bits that come without: onnxruntime may fuse or round
   * otherwise when it has to hand out a value on the way.
   */
  readonly sameLogits: boolean;
  /** Of each of several backbones. */
  readonly members?: readonly Features[] | undefined;
}

/** What the graph of a backbone tells. */
export interface BackboneReading {
  readonly parameters: number | null;
  readonly features?: Features;
  /** Why there are no features, where there are none. */
  readonly problem?: Text | undefined;
}

interface Remembered {
  readonly version: number;
  /** Name of the output with the scores. */
  readonly of?: string | undefined;
  /** How often it was tried out without an end: then the process ended with it. */
  readonly tries?: number;
  readonly parameters: number | null;
  /** Of versions before 0.2 a string. */
  readonly problem?: Text | string | undefined;
  readonly features?: Omit<Features, 'tap' | 'members'> &
    Omit<FeatureTap, 'append'> & { readonly append: string };
}

/** Grows when penultimate features are found in another way. */
const VERSION = 3;
const NOISE_EDGE = 64;
/** An engine that ended so often while it tried a backbone out ends by it: a classification does not need features. */
const MOST_TRIES = 2;
/** Of larger models one copy is loaded at a time. */
const BESIDE_BYTES = 200 << 20;

const underWay = new Map<string, Promise<BackboneReading>>();
/** What is tried out now, and what stands in its file if this process ends as it should. */
const tried = new Map<string, Remembered>();

/**
 * Finds penultimate features of a backbone and tries them out once; remembered by the model's hash. Never rejects for what
 * is the model's fault: then there are no features, and `problem` says why.
 */
export function readFeatures(cacheFolder: string, backbone: BackboneDescription): Promise<BackboneReading> {
  if (backbone.members) return joinedReading(cacheFolder, backbone.members);
  // The same file without a text encoder is a classifier like others.
  const name = backbone.text ? `${backbone.sha256}-text` : backbone.sha256;
  const file = path.join(cacheFolder, 'features', `${name}.json`);
  let reading = underWay.get(file);
  if (!reading) {
    reading = recall(file, backbone).finally(() => underWay.delete(file));
    underWay.set(file, reading);
  }
  return reading;
}

/** Several backbones have features when each of them has some. */
async function joinedReading(
  cacheFolder: string,
  backbones: readonly BackboneDescription[],
): Promise<BackboneReading> {
  const readings = await Promise.all(backbones.map((one) => readFeatures(cacheFolder, one)));
  const counts = readings.map(({ parameters }) => parameters);
  const parameters = counts.reduce((sum, one) => (sum === null || one === null ? null : sum + one));
  const members = readings.map(usable).filter((one) => one !== undefined);
  if (members.length < backbones.length)
    return { parameters, problem: readings.find((one) => !usable(one))?.problem };
  const tap: FeatureTap = {
    output: members.map((one) => one.tap.output).join(' + '),
    axis: 'last',
    append: new Uint8Array(),
  };
  const width = members.reduce((sum, one) => sum + one.width, 0);
  return { parameters, features: { tap, width, sameLogits: true, members } };
}

async function recall(file: string, backbone: BackboneDescription): Promise<BackboneReading> {
  const known = (await readChecked(file)) as Remembered | undefined;
  // Of files before 0.2 with several outputs nobody knows.
  const isOurs = known?.version === VERSION && (known.of ?? backbone.outputName) === backbone.outputName;
  if (isOurs && known.tries === undefined) return fromRemembered(known);
  const tries = isOurs ? known.tries! : 0;
  if (tries >= MOST_TRIES) {
    return {
      parameters: null,
      problem: phrase('The engine ended when it ran with its features as an output.'),
    };
  }
  const begun = { version: VERSION, of: backbone.outputName, parameters: null };
  tried.set(file, { ...begun, tries });
  try {
    await writeChecked(file, { ...begun, tries: tries + 1 });
    const reading = await readBackbone(backbone);
    tried.delete(file);
    await writeChecked(file, { ...toRemembered(reading), of: backbone.outputName });
    return reading;
  } finally {
    tried.delete(file);
  }
}

/** Takes back that backbones are being tried out: this process was told to end, and none of them is to blame. */
export async function forgetTries(): Promise<void> {
  await Promise.all(Array.from(tried, ([file, before]) => writeChecked(file, before)));
}

/** Features that a run may ask for beside logits: these must stay the same. */
export function usable({ features }: BackboneReading): Features | undefined {
  return features?.sameLogits ? features : undefined;
}

function fromRemembered({ parameters, problem, features }: Remembered): BackboneReading {
  if (!features) return { parameters, problem: readText(problem) };
  const { output, axis, append, width, sameLogits } = features;
  const tap = { output, axis, append: Buffer.from(append, 'base64') };
  return { parameters, features: { tap, width, sameLogits } };
}

function toRemembered({ features, ...rest }: BackboneReading): Remembered {
  if (!features) return { version: VERSION, ...rest };
  const { tap, ...facts } = features;
  const append = Buffer.from(tap.append).toString('base64');
  return { version: VERSION, ...rest, features: { ...facts, ...tap, append } };
}

async function readBackbone(backbone: BackboneDescription): Promise<BackboneReading> {
  let reading: GraphReading;
  const { text, outputName } = backbone;
  try {
    const bytes = await readRegularFile(backbone.path, { limit: MAX_MODEL_BYTES });
    reading = readFeatureTap(bytes, outputName, rowWidth(backbone));
  } catch (error) {
    return { parameters: null, problem: phrase('Cannot read its graph: {0}', toSemapError(error).text) };
  }
  const { parameters, tap } = reading;
  if (text) {
    // Its rows are its features.
    const own: FeatureTap = { output: outputName, axis: 'last', append: new Uint8Array() };
    return { parameters, features: { tap: own, width: text.width, sameLogits: true } };
  }
  if (!tap) {
    return {
      parameters,
      problem: phrase('Its graph has no linear layer with an output for each source label.'),
    };
  }
  try {
    return { parameters, features: { tap, ...(await tryOut(backbone, tap)) } };
  } catch (error) {
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return { parameters, problem: phrase('It does not run with its features as an output: {0}', message) };
  }
}

/** One noise image with and without features. */
async function tryOut(backbone: BackboneDescription, tap: FeatureTap): Promise<Omit<Features, 'tap'>> {
  const one = runNoise(backbone, undefined);
  if (backbone.bytes > BESIDE_BYTES) await one;
  const [plain, tapped] = await bothOf(one, runNoise(backbone, tap));
  const features = tapped.features ?? new Float32Array();
  if (features.length === 0 || !features.every(Number.isFinite))
    throw new Error('its features are no numbers.');
  return { width: features.length, sameLogits: plain.scores.every((score, s) => score === tapped.scores[s]) };
}

/** Both, once none is under way any more. @throws what the first threw, or the second */
async function bothOf<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([first, second]);
  return [await first, await second];
}

async function runNoise(backbone: BackboneDescription, tap: FeatureTap | undefined) {
  const { input } = backbone;
  const options: SessionOptions = {
    threads: 1,
    provider: 'cpu',
    append: appendOf(backbone, tap),
  };
  const random = seededRandom(1);
  const data = Uint8Array.from({ length: NOISE_EDGE * NOISE_EDGE * 3 }, () => Math.floor(random() * 256));
  const image = new ArrayBuffer(inputBytes(input));
  fillInput({ width: NOISE_EDGE, height: NOISE_EDGE, data }, input, inputView(input, image));
  const lane = await Lane.open(backbone.path, options);
  try {
    await lane.prepare(specOf(backbone, tap));
    return await lane.run([image]);
  } finally {
    await lane.close();
  }
}
