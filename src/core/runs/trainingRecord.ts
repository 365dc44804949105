import { invalidDocument, type Problem, readProblem, type SemapError } from '../errors.ts';
import { isLayout, isSplitName } from '../folders/layout.ts';
import { readSplitRoles, type SplitRoles } from '../folders/splitRoles.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import type { MeasuredOn } from '../metrics/measuredOn.ts';
import { phrase, readText, type Text } from '../text/text.ts';
import {
  type DeviceInfo,
  lackingFields,
  type RunStatus,
  readSkipped,
  runStatuses,
  type SkippedImage,
} from './run.ts';
import type { ResolvedSettings, TrainParams } from './trainingSettings.ts';

/*
 * Training a visual prompt. A run has a folder of its own, `.semap/runs/<time>-train-<name>/`:
 *
 *   run.json                  TrainingRecord: settings, status, baselines, best epoch, verdict; rewritten after every epoch
 *   metrics.jsonl             one EpochMetrics per line, in order; a resumed run continues at the end
 *   prompt.safetensors        the prompt of the best epoch so far (float32), with its settings as metadata
 *   prompt.png                the same as a picture
 *   prompt-2.safetensors, prompt-2.png, ...  further ones, where several are trained together
 *   sample.png                a validation image with that prompt applied
 *   mask.png                  how much of the prompt that image gets where, for a mask
 *   alignment.semap.json      the mapping of the best epoch as a document that points to prompt.safetensors
 *   alignment.head.safetensors  the layer that was trained beside the prompt, which that document points to, where there is one
 *   checkpoint.safetensors    what a resumed run continues from
 *   <kind>.semap.json         a baseline that can be kept, with its head in <kind>.head.safetensors
 *
 * Every file but metrics.jsonl is written under another name first and then renamed.
 */

/** A source that a target gained or lost; indices of targets and source labels. */
export interface MappingChange {
  readonly target: number;
  /** The strongest source before and after; -1 = none. */
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string;
  readonly toLabel: string;
}

/** One line of metrics.jsonl: numbers only, so that other tools plot it as it is. */
export interface EpochMetrics {
  /** From 1. 0 = before training: the start's validation. */
  readonly epoch: number;
  /** Steps done since the start. */
  readonly step: number;
  /** Mean cross-entropy over the epoch's images (null for epoch 0). */
  readonly loss: number | null;
  /** Share in [0, 1], measured on the way, under the prompt as it was at each step. */
  readonly trainAccuracy: number | null;
  readonly valLoss: number;
  readonly valAccuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Of training, pauses and interruptions left out. */
  readonly seconds: number;
  /** Targets whose strongest source changed. */
  readonly mappingChanges: number;
}

/** What validation images were taken for, row-major [T, T]: truth, then prediction. */
export interface Confusion {
  readonly labels: readonly string[];
  readonly counts: Uint32Array | readonly number[];
}

export type BaselineKind = 'majority' | 'zero-shot' | 'mapping-only' | 'linear-mapping' | 'linear-probe';

/** What the same images give without a prompt. */
export interface Baseline {
  readonly kind: BaselineKind;
  /** For people: "Mapping only (BLM+)". */
  readonly name: Text;
  /** On the run's validation images. */
  readonly valAccuracy: number | null;
  /** On the test folder; only after training. */
  readonly testAccuracy?: number | null | undefined;
  /** Why there is no value. */
  readonly problem?: Text | undefined;
  /** Its head is in the run's folder, see `headFiles`. */
  readonly head?: true | undefined;
}

export interface BestEpoch {
  readonly epoch: number;
  readonly valAccuracy: number;
  readonly valLoss: number;
}

/** How what was trained differs from what scores without its prompt, on the same images. */
export interface TrainedDifference {
  readonly than: BaselineKind;
  /** Points of accuracy in [-1, 1], with the ends of a 95% interval: a paired bootstrap. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** McNemar's exact test. Near-duplicates count as one image, here and in the interval. */
  readonly p: number;
  readonly images: number;
}

