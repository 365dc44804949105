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
    let images = 0;
    let [here, expected, variance] = [0, 0, 0];
    const shares = new Map<number, { here: number; expected: number; variance: number }>();
    for (const [place, own] of places) {
      const all = this.#all.get(place)!;
      const others = all.count - own.count;
      if (others === 0) continue;
      images += own.count;
      // As if the shard's images were drawn from all of the folder.
      const left = (own.count * others) / Math.max(1, all.count - 1);
      const mean = all.confidence / all.count;
      here += own.confidence;
      expected += own.count * mean;
      variance += left * Math.max(0, all.squared / all.count - mean * mean);
      for (const [target, count] of all.labels) {
        const share = count / all.count;
        const of = shares.get(target) ?? { here: 0, expected: 0, variance: 0 };
        of.here += own.labels.get(target) ?? 0;
        of.expected += own.count * share;
        of.variance += left * share * (1 - share);
        shares.set(target, of);
      }
    }
    if (images < FEWEST) return [];
    const difference = (
      what: Pick<Drift, 'label'>,
      one: { here: number; expected: number; variance: number },
    ) => ({
      what,
      here: one.here / images,
      expected: one.expected / images,
      z: Math.abs(one.here - one.expected) / Math.sqrt(Math.max(one.variance, 1e-12)),
    });
    return [
      difference({}, { here, expected, variance }),
      ...[...shares].flatMap(([target, of]) =>
        labels[target] === undefined ? [] : [difference({ label: labels[target] }, of)],
      ),
    ];
  }
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
