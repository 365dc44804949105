import { READ_BLOCK } from './contentSample.ts';
import { evidenceOf, guardOf, information as informationOf, uniformOffsets } from './evidence.ts';
import { type FolderBasis, type Places, placesOf, placesOfRows } from './folderBasis.ts';
import { fitMixture } from './mixture.ts';
import { fitPriorHead, type PriorHead } from './priorHead.ts';
import { applyTerms, type MixtureTerms, scoreFloor } from './terms.ts';
import { plainProduct, turns, type Work } from './work.ts';

/** Images below which a folder says nothing that its images do not say alone. */
const FEWEST = 3;

/** Most that the mild prior changes a score by. */
const CAP = 0.35;

/** Settled scores are too sure: divided by this they are calibrated (measured: error 26.8, then 12.3). */
const SHARPNESS = 3;

/** Images whose target somebody said; of an image that stands there twice the last one counts. */
export interface LabelledImages {
  readonly images: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
}

export interface SettleOptions extends Work {
  readonly labelled?: LabelledImages | undefined;
  /** A person's promise that labels are about equally frequent. */
  readonly balanced?: boolean | undefined;
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
 * Settles a folder: an EM over its features that is pulled towards the mapped scores (SETTLE.md). Fewer than three images
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
  const { labelled = { images: [], targets: [] }, balanced = false } = options;
  const T = targetCount;
  if (basis.source.count < FEWEST || T < 2) {
    return { scores: scores.slice(), information: 0, evidence: 0, guard: 0, terms: undefined };
  }
  const floor = scoreFloor(scores);
  const hearing = await hear(scores, T, basis, labelled, floor, options);
  const { places, labels } = hearing;
  const head = await learn(hearing, T, options);
  const heard = head ? await headScores(head, hearing.scores, places, T, options) : hearing.scores;
  const information = informationOf(heard, T);
  const evidence = head ? 1 : evidenceOf(information);
  const guard = guardOf(information);
  if (evidence === 0) return { scores: scores.slice(), information, evidence, guard, terms: undefined };
  const uniform = uniformOffsets(heard, T);
  const prior = balanced ? uniform : uniform.map((value) => guard * Math.min(CAP, Math.max(-CAP, value / 2)));
  const { neighbours } = basis;
  const mixture = await fitMixture(
    {
      scores: heard.map((score, at) => score + prior[at % T]),
      targetCount: T,
      projected: places.projected,
      neighbours,
      labels,
      rho: 1 - guard / 2,
    },
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
  const settled = neighbours
    ? inFolderOrder(mixture.scores, heard, evidence, hearing.images, T)
    : await scoreAll(terms, scores, basis, options);
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
  readonly places: Places;
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
  const sampled = new Set(basis.neighbours ? [] : basis.sample);
  const extra = basis.neighbours ? [] : [...given.keys()].filter((image) => !sampled.has(image));
  extra.sort((a, b) => basis.keys[a] - basis.keys[b] || a - b);
  const images = Int32Array.from([...basis.sample, ...extra]);
  let { places } = basis;
  if (extra.length > 0) {
    const more = await placesOf(basis, Int32Array.from(extra), work);
    places = {
      unit: joined(places.unit, more.unit),
      projected: joined(places.projected, more.projected),
    };
  }
  const rows = new Float32Array(images.length * T);
  for (let i = 0; i < images.length; i++) {
    for (let t = 0; t < T; t++) {
      const score = scores[images[i] * T + t];
      rows[i * T + t] = Number.isFinite(score) ? score : floor;
    }
  }
  return { images, places, scores: rows, labels: images.map((image) => given.get(image) ?? -1) };
}

function joined(one: Float32Array, two: Float32Array): Float32Array {
  const out = new Float32Array(one.length + two.length);
  out.set(one);
  out.set(two, one.length);
  return out;
}

/** Learns from labels of at least two targets; those of one alone would only teach a bias. */
async function learn(
  { places, scores, labels }: Hearing,
  T: number,
  work: Work,
): Promise<PriorHead | undefined> {
  const rows = [...labels.keys()].filter((i) => labels[i] >= 0);
  const targets = rows.map((i) => labels[i]);
  if (new Set(targets).size < 2) return undefined;
  const width = places.unit.length / labels.length;
  return fitPriorHead(
    {
      scores: picked(scores, rows, T),
      unit: picked(places.unit, rows, width),
      targets,
      targetCount: T,
    },
    work,
  );
}

function picked(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, at) => {
    out.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return out;
}

/** r = lambda s + 5 unit V + b' */
async function headScores(
  head: PriorHead,
  scores: Float32Array,
  { unit }: Places,
  T: number,
  work: Work,
): Promise<Float32Array> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const n = scores.length / T;
  const width = unit.length / n;
  const out = new Float32Array(scores.length);
  for (let from = 0; from < n; from += READ_BLOCK) {
    await turn();
    const to = Math.min(n, from + READ_BLOCK);
    const learned = await product(unit.subarray(from * width, to * width), head.weights, width);
    for (let at = from * T; at < to * T; at++) {
      out[at] = head.trust * scores[at] + learned[at - from * T] + head.bias[at % T];
    }
  }
  return out;
}

/** e out + (1 - e) r, in the order of the folder. */
function inFolderOrder(
  settled: Float32Array,
  heard: Float32Array,
  evidence: number,
  images: Int32Array,
  T: number,
): Float32Array {
  const out = new Float32Array(settled.length);
  for (let i = 0; i < images.length; i++) {
    for (let t = 0; t < T; t++) {
      const at = i * T + t;
      out[images[i] * T + t] = evidence * settled[at] + (1 - evidence) * heard[at];
    }
  }
  return out;
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