/** What run.json holds. */
export interface TrainingRecord {
  readonly version: 1;
  readonly kind: 'training';
  /** ISO time of the start. */
  readonly time: string;
  /** Absent: the folder's name. A person may have renamed the run. */
  readonly name?: string | undefined;
  readonly status: RunStatus;
  /** Process that runs it, while it does. */
  readonly pid?: number | undefined;
  readonly params: TrainParams;
  /** Settings with every default filled in. */
  readonly settings: ResolvedSettings;
  readonly backbone: { readonly name: string; readonly sha256: string; readonly sourceCount: number };
  readonly labels: readonly string[];
  readonly trainImages: number;
  readonly validationImages: number;
  /**
   * Which images of the folders are trained with (`learned`) and validated with (`measured`), and which folders are left
   * out. Absent in records of earlier versions.
   */
  readonly measuredOn?: MeasuredOn | undefined;
  /** What the splits of the folders are used for, where they have several. */
  readonly splits?: SplitRoles | undefined;
  readonly testImages?: number | undefined;
  /** Which images of the test folder are tested with, and which folders are left out. */
  readonly testedOn?: MeasuredOn | undefined;
  readonly parameters: number;
  readonly gradient: 'exact' | 'spsa';
  readonly device: DeviceInfo;
  readonly software: { readonly onnxruntime: string };
  readonly baselines: readonly Baseline[];
  /** Absent before the first validation. */
  readonly best?: BestEpoch | undefined;
  /** The last epoch that was done. */
  readonly epoch: number;
  /** The best epoch's prompt and mapping on the test folder; see `testedOn`. */
  readonly testAccuracy?: number | undefined;
  /** Of the last validation. */
  readonly confusion?: Confusion | undefined;
  readonly changes?: readonly MappingChange[] | undefined;
  /** On the test images, else on the validation images; absent without a prompt. */
  readonly difference?: TrainedDifference | undefined;
  /** Which of prompt and baselines is worth it, in plain words. */
  readonly verdict?: Text | undefined;
  /** What a person should know of how it is trained: what was not possible, and what was done instead. */
  readonly remark?: Text | undefined;
  /** Why it ended early: "Validation has not improved for 8 epochs." */
  readonly ended?: Text | undefined;
  readonly problem?: Problem | undefined;
  readonly skipped: readonly SkippedImage[];
  /** Which image sample.png shows. */
  readonly sample?: string | undefined;
  /** Of training, pauses left out. */
  readonly seconds: number;
}

/**
 * A training's record. The file may have been written by anyone: what a list, a page or a resumed run relies on is
 * checked; whatever else it says is looked at where it is used. Records of before 0.2 keep words as strings.
 * @param data the JSON of a `run.json`
 * @throws {SemapError} `invalid-document`
 */
export function readTraining(data: unknown): TrainingRecord {
  const record = objectOf(data);
  if (record['kind'] !== 'training') throw wrong(phrase('Unknown record type.'));
  if (record['version'] !== 1) throw wrong(phrase('The record is from a newer version of SeMap.'));
  const params = objectOf(record['params']);
  const settings = objectOf(record['settings']);
  const device = objectOf(record['device']);
  const { labels, baselines, best, epoch, seconds } = record;
  const whole =
    runStatuses.some((status) => status === record['status']) &&
    isTexts([params['backbone'], params['testFolder'] ?? '', objectOf(record['backbone'])['name']]) &&
    isTexts(params['folders']) &&
    areLayouts(params['layouts']) &&
    (params['split'] === undefined || isSplitName(params['split'])) &&
    isTexts(labels) &&
    isTexts([objectOf(settings['prompt'])['kind']]) &&
    typeof objectOf(params['settings'])['prompt'] === 'object' &&
    Array.isArray(baselines) &&
    Number.isFinite(settings['epochs']) &&
    Number.isSafeInteger(epoch) &&
    (epoch as number) >= 0 &&
    isWithinRange(seconds, { from: 0, to: Number.MAX_SAFE_INTEGER });
  if (!whole) throw lacking();
  if (best !== undefined) {
    const { valAccuracy, valLoss } = objectOf(best);
    if (!isWithinRange(valAccuracy, ACCURACY) || !Number.isFinite(valLoss))
      throw wrong(phrase('The best epoch in the record has no accuracy.'));
  }
  return {
    ...(record as unknown as TrainingRecord),
    splits: readSplitRoles(record['splits']),
    baselines: (baselines as readonly unknown[]).map(baselineOf),
    device: { ...device, why: readText(device['why']) ?? phrase('Unknown') } as DeviceInfo,
    verdict: readText(record['verdict']),
    ended: readText(record['ended']),
    remark: readText(record['remark']),
    problem: readProblem(record['problem']),
    skipped: (Array.isArray(record['skipped']) ? record['skipped'] : []).flatMap(readSkipped),
  };
}

function areLayouts(data: unknown): boolean {
  return data === undefined || (Array.isArray(data) && data.every((one) => one === null || isLayout(one)));
}

function baselineOf(data: unknown): Baseline {
  const baseline = objectOf(data);
  const name = readText(baseline['name']) ?? phrase('Unknown');
  return { ...(baseline as unknown as Baseline), name, problem: readText(baseline['problem']) };
}

function objectOf(data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw lacking();
  return data as Readonly<Record<string, unknown>>;
}

function isTexts(data: unknown): boolean {
  return Array.isArray(data) && data.every((one) => typeof one === 'string');
}

function lacking(): SemapError {
  return wrong(lackingFields);
}

function wrong(why: Text): SemapError {
  return invalidDocument(why);
}

/**
 * The epochs of a metrics.jsonl, one per line. Lines that are cut off or say something else are left out; of an epoch that
 * was trained again after an interruption the last line counts.
 */
export function parseMetrics(text: string): readonly EpochMetrics[] {
  const epochs = new Map<number, EpochMetrics>();
  for (const line of text.split('\n')) {
    const metrics = parseLine(line);
    if (metrics) epochs.set(metrics.epoch, metrics);
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}

function parseLine(line: string): EpochMetrics | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { epoch, valLoss, valAccuracy } = value as Partial<EpochMetrics>;
    const usable = Number.isInteger(epoch) && Number.isFinite(valLoss) && Number.isFinite(valAccuracy);
    return usable ? (value as EpochMetrics) : undefined;
  } catch {
    return undefined;
  }
}
