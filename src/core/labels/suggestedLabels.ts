import type { LabelSpace } from './labelSpace.ts';
import { lexFiles, type WordNet } from './wordnet.ts';

/** A source label that fires on images. */
export interface SuggestedKind {
  readonly label: string;
  /** Images that look most like it. */
  readonly images: number;
  /** Mean probability over all images, in [0, 1]. */
  readonly share: number;
}

/** A label that images suggest: a source label, or the word for several of a kind, such as `dog`. */
export interface SuggestedLabel extends SuggestedKind {
  /** Whether enough images look like it to propose it. */
  readonly proposed: boolean;
  /** The source labels that it stands for, the most frequent first; empty where it is one itself. */
  readonly kinds: readonly SuggestedKind[];
}

/** Labels that are named at most. */
const NAMED = 40;
/** Labels that are proposed at most. */
const PROPOSED = 20;
/** Of the images, so many must look like a label that is proposed. */
const LEAST_SHARE = 0.02;
/** From such a share on, a label stands for what it was gathered from, and one label is all that the images show. */
const NEARLY_ALL = 0.9;

/**
 * Labels for images, from what a backbone makes of them: the source labels that fire most. Those that WordNet has an
 * everyday word for are one label: twenty breeds are `dog`. Where that would be the only label, its kinds are.
 *
 * @param logits row-major [N, S]
 * @returns the most frequent first
 */
export function suggestedLabels(
  logits: Float32Array,
  space: LabelSpace,
  wordnet: WordNet,
): readonly SuggestedLabel[] {
  const S = space.labels.length;
  const N = logits.length / S;
  const shares = probabilities(logits, space);
  const synsets = space.labels.map(({ wnid }) =>
    wnid === undefined ? undefined : wordnet.synsetOfWnid(wnid),
  );
  const wholes = synsets.map((synset) => (synset === undefined ? [] : everydayWords(synset, wordnet)));
  const mostAre = (level: number) => grouped(shares, space, { wordnet, wholes, level });
  let found = mostAre(0);
  // What all images have in common tells none of them from another.
  for (let level = 1; found.length > 0 && isNearlyAll(found, N) && found[0].kinds.length > 1; level++)
    found = mostAre(level);
  const least = Math.max(Math.min(2, N), LEAST_SHARE * N);
  return found
    .slice(0, NAMED)
    .map((label, i) => ({ ...label, proposed: i === 0 || (i < PROPOSED && label.images >= least) }));
}

function isNearlyAll([first]: readonly SuggestedKind[], images: number): boolean {
  return first.images >= NEARLY_ALL * images;
}

/** Softmax of each row, without what means "nothing of these". */
function probabilities(logits: Float32Array, { labels, background }: LabelSpace): Float32Array {
  const S = labels.length;
  const shares = new Float32Array(logits.length);
  for (let row = 0; row < logits.length; row += S) {
    let top = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < S; s++) if (!background.includes(s)) top = Math.max(top, logits[row + s]);
    let sum = 0;
    for (let s = 0; s < S; s++) {
      const share = background.includes(s) ? 0 : Math.exp(logits[row + s] - top);
      shares[row + s] = share;
      sum += share;
    }
    for (let s = 0; s < S; s++) shares[row + s] /= sum;
  }
  return shares;
}

/**
 * The words that people use for a synset and what is like it, the widest first. WordNet counts how often a word was used
 * in its sense: what was never used (`feline`) or hardly for so many kinds (`vehicle`) is no word for a thing one sees.
 */
function everydayWords(synset: number, wordnet: WordNet): readonly number[] {
  const isWord = (one: number) => {
    const used = timesUsed(one, wordnet);
    const kinds = wordnet.hyponymCount(one);
    if (used === 0 || kinds === 1) return false;
    if (wordnet.lexFile(one) === lexFiles.animal) return kinds <= MOST_ANIMALS && used >= 0.01 * kinds;
    return kinds <= MOST_KINDS || used >= OFTEN * kinds;
  };
  return [...wordnet.ancestors(synset)]
    .filter(isWord)
    .sort((a, b) => wordnet.hyponymCount(b) - wordnet.hyponymCount(a));
}

