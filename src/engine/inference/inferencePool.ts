import os from 'node:os';
import {
  type BackboneDescription,
  classCount,
  unsupported,
} from '../../core/documents/backboneDescription.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { inputBytes } from '../../core/images/tensor.ts';
import { loadError } from '../backbones/modelFile.ts';
import type { FeatureTap } from '../features/featureTap.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { RunScores, RunSpec, SessionOptions } from './inferenceMessages.ts';
import { Lane } from './lane.ts';
import { RunFailed, UnreadableFile, WorkerLost } from './workerCalls.ts';

/** What became of an image file. */
export type ImageOutput =
  | {
      /** Length S; log p where the backbone gives probabilities. */
      readonly logits: Float32Array;
      /** Length D, where the pool was opened with a tap. */
      readonly features?: Float32Array;
    }
  | { readonly unreadable: string };

interface Waiting {
  /** A file to be decoded in the lane, or an input that was filled elsewhere. */
  readonly source: { readonly path: string } | { readonly image: ArrayBuffer };
  resolve(output: ImageOutput): void;
  reject(error: SemapError): void;
}

interface Slot {
  lane: Lane;
  busy: number;
}

/** What a lane takes beside its weights: onnxruntime itself, packed weights, activations. */
const LANE_BYTES = 100 << 20;
/** One in work and one at hand, so that a lane does not wait for this thread between two runs. */
const AHEAD = 2;
/** Rounds that are timed for the throughput, and runs per lane in each; the fastest is the least disturbed. */
const THROUGHPUT_ROUNDS = 3;
const THROUGHPUT_RUNS = 2;

/**
 * One backbone in as many lanes as there are threads, each a thread with a session of its own that decodes an image and
 * runs it: no core waits for another, neither at the end of every layer nor for pixels, and no pixel crosses from one
 * thread to another. Where memory does not hold as many copies of the model, lanes are fewer and their sessions have
 * more threads; then, and where a graph insists on several images a run, the decoders work beside the lanes.
 */
export class InferencePool {
  readonly #backbone: BackboneDescription;
  readonly #spec: RunSpec;
  readonly #session: SessionOptions;
  readonly #slots: Slot[];
  /** Undefined where the lanes decode. */
  readonly #decode: DecodePool | undefined;
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Input buffers to be filled again. */
  readonly #buffers: ArrayBuffer[] = [];
  #closed = false;

  private constructor(
    backbone: BackboneDescription,
    spec: RunSpec,
    lanes: readonly Lane[],
    session: SessionOptions,
    decode: DecodePool | undefined,
  ) {
    this.#backbone = backbone;
    this.#spec = spec;
    this.#session = session;
    this.#slots = lanes.map((lane) => ({ lane, busy: 0 }));
    this.#decode = decode;
  }

  /**
   * @param tap to get penultimate features too
   * @throws {SemapError} when the model cannot be loaded into even one lane
   */
  static async open(
    backbone: BackboneDescription,
    threads: number,
    decode: DecodePool,
    tap?: FeatureTap,
  ): Promise<InferencePool> {
    const perLane = backbone.bytes * 2 + LANE_BYTES;
    const affordable = Math.max(1, Math.floor(os.freemem() / 2 / perLane));
    const count = Math.min(threads, affordable);
    const session: SessionOptions = {
      threads: Math.max(1, Math.floor(threads / count)),
      provider: 'cpu',
      ...(tap && tap.append.length > 0 ? { append: tap.append } : {}),
    };
    const spec = specOf(backbone, tap);
    const opening = Array.from({ length: count }, () => openLane(backbone.path, session, spec));
    const settled = await Promise.allSettled(opening);
    const lanes = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    // Where memory is short, one lane is enough.
    if (lanes.length === 0) throw (settled[0] as PromiseRejectedResult).reason;
    const beside = session.threads > 1 || (backbone.fixedBatch ?? 1) > 1;
    return new InferencePool(backbone, spec, lanes, session, beside ? decode : undefined);
  }

