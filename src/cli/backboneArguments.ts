import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { BackboneSidecar, SidecarSize, SidecarText } from '../core/backbones/backboneSidecar.ts';
import { parseBackboneSidecar } from '../core/backbones/parseBackboneSidecar.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { CHANNEL_ORDERS, FILTERS } from '../core/images/preprocessing.ts';
import { BUILT_IN_LABEL_SPACES } from '../core/labels/labelSpaces.ts';
import { OUTPUT_KINDS } from '../core/onnx/scoreReading.ts';
import { closestName } from '../core/text/closestName.ts';
import { phrase } from '../core/text/text.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';

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

/** Names of folders; hidden ones are no classes. */
function foldersIn(folder: string): string[] {
  return namesIn(folder).filter(
    (name) => !name.startsWith('.') && stateOf(path.join(folder, name))?.isDirectory(),
  );
}

/** The sidecar that the options spell; undefined when none is given. */
export function sidecarOf(args: Arguments): BackboneSidecar | undefined {
  const size = resizeTo(args);
  const padColor = numbers(args, 'pad-color');
  const labels = args.text('source-labels');
  const preprocessing = given({
    rescale_factor: args.number('rescale-factor'),
    image_mean: numbers(args, 'image-mean'),
    image_std: numbers(args, 'image-std'),
    invert: args.flag('invert') || undefined,
    size,
    fit: args.oneOf('fit', ['letterbox', 'squash']),
    pad_color: padColor === undefined || padColor.length !== 1 ? padColor : padColor[0],
    anchor: args.oneOf('anchor', ['center', 'top-left']),
    crop_first: args.number('crop-first'),
    crop: edges(args, 'crop'),
    crop_pct: args.number('crop-pct'),
    resample: args.oneOf('resample', FILTERS),
    antialias: args.flag('no-antialias') ? false : undefined,
    rounding: args.flag('no-rounding') ? false : undefined,
    channels: args.oneOf('channels', CHANNEL_ORDERS),
  });
  const sidecar = given({
    labels: labels === undefined ? undefined : sourceLabelsRef(labels),
    preprocessing,
    layout: args.oneOf('input-layout', ['nchw', 'nhwc']),
    input_name: args.text('input-name'),
    inputs: inputValues(args),
    output: args.oneOf('output', OUTPUT_KINDS),
    output_name: args.text('output-name'),
    text: textOf(args),
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

/**
 * A built-in label space by its name, a file by its absolute path, class folders by their names as what trains on them sorts
 * these.
 * @throws {SemapError} `not-found`
 */
function sourceLabelsRef(text: string): string | readonly string[] {
  const builtIn = BUILT_IN_LABEL_SPACES.find((name) => name === text);
  if (builtIn !== undefined) return builtIn;
  const state = stateOf(text);
  if (state?.isFile()) return path.resolve(text);
  const classes = state?.isDirectory() ? foldersIn(text).sort() : [];
  if (classes.length > 0) return classes;
  const near = closestName(text, BUILT_IN_LABEL_SPACES);
  throw new SemapError(
    'not-found',
    state
      ? phrase('--source-labels names {0}, which has no class folders.', text)
      : phrase('--source-labels names {0}, which does not exist.', text),
    {
      hint: near
        ? phrase('Did you mean {0}?', near)
        : phrase('Name a file with one label per line, or one of: {0}.', BUILT_IN_LABEL_SPACES.join(', ')),
    },
  );
}

/** One number, or one for each channel. */
function numbers(args: Arguments, name: string): readonly number[] | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (numbers.length > 4 || !numbers.every(Number.isFinite)) {
    throw new UsageError(
      `--${name} must be one number, or one for each channel such as 0.485,0.456,0.406, not "${text}".`,
    );
  }
  return numbers;
}

/** `224` and `max:224` as one edge, `224x320` as both. */
function resizeTo(args: Arguments): SidecarSize | undefined {
  const [, longest] = /^max:(\d+)$/.exec(args.text('size') ?? '') ?? [];
  if (longest !== undefined) return { longest_edge: Number(longest) };
  const size = edges(args, 'size');
  return typeof size === 'number' ? { shortest_edge: size } : size;
}

/** `--set-input training=false`. */
function inputValues(args: Arguments): Readonly<Record<string, unknown>> | undefined {
  const values: [string, unknown][] = args.texts('set-input').map((text) => {
    // Names of TensorFlow have colons, none has an equals sign.
    const at = text.indexOf('=');
    try {
      if (at > 0) return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
    } catch {
      // Told below.
    }
    throw new UsageError(`--set-input must be a name and its value, such as training=false, not "${text}".`);
  });
  return values.length > 0 ? Object.fromEntries(values) : undefined;
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

/** A folder, or the name of an installed encoder. */
function textOf(args: Arguments): SidecarText | undefined {
  const encoder = args.text('text-encoder');
  if (encoder === undefined) return undefined;
  const isFolder = /[/\\]/.test(encoder) || stateOf(encoder)?.isDirectory() === true;
  return { encoder: isFolder ? path.resolve(encoder) : encoder };
}

/** Backbones to try, for commands that compare them. */
export const backbonesOption = {
  backbones: {
    short: 'b',
    value: 'A,B,...',
    multiple: true,
    text: 'Names or ONNX files. Can be repeated (default: all installed).',
  },
} as const satisfies OptionTable;

/** The backbones that `--backbones` names; undefined = all installed ones. @throws {UsageError} */
export function backbonesOf(args: Arguments): readonly string[] | undefined {
  const given = args.texts('backbones');
  if (given.length === 0) return undefined;
  // A path may hold commas.
  const parts = given.flatMap((text) => (existsSync(text) ? [text] : text.split(',')));
  const refs = parts.map((part) => part.trim()).filter((part) => part !== '');
  if (refs.length === 0) throw new UsageError('--backbones is empty.');
  return refs.map(backboneRef);
}
