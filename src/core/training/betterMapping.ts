import type { MappingMethod } from '../mapping/methods.ts';
import type { BaselineKind, TrainingRecord } from '../runs/trainingRecord.ts';

/** Baselines that are a mapping, and so an alignment without a prompt. A probe is a layer of its own. */
const METHODS: Partial<Record<BaselineKind, MappingMethod>> = {
  'zero-shot': 'semap',
  'mapping-only': 'blm+',
  'linear-mapping': 'linear',
};

/** A mapping that was measured beside a training. */
export interface FoundBetter {
  readonly kind: BaselineKind;
  readonly method: MappingMethod;
}

/**
 * The best of the mappings without a prompt that did better than what was trained, on the test images where there are
 * some. Undefined where the training won, or is not measured.
 */
export function betterMapping(
  record: Pick<TrainingRecord, 'baselines' | 'best' | 'testAccuracy'>,
): FoundBetter | undefined {
  const { best, testAccuracy } = record;
  let most = testAccuracy ?? best?.valAccuracy;
  let found: FoundBetter | undefined;
  for (const { kind, valAccuracy, testAccuracy: tested } of record.baselines) {
    const method = METHODS[kind];
    const accuracy = testAccuracy === undefined ? valAccuracy : tested;
    // A record is a file that anyone may have written.
    if (method === undefined || most === undefined || typeof accuracy !== 'number' || accuracy <= most)
      continue;
    most = accuracy;
    found = { kind, method };
  }
  return found;
}
