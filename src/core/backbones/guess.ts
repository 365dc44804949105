import type { ModelClues } from '../onnx/modelClues.ts';
import type { ImageInput, OutputKind } from './backboneDescription.ts';
import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';
import { SCALINGS, type ScalingName } from './scalings.ts';

/** The parts of a description that are asked for one by one. */
export type GuessedPart = 'labels' | 'size' | 'scaling' | 'channels' | 'output';

/** What is likely for a graph, and why: to be confirmed, never taken silently. */
export interface BackboneGuess {
  readonly sidecar: BackboneSidecar;
  /** A sentence each. */
  readonly reasons: Readonly<Partial<Record<GuessedPart, string>>>;
}

/** What is seen of a graph. */
export interface GraphSight {
  readonly input: ImageInput;
  /** S, when it is known. */
  readonly sourceCount: number | undefined;
  readonly output: OutputKind | undefined;
  readonly clues: ModelClues | undefined;
}

type Guess<T> = readonly [value: T, reason: string];

/** Guesses what a graph does not say, from what it lets slip. */
export function guessBackbone(sight: GraphSight): BackboneGuess {
  const { input, sourceCount, output } = sight;
  const [scaling, why] = scalingOf(sight);
  const [channels, whyChannels] = channelsOf(sight, scaling);
  const labels = labelsOf(sourceCount, sight.clues);
  const open = input.height === undefined;
  const preprocessing: SidecarPreprocessing = {
    ...SCALINGS[scaling],
    channels,
    ...(open ? { size: { shortest_edge: 256 }, crop: { height: 224, width: 224 } } : {}),
  };
  return {
    sidecar: { ...(labels ? { labels: labels[0] } : {}), preprocessing },
    reasons: {
      scaling: why,
      channels: whyChannels,
      ...(labels ? { labels: labels[1] } : {}),
      ...(open ? { size: 'The graph takes any size; 224 is what most are trained with.' } : {}),
      ...(output === undefined ? {} : { output: outputReason(output) }),
    },
  };
}

function outputReason(output: OutputKind): string {
  return output === 'probabilities'
    ? 'A run gave numbers from 0 to 1 that sum to about 1.'
    : 'A run gave numbers that are no probabilities.';
}

function scalingOf({ input, clues, sourceCount }: GraphSight): Guess<ScalingName> {
  const range = clues?.metadata['Image.NominalPixelRange'];
  if (range === 'NominalRange_0_255') return ['raw', 'The file says NominalRange_0_255.'];
  if (range === 'Normalized_0_1') return ['zeroToOne', 'The file says Normalized_0_1.'];
  if (range === 'Normalized_1_1') return ['minusOneToOne', 'The file says Normalized_1_1.'];
  if (input.type === 'uint8') return ['raw', 'It takes bytes.'];
  if (input.type === 'int8') return ['signed', 'It takes signed bytes: pixels less 128.'];
  if (clues?.scales) {
    const by = clues.scaledBy.join(', ');
    return clues.scales === 'from 0 to 255'
      ? ['raw', `The graph scales pixels itself (${by} before the first layer), from 0 to 255.`]
      : ['zeroToOne', `The graph scales pixels itself (${by} before the first layer), from 0 to 1.`];
  }
  const producer = clues?.producer ?? '';
  if (
    clues?.metadata['names'] &&
    /ultralytics/i.test(clues.metadata['author'] ?? clues.metadata['description'] ?? '')
  ) {
    return ['zeroToOne', 'Ultralytics classifiers take 0 to 1.'];
  }
  if (/caffe/i.test(producer)) return ['caffe', 'It was converted from Caffe.'];
  if (/tf2onnx|tensorflow|keras|tflite/i.test(producer)) {
    return ['minusOneToOne', `It was converted by ${producer}; most such models take -1 to 1.`];
  }
  if (input.layout === 'nhwc')
    return ['minusOneToOne', 'Channels come last, as TensorFlow has them: most take -1 to 1.'];
  if (sourceCount === 1001) {
    return ['minusOneToOne', 'Models with a background class come from TensorFlow: most take -1 to 1.'];
  }
  if (input.height !== undefined && input.height < 64) {
    return ['zeroToOne', `Models of ${input.height} px are mostly trained on 0 to 1.`];
  }
  return [
    'imagenet',
    /pytorch/i.test(producer)
      ? 'It was exported by PyTorch; nearly all such models take the ImageNet mean and deviation.'
      : 'Channels come first, as PyTorch has them: nearly all take the ImageNet mean and deviation.',
  ];
}

function channelsOf({ clues }: GraphSight, scaling: ScalingName): Guess<'rgb' | 'bgr'> {
  const format = clues?.metadata['Image.BitmapPixelFormat'];
  if (/^bgr/i.test(format ?? '')) return ['bgr', `The file says ${format}.`];
  if (/^rgb/i.test(format ?? '')) return ['rgb', `The file says ${format}.`];
  if (scaling === 'caffe') return ['bgr', 'Caffe takes BGR.'];
  return ['rgb', 'Nearly all models take RGB.'];
}

function labelsOf(
  sourceCount: number | undefined,
  clues: ModelClues | undefined,
): Guess<string | readonly string[]> | undefined {
  const names = namesOf(clues?.metadata['names']);
  if (names && (sourceCount === undefined || names.length === sourceCount)) {
    return [names, `The file lists ${names.length} names.`];
  }
  if (sourceCount === 1000) return ['imagenet-1k', '1,000 outputs: ImageNet-1k.'];
  if (sourceCount === 1001)
    return ['imagenet-1k-background', '1,001 outputs: ImageNet-1k and a background class.'];
  return undefined;
}

/** `{0: 'tench', 1: "goldfish"}` as Ultralytics writes it into its exports, or JSON. */
function namesOf(text: string | undefined): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const entries = [
    ...text.matchAll(/["']?(\d+)["']?\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g),
  ].map(([, index, single, double]) => [Number(index), unescaped(single ?? double ?? '')] as const);
  const inOrder = entries.length > 1 && entries.every(([index], i) => index === i);
  return inOrder ? entries.map(([, name]) => name) : undefined;
}

/** What Python and JSON write with a backslash: `l\'oiseau`, `caf\xe9`. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/gi, (_, u, x, one) =>
    one === undefined
      ? String.fromCharCode(Number.parseInt(u ?? x, 16))
      : one === 'n' || one === 't'
        ? ' '
        : one,
  );
}

/** How far the guess is: what a person must still say, for there is nothing to guess from. */
export function unguessable(sourceCount: number | undefined): string {
  if (sourceCount === undefined) return 'Nothing tells what its outputs mean.';
  if (sourceCount > 20_000 && sourceCount < 22_500) {
    return `${sourceCount.toLocaleString('en')} outputs look like ImageNet-21k: give the file with its wnids.`;
  }
  return `No known label space has ${sourceCount.toLocaleString('en')} labels.`;
}
