import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  type BackboneDescription,
  type GraphFacts,
  unsupported,
} from '../../core/backbones/backboneDescription.ts';
import type { ScorePlace } from '../../core/backbones/classOutput.ts';
import type { ImageInput } from '../../core/backbones/imageInput.ts';
import { inputSpec } from '../../core/backbones/inputSpec.ts';
import { areAlike, faultText, type ScoreFault, scoreFault } from '../../core/backbones/scoreFaults.ts';
import { type ScoreShape, scoreShape } from '../../core/backbones/scoreShape.ts';
import { rowWidth } from '../../core/backbones/textSide.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { madePictures, morePictures } from '../../core/images/madePictures.ts';
import type { InputSpec, RgbImage } from '../../core/images/preprocessing.ts';
import { fillInput, inputBytes, inputView } from '../../core/images/tensor.ts';
import { type OutputClues, readOutputClues } from '../../core/onnx/outputClues.ts';
import type { ExtraInput } from '../../core/onnx/passes/constantInputs.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import type { OutputKind, ScoreReading } from '../../core/onnx/scoreReading.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { type Lane, specOf } from '../inference/lane.ts';
import { checkScores } from '../inference/scoreProblems.ts';
import { fillNoise } from '../inference/tinyModel.ts';
import { appendOf } from '../models/addedOutputs.ts';
import type { LoadedModel } from './loadedModel.ts';

/** What a run of a graph shows. */
export interface RunFacts extends ScoreShape {
  /** S. */
  readonly sourceCount: number;
  readonly output: OutputKind;
  /** What the sigmoid at the end of a graph takes: logits as they are. */
  readonly cut?: { readonly name: string; readonly inner: boolean } | undefined;
}

/** An input with a size, and what the graph takes beside it. */
export interface ProbedInput {
  readonly input: ImageInput;
  readonly height: number;
  readonly width: number;
  readonly extraInputs?: readonly ExtraInput[] | undefined;
}

interface Remembered {
  readonly version: number;
  readonly facts: GraphFacts;
  /** By the value inside the graph that somebody named, or ''; null where the graph cannot be read. */
  readonly clues?: Readonly<Record<string, OutputClues | null>>;
  readonly runs: Readonly<Record<string, RunFacts>>;
  /** What is wrong with its scores, by how it is described; null where nothing is. */
  readonly faults?: Readonly<Record<string, ScoreFault | null>>;
}

/** Grows when more is found out, or in another way. */
const VERSION = 2;
/** Descriptions of one model whose check is remembered. */
const MOST_FAULTS = 50;

/** A model file, known by its content. */
export interface ProbedModel {
  readonly file: string;
  readonly sha256: string;
  readonly loaded: LoadedModel;
}

