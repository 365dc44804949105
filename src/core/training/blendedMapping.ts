import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import { type Mapping, massOf, type SourceWeight } from '../mapping/mapping.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import { fittedSharpness } from './calibration.ts';
import { evaluate } from './evaluation.ts';

/** Shares of the new mapping that are tried. */
const SHARES = [0, 0.25, 0.5, 0.75, 1];

/**
 * Between a mapping and the next one, the blend that explains labelled outputs best (least cross-entropy, each with its
 * own sharpness). A mapping learned of a few hundred images jumps from epoch to epoch, and a prompt cannot follow it:
 * this one moves only as far as it gains.
 */
export function blendedMapping(before: Mapping, next: Mapping, outputs: LabelledOutputs): Mapping {
  if (before.aggregation.kind !== next.aggregation.kind) return next;
  let best = { loss: Number.POSITIVE_INFINITY, mapping: next };
  for (const share of SHARES) {
    const mapping = share === 0 ? before : share === 1 ? next : blend(before, next, share);
    const scorer = new MappingScorer(mapping);
    const sharpness = fittedSharpness(scorer.score(outputs.logits), outputs.truths);
    const { loss } = evaluate(scorer, outputs.logits, outputs.truths, sharpness);
    if (loss < best.loss) best = { loss, mapping };
  }
  return best.mapping;
}

function blend(before: Mapping, next: Mapping, share: number): Mapping {
  const [from, to] = [before.aggregation, next.aggregation];
  const linear = from.kind === 'linear' && to.kind === 'linear';
  const aggregation = linear
    ? { ...to, bias: to.bias.map((bias, t) => (1 - share) * from.bias[t] + share * bias) }
    : to;
  const targets = next.targets.map((sources, t): SourceWeight[] => {
    const weights = new Map<number, number>();
    const add = (list: readonly SourceWeight[], part: number) => {
      const mass = linear ? 1 : massOf(list);
      for (const { source, weight } of list) {
        weights.set(source, (weights.get(source) ?? 0) + (part * weight) / mass);
      }
    };
    add(before.targets[t] ?? [], 1 - share);
    add(sources, share);
    return [...weights]
      .map(([source, weight]) => ({ source, weight }))
      .sort((a, b) => b.weight - a.weight || a.source - b.source);
  });
  return { ...next, targets, aggregation };
}
