import type { BackboneDescription, GraphFacts } from '../../core/backbones/backboneDescription.ts';
import { errorOf, SemapError, toSemapError } from '../../core/errors.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import { givenKind } from '../../core/onnx/scoreReading.ts';
import { phrase } from '../../core/text/text.ts';
import { moving } from '../../protocol/rpc.ts';
import { ImageThread } from '../images/imageThread.ts';
import { loadError } from '../models/onnxruntime.ts';
import { watchLoad } from '../threads/loads.ts';
import type {
  FileScores,
  InferenceApi,
  RunScores,
  RunSpec,
  RuntimeInfo,
  SessionOptions,
} from './inferenceWorker.ts';

/** Megabytes: what a lane leaves behind for each image is small and short-lived, and there are as many lanes as cores. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** One inference worker: a thread with a session of its own. Runs one batch after the other. */
export class Lane {
  /** What the graph says about itself. */
  readonly facts: GraphFacts;
  readonly #thread: ImageThread<InferenceApi>;
  readonly #path: string;
  #hasRun = false;

  private constructor(thread: ImageThread<InferenceApi>, path: string, facts: GraphFacts) {
    this.#thread = thread;
    this.#path = path;
    this.facts = facts;
  }

  /** @throws {SemapError} what is wrong with the model */
  static async open(path: string, options: SessionOptions): Promise<Lane> {
    const thread = newThread();
    try {
      const facts = await watchLoad(path, () => thread.call('open', { path, options }));
      return new Lane(thread, path, facts);
    } catch (error) {
      await thread.close();
      const { reason, message } = toSemapError(error);
      throw reason === 'device-failed' ? loadError(message, path) : error;
    }
  }

  /** Whether its thread is gone. */
  get ended(): boolean {
    return this.#thread.ended;
  }

  /** Says how the runs that follow are made, and makes a few for nothing: these are the first. */
  async prepare(spec: RunSpec): Promise<void> {
    await watchLoad(this.#path, () => this.#thread.call('prepare', spec));
  }

  /**
   * Reads, decodes and runs image files one after the other, all in this lane's thread.
   * @throws {SemapError} `device-failed` with onnxruntime's words; `FileFault` when the thread ended at one of the files,
   * `ThreadLost` when it did elsewhere
   */
  runFiles(paths: readonly string[]): Promise<FileScores> {
    return this.#ran(() =>
      this.#thread.decode((ticket) => this.#thread.call('files', { ticket, paths }), paths.length),
    );
  }

  /** As {@link runFiles}. @throws {SemapError} what is wrong with the file, too */
  async runFile(path: string): Promise<Pick<FileScores, 'scores' | 'features'>> {
    const result = await this.runFiles([path]);
    const [file] = result.files;
    if (!('problem' in file)) return result;
    throw errorOf(file.problem);
  }

  /**
   * @param images one buffer per image, filled as the spec says; handed over and returned with the scores
   * @throws {SemapError} as {@link runFiles}
   */
  run(images: ArrayBuffer[]): Promise<RunScores> {
    return this.#ran(() => this.#thread.call('images', moving({ images }, images)));
  }

  /** The first run shows what a graph does. */
  #ran<T>(run: () => Promise<T>): Promise<T> {
    if (this.#hasRun) return run();
    this.#hasRun = true;
    return watchLoad(this.#path, run);
  }

  /** Frees the session after the run in progress. */
  close(): Promise<void> {
    return this.#thread.close();
  }
}

/** How a backbone is run. @param tap to get penultimate features too */
export function specOf(backbone: BackboneDescription, tap?: FeatureTap): RunSpec {
  const { inputName, input, extraInputs, outputName, fixedBatch, classesFirst, binary } = backbone;
  const features = tap && { output: tap.output, axis: tap.axis };
  const scores = { kind: givenKind(backbone), classesFirst, binary };
  return { inputName, input, extraInputs, outputName, scores, fixedBatch, features };
}

function newThread(): ImageThread<InferenceApi> {
  return new ImageThread<InferenceApi>('inference/inferenceWorker', { limits: LIMITS });
}

/** Asks the library what it offers, in a thread of its own that ends afterwards. */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const thread = newThread();
  try {
    return await thread.call('info', undefined);
  } catch (error) {
    if (error instanceof SemapError && error.hint !== undefined) throw error;
    const why = toSemapError(error).message.split('\n')[0];
    throw new SemapError('device-failed', phrase('Cannot load onnxruntime on this machine: {0}', why), {
      hint: phrase(
        'Install the package of SeMap without a platform in its name: it runs backbones as WebAssembly, on every computer.',
      ),
      cause: error,
    });
  } finally {
    await thread.close();
  }
}
