import { contentWords } from '../labels/labelText.ts';
import { lexFiles, type Sense, type WordNet } from '../labels/wordnet.ts';
import { type GlossVectors, TEXT_END } from './glossVectors.ts';

/** What a thing is decides what its definitions tell: in a place are things, of a material things are made. */
type Kind = 'place' | 'land' | 'material' | 'living' | 'thing';

/** Roots of what is a place where things are. */
const places = [
  'structure%1:06:00::',
  'way%1:06:00::',
  'facility%1:06:00::',
  'area%1:06:00::',
  'location%1:03:00::',
  'place_of_business%1:06:00::',
];

/** Roots of what lies under the sky and has no furniture: of it the tree says more than definitions. */
const lands = [
  'geological_formation%1:17:00::',
  'land%1:17:00::',
  'body_of_water%1:17:00::',
  'vegetation%1:14:00::',
];

/** What is or was alive: its definition tells of relatives, not of what it is seen with. */
const livingFiles: ReadonlySet<number> = new Set([
  lexFiles.animal,
  lexFiles.plant,
  lexFiles.food,
  lexFiles.person,
]);
const wildlife: ReadonlySet<number> = new Set([lexFiles.animal, lexFiles.plant]);

/** How much a mention counts that stands one level further above the source. */
const LEVEL = 0.7;
const LEVELS = 4;
/** Words of so much idf count fully. */
const FULL_IDF = 8;
/** A lemma that means the synset in half of its uses counts fully. */
const FULL_SHARE = 0.5;
/** A part, a member or a substance of the synset. */
const PART = 0.8;
/** Evidence of places and materials counts fully from here on: what is there, is there. */
const ENOUGH = 0.5;
/** Animals and plants tell where they live, but pictures of a place seldom show them. */
const WILDLIFE_IN_PLACE = 0.3;

/**
 * A place of which no definition speaks (a living room) looks like places beside it in the tree: a kind of thing that is
 * spoken of with so many of them (furniture) is in it, too. The kind may be so broad, a mention so unclear.
 */
const neighbours = { places: 3, kinds: 500, unclear: 0.25, silent: 0.3, value: 0.5 };

/** Weight of mentions in the score. A thing that has sources of its own needs them less. */
const weights = { place: 1, material: 1, thing: 0.4, thingWithSources: 0.15 };

/** Where a name or a definition says a word: of which synset, and where among its tokens (so that words that follow one another are of one text). */
interface Posting {
  readonly synset: number;
  readonly at: number;
}

/** Why a source is said to have to do with a synset. */
export type Mention =
  /** The definition or a name of `by` says the words. */
  | { readonly as: 'words'; readonly by: number; readonly words: string }
  /** `by` is a part, a member or a substance of it; or a kind of thing that is in places like it. */
  | { readonly as: 'part' | 'kind'; readonly by: number };

/**
 * What definitions tell that the tree does not: an oven is no kind of kitchen, but a "kitchen appliance used for baking".
 * The definitions and names of the sources, and of what is up to four levels above them, indexed by their words.
 */
export class Mentions {
  readonly #wordnet: WordNet;
  readonly #glosses: GlossVectors;
  readonly #size: number;
  readonly #wildlife: readonly boolean[];
  readonly #postings = new Map<number, Posting[]>();
  /** Per synset at or above sources: those sources, with the number of levels between. */
  readonly #under = new Map<number, { readonly source: number; readonly levels: number }[]>();
  readonly #places: ReadonlySet<number>;
  readonly #lands: ReadonlySet<number>;
  readonly #materialCounts = new Map<number, number>();

