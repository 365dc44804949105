import { plainProduct, transposed, turns, type Work } from '../work.ts';
import { expOfNegative } from './fastExp.ts';

/** What multiplies unit features before a head sees them. */
const SCALE = 5;
/** Weight of |b'|^2 / 2 and of (lambda - 1)^2 / 2 beside |V|^2 / 2. */
const BIAS = 0.1;
const TRUST = 4;

/** Scores that labels taught: r = lambda s + W' unit + b', docs/reference/settling.md. */
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
  /** Features of about unit length, row-major [n, D]. */
  readonly unit: Float32Array;
  readonly targets: ArrayLike<number>;
  readonly targetCount: number;
}

/**
 * Minimises the cross-entropies of the labelled images + |V|^2 / 2 + .05 |b'|^2 + 2 (lambda - 1)^2 with lambda in [0, 2],
 * from 0, 0, 1, by L-BFGS (Nocedal 1980). The optimum lies in the span of the labelled rows X = 5 unit, V = X'A: where
 * they are fewer than the features, the n T numbers A are sought, in the metric of V; a step takes one product with XX'.
 */
export async function fitPriorHead(rows: LabelledRows, work: Work = {}): Promise<PriorHead> {
  const { product = plainProduct } = work;
  const { unit, targets } = rows;
  const n = targets.length;
  const D = unit.length / n;
  const X = unit.map((value) => value * SCALE);
  const columns = transposed(X, D);
  const space: Space =
    n <= D
      ? { kind: 'images', size: n, gram: await product(X, X, D) }
      : { kind: 'features', size: D, X, columns };
  const { C, b, trust } = await minimise(new Problem(rows, space, work), work);
  const V = Float32Array.from(C);
  const weights = space.kind === 'images' ? await product(V, columns, n) : V;
  return { trust, weights: weights.map((value) => value * SCALE), bias: b };
}

/** Where V is sought: as A of V = X'A, or itself. */
type Space =
  | { readonly kind: 'images'; readonly size: number; readonly gram: Float32Array }
  | {
      readonly kind: 'features';
      readonly size: number;
      readonly X: Float32Array;
      readonly columns: Float32Array;
    };

/** A point, a direction or a gradient. */
interface Vector {
  /** A' or V', [T, size]. */
  readonly C: Float64Array;
  /** V'X', what it adds to the scores of the labelled images, [T, n]; empty where nobody needs it. */
  readonly Z: Float64Array;
  readonly b: Float64Array;
  trust: number;
}

/** into += factor * from */
function add(into: Vector, from: Vector, factor: number): void {
  for (const part of ['C', 'Z', 'b'] as const) {
    const to = into[part];
    const values = from[part];
    for (let at = 0; at < values.length; at++) to[at] += factor * values[at];
  }
  into.trust += factor * from.trust;
}

const copy = ({ C, Z, b, trust }: Vector): Vector => ({ C: C.slice(), Z: Z.slice(), b: b.slice(), trust });

function difference(one: Vector, two: Vector): Vector {
  const out = copy(one);
  add(out, two, -1);
  return out;
}

class Problem {
  readonly #rows: LabelledRows;
  readonly #n: number;
  readonly #T: number;
  readonly #space: Space;
  readonly #work: Work;
  /** P - Y, [T, n], at the point of the last {@link loss}. */
  readonly #residual: Float32Array;
  readonly #row: Float64Array;

  constructor(rows: LabelledRows, space: Space, work: Work) {
    this.#rows = rows;
    this.#n = rows.targets.length;
    this.#T = rows.targetCount;
    this.#space = space;
    this.#work = work;
    this.#residual = new Float32Array(this.#n * this.#T);
    this.#row = new Float64Array(this.#T);
  }

  get images(): number {
    return this.#n;
  }

