import { binomialTail } from '../metrics/significance.ts';

/** Images from which on a likelihood can be relied on, and how high it must be; with fewer images. */
const MANY_IMAGES = 6;
const SURE = 0.7;
const SURE_WITH_FEW = 0.85;
/** The guess was made for reasons of its own. */
const SURE_OF_GUESS = 0.5;
/** Share of images, and Cohen's kappa, by which two preparations are told apart: where they answer alike, either will do. */
const ALIKE = 0.95;
const ALIKE_BEYOND_CHANCE = 0.8;
/** What is right no more often than so probable by chance, is right by chance. */
const CHANCE = 0.01;

/** A preparation, as it was measured. */
export interface Seen {
  readonly likelihood: number | undefined;
  /** The strongest output for each image. */
  readonly tops: readonly number[];
  /** It is the one that was guessed. */
  readonly guessed: boolean;
}

/** Why nothing is sure: others are as likely, or none is right more often than by chance. */
export type Doubt = 'near' | 'chance';

export interface Sureness {
  /** How likely the likeliest preparation is right, or answers as the right one does. */
  readonly sureness: number;
  readonly sure: boolean;
  /** Absent where it is sure. */
  readonly doubt?: Doubt;
}

/**
 * How sure it is that the likeliest of several preparations is right.
 * @param known of the images of known classes, in the likeliest preparation: how many are right, and how many each class has
 */
export function surenessOf(
  candidates: readonly Seen[],
  images: number,
  known?: { readonly right: number; readonly perClass: readonly number[] },
): Sureness {
  const best = candidates.reduce((most, one) =>
    (one.likelihood ?? 0) > (most.likelihood ?? 0) ? one : most,
  );
  const sureness = candidates.reduce(
    (sum, one) => (one === best || areAlike(one.tops, best.tops, images) ? sum + (one.likelihood ?? 0) : sum),
    0,
  );
  if (known && isChance(known.right, known.perClass)) return { sureness, sure: false, doubt: 'chance' };
  const least = images < MANY_IMAGES ? SURE_WITH_FEW : best.guessed ? SURE_OF_GUESS : SURE;
  return sureness >= least ? { sureness, sure: true } : { sureness, sure: false, doubt: 'near' };
}

/** Whether answers are the same, and not only because most images get one and the same answer. */
function areAlike(a: readonly number[], b: readonly number[], images: number): boolean {
  const same = a.filter((top, i) => top === b[i]).length / images;
  if (same < ALIKE) return false;
  const counts = new Map<number, number>();
  for (const top of a) counts.set(top, (counts.get(top) ?? 0) + 1);
  const byChance = b.reduce((sum, top) => sum + (counts.get(top) ?? 0), 0) / images ** 2;
  return byChance < 1 && (same - byChance) / (1 - byChance) >= ALIKE_BEYOND_CHANCE;
}

/** Whether as many might be right where every image gets the answer that is most often right. */
function isChance(right: number, perClass: readonly number[]): boolean {
  const total = perClass.reduce((sum, count) => sum + count, 0);
  const share = Math.max(...perClass) / total;
  // Of so few images not even all would show anything.
  if (!(share < 1) || share ** total > CHANCE) return false;
  return binomialTail(right, total, share) > CHANCE;
}
