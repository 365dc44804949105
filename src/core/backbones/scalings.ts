import { phrase, type Text } from '../text/text.ts';
import type { SidecarPreprocessing } from './backboneSidecar.ts';

/** How pixels are scaled, in the terms of a sidecar. */
export interface Scaling {
  readonly rescale_factor: number;
  readonly image_mean: readonly number[];
  readonly image_std: readonly number[];
}

const plain = { image_mean: [0, 0, 0], image_std: [1, 1, 1] };

/** What people train with, by the names under which the recipes are known. */
export const SCALINGS = {
  imagenet: { rescale_factor: 1 / 255, image_mean: [0.485, 0.456, 0.406], image_std: [0.229, 0.224, 0.225] },
  zeroToOne: { ...plain, rescale_factor: 1 / 255 },
  // Of gray digits: what PyTorch's examples use.
  mnist: {
    rescale_factor: 1 / 255,
    image_mean: [0.1307, 0.1307, 0.1307],
    image_std: [0.3081, 0.3081, 0.3081],
  },
  minusOneToOne: { rescale_factor: 1 / 127.5, image_mean: [1, 1, 1], image_std: [1, 1, 1] },
  raw: { ...plain, rescale_factor: 1 },
  caffe: { rescale_factor: 1, image_mean: [123.68, 116.78, 103.94], image_std: [1, 1, 1] },
  signed: { rescale_factor: 1, image_mean: [128, 128, 128], image_std: [1, 1, 1] },
} as const satisfies Record<string, Scaling>;

export type ScalingName = keyof typeof SCALINGS;

const TITLES: Readonly<Record<ScalingName, Text>> = {
  imagenet: phrase('ImageNet mean and standard deviation'),
  zeroToOne: phrase('0 to 1'),
  mnist: phrase('MNIST mean and standard deviation'),
  minusOneToOne: phrase('-1 to 1'),
  raw: phrase('0 to 255'),
  caffe: phrase('0 to 255, minus the ImageNet mean'),
  signed: phrase('-128 to 127'),
};

/** What a scaling is called; the one that a description has for undefined. */
export function scalingTitle(name: ScalingName | undefined): Text {
  return name === undefined ? phrase('Current scaling') : TITLES[name];
}

/** The recipe that a sidecar's scaling is, up to rounding; undefined for another one. */
export function scalingName(p: SidecarPreprocessing): ScalingName | undefined {
  const near = (a: number | undefined, b: number) =>
    a !== undefined && Math.abs(a - b) <= 1e-3 * Math.max(Math.abs(b), 0.01);
  return (Object.keys(SCALINGS) as ScalingName[]).find((name) => {
    const wanted = SCALINGS[name];
    return (
      near(p.rescale_factor, wanted.rescale_factor) &&
      wanted.image_mean.every((value, c) => near(p.image_mean?.[c], value)) &&
      wanted.image_std.every((value, c) => near(p.image_std?.[c], value))
    );
  });
}