  start(): Vector {
    const T = this.#T;
    const size = T * this.#space.size;
    const Z = new Float64Array(T * this.#n);
    return { C: new Float64Array(size), Z, b: new Float64Array(T), trust: 1 };
  }

  /** <V, W>, and the rest as it is. */
  dot(one: Vector, two: Vector): number {
    let sum = one.trust * two.trust;
    const other = this.#space.kind === 'images' ? two.Z : two.C;
    for (let at = 0; at < one.C.length; at++) sum += one.C[at] * other[at];
    for (let t = 0; t < one.b.length; t++) sum += one.b[t] * two.b[t];
    return sum;
  }

  loss(at: Vector): number {
    const { scores, targets } = this.#rows;
    const n = this.#n;
    const T = this.#T;
    const row = this.#row;
    let loss = (TRUST / 2) * (at.trust - 1) ** 2;
    for (let i = 0; i < n; i++) {
      let top = Number.NEGATIVE_INFINITY;
      for (let t = 0; t < T; t++) {
        row[t] = at.trust * scores[i * T + t] + at.Z[t * n + i] + at.b[t];
        if (row[t] > top) top = row[t];
      }
      loss += top - row[targets[i]];
      let sum = 0;
      for (let t = 0; t < T; t++) {
        row[t] = expOfNegative(row[t] - top);
        sum += row[t];
      }
      loss += Math.log(sum);
      for (let t = 0; t < T; t++) this.#residual[t * n + i] = row[t] / sum;
      this.#residual[targets[i] * n + i] -= 1;
    }
    const other = this.#space.kind === 'images' ? at.Z : at.C;
    for (let k = 0; k < at.C.length; k++) loss += 0.5 * at.C[k] * other[k];
    for (let t = 0; t < T; t++) loss += (BIAS / 2) * at.b[t] * at.b[t];
    return loss;
  }

  /** Gradient at the point of the last {@link loss}: X'(P - Y) + V, which is X'(P - Y + A). */
  async gradient(at: Vector): Promise<Vector> {
    const { product = plainProduct } = this.#work;
    const { scores } = this.#rows;
    const n = this.#n;
    const T = this.#T;
    const space = this.#space;
    const residual = this.#residual;
    const b = new Float64Array(T);
    let trust = TRUST * (at.trust - 1);
    for (let t = 0; t < T; t++) {
      let sum = BIAS * at.b[t];
      for (let i = 0; i < n; i++) {
        sum += residual[t * n + i];
        trust += residual[t * n + i] * scores[i * T + t];
      }
      b[t] = sum;
    }
    const errors = space.kind === 'images' ? residual : await product(residual, space.columns, n);
    const C = Float64Array.from(errors, (error, k) => error + at.C[k]);
    const Z = space.kind === 'images' ? await product(Float32Array.from(C), space.gram, n) : [];
    return { C, Z: Float64Array.from(Z), b, trust };
  }

  /** A direction with what it adds to scores. */
  async prepared(direction: Vector): Promise<Vector> {
    const { product = plainProduct } = this.#work;
    const space = this.#space;
    if (space.kind === 'images') return direction;
    const Z = await product(Float32Array.from(direction.C), space.X, space.size);
    return { ...direction, Z: Float64Array.from(Z) };
  }
}

/** Steps that are remembered. */
const MEMORY = 8;
const MOST_STEPS = 150;
/** Ends where the gradient is this small, per root of the number of images. */
const TOLERANCE = 1e-5;

async function minimise(problem: Problem, work: Work): Promise<Vector> {
  const turn = turns(work);
  let point = problem.start();
  let loss = problem.loss(point);
  let gradient = await problem.gradient(point);
  let held = false;
  let lessons: Lesson[] = [];
  for (let step = 0; step < MOST_STEPS; step++) {
    await turn();
    // At its bound, and pushed beyond it, lambda stays.
    const outward = (point.trust <= 0 && gradient.trust > 0) || (point.trust >= 2 && gradient.trust < 0);
    if (outward !== held) lessons = [];
    held = outward;
    if (held) gradient.trust = 0;
    const steepness = Math.sqrt(problem.dot(gradient, gradient));
    if (steepness <= TOLERANCE * Math.sqrt(problem.images)) break;
    const direction = await problem.prepared(towards(gradient, lessons, problem));
    let size = lessons.length > 0 ? 1 : Math.min(1, 1 / steepness);
    let next: Vector | undefined;
    let move = direction;
    for (let attempt = 0; attempt < 30 && !next; attempt++, size /= 2) {
      const tried = copy(point);
      add(tried, direction, size);
      tried.trust = Math.min(2, Math.max(0, tried.trust));
      const triedLoss = problem.loss(tried);
      move = difference(tried, point);
      if (triedLoss > loss + 1e-4 * problem.dot(move, gradient)) continue;
      next = tried;
      loss = triedLoss;
    }
    if (!next) {
      if (lessons.length === 0) break;
      lessons = [];
      continue;
    }
    const nextGradient = await problem.gradient(next);
    const bend = difference(nextGradient, gradient);
    if (held) bend.trust = 0;
    const curvature = problem.dot(move, bend);
    if (curvature > 0)
      lessons.push({ move: { ...move, Z: bend.Z.length > 0 ? move.Z : bend.Z }, bend, curvature });
    if (lessons.length > MEMORY) lessons.shift();
    point = next;
    gradient = nextGradient;
  }
  return point;
}

/** What a step taught: where it went, how the gradient changed, and the product of both. */
interface Lesson {
  readonly move: Vector;
  readonly bend: Vector;
  readonly curvature: number;
}

/** The two-loop recursion: against the gradient, by the inverse curvature that the last steps showed. */
function towards(gradient: Vector, lessons: readonly Lesson[], problem: Problem): Vector {
  const direction = copy(gradient);
  const shares: number[] = [];
  for (let m = lessons.length - 1; m >= 0; m--) {
    const { move, bend, curvature } = lessons[m];
    shares[m] = problem.dot(move, direction) / curvature;
    add(direction, bend, -shares[m]);
  }
  const last = lessons.at(-1);
  if (last) add(direction, direction, last.curvature / problem.dot(last.bend, last.bend) - 1);
  lessons.forEach(({ move, bend, curvature }, m) => {
    add(direction, move, shares[m] - problem.dot(bend, direction) / curvature);
  });
  add(direction, direction, -2);
  return direction;
}
