import { contentWords, plainText } from '../labels/labelText.ts';
import type { PhraseSense, PhraseSenses } from './phraseSenses.ts';
import type { Taxonomy } from './taxonomy.ts';

/** What one phrase of a hint may mean. */
export interface HintedPhrase {
  readonly phrase: string;
  readonly senses: readonly PhraseSense[];
}

/** What a hint says about a label. */
export interface ReadHint {
  /**
   * The senses that it picks among those of the name, being a category or a context of them, or that it makes together
   * with the name: `baseball` of `bat`. Where it picks none, it is itself what the label means.
   */
  readonly picked: readonly PhraseSense[];
  /** The phrases that WordNet knows. */
  readonly phrases: readonly HintedPhrase[];
  /** Those that it does not know. */
  readonly unknown: readonly string[];
}

const separators = /\s*(?:[,;/|\n]|\bor\b|\band\b)\s*/;

/** A hint that is this many times as broad as a sense of the name, and of the same branch, names what the sense is a kind of. */
const CATEGORY = { broader: 5, lin: 0.3 };

/** Reads a hint: one phrase or several, with commas, semicolons, `/`, `|`, "and" or "or" between them. */
export function readHint(
  hint: string,
  names: readonly string[],
  phrases: PhraseSenses,
  taxonomy: Taxonomy,
): ReadHint {
  const said = phrases.lookUp(plainText(hint)).length > 0 ? [hint] : hint.split(separators);
  const unknown: string[] = [];
  const known: HintedPhrase[] = [];
  for (const phrase of new Set(said.map(plainText).filter(Boolean))) {
    // Of "Bengal cat" it is a cat, of "not cat" all but that.
    const senses = isDenial(phrase) ? [] : phrases.of(phrase).filter(({ qualifies }) => !qualifies);
    if (senses.length > 0) known.push({ phrase, senses });
    else unknown.push(phrase);
  }
  // Several phrases list what the label looks like.
  const [first, ...others] = known;
  const picked = first && others.length === 0 ? names.flatMap((name) => pickedSenses(first, name)) : [];
  return { picked, phrases: known, unknown };

  function isDenial(phrase: string): boolean {
    return /^(?:not|no|non|without) /.test(phrase) && phrases.lookUp(phrase).length === 0;
  }

  function pickedSenses(hinted: HintedPhrase, name: string): readonly PhraseSense[] {
    const compound = [`${hinted.phrase} ${name}`, `${name} ${hinted.phrase}`].find(
      (both) => phrases.lookUp(both).length > 0,
    );
    if (compound !== undefined) return phrases.lookUp(compound);
    return phrases
      .of(name)
      .filter(({ whole, sense }) => whole && !taxonomy.wordnet.isInstance(sense.synset))
      .filter((sense) => picks(hinted, sense, taxonomy));
  }
}

/** Whether a hint tells a sense of the name from its others. */
function picks(
  { phrase, senses }: HintedPhrase,
  { sense: { synset } }: PhraseSense,
  taxonomy: Taxonomy,
): boolean {
  const { wordnet } = taxonomy;
  // "crane: bird".
  if (senses.some(({ sense }) => taxonomy.covers(sense.synset, synset))) return true;
  // "mouse: computer", whose definition speaks of a computer screen.
  const words = contentWords(phrase);
  const gloss = contentWords(wordnet.gloss(synset));
  if (words.length > 0 && words.every((word) => gloss.includes(word))) return true;
  // "crane: machine".
  const least = CATEGORY.broader * wordnet.hyponymCount(synset);
  return senses.some(
    ({ whole, sense }) =>
      whole &&
      wordnet.hyponymCount(sense.synset) >= least &&
      taxonomy.lin(sense.synset, synset) >= CATEGORY.lin,
  );
}
