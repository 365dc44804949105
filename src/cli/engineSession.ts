import { fileURLToPath } from 'node:url';
import type { Engine, EngineCallOptions } from '../capabilities/session.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { phrase, say } from '../core/text/text.ts';
import { type EngineForkOptions, type EngineProcess, forkEngine } from '../processes/engineProcess.ts';
import type { EngineApi, EngineClientApi } from '../protocol/engineApi.ts';
import { type CallOptions, Rpc } from '../protocol/rpc.ts';
import type { EngineSetup } from './engineSetup.ts';
import { printable } from './terminal.ts';

/** How long an engine may take to end after its command; it writes down what it has. */
const END_MILLISECONDS = 2000;
/** Two images that end an engine are found and given up with so many deaths. */
const MOST_DEATHS = 4;

const running = new Set<EngineSession>();

/** Ends every engine of this process at once. What they have done is kept, but for the last moment. */
export function killEngines(): void {
  for (const engine of running) engine.kill();
}

/** Ends the engines that have not begun to work. */
export function killStartingEngines(): void {
  for (const engine of running) if (engine.onnxruntime === '') engine.kill();
}

/** The engine for the length of one command. */
export class EngineSession implements Engine {
  /** Where the engine is. Tests name the built one, which starts faster than its sources. */
  static files = engineFiles();
  /** Its version. */
  onnxruntime = '';
  readonly #options: EngineSetup;
  #process: EngineProcess;
  #rpc: Rpc<EngineApi, EngineClientApi>;
  /** The start of an engine in the place of one that died. */
  #restarted: Promise<unknown> | undefined;
  #isGone = false;
  /** Whether this process ends it: then its end is no death. */
  #ended = false;
  /** Why this process ended it, where that was for what it did. */
  #problem: SemapError | undefined;

  private constructor(options: EngineSetup) {
    this.#options = options;
    [this.#process, this.#rpc] = this.#fork();
  }

  #fork(): [EngineProcess, Rpc<EngineApi, EngineClientApi>] {
    // So that downloads take HTTPS_PROXY, where Node knows how.
    const engine = forkEngine({ ...EngineSession.files, env: { NODE_USE_ENV_PROXY: '1' } });
    running.add(this);
    void engine.exited.then(() => {
      if (this.#process !== engine) return;
      running.delete(this);
      this.#isGone = true;
    });
    const rpc = new Rpc<EngineApi, EngineClientApi>(engine.channel, {
      notice: ({ message }) => {
        process.stderr.write(`semap: ${printable(say(message))}\n`);
        return undefined;
      },
      slowLoad: (about, { signal }) => this.#waitForLoad(about, signal),
    });
    return [engine, rpc];
  }

  /** Whether the engine has ended, and nobody has started another. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Waits until a backbone is loaded, or ends the engine when that takes longer than it may. */
  #waitForLoad(
    { backbone, seconds }: EngineClientApi['slowLoad']['params'],
    signal: AbortSignal,
  ): Promise<undefined> {
    const { loadTimeoutSeconds: limit } = this.#options;
    const name = printable(backbone);
    process.stderr.write(`semap: Still loading ${name} (${seconds} s).\n`);
    return new Promise((resolve) => {
      const overdue = () => {
        this.#problem = new SemapError(
          'unsupported-model',
          phrase('{0} did not load within {1} s.', name, limit),
          {
            hint: phrase(
              'Its graph may never finish. Use --load-timeout SECONDS to wait longer (0 = no limit).',
            ),
          },
        );
        this.kill();
      };
      const timer = limit > 0 ? setTimeout(overdue, Math.max(0, limit - seconds) * 1000) : undefined;
      const loaded = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
      if (signal.aborted) loaded();
      else signal.addEventListener('abort', loaded, { once: true });
    });
  }

  /** Starts the engine. Where that fails, it has ended. */
  static async start(setup: EngineSetup): Promise<EngineSession> {
    const session = new EngineSession(setup);
    try {
      session.onnxruntime = (await session.call('start', setup)).onnxruntime;
      return session;
    } catch (error) {
      session.kill();
      throw error;
    }
  }

  /**
   * With `onAgain`, a call that goes on where it stopped is made again of another engine when the one that works at it
   * ends by itself: an image that is to blame is given up after the second time.
   */
  async call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    { onAgain, ...options }: EngineCallOptions<EngineApi[K]['progress']> = {},
  ): Promise<EngineApi[K]['result']> {
    for (let crashes = 1; ; crashes++) {
      const asked = this.#rpc;
      try {
        return await this.#callOnce(method, params, options);
      } catch (thrown) {
        const { reason, message } = toSemapError(thrown);
        const died = reason === 'engine-stopped' && !this.#ended && !options.signal?.aborted;
        if (!onAgain || !died || crashes > MOST_DEATHS) throw thrown;
        onAgain(message);
        await this.#restart(asked, crashes);
      }
    }
  }

  /** Starts an engine in the place of one that died: one for all of the calls that it worked at. */
  #restart(dead: Rpc<EngineApi, EngineClientApi>, crashes: number): Promise<unknown> {
    if (this.#rpc === dead || this.#restarted === undefined) {
      [this.#process, this.#rpc] = this.#fork();
      this.#isGone = false;
      this.#restarted = this.#callOnce('start', { ...this.#options, crashes });
    }
    return this.#restarted;
  }

  #callOnce<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options?: CallOptions<EngineApi[K]['progress']>,
  ): Promise<EngineApi[K]['result']> {
    return this.#rpc.call(method, params, options).catch((error) => {
      throw this.#problem ?? error;
    });
  }

  /** Ends the engine; resolves when it is gone. */
  stop(): Promise<void> {
    this.#ended = true;
    return this.#process.end(END_MILLISECONDS);
  }

  kill(): void {
    this.#ended = true;
    this.#process.kill();
  }
}

/** Does `work` with an engine that ends with it. */
export async function withEngine(
  setup: EngineSetup,
  work: (engine: EngineSession) => Promise<number>,
): Promise<number> {
  const engine = await EngineSession.start(setup);
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** The engine lies beside this file's bundle, or runs from its source where this file does. */
function engineFiles(): EngineForkOptions {
  const here = import.meta.url;
  return here.endsWith('.ts')
    ? { enginePath: fileURLToPath(new URL('../engine/main.ts', here)), execArgv: ['--import', 'tsx'] }
    : { enginePath: fileURLToPath(new URL('./engine.mjs', here)) };
}
