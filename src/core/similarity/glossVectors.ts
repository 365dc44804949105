import { contentWords } from '../labels/labelText.ts';
import type { WordNet } from '../labels/wordnet.ts';

/** A sparse vector of unit length over tokens. */
export interface SparseVector {
  readonly tokens: Uint32Array;
  readonly weights: Float32Array;
}

/** Ends a name or a definition among tokens. */
export const TEXT_END = 0xffffffff;

/**
 * tf-idf vectors of synsets over their lemmas and definitions, with damped shares of what stands above, below and
 * beside them in WordNet, so that two short definitions can meet.
 */
export class GlossVectors {
  readonly #wordnet: WordNet;
  readonly #ids = new Map<string, number>();
  readonly #idf: number[] = [];
  /** Per token that of its singular, where it is an irregular plural; else itself. */
  readonly #singular: number[] = [];
  readonly #texts = new Map<number, Uint32Array>();
  readonly #vectors = new Map<number, SparseVector>();
  /** One vector spread out, for products with many others. */
  #dense = new Float32Array(1 << 14);
  #spread: SparseVector | undefined;
  /** Per token how often it stands in the vector that is being built, and those tokens that do. */
  #counts = new Float64Array(1 << 14);
  readonly #counted: number[] = [];

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
  }

  /** Tokens of all vectors so far are below this. */
  get tokenCount(): number {
    return this.#ids.size;
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
    for (const token of contentWords(text)) this.#count(this.#id(token), 1);
    return this.#normalised();
  }

  /** Cosine of two vectors of this object, in [0, 1]. Cheap when `a` stays the same. */
  cosine(a: SparseVector, b: SparseVector): number {
    if (this.#spread !== a) {
      if (this.#spread) for (const token of this.#spread.tokens) this.#dense[token] = 0;
      if (this.#dense.length < this.#ids.size) this.#dense = new Float32Array(2 * this.#ids.size);
      a.tokens.forEach((token, i) => {
        this.#dense[token] = a.weights[i];
      });
      this.#spread = a;
    }
    let sum = 0;
    const { tokens, weights } = b;
    for (let i = 0; i < tokens.length; i++) sum += (this.#dense[tokens[i]] ?? 0) * weights[i];
    return sum;
  }

  /** The tokens of a synset's names and of its definition, each text with {@link TEXT_END} behind it. */
  texts(synset: number): Uint32Array {
    let tokens = this.#texts.get(synset);
    if (!tokens) {
      const found: number[] = [];
      for (const text of [...this.#wordnet.lemmas(synset), this.#wordnet.gloss(synset)]) {
        for (const word of contentWords(text)) found.push(this.#id(word));
        found.push(TEXT_END);
      }
      tokens = Uint32Array.from(found);
      this.#texts.set(synset, tokens);
    }
    return tokens;
  }

  /** The tokens of a text with their idf, irregular plurals by their singular ({@link singular}). */
  words(text: string): { readonly tokens: readonly number[]; readonly idf: number } {
    const tokens = contentWords(text).map((word) => this.singular(this.#id(word)));
    return { tokens, idf: tokens.reduce((sum, token) => sum + this.#idf[token], 0) };
  }

  /** Of `men` and `shelves` the token of `man` and `shelf`. */
  singular(token: number): number {
    return this.#singular[token];
  }

  /** ln(N / (1 + df)). */
  idf(token: string): number {
    return this.#wordnet.idf(token);
  }

  #build(synset: number): SparseVector {
    const wordnet = this.#wordnet;
    const borrow = (from: number, share: number) => {
      const tokens = this.texts(from);
      for (let i = 0; i < tokens.length; i++) if (tokens[i] !== TEXT_END) this.#count(tokens[i], share);
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
    return this.#normalised();
  }

  #id(token: string): number {
    let id = this.#ids.get(token);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(token, id);
      this.#idf.push(this.#wordnet.idf(token));
      this.#singular.push(id);
      const singular = this.#wordnet.singular(token);
      if (singular !== token) this.#singular[id] = this.#id(singular);
    }
    return id;
  }

  #count(token: number, amount: number): void {
    if (token >= this.#counts.length) {
      const wider = new Float64Array(2 * token);
      wider.set(this.#counts);
      this.#counts = wider;
    }
    if (this.#counts[token] === 0) this.#counted.push(token);
    this.#counts[token] += amount;
  }

  /** sqrt(tf) idf of what was counted, scaled to unit length; counting starts again. */
  #normalised(): SparseVector {
    const tokens = Uint32Array.from(this.#counted);
    const weights = new Float32Array(tokens.length);
    let square = 0;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      const weight = Math.sqrt(this.#counts[token]) * this.#idf[token];
      this.#counts[token] = 0;
      weights[i] = weight;
      square += weight * weight;
    }
    this.#counted.length = 0;
    const norm = Math.sqrt(square) || 1;
    for (let i = 0; i < weights.length; i++) weights[i] /= norm;
    return { tokens, weights };
  }
}
