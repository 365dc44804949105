import { PILLOW_FILTERS } from '../../images/preprocessing.ts';
import { phrase, type Text } from '../../text/text.ts';
import { type BackboneSidecar, isPixels, ranges, type SidecarPreprocessing } from '../backboneSidecar.ts';
import { inOrder } from './names.ts';
import {
  edges,
  jsonPaper,
  type ModelPapers,
  number,
  perChannel,
  type Reading,
  record,
  text,
  within,
} from './reading.ts';
import { timmPreprocessing } from './timm.ts';

/** What an image processor of transformers does where its file does not say so. */
interface Habits {
  /** A bare number, or one edge, is the shortest edge; otherwise both. */
  readonly shortest?: true;
  readonly crops?: true;
  readonly resample?: number;
  /** Mean and deviation are applied: not by MobileViT. */
  readonly normalizes?: false;
  readonly flips?: true;
}

/** By the name of the class without `ImageProcessor` or `FeatureExtractor`. Those that are not here crop where a crop is given. */
const HABITS: Readonly<Record<string, Habits>> = {
  ViT: { resample: 2 },
  DeiT: { crops: true, resample: 3 },
  Beit: { crops: true, resample: 3 },
  Data2VecVision: { crops: true, resample: 3 },
  Siglip: { resample: 3 },
  Pvt: { resample: 2 },
  EfficientNet: { resample: 0 },
  Perceiver: { crops: true, resample: 3 },
  CLIP: { shortest: true, crops: true, resample: 3 },
  ChineseCLIP: { shortest: true, crops: true, resample: 3 },
  Bit: { shortest: true, crops: true, resample: 3 },
  ConvNext: { shortest: true, resample: 2 },
  Levit: { shortest: true, crops: true, resample: 3 },
  Poolformer: { shortest: true, crops: true, resample: 3 },
  PoolFormer: { shortest: true, crops: true, resample: 3 },
  MobileNetV1: { shortest: true, crops: true, resample: 2 },
  MobileNetV2: { shortest: true, crops: true, resample: 2 },
  EfficientFormer: { crops: true, resample: 3 },
  MobileViT: { shortest: true, crops: true, resample: 2, normalizes: false, flips: true },
};

/** A crop of Perceiver and ConvNeXt that is a share of the picture; larger ones are resized whole. */
const CONVNEXT_WHOLE = 384;

/** `config.json` and `preprocessor_config.json`, as transformers, Optimum and timm write them. */
export function readHuggingFace(papers: ModelPapers): Reading | undefined {
  const config = record(jsonPaper(papers, 'config.json'));
  const processor = jsonPaper(papers, 'preprocessor_config.json');
  const sidecar = sidecarFromHuggingFace(processor, config);
  if (Object.keys(sidecar).length === 0) return undefined;
  const p = record(processor);
  const kind = p['image_processor_type'] ?? p['feature_extractor_type'];
  const files = ['preprocessor_config.json', 'config.json']
    .filter((name) => papers.files.has(name))
    .join(', ');
  return {
    from: typeof kind === 'string' ? phrase('{0} ({1})', files, kind.slice(0, 60)) : phrase('{0}', files),
    sidecar,
    notes: notesOf(config),
  };
}

function notesOf(config: Record<string, unknown>): readonly Text[] {
  const { id2label, problem_type: problem } = config;
  const names = Object.values(record(id2label));
  return [
    ...(names.length > 1 && names.every((name, i) => name === `LABEL_${i}`)
      ? [
          phrase(
            'config.json calls the labels LABEL_0, LABEL_1, ...: the names were never given to the exporter.',
          ),
        ]
      : []),
    ...(problem === 'multi_label_classification'
      ? [phrase('config.json says that an image may have several labels at once.')]
      : []),
  ];
}

/**
 * What the `preprocessor_config.json` and `config.json` of a Hugging Face image classifier say, as a sidecar. Fields that
 * are absent or not understood are left out, so that they are asked for and not guessed.
 */
export function sidecarFromHuggingFace(preprocessor: unknown, config: unknown): BackboneSidecar {
  const fields = record(config);
  const labels = labelsOf(fields);
  const inner = record(preprocessor)['pretrained_cfg'];
  const preprocessing =
    preprocessor !== undefined && inner === undefined
      ? preprocessingOf(record(preprocessor))
      : timmPreprocessing(inner ?? fields['pretrained_cfg'] ?? fields);
  return {
    ...(preprocessing && Object.keys(preprocessing).length > 0 ? { preprocessing } : {}),
    ...(labels === undefined ? {} : { labels }),
  };
}

function preprocessingOf(p: Record<string, unknown>): SidecarPreprocessing {
  const type = text(p['image_processor_type'] ?? p['feature_extractor_type']);
  const kind = type.replace(/(?:ImageProcessor|FeatureExtractor)(?:Fast|Pil)?$/, '');
  const habits = Object.hasOwn(HABITS, kind) ? HABITS[kind] : undefined;
  // All of them divide by 255 where their file says nothing.
  const factor = within(p['rescale_factor'], ranges.rescale) ?? (habits ? 1 / 255 : undefined);
  const rescale = p['do_rescale'] === false ? 1 : factor;
  const normalize =
    p['do_normalize'] === undefined ? habits?.normalizes !== false : p['do_normalize'] !== false;
  const mean = normalize ? perChannel(p['image_mean'], ranges.mean) : ([0, 0, 0] as const);
  const std = normalize ? perChannel(p['image_std'], ranges.std) : ([1, 1, 1] as const);
  const flips = p['do_flip_channel_order'] ?? habits?.flips ?? false;
  return {
    ...(rescale === undefined ? {} : { rescale_factor: rescale }),
    ...normalization(p, kind, mean, std),
    ...geometry(p, kind, habits, { rescale, mean }),
    ...resampleOf(p['resample'] ?? habits?.resample),
    channels: flips === true ? 'bgr' : mean?.length === 1 ? 'gray' : 'rgb',
  };
}

