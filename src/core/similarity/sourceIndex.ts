import type { LabelSpace } from '../labels/labelSpace.ts';
import { contentWords, plainText } from '../labels/labelText.ts';
import type { GlossVectors, SparseVector } from './glossVectors.ts';
import { type Mention, Mentions } from './mentions.ts';
import { plainTrigrams, trigrams } from './strings.ts';
import type { Taxonomy } from './taxonomy.ts';

/** What a source label means: a synset, and whether it is the label itself or only the class of its head noun. */
export interface SourceNode {
  readonly synset: number;
  readonly exact: boolean;
}

/** How one synset relates to every source, as rows over the S sources. */
export interface SynsetRows {
  /** Lin similarity. */
  readonly lin: Float32Array;
  /** Cosine of the glosses. */
  readonly gloss: Float32Array;
  /** 1 where the source is the synset or a kind of it. */
  readonly below: Uint8Array;
  /** 1 where the synset is a kind of the source. */
  readonly above: Uint8Array;
  /** 1 where they share a lemma, or a kind of the synset and the source do. */
  readonly lemma: Uint8Array;
  /** What definitions add that speak of the synset, and parts of it; absent where they are not asked. */
  readonly mentions?: Float32Array | undefined;
}

/** How the text of a label relates to every source. */
export interface TextRows {
  /** Share of the label's words, by idf, that the source's names contain. */
  readonly words: Float32Array;
  /** The same, of words with which one of the source's names ends: what it is a kind of. */
  readonly heads: Float32Array;
  /** Cosine of the label's words and the source's gloss. */
  readonly text: Float32Array;
  /** Trigram Dice with the most alike name of the source. */
  readonly spelling: Float32Array;
}

/** A common ancestor of less information content than this (artifact, whole) counts less: nearly everything is one. */
const SPECIFIC = 2.5;

/** How well a place or a material is represented that a source is said to belong to; no source is the thing itself. */
const MENTIONED = 0.8;

/**
 * The labels of one label space, indexed by everything that similarity asks for, so that a row of S values costs as
 * much as there are hits, not S comparisons.
 */
