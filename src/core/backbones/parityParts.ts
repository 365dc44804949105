import { channelsText, FILTERS, type InputType, type Preprocessing } from '../images/preprocessing.ts';
import type { SidecarPreprocessing } from './backboneSidecar.ts';
import { preparationsOf, preparedAs } from './preparations.ts';
import { geometryText, scalingText } from './preprocessingText.ts';

/** What a preprocessing is made of, as it is compared with another. */
export const PARITY_PARTS = ['scaling', 'colors', 'geometry', 'filter', 'antialiasing', 'rounding'] as const;
export type ParityPart = (typeof PARITY_PARTS)[number];

/** A part in which two preprocessings differ, in short words of their own. */
export interface PartDifference {
  readonly part: ParityPart;
  readonly described: string;
  readonly found: string;
}

interface Input {
  readonly type: InputType;
  readonly height: number;
  readonly width: number;
}

/**
 * What may stand in the place of a preprocessing, in rounds: each round changes parts that show only together. The first of
 * each is the preprocessing itself.
 */
export const PARITY_ROUNDS: readonly ((from: Preprocessing, input: Input) => readonly Preprocessing[])[] = [
  (from, { type }) => preparationsOf(from, type).map((preparation) => preparedAs(from, preparation)),
  (from, input) => [from, ...geometriesOf(from, input)],
  (from) => [from, ...edgesNear(from)],
  (from) => [
    from,
    ...FILTERS.flatMap((resample) =>
      [undefined, false as const].map((antialias) => ({ ...from, resample, antialias })),
    ),
  ],
  (from) => [from, { ...from, rounded: from.rounded === false ? undefined : (false as const) }],
];

/** Shares of a resized picture that crops usually keep. */
const SHARES = [1, 0.875, 0.9, 0.95, 0.96];
/** Shortest edges for a crop of 224: 256 is not quite 1 / 0.875 at other sizes, 232 is that of torchvision's newer weights. */
const EDGES = [256, 232, 240];
/** Ultralytics pads with this gray. */
const PADDING = 114;

function geometriesOf(from: Preprocessing, { height, width }: Input): readonly Preprocessing[] {
  const {
    size: _,
    fit: _fit,
    padColor: _pad,
    anchor: _anchor,
    cropFirst: _first,
    crop: _crop,
    ...rest
  } = from;
  const whole = { height, width };
  const shortest = Math.min(height, width);
  const crops = SHARES.map((share) => Math.floor(shortest / share));
  const edges = [...new Set([...crops, ...EDGES.map((edge) => Math.round((shortest * edge) / 224))])];
  return [
    ...edges.map((shortestEdge) => ({ ...rest, size: { shortestEdge }, crop: whole })),
    { ...rest, size: { shortestEdge: edges[1] }, crop: whole, anchor: 'top-left' as const },
    { ...rest, size: { shortestEdge: shortest }, crop: whole, anchor: 'top-left' as const },
    { ...rest, size: whole },
    { ...rest, size: whole, cropFirst: 1 },
    { ...rest, size: whole, cropFirst: 0.875 },
    ...[0, PADDING, 255].map((gray) => ({
      ...rest,
      size: whole,
      fit: 'letterbox' as const,
      padColor: [gray, gray, gray] as const,
    })),
    { ...rest, size: whole, fit: 'letterbox' as const, anchor: 'top-left' as const },
  ];
}

/** Programs round shares to edges differently. */
function edgesNear(from: Preprocessing): readonly Preprocessing[] {
  const { size } = from;
  if (!('shortestEdge' in size)) return [];
  return [-1, 1].map((by) => ({ ...from, size: { shortestEdge: size.shortestEdge + by } }));
}

/** The first one with a part of the second. */
export function withPart(from: Preprocessing, to: Preprocessing, part: ParityPart): Preprocessing {
  const { size, fit, padColor, anchor, cropFirst, crop } = to;
  switch (part) {
    case 'scaling':
      return { ...from, rescaleFactor: to.rescaleFactor, mean: to.mean, std: to.std, inverted: to.inverted };
    case 'colors':
      return { ...from, channels: to.channels };
    case 'geometry':
      return { ...from, size, fit, padColor, anchor, cropFirst, crop };
    case 'filter':
      return { ...from, resample: to.resample };
    case 'antialiasing':
      return { ...from, antialias: to.antialias };
    case 'rounding':
      return { ...from, rounded: to.rounded };
  }
}

/** The parts in which two differ. */
export function partDifferences(described: Preprocessing, found: Preprocessing): readonly PartDifference[] {
  return PARITY_PARTS.map((part) => ({
    part,
    described: partText(described, part),
    found: partText(found, part),
  })).filter((one) => one.described !== one.found);
}

function partText(p: Preprocessing, part: ParityPart): string {
  switch (part) {
    case 'scaling':
      return `${scalingText(p)}${p.inverted ? ', inverted' : ''}`;
    case 'colors':
      return channelsText(p.channels);
    case 'geometry':
      return geometryText(p);
    case 'filter':
      return p.resample;
    case 'antialiasing':
      return p.antialias === false ? 'without' : 'with';
    case 'rounding':
      return p.rounded === false ? 'not rounded' : 'rounded to 8 bits';
  }
}

/** A preprocessing as a description has it, every field that matters said. */
export function sidecarOfPreprocessing(p: Preprocessing): SidecarPreprocessing {
  const { size } = p;
  return {
    rescale_factor: p.rescaleFactor,
    image_mean: p.mean,
    image_std: p.std,
    size:
      'height' in size
        ? { height: size.height, width: size.width }
        : 'shortestEdge' in size
          ? { shortest_edge: size.shortestEdge }
          : { longest_edge: size.longestEdge },
    ...(p.fit ? { fit: p.fit } : {}),
    ...(p.padColor ? { pad_color: [...p.padColor] } : {}),
    ...(p.anchor ? { anchor: p.anchor } : {}),
    ...(p.cropFirst === undefined ? {} : { crop_first: p.cropFirst }),
    ...(p.crop ? { crop: { height: p.crop.height, width: p.crop.width } } : {}),
    resample: p.resample,
    ...(p.antialias === false ? { antialias: false } : {}),
    ...(p.rounded === false ? { rounding: false } : {}),
    ...(p.inverted ? { invert: true } : {}),
    channels: p.channels,
  };
}
