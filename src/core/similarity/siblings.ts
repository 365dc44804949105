import { lexFiles, type WordNet } from '../labels/wordnet.ts';
import { type Candidate, type Meaning, nothing, type Part } from './meaning.ts';
import type { PhraseSenses } from './phraseSenses.ts';

/** What most labels of a set are. */
export interface SiblingKinds {
  /** Whether a sense is of their kind: below what most of them are, or in the lexicographer file of most. */
  readonly includes: (synset: number) => boolean;
  /** What another of them probably is, too: of dogs and some cats, a domestic animal. Absent where only the file is known. */
  readonly next?: number | undefined;
  /** Names of what several of them are: `cat`, `terrier`. */
  readonly nouns: readonly string[];
}

/** So many labels, and this share of them, make a set one of a kind. */
const LEAST_LABELS = 4;
const LEAST_SHARE = 0.75;
/** A kind with more than this share of all of WordNet's kinds says nothing: things, organisms, artifacts. */
const BROADEST = 1 / 16;
/** Artifacts are things of all kinds, and a glass is no less a glass among materials. */
const mixedFiles: ReadonlySet<number> = new Set([lexFiles.artifact, lexFiles.substance]);
/** A broader kind must add so many labels. */
const LEAST_MORE = 2;

/** The kinds that most labels whose whole name is known are of; undefined where they are of many. */
export function siblingKinds(meanings: readonly Meaning[], wordnet: WordNet): SiblingKinds | undefined {
  const counts = new Map<number, number>();
  const files = new Map<number, number>();
  let labels = 0;
  for (const { parts } of meanings) {
    const chosen = parts.flatMap(({ candidates, chosen: at }) =>
      candidates[at]?.whole ? [candidates[at]] : [],
    );
    if (chosen.length === 0 || chosen.some(({ synset }) => wordnet.isInstance(synset))) continue;
    labels++;
    const above = new Set(chosen.flatMap(({ synset }) => [...wordnet.ancestors(synset)]));
    const file = wordnet.lexFile(chosen[0].synset);
    files.set(file, (files.get(file) ?? 0) + 1);
    for (const synset of above) counts.set(synset, (counts.get(synset) ?? 0) + 1);
  }
  if (labels < LEAST_LABELS) return undefined;
  const isKind = (synset: number) => wordnet.hyponymCount(synset) <= wordnet.size * BROADEST;
  const kinds = [...counts.keys()]
    .filter((synset) => isKind(synset) && counts.get(synset)! >= LEAST_SHARE * labels)
    .sort((a, b) => wordnet.hyponymCount(a) - wordnet.hyponymCount(b));
  const shared = [...counts.keys()].filter((synset) => counts.get(synset)! > 1 && isKind(synset));
  const nouns = shared.flatMap((synset) => wordnet.lemmas(synset));
  const file = [...files.keys()].find(
    (one) => files.get(one)! >= LEAST_SHARE * labels && !mixedFiles.has(one),
  );
  const inFile = (synset: number) => wordnet.lexFile(synset) === file;
  if (kinds.length === 0) return file === undefined ? undefined : { includes: inFile, nouns };
  // From the narrowest up, as long as that takes in more of the labels.
  const next = kinds.reduce((best, kind) =>
    counts.get(kind)! - counts.get(best)! >= LEAST_MORE ? kind : best,
  );
  const kind = kinds.reduce((best, other) => (counts.get(other)! >= counts.get(best)! ? other : best));
  return { includes: (synset) => inFile(synset) || wordnet.ancestors(synset).includes(kind), next, nouns };
}

/** What a sense gains that is of the kind of the other labels. */
const OF_THEIR_KIND = 1;

/** What a label may mean among others of one kind, which it is probably of, too. */
export function amongSiblings(
  meaning: Meaning,
  { includes, next, nouns }: SiblingKinds,
  phrases: PhraseSenses,
  wordnet: WordNet,
): Meaning {
  if (meaning.pinned) return meaning;
  const hinted = meaning.notes.some((note) => note.kind === 'hint-meant');
  const among = (part: Part): Part => {
    const { phrase } = part;
    const candidates = part.candidates.map((candidate) =>
      includes(candidate.synset) ? { ...candidate, prior: candidate.prior + OF_THEIR_KIND } : candidate,
    );
    const named = candidates.filter(({ found, synset }) => found !== 'part' && !wordnet.isInstance(synset));
    if (hinted || named.some(({ synset }) => includes(synset))) return { ...part, candidates };
    // Among cats, Abyssinians are Abyssinian cats.
    const compound = nouns
      .flatMap((noun) => phrases.lookUp(`${phrase} ${noun.toLowerCase()}`))
      .find(({ sense }) => includes(sense.synset));
    const most = Math.max(0, ...candidates.map(({ prior }) => prior)) + OF_THEIR_KIND;
    const added = (synset: number, key: string, form: string, found: Candidate['found']) => ({
      ...part,
      candidates: [{ synset, key, form, found, whole: found === 'whole', prior: most }, ...candidates],
    });
    if (compound) return added(compound.sense.synset, compound.sense.key, compound.form, 'whole');
    // What has a meaning of its own is the odd one out, and nothing is known of what has none.
    if (named.length > 0 || candidates.length === 0 || next === undefined) return { ...part, candidates };
    const key = wordnet.key(next);
    return added(next, key, key.split('%')[0], 'siblings');
  };
  return { ...meaning, parts: meaning.parts.map(among), isOfKind: includes };
}

/** Where a label is of the kind of the others, its other senses are not plausible: a bat among ants and bees is no club. */
export function dropOtherKinds(meanings: readonly Meaning[], { includes }: SiblingKinds): void {
  for (const part of meanings.flatMap(({ parts }) => parts)) {
    if (part.chosen < 0 || !includes(part.candidates[part.chosen].synset)) continue;
    part.worth = part.worth.map((worth, i) =>
      includes(part.candidates[i].synset) ? worth : Number.NEGATIVE_INFINITY,
    );
  }
}

/** So many sentences, and this share of the labels, make what is no name a sentence, too. */
const LEAST_SENTENCES = 3;
const SENTENCE_SHARE = 1 / 8;

/** Among sentences (the texts of signs) a label of which only a word within is known is one, too: `Wild animals crossing`. */
export function amongSentences(meanings: readonly Meaning[]): Meaning[] {
  const sentences = meanings.filter(({ notes }) => notes.some(({ kind }) => kind === 'sentence')).length;
  const labels = meanings.filter((meaning) => meaning !== nothing).length;
  if (sentences < Math.max(LEAST_SENTENCES, SENTENCE_SHARE * labels)) return [...meanings];
  return meanings.map((meaning): Meaning => {
    const found = meaning.parts.map(({ candidates, chosen }) => candidates[chosen]?.found);
    const isSentence = found.length > 0 && found.every((how) => how === 'part');
    return isSentence ? { name: '', parts: [], notes: [...meaning.notes, { kind: 'sentence' }] } : meaning;
  });
}
