import type { Mapping } from '../../core/mapping/mapping.ts';
import { refreshedMapping } from '../../core/training/refreshMapping.ts';
import type { TrainJob } from './trainJob.ts';

/** Before the first epoch: by meaning, and with labels from what the backbone says of the images without a prompt. */
export function startMapping(
  job: Pick<TrainJob, 'settings' | 'semantic' | 'train' | 'similarity' | 'unused'>,
): Mapping {
  const { mapping } = job.settings;
  if (mapping === 'semap') return job.semantic;
  const truths = job.train.images.map(({ truth }) => truth);
  const { sourceCount, targets } = job.semantic;
  return refreshedMapping(
    mapping,
    { logits: job.train.logits, truths, sourceCount, targetCount: targets.length },
    job,
  );
}
