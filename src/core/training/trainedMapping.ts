import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { LearnedMethod } from '../mapping/methods.ts';
import type { MappingChange } from '../runs/trainingRecord.ts';
import { isLayer, type TrainMapping } from '../runs/trainingSettings.ts';
import { RECIPES } from '../runs/trainRecipes.ts';
import type { PlainOutputs } from './baselines.ts';
import { blendedMapping } from './blendedMapping.ts';
import { fittedSharpness } from './calibration.ts';
import { refreshedMapping, strongestSources } from './refreshMapping.ts';
import { partMappings, partOutputs, stackedMapping } from './stackedMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** Mappings with weights, between which there are others. */
const BLENDED: ReadonlySet<TrainMapping> = new Set<TrainMapping>(['blm', 'blm+', 'semap-labels']);

/** Before the first epoch: by meaning, and with labels from what the backbone says of the images without a prompt. */
export async function startMapping(job: TrainJob): Promise<Mapping> {
  const { mapping, prompt } = job.settings;
  if (isLayer(mapping)) return job.semantic;
  const one = mapping === 'semap' ? job.semantic : await refreshedMapping(mapping, startOutputs(job), job);
  return stackedMapping(new Array<Mapping>(prompt.count ?? 1).fill(one));
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

/** The mapping after an epoch, of what it has seen; of several prompts each has one of its own. */
export async function nextMapping(
  job: TrainJob,
  before: Mapping,
  outputs: LabelledOutputs,
): Promise<Mapping> {
  const { mapping: kind, prompt } = job.settings;
  if (kind === 'semap' || isLayer(kind)) return before;
  const { count = 1 } = prompt;
  if (count === 1) return nextOfPrompt(job, before, outputs);
  const next: Mapping[] = [];
  for (const [k, part] of partMappings(before, count).entries())
    next.push(await nextOfPrompt(job, part, partOutputs(outputs, count, k)));
  return stackedMapping(next);
}

async function nextOfPrompt(job: TrainJob, before: Mapping, outputs: LabelledOutputs): Promise<Mapping> {
  const { mapping, recipe } = job.settings;
  const kind = mapping as LearnedMethod | 'ilm';
  const next = await refreshedMapping(kind, outputs, job);
  return RECIPES[recipe].mappingAsIs || !BLENDED.has(kind) ? next : blendedMapping(before, next, outputs);
}

/** The sharpness that scores [N, T] have in the loss. */
export function sharpnessOf({ settings }: TrainJob, scores: Float32Array, truths: ArrayLike<number>): number {
  return RECIPES[settings.recipe].mappingAsIs ? 1 : fittedSharpness(scores, truths);
}

/** Targets whose strongest source is another. */
export function mappingChanges({ backbone }: TrainJob, before: Mapping, after: Mapping): MappingChange[] {
  const { labels } = backbone.labelSpace;
  // Under several prompts a source is there several times.
  const sourcesOf = (mapping: Mapping) =>
    strongestSources(mapping).map((source) => (source < 0 ? source : source % labels.length));
  const sources = sourcesOf(before);
  const nameOf = (source: number) => labels[source]?.name ?? '';
  return sourcesOf(after).flatMap((to, target) => {
    const from = sources[target];
    return from === to ? [] : [{ target, from, to, fromLabel: nameOf(from), toLabel: nameOf(to) }];
  });
}
