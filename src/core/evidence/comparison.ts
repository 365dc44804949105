import { pairedP, unitCount, unitsOf } from '../metrics/units.ts';
import type { MappingFigures, ScoredAlignment } from './figures.ts';
import type { PlacedImage } from './imageScorer.ts';

/** An image for which two alignments predict different labels. */
export interface ChangedImage {
  /** Absolute path. */
  readonly path: string;
  /** Index in the targets of each alignment, -1 where it decides nothing. */
  readonly predicted: readonly [first: number, second: number];
  /** Index of the true target of each, -1 where it does not know it. */
  readonly truths: readonly [first: number, second: number];
  /** Its place among the images of each. */
  readonly places: readonly [first: number, second: number];
}

/** How many images of a label both sides have right. */
export interface TargetRecall {
  readonly label: string;
  /** Images of this label whose truth both know. */
  readonly images: number;
  readonly right: readonly [first: number, second: number];
}

/** Two alignments on the images that both have outputs for. */
export interface AlignmentComparison {
  readonly figures: readonly [first: MappingFigures, second: MappingFigures];
  /** Images in both. */
  readonly images: number;
  /** Images in both whose truth both know. */
  readonly judged: number;
  /** Of `judged`, how many only one of them has right. */
  readonly onlyRight: readonly [first: number, second: number];
  /** By true label, in the order of the first side's labels; only labels that have judged images. */
  readonly recalls: readonly TargetRecall[];
  /** Of `judged`, with near-duplicates as one; absent where nobody looked for them. */
  readonly units?: number | undefined;
  /** McNemar's exact two-sided p, in which near-duplicates are one image where they are known; null when nothing is judged. */
  readonly p: number | null;
  /** Images that another label is predicted for. */
  readonly changed: number;
  /** Of `changed` at most 10,000: first those that one of the two has right. */
  readonly changedImages: readonly ChangedImage[];
}

/** Changed images that are named, at most. */
const NAMED = 10_000;

interface Side {
  /** In both sides an image has the same path. */
  readonly images: readonly Pick<PlacedImage, 'path'>[];
  readonly scored: Pick<ScoredAlignment, 'labels' | 'predicted' | 'truths' | 'figures'>;
  /** Per image the number of its group of near-duplicates, negative for none; absent where nobody looked for them. */
  readonly groups?: ArrayLike<number> | undefined;
}

/** Two alignments on the images that both have outputs for; labels are the same when they are called the same. */
export function compareScored(first: Side, second: Side): AlignmentComparison {
  const at = new Map(second.images.map(({ path }, i) => [path, i]));
  const [a, b] = [first.scored, second.scored];
  const changed: (ChangedImage & { readonly decided: boolean })[] = [];
  const right: [number[], number[]] = [[], []];
  const isGrouped = first.groups !== undefined || second.groups !== undefined;
  const groups: number[] = [];
  const recalls = a.labels.map((label) => ({ label, images: 0, right: [0, 0] as [number, number] }));
  let images = 0;
  for (const [i, { path }] of first.images.entries()) {
    const j = at.get(path);
    if (j === undefined) continue;
    images++;
    const predicted = [a.predicted[i], b.predicted[j]] as const;
    const truths = [a.truths[i], b.truths[j]] as const;
    const isJudged = truths[0] >= 0 && truths[1] >= 0;
    if (isJudged) {
      right[0].push(predicted[0] === truths[0] ? 1 : 0);
      right[1].push(predicted[1] === truths[1] ? 1 : 0);
      groups.push(first.groups?.[i] ?? second.groups?.[j] ?? -1);
      const recall = recalls[truths[0]];
      recall.images++;
      for (const side of [0, 1] as const) recall.right[side] += right[side].at(-1) ?? 0;
    }
    if (a.labels[predicted[0]] === b.labels[predicted[1]]) continue;
    const decided = isJudged && right[0].at(-1) !== right[1].at(-1);
    changed.push({ path, predicted, truths, places: [i, j], decided });
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
    figures: [figuresOf(first), figuresOf(second)],
    images,
    judged,
    onlyRight,
    recalls: recalls.filter(({ images: judgedImages }) => judgedImages > 0),
    ...(isGrouped && { units: unitCount(groups, () => true) }),
    p: judged === 0 ? null : pairedP(right[0], right[1], unitsOf(groups)),
    changed: changed.length,
    changedImages: named.map(({ decided: _, ...image }) => image),
  };
}

/** With how many of its judged images are no near-duplicates of each other, where that is known. */
function figuresOf({ scored: { figures, truths }, groups }: Side): MappingFigures {
  return groups ? { ...figures, units: unitCount(groups, (i) => truths[i] >= 0) } : figures;
}
