import { contentWords, nounForms, singulars } from '../labels/labelText.ts';
import type { Sense, WordNet } from '../labels/wordnet.ts';

/** A sense that a phrase may have, and how far it is from what is written. */
export interface PhraseSense {
  readonly sense: Sense;
  readonly form: string;
  readonly whole: boolean;
  /**
   * As what it was found: as it is written, as what it was misspelled for, by its last noun, by another word, or only as
   * what the other labels are.
   */
  readonly found: 'whole' | 'respelled' | 'head' | 'part' | 'siblings';
  /** It only says of what kind the head noun is: `desk` in `desk lamp`. */
  readonly qualifies?: boolean;
  readonly penalty: number;
  readonly tagShare: number;
}

/** What a sense loses where it is not that of the whole phrase as it is written. */
const penalties = {
  /** Per word less than the whole phrase. */
  head: 0.35,
  inner: 1.3,
  perWord: 0.15,
  /** Not the form as written: a plural looked up as its singular. */
  otherForm: 0.1,
  /** One letter off: `water lilly`. */
  respelt: 0.3,
};

/** Words of a phrase that are looked at; a longer label is a text, not a name. */
const LONGEST_LABEL = 16;
/** Letters of a phrase that may be a name with a slip in it. */
const LONGEST_NAME = 60;

/** Letters of a word that is still known with two slips in it, with any one letter that is wrong, or a syllable left out. */
const LONGER_WORD = 7;

/** Endings of words that are probably no nouns at all. */
const adjective = /(?:al|[^e]ar|ed|ful|ic|ine|ing|ish|ive|less|like|ous|y)$/;

const functionWords = new Set(
  'a an the of or and in on to for with by from no not be is as at other'.split(' '),
);

/** Words that say where or from where a thing was seen, often last: `hangar outdoor`, `bus interior`. */
const whereabouts = new Set('indoor indoors outdoor outdoors interior exterior inside outside'.split(' '));

/** Phrases of which the senses are kept. */
const KNOWN_PHRASES = 20_000;

/** Looks phrases up in WordNet: as they are, by their parts, by what they may be misspelled for. */
export class PhraseSenses {
  readonly #wordnet: WordNet;
  /** Labels share words. */
  readonly #known = new Map<string, readonly PhraseSense[]>();

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
  }

  /** Senses of a phrase: of all of it, or else of its parts, longest first. */
  of(phrase: string): PhraseSense[] {
    const words = phrase.split(' ').slice(0, LONGEST_LABEL);
    const found: PhraseSense[] = [];
    const headEnd = 1 + words.findLastIndex((word, i) => i === 0 || !whereabouts.has(word));
    for (let length = words.length; length > 0; length--) {
      for (let start = 0; start + length <= words.length; start++) {
        const group = words.slice(start, start + length);
        if (length === 1 && functionWords.has(group[0])) continue;
        if (length === 1 && words.length > 1 && whereabouts.has(group[0])) continue;
        const whole = length === words.length;
        const isHead = start + length === headEnd;
        const missing = penalties.perWord * (words.length - length - 1);
        const penalty = whole ? 0 : (isHead ? penalties.head : penalties.inner) + missing;
        found.push(
          ...this.lookUp(group.join(' ')).map(
            (sense): PhraseSense => ({
              ...sense,
              whole,
              found: whole ? 'whole' : isHead ? 'head' : 'part',
              qualifies: !whole && !isHead,
              penalty: penalty + sense.penalty,
            }),
          ),
        );
      }
      if (length < words.length) continue;
      if (found.length === 0 && phrase.length >= 5 && phrase.length <= LONGEST_NAME) {
        for (const sense of this.#respelled(phrase)) {
          // A word that nearly is a name means something else.
          if (this.#wordnet.isInstance(sense.sense.synset)) continue;
          // Two words written as one are no slip.
          const slip = sense.form.replaceAll(/[_-]/g, '') !== phrase.replaceAll(' ', '');
          found.push({
            ...sense,
            found: slip ? 'respelled' : 'whole',
            penalty: sense.penalty + penalties.respelt,
          });
        }
      }
      if (found.length > 0) return found;
    }
    if (found.length > 0) return found;
    return words
      .flatMap((word) => baseWords(word))
      .flatMap((word) => this.lookUp(word))
      .map((sense) => ({ ...sense, whole: false, found: 'part', penalty: 0.6 }));
  }

  /** Senses of what a phrase may be misspelled for: one slip, or in a longer word two, any one letter, or a syllable. */
  #respelled(phrase: string): readonly PhraseSense[] {
    const known = (spellings: readonly string[]) =>
      spellings.filter((spelling) => this.#wordnet.senses(spelling.replaceAll(' ', '_')).length > 0);
    const first = respellings(phrase);
    let meant = known(first).slice(0, 1);
    if (
      meant.length === 0 &&
      phrase.length >= LONGER_WORD &&
      !phrase.includes(' ') &&
      !adjective.test(phrase)
    ) {
      meant = known(first.flatMap((spelling) => (spelling.includes(' ') ? [] : respellings(spelling)))).slice(
        0,
        1,
      );
      // The other labels tell a motorcycle from a monocycle.
      if (meant.length === 0) meant = known(otherLetters(phrase));
      if (meant.length === 0) meant = known(longerBySyllable(phrase));
    }
    return meant.flatMap((spelling) => this.lookUp(spelling));
  }

  /** Senses of the first form of a phrase that WordNet has, and of its irregular singular: men are also workers. */
  lookUp(phrase: string): readonly PhraseSense[] {
    let found = this.#known.get(phrase);
    if (!found) {
      if (this.#known.size >= KNOWN_PHRASES) this.#known.clear();
      found = this.#sensesOf(phrase);
      this.#known.set(phrase, found);
    }
    return found;
  }

  #sensesOf(phrase: string): readonly PhraseSense[] {
    const irregular = (word: string) => this.#wordnet.irregularSingular(word);
    const words = phrase.split(' ');
    const last = words.at(-1)!;
    const found = this.#firstForm(nounForms(phrase, irregular), 0);
    const known = new Set(found.map(({ sense }) => sense.synset));
    // A plural that is a word of its own (shoes, glasses, men) does not hide its singular.
    for (const one of found.some(({ form }) => form.endsWith(last)) ? singulars(last, irregular) : []) {
      const singular = nounForms([...words.slice(0, -1), one].join(' '), irregular);
      const more = this.#firstForm(singular, penalties.otherForm);
      const fresh = more.filter(({ sense }) => !known.has(sense.synset));
      if (fresh.length > 0) return [...found, ...fresh];
    }
    return found;
  }

  #firstForm(forms: readonly string[], penalty: number): PhraseSense[] {
    for (const form of forms) {
      const senses = this.#wordnet.senses(form);
      if (senses.length === 0) continue;
      const total = senses.reduce((sum, sense) => sum + sense.tagCount, 0);
      return senses.map((sense, rank) => ({
        sense,
        form,
        whole: true,
        found: 'whole',
        penalty,
        // Smoothed share of the lemma's tagged uses; ties go to WordNet's order.
        tagShare: (sense.tagCount + 1 + 0.5 / (1 + rank)) / (total + senses.length + 1),
      }));
    }
    return [];
  }
}

