import type { TrainedRow } from '../core/reuse/trainedRows.ts';
import type { RunPhase } from '../core/runs/run.ts';
import type { Text } from '../core/text/text.ts';
import type { Call } from './rpc.ts';
import type { OfRun, RunState, RunSummary, RunViewApi } from './runView.ts';

/** A point of the curves. What was not measured there is absent. */
export interface CurvePoint {
  /** Epochs behind it: 2.5 is in the middle of the third. */
  readonly epoch: number;
  readonly trainLoss?: number | undefined;
  readonly validationLoss?: number | undefined;
  /** Shares in [0, 1]. */
  readonly trainAccuracy?: number | undefined;
  readonly validationAccuracy?: number | undefined;
}

/** What the prompt has to beat, on the same split, and the training itself. */
export interface BaselineRow extends TrainedRow {
  /** It can be kept as an alignment: a head that was saved, or a mapping that does better without a prompt. */
  readonly keep?: KeptBaseline | undefined;
}

/** What of a baseline can be kept. */
export type KeptBaseline = 'mapping' | 'linear-mapping' | 'linear-probe';

/** Another training of the workspace that can be laid over this one. */
export interface OtherRun {
  readonly id: string;
  readonly name: string;
  /** Best validation accuracy in [0, 1]. */
  readonly accuracy?: number | undefined;
  /** What it was trained on, where that are other images than this run's: then the curves cannot be compared. */
  readonly folder?: string | undefined;
  readonly phase: RunPhase;
}

/** Pictures that a training has. */
export const trainingPictures = ['sample', 'prompted', 'prompt', 'mask'] as const;
/** Those of the further prompts, where several are trained together. */
export const furtherPictures = [2, 3, 4, 5, 6, 7, 8].map((at) => `prompt-${at}` as const);
export type TrainingPicture = (typeof trainingPictures)[number] | (typeof furtherPictures)[number];

/** A training as its page shows it, without its curves; small, because it is sent up to ten times a second. */
export interface TrainingSummary extends RunSummary {
  readonly kind: 'training';
  readonly backbone: string;
  /** What it makes of the backbone: `Prompt (watermark) + BLM+`. */
  readonly way: Text;
  /** What is done besides training steps: `computing baselines`. */
  readonly activity?: string | undefined;
  /** Epoch that is trained, from 1; 0 before the first. */
  readonly epoch: number;
  readonly epochs: number;
  readonly step: number;
  readonly steps: number;
  readonly imagesPerSecond?: number | undefined;
  readonly secondsLeft?: number | undefined;
  readonly seed: number;
  readonly images?:
    | { readonly training: number; readonly validation: number; readonly test?: number | undefined }
    | undefined;
  readonly best?: { readonly epoch: number; readonly accuracy: number } | undefined;
  /** Points of the curves that can be asked for: one an epoch. */
  readonly points: number;
  /** The epoch that is trained, as far as it is. */
  readonly partial?: CurvePoint | undefined;
  readonly baselines: readonly BaselineRow[];
  /** One sentence: whether the prompt is worth it. */
  readonly verdict?: string | undefined;
  /** How many prompts are trained together. */
  readonly prompts: number;
  /** Grows whenever other pictures can be asked for; 0 = none yet. */
  readonly pictures: number;
  /** Epoch of the confusion and the mapping changes that can be asked for; 0 = none yet. */
  readonly validated: number;
  /** How many targets have another strongest source than an epoch before. */
  readonly mappingChanges?: number | undefined;
  readonly others: readonly OtherRun[];
  /** Runs that the person asked to lay over this one; `request` is another number each time. */
  readonly compare?: { readonly request: number; readonly ids: readonly string[] } | undefined;
}

export type TrainingState = RunState<TrainingSummary>;

/** The last validation: counts of true against predicted labels. */
export interface TrainingConfusion {
  readonly labels: readonly string[];
  /** Row-major [labels, labels]; row = truth. */
  readonly counts: Uint32Array;
}

/** A target label whose strongest source is another than an epoch before. */
export interface MappingChangeRow {
  readonly target: string;
  readonly targetIndex: number;
  /** Index of the source that it has now, or had. */
  readonly sourceIndex: number;
  /** Absent: it had none. */
  readonly from?: string | undefined;
  /** Absent: it has none. */
  readonly to?: string | undefined;
}

/** What the training page may ask of the extension host. */
export interface TrainingViewApi extends RunViewApi<TrainingState> {
  /** Points `from..` of a run's curves, oldest first. */
  points: Call<OfRun & { readonly from: number }, readonly CurvePoint[]>;
  confusion: Call<OfRun, TrainingConfusion | null>;
  mappingChanges: Call<OfRun, readonly MappingChangeRow[]>;
  /** Null where there is none. */
  picture: Call<
    OfRun & { readonly picture: TrainingPicture },
    { readonly type: string; readonly bytes: Uint8Array } | null
  >;
  /** Asks for a folder to train on. */
  train: Call<null>;
  openAlignment: Call<OfRun>;
  /** Classifies a folder that is asked for with what was trained. */
  classify: Call<OfRun>;
  /** Makes an alignment of the mapping that does better without a prompt, or of a head that was learned beside it. */
  keepBaseline: Call<OfRun & { readonly what: KeptBaseline }>;
  /** Shows what a target is mapped to now in the run's alignment. */
  showCell: Call<OfRun & { readonly target: number; readonly source: number }>;
}
