import { percent } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';

/** How a shard answers otherwise than the others do for images of the same folders. */
export interface Drift {
  readonly shard: number;
  /** The label that is answered more or less often; undefined where it is how sure answers are. */
  readonly label?: string | undefined;
  /** The share of the label, or the mean confidence. */
  readonly here: number;
  readonly expected: number;
}

/** In words. */
export function driftText({ shard, label, here, expected }: Drift): Text {
  return label === undefined
    ? phrase(
        'Shard {0}: answers are {1} sure on average, where other shards are {2} sure on images of the same folders.',
        shard,
        percent(here),
        percent(expected),
      )
    : phrase(
        'Shard {0}: {1} of the answers are {2}, where it is {3} on images of the same folders in other shards.',
        shard,
        percent(here),
        label,
        percent(expected),
      );
}

/** Chance that a job without drift is said to have some, about. */
const ALPHA = 0.001;
/** Smaller differences matter to nobody, however certain they are. */
const LEAST = 0.05;
/** Shards with fewer images say little. */
const FEWEST = 30;

interface Counts {
  count: number;
  confidence: number;
  squared: number;
  readonly labels: Map<number, number>;
}

function none(): Counts {
  return { count: 0, confidence: 0, squared: 0, labels: new Map() };
}

/**
 * Compares the answers of each shard with those of all, image folder by image folder: shards follow the folders, so that
 * their labels differ anyway, and a folder that is in one shard alone says nothing. What is left is what a machine does
 * otherwise than the others.
 */
export class DriftCount {
  readonly #shards = new Map<number, Map<string, Counts>>();
  readonly #all = new Map<string, Counts>();

  /** @param place the folder of the image */
  add(shard: number, place: string, target: number, confidence: number): void {
    let own = this.#shards.get(shard);
    if (!own) {
      own = new Map();
      this.#shards.set(shard, own);
    }
    for (const counts of [countsAt(own, place), countsAt(this.#all, place)]) {
      counts.count++;
      counts.confidence += confidence;
      counts.squared += confidence * confidence;
      counts.labels.set(target, (counts.labels.get(target) ?? 0) + 1);
    }
  }

  /** The clearest difference of each shard that has one. */
  result(labels: readonly string[]): readonly Drift[] {
    const limit = twoSided(ALPHA / Math.max(1, this.#shards.size * (labels.length + 1)));
    const found: Drift[] = [];
    for (const [shard, places] of [...this.#shards].sort(([a], [b]) => a - b)) {
      const clearest = this.#differences(places, labels)
        .filter(({ z, here, expected }) => z > limit && Math.abs(here - expected) >= LEAST)
        .sort((a, b) => b.z - a.z)[0];
      if (clearest) found.push({ shard, ...clearest.what, here: clearest.here, expected: clearest.expected });
    }
    return found;
  }

  #differences(places: ReadonlyMap<string, Counts>, labels: readonly string[]) {
    let [images, compared] = [0, 0];
    const sureness = nothing();
    const shares = new Map<number, Difference>();
    for (const [place, own] of places) {
      const all = this.#all.get(place)!;
      const others = all.count - own.count;
      if (others === 0) continue;
      images += own.count;
      compared += others;
      // As if the shard's images were drawn from all of the folder.
      const left = (own.count * others) / Math.max(1, all.count - 1);
      const add = (to: Difference, here: number, total: number, variance: number) => {
        to.here += here;
        to.drawn += (own.count * total) / all.count;
        to.others += (own.count * (total - here)) / others;
        to.variance += left * variance;
      };
      const mean = all.confidence / all.count;
      add(sureness, own.confidence, all.confidence, Math.max(0, all.squared / all.count - mean * mean));
      for (const [target, count] of all.labels) {
        const of = shares.get(target) ?? nothing();
        const share = count / all.count;
        add(of, own.labels.get(target) ?? 0, count, share * (1 - share));
        shares.set(target, of);
      }
    }
    if (Math.min(images, compared) < FEWEST) return [];
    const found = (what: Pick<Drift, 'label'>, { here, drawn, others, variance }: Difference) => ({
      what,
      here: here / images,
      expected: others / images,
      z: Math.abs(here - drawn) / Math.sqrt(Math.max(variance, 1e-12)),
    });
    return [
      found({}, sureness),
      ...[...shares].flatMap(([target, of]) =>
        labels[target] === undefined ? [] : [found({ label: labels[target] }, of)],
      ),
    ];
  }
}

/** Sums over the images of a shard: what there is, what a draw from all gives, and what it would be as the others are. */
interface Difference {
  here: number;
  drawn: number;
  others: number;
  variance: number;
}

function nothing(): Difference {
  return { here: 0, drawn: 0, others: 0, variance: 0 };
}

function countsAt(places: Map<string, Counts>, place: string): Counts {
  let counts = places.get(place);
  if (!counts) {
    counts = none();
    places.set(place, counts);
  }
  return counts;
}

/** How many standard deviations a normal variable is away from its mean with a chance, to a thousandth; Winitzki's inverse of erf. */
function twoSided(chance: number): number {
  const a = 0.147;
  const log = Math.log(chance * (2 - chance));
  const half = 2 / (Math.PI * a) + log / 2;
  return Math.SQRT2 * Math.sqrt(Math.sqrt(half * half - log / a) - half);
}
