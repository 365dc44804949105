import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { MappingChange } from '../runs/trainingRecord.ts';
import { isLayer, type TrainMapping } from '../runs/trainingSettings.ts';
import type { PlainOutputs } from './baselines.ts';
import { blendedMapping } from './blendedMapping.ts';
import { fittedSharpness } from './calibration.ts';
import { RECIPES } from './recipes.ts';
import { refreshedMapping, strongestSources } from './refreshMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** Mappings with weights, between which there are others. */
const BLENDED: ReadonlySet<TrainMapping> = new Set<TrainMapping>(['blm', 'blm+', 'semap-labels']);

/** Before the first epoch: by meaning, and with labels from what the backbone says of the images without a prompt. */
export async function startMapping(job: TrainJob): Promise<Mapping> {
  const { mapping } = job.settings;
  return mapping === 'semap' || isLayer(mapping)
    ? job.semantic
    : refreshedMapping(mapping, startOutputs(job), job);
}

/** What the backbone says of the training images without a prompt. */
export function startOutputs({ train, semantic }: Pick<TrainJob, 'train' | 'semantic'>): PlainOutputs {
  return {
    logits: train.logits,
    features: train.features,
    truths: train.images.map(({ truth }) => truth),
    sourceCount: semantic.sourceCount,
    targetCount: semantic.targets.length,
  };
}

/** The mapping after an epoch, of what it has seen. */
export async function nextMapping(
  job: TrainJob,
  before: Mapping,
  outputs: LabelledOutputs,
): Promise<Mapping> {
  const { mapping: kind, recipe } = job.settings;
  if (kind === 'semap' || isLayer(kind)) return before;
  const next = await refreshedMapping(kind, outputs, job);
  return RECIPES[recipe].mappingAsIs || !BLENDED.has(kind) ? next : blendedMapping(before, next, outputs);
}

/** The sharpness that a mapping's scores have in the loss. */
export function sharpnessOf(
  { settings }: TrainJob,
  mapping: Mapping,
  { logits, truths }: LabelledOutputs,
): number {
  if (RECIPES[settings.recipe].mappingAsIs) return 1;
  return fittedSharpness(new MappingScorer(mapping).score(logits, truths.length), truths);
}

/** Targets whose strongest source is another. */
export function mappingChanges({ backbone }: TrainJob, before: Mapping, after: Mapping): MappingChange[] {
  const sources = strongestSources(before);
  const nameOf = (source: number) => backbone.labelSpace.labels[source]?.name ?? '';
  return strongestSources(after).flatMap((to, target) => {
    const from = sources[target];
    return from === to ? [] : [{ target, from, to, fromLabel: nameOf(from), toLabel: nameOf(to) }];
  });
}
