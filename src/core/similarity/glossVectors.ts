import { contentWords } from '../labels/tokens.ts';
import type { WordNet } from '../labels/wordnet.ts';

/** A sparse vector of unit length over tokens. */
export interface SparseVector {
  readonly tokens: Uint32Array;
  readonly weights: Float32Array;
}

/**
 * tf-idf vectors of synsets over their lemmas and definitions, with damped shares of what stands above, below and
 * beside them in WordNet, so that two short definitions can meet.
 */
export class GlossVectors {
  readonly #wordnet: WordNet;
  readonly #ids = new Map<string, number>();
  readonly #idf: number[] = [];
  readonly #own = new Map<number, Uint32Array>();
  readonly #vectors = new Map<number, SparseVector>();
  /** One vector spread out, for products with many others. */
  #dense = new Float32Array(1 << 14);
  #spread: SparseVector | undefined;

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
  }

  of(synset: number): SparseVector {
    let vector = this.#vectors.get(synset);
    if (!vector) {
      vector = this.#build(synset);
      this.#vectors.set(synset, vector);
    }
    return vector;
  }

  /** The vector of free text. */
  ofText(text: string): SparseVector {
    const counts = new Map<number, number>();
    for (const token of contentWords(text)) add(counts, this.#id(token), 1);
    return this.#normalise(counts);
  }

  /** Cosine of two vectors of this object, in [0, 1]. Cheap when `a` stays the same. */
  cosine(a: SparseVector, b: SparseVector): number {
    if (this.#spread !== a) {
      if (this.#spread) for (const token of this.#spread.tokens) this.#dense[token] = 0;
      if (this.#dense.length < this.#ids.size) this.#dense = new Float32Array(2 * this.#ids.size);
      a.tokens.forEach((token, i) => {
        this.#dense[token] = a.weights[i]!;
      });
      this.#spread = a;
    }
    let sum = 0;
    const { tokens, weights } = b;
    for (let i = 0; i < tokens.length; i++) sum += (this.#dense[tokens[i]!] ?? 0) * weights[i]!;
    return sum;
  }

  /** ln(N / (1 + df)). */
  idf(token: string): number {
    return this.#wordnet.idf(token);
  }

  #build(synset: number): SparseVector {
    const wordnet = this.#wordnet;
    const counts = new Map<number, number>();
    const borrow = (from: number, share: number) => {
      for (const token of this.#tokens(from)) add(counts, token, share);
    };
    borrow(synset, 1);
    let level = [...wordnet.hypernyms(synset)];
    for (let share = 0.5; share > 0.05 && level.length > 0; share /= 2) {
      for (const ancestor of level) borrow(ancestor, share);
      level = level.flatMap((ancestor) => [...wordnet.hypernyms(ancestor)]);
    }
    const below = wordnet.hyponyms(synset);
    for (const hyponym of below.subarray(0, 40)) borrow(hyponym, 0.3 / Math.sqrt(1 + below.length));
    for (const other of wordnet.related(synset).subarray(0, 20)) borrow(other, 0.3);
    return this.#normalise(counts);
  }

  #tokens(synset: number): Uint32Array {
    let own = this.#own.get(synset);
    if (!own) {
      const text = `${this.#wordnet.lemmas(synset).join(' ')} ${this.#wordnet.gloss(synset)}`;
      own = Uint32Array.from(contentWords(text), (token) => this.#id(token));
      this.#own.set(synset, own);
    }
    return own;
  }

  #id(token: string): number {
    let id = this.#ids.get(token);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(token, id);
      this.#idf.push(this.#wordnet.idf(token));
    }
    return id;
  }

  /** sqrt(tf) idf, scaled to unit length. */
  #normalise(counts: ReadonlyMap<number, number>): SparseVector {
    const tokens = Uint32Array.from(counts.keys());
    const weights = Float32Array.from(tokens, (token) => Math.sqrt(counts.get(token)!) * this.#idf[token]!);
    const norm = Math.hypot(...weights) || 1;
    return { tokens, weights: weights.map((weight) => weight / norm) };
  }
}

function add(counts: Map<number, number>, token: number, amount: number): void {
  counts.set(token, (counts.get(token) ?? 0) + amount);
}
