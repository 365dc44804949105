import type { MappingMethod } from '../mapping/methods.ts';
import type { Baseline, BaselineKind, TrainingRecord } from '../runs/trainingRecord.ts';
import type { LearnedLayer } from './baselines.ts';

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

/**
 * The layer that was learned beside the training of a prompt and is no worse than it: then the prompt is not worth what it
 * costs. Undefined where the prompt won, where no prompt was trained, or where the layer was not kept.
 */
export function betterLayer({
  baselines,
  best,
  testAccuracy,
  settings,
}: Pick<TrainingRecord, 'baselines' | 'best' | 'testAccuracy'> & {
  readonly settings: Pick<TrainingRecord['settings'], 'prompt'>;
}): LayerKind | undefined {
  const most = testAccuracy ?? best?.valAccuracy;
  if (most === undefined || settings.prompt.kind === 'none') return undefined;
  const accuracyOf = ({ valAccuracy, testAccuracy: tested }: Baseline) =>
    (testAccuracy === undefined ? valAccuracy : tested) ?? Number.NEGATIVE_INFINITY;
  const [found] = baselines
    .filter(({ kind, head }) => head === true && isLayerKind(kind))
    .filter((one) => accuracyOf(one) >= most)
    .sort((a, b) => accuracyOf(b) - accuracyOf(a));
  return found && isLayerKind(found.kind) ? found.kind : undefined;
}

type LayerKind = LearnedLayer['kind'];

function isLayerKind(kind: BaselineKind): kind is LayerKind {
  return kind === 'linear-mapping' || kind === 'linear-probe';
}
