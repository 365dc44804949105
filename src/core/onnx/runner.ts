import type { DataType } from './dataType.ts';
import type { Tensor } from './tensor.ts';

/** A type as onnxruntime infers it: a dimension it cannot know is a name. */
export interface InferredType {
  readonly type: DataType;
  readonly dims: readonly (number | string)[];
}

/**
 * What the passes ask of an ONNX runtime. The core says what to run; the engine runs it.
 */
export interface GraphRunner {
  /** Loads a model without running it. @returns types of its outputs, by name */
  infer(model: Uint8Array): Promise<ReadonlyMap<string, InferredType>>;
  /** Runs a model once. @returns its outputs, by name */
  run(model: Uint8Array, inputs: ReadonlyMap<string, Tensor>): Promise<ReadonlyMap<string, Tensor>>;
}
