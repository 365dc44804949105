import path from 'node:path';
import { cancelled } from '../../core/errors.ts';
import { DriftCount } from '../../core/jobs/drift.ts';
import { foldersOfJob } from '../../core/jobs/job.ts';
import type { ResultFacts } from '../../core/jobs/shardResult.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { fileOf, readJob, readJobAlignment, readShardList } from '../../files/jobFolder.ts';
import type { JobMethods } from '../../protocol/jobs.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import { isSameImage } from '../shards/openJob.ts';
import { checkResult, openResult, widthsOf } from '../shards/resultFile.ts';

type Method = JobMethods['checkJob'];

/** Skipped images that are named, at most. */
const MOST_NAMED = 100_000;

/** Reads all bytes of the results of a job, and says what is there and what is not. */
export async function checkJob(
  { job: folder }: Method['params'],
  { signal, report }: Pick<CallContext<Method['progress']>, 'signal' | 'report'>,
): Promise<Method['result']> {
  const job = await readJob(folder);
  const { targets } = await readJobAlignment(folder, job);
  const { folders } = foldersOfJob(job);
  const widths = widthsOf(job, targets.length);
  const shards: ResultFacts[] = [];
  const not: Record<'missing' | 'damaged' | 'foreign', number[]> = { missing: [], damaged: [], foreign: [] };
  const skipped: SkippedImage[] = [];
  const drift = new DriftCount();
  let changed = 0;
  for (let shard = 0; shard < job.shards; shard++) {
    if (signal.aborted) throw cancelled();
    report({ done: shard, total: job.shards });
    const state = await checkResult(folder, job, shard);
    if (state.kind !== 'whole') {
      not[state.kind].push(shard);
      continue;
    }
    const list = await readShardList(folder, job, shard);
    const result = await openResult(folder, job, shard, widths);
    const isOurs = result?.rows.every(({ image }, row) => isSameImage(list[row], image)) ?? false;
    if (!result || !isOurs) {
      not.damaged.push(shard);
      continue;
    }
    shards.push(state.facts);
    for (const [row, { image, target, confidence, ...known }] of result.rows.entries()) {
      if (known.changed) changed++;
      if (known.skipped) {
        if (skipped.length < MOST_NAMED)
          skipped.push({ path: fileOf(list[row], folders), reason: known.skipped });
        continue;
      }
      drift.add(shard, `${image.folder}/${path.posix.dirname(image.name)}`, target, confidence);
    }
  }
  const labels = targets.map(({ label }) => label);
  return { images: job.images, shards, ...not, skipped, changed, drift: drift.result(labels) };
}
