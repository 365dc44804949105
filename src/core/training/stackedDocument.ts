import type { AlignmentDocument } from '../alignments/alignment.ts';
import { joinAlignments, withTargetWeights } from '../alignments/memberEdits.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { promptFiles } from '../runs/run.ts';
import type { Confusion } from '../runs/trainingRecord.ts';
import { partMappings } from './stackedMapping.ts';
import { trainedDocument } from './trainedDocument.ts';
import type { TrainJob } from './trainJob.ts';

/**
 * An alignment document with several prompts that were trained together: the same backbone with each of them, and how much
 * each counts for each label.
 * @param mapping of all prompts, see `stackedMapping`
 * @param shares [K, T]: for each target 1 together
 */
export function stackedDocument(
  job: Pick<TrainJob, 'document' | 'settings' | 'train' | 'similarity' | 'backbone'>,
  mapping: Mapping,
  confusion: Pick<Confusion, 'counts'>,
  shares: Float32Array,
): AlignmentDocument {
  const T = mapping.targets.length;
  const K = shares.length / T;
  const parts = partMappings(mapping, K).map((part, k) =>
    trainedDocument(job, part, confusion, promptFiles(k).prompt),
  );
  const [{ method, targets }] = parts;
  const { perClass: _, seed: __, ...record } = method.labelled!;
  // On the mean 1, as without weights.
  const weights = Array.from({ length: K }, (_, k) =>
    Array.from(shares.subarray(k * T, (k + 1) * T), (share) => Number((K * share).toPrecision(5))),
  );
  const measured = targets.map((target) => target.measured);
  return withTargetWeights(joinAlignments(parts), weights, { record, measured });
}
