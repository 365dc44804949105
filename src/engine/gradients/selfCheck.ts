import { largest } from '../../core/largest.ts';
import type { GraphInput } from '../../core/onnx/graph.ts';
import { productOf } from '../../core/onnx/shapes.ts';
import type { Feeds } from './gradientSession.ts';

/** Repeatable values for every input of a graph: waves for floats, small numbers for labels, even weights. */
export function sampleFeeds(inputs: readonly GraphInput[]): Feeds {
  const feeds: Record<string, Float32Array | Int32Array> = {};
  for (const { name, type, dims } of inputs) {
    const count = productOf(dims as readonly number[]);
    if (type === 'int32') feeds[name] = Int32Array.from({ length: count }, (_, i) => i % 2);
    else if (name === 'weights') feeds[name] = new Float32Array(count).fill(1 / count);
    else if (name === 'mapping')
      feeds[name] = Float32Array.from({ length: count }, (_, i) => (i % 7 === 0 ? 0.5 : 0));
    else feeds[name] = Float32Array.from({ length: count }, (_, i) => Math.sin(12.9898 * i));
  }
  return feeds;
}

/** The largest |a - b| / |b| of two runs' outputs; infinite where one of them is not a number. */
export function disagreement(
  run: Readonly<Record<string, Float32Array>>,
  expected: Readonly<Record<string, Float32Array>>,
): number {
  const errors = Object.entries(expected).map(([name, b]) => {
    const a = run[name];
    let difference = 0;
    let norm = 0;
    for (let i = 0; i < b.length; i++) {
      difference += (a[i] - b[i]) ** 2;
      norm += b[i] ** 2;
    }
    if (!Number.isFinite(difference) || !Number.isFinite(norm)) return Number.POSITIVE_INFINITY;
    return Math.sqrt(difference / Math.max(norm, 1e-30));
  });
  return largest(errors, 0);
}