export class SourceIndex {
  readonly nodes: readonly (readonly SourceNode[])[];
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;
  readonly #size: number;
  /** Per synset the sources at or below it. */
  readonly #below = new Map<number, number[]>();
  /** Per synset the sources that are exactly it. */
  readonly #exact = new Map<number, number[]>();
  readonly #content: Float32Array;
  readonly #lemmas = new Map<string, Set<number>>();
  readonly #words = new Map<string, Set<number>>();
  readonly #heads = new Map<string, Set<number>>();
  readonly #trigrams = new Map<string, number[]>();
  readonly #forms: { readonly source: number; readonly size: number }[] = [];
  /** Per token the sources in whose gloss vector it stands, with their weights there: CSR. */
  readonly #postings: {
    readonly starts: Uint32Array;
    readonly sources: Uint32Array;
    readonly weights: Float32Array;
  };
  readonly #names = new Map<string, Set<number>>();
  readonly #mentions: Mentions;
  readonly #scratch: readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];
  readonly #rows = new Map<number, SynsetRows>();

  /** @param nodes what each source label means; empty where unknown or background. */
  constructor(
    space: LabelSpace,
    nodes: readonly (readonly SourceNode[])[],
    taxonomy: Taxonomy,
    glosses: GlossVectors,
  ) {
    this.nodes = nodes;
    this.#taxonomy = taxonomy;
    this.#glosses = glosses;
    this.#size = space.labels.length;
    this.#content = new Float32Array(this.#size);
    this.#scratch = [new Float32Array(this.#size), new Float32Array(this.#size)];
    const background = new Set(space.background);
    const vectors = space.labels.map((label, source) => {
      if (background.has(source)) return undefined;
      const names = [label.name, ...(label.synonyms ?? [])];
      for (const name of names) this.#addName(source, name);
      return this.#addNodes(source, names);
    });
    this.#postings = postingsOf(vectors, glosses.tokenCount);
    this.#mentions = new Mentions(
      taxonomy.wordnet,
      glosses,
      nodes.map(([node]) => node?.synset),
    );
  }

  /** The sources that are the synset or a kind of it. */
  kindsOf(synset: number): readonly number[] {
    return this.#below.get(synset) ?? [];
  }

  /** The strongest reason why a source has to do with a synset that is neither above nor below it. */
  mention(synset: number, source: number): Mention | undefined {
    return this.#mentions.best(synset, source);
  }

  /** Whether a source label is this synset under this very name. */
  isSource(synset: number, form: string): boolean {
    return this.#names.get(form)?.has(synset) ?? false;
  }

  /** 1 when a source lies below the synset, else the best mean of Lin and gloss similarity to a source. */
  represented(synset: number): number {
    if (this.#below.has(synset)) return 1;
    // Most senses are only asked this: nothing is kept of them.
    const lin = this.#scratch[0].fill(0);
    const gloss = this.#scratch[1].fill(0);
    this.#linRow(synset, lin);
    this.#cosines(this.#glosses.of(synset), gloss);
    let best = 0;
    for (let s = 0; s < this.#size; s++) {
      const value = lin[s] + gloss[s];
      if (value > best) best = value;
    }
    return Math.max(0.5 * best, MENTIONED * this.#mentions.most(synset));
  }

  /** Rows of one synset; kept until {@link forget}. */
  synset(synset: number): SynsetRows {
    let rows = this.#rows.get(synset);
    if (!rows) {
      rows = this.#compare(synset);
      this.#rows.set(synset, rows);
    }
    return rows;
  }

  /** Drops the kept rows. */
  forget(): void {
    this.#rows.clear();
  }

  /**
   * Rows of a label's text.
   * @param words the label's content words.
   * @param name the label as written.
   */
  text(words: ReadonlySet<string>, name: string): TextRows {
    const rows = {
      words: new Float32Array(this.#size),
      heads: new Float32Array(this.#size),
      text: this.#cosines(this.#glosses.ofText([...words].join(' '))),
      spelling: new Float32Array(this.#size),
    };
    let total = 0;
    for (const word of words) total += this.#glosses.idf(word);
    for (const word of words) {
      const share = this.#glosses.idf(word) / total;
      for (const s of this.#words.get(word) ?? []) rows.words[s] += share;
      for (const s of this.#heads.get(word) ?? []) rows.heads[s] += share;
    }
    const own = trigrams(name);
    const shared = new Uint16Array(this.#forms.length);
    for (const triple of own) for (const form of this.#trigrams.get(triple) ?? []) shared[form]++;
    this.#forms.forEach(({ source, size }, form) => {
      if (shared[form] === 0) return;
      rows.spelling[source] = Math.max(rows.spelling[source], (2 * shared[form]) / (own.size + size));
    });
    return rows;
  }

  /** Returns the source's gloss vector. */
  #addNodes(source: number, names: readonly string[]): SparseVector {
    const wordnet = this.#taxonomy.wordnet;
    const seen = new Set<number>();
    for (const { synset, exact } of this.nodes[source]) {
      this.#content[source] = Math.max(this.#content[source], this.#taxonomy.content(synset));
      for (const ancestor of wordnet.ancestors(synset)) {
        if (!seen.has(ancestor)) push(this.#below, ancestor, source);
        seen.add(ancestor);
      }
      if (!exact) continue;
      push(this.#exact, synset, source);
      for (const lemma of wordnet.lemmas(synset)) addTo(this.#lemmas, lemma.toLowerCase(), source);
    }
    const first = this.nodes[source][0];
    if (first?.exact) addTo(this.#names, plainText(names[0]).replaceAll(' ', '_'), first.synset);
    return first ? this.#glosses.of(first.synset) : this.#glosses.ofText(names.map(plainText).join(' '));
  }

  #addName(source: number, name: string): void {
    const plain = plainText(name);
    const words = contentWords(plain);
    for (const word of words) addTo(this.#words, word, source);
    if (words.length > 0) addTo(this.#heads, words.at(-1)!, source);
    const triples = plainTrigrams(plain);
    for (const triple of triples) push(this.#trigrams, triple, this.#forms.length);
    this.#forms.push({ source, size: triples.size });
  }

  #compare(synset: number): SynsetRows {
    const wordnet = this.#taxonomy.wordnet;
    const lin = new Float32Array(this.#size);
    const below = new Uint8Array(this.#size);
    const above = new Uint8Array(this.#size);
    const lemma = new Uint8Array(this.#size);
    this.#linRow(synset, lin);
    for (const ancestor of wordnet.ancestors(synset)) {
      if (ancestor !== synset) for (const s of this.#exact.get(ancestor) ?? []) above[s] = 1;
    }
    for (const s of this.#below.get(synset) ?? []) {
      below[s] = 1;
      above[s] = 0;
    }
    for (const word of wordnet.lemmas(synset)) {
      for (const s of this.#lemmas.get(word.toLowerCase()) ?? []) lemma[s] = 1;
    }
    // A kind of it may have the name of a source that WordNet keeps apart: the washbasin that is a sink, and the basin.
    for (const kind of this.#below.has(synset) ? [] : wordnet.hyponyms(synset)) {
      for (const word of wordnet.lemmas(kind)) {
        for (const s of this.#lemmas.get(word.toLowerCase()) ?? []) {
          if (wordnet.lexFile(this.nodes[s][0].synset) === wordnet.lexFile(kind)) lemma[s] = 1;
        }
      }
    }
    const gloss = this.#cosines(this.#glosses.of(synset));
    const mentions = this.#mentions.row(synset, this.#below.has(synset));
    return { lin, gloss, below, above, lemma, mentions };
  }

  /** Raises a row of zeros to the Lin similarities of a synset. */
  #linRow(synset: number, lin: Float32Array): void {
    const own = this.#taxonomy.content(synset);
    const content = this.#content;
    const ancestors = this.#taxonomy.wordnet.ancestors(synset);
    for (let i = 0; i < ancestors.length; i++) {
      const sources = this.#below.get(ancestors[i]);
      const shared = sources ? this.#taxonomy.content(ancestors[i]) : 0;
      const common = 2 * shared * Math.min(1, shared / SPECIFIC);
      if (!sources || common === 0) continue;
      for (let k = 0; k < sources.length; k++) {
        const s = sources[k];
        const value = common / (own + content[s]);
        if (value > lin[s]) lin[s] = value;
      }
    }
  }

  /** Adds to a row of zeros the cosines of a vector with the vectors of all sources. */
  #cosines(vector: SparseVector, cosines = new Float32Array(this.#size)): Float32Array {
    const { tokens, weights: own } = vector;
    const { starts, sources, weights } = this.#postings;
    for (let i = 0; i < tokens.length; i++) {
      const token = tokens[i];
      // A token that no source has may be newer than the index.
      if (token + 1 >= starts.length) continue;
      const weight = own[i];
      for (let k = starts[token]; k < starts[token + 1]; k++) cosines[sources[k]] += weight * weights[k];
    }
    return cosines;
  }
}

/** Plain loops: this runs once, before anything is compiled. */
function postingsOf(vectors: readonly (SparseVector | undefined)[], tokenCount: number) {
  const starts = new Uint32Array(tokenCount + 1);
  for (let source = 0; source < vectors.length; source++) {
    const tokens = vectors[source]?.tokens;
    if (tokens) for (let i = 0; i < tokens.length; i++) starts[tokens[i] + 1]++;
  }
  for (let token = 0; token < tokenCount; token++) starts[token + 1] += starts[token];
  const next = starts.slice();
  const sources = new Uint32Array(starts[tokenCount]);
  const weights = new Float32Array(sources.length);
  for (let source = 0; source < vectors.length; source++) {
    const vector = vectors[source];
    if (!vector) continue;
    const { tokens, weights: own } = vector;
    for (let i = 0; i < tokens.length; i++) {
      const at = next[tokens[i]]++;
      sources[at] = source;
      weights[at] = own[i];
    }
  }
  return { starts, sources, weights };
}

function push<K>(lists: Map<K, number[]>, key: K, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function addTo<K>(sets: Map<K, Set<number>>, key: K, value: number): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
