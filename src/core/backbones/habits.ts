import type { ChannelOrder } from '../images/preprocessing.ts';
import type { KerasFamily } from '../onnx/kerasFamily.ts';
import type { ModelClues } from '../onnx/modelClues.ts';
import type { OutputKind } from '../onnx/scoreReading.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import type { ImageInput } from './imageInput.ts';
import type { ScalingName } from './scalings.ts';

/** What is seen of a graph. */
export interface GraphSight {
  readonly input: ImageInput;
  /** S, when it is known. */
  readonly sourceCount: number | undefined;
  readonly output: OutputKind | undefined;
  readonly clues: ModelClues | undefined;
  /** Lists of labels that lie beside the model, the likeliest first. */
  readonly lists?: readonly LabelList[];
}

/** A list of labels beside a model. */
export interface LabelList {
  /** What a sidecar calls it: its path, or the labels. */
  readonly labels: string | readonly string[];
  /** The file, or what else says it. */
  readonly from: Text;
  readonly names: readonly string[];
}

/** What is likely, and why. */
export type Guess<T> = readonly [value: T, reason: Text];

/** The scaling that such a graph most often takes. */
export function likelyScaling({ input, clues, sourceCount }: GraphSight): Guess<ScalingName> {
  if (input.type === 'uint8') return ['raw', phrase('The input holds bytes.')];
  if (input.type === 'int8') return ['signed', phrase('The input holds signed bytes: pixels minus 128.')];
  if (/^u?int/.test(input.type)) return ['raw', phrase('The input holds whole numbers.')];
  if (clues?.scales) {
    const by = listed(clues.scaledBy);
    return clues.scales === 'from 0 to 255'
      ? ['raw', phrase('The graph itself scales pixels from 0 to 255 ({0} before the first layer).', by)]
      : ['zeroToOne', phrase('The graph itself scales pixels from 0 to 1 ({0} before the first layer).', by)];
  }
  const producer = clues?.producer ?? '';
  const family = clues?.keras;
  if (family) return [KERAS[family.mode], phrase('The layers are those of {0} of Keras.', family.name)];
  if (/cntk/i.test(producer)) return ['raw', phrase('Models of CNTK take values from 0 to 255.')];
  if (/caffe/i.test(producer)) return ['caffe', phrase('The model was converted from Caffe.')];
  if (input.channels < 3)
    return ['zeroToOne', phrase('Gray models are mostly trained on values from 0 to 1.')];
  if (input.height !== undefined && input.height < 64)
    return ['zeroToOne', phrase('Models of {0} px are mostly trained on values from 0 to 1.', input.height)];
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

const KERAS: Readonly<Record<KerasFamily['mode'], ScalingName>> = {
  caffe: 'caffe',
  '-1 to 1': 'minusOneToOne',
  torch: 'imagenet',
  inside: 'raw',
};

/** The channels that go with it, in their order. */
export function likelyChannels({ input }: GraphSight, scaling: ScalingName): Guess<ChannelOrder> {
  if (input.channels === 1) return ['gray', phrase('The input has one channel.')];
  if (input.channels === 2) return ['gray-alpha', phrase('The input has two channels.')];
  if (input.channels === 4)
    return ['rgba', phrase('The input has four channels. Most often they are RGB and alpha.')];
  if (scaling === 'caffe') return ['bgr', phrase('Caffe takes BGR.')];
  return ['rgb', phrase('Nearly all models take RGB.')];
}
