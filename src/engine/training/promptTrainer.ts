import { setImmediate } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { LARGEST_HEADER } from '../../core/prompts/safetensors.ts';
import {
  effectOf,
  initialParameters,
  type PromptShape,
  parameterCount,
  pullBack,
} from '../../core/prompts/visualPrompt.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type {
  Confusion,
  EpochMetrics,
  MappingChange,
  ResolvedSettings,
} from '../../core/runs/trainingRecord.ts';
import { phrase } from '../../core/text/text.ts';
import { evaluate } from '../../core/training/evaluation.ts';
import { type MappingInput, mappingInput } from '../../core/training/mappingInput.ts';
import { Adam, type Optimiser, rateAt, Sgd } from '../../core/training/optimiser.ts';
import { SeenLogits } from '../../core/training/seenLogits.ts';
import { epochOrder, epochRandom, type LabelledImage } from '../../core/training/split.ts';
import { spsaGradient } from '../../core/training/spsa.ts';
import {
  mappingChanges,
  nextMapping,
  sharpnessOf,
  startMapping,
  startOutputs,
} from '../../core/training/trainedMapping.ts';
import type { TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import { promptShape } from '../../core/training/trainSettings.ts';
import { endEpoch, startState, type TrainState } from '../../core/training/trainState.ts';
import { suspects } from '../images/suspects.ts';
import { checkpointKey, damagedCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { Control } from './control.ts';
import { ImageBatches } from './imageBatches.ts';
import { MetricsFile } from './metricsFile.ts';
import { keepBest, type PromptPictures, promptPictures } from './promptFiles.ts';
import { PromptModel, type StepRows } from './promptModel.ts';
import type { TrainerProgress } from './trainingThread.ts';
import { validate } from './validation.ts';

const REPORT_MILLISECONDS = 200;
const CHECKPOINT_MILLISECONDS = 60_000;
/** A run that is told to leave has two seconds: where steps take this long, a checkpoint is kept after every one. */
const SLOW_STEP_MILLISECONDS = 500;
/** But writing takes at most a twentieth of the time. */
const WORK_PER_WRITE = 20;
/** Gradient-free: estimates of two runs each. */
const SPSA_ESTIMATES = 5;

/** Trains one prompt: the loop over epochs and steps, with its checkpoints. */
export class PromptTrainer {
  readonly #job: TrainJob;
  readonly #settings: ResolvedSettings;
  readonly #shape: PromptShape;
  readonly #model: PromptModel;
  readonly #batches: ImageBatches;
  readonly #control: Control;
  readonly #report: (progress: TrainerProgress) => void;
  readonly #optimiser: Optimiser;
  readonly #seen: SeenLogits;
  readonly #state: TrainState;
  readonly #key: string;
  readonly #metrics: MetricsFile;
  readonly #skipped = new Set<string>();
  #history: readonly EpochMetrics[] = [];
  #changes: readonly MappingChange[] = [];
  #reported = 0;
  #kept = performance.now();
  #writeMilliseconds = 0;

  private constructor(
    job: TrainJob,
    model: PromptModel,
    mapping: Mapping,
    control: Control,
    report: (progress: TrainerProgress) => void,
  ) {
    this.#job = job;
    this.#settings = job.settings;
    this.#shape = promptShape(job.settings.prompt, job.backbone);
    this.#model = model;
    this.#control = control;
    this.#report = report;
    const { input, batch } = model;
    const { frame } = this.#shape;
    this.#batches = new ImageBatches(job, { input, batch, frame }, (image) => this.#skip(image));
    const parameters = initialParameters(this.#shape, job.settings.seed);
    this.#optimiser = new (job.settings.optimiser === 'sgd' ? Sgd : Adam)(parameters.length);
    this.#seen = new SeenLogits(job.trainImages.length, job.semantic.sourceCount);
    this.#key = checkpointKey(job);
    this.#metrics = new MetricsFile(job.runFolder);
    this.#state = startState(parameters, mapping, this.#optimiser, this.#seen);
  }

  /** @throws {SemapError} `invalid-argument`, `unsupported-model`; `invalid-document` for a checkpoint of another run */
  static async open(
    job: TrainJob,
    control: Control,
    report: (progress: TrainerProgress) => void,
  ): Promise<PromptTrainer> {
    await suspects.join(job.cacheFolder);
    const mapping = startMapping(job);
    const model = await openModel(job, mapping);
    const trainer = new PromptTrainer(job, model, mapping, control, report);
    if (job.resume) await trainer.#resume();
    return trainer;
  }

  get best(): NonNullable<TrainState['best']> {
    return this.#state.best!;
  }

  get parameters(): number {
    return parameterCount(this.#shape);
  }

  get blocked(): string | undefined {
    return this.#model.blocked;
  }

  /** Runs the epochs that are left. */
  async train(): Promise<TrainOutcome> {
    const { epochs, patience, budgetMinutes = Number.POSITIVE_INFINITY } = this.#settings;
    const state = this.#state;
    this.#report({
      kind: 'ready',
      parameters: this.parameters,
      gradient: this.#model.blocked === undefined ? 'exact' : 'spsa',
      epochs: this.#history,
    });
    if (!state.best) {
      state.sharpness = sharpnessOf(this.#job, state.mapping, startOutputs(this.#job));
      await this.#endEpoch(0, 0, 0);
    }
    let ended: string | undefined;
    while (state.epoch < epochs && ended === undefined) {
      const end = await this.#epoch(state.epoch + 1);
      if (end !== 'done') return this.#outcome(end);
      const idle = state.epoch - state.improved;
      if (patience > 0 && idle >= patience) ended = `Validation has not improved for ${idle} epochs.`;
      else if (state.seconds >= budgetMinutes * 60)
        ended = `The budget of ${budgetMinutes} minutes is used up.`;
    }
    return this.#outcome('finished', state.epoch < epochs ? ended : undefined);
  }

  /** Accuracy of the best epoch on images of a part that was not touched before. */
  async accuracyOn(images: readonly LabelledImage[]): Promise<number> {
    const { parameters, mapping } = this.best;
    const { hits, count } = await this.#validate(images, parameters, mapping);
    return count === 0 ? 0 : hits / count;
  }

  /** Seconds of a step and of one without a gradient, measured. */
  async measure(rounds: number, report: (done: number) => void): Promise<{ step: number; forward: number }> {
    const mapping = mappingInput(this.#state.mapping);
    const first = Array.from({ length: this.#model.batch }, (_, i) => i);
    const { rows } = await this.#batches.rows(this.#job.trainImages, first);
    const times = { step: Number.POSITIVE_INFINITY, forward: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await this.#step(rows, mapping, { epoch: 1, step: round, estimates: 1 });
      const between = performance.now();
      await this.#model.forward(rows, this.#added(this.#state.parameters), mapping);
      // The first run is slower.
      if (round === 0) continue;
      times.step = Math.min(times.step, (between - started) / 1000);
      times.forward = Math.min(times.forward, (performance.now() - between) / 1000);
      report(round);
    }
    return times;
  }

  async close(): Promise<void> {
    await this.#batches.close();
    await this.#model.close();
  }

  async #epoch(epoch: number): Promise<'done' | 'stopped' | 'paused'> {
    const state = this.#state;
    const { seed, epochs, learningRate, recipe } = this.#settings;
    const schedule = recipe === 'ilm-vp' ? 'steps' : 'cosine';
    const images = this.#job.trainImages;
    const size = this.#model.batch;
    const steps = Math.ceil(images.length / size);
    const order = epochOrder(images.length, seed, epoch);
    const at = (step: number) => order.slice(step * size, (step + 1) * size);
    const prefetch = (step: number) => this.#batches.prefetch(at(step).map((i) => images[i]));
    const mapping = mappingInput(state.mapping, state.sharpness);
    const rateOf = (step: number) => rateAt(epoch - 1 + (step + 0.5) / steps, epochs, learningRate, schedule);
    const scorer = new MappingScorer(state.mapping);
    const begun = { seconds: state.seconds, seen: state.seen };
    const speed = () => (state.seen - begun.seen) / Math.max(1e-3, state.seconds - begun.seconds);
    prefetch(state.step);
    while (state.step < steps) {
      const end = await this.#heed();
      if (end) return end;
      const started = performance.now();
      const { step } = state;
      const { rows, used } = await this.#batches.rows(images, at(step), epoch);
      prefetch(step + 1);
      if (used.length > 0) {
        const run = await this.#step(rows, mapping, { epoch, step, estimates: SPSA_ESTIMATES });
        if (!Number.isFinite(run.loss)) throw diverged();
        this.#optimiser.update(state.parameters, run.gradient, rateOf(step));
        this.#count(run, used, scorer);
      }
      state.step++;
      const now = performance.now();
      state.seconds += (now - started) / 1000;
      if (now - this.#reported > REPORT_MILLISECONDS && state.seen > 0) {
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
      if (state.step < steps && this.#isCheckpointDue(now - started)) await this.#checkpoint();
    }
    if (state.seen === 0) throw noneLeft();
    // Validation may take long, and is not interrupted.
    await this.#checkpoint();
    await this.#endEpoch(epoch, rateOf(0), speed());
    return 'done';
  }

  /** What a person wants meanwhile; a pause is waited for here. */
  async #heed(): Promise<'stopped' | 'paused' | undefined> {
    // Messages are taken between two steps.
    await setImmediate();
    if (this.#control.wish === 'pause') {
      await this.#checkpoint();
      this.#report({ kind: 'paused' });
    }
    const { waited, wish } = await this.#control.heeded();
    if (waited && wish === 'resume') this.#report({ kind: 'resumed' });
    if (wish === 'leave') {
      await this.#checkpoint();
      return 'paused';
    }
    return wish === 'stop' ? 'stopped' : undefined;
  }

  /** Loss, logits and the gradient with respect to the parameters, estimated where there is none. */
  async #step(
    rows: StepRows,
    mapping: MappingInput,
    at: { readonly epoch: number; readonly step: number; readonly estimates: number },
  ) {
    const { parameters } = this.#state;
    if (this.#model.blocked !== undefined) {
      const random = epochRandom(this.#settings.seed, at.epoch, 7919 + at.step);
      return spsaGradient(parameters, at.estimates, random, (moved) =>
        this.#model.forward(rows, this.#added(moved), mapping),
      );
    }
    const run = await this.#model.step(rows, this.#added(parameters), mapping);
    const gradient = pullBack(this.#shape, parameters, this.#model.input.pullBack(run.gradient));
    return { ...run, gradient };
  }

  #count(
    { loss, logits }: { readonly loss: number; readonly logits: Float32Array },
    used: readonly number[],
    scorer: MappingScorer,
  ): void {
    const state = this.#state;
    const truths = used.map((i) => this.#job.trainImages[i].truth);
    state.hits += evaluate(scorer, logits.subarray(0, truths.length * scorer.sourceCount), truths).hits;
    state.lossSum += loss * truths.length;
    state.seen += truths.length;
    this.#seen.add(logits, used);
  }

  #added(parameters: Float32Array): Float32Array {
    return this.#model.input.added(effectOf(this.#shape, parameters));
  }

  #validate(images: readonly LabelledImage[], parameters: Float32Array, mapping: Mapping) {
    const parts = { model: this.#model, batches: this.#batches };
    return validate(parts, images, this.#added(parameters), mapping, this.#state.sharpness);
  }

  /** A new mapping, validation, files and the report of an epoch; epoch 0 is the start. */
  async #endEpoch(epoch: number, rate: number, imagesPerSecond: number): Promise<void> {
    const state = this.#state;
    const started = performance.now();
    this.#mustBeLeft();
    if (epoch > 0) this.#refresh();
    const { validationImages } = this.#job;
    const { hits, loss, count, counts } = await this.#validate(
      validationImages,
      state.parameters,
      state.mapping,
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
    const better = endEpoch(state, { epoch, valAccuracy, valLoss });
    const labels = this.#job.document.targets.map(({ label }) => label);
    const confusion: Confusion = { labels, counts };
    const pictures = await this.#pictures();
    if (better) await keepBest(this.#job, this.#shape, this.best, confusion, pictures);
    await this.#metrics.append(metrics);
    await this.#checkpoint();
    const { parameters: _p, mapping: _m, ...best } = this.best;
    this.#report({ kind: 'epoch', metrics, changes: this.#changes, confusion, best, ...pictures });
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
      phrase('None of the images of {0} can be read any more.', gone.join(', ')),
      {
        hint: phrase('Put them back and resume the run: it goes on from its last checkpoint.'),
      },
    );
  }

  /** The mapping of what the epoch has seen. */
  #refresh(): void {
    const state = this.#state;
    const before = state.mapping;
    const outputs = this.#seen.outputs(this.#job.trainImages, this.#job.document.targets.length);
    state.mapping = nextMapping(this.#job, before, outputs);
    state.sharpness = sharpnessOf(this.#job, state.mapping, outputs);
    this.#changes = mappingChanges(this.#job, before, state.mapping);
  }

  async #pictures(): Promise<PromptPictures> {
    const [image] = this.#job.validationImages;
    const pixels = image && (await this.#batches.pixels(image));
    const sample = pixels && { path: image.path, pixels };
    return promptPictures(this.#job.backbone.input, this.#shape, this.#state.parameters, sample);
  }

  async #checkpoint(): Promise<void> {
    const started = performance.now();
    this.#state.optimiserSteps = this.#optimiser.steps;
    await writeCheckpoint(this.#job.runFolder, this.#key, this.#state);
    this.#kept = performance.now();
    this.#writeMilliseconds = this.#kept - started;
  }

  #isCheckpointDue(stepMilliseconds: number): boolean {
    const slow = stepMilliseconds >= SLOW_STEP_MILLISECONDS;
    const pause = slow ? this.#writeMilliseconds * WORK_PER_WRITE : CHECKPOINT_MILLISECONDS;
    return performance.now() - this.#kept > pause;
  }

  async #resume(): Promise<void> {
    const { logits: seen, have: which } = this.#seen;
    // Parameters, two moments of each, and the best ones; the texts beside them are the header.
    const limit = LARGEST_HEADER + 4 * (4 * this.parameters + seen.length + which.length);
    const kept = await readCheckpoint(this.#job.runFolder, this.#key, limit);
    // An epoch that was told but whose checkpoint did not come to be is done again.
    this.#history = await this.#metrics.keepUpTo(kept?.epoch ?? -1);
    if (!kept) return;
    const { moments, logits, have, ...counts } = kept;
    const isWhole =
      kept.parameters.length === this.#state.parameters.length &&
      Object.entries(this.#optimiser.moments).every(([name, own]) => moments[name]?.length === own.length) &&
      (!logits || (logits.length === this.#seen.logits.length && have?.length === this.#seen.have.length));
    if (!isWhole) throw damagedCheckpoint();
    Object.assign(this.#state, counts);
    for (const [name, values] of Object.entries(this.#optimiser.moments)) values.set(moments[name]);
    this.#optimiser.steps = kept.optimiserSteps;
    if (logits && have) {
      this.#seen.logits.set(logits);
      this.#seen.have.set(have);
    }
  }

  #secondsLeft(imagesPerSecond: number): number {
    const { epochs } = this.#settings;
    const { trainImages, validationImages } = this.#job;
    const left = (epochs - this.#state.epoch) * trainImages.length - this.#state.seen;
    // A validation image takes about a third of a step's.
    const validations = ((epochs - this.#state.epoch) * validationImages.length) / 3;
    return (left + validations) / Math.max(1e-3, imagesPerSecond);
  }

  #skip(image: SkippedImage): void {
    if (this.#skipped.has(image.path)) return;
    this.#skipped.add(image.path);
    this.#report({ kind: 'skipped', image });
  }

  #outcome(state: TrainOutcome['state'], ended?: string): TrainOutcome {
    const { parameters: _p, mapping: _m, ...best } = this.best;
    return {
      state,
      best,
      epoch: this.#state.epoch,
      seconds: this.#state.seconds,
      ...(ended === undefined ? {} : { ended }),
    };
  }
}

function openModel(job: TrainJob, mapping: Mapping): Promise<PromptModel> {
  const { backbone, cacheFolder, settings, document } = job;
  const { form } = mappingInput(mapping);
  const { batch, threads } = settings;
  const targets = document.targets.length;
  const options = { backbone, cacheFolder, batch, threads, form, targets };
  return PromptModel.open(options, promptShape(job.settings.prompt, job.backbone).frame);
}

function diverged(): SemapError {
  return new SemapError(
    'invalid-argument',
    phrase('The loss is no number any more: training has diverged.'),
    {
      hint: phrase('Train again with a lower learning rate.'),
    },
  );
}

function noneLeft(): SemapError {
  return new SemapError('no-images', phrase('None of the images can be read any more.'), {
    hint: phrase('Put the images back and resume the run.'),
  });
}
