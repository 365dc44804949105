import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { cancelled, type SemapError, toSemapError } from '../../core/errors.ts';
import type { ImageFacts } from '../../core/images/imageFacts.ts';
import { inputBytes } from '../../core/images/tensor.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import type { Text } from '../../core/text/text.ts';
import type { FileState } from '../../files/fileState.ts';
import type { DecodePool } from '../images/decodePool.ts';
import type { LoadedImage } from '../images/decodeWorker.ts';
import { FileFault } from '../images/imageThread.ts';
import { suspects } from '../images/suspects.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { ThreadLost } from '../threads/thread.ts';
import type { Turns } from '../threads/turns.ts';
import type { FileScores, RunScores, RunSpec, SessionOptions } from './inferenceWorker.ts';
import { type Lane, specOf } from './lane.ts';
import { type CpuShare, type Lanes, type OpenLane, openLane, openOnCpu, unchanged } from './openLanes.ts';
import { areFinite, checkScores, notFinite, runError } from './scoreProblems.ts';

interface Scores {
  /** Length S; log p where the backbone gives probabilities. */
  readonly logits: Float32Array;
  /** Length D, where the pool was opened with a tap. */
  readonly features: Float32Array | undefined;
}

/** What is seen of an image file beside its scores. */
interface Seen {
  /** Of the file's bytes, where a lane read them. */
  readonly digest?: string;
  /** Of its picture. */
  readonly facts: ImageFacts;
  /** Of the very file that was read. */
  readonly state: FileState;
}

interface NoScores {
  readonly unreadable: Text;
}

/** What became of an image file. */
export type ImageOutput = (Scores & Seen) | NoScores;

/** What is seen of an input that nothing was decoded for. */
const BLANK: Seen = {
  facts: { width: 0, height: 0, spread: 0, detail: 0, shape: '' },
  state: { bytes: 0, modified: 0, changed: 0, inode: 0 },
};

/** A file to be decoded in the lane, or an input that was filled elsewhere. */
type Source = { readonly path: string } | { readonly image: ArrayBuffer; readonly seen: Seen };

interface Waiting {
  source: Source;
  readonly signal: AbortSignal | undefined;
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
/** A lane is given as many files at once as take about so long: being woken for each costs more than reading it. */
const BATCH_MILLISECONDS = 50;
const MOST_FILES = 16;
/** What the last files tell of how long one takes. */
const PACE_SHARE = 0.3;
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
  /** Those whose end is noticed. */
  readonly #heard = new WeakSet<AbortSignal>();
  /** How long a file takes in a lane. */
  #pace: number | undefined;
  #filesAtOnce = 1;
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
    const append = appendOf(backbone, tap);
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

