import type { PhraseSense } from './phraseSenses.ts';

/** One synset that a phrase of a label may mean. */
export interface Candidate {
  readonly synset: number;
  readonly key: string;
  /** The lemma that was looked up. */
  readonly form: string;
  /** Whether the whole phrase is the lemma, not only its head or another part. */
  readonly whole: boolean;
  readonly found: PhraseSense['found'];
  /** How plausible the sense is by itself; higher is better. */
  readonly prior: number;
}

/** A phrase of a label with the senses it may have. */
export interface Part {
  readonly phrase: string;
  readonly candidates: readonly Candidate[];
  /** Index of the sense chosen; -1 when the phrase has none. */
  chosen: number;
  /** How well each candidate fits, the other labels considered; set by {@link SenseChooser.choose}. */
  worth: readonly number[];
}

/** What a label may mean; labels such as `truck / bus` have several parts. */
export interface Meaning {
  readonly parts: readonly Part[];
  /** What of the name counts by its words and its spelling; empty where it names nothing. */
  readonly name: string;
  /** What reading the label and its hint brought up. */
  readonly notes: readonly LabelNote[];
  /** Whether a sense is of the kind that most labels of the set are of; absent where they are of many. */
  readonly isOfKind?: (synset: number) => boolean;
  /** The sense was given, not found. */
  readonly pinned?: true;
}

/** Of what is not looked up. */
export const nothing: Meaning = { name: '', parts: [], notes: [] };

/** Something a person should know about how a label was read: what of it means nothing, or something else than it says. */
export type LabelNote =
  /** A sentence or an instruction, not the name of a thing: nothing of it was looked up. */
  | { readonly kind: 'sentence' }
  /** Letters and digits that are no word: `T-09`, `A320`. */
  | { readonly kind: 'code'; readonly phrase: string }
  /** WordNet knows none of its words. */
  | { readonly kind: 'unknown'; readonly phrase: string }
  /** Read as a word that is spelled nearly the same. */
  | { readonly kind: 'respelled'; readonly from: string; readonly to: string }
  /** WordNet knows only what it is a kind of: `terrier` of `wheaten terrier`. */
  | { readonly kind: 'head-only'; readonly phrase: string; readonly head: string }
  /** WordNet knows only a word of it that says little of what it is: `stripe` of `striped`. */
  | { readonly kind: 'part-only'; readonly phrase: string; readonly part: string }
  /** WordNet knows it as a place or a person, or only a word of it; it is taken for another of what most labels are. */
  | { readonly kind: 'like-others'; readonly phrase: string; readonly others: string }
  /** The name of a person or a place, of which a backbone knows nothing. */
  | { readonly kind: 'proper-name'; readonly phrase: string }
  /** The hint decided between the senses that the name has. */
  | { readonly kind: 'hint-chose'; readonly hint: string }
  /** The label means what these phrases of the hint say, whatever its name means. */
  | { readonly kind: 'hint-meant'; readonly phrases: readonly string[] }
  /** WordNet knows no word of this phrase of the hint: it changes nothing. */
  | { readonly kind: 'hint-unknown'; readonly hint: string };

/** What is to be said about a meaning: what reading the label brought up, and what became of each of its phrases. */
export function labelNotes(
  { notes, parts }: Meaning,
  isInstance: (synset: number) => boolean,
): readonly LabelNote[] {
  return [
    ...notes,
    ...parts.flatMap((part) =>
      phraseNotes(part, part.candidates[part.chosen] as Candidate | undefined, isInstance),
    ),
  ];
}

function phraseNotes(
  { phrase }: Part,
  chosen: Candidate | undefined,
  isInstance: (synset: number) => boolean,
): LabelNote[] {
  if (!chosen) return [{ kind: 'unknown', phrase }];
  const found = chosen.form.replaceAll('_', ' ');
  if (chosen.found === 'respelled') return [{ kind: 'respelled', from: phrase, to: found }];
  if (chosen.found === 'siblings') return [{ kind: 'like-others', phrase, others: found }];
  if (chosen.found === 'head') return [{ kind: 'head-only', phrase, head: found }];
  if (chosen.found === 'part') return [{ kind: 'part-only', phrase, part: found }];
  return isInstance(chosen.synset) ? [{ kind: 'proper-name', phrase }] : [];
}
