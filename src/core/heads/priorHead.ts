import { expOfNegative } from '../mapping/fastExp.ts';
import { plainProduct, turns, type Work } from './work.ts';

/** What multiplies unit features before a head sees them. */
const SCALE = 5;
/** Weight of |b'|^2 / 2 and of (lambda - 1)^2 / 2 beside |V|^2 / 2. */
const BIAS = 0.1;
const TRUST = 4;

/** Scores that labels taught: r = lambda s + unit W' + b, SETTLE.md, With labels. */
export interface PriorHead {
  /** lambda in [0, 2]. */
  readonly trust: number;
  /** 5 V', row-major [T, D]: what each unit feature adds. */
  readonly weights: Float32Array;
  /** b', [T]. */
  readonly bias: Float64Array;
}

/** Labelled images. */
export interface LabelledRows {
  /** Mapped scores, finite, row-major [n, T]. */
  readonly scores: Float32Array;
  /** Features of unit length, row-major [n, D]. */
  readonly unit: Float32Array;
  readonly targets: ArrayLike<number>;
  readonly targetCount: number;
}

/**
 * Minimises the cross-entropies of the labelled images + |V|^2 / 2 + .05 |b|^2 + 2 (lambda - 1)^2 with lambda in [0, 2],
 * from 0, 0, 1. The optimum lies in the span of the labelled rows X = 5 unit, V = X'A, so n T + T + 1 numbers are sought:
 * by L-BFGS (Nocedal 1980) in the metric of V, where A, G A (G = XX') stand for V. That needs one product with G a step.
 */
export async function fitPriorHead(rows: LabelledRows, work: Work = {}): Promise<PriorHead> {
  const { product = plainProduct } = work;
  const { unit, targets } = rows;
  const n = targets.length;
  const D = unit.length / n;
  const gram = await product(unit, unit, D);
  const G = Float32Array.from(gram, (value) => value * SCALE * SCALE);
  const problem = new Problem(rows, G, work);
  const { A, b, trust } = await minimise(problem, work);
  // W' = 5 V' = 5 A' X = 25 A' unit.
  const shares = Float32Array.from(A, (value) => value * SCALE * SCALE);
  const columns = new Float32Array(n * D);
  for (let i = 0; i < n; i++) for (let k = 0; k < D; k++) columns[k * n + i] = unit[i * D + k];
  return { trust, weights: await product(shares, columns, n), bias: b };
}

/** A point or a direction: A [T, n] with G A beside it, b [T], lambda. */
interface Vector {
  readonly A: Float64Array;
  readonly GA: Float64Array;
  readonly b: Float64Array;
  trust: number;
}

const zero = (n: number, T: number): Vector => ({
  A: new Float64Array(n * T),
  GA: new Float64Array(n * T),
  b: new Float64Array(T),
  trust: 0,
});

/** into += factor * from */
function add(into: Vector, from: Vector, factor: number): void {
  for (let at = 0; at < into.A.length; at++) into.A[at] += factor * from.A[at];
  for (let at = 0; at < into.GA.length; at++) into.GA[at] += factor * from.GA[at];
  for (let t = 0; t < into.b.length; t++) into.b[t] += factor * from.b[t];
  into.trust += factor * from.trust;
}

function scale(vector: Vector, factor: number): void {
  for (let at = 0; at < vector.A.length; at++) vector.A[at] *= factor;
  for (let at = 0; at < vector.GA.length; at++) vector.GA[at] *= factor;
  for (let t = 0; t < vector.b.length; t++) vector.b[t] *= factor;
  vector.trust *= factor;
}

/** <V, W> = sum A G B, and the rest as it is. */
function dot(one: Vector, two: Vector): number {
  let sum = one.trust * two.trust;
  for (let at = 0; at < one.A.length; at++) sum += one.A[at] * two.GA[at];
  for (let t = 0; t < one.b.length; t++) sum += one.b[t] * two.b[t];
  return sum;
}

class Problem {
  readonly n: number;
  readonly T: number;
  private readonly scores: Float32Array;
  private readonly targets: ArrayLike<number>;
  private readonly G: Float32Array;
  private readonly work: Work;
  /** P - Y, [T, n], at the point of the last {@link loss}. */
  private readonly residual: Float64Array;
  private readonly row: Float64Array;

  constructor({ scores, targets, targetCount }: LabelledRows, G: Float32Array, work: Work) {
    this.n = targets.length;
    this.T = targetCount;
    this.scores = scores;
    this.targets = targets;
    this.G = G;
    this.work = work;
    this.residual = new Float64Array(this.n * targetCount);
    this.row = new Float64Array(targetCount);
  }

