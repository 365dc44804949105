import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import type { Similarity, SimilarityMatrix } from './similarity.ts';

/** WordNet's share of the values: its scale is the narrower one where two labels are not the same thing. */
const share = 0.71;

/**
 * WordNet with a text encoder's second opinion. The values are a weighted mean of both; SeMap makes a mapping from each and
 * mixes them, because WordNet is surer about kinds and the encoder about looks and uses.
 */
export class CombinedSimilarity implements Similarity {
  readonly name = 'combined';
  readonly #wordnet: Similarity;
  readonly #encoder: Similarity;

  constructor(wordnet: Similarity, encoder: Similarity) {
    this.#wordnet = wordnet;
    this.#encoder = encoder;
  }

  compare(targets: readonly TargetLabel[], sources: LabelSpace): SimilarityMatrix {
    const wordnet = this.#wordnet.compare(targets, sources);
    const encoder = this.#encoder.compare(targets, sources);
    const values = wordnet.values.map((value, at) => share * value + (1 - share) * encoder.values[at]!);
    return { ...wordnet, values, opinions: { wordnet, encoder } };
  }

  explain(targets: readonly TargetLabel[], sources: LabelSpace, t: number, s: number): string {
    return `${this.#wordnet.explain(targets, sources, t, s)}\n${this.#encoder.explain(targets, sources, t, s)}`;
  }
}
