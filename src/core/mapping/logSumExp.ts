/** Log-sum-exp of a row of logits. */
export function logSumExp(row: Float32Array): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < row.length; i++) if (row[i] > top) top = row[i];
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += Math.exp(row[i] - top);
  return top + Math.log(sum);
}
