import { agreementsOf } from '../estimates/expectedAccuracy.ts';
import { logit } from '../logistic.ts';

/** What a ranking knows of a backbone that may be one of a pair. */
export interface PairCandidate {
  /** The share of its answers that is right, measured or expected, in [0, 1]. */
  readonly accuracy: number;
  /** Images in the same order, -1 where the answer is not known. */
  readonly answers: ArrayLike<number>;
}

/** Two backbones that may be better together than the better one of them alone. */
export interface WorthwhilePair<Candidate> {
  readonly backbones: readonly [Candidate, Candidate];
  /** Share of the images that both give the same answer for. */
  readonly agreement: number;
}

/** How far the second one may be behind, as logits: farther behind it costs more than it adds. */
const BEHIND = { measured: 0.15, expected: 0.4 } as const;
/** A backbone that is never or always right on a sample is not so for certain. */
const LEAST = 0.001;
/** Two that agree on so much are one model in two files, or both certain. */
const ALIKE = 0.98;

/**
 * Of the backbones that are about as good as the best one, the one that agrees least with it. Measured with
 * the pairs of docs/BENCHMARKS.md: about a point better than the best one where accuracies are measured, half of that else.
 * @param by what the accuracies are
 */
export function worthwhilePair<Candidate extends PairCandidate>(
  candidates: readonly Candidate[],
  by: keyof typeof BEHIND,
): WorthwhilePair<Candidate> | undefined {
  if (candidates.length < 2) return undefined;
  const best = candidates.reduce((top, one) => (one.accuracy > top.accuracy ? one : top));
  const near = candidates.filter(
    (one) => one !== best && logit(best.accuracy, LEAST) - logit(one.accuracy, LEAST) < BEHIND[by],
  );
  const pairs = near.map((second) => ({
    backbones: [best, second] as const,
    agreement: agreementsOf([best.answers, second.answers])[0],
  }));
  const [pair] = pairs.sort((a, b) => a.agreement - b.agreement);
  return pair && pair.agreement < ALIKE ? pair : undefined;
}
