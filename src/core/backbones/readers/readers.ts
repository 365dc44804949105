import { channelCount } from '../../images/preprocessing.ts';
import { phrase, type Text } from '../../text/text.ts';
import {
  type BackboneSidecar,
  MOST_PIXELS,
  mergeSidecars,
  type SidecarPreprocessing,
} from '../backboneSidecar.ts';
import type { ImageInput } from '../imageInput.ts';
import { parseBackboneSidecar } from '../parseBackboneSidecar.ts';
import { readHuggingFace } from './huggingFace.ts';
import { readMetadataLabels } from './metadataLabels.ts';
import { readModelInfo } from './openvino.ts';
import { readPaddle } from './paddle.ts';
import type { ModelPapers, Reader, Reading } from './reading.ts';
import { readLobe, readTeachableMachine } from './teachers.ts';
import { readUltralytics } from './ultralytics.ts';
import { readCustomVision, readImageMetadata } from './windows.ts';

/** Who reads what came with a model; a later one goes before those above it. */
const READERS: readonly Reader[] = [
  readImageMetadata,
  readMetadataLabels,
  readModelInfo,
  readUltralytics,
  readPaddle,
  readTeachableMachine,
  readLobe,
  readCustomVision,
  readHuggingFace,
];

/** The parts of a description that belong together: who says one of its fields says all of them. */
const PARTS = {
  scaling: ['rescale_factor', 'image_mean', 'image_std'],
  channels: ['channels', 'invert'],
  size: 'size fit pad_color anchor crop_first crop crop_pct resample antialias rounding'.split(' '),
} as const satisfies Partial<Record<StatedPart, readonly string[]>>;

export type StatedPart = 'labels' | 'scaling' | 'channels' | 'size' | 'output';

/** Which file or entry says which parts. */
export interface StatedBy {
  readonly from: Text;
  readonly parts: readonly StatedPart[];
}

/** What the papers of a model say about it. */
export interface Stated {
  readonly sidecar: BackboneSidecar;
  readonly by: readonly StatedBy[];
  readonly notes: readonly Text[];
}

/** What programs say of a model that they exported, in it and beside it: their fields are taken, and not asked for. */
export function readStated(papers: ModelPapers, input: ImageInput): Stated {
  let sidecar: BackboneSidecar = {};
  let by: readonly StatedBy[] = [];
  const notes: Text[] = [];
  for (const reader of READERS) {
    const reading = reader(papers);
    if (!reading) continue;
    notes.push(...(reading.notes ?? []));
    const fitting = checked(reading, input, notes);
    const parts = partsOf(fitting);
    if (parts.length === 0) continue;
    sidecar = mergeSidecars(without(sidecar, parts), fitting);
    // What another one says instead is not told.
    const rest = by.map((one) => ({ ...one, parts: one.parts.filter((part) => !parts.includes(part)) }));
    by = [...rest.filter((one) => one.parts.length > 0), { from: reading.from, parts }];
  }
  return { sidecar, by, notes };
}

/** The parts that are as they were stated, not said otherwise by a person or left out. */
export function statedIn({ by, sidecar }: Stated, known: BackboneSidecar): readonly StatedBy[] {
  const isKept = (part: StatedPart): boolean => {
    if (part === 'labels' || part === 'output') return known[part] === sidecar[part];
    const { preprocessing: all = {} } = known;
    const { preprocessing: own = {} } = sidecar;
    return PARTS[part].some((field) => {
      const value = own[field as keyof SidecarPreprocessing];
      return value !== undefined && all[field as keyof SidecarPreprocessing] === value;
    });
  };
  return by
    .map(({ from, parts }) => ({ from, parts: parts.filter(isKept) }))
    .filter(({ parts }) => parts.length > 0);
}

/** What of a reading can be: it is held to the same as what a person writes, and to what the graph takes. */
function checked({ sidecar, from }: Reading, input: ImageInput, notes: Text[]): BackboneSidecar {
  try {
    parseBackboneSidecar(sidecar, '');
  } catch {
    notes.push(phrase('What {0} says is out of range and is not used.', from));
    return {};
  }
  const { preprocessing } = sidecar;
  return preprocessing
    ? { ...sidecar, preprocessing: fitted(withChannels(preprocessing, input), input, from, notes) }
    : sidecar;
}

/** Programs write RGB where they do not think of channels: a graph of another number of them knows better. */
function withChannels({ channels, ...rest }: SidecarPreprocessing, input: ImageInput): SidecarPreprocessing {
  const isOpen = input.supposed?.includes('channels') === true;
  return channels !== undefined && (isOpen || channelCount(channels) === input.channels)
    ? { ...rest, channels }
    : rest;
}

/** Files outlive exports at another size: what they say of the crop is then taken as a share. */
function fitted(
  p: SidecarPreprocessing,
  { height, width }: ImageInput,
  from: Text,
  notes: Text[],
): SidecarPreprocessing {
  const end = endOf(p);
  if (!end || height === undefined || width === undefined || (end.height === height && end.width === width))
    return p;
  notes.push(
    phrase(
      '{0} gives images of {1} x {2} px, the graph takes {3} x {4}.',
      from,
      end.height,
      end.width,
      height,
      width,
    ),
  );
  const { size, crop: _, ...rest } = p;
  const edge = typeof size === 'object' ? (size.shortest_edge ?? size.height) : undefined;
  const share = edge === undefined ? 1 : Math.min(1, Math.min(end.height, end.width) / edge);
  if (
    typeof size === 'object' &&
    size.height !== undefined &&
    p.fit === undefined &&
    p.crop_first === undefined
  ) {
    const [h, w] = [height, width].map((one) => Math.min(MOST_PIXELS, Math.floor(one / share)));
    return { ...rest, size: { height: h, width: w }, ...(share < 1 ? { crop: { height, width } } : {}) };
  }
  return { ...rest, ...(share < 1 && p.crop_first === undefined ? { crop_pct: share } : {}) };
}

/** The size that a preprocessing ends in, where it says so. */
function endOf({ size, crop }: SidecarPreprocessing): { height: number; width: number } | undefined {
  if (crop !== undefined) return typeof crop === 'number' ? { height: crop, width: crop } : crop;
  if (typeof size === 'number') return { height: size, width: size };
  return size?.height !== undefined && size.width !== undefined
    ? { height: size.height, width: size.width }
    : undefined;
}

/** The parts that a description says something of. */
export function partsOf({ labels, output, preprocessing = {} }: BackboneSidecar): readonly StatedPart[] {
  const said = Object.keys(preprocessing);
  const parts = (Object.keys(PARTS) as (keyof typeof PARTS)[]).filter((part) =>
    PARTS[part].some((field) => said.includes(field)),
  );
  return [...(labels ? ['labels' as const] : []), ...parts, ...(output ? ['output' as const] : [])];
}

function without(sidecar: BackboneSidecar, parts: readonly StatedPart[]): BackboneSidecar {
  const gone = parts.flatMap((part): readonly string[] =>
    part in PARTS ? PARTS[part as keyof typeof PARTS] : [],
  );
  const kept = Object.entries(sidecar.preprocessing ?? {}).filter(([field]) => !gone.includes(field));
  return { ...sidecar, ...(sidecar.preprocessing ? { preprocessing: Object.fromEntries(kept) } : {}) };
}
