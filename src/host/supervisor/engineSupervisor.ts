import { cancelled, SemapError, toSemapError } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { deviceName } from '../../core/runs/run.ts';
import { phrase, plural, say, type Text } from '../../core/text/text.ts';
import type { EngineExit, EngineProcess } from '../../processes/engineProcess.ts';
import type { EngineApi, EngineClientApi, EngineInfo, EngineOptions } from '../../protocol/engineApi.ts';
import { type Channel, Rpc } from '../../protocol/rpc.ts';
import type { Log } from '../log.ts';
import { EndedForAnother } from './endedForAnother.ts';

/** What the engine is doing, for the status bar and for reports. */
export type EngineState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly info: EngineInfo; readonly calls: number }
  | { readonly kind: 'failed'; readonly error: SemapError };

export interface SupervisorTiming {
  /** How long the engine may take to answer its first call. */
  readonly startMs: number;
  /** How long a stopped engine may take to end before it is killed. */
  readonly stopGraceMs: number;
  /** Pause before the n-th start after n crashes in a row; the last one repeats. */
  readonly backOffMs: readonly number[];
  /** Crashes in a row after which only a person's restart tries again. */
  readonly crashLimit: number;
  /** An engine that lived this long is no part of a row of crashes. */
  readonly calmMs: number;
}

const TIMING: SupervisorTiming = {
  startMs: 60_000,
  stopGraceMs: 3_000,
  backOffMs: [0, 500, 2_000, 5_000],
  crashLimit: 4,
  calmMs: 60_000,
};

export interface SupervisorOptions {
  readonly launch: () => EngineProcess;
  /** Asked at every start, so that changed settings arrive with the next engine. */
  readonly engineOptions: () => EngineOptions;
  /** Idle time after which the engine is stopped; 0 = never. */
  readonly idleMs: () => number;
  readonly log: Log;
  /** What the engine wants a person to know. */
  readonly onNotice?: (message: Text) => void;
  /** A backbone takes long to load. Resolves when the person wants to wait on, and is asked again later. */
  readonly onSlowLoad?: (load: SlowLoad) => Promise<void>;
  readonly timing?: Partial<SupervisorTiming>;
}

/** A backbone that takes long to load or to run for the first time. */
export interface SlowLoad {
  readonly backbone: string;
  /** So far. */
  readonly seconds: number;
  /** Ends the engine, which cannot be interrupted in it; does nothing when it is done. */
  stop(): void;
}

/** One engine process that answered its first call. */
export interface RunningEngine {
  readonly info: EngineInfo;
  readonly rpc: Rpc<EngineApi, EngineClientApi>;
  /** Ends the process at once; every pending call is rejected with `error`. */
  kill(error: SemapError): void;
}

interface Session {
  readonly process: EngineProcess;
  readonly rpc: Rpc<EngineApi, EngineClientApi>;
  readonly startedAt: number;
  /** Rejects what is pending with `error`, then lets the process end, with SIGKILL after the grace period. */
  close(error: SemapError, options?: { readonly atOnce?: boolean }): Promise<void>;
  /** Whether `close` was called: its end is then no crash. */
  closing: boolean;
}

/**
 * Owns the engine process: forks it on first use, notices its end, starts it again after a crash (with a growing
 * pause, and not for ever), stops it when idle, and leaves no process behind.
 */
export class EngineSupervisor {
  readonly #options: SupervisorOptions;
  readonly #timing: SupervisorTiming;
  readonly #changed = new Listeners<EngineState>();
  #state: EngineState = { kind: 'stopped' };
  #starting: Promise<RunningEngine> | undefined;
  #session: Session | undefined;
  /** Processes that were told to end and have not yet. */
  readonly #endings = new Set<Promise<void>>();
  /** Cancels the pause before a start. */
  #waiting: (() => void) | undefined;
  #running: RunningEngine | undefined;
  #calls = 0;
  #crashes = 0;
  #deaths = 0;
  /** How often it was stopped: a start that finds another number after its pause is no longer wanted. */
  #stops = 0;
  #stopWhenFree = false;
  #idle: NodeJS.Timeout | undefined;
  #disposed = false;

