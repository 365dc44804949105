import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { ClassifierForm, ClassifierOptions } from '../core/classifiers/classifierOptions.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

export interface ExportClassifierParams {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  /** With absolute paths. */
  readonly alignment: AlignmentDocument;
  readonly options: ClassifierOptions;
  /** Absolute path of the ONNX file; what is there is replaced. */
  readonly file: string;
  /** Fails where there is something by then, rather than to replace it. */
  readonly isNew?: true | undefined;
  /** Version of SeMap that goes into the file's metadata. */
  readonly version: string;
}

/** What is done at the moment. */
export interface ExportClassifierProgress {
  readonly step: 'reading' | 'writing' | 'comparing';
}

/** How an exported file answers beside SeMap itself, on the same pixels. */
export interface ClassifierParity {
  /** Pictures that both answered: of the alignment's folders, and made ones. */
  readonly images: number;
  /** How many of them are of the alignment's folders. */
  readonly own: number;
  /** Largest difference of a probability. */
  readonly largestDifference: number;
  /** Pictures that got another label; those where two labels are as good as equal count, too. */
  readonly otherLabels: number;
}

/** An ONNX file that was written and compared. */
export interface ExportedClassifier {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly form: ClassifierForm;
  readonly opset: number;
  /** `images`, uint8 RGB [N, H, W, 3]; a number where it is fixed. Outputs: `probabilities`, `scores` [N, T], `label` int64 [N]. */
  readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  /** In the order of `probabilities`. */
  readonly labels: readonly string[];
  readonly parity: ClassifierParity;
  /** The metadata in the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the engine offers for taking a classifier along. */
export interface ClassifierExportMethods {
  /**
   * Writes the classifier that an alignment describes as one ONNX file, and runs it beside SeMap's own answers.
   * @throws {SemapError} `unsupported-model` where it cannot be one file, or answers otherwise: then nothing is kept
   */
  exportClassifier: Call<ExportClassifierParams, ExportedClassifier, ExportClassifierProgress>;
}