  /** How many images are worth having under way, so that every lane has the next ones at hand; more once they are known to be fast. */
  get depth(): number {
    const inLanes = this.#slots.length * (AHEAD + 1);
    if (!this.#decode) return (inLanes + this.#slots.length) * this.#filesAtOnce;
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
    const { image, ...seen } = loaded;
    return this.#enqueue({ image, seen }, file, signal);
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
    const image = () => ({ image: new ArrayBuffer(inputBytes(this.#spec.input)), seen: BLANK });
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
    if (signal && !this.#heard.has(signal)) {
      this.#heard.add(signal);
      signal.addEventListener('abort', () => this.#drop(signal), { once: true });
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ source, again, signal, resolve, reject });
      this.#next();
    });
  }

  /** Takes back what waits. */
  #drop(signal: AbortSignal): void {
    for (let i = this.#queue.length - 1; i >= 0; i--)
      if (this.#queue[i].signal === signal) this.#queue.splice(i, 1)[0].reject(cancelled());
  }

  /** What was handed out waits again, before all else. */
  #return(batch: readonly Waiting[]): void {
    this.#queue.unshift(...batch.filter(({ signal }) => !signal?.aborted && !this.#closed));
    for (const { signal, reject } of batch) if (signal?.aborted || this.#closed) reject(cancelled());
  }

  /** Hands what waits to the lanes, the least busy first. */
  #next(): void {
    while (this.#queue.length > 0 && !this.#closed && !this.#moving) {
      let slot = this.#slots[0];
      for (const other of this.#slots) if (other.busy < slot.busy) slot = other;
      if (slot.busy >= AHEAD) return;
      const batch = this.#queue.splice(0, this.#batchSize());
      slot.busy++;
      const run = this.#serve(slot, batch).finally(() => {
        slot.busy--;
        this.#running.delete(run);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  /** How many of those that wait go into the next run, or the next files of a lane. */
  #batchSize(): number {
    if ('image' in this.#queue[0].source) return this.#spec.fixedBatch ?? 1;
    // Towards the end fewer and fewer, so that the lanes come to it together.
    const most = Math.min(this.#filesAtOnce, Math.ceil(this.#queue.length / this.#slots.length));
    const other = this.#queue.findIndex(({ source }) => 'image' in source);
    return other < 0 ? most : Math.min(most, other);
  }

  async #serve(slot: Slot, batch: readonly Waiting[]): Promise<void> {
    const { lane } = slot;
    const paths = batch.flatMap(({ source }) => ('path' in source ? [source.path] : []));
    const images = batch.flatMap(({ source }) => ('image' in source ? [source.image] : []));
    const isCpu = this.#session.provider === 'cpu';
    const onDevice = <T>(run: () => Promise<T>) =>
      isCpu || !this.#device ? run() : this.#device.gate.take(run);
    let deliver: () => void;
    try {
      if (paths.length > 0) {
        const result = await onDevice(() => lane.runFiles(paths));
        deliver = () => this.#deliverFiles(result, batch);
      } else {
        const result = await onDevice(() => lane.run(images));
        deliver = () => this.#deliver(result, batch);
      }
    } catch (thrown) {
      const error = toSemapError(thrown);
      if (this.#isDeviceTrouble(slot, error)) {
        await this.#fallBack(error, batch);
        return;
      }
      if (lane.ended) await this.#replace(slot, lane);
      this.#fail(batch, error);
      return;
    }
    try {
      deliver();
    } catch (error) {
      for (const waiting of batch) waiting.reject(toSemapError(error));
    }
  }

  #deliver(result: RunScores, batch: readonly Waiting[]): void {
    const { scores, features, dims } = result;
    if (this.#decode) this.#buffers.push(...result.images);
    const rows = rowsOf(scores, features, batch.length);
    for (const [i, { source, resolve }] of batch.entries()) {
      if (!('image' in source)) continue;
      const row = rows(i);
      checkScores(row.logits, dims, this.#backbone);
      resolve(this.#output({ ...source.seen, ...row }));
    }
  }

  #deliverFiles(
    { files, scores, features, dims, milliseconds }: FileScores,
    batch: readonly Waiting[],
  ): void {
    this.#learnPace(milliseconds / files.length);
    const rows = rowsOf(scores, features, batch.length);
    let ran = 0;
    for (const [i, file] of files.entries()) {
      if ('problem' in file) {
        batch[i].resolve({ unreadable: file.problem.message });
        continue;
      }
      const row = rows(ran++);
      checkScores(row.logits, dims, this.#backbone);
      batch[i].resolve(this.#output({ ...file, ...row }));
    }
    this.#return(batch.slice(files.length));
  }

  /** No label, and nothing to keep, comes of what is no number. */
  #output(output: Scores & Seen): ImageOutput {
    return areFinite(output.logits) ? output : { unreadable: notFinite(this.#backbone) };
  }

  /** @param milliseconds that a file took in a lane */
  #learnPace(milliseconds: number): void {
    const known = this.#pace;
    this.#pace = known === undefined ? milliseconds : known + PACE_SHARE * (milliseconds - known);
    this.#filesAtOnce = Math.max(1, Math.min(MOST_FILES, Math.round(BATCH_MILLISECONDS / this.#pace)));
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
    this.#return(batch);
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

  #fail(batch: readonly Waiting[], error: SemapError): void {
    if (error instanceof FileFault) {
      batch[error.index].resolve({ unreadable: error.text });
      this.#return(batch.filter((_, i) => i !== error.index));
    } else if (error instanceof ThreadLost) {
      // They only waited behind the file at which the lane ended.
      const files = batch.filter(({ source }) => 'path' in source);
      if (this.#slots.some(({ lane }) => !lane.ended)) this.#return(files);
      else for (const waiting of files) waiting.reject(error);
      for (const waiting of batch) if ('image' in waiting.source) waiting.reject(error);
    } else {
      const problem = error.reason === 'device-failed' ? runError(error.message, this.#backbone) : error;
      for (const waiting of batch) waiting.reject(problem);
    }
  }

  /** A new lane in place of one that has ended, once. */
  async #replace(slot: Slot, ended: Lane): Promise<void> {
    if (slot.lane !== ended || this.#closed) return;
    const opened = await this.#open(this.#backbone.path, this.#session, this.#spec).catch(() => undefined);
    if (opened && slot.lane === ended) slot.lane = opened;
    else await opened?.close();
  }
}

/** What a run says of one image after the other. @param count that there is room for */
function rowsOf(scores: Float32Array, features: Float32Array | undefined, count: number) {
  const size = scores.length / count;
  const width = (features?.length ?? 0) / count;
  return (at: number) => ({
    logits: scores.subarray(at * size, (at + 1) * size),
    features: features?.subarray(at * width, (at + 1) * width),
  });
}

function slotsOf({ lanes, session: { provider } }: Lanes): Slot[] {
  return lanes.map((lane) => ({ lane, provider, busy: 0 }));
}

/** What a decoder reports that is not one picture's trouble. */
const COMMON_PROBLEMS: ReadonlySet<string> = new Set(['cancelled', 'internal', 'invalid-description']);
