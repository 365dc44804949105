import { isCode, isSentence, levels } from '../labels/labelSpeech.ts';
import { plainText, readLabel, withoutNumbering } from '../labels/labelText.ts';
import { lexFiles, type WordNet } from '../labels/wordnet.ts';
import { readHint } from './hints.ts';
import { type Candidate, type LabelNote, type Meaning, nothing, type Part } from './meaning.ts';
import { type PhraseSense, PhraseSenses } from './phraseSenses.ts';
import type { Relatedness } from './relatedness.ts';
import { SenseChooser } from './senses.ts';
import { amongSentences, amongSiblings, dropOtherKinds, siblingKinds } from './siblings.ts';
import type { Taxonomy } from './taxonomy.ts';

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
  [lexFiles.location]: 0.6,
  [lexFiles.object]: 0.9,
  [lexFiles.person]: 0.8,
  19: 0.4,
  [lexFiles.plant]: 1,
  21: 0.1,
  22: 0.1,
  25: 0.4,
  [lexFiles.substance]: 0.6,
};

/** What the backbone's labels say about a sense. */
export interface SourceEvidence {
  /** How well the sense is represented among the source labels, in [0, 1]. */
  represented(synset: number): number;
  /** Whether a source label is this sense under this very name. */
  isSource(synset: number, form: string): boolean;
}

/** Weights of what speaks for a sense by itself. */
const priorWeights = {
  tag: 1,
  visible: 1,
  represented: 1,
  source: 0.5,
  instance: 1,
  hint: 1.5,
  late: 0.1,
};

/** What a sense gains that a hint picks. */
const PICKED = 1;

/** Looks labels up in WordNet: what each may mean, by itself. */
export class LabelReader {
  readonly #wordnet: WordNet;
  readonly #taxonomy: Taxonomy;
  readonly #related: Relatedness;
  readonly #phrases: PhraseSenses;
  readonly #senses: SenseChooser;

  constructor(taxonomy: Taxonomy, related: Relatedness) {
    this.#wordnet = taxonomy.wordnet;
    this.#taxonomy = taxonomy;
    this.#related = related;
    this.#phrases = new PhraseSenses(taxonomy.wordnet);
    this.#senses = new SenseChooser(related);
  }

