import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { type LearnedMethod, type LearningContext, learnedMapping } from '../mapping/methods.ts';

/** What a refreshed mapping may lean on besides logits. */
export interface RefreshContext extends LearningContext {
  /** Sources that no target may use: the background, and what a person left out. */
  readonly unused: readonly number[];
}

/** The mapping of what an epoch has seen. A target without images keeps its sources by meaning. */
export async function refreshedMapping(
  method: LearnedMethod | 'ilm',
  outputs: LabelledOutputs,
  context: RefreshContext,
): Promise<Mapping> {
  const mapping = await learnedMapping(method, outputs, context);
  const targets = mapping.targets.map((sources, t) =>
    sources.length > 0 ? sources : (context.semantic.targets[t] ?? []),
  );
  return { ...mapping, targets };
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
