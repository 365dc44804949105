import { SemapError } from '../../core/errors.ts';
import type { EngineApi } from '../../protocol/engineApi.ts';
import type { CallOptions } from '../../protocol/rpc.ts';
import type { EngineSupervisor } from './engineSupervisor.ts';

/** The engine as the rest of the host sees it. */
export interface Engine {
  /**
   * Starts the engine when needed, then calls it.
   * @throws {SemapError} what the engine answered; `engine-stopped` when it ended meanwhile; `cancelled` after an
   * abort that the engine did not answer in time.
   */
  call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options?: CallOptions<EngineApi[K]['progress']>,
  ): Promise<EngineApi[K]['result']>;
}

/** How long a cancelled call may take to end (a batch, the load of a model) before the engine is killed. */
const CANCEL_GRACE_MS = 10_000;

/** Typed calls of the supervised engine. */
export class EngineClient implements Engine {
  readonly #supervisor: EngineSupervisor;
  readonly #cancelGraceMs: number;

  constructor(supervisor: EngineSupervisor, cancelGraceMs = CANCEL_GRACE_MS) {
    this.#supervisor = supervisor;
    this.#cancelGraceMs = cancelGraceMs;
  }

  call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options: CallOptions<EngineApi[K]['progress']> = {},
  ): Promise<EngineApi[K]['result']> {
    return this.#supervisor.use(async (engine) => {
      let overdue: NodeJS.Timeout | undefined;
      const insist = () => {
        overdue = setTimeout(
          () =>
            engine.kill(new SemapError('cancelled', 'Cancelled. The engine did not answer and was ended.')),
          this.#cancelGraceMs,
        );
      };
      options.signal?.addEventListener('abort', insist, { once: true });
      try {
        return await engine.rpc.call(method, params, options);
      } finally {
        clearTimeout(overdue);
        options.signal?.removeEventListener('abort', insist);
      }
    }, options.signal);
  }
}
