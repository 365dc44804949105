import { contentWords, nounForms, plainText, readLabel } from '../labels/labelText.ts';
import { lexFiles, type Sense, type WordNet } from '../labels/wordnet.ts';
import type { GlossVectors } from './glossVectors.ts';
import type { Taxonomy } from './taxonomy.ts';

/** One synset that a phrase of a label may mean. */
export interface Candidate {
  readonly synset: number;
  readonly key: string;
  /** The lemma that was looked up. */
  readonly form: string;
  /** Whether the whole phrase is the lemma, not only its head or another part. */
  readonly whole: boolean;
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
  /** The sense was given, not found. */
  readonly pinned?: true;
}

/** What is known about a label besides its name. */
export interface LabelHints {
  readonly hint?: string | undefined;
  readonly sense?: string | undefined;
}

/**
 * Backbones that classify pictures know things one can see: how much a sense's lexicographer file speaks for it.
 * Files not listed count 0.
 */
const visible: Readonly<Record<number, number>> = {
  3: 0.3,
  [lexFiles.animal]: 1,
  [lexFiles.artifact]: 1,
  8: 0.7,
  10: 0.1,
  11: 0.1,
  [lexFiles.food]: 1,
  14: 0.2,
  15: 0.6,
  [lexFiles.object]: 0.9,
  [lexFiles.person]: 0.8,
  19: 0.4,
  [lexFiles.plant]: 1,
  21: 0.1,
  22: 0.1,
  25: 0.4,
  27: 0.6,
};

/** What the backbone's labels say about a sense. */
export interface SourceEvidence {
  /** How well the sense is represented among the source labels, in [0, 1]. */
  represented(synset: number): number;
  /** Whether a source label is this sense under this very name. */
  isSource(synset: number, form: string): boolean;
}

/** Weights of sense choice. */
const senseWeights = {
  tag: 1,
  visible: 1,
  represented: 1,
  source: 0.5,
  instance: 1,
  /** Per word less than the whole phrase. */
  head: 0.35,
  inner: 1.3,
  perWord: 0.15,
  /** Not the form as written: a plural looked up as its singular. */
  otherForm: 0.1,
  /** One letter off: `water lilly`. */
  respelt: 0.3,
  hint: 1.5,
  coherence: 1.5,
};

/** Words of a phrase that are looked at; a longer label is a text, not a name. */
const LONGEST_LABEL = 16;
/** Letters of a phrase that may be a name with a slip in it. */
const LONGEST_NAME = 60;

const functionWords = new Set(
  'a an the of or and in on to for with by from no not be is as at other'.split(' '),
);

/** Words that say where or from where a thing was seen, often last: `hangar outdoor`, `bus interior`. */
const whereabouts = new Set('indoor indoors outdoor outdoors interior exterior inside outside'.split(' '));

/** Phrases of which the senses are kept. */
const KNOWN_PHRASES = 20_000;

/** Looks labels up in WordNet and decides which sense each has, given the others. */
export class SenseChooser {
  readonly #wordnet: WordNet;
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;
  /** Labels share words. */
  readonly #known = new Map<string, readonly PhraseSense[]>();

  constructor(taxonomy: Taxonomy, glosses: GlossVectors) {
    this.#wordnet = taxonomy.wordnet;
    this.#taxonomy = taxonomy;
    this.#glosses = glosses;
  }

  /** How related two synsets are: the mean of Lin similarity and the cosine of their glosses. */
  related(a: number, b: number): number {
    const gloss = this.#glosses.cosine(this.#glosses.of(a), this.#glosses.of(b));
    return 0.5 * this.#taxonomy.lin(a, b) + 0.5 * gloss;
  }

