import type { Penultimate } from './penultimate.ts';

/**
 * Features [n, D] of what a layer takes: the mean over all positions.
 * @param values row-major [batch, D], [batch, D, ...] (axis `second`) or [batch, ..., D] (axis `last`)
 * @param dims of `values`; the first is the batch, or a multiple of it where positions were put in rows
 * @param count n, at most `batch`; the rest was filled up
 */
export function poolFeatures(
  values: Float32Array,
  dims: readonly number[],
  axis: Penultimate['axis'],
  batch: number,
  count: number,
): Float32Array {
  const D = axis === 'second' ? dims[1] : dims[dims.length - 1];
  const perImage = values.length / batch;
  const positions = perImage / D;
  const [alongD, alongPositions] = axis === 'second' ? [positions, 1] : [1, D];
  const features = new Float32Array(count * D);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < D; k++) {
      let sum = 0;
      for (let p = 0; p < positions; p++) sum += values[i * perImage + k * alongD + p * alongPositions];
      features[i * D + k] = sum / positions;
    }
  }
  return features;
}