  loss(at: Vector): number {
    const { n, T, scores, targets, residual, row } = this;
    let loss = (TRUST / 2) * (at.trust - 1) ** 2;
    for (let i = 0; i < n; i++) {
      let top = Number.NEGATIVE_INFINITY;
      for (let t = 0; t < T; t++) {
        row[t] = at.trust * scores[i * T + t] + at.GA[t * n + i] + at.b[t];
        if (row[t] > top) top = row[t];
      }
      loss += top - row[targets[i]];
      let sum = 0;
      for (let t = 0; t < T; t++) {
        row[t] = expOfNegative(row[t] - top);
        sum += row[t];
      }
      loss += Math.log(sum);
      for (let t = 0; t < T; t++) residual[t * n + i] = row[t] / sum;
      residual[targets[i] * n + i] -= 1;
    }
    for (let k = 0; k < at.A.length; k++) loss += 0.5 * at.A[k] * at.GA[k];
    for (let t = 0; t < T; t++) loss += (BIAS / 2) * at.b[t] * at.b[t];
    return loss;
  }

  /** Gradient at the point of the last {@link loss}; in V it is X'(P - Y + A). */
  async gradient(at: Vector): Promise<Vector> {
    const { n, T, scores, residual, G } = this;
    const gradient = zero(n, T);
    gradient.trust = TRUST * (at.trust - 1);
    for (let t = 0; t < T; t++) {
      let sum = BIAS * at.b[t];
      for (let i = 0; i < n; i++) {
        const error = residual[t * n + i];
        sum += error;
        gradient.trust += error * scores[i * T + t];
        gradient.A[t * n + i] = error + at.A[t * n + i];
      }
      gradient.b[t] = sum;
    }
    const { product = plainProduct } = this.work;
    gradient.GA.set(await product(Float32Array.from(gradient.A), G, n));
    return gradient;
  }
}

const MEMORY = 8;
const MOST_STEPS = 150;
/** Ends where the gradient is this small, per root of the number of images. */
const TOLERANCE = 1e-5;

async function minimise(problem: Problem, work: Work): Promise<Vector> {
  const turn = turns(work);
  const { n, T } = problem;
  let point = zero(n, T);
  point.trust = 1;
  let loss = problem.loss(point);
  let gradient = await problem.gradient(point);
  let held = false;
  let memory: Lesson[] = [];
  for (let step = 0; step < MOST_STEPS; step++) {
    await turn();
    const outward = (point.trust <= 0 && gradient.trust > 0) || (point.trust >= 2 && gradient.trust < 0);
    if (outward !== held) memory = [];
    held = outward;
    if (held) gradient.trust = 0;
    if (Math.sqrt(dot(gradient, gradient)) <= TOLERANCE * Math.sqrt(n)) break;
    const direction = towards(gradient, memory);
    let size = memory.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(dot(gradient, gradient)));
    let next: Vector | undefined;
    let move = direction;
    for (let attempt = 0; attempt < 30 && !next; attempt++, size /= 2) {
      const tried = copy(point);
      add(tried, direction, size);
      tried.trust = Math.min(2, Math.max(0, tried.trust));
      move = difference(tried, point);
      const triedLoss = problem.loss(tried);
      if (triedLoss > loss + 1e-4 * dot(move, gradient)) continue;
      next = tried;
      loss = triedLoss;
    }
    if (!next) {
      if (memory.length === 0) break;
      memory = [];
      continue;
    }
    const nextGradient = await problem.gradient(next);
    const bend = difference(nextGradient, gradient);
    if (held) bend.trust = 0;
    const curvature = dot(move, bend);
    if (curvature > 0) memory.push({ move, bend, curvature });
    if (memory.length > MEMORY) memory.shift();
    point = next;
    gradient = nextGradient;
  }
  return point;
}

const copy = ({ A, GA, b, trust }: Vector): Vector => ({ A: A.slice(), GA: GA.slice(), b: b.slice(), trust });

function difference(one: Vector, two: Vector): Vector {
  const out = copy(one);
  add(out, two, -1);
  return out;
}

/** What a step taught: where it went, how the gradient changed, and the product of both. */
interface Lesson {
  readonly move: Vector;
  readonly bend: Vector;
  readonly curvature: number;
}

/** The two-loop recursion: against the gradient, by the inverse curvature that the last steps showed. */
function towards(gradient: Vector, lessons: readonly Lesson[]): Vector {
  const direction = copy(gradient);
  const shares: number[] = [];
  for (let m = lessons.length - 1; m >= 0; m--) {
    const { move, bend, curvature } = lessons[m];
    shares[m] = dot(move, direction) / curvature;
    add(direction, bend, -shares[m]);
  }
  const last = lessons.at(-1);
  if (last) scale(direction, last.curvature / dot(last.bend, last.bend));
  lessons.forEach(({ move, bend, curvature }, m) => {
    add(direction, move, shares[m] - dot(bend, direction) / curvature);
  });
  scale(direction, -1);
  return direction;
}
