import { SemapError } from '../../core/errors.ts';
import {
  buildGradientGraph,
  type GradientGraphFacts,
  type GradientGraphOptions,
} from '../../core/onnx/gradientGraph.ts';
import { formulationFor } from '../../core/onnx/gradients/rule.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { productOf } from '../../core/onnx/shapes.ts';
import { phrase } from '../../core/text/text.ts';
import type { Ort } from '../models/onnxruntime.ts';
import { GradientCache, type StoredGraph } from './gradientCache.ts';
import { GradientSession } from './gradientSession.ts';
import { OrtRunner } from './ortRunner.ts';
import { disagreement, sampleFeeds } from './selfCheck.ts';

/** Everything a gradient graph is made of, and where it shall run. */
export interface GradientModelOptions
  extends Pick<
    GradientGraphOptions,
    | 'dims'
    | 'images'
    | 'output'
    | 'scores'
    | 'rows'
    | 'features'
    | 'withLogits'
    | 'before'
    | 'after'
    | 'sources'
  > {
  /** Reads the model; only called when the graph is not in the cache. */
  readonly model: () => Promise<Graph>;
  /** The model's content hash. */
  readonly sha256: string;
  /** Names what `before` and `after` add, for the cache: change it whenever they would add something else. */
  readonly composition: string;
  readonly cacheFolder: string;
  readonly threads: number;
  /** onnxruntime names of execution providers, best first; the CPU is always the last resort. */
  readonly providers?: readonly string[];
}

/** A gradient session on the provider that was found to work. */
export interface GradientModel {
  readonly session: GradientSession;
  readonly graph: GradientGraphFacts;
  readonly provider: string;
}

/** |a - b| / |b| up to which a provider counts as computing the same gradient as the CPU. */
const TOLERANCE = 1e-3;

/**
 * Builds the gradient graph of a model (or takes it from the cache) and opens it on the first provider that computes
 * the same as the CPU.
 * @throws {GradientBlockedError} naming every node without a gradient; {SemapError}
 */
export async function openGradientModel(ort: Ort, options: GradientModelOptions): Promise<GradientModel> {
  const { threads, providers = [] } = options;
  const cpuGraph = await gradientGraph(ort, options);
  const cpu = await GradientSession.open(ort, cpuGraph, { provider: 'cpu', threads });
  for (const provider of providers) {
    if (provider === 'cpu') break;
    // A name it does not know, onnxruntime passes over in silence, and runs on the CPU.
    if (!ort.listSupportedBackends().some(({ name }) => name === provider)) continue;
    try {
      const graph = await gradientGraph(ort, options, provider);
      const session = await GradientSession.open(ort, graph, { provider, threads });
      const names = outputNames(graph);
      const feeds = sampleFeeds(graph.inputs);
      const off = disagreement(await session.run(feeds, names), await cpu.run(feeds, names));
      if (off <= TOLERANCE) {
        await cpu.release();
        return { session, graph, provider };
      }
      await session.release();
    } catch {
      // A device that fails is none to train on: the next one is tried.
    }
  }
  return { session: cpu, graph: cpuGraph, provider: 'cpu' };
}

function outputNames(graph: GradientGraphFacts): string[] {
  return [...graph.outputs.keys()];
}

/**
 * The gradient graph of a model for a provider, built or taken from the cache.
 * @throws {GradientBlockedError} naming every node without a gradient; {SemapError}
 */
export async function gradientGraph(
  ort: Ort,
  options: Omit<GradientModelOptions, 'threads' | 'providers'>,
  provider = 'cpu',
): Promise<StoredGraph> {
  const { cacheFolder, model, sha256, composition, dims, output, scores, sources = [] } = options;
  const formulation = formulationFor(provider);
  const cache = new GradientCache(cacheFolder);
  const key = GradientCache.key({ sha256, composition, dims, output, scores, sources, formulation });
  const kept = await cache.read(key);
  if (kept !== undefined) return kept;
  if (productOf(dims) <= 0)
    throw new SemapError('internal', phrase('A gradient graph needs a batch of at least one.'));
  const graph = await buildGradientGraph(await model(), {
    ...options,
    runner: new OrtRunner(ort),
    formulation,
  });
  return cache.write(key, graph);
}
