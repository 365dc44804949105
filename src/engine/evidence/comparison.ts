import { mcnemarExact } from '../../core/metrics/significance.ts';
import type { AlignmentComparison, ChangedImage } from '../../protocol/evidence.ts';
import type { PlacedImage } from '../classify/imageScorer.ts';
import type { ScoredAlignment } from './figures.ts';

/** Changed images that are named, at most. */
const NAMED = 10_000;

interface Side {
  readonly images: readonly PlacedImage[];
  readonly scored: ScoredAlignment;
}

/** Two alignments on the images that both have outputs for; labels are the same when they are called the same. */
export function compareScored(first: Side, second: Side): AlignmentComparison {
  const at = new Map(second.images.map(({ path }, i) => [path, i]));
  const labelOf = ({ labels }: ScoredAlignment, target: number) => labels[target] ?? '';
  const changed: (ChangedImage & { readonly decided: boolean })[] = [];
  const right: [number[], number[]] = [[], []];
  let images = 0;
  for (const [i, { path }] of first.images.entries()) {
    const j = at.get(path);
    if (j === undefined) continue;
    images++;
    const [a, b] = [first.scored, second.scored];
    const labels = [labelOf(a, a.predicted[i]), labelOf(b, b.predicted[j])] as const;
    const judged = a.truths[i] >= 0 && b.truths[j] >= 0;
    if (judged) {
      right[0].push(a.predicted[i] === a.truths[i] ? 1 : 0);
      right[1].push(b.predicted[j] === b.truths[j] ? 1 : 0);
    }
    if (labels[0] === labels[1]) continue;
    const truth = a.truths[i] >= 0 ? labelOf(a, a.truths[i]) : labelOf(b, b.truths[j]);
    const decided = judged && right[0].at(-1) !== right[1].at(-1);
    changed.push({ path, labels, ...(truth === '' ? {} : { truth }), decided });
  }
  const onlyRight = [0, 0] as [number, number];
  for (const [k, one] of right[0].entries()) {
    const other = right[1][k];
    if (one > other) onlyRight[0]++;
    if (other > one) onlyRight[1]++;
  }
  const judged = right[0].length;
  const named = changed.toSorted((a, b) => Number(b.decided) - Number(a.decided)).slice(0, NAMED);
  return {
    figures: [first.scored.figures, second.scored.figures],
    images,
    judged,
    onlyRight,
    p: judged === 0 ? null : mcnemarExact(right[0], right[1]),
    changed: changed.length,
    changedImages: named.map(({ decided: _, ...image }) => image),
  };
}
