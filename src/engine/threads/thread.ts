import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ResourceLimits, SHARE_ENV, Worker, type WorkerOptions } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { type Api, type Call, type CallOptions, type Handlers, Rpc } from '../../protocol/rpc.ts';

const here = import.meta.url;
/** In a worker thread that runs from its source, a loader adds a query to the address. */
const isSource = new URL(here).pathname.endsWith('.ts');
/** Tests and benchmarks that run from sources may name a folder of bundles made of these, from which threads start quicker. */
const bundles = isSource ? process.env['SEMAP_BUNDLES'] : undefined;

/**
 * The file of a thread's or process's entry: its bundle beside this one, or its source when the engine runs from sources
 * (tests).
 *
 * @param entry path below `src/engine` without its ending, such as `inference/inferenceWorker`; the bundle has its
 * last part as a name
 */
export function entryFile(entry: string): { readonly file: URL; readonly fromSource: boolean } {
  const bundle = `${entry.slice(entry.lastIndexOf('/') + 1)}.mjs`;
  if (bundles !== undefined) return { file: pathToFileURL(path.join(bundles, bundle)), fromSource: false };
  return { file: new URL(isSource ? `../${entry}.ts` : `./${bundle}`, here), fromSource: isSource };
}

/** Node 20 does not carry a loader over into worker threads, so there a source is imported through tsx. */
function startWorker(entry: string | URL, workerData: unknown, resourceLimits?: ResourceLimits): Worker {
  const options: WorkerOptions = { env: SHARE_ENV, workerData, resourceLimits };
  if (typeof entry !== 'string') return new Worker(entry, options);
  const name = entry.slice(entry.lastIndexOf('/') + 1);
  const { file, fromSource } = entryFile(entry);
  // A bundle needs none of the loader that this process was started with.
  if (!fromSource) return new Worker(file, { ...options, name, ...(isSource && { execArgv: [] }) });
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(file.href)}, ${JSON.stringify(here)}))`;
  return new Worker(load, { ...options, name, eval: true });
}

const live = new Map<Worker, string | URL>();

/** How many threads have not ended, those of one entry left out. */
export function liveThreads(except: string): number {
  return [...live.values()].filter((entry) => entry !== except).length;
}

/** A thread ended before it answered a call. */
export class ThreadLost extends SemapError {
  constructor(cause: Error | undefined) {
    const why = cause
      ? phrase('A thread of the engine stopped: {0}', cause.message)
      : phrase('A thread of the engine stopped.');
    super('internal', why, { cause });
  }
}

export interface ThreadOptions<Local extends Api<Local>> {
  /** Cloned into the thread's `workerData`. */
  readonly data?: unknown;
  /** Bounds of its heap. */
  readonly limits?: ResourceLimits | undefined;
  /** What it may ask of this one. */
  readonly handlers?: Handlers<Local>;
}

type Nothing = Record<never, never>;
interface Closable {
  close: Call<undefined>;
}

/**
 * A worker thread and the calls to it; `serveStarter` is its other end. It keeps the process alive only while it is asked
 * something.
 */
export class Thread<Remote extends Api<Remote>, Local extends Api<Local> = Nothing> {
  /** Resolves once the thread is gone, for whatever reason; with the error that ended it, where one did. */
  readonly exited: Promise<Error | undefined>;
  readonly #worker: Worker;
  readonly #rpc: Rpc<Remote, Local>;
  #ended = false;
  #calls = 0;

  /** @param entry as `entryFile` takes it; a URL in tests */
  constructor(entry: string | URL, { data, limits, handlers }: ThreadOptions<Local> = {}) {
    const worker = startWorker(entry, data, limits);
    live.set(worker, entry);
    worker.unref();
    this.#worker = worker;
    this.exited = new Promise((resolve) => {
      let cause: Error | undefined;
      worker.on('error', (error) => {
        cause = error;
      });
      worker.once('exit', () => {
        live.delete(worker);
        this.#ended = true;
        resolve(cause);
      });
    });
    this.#rpc = new Rpc<Remote, Local>(
      {
        send: (message, moved) => worker.postMessage(message, moved),
        onMessage: (listener) => {
          worker.on('message', listener);
          return () => worker.off('message', listener);
        },
        onClose: (listener) => {
          void this.exited.then((cause) => listener(new ThreadLost(cause)));
          return () => {};
        },
      },
      handlers ?? ({} as Handlers<Local>),
    );
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws {SemapError} what the thread threw; {@link ThreadLost} when it ended before it answered */
  async call<K extends keyof Remote & string>(
    method: K,
    params: Remote[K]['params'],
    options?: CallOptions<Remote[K]['progress']>,
  ): Promise<Remote[K]['result']> {
    if (this.#calls++ === 0) this.#worker.ref();
    try {
      return await this.#rpc.call(method, params, options);
    } finally {
      if (--this.#calls === 0) this.#worker.unref();
    }
  }

  /**
   * Asks the thread to free what it has and to end, after the call in progress. A thread that is inside onnxruntime is
   * never terminated: that aborts the process.
   */
  async close(): Promise<void> {
    const closable = this as unknown as Thread<Closable>;
    await closable.call('close', undefined).catch(() => {});
  }

  /** Ends the thread at once, which must be in no native code; what it was asked is rejected with `error`. */
  async terminate(error?: SemapError): Promise<void> {
    if (this.#calls++ === 0) this.#worker.ref();
    if (error) this.#rpc.dispose(error);
    await this.#worker.terminate();
  }
}