  /** What the labels of a list mean, each given the others; nothing where there is none. */
  meanings(
    labels: readonly ((LabelHints & { readonly name: string }) | undefined)[],
    evidence: SourceEvidence,
  ): Meaning[] {
    const read = labels.map((label) => (label ? this.meaning(label.name, label, evidence) : nothing));
    this.#senses.choose(read);
    const alone = amongSentences(read);
    const kinds = siblingKinds(alone, this.#wordnet);
    if (!kinds) return alone;
    const together = alone.map((meaning) => amongSiblings(meaning, kinds, this.#phrases, this.#wordnet));
    this.#senses.choose(together);
    dropOtherKinds(together, kinds);
    return together;
  }

  /** The senses that a label may have, each with its prior; nothing is chosen yet but a pinned sense. */
  meaning(name: string, hints: LabelHints, evidence: SourceEvidence): Meaning {
    const pinned = hints.sense === undefined ? undefined : this.#wordnet.senseOfKey(hints.sense);
    if (!pinned) return this.#openMeaning(name, hints, evidence);
    const { synset, key } = pinned;
    const fixed = (phrase: string): Part => ({
      phrase,
      candidates: [{ synset, key, form: key.split('%')[0], whole: true, found: 'whole', prior: 0 }],
      chosen: 0,
      worth: [0],
    });
    const own = (part: Part) => part.candidates.some((candidate) => candidate.synset === synset);
    if (readLabel(name, (phrase) => this.#phrases.lookUp(phrase).length > 0).phrases.length > 1) {
      // Of "truck / bus" the sense is that of one of them.
      const { parts } = this.#openMeaning(name, hints, evidence);
      if (parts.some(own))
        return {
          name: withoutNumbering(name),
          notes: [],
          parts: parts.map((part) => (own(part) ? fixed(part.phrase) : part)),
        };
    }
    return { name: withoutNumbering(name), parts: [fixed(plainText(name))], notes: [], pinned: true };
  }

  #openMeaning(label: string, { hint }: LabelHints, evidence: SourceEvidence): Meaning {
    const isKnown = (phrase: string) => this.#phrases.lookUp(phrase).length > 0;
    const { named = label, state } = this.#subject(levels(label)) ?? {};
    const { whole, phrases: all, notes: inBrackets } = readLabel(named, isKnown);
    const nameless = isKnown(whole) ? undefined : this.#namesNothing(whole, all);
    const phrases = nameless ? [] : all;
    const name = nameless ? '' : withoutNumbering(named);
    const said = hint ? readHint(hint, phrases, this.#phrases, this.#taxonomy) : undefined;
    const { picked = [], phrases: hinted = [], unknown = [] } = said ?? {};
    const notes: LabelNote[] = unknown.map((phrase) => ({ kind: 'hint-unknown', hint: phrase }));
    if (picked.length === 0 && hinted.length > 0) {
      return {
        name,
        notes: [{ kind: 'hint-meant', phrases: hinted.map(({ phrase }) => phrase) }, ...notes],
        parts: hinted.map(({ phrase, senses }) => this.#part(phrase, senses, [], evidence)),
      };
    }
    if (nameless) notes.push(nameless);
    if (state !== undefined) notes.push({ kind: 'head-only', phrase: label, head: plainText(named) });
    for (const { phrase } of hinted) notes.push({ kind: 'hint-chose', hint: phrase });
    const context = [
      ...inBrackets.flatMap((note) => this.#phrases.of(note)),
      ...hinted.flatMap(({ senses }) => senses),
    ];
    return {
      name,
      notes,
      parts: phrases.map((phrase) => {
        const own = this.#phrases.of(phrase);
        // A note may replace a name that WordNet does not know, so its senses are candidates too.
        const found = own.some((sense) => sense.whole)
          ? own
          : [...own, ...context.map((sense) => ({ ...sense, penalty: sense.penalty + 0.2 }))];
        const rest = found.filter(({ sense }) =>
          picked.every((other) => other.sense.synset !== sense.synset),
        );
        const first = picked.map((sense) => ({ ...sense, penalty: sense.penalty - PICKED }));
        const part = this.#part(phrase, [...first, ...rest], context, evidence);
        if (state === undefined) return part;
        // All states of a thing are alike in what it is.
        return { ...part, candidates: part.candidates.map((candidate) => ({ ...candidate, whole: false })) };
      }),
    };
  }

  /** What is to be said of a label that is a sentence, a code or, by its last word, the name of a person or a place. */
  #namesNothing(whole: string, phrases: readonly string[]): LabelNote | undefined {
    if (isSentence(whole)) return { kind: 'sentence' };
    if (isCode(whole)) return { kind: 'code', phrase: whole };
    const heads = this.#phrases.of(whole).filter(({ found }) => found === 'head');
    const isName = heads.length > 0 && heads.every(({ sense }) => this.#wordnet.isInstance(sense.synset));
    return isName && phrases.length === 1 ? { kind: 'proper-name', phrase: whole } : undefined;
  }

  /** What a label with a state is the name of: the rose of `Rose___black_spot`; of `vehicle::car` it is all of the car. */
  #subject([first, ...rest]: readonly string[]): { named: string; state?: string } | undefined {
    const last = rest.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const senses = (text: string) => this.#phrases.lookUp(plainText(text)).map(({ sense }) => sense.synset);
    const kinds = senses(first);
    if (kinds.length === 0) return undefined;
    const isKind = senses(last).some((synset) => kinds.some((kind) => this.#taxonomy.covers(kind, synset)));
    return isKind ? { named: last } : { named: first, state: rest.join(' ') };
  }

  #part(
    phrase: string,
    found: readonly PhraseSense[],
    context: readonly PhraseSense[],
    evidence: SourceEvidence,
  ): Part {
    const candidates = found.map(
      (sense): Candidate => ({
        synset: sense.sense.synset,
        key: sense.sense.key,
        form: sense.form,
        whole: sense.whole,
        found: sense.found,
        // A single sense needs no reasons.
        prior: found.length === 1 ? 0 : this.#prior(sense, context, evidence),
      }),
    );
    return { phrase, candidates, chosen: candidates.length > 0 ? 0 : -1, worth: [] };
  }

  /** How many of a sense's names are more usual for it, at most 3: "trash" is hardly ever the drug. */
  #lateness(synset: number, form: string): number {
    const names = this.#wordnet.lemmas(synset).map((name) => name.toLowerCase().replaceAll(' ', '_'));
    return Math.min(3, Math.max(0, names.indexOf(form)));
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
      priorWeights.tag * tagShare +
      priorWeights.visible * (covered ? 1 : (visible[this.#wordnet.lexFile(synset)] ?? 0)) +
      priorWeights.represented * represented +
      (!qualifies && evidence.isSource(synset, form) ? priorWeights.source : 0) -
      (this.#wordnet.isInstance(synset) ? priorWeights.instance : 0) -
      penalty -
      priorWeights.late * this.#lateness(synset, form) +
      // The rare senses of a hint say less: a bird may be a shuttlecock.
      priorWeights.hint *
        Math.max(
          0,
          ...context.map((note) => (0.5 + 0.5 * note.tagShare) * this.#related.of(note.sense.synset, synset)),
        )
    );
  }
}
