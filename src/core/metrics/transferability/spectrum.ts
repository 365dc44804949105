/** Eigenvalues of a symmetric matrix, and right-hand sides in the basis of its eigenvectors. */
export interface Spectrum {
  /** Length n, in no order. */
  readonly values: Float64Array;
  /** Row-major [n, m]: row i are the coordinates of the m right-hand sides along eigenvector i. */
  readonly coordinates: Float64Array;
}

/** More sweeps than any matrix of doubles needs for one eigenvalue. */
const MOST_SWEEPS = 60;

/**
 * Eigenvalues by Householder's reduction to a tridiagonal matrix and the implicit QL method (EISPACK's tred2 and tql2).
 * The eigenvectors are not formed: every reflection and rotation is applied to the right-hand sides instead, which
 * takes n^2 m steps where vectors would take n^3.
 * @param matrix row-major [n, n]; only its lower triangle is read, and it is used up
 * @param sides row-major [n, m], used up
 */
export function spectrum(matrix: Float64Array, sides: Float64Array): Spectrum {
  const n = Math.sqrt(matrix.length);
  const m = n === 0 ? 0 : sides.length / n;
  const { diagonal, beside } = tridiagonal(matrix, n, sides, m);
  diagonalise(diagonal, beside, sides, m);
  return { values: diagonal, coordinates: sides };
}

/** Q' A Q by reflections, last row first. `beside[i]` stands between rows i and i + 1. */
function tridiagonal(a: Float64Array, n: number, sides: Float64Array, m: number) {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const p = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    const u = a.subarray(i * n, i * n + i);
    diagonal[i] = a[i * n + i];
    let scale = 0;
    for (let k = 0; k < i; k++) scale = Math.max(scale, Math.abs(u[k]));
    if (i === 1 || scale === 0) {
      beside[i - 1] = u[i - 1];
      continue;
    }
    let norm = 0;
    for (let k = 0; k < i; k++) {
      u[k] /= scale;
      norm += u[k] * u[k];
    }
    const root = u[i - 1] > 0 ? -Math.sqrt(norm) : Math.sqrt(norm);
    beside[i - 1] = scale * root;
    const half = norm - u[i - 1] * root;
    u[i - 1] -= root;
    reflectMatrix(a, n, i, u, half, p);
    reflectRows(sides, m, i, u, half);
  }
  if (n > 0) diagonal[0] = a[0];
  return { diagonal, beside };
}

/** The leading [i, i] block becomes H A H with H = 1 - u u' / half. */
function reflectMatrix(
  a: Float64Array,
  n: number,
  i: number,
  u: Float64Array,
  half: number,
  p: Float64Array,
): void {
  p.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const row = j * n;
    const uj = u[j];
    let sum = a[row + j] * uj;
    for (let k = 0; k < j; k++) {
      const value = a[row + k];
      sum += value * u[k];
      p[k] += value * uj;
    }
    p[j] += sum;
  }
  let along = 0;
  for (let k = 0; k < i; k++) {
    p[k] /= half;
    along += u[k] * p[k];
  }
  const part = along / (2 * half);
  for (let k = 0; k < i; k++) p[k] -= part * u[k];
  for (let j = 0; j < i; j++) {
    const row = j * n;
    const uj = u[j];
    const pj = p[j];
    for (let k = 0; k <= j; k++) a[row + k] -= uj * p[k] + pj * u[k];
  }
}

/** The first i rows of the right-hand sides become H times themselves. */
function reflectRows(sides: Float64Array, m: number, i: number, u: Float64Array, half: number): void {
  const along = new Float64Array(m);
  for (let k = 0; k < i; k++) for (let c = 0; c < m; c++) along[c] += u[k] * sides[k * m + c];
  for (let k = 0; k < i; k++) {
    const factor = u[k] / half;
    for (let c = 0; c < m; c++) sides[k * m + c] -= factor * along[c];
  }
}

/** QL with implicit shifts: `d` becomes the eigenvalues. */
function diagonalise(d: Float64Array, e: Float64Array, sides: Float64Array, m: number): void {
  const n = d.length;
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      let last = first;
      while (last < n - 1 && Math.abs(e[last]) > Number.EPSILON * (Math.abs(d[last]) + Math.abs(d[last + 1])))
        last++;
      if (last === first) break;
      // Wilkinson's shift: the eigenvalue of the leading 2 x 2 block that is nearer to its first element.
      const g = (d[first + 1] - d[first]) / (2 * e[first]);
      const r = Math.hypot(g, 1);
      const shift = d[last] - d[first] + e[first] / (g + (g >= 0 ? r : -r));
      chase(d, e, sides, m, first, last, shift);
    }
  }
}

/** One sweep of rotations from `last` up to `first`. */
function chase(
  d: Float64Array,
  e: Float64Array,
  sides: Float64Array,
  m: number,
  first: number,
  last: number,
  shift: number,
): void {
  let g = shift;
  let s = 1;
  let c = 1;
  let p = 0;
  for (let i = last - 1; i >= first; i--) {
    const f = s * e[i];
    const b = c * e[i];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[last] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    const q = d[i + 1] - p;
    const t = (d[i] - q) * s + 2 * c * b;
    p = s * t;
    d[i + 1] = q + p;
    g = c * t - b;
    for (let k = 0, x = i * m, y = x + m; k < m; k++, x++, y++) {
      const old = sides[y];
      sides[y] = s * sides[x] + c * old;
      sides[x] = c * sides[x] - s * old;
    }
  }
  d[first] -= p;
  e[first] = g;
  e[last] = 0;
}
