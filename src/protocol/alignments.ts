import type { AlignSettings } from '../core/alignments/alignLabels.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { MeaningEdit } from '../core/alignments/alignmentEdits.ts';
import type { SenseOptions } from '../core/alignments/senseOptions.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { TextLabels } from '../core/backbones/textSide.ts';
import type { SimilarityChoice } from '../core/encoders/similarityChoice.ts';
import type { ImageFolders, Layout, SplitName } from '../core/folders/layout.ts';
import type { SuggestedLabel } from '../core/labels/suggestedLabels.ts';
import type { TargetList } from '../core/labels/targetLabels.ts';
import type { SkippedImage } from '../core/runs/run.ts';
import type { LabelNote } from '../core/similarity/meaning.ts';
import type { ChosenSense } from '../core/similarity/similarity.ts';
import type { Text } from '../core/text/text.ts';
import type { BackboneRef } from './models.ts';
import type { Call } from './rpc.ts';

export interface AlignParams extends AlignSettings {
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar | undefined;
  /** Further backbones that answer together with it; mappings that are learned are learned from the same images. */
  readonly beside?: readonly BackboneRef[] | undefined;
  /** Absent: WordNet. */
  readonly similarity?: SimilarityChoice | undefined;
  /** Of a dual encoder: what it was asked before, which keeps its places, and how. */
  readonly texts?: Pick<TextLabels, 'labels' | 'templates'> | undefined;
  /** Learned methods: folders whose class folders are targets. */
  readonly labelled?: LabelledImages | undefined;
}

/** Which labelled images a mapping is learned from. */
export interface LabelledImages extends ImageFolders {
  /** At most so many of each label, and never more than three of four; absent: 20. */
  readonly perClass?: number | undefined;
  /** Which ones; absent: 0. */
  readonly seed?: number | undefined;
}

/** What an alignment view shows: all T x S similarities of a document under its similarity; S of all its backbones, see `sourceGroups`. */
export interface SimilarityView {
  readonly sources: readonly { readonly name: string; readonly wnid?: string | undefined }[];
  /** Row-major [T, S]. */
  readonly values: Float32Array;
  /** Order of the sources, group by group along the WordNet tree, so that related ones are neighbours; length S. */
  readonly treeOrder: Uint32Array;
  /** Per target the sources that are it or a kind of it; absent where WordNet took no part. */
  readonly kinds?: readonly (readonly number[])[] | undefined;
}

/** What a target label is taken to mean. */
export interface LabelMeaning {
  /** A sense for each of its parts; empty where WordNet knows none. */
  readonly senses: readonly Pick<ChosenSense, 'phrase' | 'key' | 'gloss'>[];
  /** What a person should know about how it was read. */
  readonly notes: readonly LabelNote[];
}

/** A class folder as a target label, or a label that a table gives to images. */
export interface ClassFolder {
  /** The folder's name, or what the table says; of a wnid its WordNet name. */
  readonly label: string;
  /** WordNet sense key, where the folder is a wnid. */
  readonly sense?: string | undefined;
  /** Whether it holds no image. */
  readonly empty: boolean;
  /** How many, where they were to be counted. */
  readonly images?: number | undefined;
}

/** Labels that images suggest. */
export interface LabelSuggestions {
  /** The most frequent first. */
  readonly labels: readonly SuggestedLabel[];
  /** Images that were looked at. */
  readonly images: number;
  /** Images in the folders. */
  readonly found: number;
  /** Images of the sample that could not be read. */
  readonly skipped: readonly SkippedImage[];
}

/** What the engine offers for aligning labels. */
export interface AlignmentMethods {
  /** Reads names that a person gave as target labels: wnids get names, blanks and duplicates are left out and told. */
  readLabels: Call<{ readonly names: readonly string[] }, TargetList>;
  /**
   * Class folders of a folder, as it is laid out; to count their images, all of it is walked. Where a table of labels came with
   * the images, or a folder without class folders was labelled, the labels in it; of a split, all of it is walked for them.
   */
  listClasses: Call<
    {
      readonly folder: string;
      /** Absent or null: as it is recognized. */
      readonly layout?: Layout | null | undefined;
      readonly split?: SplitName | undefined;
      readonly counted?: boolean | undefined;
    },
    readonly ClassFolder[]
  >;
  /**
   * Labels for images without any: the source labels that fire most on a sample, those of a kind under one word. The outputs
   * of the sample are cached.
   */
  suggestLabels: Call<
    ImageFolders & {
      readonly backbone: BackboneRef;
      readonly sidecar?: BackboneSidecar | undefined;
      /** Size of the sample; absent: 200. */
      readonly images?: number | undefined;
    },
    LabelSuggestions,
    { readonly done: number; readonly total: number }
  >;
  /** Reports texts encoded, where a text encoder runs, and labelled images, where a mapping is learned. */
  align: Call<
    AlignParams,
    AlignmentDocument,
    { readonly done: number; readonly total: number; readonly what?: 'images' }
  >;
  /** Senses that a target of a document may have, the method's first. */
  senses: Call<{ readonly alignment: AlignmentDocument; readonly target: number }, SenseOptions>;
  /** For WordNet senses, by their keys, the kinds that they belong to, the broadest first. */
  kindsAbove: Call<{ readonly senses: readonly string[] }, readonly (readonly string[])[]>;
  /** Edits a document and aligns its labels again by its own method; what a person changed by hand stays. */
  realign: Call<
    { readonly alignment: AlignmentDocument; readonly edit: MeaningEdit },
    AlignmentDocument,
    { done: number; total: number }
  >;
  similarities: Call<
    { readonly alignment: AlignmentDocument; readonly sidecar?: BackboneSidecar | undefined },
    SimilarityView
  >;
  /** What each target label is taken to mean. */
  meanings: Call<
    { readonly alignment: AlignmentDocument; readonly sidecar?: BackboneSidecar | undefined },
    readonly LabelMeaning[]
  >;
  /** Why two labels are as similar as they are, in a few sentences, a line each. @param source joined index */
  explain: Call<
    { readonly alignment: AlignmentDocument; readonly target: number; readonly source: number },
    readonly Text[]
  >;
}