  /**
   * The senses that a label may have, each with its prior; nothing is chosen yet but a pinned sense.
   */
  meaning(name: string, hints: LabelHints, evidence: SourceEvidence): Meaning {
    const pinned = hints.sense === undefined ? undefined : this.#wordnet.senseOfKey(hints.sense);
    if (!pinned) return this.#openMeaning(name, hints, evidence);
    const { synset, key } = pinned;
    const fixed = (phrase: string): Part => ({
      phrase,
      candidates: [{ synset, key, form: key.split('%')[0], whole: true, prior: 0 }],
      chosen: 0,
      worth: [0],
    });
    const own = (part: Part) => part.candidates.some((candidate) => candidate.synset === synset);
    if (readLabel(name, (phrase) => this.#lookUp(phrase).length > 0).phrases.length > 1) {
      // Of "truck / bus" the sense is that of one of them.
      const { parts } = this.#openMeaning(name, hints, evidence);
      if (parts.some(own)) return { parts: parts.map((part) => (own(part) ? fixed(part.phrase) : part)) };
    }
    return { parts: [fixed(plainText(name))], pinned: true };
  }

  #openMeaning(name: string, hints: LabelHints, evidence: SourceEvidence): Meaning {
    const text = readLabel(name, (phrase) => this.#lookUp(phrase).length > 0);
    const notes = [...text.notes, ...(hints.hint ? [plainText(hints.hint)] : [])].filter(Boolean);
    const context = notes.flatMap((note) => this.#phraseSenses(note));
    return {
      parts: text.phrases.map((phrase) => {
        const own = this.#phraseSenses(phrase);
        // A hint may replace a name that WordNet does not know, so its senses are candidates too.
        const found = own.some((sense) => sense.whole)
          ? own
          : [...own, ...context.map((sense) => ({ ...sense, penalty: sense.penalty + 0.2 }))];
        const candidates = found.map((sense) => ({
          synset: sense.sense.synset,
          key: sense.sense.key,
          form: sense.form,
          whole: sense.whole,
          // A single sense needs no reasons.
          prior: found.length === 1 ? 0 : this.#prior(sense, context, evidence),
        }));
        return { phrase, candidates, chosen: candidates.length > 0 ? 0 : -1, worth: [] };
      }),
    };
  }

  #prior(
    { sense, form, penalty, tagShare, qualifies }: PhraseSense,
    context: readonly PhraseSense[],
    evidence: SourceEvidence,
  ) {
    const { synset } = sense;
    const represented = evidence.represented(synset);
    const covered = represented === 1;
    return (
      senseWeights.tag * tagShare +
      senseWeights.visible * (covered ? 1 : (visible[this.#wordnet.lexFile(synset)] ?? 0)) +
      senseWeights.represented * represented +
      (!qualifies && evidence.isSource(synset, form) ? senseWeights.source : 0) -
      (this.#wordnet.isInstance(synset) ? senseWeights.instance : 0) -
      penalty +
      // The rare senses of a hint say less: a bird may be a shuttlecock.
      senseWeights.hint *
        Math.max(
          0,
          ...context.map((note) => (0.5 + 0.5 * note.tagShare) * this.related(note.sense.synset, synset)),
        )
    );
  }

  /**
   * Chooses one sense per part by coordinate ascent: a sense's worth is its prior plus its mean relatedness to the
   * closest senses chosen for the other labels. Deterministic; a few sweeps.
   */
  choose(meanings: readonly Meaning[]): void {
    const parts = meanings.flatMap((meaning) => meaning.parts);
    for (const part of parts) {
      part.worth = part.candidates.map((candidate) => candidate.prior);
      part.chosen = argmax(part.worth);
    }
    const open = parts.filter((part) => part.candidates.length > 1);
    const synsets = [
      ...new Set(open.flatMap((part) => part.candidates.map((candidate) => candidate.synset))),
    ];
    const column = new Map(synsets.map((synset, i) => [synset, i]));
    const rows = new Map<number, Float32Array>();
    const relatedTo = (synset: number): Float32Array => {
      let row = rows.get(synset);
      if (!row) {
        row = Float32Array.from(synsets, (other) => this.related(synset, other));
        rows.set(synset, row);
      }
      return row;
    };
    // By how many parts each sense is chosen: kept up to date, for looking through all parts takes time as their square.
    const chosen = new Map<number, number>();
    const count = ({ candidates, chosen: at }: Part, by: 1 | -1) => {
      if (at < 0) return;
      const { synset } = candidates[at];
      const left = (chosen.get(synset) ?? 0) + by;
      if (left > 0) chosen.set(synset, left);
      else chosen.delete(synset);
    };
    for (const part of parts) count(part, 1);
    let [neighbours, neighbourRows]: [number[], Float32Array[]] = [[], []];
    for (let sweep = 0, changed = true; changed && sweep < 5; sweep++) {
      changed = false;
      for (const part of open) {
        count(part, -1);
        // Mostly the same as before: many labels have the same senses.
        if (neighbours.length !== chosen.size || neighbours.some((synset) => !chosen.has(synset))) {
          neighbours = [...chosen.keys()];
          neighbourRows = neighbours.map(relatedTo);
        }
        const worth = part.candidates.map(({ synset, prior }) => {
          const at = column.get(synset)!;
          return prior + senseWeights.coherence * meanOfBest(neighbours, neighbourRows, synset, at);
        });
        const best = argmax(worth);
        part.worth = worth;
        if (best !== part.chosen) changed = true;
        part.chosen = best;
        count(part, 1);
      }
    }
  }

  /** Senses of a phrase: of all of it, or else of its parts, longest first. */
  #phraseSenses(phrase: string): PhraseSense[] {
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
        const missing = senseWeights.perWord * (words.length - length - 1);
        const penalty = whole ? 0 : (isHead ? senseWeights.head : senseWeights.inner) + missing;
        found.push(
          ...this.#lookUp(group.join(' ')).map((sense) => ({
            ...sense,
            whole,
            qualifies: !whole && !isHead,
            penalty: penalty + sense.penalty,
          })),
        );
      }
      if (length < words.length) continue;
      if (found.length === 0 && phrase.length >= 5 && phrase.length <= LONGEST_NAME) {
        const meant = respellings(phrase).find((spelling) => this.#lookUp(spelling).length > 0);
        for (const sense of meant ? this.#lookUp(meant) : []) {
          // A word that nearly is a name means something else.
          if (this.#wordnet.isInstance(sense.sense.synset)) continue;
          found.push({ ...sense, penalty: sense.penalty + senseWeights.respelt });
        }
      }
      if (found.length > 0) return found;
    }
    if (found.length > 0) return found;
    return words
      .flatMap((word) => baseWords(word))
      .flatMap((word) => this.#lookUp(word))
      .map((sense) => ({ ...sense, whole: false, penalty: 0.6 }));
  }

  /** Senses of the first form of a phrase that WordNet has, and of its irregular singular: men are also workers. */
  #lookUp(phrase: string): readonly PhraseSense[] {
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
    const singular = irregular(words.at(-1)!);
    const found = this.#firstForm(nounForms(phrase, irregular), 0);
    if (!singular) return found;
    const known = new Set(found.map(({ sense }) => sense.synset));
    const more = this.#firstForm(
      nounForms([...words.slice(0, -1), singular].join(' '), irregular),
      senseWeights.otherForm,
    );
    return [...found, ...more.filter(({ sense }) => !known.has(sense.synset))];
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
        penalty,
        // Smoothed share of the lemma's tagged uses; ties go to WordNet's order.
        tagShare: (sense.tagCount + 1 + 0.5 / (1 + rank)) / (total + senses.length + 1),
      }));
    }
    return [];
  }
}

interface PhraseSense {
  readonly sense: Sense;
  readonly form: string;
  readonly whole: boolean;
  /** It only says of what kind the head noun is: `desk` in `desk lamp`. */
  readonly qualifies?: boolean;
  readonly penalty: number;
  readonly tagShare: number;
}

/** Mean of the three best relations to the neighbours, a neighbour with the same synset left out. */
function meanOfBest(
  neighbours: readonly number[],
  rows: readonly Float32Array[],
  synset: number,
  at: number,
): number {
  let [first, second, third, count] = [0, 0, 0, 0];
  for (let i = 0; i < neighbours.length; i++) {
    if (neighbours[i] === synset) continue;
    const value = rows[i][at];
    count++;
    if (value > first) [first, second, third] = [value, first, second];
    else if (value > second) [second, third] = [value, second];
    else if (value > third) third = value;
  }
  return count === 0 ? 0 : (first + second + third) / Math.min(3, count);
}

function argmax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (best < 0 || value > values[best] ? i : best), -1);
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

/** Content words of a label together with the nouns they may come from. */
export function labelWords(text: string): Set<string> {
  const words = contentWords(text);
  return new Set([...words, ...words.flatMap(baseWords)]);
}
