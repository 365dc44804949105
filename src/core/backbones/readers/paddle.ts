import { parse } from 'yaml';
import { phrase } from '../../text/text.ts';
import { nestsDeeply } from '../../text/yamlDepth.ts';
import { type BackboneSidecar, isPixels, ranges, type SidecarPreprocessing } from '../backboneSidecar.ts';
import {
  edges,
  type ModelPapers,
  nameList,
  number,
  OPENCV,
  perChannel,
  type Reading,
  record,
  text,
  within,
} from './reading.ts';

/** With thousands of labels. */
const LONGEST = 2_000_000;
const MOST_STEPS = 50;

/** PaddleClas and PaddleX: `inference.yml` beside the model lists the steps, and the labels. */
export function readPaddle({ files }: ModelPapers): Reading | undefined {
  const [name, yaml] = ['inference.yml', 'inference.yaml']
    .map((one) => [one, files.get(one)] as const)
    .find(([, content]) => content !== undefined) ?? ['', undefined];
  if (yaml === undefined || yaml.length > LONGEST || nestsDeeply(yaml)) return undefined;
  let value: Record<string, unknown>;
  try {
    value = record(parse(yaml, { logLevel: 'error', maxAliasCount: 10 }));
  } catch {
    return undefined;
  }
  const steps = record(value['PreProcess'])['transform_ops'];
  if (!Array.isArray(steps)) return undefined;
  const post = record(value['PostProcess']);
  const labels = nameList(record(post['Topk'])['label_list']) ?? nameList(post['label_list']);
  let preprocessing: SidecarPreprocessing = {};
  for (const step of steps.slice(0, MOST_STEPS))
    preprocessing = { ...preprocessing, ...stepOf(step, preprocessing) };
  const sidecar: BackboneSidecar = {
    ...(labels ? { labels } : {}),
    preprocessing: { channels: 'rgb', ...preprocessing },
  };
  return { from: phrase('{0} ({1})', name, 'PaddlePaddle'), sidecar };
}

function stepOf(value: unknown, before: SidecarPreprocessing): SidecarPreprocessing {
  const [[name, args] = ['', undefined]] = Object.entries(record(value));
  const step = record(args);
  if (name === 'DecodeImage') return step['to_rgb'] === false ? { channels: 'bgr' } : {};
  if (name === 'ReadImage') return text(step['format']).toUpperCase() === 'BGR' ? { channels: 'bgr' } : {};
  if (/^Resize(?:Image|ByShort)?$/.test(name)) return resizeOf(step);
  if (name === 'CropImage' || name === 'Crop') {
    const crop = edges(step['size'] ?? step['crop_size']);
    return crop ? { crop } : {};
  }
  if (name === 'NormalizeImage' || name === 'Normalize') {
    const scale = scaleOf(step['scale']) ?? (before.rescale_factor === undefined ? 1 / 255 : undefined);
    const mean = perChannel(step['mean'], ranges.mean);
    const std = perChannel(step['std'], ranges.std);
    return {
      ...(scale === undefined ? {} : { rescale_factor: scale }),
      ...(mean ? { image_mean: mean } : {}),
      ...(std ? { image_std: std } : {}),
    };
  }
  return {};
}

function resizeOf(step: Record<string, unknown>): SidecarPreprocessing {
  const short = number(step['resize_short'] ?? step['target_short_edge']);
  const whole = edges(step['size'] ?? step['target_size']);
  const named = text(step['interpolation'] ?? step['interp']).toLowerCase();
  const resample = (
    {
      nearest: 'nearest',
      linear: 'bilinear',
      bilinear: 'bilinear',
      cubic: 'bicubic',
      bicubic: 'bicubic',
      lanczos: 'lanczos',
    } as const
  )[named];
  return {
    ...OPENCV,
    ...(resample === undefined ? {} : { resample }),
    ...(step['backend'] === 'pil' ? { antialias: true } : {}),
    ...(isPixels(short) ? { size: { shortest_edge: short } } : whole ? { size: whole } : {}),
  };
}

/** A number, or a quotient as a text: `1.0/255.0`. */
function scaleOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return within(value, ranges.rescale);
  const [, a, b = '1'] = /^\s*(\d+\.?\d*(?:e-?\d+)?)\s*(?:\/\s*(\d+\.?\d*))?\s*$/i.exec(value) ?? [];
  return within(Number(a) / Number(b), ranges.rescale);
}
