import { type ChannelOrder, isGray } from '../images/preprocessing.ts';
import { phrase, type Text } from '../text/text.ts';
import type { GraphSight, Guess } from './habits.ts';

const DIGITS = [...'0123456789'];
const CIFAR_10 = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
/** Of FER+, in the order of the ONNX model zoo. */
const EMOTIONS = 'neutral happiness surprise sadness anger disgust fear contempt'.split(' ');

/** The labels that such a graph most often has: a list beside it that is as long, or a data set of its size. */
export function likelyLabels(
  { input, sourceCount, lists = [] }: GraphSight,
  channels: ChannelOrder,
): Guess<string | readonly string[]> | undefined {
  const fitting = lists.find(({ names }) => sourceCount === undefined || names.length === sourceCount);
  if (fitting) {
    const { labels, from, names } = fitting;
    return [
      labels,
      sourceCount === undefined
        ? phrase('{0} lists {1} labels.', from, names.length)
        : phrase('{0} lists as many labels as the model has outputs.', from),
    ];
  }
  if (sourceCount === 1000) return ['imagenet-1k', phrase('{0} outputs: ImageNet-1k.', sourceCount)];
  if (sourceCount === 1001)
    return [
      'imagenet-1k-background',
      phrase('{0} outputs: ImageNet-1k and a background class.', sourceCount),
    ];
  const { height } = input;
  if (sourceCount === 10 && isGray(channels) && height !== undefined && height <= 32)
    return [DIGITS, phrase('10 outputs for a gray image of {0} px: digits, as in MNIST.', height)];
  if (sourceCount === 8 && isGray(channels) && height === 64)
    return [EMOTIONS, phrase('8 outputs for a gray image of 64 px: emotions, as in FER+.')];
  if (sourceCount === 10 && height === 32)
    return [CIFAR_10, phrase('10 outputs for an image of 32 px: CIFAR-10.')];
  return undefined;
}

/** What a person must still say, for there is nothing to guess from. */
export function unguessable(sourceCount: number | undefined): Text {
  if (sourceCount === undefined) return phrase('Nothing in the file tells what its outputs mean.');
  if (sourceCount > 20_000 && sourceCount < 22_500)
    return phrase('{0} outputs look like ImageNet-21k: give the file with its wnids.', sourceCount);
  return phrase('No known label space has {0} labels.', sourceCount);
}
