import { decodeTable, type Relation, relations, type WordNetTable } from './wordnetTable.ts';

/** One sense of a lemma. */
export interface Sense {
  readonly synset: number;
  /** `crane%1:05:00::`. */
  readonly key: string;
  /** Rank among the senses of its lemma in WordNet, from 1. */
  readonly number: number;
  /** How often the sense was tagged in SemCor. */
  readonly tagCount: number;
}

/** Numbers of the lexicographer files that rules ask for. */
export const lexFiles = {
  animal: 5,
  artifact: 6,
  food: 13,
  location: 15,
  object: 17,
  person: 18,
  plant: 20,
  substance: 27,
} as const;

/**
 * The nouns of WordNet as typed arrays. A synset is its row number, 0 to `size - 1`. Lemmas are looked up in lower
 * case with underscores; text is decoded when asked for.
 */
export class WordNet {
  readonly #table: WordNetTable;
  readonly #slots: Uint32Array;
  readonly #nextWord: Uint32Array;
  readonly #wordSenseStart: Uint32Array;
  readonly #wordSense: Uint32Array;
  readonly #senseSynset: Uint32Array;
  readonly #hyponymStart: Uint32Array;
  readonly #hyponym: Uint32Array;
  readonly #ancestors = new Map<number, Uint32Array>();
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  #irregular: Map<string, string> | undefined;
  #frequencies: Map<string, number> | undefined;

