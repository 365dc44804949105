import type { InputSpec } from '../images/preprocessing.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';

/** What a backbone's scores are. Probabilities become logits as log p. */
export type OutputKind = 'logits' | 'probabilities';

/** A frozen ONNX classifier, fully described: what its graph says plus what its sidecar or the person said. */
export interface BackboneDescription {
  /** Short name by which it can be addressed: the file name without `.onnx`, or a catalogue id. */
  readonly name: string;
  /** Absolute path of the ONNX file. */
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly inputName: string;
  readonly input: InputSpec;
  /** Number of images per run that the graph insists on; undefined = any. */
  readonly fixedBatch?: number;
  readonly outputName: string;
  readonly output: OutputKind;
  readonly labelSpace: LabelSpace;
}
