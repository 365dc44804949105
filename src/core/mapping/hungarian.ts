/**
 * The assignment of rows to distinct columns with the largest total value (Hungarian algorithm with potentials,
 * Jonker-Volgenant style, O(rows^2 columns)). Order-free: renaming rows does not change the total.
 * @param values row-major [rows, columns], finite.
 * @returns per row its column; -1 for the rows left over when there are more rows than columns.
 */
export function assign(values: Float32Array | Float64Array, rows: number, columns: number): Int32Array {
  if (rows > columns) {
    const transposed = new Float64Array(values.length);
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) transposed[c * rows + r] = values[r * columns + c];
    }
    const result = new Int32Array(rows).fill(-1);
    for (const [column, row] of assign(transposed, columns, rows).entries()) result[row] = column;
    return result;
  }
  // One-based, with 0 as "none"; minimises the negated values.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const previous = new Int32Array(columns + 1);
  const slack = new Float64Array(columns + 1);
  const used = new Uint8Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    slack.fill(Number.POSITIVE_INFINITY);
    used.fill(0);
    let column = 0;
    do {
      used[column] = 1;
      const current = rowOf[column];
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let c = 1; c <= columns; c++) {
        if (used[c]) continue;
        const cost = -values[(current - 1) * columns + c - 1] - rowPotential[current] - columnPotential[c];
        if (cost < slack[c]) {
          slack[c] = cost;
          previous[c] = column;
        }
        if (slack[c] < delta) {
          delta = slack[c];
          next = c;
        }
      }
      for (let c = 0; c <= columns; c++) {
        if (used[c]) {
          rowPotential[rowOf[c]] += delta;
          columnPotential[c] -= delta;
        } else slack[c] -= delta;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const from = previous[column];
      rowOf[column] = rowOf[from];
      column = from;
    }
  }
  const result = new Int32Array(rows).fill(-1);
  for (let c = 1; c <= columns; c++) if (rowOf[c]) result[rowOf[c] - 1] = c - 1;
  return result;
}
