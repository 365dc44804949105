import type { ModelClues } from '../onnx/modelClues.ts';
import type { OutputKind } from '../onnx/scoreReading.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';
import type { ImageInput } from './imageInput.ts';
import { SCALINGS, type ScalingName } from './scalings.ts';

/** The parts of a description that are asked for one by one. */
export type GuessedPart = 'labels' | 'size' | 'scaling' | 'channels' | 'output' | 'output_name';

/** What is likely for a graph, and why: to be confirmed, never taken silently. */
export interface BackboneGuess {
  readonly sidecar: BackboneSidecar;
  /** A sentence each. */
  readonly reasons: Readonly<Partial<Record<GuessedPart, Text>>>;
}

/** What is seen of a graph. */
export interface GraphSight {
  readonly input: ImageInput;
  /** S, when it is known. */
  readonly sourceCount: number | undefined;
  readonly output: OutputKind | undefined;
  readonly clues: ModelClues | undefined;
}

type Guess<T> = readonly [value: T, reason: Text];

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
      ...(open ? { size: phrase('The graph takes any size. Most models are trained with 224 px.') } : {}),
      ...(output === undefined ? {} : { output: outputReason(output) }),
    },
  };
}

function outputReason(output: OutputKind): Text {
  return output === 'probabilities'
    ? phrase('A test run gave numbers from 0 to 1 with a sum of about 1.')
    : phrase('A test run gave numbers that are not probabilities.');
}

function scalingOf({ input, clues, sourceCount }: GraphSight): Guess<ScalingName> {
  const range = clues?.metadata['Image.NominalPixelRange'];
  const said = RANGES[range ?? ''];
  if (range !== undefined && said) return [said, phrase('The file says {0}.', range)];
  if (input.type === 'uint8') return ['raw', phrase('The input holds bytes.')];
  if (input.type === 'int8') return ['signed', phrase('The input holds signed bytes: pixels minus 128.')];
  if (clues?.scales) {
    const by = listed(clues.scaledBy);
    return clues.scales === 'from 0 to 255'
      ? ['raw', phrase('The graph itself scales pixels from 0 to 255 ({0} before the first layer).', by)]
      : ['zeroToOne', phrase('The graph itself scales pixels from 0 to 1 ({0} before the first layer).', by)];
  }
  const producer = clues?.producer ?? '';
  if (
    clues?.metadata['names'] &&
    /ultralytics/i.test(clues.metadata['author'] ?? clues.metadata['description'] ?? '')
  ) {
    return ['zeroToOne', phrase('Ultralytics classifiers take values from 0 to 1.')];
  }
  if (/caffe/i.test(producer)) return ['caffe', phrase('The model was converted from Caffe.')];
  if (/tf2onnx|tensorflow|keras|tflite/i.test(producer)) {
    return [
      'minusOneToOne',
      phrase('The model was converted by {0}. Most such models take values from -1 to 1.', producer),
    ];
  }
  if (input.layout === 'nhwc') {
    return [
      'minusOneToOne',
      phrase('Channels are last, as in TensorFlow. Most such models take values from -1 to 1.'),
    ];
  }
  if (sourceCount === 1001) {
    return [
      'minusOneToOne',
      phrase(
        'Models with a background class come from TensorFlow. Most such models take values from -1 to 1.',
      ),
    ];
  }
  if (input.height !== undefined && input.height < 64)
    return ['zeroToOne', phrase('Models of {0} px are mostly trained on values from 0 to 1.', input.height)];
  return [
    'imagenet',
    /pytorch/i.test(producer)
      ? phrase(
          'The model was exported by PyTorch. Nearly all such models take the ImageNet mean and deviation.',
        )
      : phrase(
          'Channels are first, as in PyTorch. Nearly all such models take the ImageNet mean and deviation.',
        ),
  ];
}

const RANGES: Readonly<Record<string, ScalingName>> = {
  NominalRange_0_255: 'raw',
  Normalized_0_1: 'zeroToOne',
  Normalized_1_1: 'minusOneToOne',
};

function channelsOf({ clues }: GraphSight, scaling: ScalingName): Guess<'rgb' | 'bgr'> {
  const format = clues?.metadata['Image.BitmapPixelFormat'] ?? '';
  const said = /^(?:bgr|rgb)/i.exec(format)?.[0].toLowerCase();
  if (said) return [said as 'rgb' | 'bgr', phrase('The file says {0}.', format)];
  if (scaling === 'caffe') return ['bgr', phrase('Caffe takes BGR.')];
  return ['rgb', phrase('Nearly all models take RGB.')];
}

function labelsOf(
  sourceCount: number | undefined,
  clues: ModelClues | undefined,
): Guess<string | readonly string[]> | undefined {
  const names = namesOf(clues?.metadata['names']);
  if (names && (sourceCount === undefined || names.length === sourceCount))
    return [names, phrase('The file lists {0} names.', names.length)];
  if (sourceCount === 1000) return ['imagenet-1k', phrase('{0} outputs: ImageNet-1k.', sourceCount)];
  if (sourceCount === 1001)
    return [
      'imagenet-1k-background',
      phrase('{0} outputs: ImageNet-1k and a background class.', sourceCount),
    ];
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
export function unguessable(sourceCount: number | undefined): Text {
  if (sourceCount === undefined) return phrase('Nothing in the file tells what its outputs mean.');
  if (sourceCount > 20_000 && sourceCount < 22_500)
    return phrase('{0} outputs look like ImageNet-21k: give the file with its wnids.', sourceCount);
  return phrase('No known label space has {0} labels.', sourceCount);
}
