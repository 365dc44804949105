import { isDefinedByOthers, type LabelRole } from '../labels/labelRole.ts';
import type { Text } from '../text/text.ts';
import type { LabelNote } from './meaning.ts';

/** The meaning that WordNet's similarity settled on for a target, in words. */
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
}

/** What WordNet knows of each target. */
export interface TargetMeanings {
  /** Indices of the sources that are the target or a kind of it; empty where unknown. */
  readonly descendants: readonly (readonly number[])[];
  /** How many kinds of thing its sense covers in WordNet; 0 where unknown. */
  readonly kinds: readonly number[];
  /** Whether the one source below it is but one of several kinds of it (train: bullet train); absent: of none. */
  readonly narrow?: readonly boolean[];
  /** Of persons the sources that people wear, by which they are seen; empty for all else. Absent: of none. */
  readonly worn?: readonly (readonly number[])[];
  /** The senses chosen; empty where unknown. */
  readonly senses: readonly (readonly ChosenSense[])[];
  /** What a person should know about how each was read. */
  readonly notes: readonly (readonly LabelNote[])[];
}

/** A matrix with what a mapping can be made of besides. */
export interface SemanticMatrix extends SimilarityMatrix {
  /** Absent where WordNet took no part. */
  readonly meanings?: TargetMeanings | undefined;
  /** What targets say by way of the others, where any does; those that are defined by the others have similarity 0 to all. */
  readonly roles?: readonly (LabelRole | undefined)[] | undefined;
  /** Of targets that are told from others by what is around them, the similarities [S] of that. */
  readonly contexts?: readonly (Float32Array | undefined)[] | undefined;
  /** The two that a combined similarity is made of. */
  readonly opinions?: { readonly wordnet: SemanticMatrix; readonly encoder: SemanticMatrix } | undefined;
}

/** One list of target labels compared with one label space: by WordNet, text embeddings, spelling, or a combination. */
export interface Comparison extends SemanticMatrix {
  /** `wordnet`, `clip`, ... as written into documents. */
  readonly name: string;
  /** Why target `t` and source `s` are as similar as they are: a few sentences, a line each. */
  explain(t: number, s: number): readonly Text[];
}

/** A comparison by other means, with the roles that the labels have: what is defined by the others is like nothing. */
export function withRolesOf(comparison: Comparison, { roles, contexts }: Comparison): Comparison {
  if (!roles) return comparison;
  const { columns } = comparison;
  const values = comparison.values.map((value, at) =>
    isDefinedByOthers(roles[Math.floor(at / columns)]) ? 0 : value,
  );
  return { ...comparison, values, roles, contexts };
}

/** WordNet's share of the values: its scale is the narrower one where two labels are not the same thing. */
const WORDNET_SHARE = 0.71;

/**
 * WordNet with a text encoder's second opinion. The values are a weighted mean of both; SeMap makes a mapping from each and
 * mixes them, because WordNet is surer about kinds and the encoder about looks and uses.
 */
export function combined(wordnet: Comparison, encoder: Comparison): Comparison {
  return {
    name: 'combined',
    rows: wordnet.rows,
    columns: wordnet.columns,
    values: wordnet.values.map(
      (value, at) => WORDNET_SHARE * value + (1 - WORDNET_SHARE) * encoder.values[at],
    ),
    meanings: wordnet.meanings,
    roles: wordnet.roles,
    opinions: { wordnet, encoder },
    explain: (t, s) => [...wordnet.explain(t, s), ...encoder.explain(t, s)],
  };
}
