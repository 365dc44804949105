import {
  type BackboneDescription,
  classCount,
  unsupported,
} from '../../core/backbones/backboneDescription.ts';
import { cancelled, SemapError, toSemapError } from '../../core/errors.ts';
import type { ImageFacts } from '../../core/images/imageFacts.ts';
import { inputBytes } from '../../core/images/tensor.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { LoadedImage } from '../images/decodeWorker.ts';
import { suspects } from '../images/suspects.ts';
import { ThreadLost } from '../threads/thread.ts';
import type { Turns } from '../threads/turns.ts';
import type { RunScores, RunSpec, SessionOptions } from './inferenceWorker.ts';
import { appendOf, type Lane, specOf } from './lane.ts';
import { type CpuShare, type Lanes, type OpenLane, openLane, openOnCpu, unchanged } from './openLanes.ts';

/** What became of an image file. */
export type ImageOutput =
  | {
      /** Length S; log p where the backbone gives probabilities. */
      readonly logits: Float32Array;
      /** Length D, where the pool was opened with a tap. */
      readonly features: Float32Array | undefined;
      /** Of the file's bytes, where a lane read them. */
      readonly digest: string | undefined;
      /** Of its picture, where a file was decoded. */
      readonly facts: ImageFacts | undefined;
    }
  | { readonly unreadable: Text };

/** A file to be decoded in the lane, or an input that was filled elsewhere. */
type Source =
  | { readonly path: string }
  | { readonly image: ArrayBuffer; readonly facts?: ImageFacts | undefined };

interface Waiting {
  source: Source;
  /** The source once more, for a device that failed took the pixels with it. */
  readonly again: () => Source;
  resolve(output: ImageOutput): void;
  reject(error: SemapError): void;
}

/** Where a pool runs, and whom it tells when that fails. */
export interface PoolDevice {
  readonly provider: string;
  /** Called once, before the CPU takes over. */
  readonly onFailure: (message: string) => void;
  /** Runs of devices other than the CPU go one at a time in a process: two at once crash some drivers. */
  readonly gate: Turns;
}