  readonly onDidChangeState = this.#changed.on;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#timing = { ...TIMING, ...options.timing };
  }

  get state(): EngineState {
    return this.#state;
  }

  /** How many engines ended by themselves so far. */
  get deaths(): number {
    return this.#deaths;
  }

  /**
   * Runs `work` with a started engine, which is not stopped for idleness meanwhile.
   * @throws {SemapError} `engine-stopped` when it cannot be started or ends before `work` does; `cancelled` when
   * `signal` is aborted before the engine is there.
   */
  async use<T>(work: (engine: RunningEngine) => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.#calls++;
    clearTimeout(this.#idle);
    this.#announceCalls();
    try {
      return await work(await unlessAborted(this.#start(), signal));
    } finally {
      this.#calls--;
      this.#announceCalls();
      if (this.#calls === 0) this.#becomeIdle();
    }
  }

  /** Ends the engine that runs, forgets past crashes and starts a fresh one. */
  async restart(): Promise<EngineInfo> {
    await this.stop(phrase('The engine was restarted.'));
    this.#crashes = 0;
    return this.use(async ({ info }) => info);
  }

  /** Stops the engine as soon as no call runs; the next call starts it with the settings of that moment. */
  stopWhenFree(): void {
    if (this.#calls === 0) void this.stop(phrase('The engine was stopped because a setting changed.'));
    else this.#stopWhenFree = true;
  }

  /** Ends the engine, starting or running; pending calls are rejected as `engine-stopped`. Resolves when it is gone. */
  async stop(why = phrase('The engine was stopped.')): Promise<void> {
    clearTimeout(this.#idle);
    this.#stopWhenFree = false;
    this.#stops++;
    this.#waiting?.();
    if (!this.#session && this.#starting) this.#forget();
    void this.#session?.close(new SemapError('engine-stopped', why));
    await Promise.all(this.#endings);
  }

  /** Stops for good. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.stop(phrase('SeMap is shutting down.'));
    this.#changed.clear();
  }

  #start(): Promise<RunningEngine> {
    if (this.#running) return Promise.resolve(this.#running);
    if (!this.#starting) {
      const starting = this.#launch().finally(() => {
        if (this.#starting === starting) this.#starting = undefined;
      });
      this.#starting = starting;
    }
    return this.#starting;
  }

  async #launch(): Promise<RunningEngine> {
    if (this.#disposed) throw new SemapError('engine-stopped', phrase('SeMap is shutting down.'));
    const { log, launch, engineOptions } = this.#options;
    const { crashLimit, startMs } = this.#timing;
    if (this.#crashes >= crashLimit) {
      const error = new SemapError(
        'engine-stopped',
        plural(
          this.#crashes,
          'The engine stopped unexpectedly.',
          'The engine stopped unexpectedly {0} times in a row.',
        ),
        { hint: phrase('See the log for details. Restart the engine to try again.') },
      );
      this.#setState({ kind: 'failed', error });
      throw error;
    }
    this.#setState({ kind: 'starting' });
    const stops = this.#stops;
    await this.#pause();
    if (stops !== this.#stops) throw new SemapError('engine-stopped', phrase('The engine was stopped.'));
    const began = Date.now();
    const session = this.#open(this.#fork(launch));
    log.info(`Engine ${session.process.pid} started.`);
    const timer = setTimeout(() => {
      log.error(`Engine ${session.process.pid} did not answer for ${startMs / 1000} s after its start.`);
      session.process.kill();
    }, startMs);
    try {
      const info = await session.rpc.call('start', this.#afterCrashes(engineOptions()));
      const { provider, why } = info.device;
      log.info(
        `Engine ${info.pid} ready after ${Date.now() - began} ms: onnxruntime ${info.onnxruntime}, ${provider} (${say(deviceName(info.device))}): ${say(why)}`,
      );
      this.#running = {
        info,
        rpc: session.rpc,
        kill: (error) => void session.close(error, { atOnce: true }),
      };
      this.#setState({ kind: 'ready', info, calls: this.#calls });
      return this.#running;
    } catch (thrown) {
      // An engine that answered its first call with an error is of no use; one that is gone is already closed.
      const error = startError(thrown);
      log.error(error.message);
      if (!session.closing) {
        const ended = session.close(error, { atOnce: true });
        this.#setState({ kind: 'failed', error });
        await ended;
      } else if (this.#state.kind === 'failed') this.#setState({ kind: 'failed', error });
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The next engine takes less memory than the one that ended. */
  #afterCrashes(options: EngineOptions): EngineOptions {
    if (this.#crashes === 0) return options;
    this.#options.log.info('It runs fewer images beside each other, because the one before it ended.');
    return { ...options, crashes: this.#crashes };
  }

  #fork(launch: () => EngineProcess): EngineProcess {
    try {
      return launch();
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = new SemapError('engine-stopped', phrase('Cannot start the SeMap engine: {0}', message), {
        cause,
      });
      this.#options.log.error(error.message);
      this.#setState({ kind: 'failed', error });
      throw error;
    }
  }

  /** Waits after crashes; `stop` ends the wait. */
  #pause(): Promise<void> {
    const { backOffMs } = this.#timing;
    const pause = this.#crashes === 0 ? 0 : (backOffMs[Math.min(this.#crashes, backOffMs.length) - 1] ?? 0);
    if (pause === 0) return Promise.resolve();
    this.#options.log.info(`Starting the engine again in ${pause} ms.`);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        resolve();
      }, pause);
      this.#waiting = () => {
        clearTimeout(timer);
        this.#waiting = undefined;
        resolve();
      };
    });
  }

  #open(process: EngineProcess): Session {
    const { stopGraceMs } = this.#timing;
    // The supervisor, not the channel, says why a connection ended: it knows whether the end was wanted.
    let closed: ((error: SemapError) => void) | undefined;
    let ending: Promise<void> | undefined;
    const channel: Channel = {
      send: (message) => process.channel.send(message),
      onMessage: (listener) => process.channel.onMessage(listener),
      onClose: (listener) => {
        closed = listener;
        return () => {
          closed = undefined;
        };
      },
    };
    const session: Session = {
      process,
      rpc: new Rpc<EngineApi, EngineClientApi>(channel, {
        notice: ({ message }) => {
          this.#options.log.warn(say(message));
          this.#options.onNotice?.(message);
        },
        slowLoad: ({ backbone, file, seconds }, { signal }) => {
          this.#options.log.warn(`Still loading ${backbone} (${seconds} s).`);
          const why = phrase('The engine was stopped because {0} was taking long to load.', backbone);
          const stopped = new EndedForAnother(why, file);
          const asked = this.#options.onSlowLoad?.({
            backbone,
            seconds,
            stop: () => {
              if (!signal.aborted) void session.close(stopped, { atOnce: true });
            },
          });
          // While nobody has answered, the engine says when it is done.
          const done = new Promise<undefined>((resolve) => {
            signal.addEventListener('abort', () => resolve(undefined), { once: true });
          });
          return Promise.race([done, asked?.then(() => undefined)]);
        },
      }),
      startedAt: Date.now(),
      closing: false,
      close: (error, { atOnce = false } = {}) => {
        session.closing = true;
        if (this.#session === session) this.#forget();
        closed?.(error);
        if (atOnce) process.kill();
        ending ??= atOnce ? process.exited.then(() => {}) : process.end(stopGraceMs);
        const mine = ending;
        this.#endings.add(mine);
        void mine.then(() => this.#endings.delete(mine));
        return mine;
      },
    };
    process.onStderr((text) => {
      for (const line of text.split(/\r?\n/))
        if (line.trim() !== '') this.#options.log.warn(`engine: ${line}`);
    });
    // The channel closes after stderr was read to its end, with the error that names how the process ended.
    process.channel.onClose((error) => {
      if (!session.closing) {
        this.#crashed(session, error);
        closed?.(error);
      }
    });
    void process.exited.then((exit) => this.#logExit(process.pid, exit, session.closing));
    this.#session = session;
    return session;
  }

  #crashed(session: Session, error: SemapError): void {
    if (this.#session !== session) return;
    if (Date.now() - session.startedAt >= this.#timing.calmMs) this.#crashes = 0;
    this.#crashes++;
    this.#deaths++;
    session.closing = true;
    this.#forget();
    this.#setState({ kind: 'failed', error });
  }

  #forget(): void {
    this.#session = undefined;
    this.#running = undefined;
    this.#starting = undefined;
    this.#setState({ kind: 'stopped' });
  }

  #logExit(pid: number, { code, signal }: EngineExit, wanted: boolean): void {
    const how = signal ? `signal ${signal}` : `code ${code}`;
    if (wanted) this.#options.log.info(`Engine ${pid} ended (${how}).`);
    else this.#options.log.error(`Engine ${pid} ended unexpectedly (${how}).`);
  }

  #becomeIdle(): void {
    if (this.#stopWhenFree) {
      void this.stop(phrase('The engine was stopped because a setting changed.'));
      return;
    }
    const idleMs = this.#options.idleMs();
    if (idleMs <= 0 || !this.#session) return;
    this.#idle = setTimeout(() => {
      this.#options.log.info('Stopping the engine: it has been idle.');
      // It did all its work.
      this.#crashes = 0;
      void this.stop();
    }, idleMs);
    this.#idle.unref();
  }

  #announceCalls(): void {
    if (this.#state.kind === 'ready') this.#setState({ ...this.#state, calls: this.#calls });
  }

  #setState(state: EngineState): void {
    this.#state = state;
    this.#changed.tell(state);
  }
}

/** An engine that died before it answered says why on stderr: a native module that does not load, no memory. */
function startError(thrown: unknown): SemapError {
  const error = toSemapError(thrown);
  if (error.reason !== 'engine-stopped' || !(error.cause instanceof Error)) return error;
  const lines = error.cause.message.split(/\r?\n/).filter((line) => line.trim() !== '');
  const why = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
  const reason = (why?.trim() ?? error.message).replace(/\.?$/, '.');
  return new SemapError('engine-stopped', phrase('The SeMap engine does not start: {0}', reason), {
    hint: phrase('See the log for details.'),
    cause: error,
  });
}

/** What `promise` gives, or `cancelled` as soon as `signal` is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const cancel = () => reject(cancelled());
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}
