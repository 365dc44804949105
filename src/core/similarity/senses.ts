import type { Meaning, Part } from './meaning.ts';
import type { Relatedness } from './relatedness.ts';

/** How much the senses chosen for the other labels count. */
const COHERENCE = 1.5;

/** Decides which sense each label has, given the others. */
export class SenseChooser {
  readonly #related: Relatedness;

  constructor(related: Relatedness) {
    this.#related = related;
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
        row = Float32Array.from(synsets, (other) => this.#related.of(synset, other));
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
          return prior + COHERENCE * meanOfBest(neighbours, neighbourRows, synset, at);
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
