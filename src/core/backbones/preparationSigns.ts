/** Logits of images under one preparation: for each view of them (as it is, mirrored, moved), for each image, [S]. */
export type ViewLogits = readonly (readonly Float32Array[])[];

/** What answers show, without any label, of whether a backbone gets images as it was trained with them. */
export interface PreparationSigns {
  /** What the answer to one view tells of the answer to another, as a share of all that it could: 0 to 1. */
  readonly shared: number;
  /** How much images differ in their logits, over how much views of one image do, as a logarithm. */
  readonly steadiness: number;
  /** How much likelier two views of an image get one answer than two images do, at a fixed sharpness, as a logarithm. */
  readonly apart: number;
}

/** Classes that are told apart for what views share; all others count as one. */
const MOST_CLASSES = 100;
/** Nats: all candidates are compared at this sharpness, since wrong scalings make answers sharp or flat. */
const SHARPNESS = 1.5;
const FEW_CLASSES = 8;
const TURNS = 30;

/** @param views at least two views of at least two images */
export function preparationSigns(views: ViewLogits): PreparationSigns {
  const classes = views[0][0].length;
  const wanted = classes > FEW_CLASSES ? SHARPNESS : 0.7 * Math.log(classes);
  const [first, ...others] = views.map((rows) => rows.map((row) => softmax(row, 1)));
  const factor = factorFor(views.flat(), wanted);
  const [sharp, ...sharpOthers] = views.map((rows) => rows.map((row) => softmax(row, factor)));
  const same = mean(sharpOthers.flatMap((rows) => rows.map((row, i) => dot(row, sharp[i]))));
  const different = mean(sharp.flatMap((row, i) => sharp.slice(i + 1).map((other) => dot(row, other))));
  return {
    shared: sharedBetween(first, others) / Math.log(Math.min(first.length, classes)),
    steadiness: Math.min(6, Math.max(-3, steadiness(views))),
    apart: Math.log(same + 0.01) - Math.log(different + 0.01),
  };
}

/** Found on eight backbones with the scalings of others folded in: 23 cases, samples of 3 to 20 images. */
const WEIGHTS: Readonly<Record<keyof PreparationSigns, number>> = {
  shared: 4.48,
  steadiness: 2.32,
  apart: 2.16,
};

/** What is known of a candidate before it is compared with the others. */
export interface Evidence {
  readonly signs: PreparationSigns | undefined;
  /** How likely it is before anything is measured, relative to the others. */
  readonly prior: number;
  /** Per image of a known class, whether it was answered rightly. */
  readonly right?: readonly boolean[] | undefined;
}

/** How likely each candidate is the right one, summing to one. */
export function likelihoods(candidates: readonly Evidence[]): readonly number[] {
  const best = candidates.reduce<readonly boolean[] | undefined>(
    (most, { right }) => (right && (!most || countOf(right) > countOf(most)) ? right : most),
    undefined,
  );
  const scores = candidates.map(({ signs, prior, right }) => {
    const shown = signs
      ? WEIGHTS.shared * signs.shared + WEIGHTS.steadiness * signs.steadiness + WEIGHTS.apart * signs.apart
      : 0;
    return Math.log(prior) + shown - (best && right ? deficit(best, right) : 0);
  });
  return Array.from(softmax(Float64Array.from(scores), 1));
}

/** Half the squared z of McNemar's test: how unlikely the same images are answered so much worse by chance. */
function deficit(best: readonly boolean[], right: readonly boolean[]): number {
  let won = 0;
  let lost = 0;
  for (const [i, one] of best.entries()) {
    if (one && !right[i]) won++;
    else if (!one && right[i]) lost++;
  }
  return won + lost === 0 ? 0 : (won - lost) ** 2 / (won + lost) / 2;
}

