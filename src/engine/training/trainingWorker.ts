import { SemapError } from '../../core/errors.ts';
import type { Baseline } from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import { type FittedBaseline, fitBaselines, type PlainOutputs } from '../../core/training/baselines.ts';
import type { PlainImages, TrainJob } from '../../core/training/trainJob.ts';
import { Rpc } from '../../protocol/rpc.ts';
import { channelToStarter } from '../threads/threadChannel.ts';
import { Control } from './control.ts';
import { mappingOnly } from './mappingOnly.ts';
import { PromptTrainer } from './promptTrainer.ts';
import type { TrainingWorkerApi } from './trainingThread.ts';

/** Entry of a training thread: one run, after which it is closed. Its steps keep it busy, and not the engine's thread. */
const { channel, endThread } = channelToStarter();

const control = new Control();
let trained:
  | { readonly job: TrainJob; readonly accuracyOn: (plain: PlainImages) => Promise<number> }
  | undefined;
let baselines: readonly FittedBaseline[] = [];
let close: () => Promise<void> = async () => {};
const ROUNDS = 4;

function outputsOf(plain: PlainImages, targetCount: number, sourceCount: number): PlainOutputs {
  const { images, logits, features } = plain;
  const truths = images.map(({ truth }) => truth);
  return { logits, truths, sourceCount, targetCount, ...(features ? { features } : {}) };
}

function shown({ kind, name, problem }: FittedBaseline): Omit<Baseline, 'valAccuracy'> {
  return { kind, name, ...(problem === undefined ? {} : { problem }) };
}

new Rpc<Record<never, never>, TrainingWorkerApi>(channel, {
  estimate: async (params, { report }) => {
    const trainer = await PromptTrainer.open({ ...params, runFolder: '', resume: false }, control, () => {});
    try {
      const { step, forward } = await trainer.measure(ROUNDS, (done) => report({ done, total: ROUNDS - 1 }));
      return {
        secondsPerStep: step,
        secondsPerForward: forward,
        parameters: trainer.parameters,
        gradient: trainer.blocked === undefined ? 'exact' : 'spsa',
        ...(trainer.blocked === undefined ? {} : { why: trainer.blocked }),
      };
    } finally {
      await trainer.close();
    }
  },
  train: async (job, { report }) => {
    const T = job.document.targets.length;
    const S = job.semantic.sourceCount;
    const validation = outputsOf(job.validation, T, S);
    const fitted: FittedBaseline[] = [];
    for (const baseline of fitBaselines(outputsOf(job.train, T, S), job)) {
      fitted.push(baseline);
      report({
        kind: 'baseline',
        baseline: { ...shown(baseline), valAccuracy: baseline.accuracy(validation) },
      });
    }
    baselines = fitted;
    if (job.settings.prompt.kind === 'none') {
      const { outcome, accuracyOn } = await mappingOnly(job, validation, report);
      trained = { job, accuracyOn: async (plain) => accuracyOn(outputsOf(plain, T, S)) };
      return outcome;
    }
    const trainer = await PromptTrainer.open(job, control, report);
    close = () => trainer.close();
    trained = { job, accuracyOn: ({ images }) => trainer.accuracyOn(images) };
    return trainer.train();
  },
  test: async (plain) => {
    if (!trained) throw new SemapError('internal', phrase('There is nothing to test.'));
    const { document, semantic } = trained.job;
    const outputs = outputsOf(plain, document.targets.length, semantic.sourceCount);
    const accuracy = await trained.accuracyOn(plain);
    return {
      accuracy,
      baselines: baselines.map((baseline) => ({
        ...shown(baseline),
        valAccuracy: null,
        testAccuracy: baseline.accuracy(outputs),
      })),
    };
  },
  control: (wish) => {
    control.set(wish);
    return undefined;
  },
  close: async () => {
    await close().catch(() => {});
    return endThread();
  },
});
