import {
  type MessagePort,
  type ResourceLimits,
  SHARE_ENV,
  Worker,
  type WorkerOptions,
} from 'node:worker_threads';

const here = import.meta.url;
/** In a worker thread that runs from its source, a loader adds a query to the address. */
const fromSource = new URL(here).pathname.endsWith('.ts');

/**
 * Starts a worker thread of the engine: its bundle beside this one, or its source when the engine runs from sources
 * (tests). Node 20 does not carry a loader over into worker threads, so there the source is imported through tsx.
 *
 * @param entry path below `src/engine` without its ending, such as `inference/inferenceWorker`; the bundle has its
 * last part as a name
 * @param resourceLimits bounds of its heap
 * @param transferList ports in `workerData`, which are the thread's from then on
 */
export function startWorker(
  entry: string,
  workerData?: unknown,
  resourceLimits?: ResourceLimits,
  transferList: readonly MessagePort[] = [],
): Worker {
  const limits = resourceLimits ? { resourceLimits } : {};
  const worker = newWorker(entry, workerData, { transferList: [...transferList], ...limits });
  live.set(worker, entry);
  worker.once('exit', () => live.delete(worker));
  return worker;
}

const live = new Map<Worker, string>();

/** How many threads have not ended, those of one entry left out. */
export function liveThreads(except: string): number {
  return [...live.values()].filter((entry) => entry !== except).length;
}

function newWorker(
  entry: string,
  workerData: unknown,
  limits: Pick<WorkerOptions, 'resourceLimits' | 'transferList'>,
): Worker {
  const name = entry.slice(entry.lastIndexOf('/') + 1);
  if (!fromSource)
    return new Worker(new URL(`./${name}.mjs`, here), { name, env: SHARE_ENV, workerData, ...limits });
  const source = new URL(`../${entry}.ts`, here).href;
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(source)}, ${JSON.stringify(here)}))`;
  return new Worker(load, { eval: true, name, env: SHARE_ENV, workerData, ...limits });
}

/** The entry of the image decoders' threads. */
export const decodeWorkerFile = new URL(
  fromSource ? '../images/decodeWorker.ts' : './decodeWorker.mjs',
  import.meta.url,
);