  /** @param bytes the inflated table, as written by `scripts/build-wordnet.ts`; kept, not copied. */
  constructor(bytes: Uint8Array) {
    const table = decodeTable(bytes);
    this.#table = table;
    const words = table.wordStart.length - 1;
    this.#slots = new Uint32Array(1 << Math.ceil(Math.log2(words * 2)));
    this.#nextWord = new Uint32Array(words);
    for (let word = 0; word < words; word++) {
      const slot = this.#hash(table.words, table.wordStart[word], table.wordStart[word + 1]);
      // A slot holds the head of a chain, plus one so that zero means empty.
      this.#nextWord[word] = this.#slots[slot];
      this.#slots[slot] = word + 1;
    }
    this.#senseSynset = new Uint32Array(table.senseWord.length);
    for (let synset = 0; synset < this.size; synset++) {
      this.#senseSynset.fill(synset, table.senseStart[synset], table.senseStart[synset + 1]);
    }
    [this.#wordSenseStart, this.#wordSense] = invert(table.senseWord, words);
    const child = new Uint32Array(table.hypernym.length);
    for (let synset = 0; synset < this.size; synset++) {
      child.fill(synset, table.hypernymStart[synset], table.hypernymStart[synset + 1]);
    }
    const [starts, positions] = invert(table.hypernym, this.size);
    this.#hyponymStart = starts;
    this.#hyponym = positions.map((position) => child[position]);
  }

  /** N: the number of noun synsets. */
  get size(): number {
    return this.#table.lexFile.length;
  }

  /** The senses of a lemma (any case, spaces or underscores) in WordNet's order; empty when it is not a noun here. */
  senses(lemma: string): Sense[] {
    const wanted = lemma.toLowerCase().replaceAll(' ', '_');
    const bytes = this.#encoder.encode(wanted);
    const found: Sense[] = [];
    for (let word = this.#slots[this.#hash(bytes, 0, bytes.length)]; word; word = this.#nextWord[word - 1]) {
      if (this.#length(word - 1) !== bytes.length || this.#word(word - 1).toLowerCase() !== wanted) continue;
      for (let k = this.#wordSenseStart[word - 1]; k < this.#wordSenseStart[word]; k++) {
        found.push(this.#sense(this.#wordSense[k], wanted));
      }
    }
    return found.sort((a, b) => a.number - b.number);
  }

  has(lemma: string): boolean {
    return this.senses(lemma).length > 0;
  }

  /** The sense that a key names; undefined when there is none. */
  senseOfKey(key: string): Sense | undefined {
    return this.senses(key.split('%')[0]).find((sense) => sense.key === key);
  }

  /** The synset of a WordNet 3.0 id such as `n02085620`; undefined when it is not a noun synset. */
  synsetOfWnid(wnid: string): number | undefined {
    if (!/^n\d{8}$/.test(wnid)) return undefined;
    const wanted = Number(wnid.slice(1));
    const { offset30, offset30Synset } = this.#table;
    let low = 0;
    let high = offset30.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (offset30[middle] === wanted) return offset30Synset[middle];
      if (offset30[middle] < wanted) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** The synset's WordNet 3.0 id; undefined for synsets new in 3.1. */
  wnid(synset: number): string | undefined {
    const at = this.#table.offset30Synset.indexOf(synset);
    return at < 0 ? undefined : `n${String(this.#table.offset30[at]).padStart(8, '0')}`;
  }

  /** The synset's words, cased and with spaces, the most usual first. */
  lemmas(synset: number): string[] {
    const { senseStart, senseWord } = this.#table;
    const out: string[] = [];
    for (let k = senseStart[synset]; k < senseStart[synset + 1]; k++) {
      out.push(this.#word(senseWord[k]).replaceAll('_', ' '));
    }
    return out;
  }

  /** The key of the synset's first word: a name of the synset. */
  key(synset: number): string {
    return this.#sense(this.#table.senseStart[synset]).key;
  }

  /** The definition, without examples. */
  gloss(synset: number): string {
    const { glossStart, glosses } = this.#table;
    return this.#decoder.decode(glosses.subarray(glossStart[synset], glossStart[synset + 1]));
  }

  /** Number of the lexicographer file (5 = animals, 6 = artifacts, ...). */
  lexFile(synset: number): number {
    return this.#table.lexFile[synset];
  }

  /** Whether it is an individual (Rome) and not a kind (city). */
  isInstance(synset: number): boolean {
    return this.#table.instance[synset] === 1;
  }

  hypernyms(synset: number): Uint32Array {
    const { hypernym, hypernymStart } = this.#table;
    return hypernym.subarray(hypernymStart[synset], hypernymStart[synset + 1]);
  }

  hyponyms(synset: number): Uint32Array {
    return this.#hyponym.subarray(this.#hyponymStart[synset], this.#hyponymStart[synset + 1]);
  }

  /** Wholes, parts and topic domains, see {@link relatedAs}. */
  related(synset: number): Uint32Array {
    const { related, relatedStart } = this.#table;
    return related.subarray(relatedStart[synset], relatedStart[synset + 1]);
  }

  /** Those related synsets that stand to it in one of these ways. */
  relatedAs(synset: number, ...ways: readonly Relation[]): Uint32Array {
    const { relation, relatedStart } = this.#table;
    const first = relatedStart[synset];
    return this.related(synset).filter((_, k) => ways.includes(relations[relation[first + k]]));
  }

  /** The synset and everything above it, nearest first. */
  ancestors(synset: number): Uint32Array {
    let found = this.#ancestors.get(synset);
    if (!found) {
      const seen = new Set([synset]);
      for (const s of seen) for (const parent of this.hypernyms(s)) seen.add(parent);
      found = Uint32Array.from(seen);
      this.#ancestors.set(synset, found);
    }
    return found;
  }

  /** Number of synsets below, the synset itself included. */
  hyponymCount(synset: number): number {
    return this.#table.hyponymCount[synset];
  }

  /** Singular of an irregular plural (`mice`); undefined for all other words. */
  irregularSingular(word: string): string | undefined {
    this.#irregular ??= new Map(pairs(this.#table.irregular));
    return this.#irregular.get(word);
  }

  /** The singular of a content word that is an irregular plural (`men`, or `shelve`, which is what stays of `shelves`). */
  singular(token: string): string {
    const stemmed = token.length > 4 && token.endsWith('ve');
    return this.irregularSingular(stemmed ? `${token}s` : token) ?? token;
  }

  /** ln(N / (1 + df)) of a content word over all glosses and lemmas. */
  idf(token: string): number {
    this.#frequencies ??= new Map(
      pairs(this.#table.frequencies).map(([word, count]) => [word, Number(count)]),
    );
    return Math.log(this.size / (1 + (this.#frequencies.get(token) ?? 1)));
  }

  #length(word: number): number {
    return this.#table.wordStart[word + 1] - this.#table.wordStart[word];
  }

  #word(word: number): string {
    const { words, wordStart } = this.#table;
    return this.#decoder.decode(words.subarray(wordStart[word], wordStart[word + 1]));
  }

  #sense(sense: number, lemma?: string): Sense {
    const { senseWord, senseLexId, senseNumber, senseTagCount, lexFile } = this.#table;
    const synset = this.#senseSynset[sense];
    const word = lemma ?? this.#word(senseWord[sense]).toLowerCase();
    const two = (value: number) => String(value).padStart(2, '0');
    return {
      synset,
      key: `${word}%1:${two(lexFile[synset])}:${two(senseLexId[sense])}::`,
      number: senseNumber[sense],
      tagCount: senseTagCount[sense],
    };
  }

  /** FNV-1a over the lower-cased bytes. */
  #hash(bytes: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      hash = Math.imul(hash ^ (byte >= 65 && byte <= 90 ? byte + 32 : byte), 0x01000193);
    }
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }
}

/** CSR of the positions at which each value below `count` stands. */
function invert(values: Uint32Array, count: number): [starts: Uint32Array, positions: Uint32Array] {
  const starts = new Uint32Array(count + 1);
  for (const value of values) starts[value + 1]++;
  for (let i = 0; i < count; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  const positions = new Uint32Array(values.length);
  for (let i = 0; i < values.length; i++) positions[next[values[i]]++] = i;
  return [starts, positions];
}

function pairs(lines: string): [string, string][] {
  return lines.split('\n').map((line) => line.split(' ', 2) as [string, string]);
}
