import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type BackboneSidecar, parseBackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { BUILT_IN_LABEL_SPACES } from '../core/labels/labelSpaces.ts';
import { closestName } from '../core/text/closestName.ts';
import { phrase } from '../core/text/text.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';

export const DEFAULT_BACKBONE = 'starter';

/** The backbones that the option names. */
export function backboneNames(args: Arguments): readonly string[] {
  const one = args.text('backbone');
  return one === undefined ? args.texts('backbone') : [one];
}

/** A path as an absolute one; anything else is the name of an installed backbone. */
export function backboneRef(text: string): string {
  const isPath = /[/\\]/.test(text) || /\.onnx$/i.test(text) || holdsModel(text);
  return isPath ? path.resolve(text) : text;
}

/** Whether it is a file, or the folder of a model: images are often in one that is called as what classifies them. */
function holdsModel(text: string): boolean {
  const state = stateOf(text);
  if (!state?.isDirectory()) return state !== undefined;
  return ['', 'onnx'].some((below) => namesIn(path.join(text, below)).some((name) => /\.onnx$/i.test(name)));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The sidecar that the options spell; undefined when none is given. */
export function sidecarOf(args: Arguments): BackboneSidecar | undefined {
  const size = edges(args, 'size');
  const labels = args.text('source-labels');
  const preprocessing = given({
    rescale_factor: args.number('rescale-factor'),
    image_mean: triple(args, 'image-mean'),
    image_std: triple(args, 'image-std'),
    size: typeof size === 'number' ? { shortest_edge: size } : size,
    crop: edges(args, 'crop'),
    resample: args.oneOf('resample', ['bilinear', 'bicubic']),
    channels: args.oneOf('channels', ['rgb', 'bgr']),
  });
  const sidecar = given({
    labels: labels === undefined ? undefined : sourceLabelsRef(labels),
    preprocessing,
    output: args.oneOf('output', ['logits', 'probabilities']),
  });
  try {
    return sidecar && parseBackboneSidecar(sidecar, 'The options');
  } catch (error) {
    const { message, hint } = toSemapError(error);
    throw new UsageError(message, hint);
  }
}

/** The fields that have a value; undefined where none has. */
function given(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const found = Object.entries(fields).filter(([, value]) => value !== undefined);
  return found.length > 0 ? Object.fromEntries(found) : undefined;
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
    state
      ? phrase('--source-labels names {0}, which is not a file.', text)
      : phrase('--source-labels names {0}, which does not exist.', text),
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

/** `224` as a number, `224x320` as both edges. */
export function edges(args: Arguments, name: string): number | { height: number; width: number } | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const [, height, width] = /^(\d+)(?:[x×](\d+))?$/.exec(text) ?? [];
  if (height === undefined || Number(height) === 0 || Number(width ?? 1) === 0) {
    throw new UsageError(`--${name} must be a number of pixels such as 224, or 224x224, not "${text}".`);
  }
  return width === undefined ? Number(height) : { height: Number(height), width: Number(width) };
}
