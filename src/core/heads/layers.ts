import type { Mapping } from '../mapping/mapping.ts';
import type { FeatureKind } from './features.ts';
import type { LinearTerms } from './headFile.ts';

/** A learned linear mapping as the layer of a head, and the targets that it has a row for: those that had images. */
export function layerOf(
  { targets, aggregation, sourceCount: width }: Mapping,
  reads: FeatureKind,
): { readonly terms: LinearTerms; readonly targets: readonly number[] } {
  if (aggregation.kind !== 'linear') throw new Error(`A layer of ${aggregation.kind}.`);
  const known = [...targets.keys()].filter((t) => targets[t].length > 0);
  const weights = new Float32Array(known.length * width);
  for (const [row, t] of known.entries())
    for (const { source, weight } of targets[t]) weights[row * width + source] = weight;
  const bias = Float32Array.from(known, (t) => aggregation.bias[t]);
  return { terms: { reads, width, weights, bias }, targets: known };
}
