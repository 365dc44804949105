import { oneLine } from '../../text/plainText.ts';
import { CLASSIFIER_OUTPUTS } from '../classifierOptions.ts';

/** What has to be known of a classifier in one ONNX file by what is written beside it. */
export interface DeployedClassifier {
  /** The name of its file without `.onnx`: for people, or made safe by {@link modelName}. */
  readonly name: string;
  /** Target labels in the order of the probabilities. */
  readonly labels: readonly string[];
  /** Name of the input: uint8 RGB [N, height, width, 3]. */
  readonly input: string;
  /** Name of the output with the probability of every label: float [N, labels]. */
  readonly probabilities: string;
  /** Name of the output with the index of the label, -1 for none: int64 [N]. */
  readonly label: string;
  /** The one size that images must have; absent: any. */
  readonly size?: ImageSize | undefined;
  /** How many images every call must have; absent: any number. */
  readonly batch?: number | undefined;
  /** What the cards of its backbones say. */
  readonly license?: string | undefined;
}

export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/** What every snippet is made of. */
export interface SnippetParts {
  readonly classifier: DeployedClassifier;
  /** The ONNX file, relative to the folder of the snippets and with `/`. */
  readonly model: string;
}

/** A file of a folder that is written beside a classifier; paths with `/`. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/**
 * What an exported file says of itself.
 * @param fileName `photos.onnx`
 * @param input.shape [N, height, width, 3], numbers where they are fixed
 */
export function deployedClassifier(
  fileName: string,
  {
    labels,
    input,
    metadata,
  }: {
    readonly labels: readonly string[];
    readonly metadata: Readonly<Record<string, string>>;
    readonly input: { readonly name: string; readonly shape: readonly (number | string)[] };
  },
): DeployedClassifier {
  const [batch, height, width] = input.shape.map((one) => (typeof one === 'number' ? one : undefined));
  return {
    name: fileName.replace(/\.onnx$/i, ''),
    labels,
    input: input.name,
    probabilities: CLASSIFIER_OUTPUTS.probabilities,
    label: CLASSIFIER_OUTPUTS.label,
    ...(height !== undefined && width !== undefined && { size: { height, width } }),
    ...(batch !== undefined && { batch }),
    ...(metadata['license'] !== undefined && { license: metadata['license'] }),
  };
}

/** What is written beside every form: the licence of the backbones, where it is known. */
export function licenceFiles({ license }: DeployedClassifier): readonly TextFile[] {
  if (license === undefined) return [];
  const text = `This classifier contains a pretrained model. Its license, as its author states it: ${oneLine(license)}\n`;
  return [{ path: 'backbone-license.txt', text }];
}

/** Names that Windows keeps for devices. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)$/i;
const LONGEST_NAME = 64;

/** A name that is a folder on every system and an identifier for servers: letters, digits, `_` and `-`. */
export function modelName(name: string): string {
  const safe = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w-]+/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '')
    .slice(0, LONGEST_NAME);
  if (safe === '') return 'classifier';
  return DEVICES.test(safe) ? `${safe}_classifier` : safe;
}
