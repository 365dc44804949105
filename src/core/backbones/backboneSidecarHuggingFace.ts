import { unnamedLabel } from '../labels/labelSpaces.ts';
import { largest } from '../largest.ts';
import { isWithinRange, type Range } from '../mapping/ranges.ts';
import {
  type BackboneSidecar,
  isPixels,
  MOST_PIXELS,
  ranges,
  type SidecarPreprocessing,
} from './backboneSidecar.ts';

/** `resample` of Pillow: 2 is bilinear, 3 bicubic. Others have no counterpart here. */
const RESAMPLE: Readonly<Record<number, 'bilinear' | 'bicubic'>> = { 2: 'bilinear', 3: 'bicubic' };

const MOST_LABELS = 100_000;

/**
 * What the `preprocessor_config.json` and `config.json` of a Hugging Face image classifier say, as a sidecar. Fields
 * that are absent or not understood are left out, so that they are asked for and not guessed.
 */
export function sidecarFromHuggingFace(preprocessor: unknown, config: unknown): BackboneSidecar {
  const labels = labelsOf(config);
  return {
    ...(preprocessor === undefined
      ? timmPreprocessing(record(config)['pretrained_cfg'])
      : { preprocessing: preprocessingOf(record(preprocessor)) }),
    ...(labels === undefined ? {} : { labels }),
    // Classification heads of transformers end in logits; the graph is asked as well where it can tell.
  };
}

function preprocessingOf(p: Record<string, unknown>): SidecarPreprocessing {
  const rescale = p['do_rescale'] === false ? 1 : within(p['rescale_factor'], ranges.rescale);
  const normalize = p['do_normalize'] !== false;
  const mean = normalize ? three(p['image_mean'], ranges.mean) : ([0, 0, 0] as const);
  const std = normalize ? three(p['image_std'], ranges.std) : ([1, 1, 1] as const);
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

/** What timm writes into `config.json` of its models: mean and deviation after a division by 255, crop and filter. */
function timmPreprocessing(value: unknown): Pick<BackboneSidecar, 'preprocessing'> {
  const p = record(value);
  const mean = three(p['mean'], ranges.mean);
  const std = three(p['std'], ranges.std);
  const [, height, width] = three(p['input_size'], { from: 1, to: MOST_PIXELS }) ?? [];
  if (!mean || !std) return {};
  const share = number(p['crop_pct']);
  const edge =
    height !== undefined && width !== undefined && share ? Math.floor(Math.min(height, width) / share) : 0;
  const sized =
    isPixels(height) && isPixels(width) && isPixels(edge)
      ? { size: { shortest_edge: edge }, crop: { height, width } }
      : {};
  const { interpolation } = p;
  return {
    preprocessing: {
      rescale_factor: 1 / 255,
      image_mean: mean,
      image_std: std,
      channels: 'rgb',
      ...sized,
      ...(interpolation === 'bicubic' || interpolation === 'bilinear' ? { resample: interpolation } : {}),
    },
  };
}

function sizeOf(p: Record<string, unknown>, cropped: boolean): SidecarPreprocessing['size'] | undefined {
  const given = p['size'];
  if (p['do_resize'] === false) return undefined;
  // A bare number means the shortest edge where a crop follows, a square otherwise (transformers before 4.26).
  if (isPixels(given)) return cropped ? { shortest_edge: given } : { height: given, width: given };
  const size = record(given);
  const shortest = number(size['shortest_edge']);
  if (shortest !== undefined) {
    // ConvNeXt and its kin: below 384 px the edge is enlarged by 1 / crop_pct and the crop is `shortest_edge`.
    const share = number(p['crop_pct']);
    const edge = share && shortest < 384 ? Math.trunc(shortest / share) : shortest;
    return isPixels(edge) ? { shortest_edge: edge } : undefined;
  }
  return edges(given);
}

function edges(value: unknown): { height: number; width: number } | undefined {
  if (isPixels(value)) return { height: value, width: value };
  const { height, width } = record(value);
  return isPixels(height) && isPixels(width) ? { height, width } : undefined;
}

/**
 * The names of `id2label` (or of `label2id`, the other way round) in the order of the outputs. Numbers without a name
 * become unnamed labels, to which nothing is ever mapped.
 */
function labelsOf(config: unknown): readonly string[] | undefined {
  const { id2label, label2id } = record(config);
  const names = new Map<number, string>();
  for (const [id, name] of Object.entries(record(id2label))) {
    if (/^\d+$/.test(id) && typeof name === 'string') names.set(Number(id), name);
  }
  if (names.size === 0) {
    for (const [name, id] of Object.entries(record(label2id))) {
      if (Number.isInteger(Number(id))) names.set(Number(id), name);
    }
  }
  // A head that was never named: LABEL_0, LABEL_1, ...
  if (names.size === 0 || [...names].every(([id, name]) => name === `LABEL_${id}`)) return undefined;
  const count = largest(names.keys()) + 1;
  if (count > MOST_LABELS || count > 2 * names.size + 10) return undefined;
  return Array.from({ length: count }, (_, id) => names.get(id) ?? unnamedLabel(id));
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function within(value: unknown, range: Range): number | undefined {
  return isWithinRange(value, range) ? value : undefined;
}

function three(value: unknown, range: Range): readonly number[] | undefined {
  return Array.isArray(value) && value.length === 3 && value.every((one) => isWithinRange(one, range))
    ? value
    : undefined;
}
