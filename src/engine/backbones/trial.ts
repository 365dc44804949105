import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SCALINGS, type Scaling, type ScalingName, scalingName } from '../../core/backbones/scalings.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { ChannelOrder, Preprocessing } from '../../core/images/preprocessing.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneReading, BackboneTrial } from '../../protocol/backbones.ts';
import { appendOf, Lane, specOf } from '../inference/lane.ts';

const BEST = 5;
/** Scalings that are tried beside the one described. */
const OTHERS: readonly ScalingName[] = ['imagenet', 'zeroToOne', 'minusOneToOne', 'raw'];

/**
 * Runs one image through a backbone as it is described, then with other scalings and the other order of colours.
 * @throws {SemapError} `unreadable-image`; what ends a run for all images
 */
export async function tryOnImage(backbone: BackboneDescription, image: string): Promise<BackboneTrial> {
  const lane = await Lane.open(backbone.path, { threads: 1, provider: 'cpu', append: appendOf(backbone) });
  try {
    const { preprocessing } = backbone.input;
    await readingOf(lane, backbone, preprocessing, image);
    // The first run is slower than those that follow.
    const described = await readingOf(lane, backbone, preprocessing, image);
    if (described === undefined) {
      throw new SemapError(
        'unsupported-model',
        phrase('The scores of {0} for this image are not finite numbers.', backbone.name),
        { hint: phrase('Check the scaling in its description. If that is right, export the model again.') },
      );
    }
    const others: BackboneTrial['others'][number][] = [];
    for (const { channels, scaling } of alternatives(preprocessing)) {
      const { rescale_factor: rescaleFactor, image_mean: mean, image_std: std } = scaling;
      const prepared = { ...preprocessing, rescaleFactor, mean: triple(mean), std: triple(std), channels };
      const other = await readingOf(lane, backbone, prepared, image);
      // A scaling that overflows is none to propose.
      if (other === undefined) continue;
      const { best } = other;
      others.push({ best, scaling: scalingName(scaling), channels, preprocessing: { ...scaling, channels } });
    }
    others.sort((a, b) => b.best[0].probability - a.best[0].probability);
    return { ...described, others };
  } catch (error) {
    const { reason, message } = toSemapError(error);
    if (reason !== 'device-failed') throw error;
    throw new SemapError(
      'device-failed',
      phrase('{0} failed in a run: {1}', backbone.name, message.split('\n')[0]),
    );
  } finally {
    await lane.close();
  }
}

function alternatives(now: Preprocessing): { channels: ChannelOrder; scaling: Scaling }[] {
  const own: Scaling = { rescale_factor: now.rescaleFactor, image_mean: now.mean, image_std: now.std };
  const name = scalingName(own);
  return [
    { channels: now.channels === 'rgb' ? 'bgr' : 'rgb', scaling: own },
    ...OTHERS.filter((other) => other !== name).map((other) => ({
      channels: now.channels,
      scaling: SCALINGS[other],
    })),
    ...(name === 'caffe' ? [] : [{ channels: 'bgr' as const, scaling: SCALINGS.caffe }]),
  ];
}

async function readingOf(
  lane: Lane,
  backbone: BackboneDescription,
  preprocessing: Preprocessing,
  image: string,
): Promise<(BackboneReading & Pick<BackboneTrial, 'milliseconds' | 'constant'>) | undefined> {
  await lane.prepare({ ...specOf(backbone), input: { ...backbone.input, preprocessing } });
  const started = performance.now();
  const { scores } = await lane.runFile(image);
  const milliseconds = performance.now() - started;
  if (!scores.every(Number.isFinite)) return undefined;
  return {
    milliseconds,
    ...(scores.every((score) => score === scores[0]) ? { constant: true } : {}),
    best: strongest(scores).map(({ index, probability }) => ({
      label: backbone.labelSpace.labels[index]?.name ?? String(index),
      probability,
    })),
  };
}

function strongest(logits: Float32Array): { index: number; probability: number }[] {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  return [...logits.entries()]
    .sort(([, a], [, b]) => b - a)
    .slice(0, BEST)
    .map(([index, logit]) => ({ index, probability: Math.exp(logit - top) / total }));
}

function triple(values: readonly number[]): [number, number, number] {
  return [values[0], values[1], values[2]];
}
