import { type AnswerSigns, hasSigns, SignCount } from '../estimates/answerSigns.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { decidedTarget, MappingScorer } from '../mapping/scoring.ts';
import { hScores } from '../metrics/transferability/hScore.ts';
import { leep, nce } from '../metrics/transferability/leepAndNce.ts';
import { logMe } from '../metrics/transferability/logMe.ts';
import type { SemanticMatrix } from '../similarity/similarity.ts';

/** What a backbone made of a sample of images. */
export interface SampleOutputs {
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D]; undefined where penultimate features are not to be had. */
  readonly features?: Float32Array | undefined;
  /** Length N: target index, -1 where unknown. */
  readonly truths: Int32Array;
  /** From the backbone's source labels to the targets. */
  readonly mapping: Mapping;
}

/** What a sample says about a backbone; null where it cannot say it. */
export interface BackboneScores {
  /** Images that were scored. */
  readonly images: number;
  /** Of them, those whose truth is known. */
  readonly labelled: number;
  /** Of them, with near-duplicates as one: what an interval counts. Absent in records of earlier versions. */
  readonly units?: number | undefined;
  /** Zero-shot, over the labelled images; null too where only one label can be predicted. */
  readonly accuracy: number | null;
  readonly leep: number | null;
  readonly nce: number | null;
  readonly logMe: number | null;
  /** The regularised one, which holds for few images too. */
  readonly hScore: number | null;
  /** The unregularised one; only where there are more images than features. */
  readonly plainHScore: number | null;
  /** What the images show without labels; absent where only one label can be predicted, and in records of earlier versions. */
  readonly signs?: AnswerSigns | undefined;
}

/** Scores, and per image the answer (-1 where nothing is decided), and whether it was right: 1, 0, or -1 where nobody knows. */
export interface ScoredSample {
  readonly scores: BackboneScores;
  readonly answers: Int32Array;
  readonly right: Int8Array;
}

/** Scores a backbone by its outputs. The transferability scores need images of at least two classes. */
export function scoreSample({ logits, features, truths, mapping }: SampleOutputs): ScoredSample {
  const { sourceCount } = mapping;
  const targetCount = mapping.targets.length;
  const images = truths.length;
  const scores = new MappingScorer(mapping).score(logits, images);
  const answers = Int32Array.from(truths, (_, i) => decidedTarget(scores, i * targetCount, targetCount));
  const right = Int8Array.from(truths, (truth, i) => (truth < 0 ? -1 : Number(answers[i] === truth)));
  const rows = Array.from(truths.keys()).filter((i) => truths[i] >= 0);
  const known = rows.map((i) => truths[i]);
  const comparable = new Set(known).size > 1;
  // Where one label is all that can be predicted, it is right or wrong by itself.
  const decides = mapping.targets.filter((sources) => sources.length > 0).length > 1;
  const outputs = { logits: rowsOf(logits, rows, images), truths: known, sourceCount, targetCount };
  const labelled = features && { features: rowsOf(features, rows, images), truths: known, targetCount };
  const h = comparable && labelled ? hScores(labelled) : undefined;
  const signs = hasSigns(mapping) ? new SignCount(mapping).add(scores, logits).signs : undefined;
  return {
    answers,
    right,
    scores: {
      images,
      labelled: rows.length,
      accuracy: rows.length > 0 && decides ? right.filter((value) => value === 1).length / rows.length : null,
      leep: comparable ? leep(outputs) : null,
      nce: comparable ? nce(outputs) : null,
      logMe: comparable && labelled ? logMe(labelled) : null,
      hScore: h?.regularised ?? null,
      plainHScore: h?.plain ?? null,
      signs,
    },
  };
}

/** Some rows of a row-major matrix of `count` rows. */
function rowsOf(matrix: Float32Array, rows: readonly number[], count: number): Float32Array {
  if (rows.length === count) return matrix;
  const width = matrix.length / count;
  const picked = new Float32Array(rows.length * width);
  for (const [at, row] of rows.entries()) {
    picked.set(matrix.subarray(row * width, (row + 1) * width), at * width);
  }
  return picked;
}

/** How near the target labels are to a backbone's source labels in meaning; says nothing about images. */
export interface LabelSimilarity {
  /** Mean over targets of the best similarity to any source label, where 1 and more count as 1. */
  readonly meanBest: number;
  /** Share of targets that have the label itself or a kind of it among the source labels. */
  readonly withKinds: number;
}

/** @param excluded sources that mean nothing, such as a background class */
export function labelSimilarityOf(
  { rows, columns, values, meanings }: SemanticMatrix,
  excluded: readonly number[] = [],
): LabelSimilarity {
  if (rows === 0) return { meanBest: 0, withKinds: 0 };
  const left = new Set(excluded);
  let sum = 0;
  let covered = 0;
  for (let t = 0; t < rows; t++) {
    let best = 0;
    for (let s = 0; s < columns; s++) if (!left.has(s)) best = Math.max(best, values[t * columns + s]);
    sum += Math.min(1, best);
    if (meanings?.descendants[t].some((s) => !left.has(s))) covered++;
  }
  return { meanBest: sum / rows, withKinds: covered / rows };
}
