import type { FeatureKind } from '../heads/features.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { quickLinearMapping, standardise } from '../mapping/linear.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { LearnedLayer, PlainOutputs } from './baselines.ts';
import type { MappingInput } from './mappingInput.ts';

/**
 * A linear layer that is trained beside a prompt: a linear mapping of logits, or a linear probe of penultimate features. It
 * starts as the layer that fits the plain outputs, so that before the first step it is that baseline itself. Its parameters
 * are W [width, T], then b [T], of standardised inputs (x - mean) / scale: those have about unit length, so that one
 * learning rate suits every backbone.
 */
export class TrainedLayer {
  readonly kind: LearnedLayer['kind'];
  readonly reads: FeatureKind;
  /** Numbers of an image that it reads: S or D. */
  readonly width: number;
  readonly targetCount: number;
  /** Its parameters before training. */
  readonly start: Float32Array;
  /**
   * What its inputs are standardised by: the mean of each of them, then the scale of all. What the parameters mean hangs on
   * it, so checkpoints keep it: a training that goes on with fewer images would have another.
   */
  readonly scaling: Float32Array;

  /**
   * @param outputs of the training images without a prompt
   * @param fitted the layer that fits them, where somebody has it already
   * @throws {SemapError} `invalid-argument` for too many images and classes
   */
  constructor(kind: LearnedLayer['kind'], outputs: PlainOutputs, fitted?: Mapping) {
    const read = readBy(kind, outputs);
    const { mean, scale } = standardise(read);
    this.kind = kind;
    this.reads = kind === 'linear-probe' ? 'features' : 'logits';
    this.width = read.sourceCount;
    this.targetCount = read.targetCount;
    this.scaling = Float32Array.of(...mean, scale);
    this.start = this.#parametersOf(fitted ?? quickLinearMapping(read));
  }

  /** The layer as inputs of a gradient graph: of inputs as they are. */
  input(parameters: Float32Array): MappingInput {
    const { width, targetCount: T, scaling } = this;
    const scale = scaling[width];
    const matrix = parameters.slice(0, width * T);
    const offsets = Float64Array.from(parameters.subarray(width * T));
    for (let s = 0; s < width; s++) {
      for (let t = 0; t < T; t++) {
        const at = s * T + t;
        matrix[at] = parameters[at] / scale;
        offsets[t] -= (parameters[at] * scaling[s]) / scale;
      }
    }
    return { form: 'linear', matrix, offsets: Float32Array.from(offsets), sharpness: 1 };
  }

  /** The gradient with respect to the parameters, of those with respect to {@link input}'s matrix and offsets. */
  pullBack(matrix: Float32Array, offsets: Float32Array): Float32Array {
    const { width, targetCount: T, scaling } = this;
    const gradient = new Float32Array(width * T + T);
    for (let s = 0; s < width; s++) {
      for (let t = 0; t < T; t++) {
        gradient[s * T + t] = (matrix[s * T + t] - scaling[s] * offsets[t]) / scaling[width];
      }
    }
    gradient.set(offsets, width * T);
    return gradient;
  }

  /** The layer as it can be kept. */
  layer(parameters: Float32Array): LearnedLayer {
    const { width, targetCount: T } = this;
    const { matrix, offsets } = this.input(parameters);
    const targets = Array.from({ length: T }, (_, t) =>
      Array.from({ length: width }, (_, source) => ({ source, weight: matrix[source * T + t] })),
    );
    const aggregation = { kind: 'linear', bias: Array.from(offsets) } as const;
    return { kind: this.kind, mapping: { sourceCount: width, targets, aggregation } };
  }

  #parametersOf({ targets, aggregation }: Mapping): Float32Array {
    const { width, targetCount: T, scaling } = this;
    const parameters = new Float32Array(width * T + T);
    const bias = aggregation.kind === 'linear' ? Float64Array.from(aggregation.bias) : new Float64Array(T);
    for (const [t, sources] of targets.entries()) {
      for (const { source, weight } of sources) {
        parameters[source * T + t] = weight * scaling[width];
        bias[t] += weight * scaling[source];
      }
    }
    parameters.set(bias, width * T);
    return parameters;
  }
}

/** What a layer reads of outputs. @throws {Error} for a probe without features */
export function readBy(kind: LearnedLayer['kind'], outputs: PlainOutputs): LabelledOutputs {
  if (kind === 'linear-mapping') return outputs;
  const { features, truths } = outputs;
  if (!features) throw new Error('A probe of features was given none.');
  return { ...outputs, logits: features, sourceCount: features.length / truths.length };
}
