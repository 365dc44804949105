import { bayesianMapping, bayesianPlusMapping, fewLabelsMapping } from '../mapping/bayesian.ts';
import { frequencyMapping } from '../mapping/frequency.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';

/** How a mapping is made anew from what an epoch has seen. */
export type RefreshKind = 'ilm' | 'flm' | 'blm' | 'blm+' | 'semap-labels';

/** What a refreshed mapping may lean on besides logits. */
export interface RefreshContext {
  /** The mapping by meaning. */
  readonly semantic: Mapping;
  /** Decides between sources that fired equally often. */
  readonly similarity: SimilarityMatrix;
  /** Sources that no target may use: the background, and what a person left out. */
  readonly unused: readonly number[];
}

/** A logit whose probability is zero. */
const NEVER = -1e30;

const REFRESH: Record<RefreshKind, (outputs: LabelledOutputs, context: RefreshContext) => Mapping> = {
  ilm: (outputs, { similarity }) => frequencyMapping(outputs, { assignment: 'hungarian', similarity }),
  flm: (outputs, { similarity }) => frequencyMapping(outputs, { assignment: 'greedy', similarity }),
  blm: (outputs) => bayesianMapping(outputs),
  'blm+': (outputs) => bayesianPlusMapping(outputs),
  'semap-labels': (outputs, { semantic }) => fewLabelsMapping(semantic, outputs),
};

/** The mapping of labelled logits. A target without images keeps its sources by meaning. */
export function refreshedMapping(
  kind: RefreshKind,
  outputs: LabelledOutputs,
  context: RefreshContext,
): Mapping {
  const { unused, semantic } = context;
  const mapping = REFRESH[kind](unused.length === 0 ? outputs : without(unused, outputs), context);
  const banned = new Set(unused);
  const targets = mapping.targets.map((sources, t) => {
    const kept = sources.filter(({ source }) => !banned.has(source));
    return kept.length > 0 ? kept : (semantic.targets[t] ?? []);
  });
  return { ...mapping, targets };
}

function without(unused: readonly number[], outputs: LabelledOutputs): LabelledOutputs {
  const logits = outputs.logits.slice();
  for (let row = 0; row < logits.length; row += outputs.sourceCount) {
    for (const source of unused) logits[row + source] = NEVER;
  }
  return { ...outputs, logits };
}

/** Per target its strongest source; -1 without any. */
export function strongestSources({ targets }: Mapping): number[] {
  return targets.map((sources) => {
    let best = -1;
    let weight = 0;
    for (const one of sources) {
      if (best >= 0 && one.weight <= weight) continue;
      best = one.source;
      weight = one.weight;
    }
    return best;
  });
}
