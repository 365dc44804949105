import { isWithinRange, type Range } from '../../mapping/ranges.ts';
import type { Text } from '../../text/text.ts';
import { type BackboneSidecar, isPixels, type SidecarPreprocessing } from '../backboneSidecar.ts';

/** What came with a model: what is written in its file, and in files beside it. */
export interface ModelPapers {
  /** Of the model file, with its ending. */
  readonly fileName: string;
  /** Key and value pairs of the model file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Texts by the names of {@link PAPER_NAMES}; those of the model's folder go before those of the one above `onnx`. */
  readonly files: ReadonlyMap<string, string>;
  /** The model itself was not read: its metadata may say more. */
  readonly isUnread?: true;
}

/** Files beside a model of which some program writes what the model expects. */
export const PAPER_NAMES = [
  ...['preprocessor_config.json', 'config.json', 'signature.json', 'metadata.json'],
  ...['inference.yml', 'inference.yaml', 'cvexport.manifest', 'metadata_properties.json', 'labels.txt'],
] as const;

/** What one program says about a model in its papers. Fields that are absent or not understood are left out. */
export interface Reading {
  /** Where it is said: `preprocessor_config.json (ViTImageProcessor)`. */
  readonly from: Text;
  readonly sidecar: BackboneSidecar;
  /** What a person should know of it. */
  readonly notes?: readonly Text[];
}

/** Reads the papers as one program writes them; undefined where it wrote none. */
export type Reader = (papers: ModelPapers) => Reading | undefined;

/** The value of a JSON file; undefined where it is absent or none. */
export function jsonPaper({ files }: ModelPapers, name: (typeof PAPER_NAMES)[number]): unknown {
  const text = files.get(name);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    return undefined;
  }
}

/** The fields of an object; none of anything else. */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** A text; empty where it is none. What JSON holds may have a `toString` of its own. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function within(value: unknown, range: Range): number | undefined {
  return isWithinRange(value, range) ? value : undefined;
}

/** One number for each of one to four channels; one alone is for all. */
export function perChannel(value: unknown, range: Range): readonly number[] | undefined {
  const list: readonly unknown[] = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
  return list.length >= 1 && list.length <= 4 && list.every((one): one is number => isWithinRange(one, range))
    ? list
    : undefined;
}

/** Numbers that a text lists, between blanks, commas or brackets; undefined where it has others. */
export function numbersIn(text: string | undefined): readonly number[] | undefined {
  const parts = text
    ?.slice(0, 1000)
    .split(/[\s,;[\]()]+/)
    .filter((part) => part !== '');
  const numbers = parts?.map(Number);
  return numbers && numbers.length > 0 && numbers.every(Number.isFinite) ? numbers : undefined;
}

/** A height and a width, said as one number, a pair or an object. */
export function edges(value: unknown): { height: number; width: number } | undefined {
  if (isPixels(value)) return { height: value, width: value };
  if (Array.isArray(value) && value.length === 2) return edges({ height: value[0], width: value[1] });
  const { height, width } = record(value);
  return isPixels(height) && isPixels(width) ? { height, width } : undefined;
}

/** Names that a list holds; undefined where it holds anything else, or nothing. */
export function nameList(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) &&
    value.length > 0 &&
    value.length <= MOST_LABELS &&
    value.every((one): one is string => typeof one === 'string')
    ? value
    : undefined;
}

export const MOST_LABELS = 100_000;

/** A centred square, then the resize. */
export const SQUARE_FIRST = { crop_first: 1 } satisfies SidecarPreprocessing;
/** Before the names of what OpenVINO writes into ONNX files. */
export const OPENVINO_KEY = 'model_info ';
/** As OpenCV resizes where nobody says otherwise. */
export const OPENCV = { resample: 'bilinear', antialias: false } as const satisfies SidecarPreprocessing;
