import { fitPriorHead, type PriorHead } from '../mapping/priorHead.ts';
import { plainProduct, turns, type Work } from '../work.ts';
import { READ_BLOCK } from './contentSample.ts';
import { evidenceOf, guardOf, information as informationOf, uniformOffsets } from './evidence.ts';
import { type FolderBasis, placesOf, placesOfRows } from './folderBasis.ts';
import { fitMixture } from './mixture.ts';
import { applyTerms, bounded, type MixtureTerms, scoreFloor } from './terms.ts';

/** Images below which a folder says nothing that its images do not say alone. */
export const FEWEST_SETTLED = 3;

/** Most that the mild prior changes a score by. */
const CAP = 0.35;

/** Settled scores are too sure: divided by this they are calibrated (measured: error 26.8, then 12.3). */
export const SHARPNESS = 3;

/**
 * Images that a target's mean has at the folder's mean, before it has any: few where labels keep targets in their place,
 * which is worth 1.5 points with about eight images a target.
 */
const SHRINKAGE = { labelled: 1, unlabelled: 5 };

/** Images whose target somebody said; of an image that stands there twice the last one counts. */
export interface LabelledImages {
  readonly images: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

export interface SettleOptions extends Work {
  readonly labelled?: LabelledImages | undefined;
  /** A person's promise that labels are about equally frequent. */
  readonly balanced?: boolean | undefined;
  /** `Information` of the backbone's logits, more evidence that settling helps; absent: none. */
  readonly sourceInformation?: number | undefined;
  /** Instead of what {@link SHRINKAGE} says. */
  readonly shrinkage?: number | undefined;
}

/** The scores of a folder after its images were heard together. */
export interface Settled {
  /** Row-major [N, T], in the order of the folder; the mapped scores themselves where `evidence` is 0. */
  readonly scores: Float32Array;
  /** I in [0, 1], see evidence.ts. */
  readonly information: number;
  /** e in [0, 1]: 1 with labels of two targets; at 0 nothing was changed. */
  readonly evidence: number;
  /** g in [0, 1]. */
  readonly guard: number;
  /** How to score an image that is not in the folder; undefined where nothing was changed. */
  readonly terms: MixtureTerms | undefined;
}

/**
 * Settles a folder: an EM over its features that is pulled towards the mapped scores (docs/reference/settling.md). Fewer than three images
 * or two targets are left as they are.
 * @param scores mapped scores with their offsets, row-major [N, T]; -Infinity for a target without sources.
 * @throws {SemapError} cancelled
 */
export async function settle(
  scores: Float32Array,
  targetCount: number,
  basis: FolderBasis,
  options: SettleOptions = {},
): Promise<Settled> {
  const { labelled = { images: [], targets: [] }, balanced = false, sourceInformation = 0 } = options;
  const T = targetCount;
  if (basis.source.count < FEWEST_SETTLED || T < 2) {
    return { scores: scores.slice(), information: 0, evidence: 0, guard: 0, terms: undefined };
  }
  const floor = scoreFloor(scores);
  const hearing = await hear(scores, T, basis, labelled, floor, options);
  // From here on one array is the mapped scores, then r, then r + b: a large folder has room for few.
  const heard = hearing.scores;
  const head = await learn(hearing, T, options);
  if (head) await hearHead(head, hearing, T, options);
  const information = informationOf(heard, T);
  const evidence = head ? 1 : evidenceOf(information, sourceInformation, basis.source.count);
  const guard = guardOf(information);
  if (evidence === 0) return { scores: scores.slice(), information, evidence, guard, terms: undefined };
  const prior = uniformOffsets(heard, T);
  if (!balanced) {
    prior.forEach((offset, t) => {
      prior[t] = guard * Math.min(CAP, Math.max(-CAP, offset / 2));
    });
  }
  for (let at = 0; at < heard.length; at++) heard[at] += prior[at % T];
  const { neighbours } = basis;
  const { projected, labels } = hearing;
  const { shrinkage = head ? SHRINKAGE.labelled : SHRINKAGE.unlabelled } = options;
  const mixture = await fitMixture(
    { scores: heard, targetCount: T, projected, neighbours, labels, rho: 1 - guard / 2, shrinkage },
    options,
  );
  const terms: MixtureTerms = {
    targetCount: T,
    projection: basis.projection,
    floor,
    evidence,
    trust: head?.trust ?? 1,
    residual: head?.weights,
    bias: Float32Array.from(head?.bias ?? new Float64Array(T)),
    weights: mixture.weights,
    offsets: Float32Array.from(mixture.offsets, (value, t) => value + prior[t]),
  };
  if (!neighbours) {
    return { scores: await scoreAll(terms, scores, basis, options), information, evidence, guard, terms };
  }
  const settled = new Float32Array(scores.length);
  hearing.images.forEach((image, i) => {
    for (let t = 0; t < T; t++) {
      const at = i * T + t;
      const before = heard[at] - prior[t];
      settled[image * T + t] = before + evidence * (mixture.scores[at] - before);
    }
  });
  return { scores: settled, information, evidence, guard, terms };
}

/** The probability that a settled answer is shown with: softmax of the scores / 3. @param scores [T] of one image. */
export function settledProbabilities(scores: ArrayLike<number>): Float64Array {
  const shown = Float64Array.from(scores, (score) => score / SHARPNESS);
  const top = shown.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const exps = shown.map((score) => Math.exp(score - top));
  const sum = exps.reduce((total, value) => total + value, 0);
  return exps.map((value) => value / sum);
}

/** The images that decide, with the labelled ones, in an order of content. */
interface Hearing {
  readonly images: Int32Array;
  /** *unit* of the sample, and of labelled images that are not in it, one after the other. */
  readonly units: readonly Float32Array[];
  readonly projected: Float32Array;
  /** Finite, row-major [n, T]. */
  readonly scores: Float32Array;
  /** Target of a labelled image, -1 of others. */
  readonly labels: Int32Array;
}

async function hear(
  scores: Float32Array,
  T: number,
  basis: FolderBasis,
  labelled: LabelledImages,
  floor: number,
  work: Work,
): Promise<Hearing> {
  const given = new Map<number, number>();
  for (let at = 0; at < labelled.images.length; at++) given.set(labelled.images[at], labelled.targets[at]);
  const extra = [...given.keys()].filter((image) => basis.positions[image] < 0);
  extra.sort((a, b) => basis.keys[a] - basis.keys[b] || a - b);
  const images = Int32Array.from([...basis.sample, ...extra]);
  const more = extra.length > 0 ? await placesOf(basis, Int32Array.from(extra), work) : undefined;
  const units = more ? [basis.places.unit, more.unit] : [basis.places.unit];
  const projected = more ? joined(basis.places.projected, more.projected) : basis.places.projected;
  const rows = new Float32Array(images.length * T);
  for (let i = 0; i < images.length; i++) {
    rows.set(scores.subarray(images[i] * T, (images[i] + 1) * T), i * T);
  }
  bounded(rows, T, floor);
  const labels = images.map((image) => given.get(image) ?? -1);
  return { images, units, projected, scores: rows, labels };
}

function joined(one: Float32Array, two: Float32Array): Float32Array {
  const out = new Float32Array(one.length + two.length);
  out.set(one);
  out.set(two, one.length);
  return out;
}

/** Learns from labels of at least two targets; those of one alone would only teach a bias. */
async function learn(
  { units, scores, labels }: Hearing,
  T: number,
  work: Work,
): Promise<PriorHead | undefined> {
  const rows = [...labels.keys()].filter((i) => labels[i] >= 0);
  const targets = rows.map((i) => labels[i]);
  if (new Set(targets).size < 2) return undefined;
  const width = units.reduce((sum, unit) => sum + unit.length, 0) / labels.length;
  const sampled = units[0].length / width;
  const [inSample, beyond] = [rows.filter((i) => i < sampled), rows.filter((i) => i >= sampled)];
  const unit = joined(
    picked(units[0], inSample, width),
    units[1]
      ? picked(
          units[1],
          beyond.map((i) => i - sampled),
          width,
        )
      : new Float32Array(0),
  );
  return fitPriorHead({ scores: picked(scores, rows, T), unit, targets, targetCount: T }, work);
}

function picked(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    out.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return out;
}

/** Makes r = lambda s + 5 unit V + b' of the mapped scores, in place. */
async function hearHead(head: PriorHead, { units, scores }: Hearing, T: number, work: Work): Promise<void> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const width = head.weights.length / T;
  let at = 0;
  for (const unit of units) {
    for (let from = 0; from < unit.length; from += READ_BLOCK * width) {
      await turn();
      const learned = await product(unit.subarray(from, from + READ_BLOCK * width), head.weights, width);
      for (const value of learned) {
        scores[at] = head.trust * scores[at] + value + head.bias[at % T];
        at++;
      }
    }
  }
}

/** Every image of the folder by the terms, read in blocks. */
async function scoreAll(
  terms: MixtureTerms,
  scores: Float32Array,
  { source }: FolderBasis,
  work: Work,
): Promise<Float32Array> {
  const turn = turns(work);
  const T = terms.targetCount;
  const out = new Float32Array(scores.length);
  for (let from = 0; from < source.count; from += READ_BLOCK) {
    await turn();
    const to = Math.min(source.count, from + READ_BLOCK);
    const rows = Float32Array.from(await source.rows(from, to));
    const places = await placesOfRows(rows, terms.projection, work);
    out.set(await applyTerms(terms, scores.subarray(from * T, to * T), places, work), from * T);
  }
  return out;
}
