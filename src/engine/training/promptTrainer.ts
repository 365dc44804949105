import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { encodePrompt } from '../../core/prompts/promptFile.ts';
import { pictureOf, pixelSpec, type Variation } from '../../core/prompts/promptInput.ts';
import {
  effectOf,
  initialParameters,
  type PromptShape,
  parameterCount,
  pullBack,
} from '../../core/prompts/visualPrompt.ts';
import { evaluate } from '../../core/training/evaluation.ts';
import { type MappingInput, mappingInput } from '../../core/training/mappingInput.ts';
import { Adam, type Optimiser, rateAt, Sgd } from '../../core/training/optimiser.ts';
import {
  type RefreshContext,
  refreshedMapping,
  strongestSources,
} from '../../core/training/refreshMapping.ts';
import { epochOrder, epochRandom, type LabelledImage } from '../../core/training/split.ts';
import {
  type Confusion,
  type EpochMetrics,
  type MappingChange,
  type Picture,
  RUN_FILES,
} from '../../protocol/training.ts';
import { readCheckpoint, type TrainState, writeCheckpoint } from './checkpoint.ts';
import type { Control } from './control.ts';
import { PixelStore } from './pixelStore.ts';
import { encodePng } from './png.ts';
import { PromptModel, type StepRows } from './promptModel.ts';
import { readIfThere, writeError, writeWhole } from './runFiles.ts';
import { trainedDocument } from './trainedDocument.ts';
import type { ResolvedSettings, TrainerProgress, TrainJob, TrainOutcome } from './trainJob.ts';

const REPORT_MILLISECONDS = 200;
const CHECKPOINT_MILLISECONDS = 60_000;
/** Logits of an epoch are kept for the next mapping up to so many bytes; beyond, of the first images only. */
const MOST_LOGITS = 256 << 20;
/** Crops move the picture by up to this share of its edge. */
const SHIFT = 1 / 16;
/** Gradient-free: estimates of two runs each, and how far the parameters are moved for them. */
const SPSA_ESTIMATES = 5;
const SPSA_DISTANCE = 0.01;

interface Batch {
  readonly rows: StepRows;
  /** Indices of the images in the rows that count. */
  readonly used: readonly number[];
}

/** Trains one prompt: the loop over epochs and steps, with its checkpoints. */
export class PromptTrainer {
  readonly #job: TrainJob;
  readonly #settings: ResolvedSettings;
  readonly #shape: PromptShape;
  readonly #model: PromptModel;
  readonly #pixels: PixelStore;
  readonly #context: RefreshContext;
  readonly #control: Control;
  readonly #report: (progress: TrainerProgress) => void;
  readonly #optimiser: Optimiser;
  readonly #state: TrainState;
  readonly #key: string;
  readonly #sourceCount: number;
  readonly #images: Float32Array;
  readonly #skipped = new Set<string>();
  readonly #history: EpochMetrics[] = [];
  #changes: readonly MappingChange[] = [];
  #reported = 0;
  #kept = performance.now();

