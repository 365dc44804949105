import { setImmediate } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { EpochMetrics, MappingChange } from '../../core/runs/trainingRecord.ts';
import type { ResolvedSettings } from '../../core/runs/trainingSettings.ts';
import { RECIPES } from '../../core/runs/trainRecipes.ts';
import { listed, phrase, type Text } from '../../core/text/text.ts';
import type { LearnedLayer } from '../../core/training/baselines.ts';
import { SPSA_ESTIMATES, secondsLeft } from '../../core/training/estimate.ts';
import type { StepResult } from '../../core/training/mappingInput.ts';
import { Adam, GroupedOptimiser, type Optimiser, rateAt, Sgd } from '../../core/training/optimiser.ts';
import { SeenLogits } from '../../core/training/seenLogits.ts';
import { epochOrder, type LabelledImage } from '../../core/training/split.ts';
import { partMappings } from '../../core/training/stackedMapping.ts';
import {
  mappingChanges,
  nextMapping,
  sharpnessOf,
  startMapping,
  startOutputs,
} from '../../core/training/trainedMapping.ts';
import type { TrainerProgress, TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import {
  endEpoch,
  endedEarly,
  startState,
  stepBack,
  type TrainState,
} from '../../core/training/trainState.ts';
import { suspects } from '../images/suspects.ts';
import { Checkpoints } from './checkpoints.ts';
import type { Control } from './control.ts';
import { EpochFiles } from './epochFiles.ts';
import { PromptSteps, type Scoring } from './promptSteps.ts';
import { WritesBehind } from './writesBehind.ts';

const REPORT_MILLISECONDS = 200;

/** Trains a prompt, or several together: the loop over epochs and steps. */
export class PromptTrainer {
  readonly steps: PromptSteps;
  readonly #job: TrainJob;
  readonly #settings: ResolvedSettings;
  readonly #control: Control;
  readonly #report: (progress: TrainerProgress) => void;
  readonly #optimiser: Optimiser;
  readonly #seen: SeenLogits;
  readonly #state: TrainState;
  readonly #checkpoints: Checkpoints;
  readonly #writes = new WritesBehind();
  readonly #files: EpochFiles;
  readonly #skipped: Set<string>;
  #history: readonly EpochMetrics[] = [];
  #changes: readonly MappingChange[] = [];
  #reported = 0;

  private constructor(
    job: TrainJob,
    steps: PromptSteps,
    mapping: Mapping,
    control: Control,
    report: (progress: TrainerProgress) => void,
    skipped: Set<string>,
  ) {
    this.steps = steps;
    this.#job = job;
    this.#settings = job.settings;
    this.#control = control;
    this.#report = report;
    this.#skipped = skipped;
    const Kind = job.settings.optimiser === 'sgd' ? Sgd : Adam;
    this.#optimiser = new GroupedOptimiser(steps.groups, (length) => new Kind(length));
    // A layer is not refreshed of what was seen.
    this.#seen = new SeenLogits(
      steps.layer ? 0 : job.trainImages.length,
      steps.prompts.count * job.semantic.sourceCount,
    );
    this.#state = startState(
      steps.start(job.settings.seed),
      mapping,
      this.#optimiser,
      this.#seen,
      steps.layer?.scaling,
    );
    const trained = { state: this.#state, optimiser: this.#optimiser, seen: this.#seen };
    this.#checkpoints = new Checkpoints(job, trained, this.#writes);
    const behind = { checkpoints: this.#checkpoints, writes: this.#writes, report };
    this.#files = new EpochFiles(job, steps, behind);
  }

  /**
   * @param fitted layers that fit the outputs without a prompt, where somebody has them already
   * @throws {SemapError} `invalid-argument`, `unsupported-model`; `invalid-document` for a checkpoint of another run
   */
  static async open(
    job: TrainJob,
    control: Control,
    report: (progress: TrainerProgress) => void,
    fitted?: readonly LearnedLayer[],
  ): Promise<PromptTrainer> {
    await suspects.join(job.cacheFolder);
    const mapping = await startMapping(job);
    const skipped = new Set<string>();
    const onSkipped = (image: SkippedImage) => {
      if (skipped.has(image.path)) return;
      skipped.add(image.path);
      report({ kind: 'skipped', image });
    };
    const steps = await PromptSteps.open(job, mapping, onSkipped, fitted);
    const trainer = new PromptTrainer(job, steps, mapping, control, report, skipped);
    if (job.resume) await trainer.#resume();
    return trainer;
  }

  /** Runs the epochs that are left. */
  async train(): Promise<TrainOutcome> {
    try {
      return await this.#train();
    } finally {
      await this.#writes.done();
    }
  }

  async #train(): Promise<TrainOutcome> {
    const { epochs } = this.#settings;
    const state = this.#state;
    const { leaveAfter = Number.POSITIVE_INFINITY } = this.#job;
    this.#report({
      kind: 'ready',
      parameters: this.steps.parameterCount,
      gradient: this.steps.gradient,
      epochs: this.#history,
    });
    if (!state.best) {
      if (!this.steps.layer) state.sharpness = this.#startSharpness();
      await this.#endEpoch(0, 0, 0);
    }
    while (state.epoch < epochs) {
      // Also of one that is resumed: it may have been left while it was measured.
      const ended = endedEarly(state, this.#settings);
      if (ended) return this.#outcome('finished', ended);
      if (state.epoch >= leaveAfter) {
        await this.#checkpoints.write();
        return this.#outcome('paused');
      }
      const end = await this.#epoch(state.epoch + 1);
      if (end !== 'done') return this.#outcome(end);
    }
    return this.#outcome('finished');
  }

  /** Which images of a part that was not touched before the best epoch has right: 1, 0, or `NOT_ASKED`. */
  async rightOf(images: readonly LabelledImage[]): Promise<Float32Array> {
    const { parameters, mapping } = this.#best;
    return (await this.steps.validate(images, parameters, mapping, this.#state.sharpness)).right;
  }

  /** The same of the validation images. */
  get validated(): Float32Array {
    return this.#best.right;
  }

  /** Seconds of a step and of one without a gradient, measured. */
  measure(rounds: number, report: (done: number) => void): Promise<{ step: number; forward: number }> {
    return this.steps.measure(this.#state.parameters, this.#state.mapping, rounds, report);
  }

  /** There is one from the first validation on. */
  get #best(): NonNullable<TrainState['best']> {
    return this.#state.best!;
  }

  async #epoch(epoch: number): Promise<'done' | 'stopped' | 'paused'> {
    const state = this.#state;
    const { seed, epochs, learningRate, recipe } = this.#settings;
    const { schedule } = RECIPES[recipe];
    const images = this.#job.trainImages;
    const size = this.steps.batch;
    const steps = Math.ceil(images.length / size);
    const order = epochOrder(images.length, seed, epoch);
    const at = (step: number) => order.slice(step * size, (step + 1) * size);
    const rowsOf = (step: number) => {
      this.steps.batches.prefetch([...at(step), ...at(step + 1)].map((i) => images[i]));
      return this.steps.batches.rows(images, at(step), epoch);
    };
    const scoringNow = () => this.steps.scoring(state.parameters, state.mapping, state.sharpness);
    // A mapping stays the same for an epoch, a layer or shares of prompts for a step.
    const ofEpoch = this.steps.scoringMoves ? undefined : scoringNow();
    const peak = learningRate * state.rateShare;
    const rateOf = (step: number) => rateAt(epoch - 1 + (step + 0.5) / steps, epochs, peak, schedule);
    const begun = { seconds: state.seconds, seen: state.seen };
    const speed = () => (state.seen - begun.seen) / Math.max(1e-3, state.seconds - begun.seconds);
    let ahead = rowsOf(state.step);
    while (state.step < steps) {
      const end = await this.#heed();
      if (end) {
        // Validation may follow, and makes rows, too.
        await ahead.catch(() => {});
        return end;
      }
      const started = performance.now();
      const { step } = state;
      const { rows, used } = await ahead;
      const place = { epoch, step, estimates: SPSA_ESTIMATES };
      const scoring = ofEpoch ?? scoringNow();
      const running =
        used.length > 0 ? this.steps.step(state.parameters, rows, scoring.input, place) : undefined;
      // Made while the threads compute.
      ahead = rowsOf(step + 1);
      // Told where they are waited for.
      ahead.catch(() => {});
      const run = await running;
      if (run) {
        if (!Number.isFinite(run.loss)) throw diverged();
        this.#optimiser.update(state.parameters, run.gradient, rateOf(step));
        this.#count(run, used, scoring);
      }
      state.step++;
      const now = performance.now();
      state.seconds += (now - started) / 1000;
      if (now - this.#reported > REPORT_MILLISECONDS && state.seen > 0 && !this.#writes.pending) {
        this.#reported = now;
        this.#report({
          kind: 'step',
          epoch,
          epochs,
          step: state.step,
          steps,
          loss: state.lossSum / state.seen,
          trainAccuracy: state.hits / state.seen,
          imagesPerSecond: speed(),
          secondsLeft: this.#secondsLeft(speed()),
        });
      }
      if (state.step < steps && this.#checkpoints.isDue(now - started)) this.#checkpoints.keep();
    }
    if (state.seen === 0) throw noneLeft();
    // Validation may take long, and is not interrupted.
    this.#checkpoints.keep();
    await this.#endEpoch(epoch, rateOf(0), speed());
    return 'done';
  }

  /** What a person wants meanwhile; a pause is waited for here. */
  async #heed(): Promise<'stopped' | 'paused' | undefined> {
    // Messages are taken between two steps.
    await setImmediate();
    this.#writes.check();
    if (this.#control.wish === 'pause') {
      await this.#checkpoints.write();
      this.#report({ kind: 'paused' });
    }
    const { waited, wish } = await this.#control.heeded();
    if (waited && wish === 'resume') this.#report({ kind: 'resumed' });
    if (wish === 'leave') {
      await this.#checkpoints.write();
      return 'paused';
    }
    return wish === 'stop' ? 'stopped' : undefined;
  }

  #count(run: StepResult, used: readonly number[], scoring: Scoring): void {
    const state = this.#state;
    const truths = used.map((i) => this.#job.trainImages[i].truth);
    state.hits += scoring.evaluate(run, truths).hits;
    state.lossSum += run.loss * truths.length;
    state.seen += truths.length;
    if (run.logits && !this.steps.layer) this.#seen.add(run.logits, used);
  }

  /** A new mapping, validation, files and the report of an epoch; epoch 0 is the start. */
  async #endEpoch(epoch: number, rate: number, imagesPerSecond: number): Promise<void> {
    const state = this.#state;
    const started = performance.now();
    this.#mustBeLeft();
    if (epoch > 0) await this.#refresh();
    const { validationImages } = this.#job;
    const { parameters, mapping, sharpness } = state;
    const { hits, loss, count, counts, right } = await this.steps.validate(
      validationImages,
      parameters,
      mapping,
      sharpness,
    );
    if (count === 0) throw noneLeft();
    const valAccuracy = hits / count;
    const valLoss = loss / count;
    state.seconds += (performance.now() - started) / 1000;
    const metrics: EpochMetrics = {
      epoch,
      step: this.#optimiser.steps,
      loss: epoch === 0 ? null : state.lossSum / state.seen,
      trainAccuracy: epoch === 0 ? null : state.hits / state.seen,
      valLoss,
      valAccuracy,
      learningRate: rate,
      imagesPerSecond,
      seconds: state.seconds,
      mappingChanges: this.#changes.length,
    };
    const better = endEpoch(state, { epoch, valAccuracy, valLoss, right });
    // A refreshed mapping has another loss every epoch.
    if (this.steps.layer && RECIPES[this.#settings.recipe].stepsBack && stepBack(state, valLoss))
      this.#optimiser.calm();
    const labels = this.#job.document.targets.map(({ label }) => label);
    // Those of the epoch before.
    await this.#writes.done();
    this.#files.keep({
      metrics,
      changes: this.#changes,
      confusion: { labels, counts },
      best: this.#best,
      isBest: better,
      shown: state.parameters.slice(),
    });
  }

  /** @throws {SemapError} `no-images` when every image of a class has become unreadable */
  #mustBeLeft(): void {
    if (this.#skipped.size === 0) return;
    const { document, trainImages } = this.#job;
    const left = new Set(
      trainImages.filter(({ path: file }) => !this.#skipped.has(file)).map(({ truth }) => truth),
    );
    const gone = document.targets.filter((_, t) => !left.has(t)).map(({ label }) => label);
    if (gone.length === 0) return;
    throw new SemapError(
      'no-images',
      phrase('None of the images of {0} can be read anymore.', listed(gone, 5)),
      { hint: phrase('Put them back, then resume the run: it continues from its last checkpoint.') },
    );
  }

  /** Before the first step all prompts have the same mapping. */
  #startSharpness(): number {
    const { logits, truths } = startOutputs(this.#job);
    const [mapping] = partMappings(this.#state.mapping, this.steps.prompts.count);
    return sharpnessOf(this.#job, new MappingScorer(mapping).score(logits, truths.length), truths);
  }

  /** The mapping of what the epoch has seen. */
  async #refresh(): Promise<void> {
    const state = this.#state;
    if (this.steps.layer) return;
    const before = state.mapping;
    const outputs = this.#seen.outputs(this.#job.trainImages, this.#job.document.targets.length);
    state.mapping = await nextMapping(this.#job, before, outputs);
    const scores = this.steps.scores(state.parameters, state.mapping, outputs.logits);
    state.sharpness = sharpnessOf(this.#job, scores, outputs.truths);
    this.#changes = mappingChanges(this.#job, before, state.mapping);
  }

  async #resume(): Promise<void> {
    const epoch = await this.#checkpoints.resume();
    // An epoch that was reported but whose checkpoint was not written is done again.
    this.#history = await this.#files.keepUpTo(epoch);
    const { best } = this.#state;
    if (best) await this.#files.redraw(best.parameters);
  }

  #secondsLeft(imagesPerSecond: number): number {
    const { trainImages, validationImages } = this.#job;
    const counts = { train: trainImages.length, validation: validationImages.length };
    const { epoch: done, seen } = this.#state;
    return secondsLeft(this.#settings, counts, { done, seen, imagesPerSecond });
  }

  #outcome(state: TrainOutcome['state'], ended?: Text): TrainOutcome {
    const { parameters: _p, mapping: _m, right: _r, ...best } = this.#best;
    return {
      state,
      best,
      epoch: this.#state.epoch,
      seconds: this.#state.seconds,
      ended,
    };
  }
}

function diverged(): SemapError {
  return new SemapError('invalid-argument', phrase('Training diverged: the loss is not a number.'), {
    hint: phrase('Train again with a lower learning rate.'),
  });
}

function noneLeft(): SemapError {
  return new SemapError('no-images', phrase('None of the images can be read anymore.'), {
    hint: phrase('Put the images back, then resume the run.'),
  });
}
