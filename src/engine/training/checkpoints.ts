import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { LARGEST_HEADER } from '../../core/prompts/safetensors.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import {
  checkpointSubject,
  damagedCheckpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../core/training/checkpoint.ts';
import type { Optimiser } from '../../core/training/optimiser.ts';
import type { SeenLogits } from '../../core/training/seenLogits.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { NOT_ASKED, type TrainState } from '../../core/training/trainState.ts';
import { readRunFile, writeRunFile } from './runFiles.ts';
import type { WritesBehind } from './writesBehind.ts';

const CHECKPOINT_MILLISECONDS = 60_000;
/** A run that is told to leave has two seconds: where steps take this long, a checkpoint is kept after every one. */
const SLOW_STEP_MILLISECONDS = 500;
/** But writing takes at most a twentieth of the time. */
const WORK_PER_WRITE = 20;

/** What a training consists of: the state, and what holds parts of it. */
export interface Trained {
  readonly state: TrainState;
  readonly optimiser: Optimiser;
  readonly seen: SeenLogits;
}

/** The checkpoints of one training: when one is due, and what a resumed training continues from. */
export class Checkpoints {
  readonly #runFolder: string;
  readonly #key: string;
  readonly #trained: Trained;
  readonly #writes: WritesBehind;
  readonly #epochs: number;
  /** Validation images. */
  readonly #validated: number;
  #kept = performance.now();
  #writeMilliseconds = 0;

  constructor(job: TrainJob, trained: Trained, writes: WritesBehind) {
    this.#runFolder = job.runFolder;
    this.#key = createHash('sha256').update(checkpointSubject(job)).digest('hex');
    this.#trained = trained;
    this.#writes = writes;
    this.#epochs = job.settings.epochs;
    this.#validated = job.validationImages.length;
  }

  isDue(stepMilliseconds: number): boolean {
    if (this.#writes.pending) return false;
    const slow = stepMilliseconds >= SLOW_STEP_MILLISECONDS;
    const pause = slow ? this.#writeMilliseconds * WORK_PER_WRITE : CHECKPOINT_MILLISECONDS;
    return performance.now() - this.#kept > pause;
  }

  /** Keeps the training as it is now; the file is written behind those that were to be written before. */
  keep(): void {
    const { state, optimiser } = this.#trained;
    state.optimiserSteps = optimiser.steps;
    const bytes = encodeCheckpoint(this.#key, state);
    this.#kept = performance.now();
    this.#writes.add(async () => {
      const started = performance.now();
      await writeRunFile(this.#runFolder, RUN_FILES.checkpoint, bytes);
      this.#writeMilliseconds = performance.now() - started;
    });
  }

  /** The same, once all is written. */
  async write(): Promise<void> {
    this.keep();
    await this.#writes.done();
  }

  /**
   * Brings the training to its last checkpoint.
   * @returns the epochs done by then; -1 where there is no checkpoint
   * @throws {SemapError} `invalid-document` when it is damaged or of other settings
   */
  async resume(): Promise<number> {
    const { state, optimiser, seen } = this.#trained;
    // Parameters, two moments of each, and the best ones; the texts beside them are the header.
    const { parameters, scaling } = state;
    const numbers = 4 * parameters.length + scaling.length + this.#validated;
    const limit = LARGEST_HEADER + 4 * (numbers + seen.logits.length + seen.have.length);
    const bytes = await readRunFile(this.#runFolder, RUN_FILES.checkpoint, limit);
    if (!bytes) return -1;
    const file = path.join(this.#runFolder, RUN_FILES.checkpoint);
    const { moments, logits, have, scaling: kept, ...counts } = decodeCheckpoint(bytes, this.#key, file);
    const isWhole =
      counts.parameters.length === parameters.length &&
      kept.length === scaling.length &&
      (kept.at(-1) ?? 1) > 0 &&
      isOfSize(counts.mapping, state.mapping) &&
      isPlaceOf(counts, this.#epochs) &&
      isWholeBest(counts.best, state, this.#validated) &&
      Object.entries(optimiser.moments).every(([name, own]) => moments[name]?.length === own.length) &&
      (!logits || (logits.length === seen.logits.length && have?.length === seen.have.length));
    if (!isWhole) throw damagedCheckpoint();
    Object.assign(state, counts);
    scaling.set(kept);
    for (const [name, values] of Object.entries(optimiser.moments)) values.set(moments[name]);
    optimiser.steps = counts.optimiserSteps;
    if (logits && have) {
      seen.logits.set(logits);
      seen.have.set(have);
    }
    return counts.epoch;
  }
}

function isOfSize(one: Mapping, other: Mapping): boolean {
  return one.sourceCount === other.sourceCount && one.targets.length === other.targets.length;
}

/** Whether a training can have come so far. */
function isPlaceOf(
  {
    epoch,
    step,
    optimiserSteps,
    improved,
    best,
  }: Pick<TrainState, 'epoch' | 'step' | 'optimiserSteps' | 'improved' | 'best'>,
  epochs: number,
): boolean {
  return (
    [epoch, step, optimiserSteps, improved].every(Number.isSafeInteger) &&
    epoch <= epochs &&
    improved <= epoch &&
    (best?.epoch ?? 0) <= epoch
  );
}

function isWholeBest(best: TrainState['best'], { parameters, mapping }: TrainState, images: number): boolean {
  if (!best) return true;
  const { right } = best;
  return (
    best.parameters.length === parameters.length &&
    isOfSize(best.mapping, mapping) &&
    right.length === images &&
    right.every((one) => one === 0 || one === 1 || one === NOT_ASKED)
  );
}
