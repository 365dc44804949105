import { type Call, moving } from '../../protocol/rpc.ts';
import { loadOrt } from '../models/onnxruntime.ts';
import { yieldToOthers } from '../threads/priority.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import type { StoredGraph } from './gradientCache.ts';
import { type Feeds, GradientSession } from './gradientSession.ts';
import { MicroBatches, type RowNames } from './microBatches.ts';

/** A graph to run steps of. */
interface StepGraph {
  readonly graph: StoredGraph;
  /** Of the graph. */
  readonly rows: number;
  readonly names: RowNames;
  /** Of a run. */
  readonly threads: number;
}

/** What a part of a step gave. */
interface PartOutputs {
  readonly part: number;
  readonly outputs: Readonly<Record<string, Float32Array>>;
}

/** What a thread that computes steps offers. */
export interface StepWorkerApi {
  /** @returns its number among the open ones */
  open: Call<StepGraph, number>;
  /** Runs the parts of a step that no other thread has taken. */
  run: Call<
    {
      readonly graph: number;
      readonly feeds: Feeds;
      readonly fetch: readonly string[];
      /** Of the whole step. */
      readonly parts: number;
      /** The next part to take, shared by the threads. */
      readonly next: Int32Array;
    },
    readonly PartOutputs[]
  >;
  release: Call<number>;
}

const graphs = new Map<number, MicroBatches>();
let opened = 0;

yieldToOthers();

serveStarter<StepWorkerApi>({
  open: async ({ graph, rows, names, threads }) => {
    const session = await GradientSession.open(await loadOrt(), graph, { provider: 'cpu', threads });
    graphs.set(opened, new MicroBatches(session, rows, names));
    return opened++;
  },
  run: async ({ graph, feeds, fetch, parts, next }) => {
    const done: PartOutputs[] = [];
    for (let part = Atomics.add(next, 0, 1); part < parts; part = Atomics.add(next, 0, 1)) {
      const outputs: Record<string, Float32Array> = {};
      await graphs.get(graph)!.runPart(feeds, part, fetch, (name, values) => {
        outputs[name] = values.slice();
      });
      done.push({ part, outputs });
    }
    const buffers = done.flatMap(({ outputs }) => Object.values(outputs).map(({ buffer }) => buffer));
    return moving(done, buffers);
  },
  release: async (graph) => {
    await graphs.get(graph)?.release();
    graphs.delete(graph);
    return undefined;
  },
});
