import { createHash } from 'node:crypto';
import { serialiseAlignment } from '../../core/alignments/alignmentText.ts';
import { SemapError } from '../../core/errors.ts';
import { headFiles, RUN_FILES } from '../../core/runs/run.ts';
import type { Baseline, EpochMetrics, TrainedDifference } from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import {
  accuracyOf,
  type FittedBaseline,
  fitBaselines,
  type LearnedLayer,
  type PlainOutputs,
} from '../../core/training/baselines.ts';
import { layerHead } from '../../core/training/layerHead.ts';
import { learnWithoutPrompt } from '../../core/training/mappingOnly.ts';
import type { PlainImages, TrainerProgress, TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import { NOT_ASKED } from '../../core/training/trainState.ts';
import { rivalKind } from '../../core/training/verdict.ts';
import type { Call } from '../../protocol/rpc.ts';
import type { TrainEstimate } from '../../protocol/training.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { writeScores } from './bestFiles.ts';
import { Control, type Wish } from './control.ts';
import { promptDifference } from './promptDifference.ts';
import { PromptTrainer } from './promptTrainer.ts';
import { writeRunFile } from './runFiles.ts';

/** What a training thread offers. One run at a time. */
export interface TrainingWorkerApi {
  estimate: Call<
    Omit<TrainJob, 'runFolder' | 'resume'>,
    Pick<TrainEstimate, 'secondsPerStep' | 'parameters' | 'gradient' | 'why'> & {
      readonly secondsPerForward: number;
    },
    { readonly done: number; readonly total: number }
  >;
  train: Call<TrainJob, TrainOutcome, TrainerProgress>;
  /**
   * After `train`: how the best epoch differs from what scores without its prompt, on the validation images; undefined
   * without a prompt.
   */
  compare: Call<Grouped, TrainedDifference | undefined>;
  /** After `train`: the best epoch's prompt and mapping, and the baselines, on images that were not touched before. */
  test: Call<
    Grouped & { readonly plain: PlainImages },
    {
      readonly accuracy: number;
      readonly baselines: readonly Baseline[];
      readonly difference: TrainedDifference | undefined;
    }
  >;
  /** Between two steps: `pause` waits with a checkpoint written, `leave` ends so, `stop` ends and keeps the best. */
  control: Call<Wish>;
}

interface Grouped {
  /** Per image the number of its group of near-duplicates, negative for none. */
  readonly groups: Int32Array;
}

/** What a training has come to. Right is 1, wrong 0; see `NOT_ASKED`. */
interface Trained {
  readonly job: TrainJob;
  /** Which of `job.validationImages` it has right, where it has a prompt. */
  readonly validated?: Float32Array | undefined;
  /** Which others it has right. */
  readonly rightOf: (plain: PlainImages) => Promise<Float32Array> | Float32Array;
}

/** Entry of a training thread: one run, after which it is closed. Its steps keep it busy, and not the engine's thread. */
const control = new Control();
let trained: Trained | undefined;
let baselines: readonly FittedBaseline[] = [];
let close: () => Promise<void> = async () => {};
const ROUNDS = 4;

function outputsOf(plain: PlainImages, targetCount: number, sourceCount: number): PlainOutputs {
  const { images, logits, features } = plain;
  const truths = images.map(({ truth }) => truth);
  return { logits, truths, sourceCount, targetCount, features };
}

/** Trains without a prompt: a mapping or a layer, whose accuracy is that of its only epoch. */
async function trainMapping(
  job: TrainJob,
  validation: PlainOutputs,
  report: (progress: TrainerProgress) => void,
): Promise<{ readonly outcome: TrainOutcome; readonly rightOf: (outputs: PlainOutputs) => Float32Array }> {
  const started = performance.now();
  report({ kind: 'ready', parameters: 0, gradient: 'exact', epochs: [] });
  const { scores, best, confusion, rightOf } = await learnWithoutPrompt(job, validation);
  const seconds = (performance.now() - started) / 1000;
  const metrics: EpochMetrics = {
    epoch: 0,
    step: 0,
    loss: null,
    trainAccuracy: null,
    valLoss: best.valLoss,
    valAccuracy: best.valAccuracy,
    learningRate: 0,
    imagesPerSecond: 0,
    seconds,
    mappingChanges: 0,
  };
  await writeRunFile(job.runFolder, RUN_FILES.metrics, `${JSON.stringify(metrics)}\n`);
  await writeScores(job, { confusion, scores, valAccuracy: best.valAccuracy });
  report({ kind: 'epoch', metrics, changes: [], confusion, best });
  return { outcome: { state: 'finished', best, epoch: 0, seconds }, rightOf };
}

function mustBeTrained(): Trained {
  if (!trained) throw new SemapError('internal', phrase('There is nothing to test.'));
  return trained;
}

/** From what scores without the prompt. @param own which of the images are right */
function differenceOf(
  own: ArrayLike<number>,
  plain: PlainImages,
  groups: Int32Array,
): TrainedDifference | undefined {
  const { document, semantic, settings } = mustBeTrained().job;
  if (settings.prompt.kind === 'none') return undefined;
  const kind = rivalKind(settings.mapping);
  const rival = baselines
    .find((one) => one.kind === kind)
    ?.right(outputsOf(plain, document.targets.length, semantic.sourceCount));
  return rival ? promptDifference(kind, own, rival, groups) : undefined;
}

/** Writes a layer that was learned beside the training, so that it can be kept; a training does not end without it. */
async function keepLayer(
  job: TrainJob,
  layer: LearnedLayer,
  accuracy: number | null,
): Promise<Pick<Baseline, 'head'>> {
  const { head, document } = layerHead(job, layer, accuracy);
  const files = headFiles(layer.kind);
  const sha256 = createHash('sha256').update(head).digest('hex');
  try {
    await writeRunFile(job.runFolder, files.head, head);
    await writeRunFile(job.runFolder, files.document, serialiseAlignment(document(files.head, sha256)));
    return { head: true };
  } catch {
    return {};
  }
}

serveStarter<TrainingWorkerApi>(
  {
    estimate: async (params, { report }) => {
      const trainer = await PromptTrainer.open(
        { ...params, runFolder: '', resume: false },
        control,
        () => {},
      );
      try {
        const { step, forward } = await trainer.measure(ROUNDS, (done) =>
          report({ done, total: ROUNDS - 1 }),
        );
        return {
          secondsPerStep: step,
          secondsPerForward: forward,
          parameters: trainer.steps.parameterCount,
          gradient: trainer.steps.gradient,
          why: trainer.steps.blocked,
        };
      } finally {
        await trainer.steps.close();
      }
    },
    train: async (job, { report }) => {
      const T = job.document.targets.length;
      const S = job.semantic.sourceCount;
      const validation = outputsOf(job.validation, T, S);
      const fitted: FittedBaseline[] = [];
      for await (const baseline of fitBaselines(outputsOf(job.train, T, S), job)) {
        fitted.push(baseline);
        const { right, layer, ...shown } = baseline;
        const valAccuracy = accuracyOf(right(validation));
        const kept = layer ? await keepLayer(job, layer, valAccuracy) : {};
        report({ kind: 'baseline', baseline: { ...shown, valAccuracy, ...kept } });
      }
      baselines = fitted;
      if (job.settings.prompt.kind === 'none') {
        const { outcome, rightOf } = await trainMapping(job, validation, report);
        trained = { job, rightOf: (plain) => rightOf(outputsOf(plain, T, S)) };
        return outcome;
      }
      const layers = fitted.flatMap(({ layer }) => layer ?? []);
      const trainer = await PromptTrainer.open(job, control, report, layers);
      close = () => trainer.steps.close();
      const outcome = await trainer.train();
      trained = {
        job,
        validated: trainer.validated,
        rightOf: ({ images }) => trainer.rightOf(images),
      };
      return outcome;
    },
    compare: ({ groups }) => {
      const { job, validated } = mustBeTrained();
      const places = new Map(job.validationImages.map(({ path }, at) => [path, at]));
      const own = job.validation.images.map(({ path }) => validated?.[places.get(path)!] ?? NOT_ASKED);
      return differenceOf(own, job.validation, groups);
    },
    test: async ({ plain, groups }) => {
      const { job, rightOf } = mustBeTrained();
      const outputs = outputsOf(plain, job.document.targets.length, job.semantic.sourceCount);
      const right = await rightOf(plain);
      return {
        accuracy: accuracyOf(right.filter((one) => one !== NOT_ASKED)) ?? 0,
        baselines: baselines.map(({ right: on, layer: _, ...shown }) => ({
          ...shown,
          valAccuracy: null,
          testAccuracy: accuracyOf(on(outputs)),
        })),
        difference: differenceOf(right, plain, groups),
      };
    },
    control: (wish) => {
      control.set(wish);
      return undefined;
    },
  },
  () => close(),
);
