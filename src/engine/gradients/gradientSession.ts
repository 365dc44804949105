import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { SemapError } from '../../core/errors.ts';
import type { GraphInput } from '../../core/onnx/graph.ts';
import { phrase } from '../../core/text/text.ts';
import type { Ort } from '../models/onnxruntime.ts';
import { ortMessage } from '../models/onnxruntime.ts';
import type { StoredGraph } from './gradientCache.ts';

/** Arrays for graph inputs, by name; each as long as its input's shape says. */
export type Feeds = Readonly<Record<string, Float32Array | Int32Array>>;

export interface SessionChoice {
  /** onnxruntime's name of the execution provider. */
  readonly provider: string;
  readonly threads: number;
}

/** A gradient graph ready to run: one run is one training step's loss and gradients. Release it. */
export class GradientSession {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly inputs: readonly GraphInput[];

  private constructor(ort: Ort, session: InferenceSession, graph: StoredGraph) {
    this.#ort = ort;
    this.#session = session;
    this.inputs = graph.inputs;
  }

  /** @throws {SemapError} `unsupported-model`, `device-failed` */
  static async open(ort: Ort, graph: StoredGraph, choice: SessionChoice): Promise<GradientSession> {
    try {
      const session = await ort.InferenceSession.create(graph.model as string, sessionOptions(choice));
      return new GradientSession(ort, session, graph);
    } catch (cause) {
      const [first] = ortMessage(cause).split('\n');
      throw choice.provider === 'cpu'
        ? new SemapError(
            'unsupported-model',
            phrase('onnxruntime cannot load the gradient graph: {0}', first),
            { cause },
          )
        : new SemapError(
            'device-failed',
            phrase('{0} cannot load the gradient graph: {1}', choice.provider, first),
            { cause },
          );
    }
  }

  /**
   * @param fetch names of the outputs to compute; fewer outputs are less work
   * @returns their elements, in arrays of their own
   */
  async run(feeds: Feeds, fetch: readonly string[]): Promise<Record<string, Float32Array>> {
    const arrays: Record<string, Float32Array> = {};
    await this.each(feeds, fetch, (name, values) => {
      arrays[name] = values.slice();
    });
    return arrays;
  }

  /**
   * Runs, and hands out the outputs one by one, without a copy.
   * @param use an output's elements, which hold during the call only
   */
  async each(
    feeds: Feeds,
    fetch: readonly string[],
    use: (name: string, values: Float32Array) => void,
  ): Promise<void> {
    const given: Record<string, OrtTensor> = {};
    for (const { name, dims, type } of this.inputs) {
      const data = feeds[name];
      if (data === undefined) throw new SemapError('internal', phrase('Graph input "{0}" is missing.', name));
      given[name] = new this.#ort.Tensor(type as 'float32', data as Float32Array, dims as number[]);
    }
    const results = await this.#session.run(given, [...fetch]).catch((cause: unknown) => {
      throw new Error(ortMessage(cause), { cause });
    });
    for (const name of fetch) {
      use(name, results[name].data as Float32Array);
      results[name].dispose();
    }
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/**
 * Full optimisation: the blocked convolution layout exists only there (lower levels cost 30 to 45%). No memory pattern:
 * it doubles the peak and gains nothing. Weights are kept apart from activations, whose memory doubles when it grows. On WebGPU, convolutions in the default layout go wrong where the kernel is as
 * large as a padded input.
 */
export function sessionOptions({ provider, threads }: SessionChoice): InferenceSession.SessionOptions {
  const executionProvider = provider === 'webgpu' ? { name: 'webgpu', preferredLayout: 'NCHW' } : provider;
  return {
    executionProviders: provider === 'cpu' ? ['cpu'] : [executionProvider as string, 'cpu'],
    graphOptimizationLevel: 'all',
    enableMemPattern: false,
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    extra: { session: { use_device_allocator_for_initializers: '1' } },
  };
}
