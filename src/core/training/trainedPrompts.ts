import type { Mapping } from '../mapping/mapping.ts';
import { encodePrompt } from '../prompts/promptFile.ts';
import type { InputPrompt, PromptInput } from '../prompts/promptInput.ts';
import {
  effectOf,
  initialParameters,
  networkOf,
  type PromptShape,
  parameterCount,
  pullBack,
} from '../prompts/visualPrompt.ts';
import type { StepResult, StepRows } from './mappingInput.ts';
import { setApart, sharesOf } from './promptShares.ts';
import { StackedScorer } from './stackedMapping.ts';

/**
 * The prompts of a training among all that is trained: their numbers come first, one prompt after the other. Usually it is
 * one; of several, the numbers behind their shares follow.
 */
export class TrainedPrompts {
  readonly shape: PromptShape;
  /** How many there are. */
  readonly count: number;
  /** Numbers of all of them. */
  readonly length: number;
  /** That of the mapping of now. */
  #stacked: { readonly mapping: Mapping; readonly scorer: StackedScorer } | undefined;

  constructor(shape: PromptShape, count: number) {
    this.shape = shape;
    this.count = count;
    this.length = count * parameterCount(shape);
  }

  /** Numbers of the network of a mask. */
  get networkLength(): number {
    return this.count > 1 ? 0 : (networkOf(this.shape, new Float32Array(this.length))?.length ?? 0);
  }

  /** Before training, into the parameters. @param deviation see `initialParameters` */
  start(parameters: Float32Array, seed: number, deviation: number | undefined): void {
    for (const [k, own] of this.each(parameters).entries()) {
      const start = initialParameters(this.shape, seed + k, deviation);
      own.set(this.count > 1 ? setApart(start, this.shape.kind, seed, k) : start);
    }
  }

  /** Their part of the parameters. */
  of(parameters: Float32Array): Float32Array {
    return parameters.subarray(0, this.length);
  }

  /** What is trained beside them. */
  beside(parameters: Float32Array): Float32Array {
    return parameters.subarray(this.length);
  }

  /** The numbers of each. */
  each(parameters: Float32Array): Float32Array[] {
    const length = this.length / this.count;
    return Array.from({ length: this.count }, (_, k) => parameters.subarray(k * length, (k + 1) * length));
  }

  /** What they add to an input, one after the other. */
  input(parameters: Float32Array, input: PromptInput): InputPrompt {
    const each = this.each(parameters);
    const effects = each.map((own) => input.added(effectOf(this.shape, own)));
    if (effects.length === 1) return { added: effects[0], network: networkOf(this.shape, each[0]) };
    const added = new Float32Array(effects.length * input.size);
    for (const [k, own] of effects.entries()) added.set(own, k * input.size);
    return { added };
  }

  /** The gradient of their numbers, of one of what they add. @param network of a mask's network */
  pullBack(
    parameters: Float32Array,
    input: PromptInput,
    { gradient, network }: { readonly gradient: Float32Array; readonly network?: Float32Array | undefined },
  ): Float32Array {
    const result = new Float32Array(this.length);
    const size = gradient.length / this.count;
    for (const [k, own] of this.each(parameters).entries()) {
      const effect = input.pullBack(gradient.subarray(k * size, (k + 1) * size));
      result.set(pullBack(this.shape, own, effect, network), k * own.length);
    }
    return result;
  }

  /** The bytes of a `prompt.safetensors` for each. @param backbone its SHA-256 */
  files(parameters: Float32Array, backbone: string): Uint8Array[] {
    return this.each(parameters).map((own) => encodePrompt({ shape: this.shape, parameters: own, backbone }));
  }

  /** How much each of several counts for each target, [K, T]. */
  shares(parameters: Float32Array): Float32Array {
    return sharesOf(this.beside(parameters), this.count);
  }

  /** The gradient of their shares [K, T], where no graph gives it; of the mapping that scored last. */
  sharesGradient(run: StepResult, rows: StepRows, sharpness: number): Float32Array | undefined {
    return this.#stacked?.scorer.sharesGradient(run, rows, sharpness);
  }

  /** What scores under the mappings of several. */
  scorer(mapping: Mapping): StackedScorer {
    if (this.#stacked?.mapping !== mapping)
      this.#stacked = { mapping, scorer: new StackedScorer(mapping, this.count) };
    return this.#stacked.scorer;
  }
}