function resampleOf(value: unknown): SidecarPreprocessing {
  const resample = PILLOW_FILTERS[number(value) ?? -1];
  return resample === undefined ? {} : { resample };
}

/** EfficientNet divides by the deviation twice, and may subtract one after the factor. */
function normalization(
  p: Record<string, unknown>,
  kind: string,
  mean: readonly number[] | undefined,
  std: readonly number[] | undefined,
): SidecarPreprocessing {
  const offset = kind === 'EfficientNet' && p['rescale_offset'] === true ? 1 : 0;
  const twice = kind === 'EfficientNet' && p['do_normalize'] !== false && p['include_top'] !== false;
  return {
    ...(mean === undefined ? {} : { image_mean: mean.map((one) => one + offset) }),
    ...(std === undefined ? {} : { image_std: twice ? std.map((one) => one * one) : std }),
  };
}

interface Values {
  readonly rescale: number | undefined;
  readonly mean: readonly number[] | undefined;
}

function geometry(
  p: Record<string, unknown>,
  kind: string,
  habits: Habits | undefined,
  values: Values,
): SidecarPreprocessing {
  const crops = p['do_center_crop'] ?? (habits ? habits.crops === true : p['crop_size'] !== undefined);
  const crop = crops === true ? edges(p['crop_size']) : undefined;
  if (p['do_resize'] === false) return crop ? { crop } : {};
  const size = p['size'];
  const fields = record(size);
  const whole = edges(size);
  if (kind === 'Perceiver' && whole && crop)
    return { crop_first: Math.min(1, whole.height / crop.height), size: whole };
  if (kind === 'ConvNext') return convNext(number(fields['shortest_edge']) ?? number(size), p['crop_pct']);
  const inside = edges({ height: fields['max_height'], width: fields['max_width'] });
  const longest = number(fields['longest_edge']);
  const padded =
    edges(p['pad_size']) ?? (isPixels(longest) ? { height: longest, width: longest } : undefined);
  if (inside) return letterbox(inside, values);
  if (p['do_pad'] === true && padded && number(fields['shortest_edge']) === undefined)
    return letterbox(padded, values);
  const edge =
    number(fields['shortest_edge']) ?? (habits?.shortest || (!habits && crop) ? number(size) : undefined);
  if (edge !== undefined) {
    const share = number(p['crop_pct']);
    const wanted =
      kind === 'Levit'
        ? Math.trunc((edge * 256) / 224)
        : share && share < 1
          ? Math.trunc(edge / share)
          : edge;
    return {
      ...(isPixels(wanted) ? { size: { shortest_edge: wanted } } : {}),
      ...(crop ? { crop } : {}),
    };
  }
  return { ...(whole ? { size: whole } : {}), ...(crop ? { crop } : {}) };
}

/** Below 384 px the shortest edge is enlarged by 1 / crop_pct and cropped; from there on the picture is squashed. */
function convNext(edge: number | undefined, share: unknown): SidecarPreprocessing {
  if (!isPixels(edge)) return {};
  if (edge >= CONVNEXT_WHOLE) return { size: { height: edge, width: edge } };
  const resized = Math.trunc(edge / (number(share) ?? 224 / 256));
  return isPixels(resized) ? { size: { shortest_edge: resized }, crop: { height: edge, width: edge } } : {};
}

/** What is padded is padded after the normalization, with zeros, at the right and below: that is the mean as a color. */
function letterbox(size: { height: number; width: number }, { rescale, mean }: Values): SidecarPreprocessing {
  const colour = [0, 1, 2].map((c) => Math.round((mean?.[c] ?? mean?.[0] ?? 0) / (rescale ?? 1)));
  const is8Bits = colour.every((one) => one >= 0 && one <= 255);
  return { size, fit: 'letterbox', anchor: 'top-left', ...(is8Bits ? { pad_color: colour } : {}) };
}

/** The names of `id2label` (or of `label2id`, the other way round), or timm's `label_names`, in the order of the outputs. */
function labelsOf(config: Record<string, unknown>): readonly string[] | undefined {
  const { id2label, label2id } = config;
  const names = new Map<number, string>();
  for (const [id, name] of Object.entries(record(id2label))) {
    if (/^\d+$/.test(id) && typeof name === 'string') names.set(Number(id), name);
  }
  if (names.size === 0) {
    for (const [name, id] of Object.entries(record(label2id))) {
      if (Number.isInteger(Number(id)) && Number(id) >= 0) names.set(Number(id), name);
    }
  }
  if (names.size === 0) {
    const list = config['label_names'] ?? record(config['pretrained_cfg'])['label_names'];
    if (Array.isArray(list)) {
      for (const [id, name] of list.entries()) if (typeof name === 'string') names.set(id, name);
    }
  }
  // A head that was never named: LABEL_0, LABEL_1, ...
  if ([...names].every(([id, name]) => name === `LABEL_${id}`)) return undefined;
  return inOrder(names);
}
