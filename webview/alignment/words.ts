import type {
  AlignmentDocument,
  AlignmentMethodSettings,
  AlignmentTarget,
} from '../../src/core/alignments/alignment.ts';
import { expectedRecall } from '../../src/core/alignments/expectedQuality.ts';
import type { Aggregation } from '../../src/core/mapping/mapping.ts';
import { oneLine } from '../../src/core/text/plainText.ts';
import type { AlignmentModel } from './alignmentModel.ts';

/** Similarity as people read it. */
export function formatSimilarity(value: number): string {
  return Number.isNaN(value) ? 'unknown' : value.toFixed(2);
}

/** `Chihuahua for dog: similarity 0.99, mapped`. */
export function cellInWords(model: AlignmentModel, target: number, source: number): string {
  const at = target * model.sources.length + source;
  const mapped = model.excluded.has(model.sourceIndex[source])
    ? 'excluded'
    : weightInWords(model.weights[at]);
  return `${oneLine(model.sources[source])} for ${oneLine(model.targets[target].label)}: similarity ${formatSimilarity(model.values[at])}, ${mapped}`;
}

export function weightInWords(weight: number): string {
  if (weight === 0) return 'not mapped';
  return weight === 1 ? 'mapped' : `mapped with weight ${Number(weight.toPrecision(2))}`;
}

export function sourceCount(count: number): string {
  return count === 0 ? 'no source label' : count === 1 ? '1 source label' : `${count} source labels`;
}

/** `target dog, 118 source labels, expected good`. */
export function targetInWords(target: AlignmentTarget): string {
  return `target label ${oneLine(target.label)}, ${sourceCount(target.sources.length)}, expected ${target.expected}`;
}

/** What to expect of a target, as a sentence. */
export function expectation({ sources, expected, measured }: AlignmentTarget): string {
  if (sources.length === 0) return 'No source label is mapped to it: it cannot be predicted.';
  if (measured) {
    const images = measured.images === 1 ? '1 image' : `${measured.images} images`;
    return `Measured when it was learned: ${Math.round(100 * measured.recall)}% recall on ${images} that the mapping did not learn from.`;
  }
  const recall = `about ${expectedRecall[expected]}% recall`;
  switch (expected) {
    case 'good':
    case 'fair':
      return `Expected: ${expected}, ${recall}.`;
    case 'weak':
      return `Expected: weak. Its source labels are only related; expect ${recall}.`;
    case 'poor':
      return `Expected: poor. Its source labels are far off; expect ${recall}.`;
    case 'none':
      return `This backbone has no close source label for it; expect ${recall}.`;
  }
}

/** `semap-k, k 5`. */
export function methodInWords({ name, k, seed, shared }: AlignmentMethodSettings): string {
  if (k !== undefined) return `${name}, k ${k}`;
  if (name === 'random' && seed !== undefined) return `${name}, seed ${seed}`;
  return shared === false ? `${name}, one to one` : name;
}

export function aggregationInWords(aggregation: Aggregation): string {
  return aggregation.kind === 'log-mean-exp' && aggregation.alpha !== 1
    ? `${aggregation.kind}, alpha ${aggregation.alpha}`
    : aggregation.kind;
}

/** Where the numbers come from. */
export function originInWords(document: AlignmentDocument, shownSources: number): string {
  const { backbone, method, targets } = document;
  const sources =
    shownSources === backbone.sourceCount
      ? `all ${shownSources.toLocaleString()} source labels`
      : `${shownSources.toLocaleString()} of ${backbone.sourceCount.toLocaleString()} source labels`;
  return [
    backbone.name,
    methodInWords(method),
    method.labelled ? `learned from ${method.labelled.images.toLocaleString()} images` : method.similarity,
    `${targets.length.toLocaleString()} target labels`,
    sources,
  ].join(' · ');
}
