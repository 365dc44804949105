import { driftText } from '../core/jobs/drift.ts';
import { indexText } from '../core/jobs/indexes.ts';
import type { JobDocument } from '../core/jobs/job.ts';
import type { DeviceInfo } from '../core/runs/run.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { listed, plural, say } from '../core/text/text.ts';
import type { ClassifyResult } from '../protocol/classification.ts';
import type { CheckedJob } from '../protocol/jobs.ts';

/** Shards whose results are missing, torn, or of another job, as ranges. */
export type Lacking = Readonly<Partial<Record<'missing' | 'damaged' | 'foreign', string>>>;

/** Shards without a result that can be used, as ranges. */
export function lackingOf(checked: CheckedJob): Lacking {
  const kinds = ['missing', 'damaged', 'foreign'] as const;
  return Object.fromEntries(
    kinds.filter((kind) => checked[kind].length > 0).map((kind) => [kind, indexText(checked[kind])]),
  );
}

/** The same in words. */
export function lackingLines({ missing, damaged, foreign }: Lacking): readonly string[] {
  return [
    ...(missing ? [`Missing shards: ${missing}`] : []),
    ...(damaged ? [`Damaged results, to be run again: ${damaged}`] : []),
    ...(foreign ? [`Results of another job, to be run again: ${foreign}`] : []),
  ];
}

/** What a person should know of results that are all there. */
export function noteLines({ shards, changed, drift }: CheckedJob, { semap }: JobDocument): readonly string[] {
  const versions = [...new Set([semap, ...shards.map((shard) => shard.semap)])];
  const runtimes = [...new Set(shards.map(({ onnxruntime }) => onnxruntime))];
  const devices = [...new Set(shards.map(({ device }) => device))].filter((device) => device !== 'cache');
  return [
    ...(versions.length > 1 ? [`SeMap ${say(listed(versions))} were at work.`] : []),
    ...(runtimes.length > 1 ? [`onnxruntime ${say(listed(runtimes))} were at work.`] : []),
    ...(devices.length > 1 ? [`Devices differ, and round differently: ${say(listed(devices))}.`] : []),
    ...(changed > 0
      ? [
          say(
            plural(
              changed,
              '{0} image was changed after the job was planned.',
              '{0} images were changed after the job was planned.',
            ),
          ),
        ]
      : []),
    ...drift.map((one) => say(driftText(one))),
  ];
}

/** What the walk and the shards could not read. */
export function leftOutOf(
  { leftOut }: JobDocument,
  { skipped }: CheckedJob,
): Pick<ClassifyResult, 'skipped' | 'passedOver'> {
  const all = [...leftOut.skipped, ...skipped].sort((a, b) => inNaturalOrder(a.path, b.path));
  return { skipped: all, passedOver: leftOut.passedOver };
}

/** What ran the shards, and for how long together. */
export function ranOn({ shards }: CheckedJob): Pick<ClassifyResult, 'device' | 'seconds'> {
  const providers = [...new Set(shards.map(({ device }) => device))].sort();
  const device: DeviceInfo = {
    provider: providers.join(' + '),
    name: providers.join(' + '),
    why: plural(shards.length, '{0} shard was run by itself.', '{0} shards were run by themselves.'),
  };
  return { device, seconds: Number(shards.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(3)) };
}
