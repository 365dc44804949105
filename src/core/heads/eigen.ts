/** Eigenvalues, largest first, and their vectors as rows [n, n]. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/**
 * All eigenvectors of a symmetric matrix [n, n] by Householder's tridiagonal form and the implicit QL method (tred2 and
 * tql2 of EISPACK, Bowdler et al. 1968), vectors kept as rows so that every inner loop runs along memory.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const V = Float64Array.from(matrix);
  const d = new Float64Array(n);
  const e = new Float64Array(n);
  tridiagonal(V, d, e, n);
  implicitQl(V, d, e, n);
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => d[b] - d[a] || a - b);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors.set(V.subarray(order[i] * n, (order[i] + 1) * n), i * n);
  return { values: Float64Array.from(order, (i) => d[i]), vectors };
}

/** V (symmetric) becomes the transposed transformation, d the diagonal, e the one below it. */
function tridiagonal(V: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  // V[j * n + i] holds what the published code calls V[i][j].
  for (let j = 0; j < n; j++) d[j] = V[j * n + n - 1];
  for (let i = n - 1; i > 0; i--) {
    let scale = 0;
    let h = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(d[k]);
    if (scale === 0) {
      e[i] = d[i - 1];
      for (let j = 0; j < i; j++) {
        d[j] = V[j * n + i - 1];
        V[j * n + i] = 0;
        V[i * n + j] = 0;
      }
    } else {
      for (let k = 0; k < i; k++) {
        d[k] /= scale;
        h += d[k] * d[k];
      }
      const f = d[i - 1];
      const g = f > 0 ? -Math.sqrt(h) : Math.sqrt(h);
      e[i] = scale * g;
      h -= f * g;
      d[i - 1] = f - g;
      for (let j = 0; j < i; j++) e[j] = 0;
      for (let j = 0; j < i; j++) {
        const row = j * n;
        const dj = d[j];
        V[i * n + j] = dj;
        let sum = e[j] + V[row + j] * dj;
        for (let k = j + 1; k < i; k++) {
          sum += V[row + k] * d[k];
          e[k] += V[row + k] * dj;
        }
        e[j] = sum;
      }
      let dot = 0;
      for (let j = 0; j < i; j++) {
        e[j] /= h;
        dot += e[j] * d[j];
      }
      const hh = dot / (h + h);
      for (let j = 0; j < i; j++) e[j] -= hh * d[j];
      for (let j = 0; j < i; j++) {
        const row = j * n;
        const dj = d[j];
        const ej = e[j];
        for (let k = j; k < i; k++) V[row + k] -= dj * e[k] + ej * d[k];
        d[j] = V[row + i - 1];
        V[row + i] = 0;
      }
    }
    d[i] = h;
  }
  for (let i = 0; i < n - 1; i++) {
    V[i * n + n - 1] = V[i * n + i];
    V[i * n + i] = 1;
    const h = d[i + 1];
    const last = (i + 1) * n;
    if (h !== 0) {
      for (let k = 0; k <= i; k++) d[k] = V[last + k] / h;
      for (let j = 0; j <= i; j++) {
        const row = j * n;
        let g = 0;
        for (let k = 0; k <= i; k++) g += V[last + k] * V[row + k];
        for (let k = 0; k <= i; k++) V[row + k] -= g * d[k];
      }
    }
    for (let k = 0; k <= i; k++) V[last + k] = 0;
  }
  for (let j = 0; j < n; j++) {
    d[j] = V[j * n + n - 1];
    V[j * n + n - 1] = 0;
  }
  if (n > 0) V[n * n - 1] = 1;
  e[0] = 0;
}

function implicitQl(V: Float64Array, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i];
  if (n > 0) e[n - 1] = 0;
  let f = 0;
  let largest = 0;
  for (let l = 0; l < n; l++) {
    largest = Math.max(largest, Math.abs(d[l]) + Math.abs(e[l]));
    let m = l;
    while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * largest) m++;
    for (let sweep = 0; m > l && sweep < 60; sweep++) {
      let g = d[l];
      let p = (d[l + 1] - g) / (2 * e[l]);
      let r = p < 0 ? -Math.hypot(p, 1) : Math.hypot(p, 1);
      d[l] = e[l] / (p + r);
      d[l + 1] = e[l] * (p + r);
      const dl1 = d[l + 1];
      let h = g - d[l];
      for (let i = l + 2; i < n; i++) d[i] -= h;
      f += h;
      p = d[m];
      let c = 1;
      let c2 = c;
      let c3 = c;
      const el1 = e[l + 1];
      let s = 0;
      let s2 = 0;
      for (let i = m - 1; i >= l; i--) {
        c3 = c2;
        c2 = c;
        s2 = s;
        g = c * e[i];
        h = c * p;
        r = Math.hypot(p, e[i]);
        e[i + 1] = s * r;
        s = e[i] / r;
        c = p / r;
        p = c * d[i] - s * g;
        d[i + 1] = h + s * (c * g + s * d[i]);
        const low = i * n;
        const high = low + n;
        for (let k = 0; k < n; k++) {
          const upper = V[high + k];
          const lower = V[low + k];
          V[high + k] = s * lower + c * upper;
          V[low + k] = c * lower - s * upper;
        }
      }
      p = (-s * s2 * c3 * el1 * e[l]) / dl1;
      e[l] = s * p;
      d[l] = c * p;
      if (Math.abs(e[l]) <= Number.EPSILON * largest) break;
    }
    d[l] += f;
    e[l] = 0;
  }
}