interface Slot {
  lane: Lane;
  readonly provider: string;
  busy: number;
}

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
  readonly #open: OpenLane;
  readonly #device: PoolDevice | undefined;
  #session: SessionOptions;
  #slots: Slot[];
  /** Undefined where the lanes decode. */
  #decode: DecodePool | undefined;
  /** The move to the CPU, once the device has failed. */
  #fallingBack: Promise<void> | undefined;
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<void>>();
  /** Input buffers to be filled again. */
  readonly #buffers: ArrayBuffer[] = [];
  #closed = false;

  private constructor(
    backbone: BackboneDescription,
    spec: RunSpec,
    lanes: Lanes,
    open: OpenLane,
    device: PoolDevice | undefined,
  ) {
    this.#backbone = backbone;
    this.#spec = spec;
    this.#open = open;
    this.#device = device;
    this.#session = lanes.session;
    this.#slots = slotsOf(lanes);
    this.#decode = lanes.decode;
  }

  /**
   * @param tap to get penultimate features too
   * @param device absent = the CPU
   * @throws {SemapError} when the model cannot be loaded into even one lane
   */
  static async open(
    backbone: BackboneDescription,
    share: CpuShare,
    decode: DecodePool,
    tap?: FeatureTap,
    device?: PoolDevice,
    open: OpenLane = openLane,
  ): Promise<InferencePool> {
    const spec = specOf(backbone, tap);
    const guarded = unchanged(backbone.path, open);
    const append = appendOf(tap);
    const onCpu = () => openOnCpu(backbone, share, decode, append, spec, guarded);
    if (!device || device.provider === 'cpu') {
      return new InferencePool(backbone, spec, await onCpu(), guarded, undefined);
    }
    const session: SessionOptions = { threads: 1, provider: device.provider, append };
    try {
      const lane = await guarded(backbone.path, session, spec);
      const pool = new InferencePool(backbone, spec, { lanes: [lane], session, decode }, guarded, device);
      pool.#onCpu = onCpu;
      return pool;
    } catch (error) {
      device.onFailure(toSemapError(error).message);
      return new InferencePool(backbone, spec, await onCpu(), guarded, undefined);
    }
  }

  #onCpu: (() => Promise<Lanes>) | undefined;

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
    const file = () => ({ path });
    if (!this.#decode) {
      try {
        return await suspects.attempt(path, () => this.#enqueue(file(), file, signal));
      } catch (error) {
        if (toSemapError(error).reason !== 'unreadable-image') throw error;
        return { unreadable: toSemapError(error).text };
      }
    }
    let loaded: LoadedImage;
    try {
      loaded = await this.#decode.load(path, this.#spec.input, this.#buffers.pop(), signal);
    } catch (error) {
      const problem = toSemapError(error);
      if (COMMON_PROBLEMS.has(problem.reason)) throw problem;
      return { unreadable: problem.text };
    }
    return this.#enqueue(loaded, file, signal);
  }

  /** Milliseconds of a run with a blank image, the first one left out. */
  async measure(): Promise<number> {
    const blank = () => this.#blank();
    await blank();
    const started = performance.now();
    await blank();
    return performance.now() - started;
  }

  /** Images a second with every lane busy, on blank images: what the backbone takes, decoding left out. */
  async throughput(): Promise<number> {
    const { fixedBatch = 1 } = this.#spec;
    const blanks = (runs: number) =>
      Promise.all(Array.from({ length: this.#slots.length * runs * fixedBatch }, () => this.#blank()));
    await blanks(1);
    let fastest = 0;
    for (let round = 0; round < THROUGHPUT_ROUNDS; round++) {
      const started = performance.now();
      const { length } = await blanks(THROUGHPUT_RUNS);
      fastest = Math.max(fastest, (1000 * length) / (performance.now() - started));
    }
    return fastest;
  }

  #blank(): Promise<ImageOutput> {
    const image = () => ({ image: new ArrayBuffer(inputBytes(this.#spec.input)) });
    return this.#enqueue(image(), image);
  }

  /** Ends the lanes after the runs in progress. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiting of this.#queue.splice(0)) waiting.reject(cancelled());
    await Promise.allSettled(this.#running);
    await this.#fallingBack?.catch(() => {});
    await Promise.all(this.#slots.map(({ lane }) => lane.close()));
  }

  #enqueue(source: Source, again: () => Source, signal?: AbortSignal): Promise<ImageOutput> {
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
        again,
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
    while (this.#queue.length > 0 && !this.#closed && !this.#moving) {
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
    const [{ source }] = batch;
    const run = () =>
      'path' in source
        ? lane.runFile(source.path)
        : lane.run(batch.flatMap((one) => ('image' in one.source ? [one.source.image] : [])));
    const isCpu = this.#session.provider === 'cpu';
    let result: RunScores;
    try {
      result = isCpu || !this.#device ? await run() : await this.#device.gate.take(run);
    } catch (thrown) {
      const error = toSemapError(thrown);
      if (this.#isDeviceTrouble(slot, error)) {
        await this.#fallBack(error, batch);
        return;
      }
      if (lane.ended) await this.#replace(slot, lane);
      for (const waiting of batch) this.#fail(waiting, error);
      return;
    }
    try {
      this.#deliver(result, batch);
    } catch (error) {
      for (const waiting of batch) waiting.reject(toSemapError(error));
    }
  }

  #deliver(result: RunScores, batch: readonly Waiting[]): void {
    this.#checkScores(result);
    if (this.#decode) this.#buffers.push(...result.images);
    const { scores, features, digest, facts } = result;
    const size = scores.length / batch.length;
    const width = (features?.length ?? 0) / batch.length;
    for (const [i, waiting] of batch.entries()) {
      const logits = scores.subarray(i * size, (i + 1) * size);
      // No label, and nothing to keep, comes of what is no number.
      if (!logits.every(Number.isFinite)) waiting.resolve({ unreadable: this.#notFinite() });
      else {
        waiting.resolve({
          logits,
          features: features?.subarray(i * width, (i + 1) * width),
          digest,
          facts: 'path' in waiting.source ? facts : waiting.source.facts,
        });
      }
    }
  }

  /** Whether the device is to blame, so that the CPU may still do it. */
  #isDeviceTrouble(slot: Slot, error: SemapError): boolean {
    const onDevice = this.#onCpu !== undefined && slot.provider !== 'cpu';
    return onDevice && (error.reason === 'device-failed' || error instanceof ThreadLost);
  }

  /** The run goes on with the CPU's lanes; what was under way is done again there. */
  async #fallBack({ message }: SemapError, batch: readonly Waiting[]): Promise<void> {
    this.#fallingBack ??= this.#moveToCpu(message);
    try {
      await this.#fallingBack;
    } catch (problem) {
      for (const waiting of batch) waiting.reject(toSemapError(problem));
      return;
    }
    for (const waiting of batch) waiting.source = waiting.again();
    this.#queue.unshift(...batch);
  }

  async #moveToCpu(message: string): Promise<void> {
    const old = this.#slots;
    this.#moving = true;
    this.#device?.onFailure(message);
    try {
      const lanes = await this.#onCpu!();
      this.#session = lanes.session;
      this.#decode = lanes.decode;
      this.#slots = slotsOf(lanes);
      // What waits was decoded for one size and layout, which the CPU takes as well; lanes that decode take files.
      if (!lanes.decode) for (const waiting of this.#queue) waiting.source = waiting.again();
    } finally {
      this.#moving = false;
    }
    await Promise.all(old.map(({ lane }) => lane.close()));
  }

  #moving = false;

  #fail(waiting: Waiting, error: SemapError): void {
    const isFile = 'path' in waiting.source;
    if (error instanceof ThreadLost) {
      // It only waited behind the file at which the lane ended.
      if (isFile && this.#slots.some(({ lane }) => !lane.ended)) this.#queue.unshift(waiting);
      else waiting.reject(error);
    } else if (error.reason === 'device-failed') waiting.reject(this.#runError(error.message));
    else if (isFile) waiting.resolve({ unreadable: error.text });
    else waiting.reject(error);
  }

  /** A new lane in place of one that has ended, once. */
  async #replace(slot: Slot, ended: Lane): Promise<void> {
    if (slot.lane !== ended || this.#closed) return;
    const opened = await this.#open(this.#backbone.path, this.#session, this.#spec).catch(() => undefined);
    if (opened && slot.lane === ended) slot.lane = opened;
    else await opened?.close();
  }

  #checkScores({ scores, dims }: RunScores): void {
    const { name, labelSpace } = this.#backbone;
    if (classCount(dims, this.#spec.fixedBatch ?? dims[0]) !== labelSpace.labels.length) {
      throw unsupported(
        phrase(
          'The output of {0} has the shape [{1}], and there are {2} labels.',
          name,
          dims.join(', '),
          labelSpace.labels.length,
        ),
      );
    }
    if (this.#spec.output === 'probabilities' && Number.isNaN(scores[0] + scores[scores.length - 1])) {
      throw new SemapError(
        'invalid-description',
        phrase('{0} is described as giving probabilities, but its scores are negative.', name),
        { hint: phrase('Set "output" to "logits" in its description.') },
      );
    }
  }

  #notFinite(): Text {
    return phrase('The scores of {0} for this image are not finite numbers.', this.#backbone.name);
  }

  #runError(message: string): SemapError {
    const { name } = this.#backbone;
    if (/bad_alloc|failed to allocate|out of memory/i.test(message)) {
      return new SemapError('out-of-memory', phrase('There is not enough memory to run {0}.', name), {
        hint: phrase('Close other programs, or use a smaller backbone.'),
        cause: new Error(message),
      });
    }
    return new SemapError('device-failed', phrase('{0} failed to run: {1}', name, message.split('\n')[0]), {
      hint: phrase('Check it with "Check Backbone" in the Backbones view, or with `semap backbones check`.'),
    });
  }
}

function slotsOf({ lanes, session: { provider } }: Lanes): Slot[] {
  return lanes.map((lane) => ({ lane, provider, busy: 0 }));
}

/** What a decoder reports that is not one picture's trouble. */
const COMMON_PROBLEMS: ReadonlySet<string> = new Set(['cancelled', 'internal', 'invalid-description']);
