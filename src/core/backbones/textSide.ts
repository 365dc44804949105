import type { LabelSpace } from '../labels/labelSpace.ts';

/*
 * A dual encoder (CLIP, SigLIP and their kin) is an image tower and a text tower that put pictures and texts into one space.
 * As a backbone it has no labels of its own: an alignment says which, and they are read by the text tower. What is kept of an
 * image is its embedding [D], whatever the labels; a row of logits is made of it when it is read.
 */

/** Where the scale of the cosines is from. */
export type ScaleOrigin = 'description' | 'model' | 'family';

/** The text tower that a backbone answers by. */
export interface TextSide {
  /** Name of the encoder. */
  readonly name: string;
  /** Its folder, absolute. */
  readonly folder: string;
  /** Of the encoder: of its model, its tokenizer and its pooling. */
  readonly sha256: string;
  /** Texts around a label, each with one `{}`. */
  readonly templates: readonly string[];
  /** A logit is scale * cosine + bias. */
  readonly scale: number;
  readonly bias: number;
  readonly scaleOrigin: ScaleOrigin;
  /** D. */
  readonly width: number;
  /** Absent until an alignment says which labels. */
  readonly labelled?: LabelVectors | undefined;
}

/** Labels as the text tower reads them. */
export interface LabelVectors {
  /** The same for the same rows. */
  readonly id: string;
  /** Row-major [S, D] as base64 of float32, each row of length 1: it must stand in JSON. */
  readonly vectors: string;
}

/** How an alignment has the labels of a dual encoder. */
export interface TextLabels {
  /** SHA-256 of the text tower that read them. */
  readonly encoder: string;
  readonly templates: readonly string[];
  /** What was put into the templates, in the order of the source labels. */
  readonly labels: readonly string[];
}

/** The name of the labels that an alignment gives. */
export const TEXT_SPACE = 'texts';

/** The labels of a dual encoder before an alignment gives some. */
export const NO_LABELS: LabelSpace = { name: TEXT_SPACE, labels: [], background: [] };

/** Trained scales of the families; their text towers do not tell them. */
const FAMILIES = {
  /** OpenAI's and OpenCLIP's end at the limit that training has for them. */
  clip: { scale: 100, bias: 0 },
  siglip: { scale: 117.33, bias: -12.93 },
} as const;

/** The scale and bias that a family of dual encoders is trained to. @param modelType of `config.json` */
export function familyScale(modelType: string): { readonly scale: number; readonly bias: number } {
  return modelType.startsWith('siglip') ? FAMILIES.siglip : FAMILIES.clip;
}

/** One whose labels are said. */
export type LabelledSide = TextSide & { readonly labelled: LabelVectors };

export function hasLabels(side: TextSide | undefined): side is LabelledSide {
  return side?.labelled !== undefined;
}

/** How many numbers a backbone gives of an image: a score for each of its labels, or of a dual encoder an embedding. */
export function rowWidth({
  text,
  labelSpace,
}: {
  readonly text?: TextSide | undefined;
  readonly labelSpace: LabelSpace;
}): number {
  return text?.width ?? labelSpace.labels.length;
}

/** What a dual encoder is asked about a picture of which nobody says what it may be. */
export const EVERYDAY_LABELS: readonly string[] = (
  'person,face,hand,dog,cat,bird,horse,cow,fish,insect,reptile,elephant,flower,tree,mushroom,fruit,vegetable,food,drink,' +
  'car,truck,bus,train,bicycle,motorcycle,airplane,ship,building,house,bridge,street,room,chair,table,bed,computer,phone,' +
  'television,clock,bottle,cup,book,clothes,shoe,bag,tool,toy,musical instrument,ball,mountain,beach,forest,field,river,sky,' +
  'snow,fire,map,chart,document,text,drawing,painting,pattern'
).split(',');
