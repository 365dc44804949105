import { plainText, readLabel } from '../labels/labelText.ts';
import { lexFiles, type WordNet } from '../labels/wordnet.ts';
import type { GlossVectors } from './glossVectors.ts';
import type { LabelNote, Meaning, Part } from './meaning.ts';
import { type PhraseSense, PhraseSenses } from './phraseSenses.ts';
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
  hint: 1.5,
  coherence: 1.5,
};

/** Looks labels up in WordNet and decides which sense each has, given the others. */
export class SenseChooser {
  readonly #wordnet: WordNet;
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;
  readonly #phrases: PhraseSenses;

  constructor(taxonomy: Taxonomy, glosses: GlossVectors) {
    this.#wordnet = taxonomy.wordnet;
    this.#taxonomy = taxonomy;
    this.#glosses = glosses;
    this.#phrases = new PhraseSenses(taxonomy.wordnet);
  }

  /** How related two synsets are: the mean of Lin similarity and the cosine of their glosses. */
  related(a: number, b: number): number {
    const gloss = this.#glosses.cosine(this.#glosses.of(a), this.#glosses.of(b));
    return 0.5 * this.#taxonomy.lin(a, b) + 0.5 * gloss;
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
        return { notes: [], parts: parts.map((part) => (own(part) ? fixed(part.phrase) : part)) };
    }
    return { parts: [fixed(plainText(name))], notes: [], pinned: true };
  }

  #openMeaning(name: string, hints: LabelHints, evidence: SourceEvidence): Meaning {
    const text = readLabel(name, (phrase) => this.#phrases.lookUp(phrase).length > 0);
    const notes = [...text.notes, ...(hints.hint ? [plainText(hints.hint)] : [])].filter(Boolean);
    const context = notes.flatMap((note) => this.#phrases.of(note));
    const said: LabelNote[] = hints.hint
      ? [{ kind: context.length > 0 ? 'hint-chose' : 'hint-unknown', hint: hints.hint }]
      : [];
    return {
      notes: said,
      parts: text.phrases.map((phrase) => {
        const own = this.#phrases.of(phrase);
        // A hint may replace a name that WordNet does not know, so its senses are candidates too.
        const found = own.some((sense) => sense.whole)
          ? own
          : [...own, ...context.map((sense) => ({ ...sense, penalty: sense.penalty + 0.2 }))];
        const candidates = found.map((sense) => ({
          synset: sense.sense.synset,
          key: sense.sense.key,
          form: sense.form,
          whole: sense.whole,
          found: sense.found,
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
