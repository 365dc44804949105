import type { BackboneSidecar, SidecarPreprocessing } from './backboneSidecar.ts';

/** `resample` of Pillow: 2 is bilinear, 3 bicubic. Others have no counterpart here. */
const RESAMPLE: Readonly<Record<number, 'bilinear' | 'bicubic'>> = { 2: 'bilinear', 3: 'bicubic' };

/**
 * What the `preprocessor_config.json` and `config.json` of a Hugging Face image classifier say, as a sidecar. Fields
 * that are absent or not understood are left out, so that they are asked for and not guessed.
 */
export function sidecarFromHuggingFace(preprocessor: unknown, config: unknown): BackboneSidecar {
  const labels = labelsOf(config);
  return {
    ...(preprocessor === undefined ? {} : { preprocessing: preprocessingOf(record(preprocessor)) }),
    ...(labels === undefined ? {} : { labels }),
    // Classification heads of transformers end in logits; the graph is asked as well where it can tell.
  };
}

function preprocessingOf(p: Record<string, unknown>): SidecarPreprocessing {
  const rescale = p['do_rescale'] === false ? 1 : number(p['rescale_factor']);
  const normalize = p['do_normalize'] !== false;
  const mean = normalize ? three(p['image_mean']) : ([0, 0, 0] as const);
  const std = normalize ? three(p['image_std']) : ([1, 1, 1] as const);
  const crop = p['do_center_crop'] === false ? undefined : edges(p['crop_size']);
  const resample = RESAMPLE[number(p['resample']) ?? -1];
  const size = sizeOf(p, crop !== undefined);
  return {
    ...(rescale === undefined ? {} : { rescale_factor: rescale }),
    ...(mean === undefined ? {} : { image_mean: mean }),
    ...(std === undefined ? {} : { image_std: std }),
    ...(size === undefined ? {} : { size }),
    ...(crop === undefined ? {} : { crop }),
    ...(resample === undefined ? {} : { resample }),
    channels: p['do_flip_channel_order'] === true ? 'bgr' : 'rgb',
  };
}

function sizeOf(p: Record<string, unknown>, cropped: boolean): SidecarPreprocessing['size'] | undefined {
  const given = p['size'];
  if (p['do_resize'] === false) return undefined;
  // A bare number means the shortest edge where a crop follows, a square otherwise (transformers before 4.26).
  if (typeof given === 'number') return cropped ? { shortest_edge: given } : { height: given, width: given };
  const size = record(given);
  const shortest = number(size['shortest_edge']);
  if (shortest !== undefined) {
    // ConvNeXt and its kin: below 384 px the edge is enlarged by 1 / crop_pct and the crop is `shortest_edge`.
    const share = number(p['crop_pct']);
    return { shortest_edge: share && shortest < 384 ? Math.trunc(shortest / share) : shortest };
  }
  return edges(given);
}

function edges(value: unknown): { height: number; width: number } | undefined {
  if (typeof value === 'number') return { height: value, width: value };
  const size = record(value);
  const height = number(size['height']);
  const width = number(size['width']);
  return height !== undefined && width !== undefined ? { height, width } : undefined;
}

/** The names of `id2label`, when it numbers 0 to n - 1 without a gap. */
function labelsOf(config: unknown): readonly string[] | undefined {
  const names = record(record(config)['id2label']);
  const count = Object.keys(names).length;
  if (count === 0) return undefined;
  const labels: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = names[String(i)];
    if (typeof name !== 'string') return undefined;
    labels.push(name);
  }
  // A head that was never named: LABEL_0, LABEL_1, ...
  return labels.every((label, i) => label === `LABEL_${i}`) ? undefined : labels;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function three(value: unknown): readonly number[] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every(Number.isFinite) ? value : undefined;
}
