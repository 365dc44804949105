import type { WordNet } from '../labels/wordnet.ts';
import { Taxonomy } from '../similarity/taxonomy.ts';

/**
 * The least information content, ln(N / kinds of it), of an answer: *vehicle*, *bird* and *mammal* have more, *animal*,
 * *artifact* and *entity* less.
 */
const LEAST_CONTENT = 3.5;
/** Labels that are at least so probable beside the likeliest one cannot be told from it. */
const RIVAL = 0.25;
/** More labels than that are not a doubt between some of them. */
const MOST = 6;
/** What the labels in doubt must have together. */
const LEAST_MASS = 0.7;

/** A kind that stands above several labels. */
export interface Ancestor {
  /** WordNet's most usual word for it. */
  readonly label: string;
  /** Its WordNet sense key. */
  readonly sense: string;
  /** The labels below it. */
  readonly targets: readonly number[];
}

/** An answer that is less precise than a label. */
export interface RolledUp {
  readonly ancestor: Ancestor;
  /** Probability of the labels below it together. */
  readonly confidence: number;
}

/** Common WordNet ancestors of target labels. */
export class RollUp {
  readonly #taxonomy: Taxonomy;
  readonly #synsets: readonly (number | undefined)[];
  /** By the labels in doubt; and each kind once, whichever of its labels are. */
  readonly #found = new Map<string, Ancestor | null>();
  readonly #kinds = new Map<number, Ancestor>();

  /** @param senses per target its WordNet sense key, where it has one */
  constructor(wordnet: WordNet, senses: readonly (string | undefined)[]) {
    this.#taxonomy = new Taxonomy(wordnet);
    this.#synsets = senses.map((key) => (key === undefined ? undefined : wordnet.senseOfKey(key)?.synset));
  }

  /**
   * What to say of an image whose probability is split among labels of one kind.
   * @param probabilities of the T targets
   * @returns undefined where one label stands out, or the labels in doubt have nothing in common that is worth saying
   */
  of(probabilities: ArrayLike<number>): RolledUp | undefined {
    const rivals = rivalsOf(probabilities);
    if (rivals.length < 2 || rivals.length > MOST) return undefined;
    const ancestor = this.#ancestorOf(rivals);
    if (!ancestor) return undefined;
    const confidence = ancestor.targets.reduce((sum, target) => sum + probabilities[target], 0);
    return confidence < LEAST_MASS ? undefined : { ancestor, confidence: Math.min(1, confidence) };
  }

  #ancestorOf(targets: readonly number[]): Ancestor | undefined {
    const key = targets.join(' ');
    let found = this.#found.get(key);
    if (found === undefined) {
      found = this.#find(targets) ?? null;
      this.#found.set(key, found);
    }
    return found ?? undefined;
  }

  #find(targets: readonly number[]): Ancestor | undefined {
    const taxonomy = this.#taxonomy;
    const { wordnet } = taxonomy;
    let common = this.#synsets[targets[0]];
    for (const target of targets) {
      const synset = this.#synsets[target];
      if (common === undefined || synset === undefined) return undefined;
      common = taxonomy.commonAncestor(common, synset);
    }
    if (common === undefined) return undefined;
    const below = (above: number) =>
      this.#synsets.flatMap((synset, t) =>
        synset !== undefined && taxonomy.covers(above, synset) ? [t] : [],
      );
    const labels = below(common);
    // What is true of every label says nothing.
    if (labels.length === this.#synsets.length) return undefined;
    // Or the kind right above, where it is true of the same labels and has the word that people use: mammal, not placental.
    const alike = [common, ...wordnet.hypernyms(common)].filter(
      (above) => taxonomy.content(above) >= LEAST_CONTENT && below(above).length === labels.length,
    );
    const best = alike.find((synset) => this.#isUsed(synset)) ?? alike[0];
    if (best === undefined) return undefined;
    const known = this.#kinds.get(best);
    if (known) return known;
    const kind = { label: wordnet.lemmas(best)[0], sense: wordnet.key(best), targets: labels };
    this.#kinds.set(best, kind);
    return kind;
  }

  /** Whether the synset's first word stands for it in the texts that WordNet was tagged with. */
  #isUsed(synset: number): boolean {
    const { wordnet } = this.#taxonomy;
    return (wordnet.senseOfKey(wordnet.key(synset))?.tagCount ?? 0) > 0;
  }
}

/** The likeliest targets that cannot be told apart, in their own order. */
function rivalsOf(probabilities: ArrayLike<number>): number[] {
  let top = 0;
  for (let t = 0; t < probabilities.length; t++) top = Math.max(top, probabilities[t]);
  const rivals: number[] = [];
  for (let t = 0; t < probabilities.length && rivals.length <= MOST; t++) {
    if (top > 0 && probabilities[t] >= RIVAL * top) rivals.push(t);
  }
  return rivals;
}
