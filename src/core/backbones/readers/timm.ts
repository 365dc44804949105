import { FILTERS } from '../../images/preprocessing.ts';
import { isWithinRange } from '../../mapping/ranges.ts';
import { isPixels, ranges, type SidecarPreprocessing } from '../backboneSidecar.ts';
import { number, perChannel, record } from './reading.ts';

/**
 * What timm writes into `config.json` of its models, in `pretrained_cfg` or itself: mean and deviation after a division by
 * 255, crop and filter. Undefined where it says nothing of that.
 */
export function timmPreprocessing(value: unknown): SidecarPreprocessing | undefined {
  const p = record(value);
  const mean = perChannel(p['mean'], ranges.mean);
  const std = perChannel(p['std'], ranges.std);
  if (!mean || !std) return undefined;
  const resample = FILTERS.find((one) => one === p['interpolation']);
  return {
    rescale_factor: 1 / 255,
    image_mean: mean,
    image_std: std,
    channels: mean.length === 1 ? 'gray' : 'rgb',
    ...geometry(p, mean),
    ...(resample === undefined ? {} : { resample }),
  };
}

function geometry(p: Record<string, unknown>, mean: readonly number[]): SidecarPreprocessing {
  const input: readonly unknown[] = Array.isArray(p['input_size']) ? p['input_size'] : [];
  const [, height, width] = input;
  const share = number(p['crop_pct']);
  if (!isPixels(height) || !isPixels(width) || !isWithinRange(share, { from: 0.01, to: 1 })) return {};
  const crop = { height, width };
  const resized = { height: Math.floor(height / share), width: Math.floor(width / share) };
  if (!isPixels(resized.height) || !isPixels(resized.width)) return {};
  const mode = p['crop_mode'];
  if (mode === 'squash') return share === 1 ? { size: crop } : { size: resized, crop };
  if (mode === 'border') {
    const colour = [0, 1, 2].map((c) => Math.round(255 * (mean[c] ?? mean[0])));
    const pad = colour.every((one) => one >= 0 && one <= 255) ? { pad_color: colour } : {};
    if (share === 1) return { size: crop, fit: 'letterbox', ...pad };
    return { size: { longest_edge: Math.max(resized.height, resized.width) }, crop, ...pad };
  }
  return { size: { shortest_edge: Math.min(resized.height, resized.width) }, crop };
}
