import { invalidArgument } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';

/**
 * How a classifier's graph is written. `modern`: ONNX 18, whose `Resize` averages as SeMap does. `portable`: ONNX 13, where the
 * image is resized by two matrix products.
 */
export type ClassifierForm = 'modern' | 'portable';

/** What is to run an exported classifier, and which form it can read. */
export const classifierTargets = {
  onnxruntime: { title: phrase('onnxruntime 1.16 and later'), form: 'modern' },
  'onnxruntime-web': { title: phrase('onnxruntime-web 1.16 and later'), form: 'modern' },
  triton: { title: phrase('Triton Inference Server'), form: 'modern' },
  other: { title: phrase('Older versions of onnxruntime, and other programs'), form: 'portable' },
} as const satisfies Record<string, { readonly title: Text; readonly form: ClassifierForm }>;

export type ClassifierTarget = keyof typeof classifierTargets;

/** What a person may choose of an exported classifier. */
export interface ClassifierOptions {
  readonly target: ClassifierTarget;
  /** Images are of this size only; absent = any. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  /** Answers with less confidence get label -1; absent = none. */
  readonly threshold?: number | undefined;
}

/** The longest edge that an image of a fixed size may have. */
export const LARGEST_EDGE = 16_384;

/** The size that people write as height and width: `480x640`; undefined for anything else. */
export function imageSizeOf(text: string): ClassifierOptions['size'] {
  const [, height, width] = (/^\s*([1-9]\d{0,4})\s*[x×]\s*([1-9]\d{0,4})\s*$/i.exec(text) ?? []).map(Number);
  return height === undefined || Math.max(height, width) > LARGEST_EDGE ? undefined : { height, width };
}

/** @throws {SemapError} `invalid-argument` for numbers that no classifier can have */
export function checkClassifierOptions({ size, threshold }: ClassifierOptions): void {
  if (threshold !== undefined && !(threshold >= 0 && threshold <= 1))
    throw invalidArgument(phrase('The threshold must be a number from 0 to 1, not {0}.', String(threshold)));
  const edges = size ? [size.height, size.width] : [];
  if (edges.some((edge) => !Number.isInteger(edge) || edge < 1 || edge > LARGEST_EDGE))
    throw invalidArgument(phrase('Images must have edges from 1 to {0} pixels.', LARGEST_EDGE));
}

/** Names of what goes into an exported classifier and comes out of it. */
export const CLASSIFIER_INPUT = 'images';
export const CLASSIFIER_OUTPUTS = {
  probabilities: 'probabilities',
  label: 'label',
  scores: 'scores',
} as const;
