import type { ChannelOrder, InputLayout, ResampleFilter } from '../images/preprocessing.ts';
import type { Range } from '../mapping/ranges.ts';
import type { OutputKind } from '../onnx/scoreReading.ts';

/** How to resize: a number, `shortest_edge` or `longest_edge` keeps the aspect ratio; `height` and `width` do not. */
export type SidecarSize =
  | number
  | {
      readonly shortest_edge?: number;
      readonly longest_edge?: number;
      readonly height?: number;
      readonly width?: number;
    };

export interface SidecarPreprocessing {
  readonly rescale_factor?: number | undefined;
  /** After `rescale_factor`: one number for all channels, or one each in the order R, G, B(, alpha) or gray(, alpha). */
  readonly image_mean?: readonly number[] | undefined;
  readonly image_std?: readonly number[] | undefined;
  readonly size?: SidecarSize | undefined;
  readonly fit?: 'letterbox' | 'squash' | undefined;
  /** A gray, or R, G, B, from 0 to 255. */
  readonly pad_color?: number | readonly number[] | undefined;
  readonly anchor?: 'center' | 'top-left' | undefined;
  /** Share of the shortest edge that is cut as a centred square before the resize. */
  readonly crop_first?: number | undefined;
  /** Crop after the resize. */
  readonly crop?: number | { readonly height: number; readonly width: number } | undefined;
  /** Share of the resized picture that the crop keeps: the shortest edge becomes the crop's, divided by it. */
  readonly crop_pct?: number | undefined;
  readonly resample?: ResampleFilter | undefined;
  readonly antialias?: boolean | undefined;
  /** Whether the resize's result is rounded to 8 bits. */
  readonly rounding?: boolean | undefined;
  /** 255 - pixel, before the scaling. */
  readonly invert?: boolean | undefined;
  /** What the network expects. */
  readonly channels?: ChannelOrder | undefined;
}

/** A number, or numbers in lists as deep as the input has dimensions. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** The text tower of a dual encoder such as CLIP: then labels are what an alignment asks for. */
export interface SidecarText {
  /** Its folder, or the name of an installed text encoder. Absent: what lies beside the image tower. */
  readonly encoder?: string | undefined;
  readonly templates?: readonly string[] | undefined;
  /** Of the cosines; absent: as models of this family are trained. */
  readonly scale?: number | undefined;
  readonly bias?: number | undefined;
}

/** Whether a sidecar means a folder, not the name of an installed text encoder: that has no separator. */
export function isEncoderFolder(encoder: string): boolean {
  return /[/\\]|^\.+$/.test(encoder);
}

/** What a sidecar, options or the person say about a backbone, in the field names of `<name>.backbone.json`. */
export interface BackboneSidecar {
  /** `imagenet-1k`, `imagenet-1k-background`, the path of a file with one name or wnid a line, or the labels. */
  readonly labels?: string | readonly string[] | undefined;
  readonly preprocessing?: SidecarPreprocessing | undefined;
  /** Where the shape of the input leaves it open. */
  readonly layout?: InputLayout | undefined;
  /** Which of several inputs is the image. */
  readonly input_name?: string | undefined;
  /** What further inputs are given. */
  readonly inputs?: Readonly<Record<string, NestedNumbers>> | undefined;
  readonly output?: OutputKind | undefined;
  /** Which output, or value inside the graph, has the scores. */
  readonly output_name?: string | undefined;
  readonly license?: string | undefined;
  readonly text?: SidecarText | undefined;
}

/** Without the fields that nobody has said: merging would take them for something that was. */
export function said<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** `over` where it says something, `under` elsewhere; preprocessing field by field, and a text tower as long as it is the same. */
export function mergeSidecars(under: BackboneSidecar, over: BackboneSidecar | undefined): BackboneSidecar {
  if (!over) return under;
  const preprocessing = { ...under.preprocessing, ...said(over.preprocessing ?? {}) };
  const inputs = { ...under.inputs, ...over.inputs };
  const text = over.text?.encoder === undefined ? { ...under.text, ...over.text } : over.text;
  return {
    ...under,
    ...said(over),
    ...(Object.keys(text).length === 0 ? {} : { text }),
    ...(Object.keys(preprocessing).length === 0 ? {} : { preprocessing }),
    ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
  };
}

/** What `all` says and `here` does not; undefined where that is nothing. */
export function saidElsewhere(all: BackboneSidecar, here: BackboneSidecar): BackboneSidecar | undefined {
  const without = <T extends object>(from: T | undefined, has: T | undefined) =>
    Object.fromEntries(
      Object.entries(from ?? {}).filter(
        ([field, value]) => value !== undefined && !Object.hasOwn(has ?? {}, field),
      ),
    );
  const nested = (field: 'preprocessing' | 'inputs') => {
    const lost = without(all[field], here[field]);
    return Object.keys(lost).length > 0 ? { [field]: lost } : {};
  };
  const lost = { ...without(all, here), ...nested('preprocessing'), ...nested('inputs') };
  return Object.keys(lost).length > 0 ? lost : undefined;
}

/**
 * What the numbers of a preprocessing may be: beyond these, inputs overflow or are all the same, and so are the answers.
 */
export const ranges = {
  rescale: { from: 1e-6, to: 1e6 },
  mean: { from: -1e6, to: 1e6 },
  std: { from: 1e-6, to: 1e6 },
  pixel: { from: 0, to: 255 },
  scale: { from: 1e-3, to: 1e4 },
  bias: { from: -1e4, to: 1e4 },
  share: { from: 0.01, to: 1 },
  input: { from: -1e9, to: 1e9 },
} as const satisfies Record<string, Range>;

/** The longest edge of an input or of what it is cut from. */
export const MOST_PIXELS = 16_384;

export function isPixels(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MOST_PIXELS;
}