/** What graphs say about themselves and what runs of them show; remembered by the model's hash. */
export class ModelProbe {
  readonly runs = true;
  readonly #folder: string;
  readonly #asked = new Map<string, Promise<GraphFacts>>();

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'backbones');
  }

  /** @throws {SemapError} as {@link loadError} says */
  facts(model: ProbedModel): Promise<GraphFacts> {
    // Two that ask at the same time wait for one answer.
    const { sha256 } = model;
    let asked = this.#asked.get(sha256);
    if (!asked) {
      asked = this.#readFacts(model).finally(() => this.#asked.delete(sha256));
      this.#asked.set(sha256, asked);
    }
    return asked;
  }

  async #readFacts({ sha256, loaded }: ProbedModel): Promise<GraphFacts> {
    const known = await this.#known(sha256);
    if (known) return known.facts;
    const { facts } = await loaded.lane();
    await this.#remember(sha256, { version: VERSION, facts, runs: {} });
    return facts;
  }

  /**
   * What the graph tells about its outputs; undefined where it cannot be read.
   * @param value a value inside it that somebody named
   */
  async clues(model: ProbedModel, value?: string): Promise<OutputClues | undefined> {
    const { file, sha256 } = model;
    const facts = await this.facts(model);
    const before = (await this.#known(sha256))?.clues?.[value ?? ''];
    if (before !== undefined) return before ?? undefined;
    let clues: OutputClues | null = null;
    try {
      clues = readOutputClues(decodeModel(await readRegularFile(file, { limit: MAX_MODEL_BYTES })), value);
    } catch {
      // There is only less to tell.
    }
    await this.#add(sha256, facts, (known) => ({ clues: { ...known.clues, [value ?? '']: clues } }));
    return clues ?? undefined;
  }

  /**
   * Runs noise through the model.
   * @throws {SemapError} `unsupported-model` when it does not run or gives no class vector
   */
  async run(model: ProbedModel, asked: ProbedInput, place: ScorePlace): Promise<RunFacts> {
    const { sha256, loaded, file } = model;
    const facts = await this.facts(model);
    const before = await this.earlierRun(sha256, asked, place);
    if (before) return before;
    const lane = await loaded.lane(appendOf({ inner: place.inner, outputName: place.name }));
    const shown = await this.#runNoise(model, lane, asked, place, path.basename(file));
    await this.#add(sha256, facts, (known) => ({ runs: { ...known.runs, [runKey(asked, place)]: shown } }));
    return shown;
  }

  /** What an earlier run showed; undefined where there was none. */
  async earlierRun(sha256: string, asked: ProbedInput, place: ScorePlace): Promise<RunFacts | undefined> {
    return (await this.#known(sha256))?.runs[runKey(asked, place)];
  }

  /** What the graph said of itself when it was loaded; undefined where it never was. */
  async earlierFacts(sha256: string): Promise<GraphFacts | undefined> {
    return (await this.#known(sha256))?.facts;
  }

  async #runNoise(
    model: ProbedModel,
    lane: Lane,
    { input: asked, height, width, extraInputs }: ProbedInput,
    place: ScorePlace,
    name: string,
  ): Promise<RunFacts> {
    const { name: inputName, fixedBatch } = asked;
    // Pixels as they are.
    const input = inputSpec(asked, { size: { height, width } }, name);
    const fed = { inputName, input, extraInputs, fixedBatch };
    const noise = () => {
      const buffer = new ArrayBuffer(inputBytes(input));
      fillNoise(inputView(input, buffer), input.type === 'float16');
      return buffer;
    };
    const { scores, dims } = await running(name, input, async () => {
      await lane.prepare({ ...fed, outputName: place.name, scores: { kind: undefined }, cold: true });
      return lane.run([noise()]);
    });
    // Some graphs say that they take several images, and do not. What one image gives may be gigabytes.
    const two =
      fixedBatch === undefined && scoreShape(dims, 1, undefined)
        ? await lane.run([noise(), noise()]).then(
            (run) => run.dims,
            () => [],
          )
        : undefined;
    const shape = scoreShape(dims, fixedBatch ?? 1, two);
    if (shape === undefined) {
      throw unsupported(
        phrase('The output "{0}" of {1} is not a class vector but [{2}].', place.name, name, dims.join(', ')),
      );
    }
    if (!scores.every(Number.isFinite)) throw await this.#faulty(model, 'not-finite', name);
    const sourceCount = shape.size === 1 ? 2 : shape.size;
    const isWithin = scores.every((score) => score >= 0 && score <= 1.001);
    if (shape.size > 1 && areProbabilities(scores)) return { ...shape, sourceCount, output: 'probabilities' };
    if (!isWithin) return { ...shape, sourceCount, output: 'logits' };
    const clues = await this.clues(model, place.inner && place.name);
    const own = clues?.candidates.find((one) => one.name === place.name);
    if (LINEAR.has(own?.madeBy ?? '')) return { ...shape, sourceCount, output: 'logits' };
    const before = own?.beforeSigmoid;
    const cut = before && { name: before, inner: !lane.facts.outputs.some((one) => one.name === before) };
    return { ...shape, sourceCount, output: 'sigmoid', ...(cut && { cut }) };
  }

  /**
   * Runs pictures through a backbone as it is described, alone and together.
   * @throws {SemapError} `unsupported-model` where its scores say nothing about an image
   */
  async check(model: ProbedModel, backbone: BackboneDescription): Promise<void> {
    const { sha256, loaded } = model;
    const how = JSON.stringify(specOf(backbone));
    const key = createHash('sha256').update(how).digest('hex').slice(0, 24);
    const facts = await this.facts(model);
    let fault = (await this.#known(sha256))?.faults?.[key];
    if (fault === undefined) {
      fault = await this.#tried(await loaded.lane(appendOf(backbone)), backbone);
      const found = fault;
      await this.#add(sha256, facts, ({ faults = {} }) => ({
        faults: Object.fromEntries([...Object.entries(faults).slice(1 - MOST_FAULTS), [key, found]]),
      }));
    }
    if (fault) throw await this.#faulty(model, fault, backbone.name);
  }

  async #tried(lane: Lane, backbone: BackboneDescription): Promise<ScoreFault | null> {
    const { input, name, fixedBatch } = backbone;
    const S = rowWidth(backbone);
    const inputOf = (picture: RgbImage) => {
      const buffer = new ArrayBuffer(inputBytes(input));
      fillInput(picture, input, inputView(input, buffer));
      return buffer;
    };
    const buffers = madePictures().map(inputOf);
    return running(name, input, async () => {
      await lane.prepare({ ...specOf(backbone), cold: true });
      const rowsOf = async (inputs: readonly ArrayBuffer[]) => {
        const { scores, dims } = await lane.run(inputs.map((one) => one.slice(0)));
        return inputs.map((_, i) => {
          const row = scores.subarray(i * S, (i + 1) * S);
          checkScores(row, dims, backbone);
          return row;
        });
      };
      const rows = (...which: number[]) => rowsOf(which.map((at) => buffers[at]));
      const [first] = await rows(0);
      const [again] = await rows(0);
      const [second] = await rows(1);
      const together = fixedBatch === 1 ? undefined : await rows(0, 1);
      const fault = scoreFault({ first, again, second, together: together && [together[0], together[1]] });
      if (fault !== 'constant') return fault ?? null;
      // Probabilities of one that is sure are 0 and 1 for both, where it takes them for the same thing.
      for (const picture of morePictures()) {
        const [other] = await rowsOf([inputOf(picture)]);
        if (!areAlike(first, other)) return null;
      }
      return fault;
    });
  }

  async #faulty(model: ProbedModel, fault: ScoreFault, name: string): Promise<SemapError> {
    const clues = await this.clues(model);
    const { message, hint } = faultText(fault, name, clues ?? { isHalf: false, training: [] });
    return new SemapError('unsupported-model', message, { hint });
  }

  async #known(sha256: string): Promise<Remembered | undefined> {
    const known = (await readChecked(this.#file(sha256))) as Remembered | undefined;
    return known?.version === VERSION ? known : undefined;
  }

  async #add(
    sha256: string,
    facts: GraphFacts,
    more: (known: Remembered) => Partial<Remembered>,
  ): Promise<void> {
    const known = (await this.#known(sha256)) ?? { version: VERSION, facts, runs: {} };
    await this.#remember(sha256, { ...known, ...more(known) });
  }

  #remember(sha256: string, what: Remembered): Promise<void> {
    return writeChecked(this.#file(sha256), what);
  }

  #file(sha256: string): string {
    return path.join(this.#folder, `${sha256}.json`);
  }
}

