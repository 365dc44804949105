import os from 'node:os';
import { Thread } from '../threads/thread.ts';
import { type StoredGraph, storedBytes } from './gradientCache.ts';
import type { Feeds } from './gradientSession.ts';
import { type RowNames, RowParts, StepOutputs, type Steps } from './microBatches.ts';
import type { StepWorkerApi } from './stepWorker.ts';

/**
 * Threads that share the parts of a step, each with a session of its own: small convolutions do not divide well among
 * the threads of one session. The thread that asks is free meanwhile, to make the next step's rows.
 */
export class StepThreads {
  readonly #threads: readonly Thread<StepWorkerApi>[];
  readonly #each: number;

  private constructor(count: number, each: number) {
    this.#threads = Array.from({ length: count }, () => new Thread<StepWorkerApi>('gradients/stepWorker'));
    this.#each = each;
  }

  /**
   * @param graphs that will be opened in each of them
   * @param threads to keep busy
   * @param parts of a step
   */
  static async start(
    graphs: readonly (StoredGraph | undefined)[],
    { threads, parts }: { readonly threads: number; readonly parts: number },
  ): Promise<StepThreads> {
    const bytes = await Promise.all(
      graphs.map((graph) => (graph === undefined ? 0 : storedBytes(graph.model))),
    );
    const count = threadsFor({
      threads,
      parts,
      graphBytes: bytes.reduce((sum, size) => sum + size, 0),
      freeBytes: process.availableMemory?.() ?? os.freemem(),
    });
    return new StepThreads(count, Math.floor(threads / count));
  }

  /**
   * Opens a graph in every thread.
   * @param rows of the graph
   * @throws {SemapError} `unsupported-model`
   */
  async open(graph: StoredGraph, rows: number, names: RowNames): Promise<Steps> {
    const opened = { graph, rows, names, threads: this.#each };
    const numbers = await Promise.all(this.#threads.map((thread) => thread.call('open', opened)));
    return new SharedSteps(
      this.#threads.map((thread, i) => ({ thread, graph: numbers[i] })),
      new RowParts(graph.inputs, rows, names),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }
}

/** What a thread needs besides its sessions: activations of a few images, mostly. */
const THREAD_BYTES = 256 << 20;
/** A session holds its weights as they are and as its kernels want them. */
const SESSION_FACTOR = 2.5;

/** How many threads share a step: one for each of its parts at most, and as many as half of the free memory has room for. */
export function threadsFor({
  threads,
  parts,
  graphBytes,
  freeBytes,
}: {
  readonly threads: number;
  readonly parts: number;
  readonly graphBytes: number;
  readonly freeBytes: number;
}): number {
  const room = Math.floor(freeBytes / 2 / (SESSION_FACTOR * graphBytes + THREAD_BYTES));
  return Math.max(1, Math.min(threads, parts, room));
}

/** A graph as it is open in a thread. */
interface OpenGraph {
  readonly thread: Thread<StepWorkerApi>;
  readonly graph: number;
}

class SharedSteps implements Steps {
  readonly #graphs: readonly OpenGraph[];
  readonly #parts: RowParts;

  constructor(graphs: readonly OpenGraph[], parts: RowParts) {
    this.#graphs = graphs;
    this.#parts = parts;
  }

  async run(feeds: Feeds, fetch: readonly string[]): Promise<Record<string, Float32Array>> {
    const total = this.#parts.total(feeds);
    const parts = Math.ceil(total / this.#parts.rows);
    const next = new Int32Array(new SharedArrayBuffer(4));
    const outputs = new StepOutputs(this.#parts, total);
    const busy = this.#graphs.slice(0, parts).map(async ({ thread, graph }) => {
      for (const done of await thread.call('run', { graph, feeds, fetch, parts, next })) {
        for (const [name, values] of Object.entries(done.outputs)) outputs.add(done.part, name, values);
      }
    });
    await Promise.all(busy);
    return outputs.all();
  }

  async release(): Promise<void> {
    await Promise.all(this.#graphs.map(({ thread, graph }) => thread.call('release', graph)));
  }
}
