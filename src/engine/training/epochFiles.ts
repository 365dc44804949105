import type { Confusion, EpochMetrics, MappingChange } from '../../core/runs/trainingRecord.ts';
import type { TrainerProgress, TrainJob } from '../../core/training/trainJob.ts';
import type { TrainState } from '../../core/training/trainState.ts';
import { lacksPictures, writeBest, writePictures } from './bestFiles.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { PromptPictures } from './promptPictures.ts';
import type { PromptSteps } from './promptSteps.ts';
import { MetricsFile } from './runFiles.ts';
import type { WritesBehind } from './writesBehind.ts';

/** What an epoch has come to. */
interface EndedEpoch {
  readonly metrics: EpochMetrics;
  readonly changes: readonly MappingChange[];
  readonly confusion: Confusion;
  /** So far. */
  readonly best: NonNullable<TrainState['best']>;
  /** Whether it is this epoch. */
  readonly isBest: boolean;
  /** The parameters that it is looked at with; nobody changes them. */
  readonly shown: Float32Array;
}

interface Behind {
  readonly checkpoints: Checkpoints;
  readonly writes: WritesBehind;
  readonly report: (progress: TrainerProgress) => void;
}

/** What an epoch leaves in the folder of its run, written behind the steps of the next one, and told once it is there. */
export class EpochFiles {
  readonly #job: TrainJob;
  readonly #steps: PromptSteps;
  readonly #metrics: MetricsFile;
  readonly #behind: Behind;

  constructor(job: TrainJob, steps: PromptSteps, behind: Behind) {
    this.#job = job;
    this.#steps = steps;
    this.#metrics = new MetricsFile(job.runFolder);
    this.#behind = behind;
  }

  /** The training must be as the epoch left it: its checkpoint is made at once. */
  keep(ended: EndedEpoch): void {
    const { metrics, changes, confusion, best, isBest, shown } = ended;
    const { checkpoints, writes, report } = this.#behind;
    let pictures: readonly PromptPictures[] = [];
    writes.add(async () => {
      pictures = await this.#steps.pictures(shown, this.#job.validationImages[0]);
      if (isBest) await this.#writeBest(ended, pictures);
      await this.#metrics.append(metrics);
    });
    checkpoints.keep();
    writes.add(async () => {
      const [first, ...further] = pictures;
      const { parameters: _p, mapping: _m, right: _r, ...told } = best;
      report({
        kind: 'epoch',
        metrics,
        changes,
        confusion,
        best: told,
        ...first,
        ...(further.length > 0 && { furtherPrompts: further.map((one) => one.prompt) }),
      });
    });
  }

  /**
   * Continues after an epoch: what is told of later ones is removed.
   * @returns the epochs up to there
   */
  keepUpTo(epoch: number): Promise<readonly EpochMetrics[]> {
    return this.#metrics.keepUpTo(epoch);
  }

  /** Writes the pictures of the best epoch again where one is missing. */
  async redraw(parameters: Float32Array): Promise<void> {
    const { runFolder, validationImages } = this.#job;
    const { count, networkLength } = this.#steps.prompts;
    if (await lacksPictures(runFolder, count, networkLength > 0))
      await writePictures(runFolder, await this.#steps.pictures(parameters, validationImages[0]));
  }

  /** Writes prompt, pictures and mapping or layer of the best epoch so far. */
  async #writeBest(
    { best: { parameters, mapping, valAccuracy }, confusion }: EndedEpoch,
    pictures: readonly PromptPictures[],
  ): Promise<void> {
    const own = this.#steps.prompts;
    const files = own.files(parameters, this.#job.backbone.sha256);
    const prompts = files.map((file, k) => ({ file, pictures: pictures[k] }));
    const scores = this.#steps.layerAt(parameters) ?? mapping;
    const shares = own.count > 1 ? own.shares(parameters) : undefined;
    await writeBest(this.#job, { prompts, confusion, scores, shares, valAccuracy });
  }
}