/** Mutual information of the answers to two views of an image, in nats. */
function sharedBetween(first: readonly Float64Array[], others: readonly (readonly Float64Array[])[]): number {
  const strongest = strongestClasses([first, ...others].flat());
  const reduce = (rows: readonly Float64Array[]) => rows.map((row) => lumped(row, strongest));
  const own = reduce(first);
  const size = own[0].length;
  const joint = new Float64Array(size * size);
  for (const rows of others.map(reduce)) {
    for (const [i, row] of rows.entries()) {
      for (let a = 0; a < size; a++) {
        const share = own[i][a] / (own.length * others.length * 2);
        if (share < 1e-12) continue;
        for (let b = 0; b < size; b++) {
          joint[a * size + b] += share * row[b];
          joint[b * size + a] += share * row[b];
        }
      }
    }
  }
  const marginal = Float64Array.from({ length: size }, (_, a) =>
    joint.subarray(a * size, (a + 1) * size).reduce((sum, one) => sum + one, 0),
  );
  let shared = 0;
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      const p = joint[a * size + b];
      if (p > 1e-15) shared += p * Math.log(p / (marginal[a] * marginal[b]));
    }
  }
  return shared;
}

function strongestClasses(rows: readonly Float64Array[]): readonly number[] {
  const total = new Float64Array(rows[0].length);
  for (const row of rows) for (let s = 0; s < row.length; s++) total[s] += row[s];
  return [...total.keys()].sort((a, b) => total[b] - total[a]).slice(0, MOST_CLASSES);
}

function lumped(row: Float64Array, classes: readonly number[]): Float64Array {
  if (classes.length === row.length) return row;
  const small = new Float64Array(classes.length + 1);
  let rest = 1;
  for (const [i, s] of classes.entries()) {
    small[i] = row[s];
    rest -= row[s];
  }
  small[classes.length] = Math.max(0, rest);
  return small;
}

/** Of logits without what all images have in common, and without what all classes have. */
function steadiness(views: ViewLogits): number {
  const images = views[0].length;
  const classes = views[0][0].length;
  const centred = views.map((rows) =>
    rows.map((row) => {
      const middle = mean(row);
      return Float64Array.from(row, (one) => one - middle);
    }),
  );
  const common = new Float64Array(classes);
  for (const row of centred.flat()) for (let s = 0; s < classes; s++) common[s] += row[s];
  const seen = views.length * images;
  let between = 0;
  let within = 0;
  for (let i = 0; i < images; i++) {
    for (let s = 0; s < classes; s++) {
      let own = 0;
      for (const rows of centred) own += rows[i][s];
      own /= views.length;
      between += views.length * (own - common[s] / seen) ** 2;
      for (const rows of centred) within += (rows[i][s] - own) ** 2;
    }
  }
  return Math.log((between / views.length + 1e-9) / (within + 1e-9));
}

/** By what logits are multiplied to have the wanted entropy on the average. */
function factorFor(rows: readonly Float32Array[], wanted: number): number {
  let low = 1e-4;
  let high = 1e4;
  for (let turn = 0; turn < TURNS; turn++) {
    const middle = Math.sqrt(low * high);
    if (mean(rows.map((row) => entropy(softmax(row, middle)))) > wanted) low = middle;
    else high = middle;
  }
  return Math.sqrt(low * high);
}

function softmax(logits: Float32Array | Float64Array, factor: number): Float64Array {
  let top = Number.NEGATIVE_INFINITY;
  for (const logit of logits) top = Math.max(top, logit);
  const shares = new Float64Array(logits.length);
  let total = 0;
  for (let s = 0; s < logits.length; s++) {
    shares[s] = Math.exp((logits[s] - top) * factor);
    total += shares[s];
  }
  for (let s = 0; s < shares.length; s++) shares[s] /= total;
  return shares;
}

function entropy(shares: Float64Array): number {
  let sum = 0;
  for (const share of shares) if (share > 1e-12) sum -= share * Math.log(share);
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let s = 0; s < a.length; s++) sum += a[s] * b[s];
  return sum;
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

function countOf(right: readonly boolean[]): number {
  return right.reduce((count, one) => count + Number(one), 0);
}