/** Nouns that an adjective or participle may come from: `striped` - `stripe`, `rocky` - `rock`. */
function baseWords(word: string): string[] {
  const cut = (length: number, ending = '') => word.slice(0, -length) + ending;
  const forms: string[] = [];
  if (/ied$/.test(word)) forms.push(cut(3, 'y'));
  if (/(.)\1ed$/.test(word)) forms.push(cut(3));
  if (/ed$/.test(word)) forms.push(cut(1), cut(2));
  if (/(.)\1y$/.test(word)) forms.push(cut(2));
  if (/y$/.test(word)) forms.push(cut(1), cut(1, 'e'));
  if (/like$/.test(word)) forms.push(cut(4));
  if (/ous$/.test(word)) forms.push(cut(3), cut(3, 'e'));
  if (/.{5}ine$/.test(word)) forms.push(cut(3));
  if (/ing$/.test(word)) forms.push(cut(3), cut(3, 'e'));
  return forms.filter((form) => form.length > 2);
}

/** Spellings one slip away: a letter doubled or not, two letters swapped, a hyphen or space left out or put in. */
function respellings(phrase: string): string[] {
  const spellings = new Set<string>();
  for (let i = 1; i < phrase.length; i++) {
    const [head, tail] = [phrase.slice(0, i), phrase.slice(i)];
    if (phrase[i] === phrase[i - 1]) spellings.add(head + tail.slice(1));
    spellings.add(`${head}-${tail}`);
    spellings.add(`${head} ${tail}`);
    spellings.add(head + phrase[i - 1] + tail);
    if (phrase[i] !== ' ' && phrase[i - 1] !== ' ') {
      spellings.add(phrase.slice(0, i - 1) + phrase[i] + phrase[i - 1] + phrase.slice(i + 1));
    }
  }
  return [...spellings];
}

/** Spellings with one letter more, less or another, the first left alone. */
function otherLetters(word: string): string[] {
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  return [...word].flatMap((_, i) => {
    if (i === 0) return [];
    const [head, tail] = [word.slice(0, i), word.slice(i + 1)];
    return [
      head + tail,
      ...letters.flatMap((letter) => [head + letter + word.slice(i), head + letter + tail]),
    ];
  });
}

/** Spellings with a vowel and a consonant more, or the other way round, inside the word: `outwear` for outerwear. */
function longerBySyllable(word: string): string[] {
  const syllables = [...'aeiou'].flatMap((vowel) =>
    [...'bcdfghjklmnpqrstvwxyz'].flatMap((consonant) => [vowel + consonant, consonant + vowel]),
  );
  return [...word]
    .slice(1)
    .flatMap((_, i) => syllables.map((syllable) => word.slice(0, i + 1) + syllable + word.slice(i + 1)));
}

/** Content words of a label together with the nouns they may come from. */
export function labelWords(text: string): Set<string> {
  const words = contentWords(text);
  return new Set([...words, ...words.flatMap(baseWords)]);
}
