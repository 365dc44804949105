import type { LabelledOutputs } from '../../core/mapping/labelledOutputs.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { refreshedMapping } from '../../core/training/refreshMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** Before the first epoch: by meaning, and with labels from what the backbone says of the images without a prompt. */
export function startMapping(job: TrainJob): Mapping {
  const { mapping } = job.settings;
  return mapping === 'semap' ? job.semantic : refreshedMapping(mapping, startOutputs(job), job);
}

/** What the backbone says of the training images without a prompt. */
export function startOutputs({ train, semantic }: TrainJob): LabelledOutputs {
  return {
    logits: train.logits,
    truths: train.images.map(({ truth }) => truth),
    sourceCount: semantic.sourceCount,
    targetCount: semantic.targets.length,
  };
}
