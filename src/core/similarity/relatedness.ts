import type { GlossVectors } from './glossVectors.ts';
import type { Taxonomy } from './taxonomy.ts';

/** How related two synsets are: the mean of Lin similarity and the cosine of their glosses. */
export class Relatedness {
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;

  constructor(taxonomy: Taxonomy, glosses: GlossVectors) {
    this.#taxonomy = taxonomy;
    this.#glosses = glosses;
  }

  of(a: number, b: number): number {
    const gloss = this.#glosses.cosine(this.#glosses.of(a), this.#glosses.of(b));
    return 0.5 * this.#taxonomy.lin(a, b) + 0.5 * gloss;
  }
}
