import type { MeasuredOn } from '../metrics/measuredOn.ts';
import type { DeviceInfo, SkippedImage } from '../runs/run.ts';
import type { Baseline, TrainedDifference, TrainingRecord } from '../runs/trainingRecord.ts';
import type { TrainParams } from '../runs/trainingSettings.ts';
import type { RunImages } from './split.ts';
import type { TrainerProgress, TrainJob } from './trainJob.ts';
import { trainingVerdict } from './verdict.ts';

/** The process that trains. */
interface Trainer {
  readonly pid: number;
  readonly device: DeviceInfo;
  /** Version. */
  readonly onnxruntime: string;
}

/** What run.json says before the first epoch. */
export function newRecord(
  params: TrainParams,
  {
    backbone,
    settings,
    document,
    remark,
  }: Pick<TrainJob, 'backbone' | 'settings' | 'document'> & Pick<TrainingRecord, 'remark'>,
  { train, validation }: RunImages,
  { pid, device, onnxruntime }: Trainer,
): TrainingRecord {
  return {
    version: 1,
    kind: 'training',
    time: new Date().toISOString(),
    status: 'running',
    pid,
    params,
    settings,
    ...(remark && { remark }),
    backbone: {
      name: backbone.name,
      sha256: backbone.sha256,
      sourceCount: backbone.labelSpace.labels.length,
    },
    labels: document.targets.map(({ label }) => label),
    trainImages: train.length,
    validationImages: validation.length,
    parameters: 0,
    gradient: 'exact',
    device: { ...device, threads: settings.threads },
    software: { onnxruntime },
    baselines: [],
    epoch: 0,
    skipped: [],
    seconds: 0,
  };
}

/** What an earlier engine found out: name, the time it began, and the best so far. */
export function foundBefore({
  name,
  time,
  best,
  epoch,
  confusion,
  changes,
  seconds,
}: TrainingRecord): Partial<TrainingRecord> {
  return { name, time, best, epoch, confusion, changes, seconds };
}

/** The record after what the thread reported. */
export function recordAfter(record: TrainingRecord, progress: TrainerProgress): TrainingRecord {
  switch (progress.kind) {
    case 'ready':
      return { ...record, parameters: progress.parameters, gradient: progress.gradient };
    case 'skipped':
      return withSkipped(record, progress.image);
    case 'baseline':
      return {
        ...record,
        baselines: [
          ...record.baselines.filter(({ kind }) => kind !== progress.baseline.kind),
          progress.baseline,
        ],
      };
    case 'epoch': {
      const { metrics, best, confusion, changes, sample } = progress;
      return {
        ...record,
        epoch: metrics.epoch,
        seconds: metrics.seconds,
        best,
        changes,
        confusion: { ...confusion, counts: Array.from(confusion.counts) },
        sample: sample?.path ?? record.sample,
      };
    }
    case 'paused':
      return { ...record, status: 'paused' };
    case 'resumed':
      return { ...record, status: 'running' };
    default:
      return record;
  }
}

export function withSkipped(record: TrainingRecord, image: SkippedImage): TrainingRecord {
  if (record.skipped.some(({ path }) => path === image.path)) return record;
  return { ...record, skipped: [...record.skipped, image] };
}

/** The record with what was measured on the test folder. */
export function withTest(
  record: TrainingRecord,
  testImages: number,
  tested: {
    readonly accuracy: number;
    readonly baselines: readonly Baseline[];
    readonly testedOn: MeasuredOn;
    readonly difference?: TrainedDifference | undefined;
  },
): TrainingRecord {
  return {
    ...record,
    testAccuracy: tested.accuracy,
    testImages,
    testedOn: tested.testedOn,
    difference: tested.difference,
    baselines: record.baselines.map((baseline) => {
      const same = tested.baselines.find(({ kind }) => kind === baseline.kind);
      return same ? { ...baseline, testAccuracy: same.testAccuracy ?? null } : baseline;
    }),
  };
}

/** The record of a training whose epochs are over, with its verdict. */
export function withVerdict(record: TrainingRecord): TrainingRecord {
  const { best, testAccuracy, testImages = 0, validationImages, baselines, params, difference } = record;
  const tested = testAccuracy !== undefined;
  const rivals = baselines.map(({ kind, name, valAccuracy, testAccuracy: ofTest = null }) => ({
    kind,
    name,
    accuracy: tested ? ofTest : valAccuracy,
  }));
  const verdict = trainingVerdict(
    testAccuracy ?? best?.valAccuracy ?? 0,
    rivals,
    tested
      ? { where: 'test', images: testImages, difference }
      : { where: 'validation', images: validationImages, difference },
    params.settings.prompt.kind === 'none' ? 'mapping' : { promptWith: record.settings.mapping },
  );
  return { ...record, verdict };
}
