import { type SemapError, unsupportedModel } from '../errors.ts';
import type { InputSpec } from '../images/preprocessing.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import type { ExtraInput } from '../onnx/passes/constantInputs.ts';
import type { ScoreReading } from '../onnx/scoreReading.ts';
import { phrase, type Text } from '../text/text.ts';
import type { TextSide } from './textSide.ts';

/** A frozen ONNX classifier, fully described: what its graph says plus what its sidecar or the person said. */
export interface BackboneDescription extends ScoreReading {
  /** Short name by which it can be addressed: the file name without `.onnx`, or a catalogue id. */
  readonly name: string;
  /** Absolute path of the ONNX file. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputName: string;
  readonly input: InputSpec;
  /** Number of images per run that the graph insists on; undefined = any. */
  readonly fixedBatch?: number | undefined;
  /** Further inputs, the same for all images. */
  readonly extraInputs?: readonly ExtraInput[] | undefined;
  readonly labelSpace: LabelSpace;
  /** What its card or description says; text of others, on one line. */
  readonly license?: string | undefined;
  /** Of a dual encoder: what reads labels. Rows of its output are embeddings [D]; {@link labelSpace} is what an alignment gives. */
  readonly text?: TextSide | undefined;
  /**
   * Several backbones as one: these answer side by side, and name, bytes, hash and labels are of all of them. What else is said
   * is the first one's.
   */
  readonly members?: readonly BackboneDescription[] | undefined;
}

/** One input or output of a graph: dimensions are numbers where fixed, names (or empty) where not. */
export interface GraphValue {
  readonly name: string;
  /** ONNX element type: `float32`, `uint8`, ... */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** What a graph says about itself. */
export interface GraphFacts {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const CLASSIFIER = phrase('SeMap reuses image classifiers: one image in, one vector of class scores out.');

export function unsupported(message: Text, hint = CLASSIFIER): SemapError {
  return unsupportedModel(message, { hint });
}
