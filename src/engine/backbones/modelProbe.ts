import path from 'node:path';
import { type ExtraInput, type GraphFacts, unsupported } from '../../core/backbones/backboneDescription.ts';
import { classCount, readClassOutput } from '../../core/backbones/classOutput.ts';
import { type ImageInput, readImageInput } from '../../core/backbones/imageInput.ts';
import { inputSpec } from '../../core/backbones/inputSpec.ts';
import { toSemapError } from '../../core/errors.ts';
import { inputBytes, inputView } from '../../core/images/tensor.ts';
import type { OutputKind } from '../../core/onnx/scoreReading.ts';
import { phrase } from '../../core/text/text.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { Lane } from '../inference/lane.ts';
import { fillNoise } from '../inference/tinyModel.ts';

/** What one run of a graph shows. */
export interface RunFacts {
  /** S. */
  readonly sourceCount: number;
  /** Probabilities sum to one. */
  readonly output: OutputKind;
}

/** An input with a size, and what the graph takes beside it. */
export interface ProbedInput {
  readonly input: ImageInput;
  readonly height: number;
  readonly width: number;
  readonly extraInputs?: readonly ExtraInput[] | undefined;
}

interface Remembered {
  readonly facts: GraphFacts;
  readonly runs: Readonly<Record<string, RunFacts>>;
}

/** What graphs say about themselves and what a run of them shows; remembered by the model's hash. */
export class ModelProbe {
  readonly #folder: string;
  readonly #asked = new Map<string, Promise<GraphFacts>>();

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'backbones');
  }

  /** @throws {SemapError} as {@link loadError} says */
  facts(file: string, sha256: string): Promise<GraphFacts> {
    // Two that ask at the same time wait for one answer.
    let asked = this.#asked.get(sha256);
    if (!asked) {
      asked = this.#readFacts(file, sha256).finally(() => this.#asked.delete(sha256));
      this.#asked.set(sha256, asked);
    }
    return asked;
  }

  async #readFacts(file: string, sha256: string): Promise<GraphFacts> {
    const known = await this.#known(sha256);
    if (known) return known.facts;
    const lane = await Lane.open(file, { threads: 1, provider: 'cpu' });
    try {
      await this.#remember(sha256, { facts: lane.facts, runs: await runsAtOwnSize(lane, file) });
    } finally {
      await lane.close();
    }
    return lane.facts;
  }

  /**
   * Runs noise through the model.
   * @throws {SemapError} `unsupported-model` when it does not run or gives no class vector
   */
  async run(file: string, sha256: string, asked: ProbedInput): Promise<RunFacts> {
    const known = await this.#known(sha256);
    const key = keyOf(asked);
    const before = known?.runs[key];
    if (before) return before;
    const lane = await Lane.open(file, { threads: 1, provider: 'cpu' });
    try {
      const name = path.basename(file);
      const shown = await runNoise(lane, asked, name);
      const runs = { ...known?.runs, [key]: shown };
      await this.#remember(sha256, { facts: lane.facts, runs });
      return shown;
    } finally {
      await lane.close();
    }
  }

  async #known(sha256: string): Promise<Remembered | undefined> {
    const known = (await readChecked(this.#file(sha256))) as Remembered | undefined;
    return known?.facts && known.runs ? known : undefined;
  }

  #remember(sha256: string, what: Remembered): Promise<void> {
    return writeChecked(this.#file(sha256), what);
  }

  #file(sha256: string): string {
    return path.join(this.#folder, `${sha256}.json`);
  }
}

/** The run of a graph that says which size it takes, while it is loaded anyway; its problems are told by {@link ModelProbe.run}. */
async function runsAtOwnSize(lane: Lane, file: string): Promise<Record<string, RunFacts>> {
  try {
    const name = path.basename(file);
    const input = readImageInput(lane.facts, name);
    const { height, width } = input;
    if (height === undefined || width === undefined || input.supposed || input.others) return {};
    const asked = { input, height, width };
    return { [keyOf(asked)]: await runNoise(lane, asked, name) };
  } catch {
    return {};
  }
}

function keyOf({ input, height, width, extraInputs }: ProbedInput): string {
  const { layout, channels, axes } = input;
  const isUsual = layout === 'nchw' && channels === 3 && !axes && !extraInputs;
  const how = isUsual ? '' : ` ${JSON.stringify([input.name, layout, channels, axes, extraInputs])}`;
  return `${height}x${width}${how}`;
}

async function runNoise(
  lane: Lane,
  { input, height, width, extraInputs }: ProbedInput,
  name: string,
): Promise<RunFacts> {
  const output = readClassOutput(lane.facts, name);
  const { fixedBatch, type } = input;
  // Pixels as they are.
  const spec = inputSpec(input, { size: { height, width } }, name);
  const buffer = new ArrayBuffer(inputBytes(spec));
  fillNoise(inputView(spec, buffer), type === 'float16');
  try {
    const { name: inputName } = input;
    await lane.prepare({
      inputName,
      input: spec,
      extraInputs,
      outputName: output.name,
      scores: { kind: undefined },
      fixedBatch,
    });
    const { scores, dims } = await lane.run([buffer]);
    const sourceCount = classCount(dims, fixedBatch ?? 1);
    if (sourceCount === undefined) {
      throw unsupported(
        phrase(
          'The output "{0}" of {1} is not a class vector but [{2}].',
          output.name,
          name,
          dims.join(', '),
        ),
      );
    }
    if (!scores.every(Number.isFinite)) {
      throw unsupported(
        phrase('{0} runs, but its scores for a test image are not finite numbers (NaN or infinite).', name),
      );
    }
    return { sourceCount, output: areProbabilities(scores) ? 'probabilities' : 'logits' };
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
