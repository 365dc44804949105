import type { TextLabels } from '../backbones/textSide.ts';
import type { EncoderRecord } from '../encoders/similarityChoice.ts';
import type { DocumentExpectation } from '../expectations/statedExpectations.ts';
import type { LearnedSplits } from '../folders/splitRoles.ts';
import type { LabelRole } from '../labels/labelRole.ts';
import type { Aggregation } from '../mapping/mapping.ts';
import { type GivenParameters, type MappingMethod, mappingMethods } from '../mapping/methods.ts';
import { phrase, type Text } from '../text/text.ts';

/** The newest version of the alignment document that this code reads. */
export const ALIGNMENT_VERSION = 4;

/**
 * The version that a document is written with, which is the earliest that answers as it does: 2 with a head or members, 3
 * with labels that are scored by what the others leave, 4 with members that count differently for each label.
 */
export function versionOf({
  head,
  members = [],
  targets,
}: Pick<AlignmentDocument, 'head' | 'members' | 'targets'>): number {
  const several = members.length > 0;
  if (
    several &&
    [{ targets }, ...members].some((one) => one.targets.some(({ weight }) => weight !== undefined))
  )
    return 4;
  if (targets.some(({ role }) => role?.kind === 'not' || role?.kind === 'rest')) return 3;
  return head || several ? 2 : 1;
}

/** What a person may expect of a target's recall. */
export type ExpectedQuality = 'good' | 'fair' | 'weak' | 'poor' | 'none';

/** How much of a label's name is known. */
export const labelMatches = ['whole', 'part'] as const;
export type LabelMatch = (typeof labelMatches)[number];

/** A source label of a target, as the document stores it. */
export interface AlignmentSource {
  readonly label: string;
  readonly wnid?: string | undefined;
  /** Index in the backbone's label space. */
  readonly index: number;
  readonly weight: number;
  readonly similarity: number;
  /** Similarity by WordNet, where `similarity` is another. */
  readonly wordnet?: number | undefined;
  /** It is the target or a kind of it, by WordNet. */
  readonly kind?: boolean | undefined;
}

export interface AlignmentTarget {
  readonly label: string;
  readonly hint?: string | undefined;
  /** WordNet sense key: chosen by the method unless `pinned`. */
  readonly sense?: string | undefined;
  /** The sense was given, by a person or a wnid: aligning again keeps it. */
  readonly pinned?: boolean | undefined;
  readonly gloss?: string | undefined;
  /** How much of its name WordNet knows: all of it, or a part such as its head; absent: nothing, or not looked up. */
  readonly match?: LabelMatch | undefined;
  /** The mark of `expectedRecall`, or of the recall that was measured. */
  readonly expected: ExpectedQuality;
  /** What to expect of its recall, the other targets considered, in [0, 1]; absent in documents of earlier versions. */
  readonly expectedRecall?: number | undefined;
  /** What the label says by way of the others; without sources of its own it is scored by theirs. */
  readonly role?: LabelRole | undefined;
  /** Recall on labelled images that the mapping was not learned from, in [0, 1]. */
  readonly measured?: MeasuredRecall | undefined;
  /** Under which name heads know it, where it was renamed since. */
  readonly learnedAs?: string | undefined;
  /** Added to the target's score; absent = 0. */
  readonly offset?: number | undefined;
  /** How much its backbone counts for this target beside the members, above 0; absent = 1. */
  readonly weight?: number | undefined;
  readonly sources: readonly AlignmentSource[];
}

export interface MeasuredRecall {
  readonly recall: number;
  readonly images: number;
}

/** A source label that no target may use. */
export type ExcludedSource = Pick<AlignmentSource, 'label' | 'wnid' | 'index'>;

/** What was learned from labelled images, and how good it is. */
export interface LearnedRecord {
  /** Labelled images that it was learned from. */
  readonly images: number;
  /** Images in the folders; absent in documents of earlier versions. */
  readonly found?: number | undefined;
  /** Class folders that are none of the labels, and were left out; absent: there are none. */
  readonly unmatched?: readonly string[] | undefined;
  /** Accuracy on images that it was not learned from, in [0, 1]; null without such images. */
  readonly validation: { readonly images: number; readonly accuracy: number | null };
  /** Of which splits these are, where the folders have some. */
  readonly splits?: LearnedSplits | undefined;
  /** The images that it was learned from, as {@link learnedKey}s joined by blanks: accuracy never counts them. */
  readonly learned: string;
}

/** What a learned mapping was learned from. */
export interface LabelledRecord extends LearnedRecord {
  /** At most so many images of each label. */
  readonly perClass: number;
  readonly seed: number;
}

/** What decides in the place of a mapping alone: the terms of a settled folder, or a layer that was learned. */
export const headKinds = ['mixture', 'linear-probe', 'linear-mapping', 'prototypes'] as const;
export type HeadKind = (typeof headKinds)[number];

export const headNames: Readonly<Record<HeadKind, Text>> = {
  // What settling made of a folder goes by what it does to the answers, not by what it is kept as.
  mixture: phrase('Settled folder'),
  'linear-probe': phrase('Linear probe'),
  'linear-mapping': phrase('Linear mapping'),
  prototypes: phrase('Prototypes'),
};

/** The head of a backbone: learned numbers in a file of their own. */
export interface HeadRecord {
  readonly kind: HeadKind;
  /** File of its numbers: relative to the document, or absolute. */
  readonly file: string;
  /** Of that file. */
  readonly sha256: string;
  readonly learned: LearnedRecord;
}