  /** @param sources per source what it is, where that is known. */
  constructor(wordnet: WordNet, glosses: GlossVectors, sources: readonly (number | undefined)[]) {
    this.#wordnet = wordnet;
    this.#glosses = glosses;
    this.#size = sources.length;
    const roots = (keys: readonly string[]) =>
      new Set(keys.flatMap((key) => wordnet.senseOfKey(key)?.synset ?? []));
    this.#places = roots(places);
    this.#lands = roots(lands);
    this.#wildlife = sources.map((synset) => synset !== undefined && wildlife.has(wordnet.lexFile(synset)));
    sources.forEach((synset, source) => {
      if (synset === undefined) return;
      const seen = new Map([[synset, 0]]);
      for (const [above, levels] of seen) {
        push(this.#under, above, { source, levels });
        if (levels < LEVELS)
          for (const up of wordnet.hypernyms(above)) if (!seen.has(up)) seen.set(up, levels + 1);
      }
    });
    for (const synset of this.#under.keys()) {
      const tokens = glosses.texts(synset);
      // A rock python is no rock: what an animal or a plant is called says little of what it is seen with.
      const named = wildlife.has(wordnet.lexFile(synset));
      for (let at = named ? tokens.lastIndexOf(TEXT_END, -2) + 1 : 0; at < tokens.length; at++) {
        if (tokens[at] !== TEXT_END) push(this.#postings, glosses.singular(tokens[at]), { synset, at });
      }
    }
  }

  /**
   * Per source what its definition, or one above it, adds to its score by speaking of the synset; undefined where definitions
   * are not asked.
   */
  row(synset: number, hasSources: boolean): Float32Array | undefined {
    const kind = this.#kind(synset);
    if (kind === 'land' || kind === 'living') return undefined;
    const weight = kind === 'thing' && hasSources ? weights.thingWithSources : weights[kind];
    const enough = kind === 'thing' ? 1 : ENOUGH;
    const row = new Float32Array(this.#size);
    for (const { by, strength } of this.#mentions(synset, kind)) {
      for (const { source, levels } of this.#under.get(by) ?? []) {
        const value = weight * Math.min(1, (strength * LEVEL ** levels) / enough);
        if (value > row[source]) row[source] = value;
      }
    }
    if (kind === 'place' && this.most(synset) < neighbours.silent) {
      for (const by of this.#kindsNearby(synset)) {
        for (const { source } of this.#under.get(by)!) row[source] = Math.max(row[source], neighbours.value);
      }
    }
    if (kind === 'place')
      for (let s = 0; s < row.length; s++) if (this.#wildlife[s]) row[s] *= WILDLIFE_IN_PLACE;
    return row;
  }

  /** How clearly the source that speaks most of a place or a material does, in [0, 1]; 0 for all else. */
  most(synset: number): number {
    const kind = this.#kind(synset);
    if (kind === 'land' || kind === 'living' || kind === 'thing') return 0;
    let most = 0;
    for (const { by, strength } of this.#mentions(synset, kind)) {
      if (strength <= most) continue;
      const levels = this.#under.get(by)?.reduce((least, under) => Math.min(least, under.levels), LEVELS);
      if (levels !== undefined) most = Math.max(most, strength * LEVEL ** levels);
    }
    return Math.min(1, most / ENOUGH);
  }

  /** The strongest mention that {@link row} counts for a source. */
  best(synset: number, source: number): Mention | undefined {
    const kind = this.#kind(synset);
    if (kind === 'land' || kind === 'living') return undefined;
    let best: { readonly mention: Mention; readonly value: number } | undefined;
    for (const { strength, ...mention } of this.#mentions(synset, kind)) {
      const levels = this.#under.get(mention.by)?.find((under) => under.source === source)?.levels;
      const value = levels === undefined ? 0 : strength * LEVEL ** levels;
      if (value > (best?.value ?? 0)) best = { mention, value };
    }
    if (best || kind !== 'place' || this.most(synset) >= neighbours.silent) return best?.mention;
    const under = (by: number) => this.#under.get(by)!.some((one) => one.source === source);
    const nearby = this.#kindsNearby(synset).find(under);
    return nearby === undefined ? undefined : { as: 'kind', by: nearby };
  }

  /** Kinds of thing that are spoken of with several of the places beside this one in the tree. */
  #kindsNearby(synset: number): number[] {
    const wordnet = this.#wordnet;
    const places = new Map<number, Set<number>>();
    const beside = [...wordnet.hypernyms(synset)].flatMap((above) => [...wordnet.hyponyms(above)]);
    for (const place of beside) {
      if (place === synset) continue;
      for (const { by, strength } of this.#mentions(place, 'place')) {
        if (strength < neighbours.unclear || !this.#under.has(by)) continue;
        for (const kind of wordnet.ancestors(by)) {
          const known = places.get(kind);
          if (known) known.add(place);
          else places.set(kind, new Set([place]));
        }
      }
    }
    return [...places.keys()].filter(
      (kind) =>
        places.get(kind)!.size >= neighbours.places &&
        this.#under.has(kind) &&
        wordnet.hyponymCount(kind) <= neighbours.kinds &&
        this.#kind(kind) === 'thing',
    );
  }

  #kind(synset: number): Kind {
    const wordnet = this.#wordnet;
    const above = wordnet.ancestors(synset);
    if (above.some((one) => this.#lands.has(one))) return 'land';
    const file = wordnet.lexFile(synset);
    if (file === lexFiles.location || above.some((one) => this.#places.has(one))) return 'place';
    if (file === lexFiles.substance) return 'material';
    return livingFiles.has(file) ? 'living' : 'thing';
  }

  /** What speaks of the synset, and how clearly, in (0, 1]; what the synset is a kind of is left to the tree. */
  #mentions(synset: number, kind: Kind): (Mention & { readonly strength: number })[] {
    const wordnet = this.#wordnet;
    const above = new Set(wordnet.ancestors(synset));
    const found: (Mention & { readonly strength: number })[] = [];
    for (const lemma of wordnet.lemmas(synset)) {
      const { tokens, idf } = this.#glosses.words(lemma);
      const clear = Math.min(1, idf / FULL_IDF) * Math.min(1, this.#share(lemma, synset) / FULL_SHARE);
      for (const by of this.#saying(tokens)) {
        // Of "wood or metal or plastic" each counts a third.
        const strength = kind === 'material' ? clear / this.#materials(by) : clear;
        if (!above.has(by)) found.push({ as: 'words', by, words: lemma, strength });
      }
    }
    for (const by of wordnet.relatedAs(synset, 'part', 'member', 'substance')) {
      if (!above.has(by)) found.push({ as: 'part', by, strength: PART });
    }
    return found;
  }

  /** Synsets at or above sources whose definition or name has the words one after the other. */
  #saying([first, ...rest]: readonly number[]): Set<number> {
    let hits = this.#postings.get(first) ?? [];
    rest.forEach((token, i) => {
      const next = this.#postings.get(token) ?? [];
      hits = hits.filter((hit) =>
        next.some(({ synset, at }) => synset === hit.synset && at === hit.at + i + 1),
      );
    });
    return new Set(hits.map(({ synset }) => synset));
  }

  /** Smoothed share of a lemma's tagged uses in which it means the synset. */
  #share(lemma: string, synset: number): number {
    const senses = this.#wordnet.senses(lemma);
    const total = senses.reduce((sum, { tagCount }) => sum + tagCount, 0);
    const own = senses.find((sense) => sense.synset === synset);
    return own ? (own.tagCount + 1) / (total + senses.length) : 0;
  }

  /** How many materials a definition names, at least 1. */
  #materials(synset: number): number {
    let count = this.#materialCounts.get(synset);
    if (count === undefined) {
      const words = [...new Set(contentWords(this.#wordnet.gloss(synset)))];
      const isMaterial = (word: string) => {
        const usual = this.#wordnet
          .senses(word)
          .reduce<Sense | undefined>((a, b) => (a && a.tagCount >= b.tagCount ? a : b), undefined);
        return usual !== undefined && this.#wordnet.lexFile(usual.synset) === lexFiles.substance;
      };
      count = Math.max(1, words.filter(isMaterial).length);
      this.#materialCounts.set(synset, count);
    }
    return count;
  }
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