  private constructor(
    job: TrainJob,
    model: PromptModel,
    control: Control,
    report: (progress: TrainerProgress) => void,
  ) {
    this.#job = job;
    this.#settings = job.settings;
    this.#shape = promptShape(job);
    this.#model = model;
    this.#control = control;
    this.#report = report;
    this.#context = job;
    this.#sourceCount = job.semantic.sourceCount;
    this.#key = keyOf(job);
    const spec = pixelSpec(job.backbone.input, this.#shape.frame);
    this.#pixels = new PixelStore(spec, job.settings.threads, (image) => this.#skip(image));
    const parameters = initialParameters(this.#shape, job.settings.seed);
    this.#optimiser = new (job.settings.optimiser === 'sgd' ? Sgd : Adam)(parameters.length);
    this.#images = new Float32Array(model.batch * model.input.size);
    const rows = Math.min(job.trainImages.length, Math.floor(MOST_LOGITS / (4 * this.#sourceCount)));
    this.#state = {
      parameters,
      moments: this.#optimiser.moments,
      optimiserSteps: 0,
      mapping: startMapping(job),
      epoch: 0,
      step: 0,
      lossSum: 0,
      hits: 0,
      seen: 0,
      logits: new Float32Array(rows * this.#sourceCount),
      have: new Float32Array(rows),
      best: undefined,
      improved: 0,
      seconds: 0,
    };
  }

  /** @throws {SemapError} `invalid-argument`, `unsupported-model`; `invalid-document` for a checkpoint of another run */
  static async open(
    job: TrainJob,
    control: Control,
    report: (progress: TrainerProgress) => void,
  ): Promise<PromptTrainer> {
    const model = await openModel(job);
    const trainer = new PromptTrainer(job, model, control, report);
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
    if (!state.best) await this.#endEpoch(0, this.#settings.learningRate, 0);
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
    const { hits, count } = await this.#evaluate(images, parameters, mapping);
    return count === 0 ? 0 : hits / count;
  }

  /** Seconds of a step and of one without a gradient, measured. */
  async measure(rounds: number, report: (done: number) => void): Promise<{ step: number; forward: number }> {
    const mapping = mappingInput(this.#state.mapping);
    const batch = await this.#batch(this.#job.trainImages, range(0, this.#model.batch), () => undefined);
    const times = { step: Number.POSITIVE_INFINITY, forward: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await this.#step(batch.rows, mapping, 1, round, false);
      const between = performance.now();
      await this.#model.forward(batch.rows, this.#added(this.#state.parameters), mapping);
      // The first run is slower.
      if (round === 0) continue;
      times.step = Math.min(times.step, (between - started) / 1000);
      times.forward = Math.min(times.forward, (performance.now() - between) / 1000);
      report(round);
    }
    return times;
  }

  async close(): Promise<void> {
    await this.#pixels.close();
    await this.#model.close();
  }

  async #epoch(epoch: number): Promise<'done' | 'stopped' | 'paused'> {
    const state = this.#state;
    const { seed, epochs } = this.#settings;
    const images = this.#job.trainImages;
    const size = this.#model.batch;
    const steps = Math.ceil(images.length / size);
    const order = epochOrder(images.length, seed, epoch);
    const at = (step: number) => order.slice(step * size, (step + 1) * size);
    const rate = rateAt(epoch, epochs, this.#settings.learningRate);
    const mapping = mappingInput(state.mapping);
    const scorer = new MappingScorer(state.mapping);
    const S = this.#sourceCount;
    const begun = { seconds: state.seconds, seen: state.seen };
    this.#prefetch(at(state.step));
    while (state.step < steps) {
      const end = await this.#heed();
      if (end) return end;
      const started = performance.now();
      const step = state.step;
      const batch = await this.#batch(images, at(step), (i) => this.#variation(epoch, i));
      this.#prefetch(at(step + 1));
      if (batch.used.length > 0) {
        const { loss, logits, gradient } = await this.#step(batch.rows, mapping, epoch, step, true);
        if (!Number.isFinite(loss)) throw diverged();
        this.#optimiser.update(state.parameters, gradient, rate);
        const truths = batch.used.map((i) => images[i].truth);
        const { hits } = evaluate(scorer, logits.subarray(0, truths.length * S), truths);
        state.hits += hits;
        state.lossSum += loss * truths.length;
        state.seen += truths.length;
        for (const [row, i] of batch.used.entries()) {
          if (i >= state.have.length) continue;
          state.logits.set(logits.subarray(row * S, (row + 1) * S), i * S);
          state.have[i] = 1;
        }
      }
      state.step++;
      state.seconds += (performance.now() - started) / 1000;
      const now = performance.now();
      if (now - this.#reported > REPORT_MILLISECONDS && state.seen > 0) {
        this.#reported = now;
        const speed = (state.seen - begun.seen) / Math.max(1e-3, state.seconds - begun.seconds);
        this.#report({
          kind: 'step',
          epoch,
          epochs,
          step: state.step,
          steps,
          loss: state.lossSum / state.seen,
          trainAccuracy: state.hits / state.seen,
          imagesPerSecond: speed,
          secondsLeft: this.#secondsLeft(speed),
        });
      }
      if (now - this.#kept > CHECKPOINT_MILLISECONDS && state.step < steps) await this.#checkpoint();
    }
    if (state.seen === 0) throw noneLeft();
    const speed = (state.seen - begun.seen) / Math.max(1e-3, state.seconds - begun.seconds);
    await this.#endEpoch(epoch, rate, speed);
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

  async #step(rows: StepRows, mapping: MappingInput, epoch: number, step: number, tells: boolean) {
    const { parameters } = this.#state;
    if (this.#model.blocked !== undefined) return this.#spsa(rows, mapping, epoch, step, tells);
    const run = await this.#model.step(rows, this.#added(parameters), mapping);
    const gradient = pullBack(this.#shape, parameters, this.#model.input.pullBack(run.gradient));
    return { ...run, gradient };
  }

  /**
   * Simultaneous perturbation (Spall, 1992; BlackVIP): all parameters are moved at once by a random sign, forth and
   * back; the difference of the losses estimates the slope in that direction. Two runs an estimate.
   */
  async #spsa(rows: StepRows, mapping: MappingInput, epoch: number, step: number, tells: boolean) {
    const { parameters } = this.#state;
    const gradient = new Float32Array(parameters.length);
    const random = epochRandom(this.#settings.seed, epoch, 7919 + step);
    let first: { loss: number; logits: Float32Array } | undefined;
    const estimates = tells ? SPSA_ESTIMATES : 1;
    for (let estimate = 0; estimate < estimates; estimate++) {
      const signs = Float32Array.from(gradient, () => (random() < 0.5 ? -1 : 1));
      const moved = (distance: number) => parameters.map((value, i) => value + distance * signs[i]);
      const forth = await this.#model.forward(rows, this.#added(moved(SPSA_DISTANCE)), mapping);
      const back = await this.#model.forward(rows, this.#added(moved(-SPSA_DISTANCE)), mapping);
      const slope = (forth.loss - back.loss) / (2 * SPSA_DISTANCE * estimates);
      for (let i = 0; i < gradient.length; i++) gradient[i] += slope * signs[i];
      first ??= forth;
    }
    return { ...first!, gradient };
  }

  #added(parameters: Float32Array): Float32Array {
    return this.#model.input.added(effectOf(this.#shape, parameters));
  }

  /** Rows of images; those that cannot be read weigh nothing. */
  async #batch(
    all: readonly LabelledImage[],
    indices: readonly number[],
    variation: (i: number) => Variation | undefined,
  ): Promise<Batch> {
    const { batch, input } = this.#model;
    const used: number[] = [];
    const labels = new Int32Array(batch);
    const weights = new Float32Array(batch);
    for (const i of indices) {
      const image = all[i];
      const pixels = image && (await this.#pixels.get(image.path));
      if (!pixels) continue;
      const row = used.length;
      input.fill(pixels, this.#images.subarray(row * input.size, (row + 1) * input.size), variation(i));
      labels[row] = image.truth;
      used.push(i);
    }
    weights.fill(1 / Math.max(1, used.length), 0, used.length);
    // What fills the batch up is what was there before: it weighs nothing.
    return { rows: { images: this.#images, labels, weights }, used };
  }

  #variation(epoch: number, i: number): Variation | undefined {
    const { flip = false, crop = false } = this.#settings.augment;
    if (!flip && !crop) return undefined;
    const random = epochRandom(this.#settings.seed, epoch, i + 1);
    const { height, width } = this.#job.backbone.input;
    const flipped = random() < 0.5;
    const shift = (edge: number, draw: number) => Math.round((2 * draw - 1) * SHIFT * edge);
    const right = shift(width, random());
    const down = shift(height, random());
    return { flip: flip && flipped, right: crop ? right : 0, down: crop ? down : 0 };
  }

  #prefetch(indices: readonly number[]): void {
    this.#pixels.prefetch(indices.map((i) => this.#job.trainImages[i].path));
  }

  async #evaluate(images: readonly LabelledImage[], parameters: Float32Array, mapping: Mapping) {
    const added = this.#added(parameters);
    const matrix = mappingInput(mapping);
    const scorer = new MappingScorer(mapping);
    const T = this.#job.document.targets.length;
    const counts = new Uint32Array(T * T);
    let [loss, hits, count] = [0, 0, 0];
    const size = this.#model.batch;
    for (let start = 0; start < images.length; start += size) {
      const { rows, used } = await this.#batch(images, range(start, start + size), () => undefined);
      this.#pixels.prefetch(images.slice(start + size, start + 2 * size).map((image) => image.path));
      if (used.length === 0) continue;
      const { logits } = await this.#model.forward(rows, added, matrix);
      const truths = used.map((i) => images[i].truth);
      const result = evaluate(scorer, logits.subarray(0, truths.length * this.#sourceCount), truths);
      loss += result.loss;
      hits += result.hits;
      count += truths.length;
      for (const [row, truth] of truths.entries()) {
        const predicted = result.predictions[row];
        if (predicted >= 0) counts[truth * T + predicted]++;
      }
    }
    return { loss, hits, count, counts };
  }

  /** A new mapping, validation, files and the report of an epoch; epoch 0 is the start. */
  async #endEpoch(epoch: number, rate: number, imagesPerSecond: number): Promise<void> {
    const state = this.#state;
    const started = performance.now();
    this.#mustBeLeft();
    if (epoch > 0) this.#changes = this.#refresh();
    const result = await this.#evaluate(this.#job.validationImages, state.parameters, state.mapping);
    if (result.count === 0) throw noneLeft();
    const valAccuracy = result.hits / result.count;
    const valLoss = result.loss / result.count;
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
    const { best } = state;
    const better =
      !best || valAccuracy > best.valAccuracy || (valAccuracy === best.valAccuracy && valLoss < best.valLoss);
    if (better) {
      state.best = {
        epoch,
        valAccuracy,
        valLoss,
        parameters: state.parameters.slice(),
        mapping: state.mapping,
      };
    }
    if (!best || valAccuracy > best.valAccuracy) state.improved = epoch;
    state.epoch = epoch;
    state.step = 0;
    state.lossSum = 0;
    state.hits = 0;
    state.seen = 0;
    state.have.fill(0);
    const confusion: Confusion = {
      labels: this.#job.document.targets.map(({ label }) => label),
      counts: result.counts,
    };
    const pictures = await this.#pictures();
    if (better) await this.#keepBest(confusion, pictures.sample);
    this.#history.push(metrics);
    const file = path.join(this.#job.runFolder, RUN_FILES.metrics);
    await appendFile(file, `${JSON.stringify(metrics)}\n`).catch((error) => {
      throw writeError(file, error);
    });
    await this.#checkpoint();
    const { parameters: _p, mapping: _m, ...bestEpoch } = state.best!;
    this.#report({ kind: 'epoch', metrics, changes: this.#changes, confusion, best: bestEpoch, ...pictures });
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
    throw new SemapError('no-images', `None of the images of ${gone.join(', ')} can be read any more.`, {
      hint: 'Put them back and resume the run: it goes on from its last checkpoint.',
    });
  }

  #refresh(): readonly MappingChange[] {
    const state = this.#state;
    const { mapping: kind } = this.#settings;
    if (kind === 'semap') return [];
    const S = this.#sourceCount;
    const rows = [...state.have.keys()].filter((i) => state.have[i] === 1);
    const logits = new Float32Array(rows.length * S);
    for (const [row, i] of rows.entries()) logits.set(state.logits.subarray(i * S, (i + 1) * S), row * S);
    const truths = rows.map((i) => this.#job.trainImages[i].truth);
    const outputs = { logits, truths, sourceCount: S, targetCount: this.#job.document.targets.length };
    const before = strongestSources(state.mapping);
    state.mapping = refreshedMapping(kind, outputs, this.#context);
    const labels = this.#job.backbone.labelSpace.labels;
    return strongestSources(state.mapping).flatMap((to, target) => {
      const from = before[target];
      if (from === to) return [];
      const nameOf = (source: number) => labels[source]?.name ?? '';
      return [{ target, from, to, fromLabel: nameOf(from), toLabel: nameOf(to) }];
    });
  }

  async #pictures(): Promise<{ prompt: Picture; sample?: Picture & { path: string } }> {
    const { input } = this.#job.backbone;
    const { height, width } = input;
    const applied = { frame: this.#shape.frame, effect: effectOf(this.#shape, this.#state.parameters) };
    const picture = (pixels: Uint8Array | undefined): Picture => ({
      width,
      height,
      png: encodePng(pictureOf(pixels, input, applied), width, height),
    });
    const [image] = this.#job.validationImages;
    const pixels = image && (await this.#pixels.get(image.path));
    return {
      prompt: picture(undefined),
      ...(pixels ? { sample: { ...picture(pixels), path: image.path } } : {}),
    };
  }

  async #keepBest(confusion: Confusion, sample: Picture | undefined): Promise<void> {
    const { runFolder, backbone } = this.#job;
    const { parameters, mapping } = this.best;
    const effect = effectOf(this.#shape, parameters);
    const { height, width } = this.#shape;
    const png = encodePng(
      pictureOf(undefined, backbone.input, { frame: this.#shape.frame, effect }),
      width,
      height,
    );
    const prompt = encodePrompt({ shape: this.#shape, parameters, backbone: backbone.sha256 });
    await writeWhole(path.join(runFolder, RUN_FILES.prompt), prompt);
    await writeWhole(path.join(runFolder, RUN_FILES.picture), png);
    if (sample) await writeWhole(path.join(runFolder, RUN_FILES.sample), sample.png);
    const text = trainedDocument(this.#job, mapping, confusion, RUN_FILES.prompt);
    await writeWhole(path.join(runFolder, RUN_FILES.alignment), text);
  }

  async #checkpoint(): Promise<void> {
    this.#state.optimiserSteps = this.#optimiser.steps;
    await writeCheckpoint(this.#job.runFolder, this.#key, this.#state);
    this.#kept = performance.now();
  }

  async #resume(): Promise<void> {
    const { runFolder } = this.#job;
    const kept = await readCheckpoint(runFolder, this.#key);
    const file = path.join(runFolder, RUN_FILES.metrics);
    const lines = String((await readIfThere(file)) ?? '').split('\n');
    const history = lines.flatMap((line): EpochMetrics[] => {
      try {
        return [JSON.parse(line) as EpochMetrics];
      } catch {
        return [];
      }
    });
    if (!kept) {
      await writeWhole(file, '');
      return;
    }
    const { moments, logits, have, ...counts } = kept;
    Object.assign(this.#state, counts);
    for (const [name, values] of Object.entries(this.#optimiser.moments)) values.set(moments[name]);
    this.#optimiser.steps = kept.optimiserSteps;
    if (logits && have) {
      this.#state.logits.set(logits);
      this.#state.have.set(have);
    }
    // An epoch that was told but whose checkpoint did not come to be is done again.
    this.#history.push(...history.filter(({ epoch }) => epoch <= kept.epoch));
    await writeWhole(file, this.#history.map((metrics) => `${JSON.stringify(metrics)}\n`).join(''));
  }

  #secondsLeft(imagesPerSecond: number): number {
    const { epochs } = this.#settings;
    const { trainImages, validationImages } = this.#job;
    const left = (epochs - this.#state.epoch) * trainImages.length - this.#state.seen;
    // A validation image takes about a third of a step's.
    const validations = ((epochs - this.#state.epoch) * validationImages.length) / 3;
    return (left + validations) / Math.max(1e-3, imagesPerSecond);
  }

  #skip(image: { readonly path: string; readonly reason: string }): void {
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

/** The prompt's shape that the settings ask for. */
function promptShape({ settings, backbone }: Pick<TrainJob, 'settings' | 'backbone'>): PromptShape {
  const { kind, frame = 0, rank = 0 } = settings.prompt;
  const { height, width } = backbone.input;
  return {
    kind: kind as PromptShape['kind'],
    height,
    width,
    frame: kind === 'padding' ? frame : 0,
    rank: kind === 'low-rank' ? rank : 0,
  };
}

/** Before the first epoch: by meaning, and with labels from what the backbone says of the images without a prompt. */
export function startMapping(
  job: Pick<TrainJob, 'settings' | 'semantic' | 'train' | 'similarity' | 'unused'>,
): Mapping {
  const { mapping } = job.settings;
  if (mapping === 'semap') return job.semantic;
  const truths = job.train.images.map(({ truth }) => truth);
  const { sourceCount, targets } = job.semantic;
  return refreshedMapping(
    mapping,
    { logits: job.train.logits, truths, sourceCount, targetCount: targets.length },
    job,
  );
}

function openModel(
  job: Pick<TrainJob, 'backbone' | 'cacheFolder' | 'settings' | 'document'> &
    Parameters<typeof startMapping>[0],
) {
  const { backbone, cacheFolder, settings, document } = job;
  const { form } = mappingInput(startMapping(job));
  const options = {
    backbone,
    cacheFolder,
    batch: settings.batch,
    threads: settings.threads,
    form,
    targets: document.targets.length,
  };
  return PromptModel.open(options, promptShape(job).frame);
}

/** What a checkpoint belongs to. */
function keyOf({ backbone, settings, trainImages, validationImages, document }: TrainJob): string {
  const { epochs: _e, budgetMinutes: _b, patience: _p, threads: _t, ...decisive } = settings;
  const names = (images: readonly LabelledImage[]) => images.map(({ key, truth }) => [key, truth]);
  return createHash('sha256')
    .update(
      JSON.stringify([
        backbone.sha256,
        backbone.input,
        decisive,
        document.targets.map(({ label }) => label),
        names(trainImages),
        names(validationImages),
      ]),
    )
    .digest('hex');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function diverged(): SemapError {
  return new SemapError('invalid-argument', 'The loss is no number any more: training has diverged.', {
    hint: 'Train again with a lower learning rate.',
  });
}

function noneLeft(): SemapError {
  return new SemapError('no-images', 'None of the images can be read any more.', {
    hint: 'Put the images back and resume the run.',
  });
}