function runKey(asked: ProbedInput, { name }: ScorePlace): string {
  return JSON.stringify([asked, name]);
}

/** How its scores are read. @param said what somebody said that they are */
export function readingOf(place: ScorePlace, shown: RunFacts, said: OutputKind | undefined): ScoreReading {
  const output = said ?? shown.output;
  const { cut, classesFirst, size } = shown;
  const form = {
    output,
    ...(classesFirst && { classesFirst }),
    ...(size === 1 && { binary: true as const }),
  };
  if (cut && output === 'sigmoid')
    return { ...form, outputName: cut.name, cut: true, ...(cut.inner && { inner: true as const }) };
  return { ...form, outputName: place.name, ...(place.inner && { inner: true as const }) };
}

/** Operators whose numbers are no probabilities, whatever they happen to be. */
const LINEAR = new Set(
  'Gemm MatMul Add Sub Conv Relu BatchNormalization GlobalAveragePool ReduceMean'.split(' '),
);

/** What fails in a run for the first time is told of the model. */
async function running<T>(name: string, { height, width }: InputSpec, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { reason, text } = toSemapError(error);
    if (reason !== 'device-failed') throw error;
    throw unsupported(
      phrase('{0} loads, but does not run on an image of {1} x {2} px: {3}', name, height, width, text),
    );
  }
}

/** Of a quantised softmax, the rounded probabilities of many classes sum to one only roughly. */
function areProbabilities(scores: Float32Array): boolean {
  const sum = scores.reduce((total, score) => total + score, 0);
  if (!scores.every((score) => score >= 0 && score <= 1.001)) return false;
  return Math.abs(sum - 1) < 0.02 || (scores.length >= MANY_CLASSES && sum > 0.3 && sum < 1.7);
}

const MANY_CLASSES = 20;