  /** How many images are worth having under way, so that every lane has the next one at hand. */
  get depth(): number {
    const inLanes = this.#slots.length * (AHEAD + 1);
    if (!this.#decode) return inLanes;
    const { fixedBatch = 1 } = this.#backbone;
    const affordable = Math.max(fixedBatch, Math.floor((256 << 20) / inputBytes(this.#spec.input)));
    return Math.min(inLanes * fixedBatch + this.#session.threads * this.#slots.length * 2, affordable);
  }

  /**
   * Logits of an image file.
   * @throws {SemapError} `cancelled` when aborted before its run began; what befalls every image
   */
  async logits(path: string, signal?: AbortSignal): Promise<ImageOutput> {
    if (!this.#decode) return this.#enqueue({ path }, signal);
    let image: ArrayBuffer;
    try {
      image = await this.#decode.load(path, this.#spec.input, this.#buffers.pop(), signal);
    } catch (error) {
      const problem = toSemapError(error);
      if (COMMON_PROBLEMS.has(problem.reason)) throw problem;
      return { unreadable: problem.message };
    }
    return this.#enqueue({ image }, signal);
  }

  /** Milliseconds of a run with a blank image, the first one left out. */
  async measure(): Promise<number> {
    const blank = () => this.#enqueue({ image: new ArrayBuffer(inputBytes(this.#spec.input)) });
    await blank();
    const started = performance.now();
    await blank();
    return performance.now() - started;
  }

  /** Images a second with every lane busy, on blank images: what the backbone takes, decoding left out. */
  async throughput(): Promise<number> {
    const { fixedBatch = 1 } = this.#spec;
    const blanks = (runs: number) =>
      Promise.all(
        Array.from({ length: this.#slots.length * runs * fixedBatch }, () =>
          this.#enqueue({ image: new ArrayBuffer(inputBytes(this.#spec.input)) }),
        ),
      );
    await blanks(1);
    let fastest = 0;
    for (let round = 0; round < THROUGHPUT_ROUNDS; round++) {
      const started = performance.now();
      const { length } = await blanks(THROUGHPUT_RUNS);
      fastest = Math.max(fastest, (1000 * length) / (performance.now() - started));
    }
    return fastest;
  }

  /** Ends the lanes after the runs in progress. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(cancelled());
    await Promise.allSettled(this.#running);
    await Promise.all(this.#slots.map(({ lane }) => lane.close()));
  }

  #enqueue(source: Waiting['source'], signal?: AbortSignal): Promise<ImageOutput> {
    if (this.#closed || signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const abort = () => {
        const at = this.#queue.indexOf(waiting);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        reject(cancelled());
      };
      const settled = () => signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        source,
        resolve: (output) => {
          settled();
          resolve(output);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  /** Hands what waits to the lanes, the least busy first. */
  #next(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      let slot = this.#slots[0];
      for (const other of this.#slots) if (other.busy < slot.busy) slot = other;
      if (slot.busy >= AHEAD) return;
      const [first] = this.#queue;
      const size = 'path' in first.source ? 1 : (this.#spec.fixedBatch ?? 1);
      const batch = this.#queue.splice(0, size);
      slot.busy++;
      const run = this.#serve(slot, batch).finally(() => {
        slot.busy--;
        this.#running.delete(run);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  async #serve(slot: Slot, batch: readonly Waiting[]): Promise<void> {
    const { lane } = slot;
    try {
      const [{ source }] = batch;
      const result =
        'path' in source
          ? await lane.runFile(source.path)
          : await lane.run(batch.flatMap((one) => ('image' in one.source ? [one.source.image] : [])));
      this.#checkScores(result);
      if (this.#decode) this.#buffers.push(...result.images);
      const size = result.scores.length / batch.length;
      for (const [i, waiting] of batch.entries()) {
        const logits = result.scores.subarray(i * size, (i + 1) * size);
        if (!result.features) waiting.resolve({ logits });
        else {
          const width = result.features.length / batch.length;
          waiting.resolve({ logits, features: result.features.subarray(i * width, (i + 1) * width) });
        }
      }
    } catch (error) {
      if (lane.ended) await this.#replace(slot, lane);
      for (const waiting of batch) this.#fail(waiting, error);
    }
  }

  #fail(waiting: Waiting, error: unknown): void {
    if (error instanceof UnreadableFile) waiting.resolve({ unreadable: error.problem.message });
    else if (
      error instanceof WorkerLost &&
      'path' in waiting.source &&
      this.#slots.some(({ lane }) => !lane.ended)
    ) {
      // It only waited behind the file at which the lane ended.
      this.#queue.unshift(waiting);
    } else waiting.reject(error instanceof RunFailed ? this.#runError(error.message) : toSemapError(error));
  }

  /** A new lane in place of one that has ended, once. */
  async #replace(slot: Slot, ended: Lane): Promise<void> {
    if (slot.lane !== ended || this.#closed) return;
    const opened = await openLane(this.#backbone.path, this.#session, this.#spec).catch(() => undefined);
    if (opened && slot.lane === ended) slot.lane = opened;
    else await opened?.close();
  }

  #checkScores({ scores, dims }: RunScores): void {
    const { name, labelSpace } = this.#backbone;
    if (classCount(dims, this.#spec.fixedBatch ?? dims[0]) !== labelSpace.labels.length) {
      throw unsupported(
        `${name} gave an output of [${dims.join(', ')}] for ${labelSpace.labels.length} labels.`,
      );
    }
    if (this.#spec.output === 'probabilities' && Number.isNaN(scores[0] + scores[scores.length - 1])) {
      throw new SemapError(
        'invalid-description',
        `${name} is said to give probabilities, but its scores are negative.`,
        { hint: 'Set "output" to "logits" in its description.' },
      );
    }
  }

  #runError(message: string): SemapError {
    const { name } = this.#backbone;
    if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
      return new SemapError('out-of-memory', `There is not enough memory to run ${name}.`, {
        hint: 'Close other programs, or use a smaller backbone.',
        cause: new Error(message),
      });
    }
    return new SemapError('device-failed', `${name} failed in a run: ${message.split('\n')[0]}`, {
      hint: 'Check it with "semap backbones check".',
    });
  }
}

/** What a decoder reports that is not one picture's trouble. */
const COMMON_PROBLEMS: ReadonlySet<string> = new Set(['cancelled', 'internal', 'invalid-description']);

function specOf(backbone: BackboneDescription, tap: FeatureTap | undefined): RunSpec {
  const { inputName, input, outputName, output, fixedBatch } = backbone;
  const features = tap ? { features: { output: tap.output, axis: tap.axis } } : {};
  return { inputName, input, outputName, output, fixedBatch, ...features };
}

async function openLane(file: string, session: SessionOptions, spec: RunSpec): Promise<Lane> {
  try {
    const lane = await Lane.open(file, session);
    await lane.prepare(spec);
    return lane;
  } catch (error) {
    throw error instanceof RunFailed ? loadError(error.message, file) : error;
  }
}

function cancelled(): SemapError {
  return new SemapError('cancelled', 'Cancelled.');
}
