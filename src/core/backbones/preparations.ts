import { type ChannelOrder, type InputType, isGray, type Preprocessing } from '../images/preprocessing.ts';
import type { SidecarPreprocessing } from './backboneSidecar.ts';
import { SCALINGS, type Scaling, type ScalingName, scalingName } from './scalings.ts';

/** One way in which a backbone may have been meant to get its pixels. */
export interface Preparation {
  /** Undefined for one that has no name. */
  readonly scaling: ScalingName | undefined;
  readonly channels: ChannelOrder;
  /** Pixels are turned into their opposite first. */
  readonly inverted: boolean;
  /** What to say for it in a description. */
  readonly preprocessing: SidecarPreprocessing;
  /** It is how the backbone is described. */
  readonly described: boolean;
  /** How likely it is before anything is measured, relative to others. */
  readonly prior: number;
}

const OTHER_ORDER: Readonly<Partial<Record<ChannelOrder, ChannelOrder>>> = {
  rgb: 'bgr',
  bgr: 'rgb',
  rgba: 'bgra',
  bgra: 'rgba',
};

const FOR_FLOATS: readonly ScalingName[] = ['imagenet', 'zeroToOne', 'minusOneToOne', 'raw', 'caffe'];
const FOR_GRAY_FLOATS: readonly ScalingName[] = ['zeroToOne', 'mnist', 'minusOneToOne', 'raw'];

/** Without a sign of it in the graph. */
const RARE: ReadonlySet<ScalingName | undefined> = new Set(['raw', 'caffe'] as const);
const RARELY = 0.5;
/** What a person or a file said goes before what is usual. */
const DESCRIBED = 3;
/** Of ten networks with this scaling, one takes colors in the other order. */
const OTHER_COLOURS = 0.1;
/** What Caffe trained takes BGR, and has been retrained with RGB about as often. */
const OTHER_COLOURS_OF_CAFFE = 0.5;
/** Dark digits on white paper are as usual as white ones on black. */
const INVERTED = 0.5;

/** What nobody has said, or what is in doubt. */
export interface OpenParts {
  readonly scaling: boolean;
  readonly channels: boolean;
  /** Of gray inputs: whether they are inverted. Absent: as for the scaling. */
  readonly inversion?: boolean;
}

/**
 * The ways to prepare pixels that are worth trying: the one described first, then all usual scalings with both orders of
 * colors, or of gray inputs with and without inversion.
 */
export function preparationsOf(
  described: Preprocessing,
  type: InputType,
  open: OpenParts = { scaling: true, channels: true },
): readonly Preparation[] {
  const own: Scaling = {
    rescale_factor: described.rescaleFactor,
    image_mean: described.mean,
    image_std: described.std,
  };
  const gray = isGray(described.channels);
  const ownName = gray ? grayName(own) : scalingName(own);
  const scalings: (readonly [ScalingName | undefined, Scaling])[] = [
    [ownName, own],
    ...(open.scaling ? usual(type, gray) : [])
      .filter((name) => name !== ownName)
      .map((name) => [name, gray ? grayOf(SCALINGS[name]) : SCALINGS[name]] as const),
  ];
  const other = OTHER_ORDER[described.channels];
  const orders = other && open.channels ? [described.channels, other] : [described.channels];
  const inversions =
    gray && (open.inversion ?? open.scaling)
      ? [described.inverted === true, described.inverted !== true]
      : [described.inverted === true];
  return scalings.flatMap(([scaling, values], s) =>
    orders.flatMap((channels) =>
      inversions.map(
        (inverted, i): Preparation => ({
          scaling,
          channels,
          inverted,
          preprocessing: { ...values, channels, ...(gray ? { invert: inverted } : {}) },
          described: s === 0 && channels === described.channels && i === 0,
          prior:
            (s === 0 ? DESCRIBED : RARE.has(scaling) ? RARELY : 1) *
            colourPrior(scaling, channels) *
            (i === 0 ? 1 : INVERTED),
        }),
      ),
    ),
  );
}

function colourPrior(scaling: ScalingName | undefined, channels: ChannelOrder): number {
  const bgr = channels === 'bgr' || channels === 'bgra';
  if (scaling === 'caffe') return bgr ? 1 : OTHER_COLOURS_OF_CAFFE;
  return bgr ? OTHER_COLOURS : 1;
}

/** What would round to a few values, or be cut off, is not worth trying with whole numbers. */
function usual(type: InputType, gray: boolean): readonly ScalingName[] {
  if (type === 'int8') return ['signed'];
  if (!type.startsWith('float')) return ['raw'];
  return gray ? FOR_GRAY_FLOATS : FOR_FLOATS;
}

function grayOf({ rescale_factor, image_mean, image_std }: Scaling): Scaling {
  return { rescale_factor, image_mean: image_mean.slice(0, 1), image_std: image_std.slice(0, 1) };
}

function grayName({ rescale_factor, image_mean, image_std }: Scaling): ScalingName | undefined {
  const three = (values: readonly number[]) => [values[0], values[0], values[0]];
  return scalingName({ rescale_factor, image_mean: three(image_mean), image_std: three(image_std) });
}

/** A preparation in the place of the one described: geometry and filter stay. */
export function preparedAs(
  described: Preprocessing,
  { preprocessing, inverted, channels }: Preparation,
): Preprocessing {
  const { inverted: _, ...rest } = described;
  const fitting = (values: readonly number[] | undefined, last: number) =>
    described.mean.map((_, c) => values?.[c] ?? last);
  return {
    ...rest,
    rescaleFactor: preprocessing.rescale_factor ?? 1,
    // Of alpha nobody says anything but the factor.
    mean: fitting(preprocessing.image_mean, 0),
    std: fitting(preprocessing.image_std, 1),
    channels,
    ...(inverted ? { inverted: true as const } : {}),
  };
}
