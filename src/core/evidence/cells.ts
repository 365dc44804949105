import type { AlignmentDocument, HeadKind } from '../alignments/alignment.ts';
import { type AlignmentPart, partsOf } from '../alignments/members.ts';
import { softmax } from '../mapping/scoring.ts';
import type { ImageScorer, ScoredImages } from './imageScorer.ts';

/** An image on which a source label is strong. */
export interface StrongImage {
  /** Absolute path. */
  readonly path: string;
  /** Softmax probability of the source label. */
  readonly probability: number;
  /** Whether the source label is the strongest of the image. */
  readonly fired: boolean;
  /** Index of the true target, -1 where it is not known. */
  readonly truth: number;
}

/** What images say about a target and a source. A source label fires on an image when it is the strongest of all. */
export interface CellEvidence {
  /** Images that were looked at. */
  readonly images: number;
  /** Images on which the source label fired. */
  readonly fired: number;
  /** Of those, how many have a known truth. */
  readonly judged: number;
  /** Of `judged`, how many truly are of the target. */
  readonly right: number;
  /** Images where the source label is among the three strongest, by probability, the highest first. */
  readonly strongest: readonly StrongImage[];
}

/** The cells that decided an image; where a head did, what the mapping alone has for its answer. */
export interface DecidingCells {
  /** The head that decided: cells do not explain it. */
  readonly head?: HeadKind | undefined;
  /** Index of the predicted target; -1 when no target has sources. */
  readonly target: number;
  /** Sources of that target with their share of its score in [0, 1], the largest first, and their softmax probability. */
  readonly cells: readonly {
    readonly source: number;
    readonly share: number;
    readonly probability: number;
  }[];
  /** Of several backbones, the strongest sources of each, with their probability among its own; absent where there is one. */
  readonly heard?: readonly { readonly source: number; readonly probability: number }[] | undefined;
  /** Of several backbones, how much of the score each has; they add up to 1. */
  readonly shares?: readonly number[] | undefined;
}

/** Deciding cells that are told. */
const TOLD = 5;
/** Strongest sources of each of several backbones that are told. */
const HEARD = 3;

/** What the images of a folder say about one target and one source. */
export function cellEvidence(
  { images, fired }: ScoredImages,
  scorer: ImageScorer,
  { target, source, strongest }: { target: number; source: number; strongest: number },
): CellEvidence {
  let count = 0;
  let judged = 0;
  let right = 0;
  const strong: { image: number; probability: number; fired: boolean }[] = [];
  for (const [image, sources] of fired.entries()) {
    const place = sources.findIndex((one) => one.source === source);
    if (place < 0) continue;
    strong.push({ image, probability: sources[place].probability, fired: place === 0 });
    if (place > 0) continue;
    count++;
    const truth = scorer.judgedBy(images[image]);
    if (truth < 0) continue;
    judged++;
    if (truth === target) right++;
  }
  strong.sort((a, b) => b.probability - a.probability);
  return {
    images: images.length,
    fired: count,
    judged,
    right,
    strongest: strong.slice(0, strongest).map(({ image, ...about }) => ({
      path: images[image].path,
      ...about,
      truth: scorer.truthOf(images[image]),
    })),
  };
}

/**
 * The sources that made the predicted target win: shares of its sum of weighted probabilities, and of weighted logits
 * above the least one where the mapping is linear; for the maximum, the one that attained it. Of several backbones, each
 * has its share of the score; sources are joined.
 * @param logits of one image [S]
 */
export function decidingCells(
  document: AlignmentDocument,
  target: number,
  logits: Float32Array,
): DecidingCells {
  const parts = partsOf(document);
  if (parts.length === 1) return decidingOf(document, target, logits);
  const carrying = parts.filter(({ targets }) => (targets[target]?.sources.length ?? 0) > 0);
  const weight = carrying.reduce((sum, part) => sum + part.weight, 0);
  const cells = carrying.flatMap((part) => {
    const own = logits.subarray(part.from, part.from + part.backbone.sourceCount);
    return decidingOf(part, target, own).cells.map((cell) => ({
      ...cell,
      source: part.from + cell.source,
      share: (cell.share * part.weight) / weight,
    }));
  });
  const heard = parts.flatMap(({ from, backbone: { sourceCount } }) => {
    const p = softmax(logits.subarray(from, from + sourceCount));
    const strongest = [...p.keys()].sort((a, b) => p[b] - p[a]).slice(0, HEARD);
    return strongest.map((source) => ({ source: from + source, probability: p[source] }));
  });
  const shares = parts.map((part) => (carrying.includes(part) ? part.weight / weight : 0));
  return { target, cells: cells.sort((a, b) => b.share - a.share).slice(0, TOLD), heard, shares };
}

function decidingOf(
  { targets, aggregation }: Pick<AlignmentPart, 'targets' | 'aggregation'>,
  target: number,
  logits: Float32Array,
): DecidingCells {
  const sources = targets[target]?.sources ?? [];
  const p = softmax(logits);
  const linear = aggregation.kind === 'linear' || aggregation.kind === 'mean-logits';
  const parts = sources.map(({ index, weight }) =>
    linear ? Math.max(0, weight * logits[index]) : Math.max(0, weight) * p[index],
  );
  const whole = parts.reduce((sum, part) => sum + part, 0);
  const cells = sources
    .map(({ index }, i) => ({
      source: index,
      share: whole > 0 ? parts[i] / whole : 0,
      probability: p[index],
    }))
    .sort((a, b) => b.share - a.share);
  if (aggregation.kind === 'max')
    return { target, cells: cells.slice(0, 1).map((c) => ({ ...c, share: 1 })) };
  return { target, cells: cells.slice(0, TOLD) };
}