/** `bird` has 872 kinds, `mammal` more. */
const MOST_ANIMALS = 900;
/** Other things are told apart earlier: `car` has 41 kinds and `truck` 24, `motor vehicle` 78. */
const MOST_KINDS = 60;
/** A word for more kinds is one that is used: `building` for 298 and `person` for 10,287, not `furniture` or `vehicle`. */
const OFTEN = 0.16;

function timesUsed(synset: number, wordnet: WordNet): number {
  return Math.max(
    ...wordnet
      .lemmas(synset)
      .map((lemma) => wordnet.senses(lemma).find((sense) => sense.synset === synset)?.tagCount ?? 0),
  );
}

/** @param level how many of the widest words are left out */
function grouped(
  shares: Float32Array,
  { labels }: LabelSpace,
  about: {
    readonly wordnet: WordNet;
    readonly wholes: readonly (readonly number[])[];
    readonly level: number;
  },
): Omit<SuggestedLabel, 'proposed'>[] {
  const { wordnet, wholes, level } = about;
  const S = labels.length;
  const bySource = meanOf(shares, S);
  const groups = new Map<string, number[]>();
  for (let s = 0; s < S; s++) {
    const whole = wholes[s][level];
    const key = whole === undefined ? `source ${s}` : `synset ${whole}`;
    groups.set(key, [...(groups.get(key) ?? []), s]);
  }
  const all = [...groups.values()];
  const groupOf = new Int32Array(S);
  for (const [g, sources] of all.entries()) for (const s of sources) groupOf[s] = g;
  const first = new Int32Array(S);
  const groupFirst = new Int32Array(all.length);
  const inGroup = new Float32Array(all.length);
  for (let row = 0; row < shares.length; row += S) {
    inGroup.fill(0);
    for (let s = 0; s < S; s++) inGroup[groupOf[s]] += shares[row + s];
    const best = largestOf(inGroup);
    groupFirst[best]++;
    const strongest = all[best].reduce((a, b) => (shares[row + b] > shares[row + a] ? b : a));
    first[strongest]++;
  }
  const kindOf = (s: number): SuggestedKind => ({
    label: labels[s].name,
    images: first[s],
    share: bySource[s],
  });
  return all
    .map((sources, g) => {
      const share = sources.reduce((sum, s) => sum + bySource[s], 0);
      const kinds = sources
        .filter((s) => first[s] > 0)
        .sort((a, b) => first[b] - first[a] || bySource[b] - bySource[a]);
      const word = wordFor(sources, { bySource, share, wordnet, wholes, level });
      const only =
        word === undefined ? sources.reduce((a, b) => (bySource[b] > bySource[a] ? b : a)) : undefined;
      return {
        label: only === undefined ? wordnet.lemmas(word!)[0] : labels[only].name,
        images: groupFirst[g],
        share,
        kinds: only === undefined ? kinds.map(kindOf) : [],
      };
    })
    .filter(({ images }) => images > 0)
    .sort((a, b) => b.images - a.images || b.share - a.share);
}

/** The narrowest word that says nearly all of what fired; undefined where that is one source label. */
function wordFor(
  sources: readonly number[],
  about: {
    readonly bySource: Float32Array;
    readonly share: number;
    readonly wordnet: WordNet;
    readonly wholes: readonly (readonly number[])[];
    readonly level: number;
  },
): number | undefined {
  const { bySource, share, wordnet, wholes, level } = about;
  if (sources.some((s) => bySource[s] >= NEARLY_ALL * share)) return undefined;
  const inWord = new Map<number, number>();
  for (const s of sources)
    for (const word of wholes[s].slice(level)) inWord.set(word, (inWord.get(word) ?? 0) + bySource[s]);
  return [...inWord]
    .filter(([, part]) => part >= NEARLY_ALL * share)
    .map(([word]) => word)
    .sort((a, b) => wordnet.hyponymCount(a) - wordnet.hyponymCount(b))[0];
}

function meanOf(shares: Float32Array, S: number): Float32Array {
  const mean = new Float32Array(S);
  for (let i = 0; i < shares.length; i++) mean[i % S] += shares[i];
  const N = shares.length / S;
  for (let s = 0; s < S; s++) mean[s] /= N;
  return mean;
}

function largestOf(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
