import type { Mapping } from './mapping.ts';
import { decidedTarget, MappingScorer } from './scoring.ts';

/** What a mapping predicts of N images. */
export interface Decisions {
  /** Per image what {@link decidedTarget} says: -1 where nothing is decided. */
  readonly predicted: Int32Array;
  /** Per image that score; -Infinity where there is none. */
  readonly scores: Float32Array;
}

/** The logits of N images, wherever they are kept. */
export interface ImageLogits {
  readonly images: { readonly length: number };
  /** All of them in order, each block row-major [n, S] and read before the next one is asked for. */
  blocks(): AsyncIterable<{
    readonly from: number;
    readonly images: { readonly length: number };
    readonly logits: Float32Array;
  }>;
  /** Of one image [S]. */
  row(image: number): Float32Array;
}

/** Images whose scores [256, T] are there at once: they stay in the processor's cache, and are few bytes for any T. */
const AT_ONCE = 256;

/** What scores say of every image. @param score gives [n, T] for a block of n images */
export async function decideBy<
  Block extends { readonly from: number; readonly images: { readonly length: number } },
>(
  blocks: AsyncIterable<Block>,
  count: number,
  T: number,
  score: (block: Block) => Float32Array,
): Promise<Decisions> {
  const decisions = { predicted: new Int32Array(count), scores: new Float32Array(count) };
  for await (const block of blocks) {
    const scores = score(block);
    for (let row = 0; row < block.images.length; row++) take(decisions, block.from + row, scores, row * T, T);
  }
  return decisions;
}

/** What a mapping predicts of every image. */
export async function decide(mapping: Mapping, logits: ImageLogits): Promise<Decisions> {
  const count = logits.images.length;
  const decisions = { predicted: new Int32Array(count), scores: new Float32Array(count) };
  const T = mapping.targets.length;
  await scoreInParts(mapping, logits, (scores, first, images) => {
    for (let row = 0; row < images; row++) take(decisions, first + row, scores, row * T, T);
  });
  return decisions;
}

/**
 * Decides again after an edit of few targets: only their scores are computed, and all scores of an image whose predicted
 * target lost by the edit. The result is that of {@link decide}, to the bit.
 * @param known what `before` decided from the same logits
 * @returns undefined where too much differs for that to be faster
 */
export async function decideAgain(
  mapping: Mapping,
  before: Mapping,
  known: Decisions,
  logits: ImageLogits,
): Promise<Decisions | undefined> {
  const edited = editedTargets(before, mapping);
  if (!edited || edited.length > mapping.targets.length / 4) return undefined;
  const decisions = { predicted: known.predicted.slice(), scores: known.scores.slice() };
  if (edited.length === 0) return decisions;
  const places = new Map(edited.map((target, place) => [target, place]));
  const lost: number[] = [];
  await scoreInParts(partOf(mapping, edited), logits, (scores, first, images) => {
    for (let row = 0; row < images; row++) {
      const image = first + row;
      const at = row * edited.length;
      const place = places.get(decisions.predicted[image]);
      const undecided = decisions.predicted[image] < 0;
      const slipped = place !== undefined && !(scores[at + place] >= decisions.scores[image]);
      if (undecided || slipped || mayBeUndecided(decisions.scores[image], scores, at, edited.length))
        lost.push(image);
      else challenge(decisions, image, edited, scores, at);
    }
  });
  decideRows(mapping, lost, logits, decisions);
  return decisions;
}

/** Whether all edited targets have the score of the best one, so that all targets may, or one of them is beyond all. */
function mayBeUndecided(best: number, scores: Float32Array, at: number, count: number): boolean {
  let equal = true;
  for (let k = at; k < at + count; k++) {
    const score = scores[k];
    if (!(score < Number.POSITIVE_INFINITY)) return true;
    if (score !== best && score !== Number.NEGATIVE_INFINITY) equal = false;
  }
  return equal;
}

/** An edited target takes an image whose best score it exceeds; its own new score replaces its old one. */
function challenge(
  { predicted, scores: best }: Decisions,
  image: number,
  edited: readonly number[],
  scores: Float32Array,
  at: number,
): void {
  let target = predicted[image];
  let top = best[image];
  for (let k = 0; k < edited.length; k++) {
    const value = scores[at + k];
    if (value > top || (value === top && edited[k] < target)) {
      top = value;
      target = edited[k];
    }
  }
  predicted[image] = target;
  best[image] = top;
}

/** Decides some images anew. */
function decideRows(mapping: Mapping, rows: readonly number[], logits: ImageLogits, into: Decisions): void {
  const { sourceCount: S } = mapping;
  const T = mapping.targets.length;
  const scorer = new MappingScorer(mapping);
  const some = new Float32Array(Math.min(AT_ONCE, rows.length) * S);
  for (let first = 0; first < rows.length; first += AT_ONCE) {
    const part = rows.slice(first, first + AT_ONCE);
    for (const [i, row] of part.entries()) some.set(logits.row(row), i * S);
    const scores = scorer.score(some, part.length);
    for (const [i, row] of part.entries()) take(into, row, scores, i * T, T);
  }
}

function take(
  { predicted, scores }: Decisions,
  image: number,
  from: Float32Array,
  at: number,
  T: number,
): void {
  const target = decidedTarget(from, at, T);
  predicted[image] = target;
  scores[image] = target < 0 ? Number.NEGATIVE_INFINITY : from[at + target];
}

/** @param use gets scores [n, T], the place of their first image, and n */
async function scoreInParts(
  mapping: Mapping,
  folder: ImageLogits,
  use: (scores: Float32Array, first: number, images: number) => void,
): Promise<void> {
  const { sourceCount: S } = mapping;
  const scorer = new MappingScorer(mapping);
  for await (const { from, images, logits } of folder.blocks()) {
    for (let first = 0; first < images.length; first += AT_ONCE) {
      const n = Math.min(AT_ONCE, images.length - first);
      use(scorer.score(logits.subarray(first * S, (first + n) * S), n), from + first, n);
    }
  }
}

/** The targets whose scores two mappings may tell differently; undefined where they are not about the same scores. */
function editedTargets(before: Mapping, after: Mapping): number[] | undefined {
  const T = after.targets.length;
  if (before.targets.length !== T || before.sourceCount !== after.sourceCount) return undefined;
  const [old, now] = [before.aggregation, after.aggregation];
  if (old !== now && JSON.stringify(old) !== JSON.stringify(now)) return undefined;
  const edited: number[] = [];
  for (let t = 0; t < T; t++) {
    const [a, b] = [before.targets[t], after.targets[t]];
    const same =
      a.length === b.length &&
      a.every(({ source, weight }, i) => source === b[i].source && weight === b[i].weight) &&
      (before.offsets?.[t] ?? 0) === (after.offsets?.[t] ?? 0);
    if (!same) edited.push(t);
  }
  return edited;
}

/** A mapping with only some of the targets. */
function partOf({ sourceCount, targets, aggregation, offsets }: Mapping, wanted: readonly number[]): Mapping {
  return {
    sourceCount,
    targets: wanted.map((target) => targets[target]),
    aggregation:
      aggregation.kind === 'linear'
        ? { kind: 'linear', bias: wanted.map((target) => aggregation.bias[target]) }
        : aggregation,
    ...(offsets ? { offsets: wanted.map((target) => offsets[target]) } : {}),
  };
}