/** Which head decided, as figures say it. */
export type DecidingHead = Pick<HeadRecord, 'kind' | 'sha256'>;

/** What says of figures which head decided; nothing where the mapping did. */
export function headOfFigures({ head }: Pick<AlignmentDocument, 'head'>): { readonly head?: DecidingHead } {
  return head ? { head: { kind: head.kind, sha256: head.sha256 } } : {};
}

/** How an alignment was made. */
export interface AlignmentMethodSettings extends GivenParameters {
  readonly name: MappingMethod;
  readonly similarity: string;
  /** The text encoder of a similarity that has one. */
  readonly encoder?: EncoderRecord | undefined;
  /** Learned methods: from which images. */
  readonly labelled?: LabelledRecord | undefined;
}

/** `SeMap-k, k 5`, `Random, seed 3`: a method with the parameter that its result hangs on. */
export function methodLabel({ name, k, seed, shared }: AlignmentMethodSettings): Text {
  const { title } = mappingMethods[name];
  if (k !== undefined) return phrase('{0}, k {1}', title, String(k));
  if (seed !== undefined) return phrase('{0}, seed {1}', title, String(seed));
  return shared === false ? phrase('{0}, one-to-one', title) : title;
}

/** What decides in an alignment: its head, or else its method. */
export function decidingLabel({ head, method }: Pick<AlignmentDocument, 'head' | 'method'>): Text {
  return head ? phrase('kept classifier ({0})', headNames[head.kind]) : methodLabel(method);
}

/** The backbones of an alignment as figures name them. */
export interface NamedBackbone {
  /** Of several: all names. */
  readonly name: string;
  readonly sha256: string;
  /** What the first one's card or description says. */
  readonly license?: string | undefined;
  /** The further ones. */
  readonly members?:
    | readonly { readonly name: string; readonly sha256: string; readonly license?: string | undefined }[]
    | undefined;
}

/** A target of a further member: which one it is says its label. */
export interface MemberTarget extends Pick<AlignmentTarget, 'label' | 'offset' | 'weight' | 'sources'> {}

/** A further backbone that answers for the same target labels; its labels are a part of the document's. */
export interface AlignmentMember
  extends Pick<AlignmentDocument, 'backbone' | 'aggregation' | 'prompt' | 'head' | 'weight' | 'excluded'> {
  /** Absent: as the document. */
  readonly method?: AlignmentMethodSettings | undefined;
  readonly targets: readonly MemberTarget[];
}

/** `*.semap.json`: the mapping as a document that a person can read, edit and diff. */
export interface AlignmentDocument {
  readonly $schema?: string;
  readonly version: number;
  readonly backbone: {
    readonly name: string;
    /** Path relative to the document where the backbone lies in the workspace, absolute elsewhere, absent for installed ones. */
    readonly path?: string | undefined;
    readonly sha256: string;
    readonly labelSpace: string;
    readonly sourceCount: number;
    /** Of a dual encoder, which has no labels of its own: what its text tower is asked. */
    readonly texts?: TextLabels | undefined;
  };
  /**
   * Folders of images that it was made for, relative to the document where they lie in the workspace, absolute elsewhere;
   * absent for labels that belong to no folder.
   */
  readonly folders?: readonly string[] | undefined;
  /** What it promises on images; answers do not depend on it, so it needs no version of its own. */
  readonly expectations?: readonly DocumentExpectation[] | undefined;
  readonly method: AlignmentMethodSettings;
  readonly aggregation: Aggregation;
  /** File of a visual prompt that every image gets first: relative to the document, or absolute. */
  readonly prompt?: string | undefined;
  /** Decides instead of the mapping. */
  readonly head?: HeadRecord | undefined;
  /** How much this backbone counts beside the members, above 0; absent = 1. */
  readonly weight?: number | undefined;
  /** Where the weights of the backbones were learned from labelled images: from which, and how good all are together. */
  readonly weighed?: LearnedRecord | undefined;
  /** Further backbones with the same target labels. */
  readonly members?: readonly AlignmentMember[] | undefined;
  /** Source labels that a person left out; aligning again keeps them out. */
  readonly excluded?: readonly ExcludedSource[] | undefined;
  readonly targets: readonly AlignmentTarget[];
}

/** The document, made for these folders. */
export function madeFor(
  folders: readonly string[],
  { version, backbone, folders: _, ...rest }: AlignmentDocument,
): AlignmentDocument {
  // Beside the backbone: what it is for is what a reader looks for first.
  return { version, backbone, ...(folders.length > 0 ? { folders } : {}), ...rest };
}

/** The document with a head, or without one; what it holds decides its version. */
export function withHead(
  { version: _, head: __, ...rest }: AlignmentDocument,
  head: HeadRecord | undefined,
): AlignmentDocument {
  const { backbone, folders, method, aggregation, prompt, ...others } = rest;
  const version = versionOf({ ...rest, head });
  return {
    version,
    backbone,
    ...(folders && { folders }),
    method,
    aggregation,
    ...(prompt === undefined ? {} : { prompt }),
    ...(head && { head }),
    ...others,
  };
}

/** Keys of all images that a document has learned from, joined by blanks; undefined where it has learned from none. */
export function learnedKeys({
  method,
  head,
  weighed,
  members = [],
}: Pick<AlignmentDocument, 'method' | 'head' | 'weighed' | 'members'>): string | undefined {
  const keys = [{ method, head }, ...members]
    .flatMap((one) => [one.method?.labelled?.learned, one.head?.learned.learned])
    .concat(weighed?.learned)
    .filter(Boolean);
  return keys.length === 0 ? undefined : keys.join(' ');
}
