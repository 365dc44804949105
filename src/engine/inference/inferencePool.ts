import os from 'node:os';
import path from 'node:path';
import {
  type BackboneDescription,
  classCount,
  unsupported,
} from '../../core/documents/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { inputBytes } from '../../core/images/tensor.ts';
import { loadError } from '../backbones/modelFile.ts';
import type { RunScores, RunSpec } from './inferenceMessages.ts';
import { Lane, RunFailed } from './lane.ts';

/** The logits of one image, and its input buffer to be used again. */
export interface ImageLogits {
  /** Length S; log p where the backbone gives probabilities. */
  readonly logits: Float32Array;
  readonly image: ArrayBuffer;
}

interface Waiting {
  readonly image: ArrayBuffer;
  resolve(result: ImageLogits): void;
  reject(error: SemapError): void;
}

/** What a lane takes beside its weights: onnxruntime itself, packed weights, activations. */
const LANE_BYTES = 100 << 20;

/**
 * One backbone in as many lanes as there are threads, each a session of one thread: on CPUs that is as fast as one
 * session with all threads or faster, and no core waits for another at the end of every layer. Where memory does not
 * hold as many copies, lanes are fewer and their threads more.
 */
export class InferencePool {
  readonly #lanes: readonly Lane[];
  readonly #idle: Lane[];
  readonly #spec: RunSpec;
  readonly #backbone: BackboneDescription;
  readonly #queue: Waiting[] = [];
  readonly #running = new Set<Promise<void>>();

  private constructor(backbone: BackboneDescription, lanes: readonly Lane[]) {
    this.#backbone = backbone;
    this.#lanes = lanes;
    this.#idle = [...lanes];
    this.#spec = {
      inputName: backbone.inputName,
      input: {
        type: backbone.input.type,
        layout: backbone.input.layout,
        height: backbone.input.height,
        width: backbone.input.width,
      },
      outputName: backbone.outputName,
      output: backbone.output,
      fixedBatch: backbone.fixedBatch,
    };
  }

  /** @throws {SemapError} when the model cannot be loaded into even one lane */
  static async open(backbone: BackboneDescription, threads: number): Promise<InferencePool> {
    const perLane = backbone.bytes * 2 + LANE_BYTES;
    const affordable = Math.max(1, Math.floor(os.freemem() / 2 / perLane));
    const count = Math.min(threads, affordable);
    const options = { threads: Math.max(1, Math.floor(threads / count)), provider: 'cpu' as const };
    // The first alone: when it cannot be loaded, the others need not try; when only they cannot, one is enough.
    const first = await openLane(backbone.path, options);
    const others = await Promise.allSettled(
      Array.from({ length: count - 1 }, () => Lane.open(backbone.path, options)),
    );
    const opened = others.flatMap((other) => (other.status === 'fulfilled' ? [other.value] : []));
    return new InferencePool(backbone, [first, ...opened]);
  }

  /** How many images are worth keeping under way, so that every lane has the next one at hand. */
  get depth(): number {
    const perLane = (this.#spec.fixedBatch ?? 1) * 3;
    const affordable = Math.floor((256 << 20) / inputBytes(this.#backbone.input));
    return Math.max(this.#spec.fixedBatch ?? 1, Math.min(this.#lanes.length * perLane, affordable));
  }

  /**
   * Runs one image; those that wait together share a run where the graph insists on several.
   * @param image filled as the backbone's input says; handed over
   * @throws {SemapError} `cancelled` when aborted before its run began
   */
  run(image: ArrayBuffer, signal?: AbortSignal): Promise<ImageLogits> {
    if (signal?.aborted) return Promise.reject(new SemapError('cancelled', 'Cancelled.'));
    return new Promise((resolve, reject) => {
      const abort = () => {
        const at = this.#queue.indexOf(waiting);
        if (at < 0) return;
        this.#queue.splice(at, 1);
        reject(new SemapError('cancelled', 'Cancelled.'));
      };
      const done = () => signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        image,
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#queue.push(waiting);
      this.#next();
    });
  }

  /** Milliseconds of a run with a blank image, the first one left out. */
  async measure(): Promise<number> {
    const blank = new ArrayBuffer(inputBytes(this.#backbone.input));
    const { image } = await this.run(blank);
    const started = performance.now();
    await this.run(image);
    return performance.now() - started;
  }

  /** Ends the lanes after the runs in progress. */
  async close(): Promise<void> {
    for (const waiting of this.#queue.splice(0)) waiting.reject(new SemapError('cancelled', 'Cancelled.'));
    await Promise.allSettled(this.#running);
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }

  #next(): void {
    while (this.#queue.length > 0) {
      const lane = this.#idle.pop();
      if (!lane) return;
      const batch = this.#queue.splice(0, this.#spec.fixedBatch ?? 1);
      const run = this.#runBatch(lane, batch).finally(() => {
        this.#running.delete(run);
        this.#idle.push(lane);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  async #runBatch(lane: Lane, batch: readonly Waiting[]): Promise<void> {
    try {
      const result = await lane.run(
        this.#spec,
        batch.map(({ image }) => image),
      );
      this.#checkScores(result);
      const size = result.scores.length / batch.length;
      for (const [i, waiting] of batch.entries()) {
        const logits = result.scores.subarray(i * size, (i + 1) * size);
        waiting.resolve({ logits, image: result.images[i] });
      }
    } catch (error) {
      const problem = error instanceof RunFailed ? this.#runError(error.message) : (error as SemapError);
      for (const waiting of batch) waiting.reject(problem);
    }
  }

  #checkScores({ scores, dims }: RunScores): void {
    const { name, labelSpace } = this.#backbone;
    if (classCount(dims, this.#spec.fixedBatch ?? 1) !== labelSpace.labels.length) {
      throw unsupported(
        `${name} gave an output of [${dims.join(', ')}] for ${labelSpace.labels.length} labels.`,
      );
    }
    if (this.#spec.output === 'probabilities' && scores.some(Number.isNaN)) {
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
      hint: `Check it with: semap backbones check ${path.basename(this.#backbone.path)}`,
    });
  }
}

async function openLane(file: string, options: { threads: number; provider: 'cpu' }): Promise<Lane> {
  try {
    return await Lane.open(file, options);
  } catch (error) {
    throw error instanceof RunFailed ? loadError(error.message, file) : error;
  }
}
