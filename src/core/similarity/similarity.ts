import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';

/** The meaning that a similarity settled on for a target, in words. */
export interface ChosenSense {
  /** Which part of the label it belongs to (labels such as "truck / bus" have several). */
  readonly phrase: string;
  /** Whether the whole phrase is a lemma of the sense, not only its head noun or another part. */
  readonly whole: boolean;
  /** WordNet sense key. */
  readonly key: string;
  readonly gloss: string;
  /** The other senses one could pick. */
  readonly alternatives: readonly { readonly key: string; readonly gloss: string }[];
}

/** T x S similarities between target labels and the labels of one source label space. */
export interface SimilarityMatrix {
  /** T. */
  readonly rows: number;
  /** S. */
  readonly columns: number;
  /** Row-major [T, S]. */
  readonly values: Float32Array;
  /** Per target: indices of the sources that are the target or a kind of it (WordNet descendants); empty where unknown. */
  readonly descendants: readonly (readonly number[])[];
  /** Per target: how many kinds of thing its sense covers in WordNet; 0 or absent where unknown. */
  readonly kinds?: readonly number[];
  /** The two that a combined similarity is made of. */
  readonly opinions?: { readonly wordnet: SimilarityMatrix; readonly encoder: SimilarityMatrix };
  /** Per target: the senses chosen, empty for similarities without senses. */
  readonly senses: readonly (readonly ChosenSense[])[];
}

/** Label-to-label similarity: WordNet, text embeddings, strings, or a combination. */
export interface Similarity {
  /** `wordnet`, `clip`, ... as written into documents. */
  readonly name: string;
  compare(targets: readonly TargetLabel[], sources: LabelSpace): SimilarityMatrix;
  /** Why target `t` and source `s` are as similar as they are, in a few sentences that a person can read, a line each. */
  explain(targets: readonly TargetLabel[], sources: LabelSpace, t: number, s: number): string;
}
