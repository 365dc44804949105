import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { ACCURACY, isWithinRange } from '../../core/mapping/ranges.ts';
import type { MeasuredOn } from '../../core/metrics/measuredOn.ts';
import {
  type DeviceInfo,
  LARGEST_RECORD,
  RUN_FILES,
  type SkippedImage,
  skippedRecord,
} from '../../core/runs/run.ts';
import type { Baseline, TrainingRecord, TrainParams } from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import { verdictOf } from '../../core/training/verdict.ts';
import type { PreparedTraining, TrainingServices } from './prepareTraining.ts';
import { readRunFile, writeRunFile } from './runFiles.ts';
import type { RunImages } from './runImages.ts';
import type { TrainerProgress } from './trainingThread.ts';

/** What run.json says before the first epoch. */
export function newRecord(
  params: TrainParams,
  { backbone, settings, document }: PreparedTraining,
  { train, validation }: RunImages,
  { device, onnxruntime }: TrainingServices,
): TrainingRecord {
  return {
    version: 1,
    kind: 'training',
    time: new Date().toISOString(),
    status: 'running',
    pid: process.pid,
    params,
    settings,
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
    device: trainingDevice(device, settings.threads),
    software: { onnxruntime },
    baselines: [],
    epoch: 0,
    skipped: [],
    seconds: 0,
  };
}

/** What an earlier engine found out: name, the time it began, and the best so far. */
export function foundBefore(record: TrainingRecord): Partial<TrainingRecord> {
  const { name, time, best, epoch, confusion, changes, seconds, measuredOn } = record;
  return {
    ...(name === undefined ? {} : { name }),
    time,
    epoch,
    seconds,
    ...(best ? { best } : {}),
    ...(confusion ? { confusion } : {}),
    ...(changes ? { changes } : {}),
    ...(measuredOn ? { measuredOn } : {}),
  };
}

/** The record after what the thread told. */
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
        ...(sample ? { sample: sample.path } : {}),
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
  if (record.skipped.some(({ path: file }) => file === image.path)) return record;
  return { ...record, skipped: [...record.skipped, skippedRecord(image)] };
}

/** The record with what was measured on the test folder. */
export function withTest(
  record: TrainingRecord,
  testImages: number,
  tested: {
    readonly accuracy: number;
    readonly baselines: readonly Baseline[];
    readonly testedOn: MeasuredOn;
  },
): TrainingRecord {
  return {
    ...record,
    testAccuracy: tested.accuracy,
    testImages,
    testedOn: tested.testedOn,
    baselines: record.baselines.map((baseline) => {
      const same = tested.baselines.find(({ kind }) => kind === baseline.kind);
      return same ? { ...baseline, testAccuracy: same.testAccuracy ?? null } : baseline;
    }),
  };
}

export function verdictOn(record: TrainingRecord): string {
  const { best, testAccuracy, testImages, validationImages, baselines, params } = record;
  const tested = testAccuracy !== undefined;
  const rivals = baselines.map(({ kind, name, valAccuracy, testAccuracy: ofTest }) => ({
    kind,
    name,
    accuracy: tested ? (ofTest ?? null) : valAccuracy,
  }));
  return verdictOf(
    tested ? testAccuracy : best!.valAccuracy,
    rivals,
    tested ? (testImages ?? 0) : validationImages,
    tested ? 'test' : 'validation',
    params.settings.prompt.kind === 'none' ? 'mapping' : 'prompt',
  );
}

/** @throws {SemapError} `not-found`, `invalid-document` */
export async function readRecord(runFolder: string): Promise<TrainingRecord> {
  const file = path.join(runFolder, RUN_FILES.record);
  const text = await readRunFile(runFolder, RUN_FILES.record, LARGEST_RECORD);
  if (!text) throw new SemapError('not-found', phrase('There is no run in {0}.', runFolder));
  try {
    const record = JSON.parse(String(text)) as TrainingRecord;
    if (record.kind !== 'training') throw new Error('it is a record of something else');
    if (!isAsked(record.params)) throw new Error('it does not say what was asked');
    if (!isFound(record)) throw new Error('its numbers are none');
    return record;
  } catch (cause) {
    throw new SemapError('invalid-document', phrase('{0} is no record of a training.', file), { cause });
  }
}

/** What a resumed run takes over: see {@link foundBefore}. */
function isFound({ epoch, seconds, best }: Partial<TrainingRecord>): boolean {
  return (
    Number.isSafeInteger(epoch) &&
    epoch! >= 0 &&
    isWithinRange(seconds, { from: 0, to: Number.MAX_SAFE_INTEGER }) &&
    (best === undefined || (isWithinRange(best.valAccuracy, ACCURACY) && Number.isFinite(best.valLoss)))
  );
}

/** What a resumed run begins with. The record is a file that anyone may have written. */
function isAsked(params: Partial<TrainParams> | undefined): boolean {
  const { folders, backbone, testFolder, settings } = params ?? {};
  return (
    Array.isArray(folders) &&
    [...folders, backbone, testFolder ?? ''].every((one) => typeof one === 'string') &&
    typeof settings?.prompt === 'object'
  );
}

export async function writeRecord(runFolder: string, record: TrainingRecord): Promise<void> {
  await writeRunFile(runFolder, RUN_FILES.record, `${JSON.stringify(record, null, 2)}\n`);
}

function trainingDevice(device: DeviceInfo, threads: number): DeviceInfo {
  const [name] = device.name.split(/, \d+ threads?$/);
  return { ...device, name: `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}` };
}
