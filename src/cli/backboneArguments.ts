import path from 'node:path';
import {
  type BackboneSidecar,
  parseBackboneSidecar,
  type SidecarPreprocessing,
} from '../core/backbones/backboneSidecar.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { BUILT_IN_LABEL_SPACES } from '../core/labels/labelSpaces.ts';
import { closestName } from '../core/text/closestName.ts';
import { phrase } from '../core/text/text.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';

export const DEFAULT_BACKBONE = 'starter';

/** A path as an absolute one; anything else is the name of an installed backbone. */
export function backboneRef(text: string): string {
  const isPath = /[/\\]/.test(text) || /\.onnx$/i.test(text) || stateOf(text) !== undefined;
  return isPath ? path.resolve(text) : text;
}

/** The sidecar that the options spell; undefined when none is given. */
export function sidecarOf(args: Arguments): BackboneSidecar | undefined {
  const factor = args.number('rescale-factor');
  const mean = triple(args, 'image-mean');
  const std = triple(args, 'image-std');
  const size = edges(args, 'size');
  const crop = edges(args, 'crop');
  const resample = args.oneOf('resample', ['bilinear', 'bicubic']);
  const channels = args.oneOf('channels', ['rgb', 'bgr']);
  const output = args.oneOf('output', ['logits', 'probabilities']);
  const labels = args.text('source-labels');
  const preprocessing: SidecarPreprocessing = {
    ...(factor === undefined ? {} : { rescale_factor: factor }),
    ...(mean === undefined ? {} : { image_mean: mean }),
    ...(std === undefined ? {} : { image_std: std }),
    ...(size === undefined ? {} : { size: typeof size === 'number' ? { shortest_edge: size } : size }),
    ...(crop === undefined ? {} : { crop }),
    ...(resample === undefined ? {} : { resample }),
    ...(channels === undefined ? {} : { channels }),
  };
  const sidecar = {
    ...(labels === undefined ? {} : { labels: sourceLabelsRef(labels) }),
    ...(Object.keys(preprocessing).length === 0 ? {} : { preprocessing }),
    ...(output === undefined ? {} : { output }),
  };
  if (Object.keys(sidecar).length === 0) return undefined;
  try {
    return parseBackboneSidecar(sidecar, 'The options');
  } catch (error) {
    const { message, hint } = toSemapError(error);
    throw new UsageError(message, hint);
  }
}

/** A built-in label space by its name, a file by its absolute path. @throws {SemapError} `not-found` */
function sourceLabelsRef(text: string): string {
  const builtIn = BUILT_IN_LABEL_SPACES.find((name) => name === text);
  if (builtIn !== undefined) return builtIn;
  const state = stateOf(text);
  if (state?.isFile()) return path.resolve(text);
  const near = closestName(text, BUILT_IN_LABEL_SPACES);
  throw new SemapError(
    'not-found',
    phrase('--source-labels names {0}, which {1}.', text, state ? 'is not a file' : 'does not exist'),
    {
      hint: near
        ? phrase('Did you mean {0}?', near)
        : phrase('Name a file with one label per line, or one of: {0}.', BUILT_IN_LABEL_SPACES.join(', ')),
    },
  );
}

function triple(args: Arguments, name: string): readonly number[] | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.length !== 3 || !numbers.every(Number.isFinite)) {
    throw new UsageError(`--${name} must be three numbers such as 0.485,0.456,0.406, not "${text}".`);
  }
  return numbers;
}

function edges(args: Arguments, name: string): number | { height: number; width: number } | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const [, height, width] = /^(\d+)(?:[x×](\d+))?$/.exec(text) ?? [];
  if (height === undefined || Number(height) === 0 || Number(width ?? 1) === 0) {
    throw new UsageError(`--${name} must be a number of pixels such as 224, or 224x224, not "${text}".`);
  }
  return width === undefined ? Number(height) : { height: Number(height), width: Number(width) };
}
