import { basename } from 'node:path';
import type { Engine, EngineCallOptions } from '../../capabilities/session.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { EngineApi } from '../../protocol/engineApi.ts';
import type { CallOptions } from '../../protocol/rpc.ts';
import { EndedForAnother, isAbout } from './endedForAnother.ts';
import type { EngineSupervisor } from './engineSupervisor.ts';

export type { Engine, EngineCallOptions } from '../../capabilities/session.ts';

/** How long a cancelled call may take to end (a batch, the load of a model) before the engine is killed. */
const CANCEL_GRACE_MS = 10_000;
/**
 * What pages, lists and questions ask on the side, and give up as soon as they show something else. Nobody waits for the
 * end of these, so the engine may take its time: it may be training meanwhile.
 */
const ON_THE_SIDE: ReadonlySet<keyof EngineApi> = new Set([
  'backboneDetails',
  'cellEvidence',
  'changesSince',
  'decidingCells',
  'estimateTraining',
  'examineImages',
  'explain',
  'liveScore',
  'reportModel',
  'similarities',
  'thumbnail',
]);
/** An image that ends the engine does so twice before it is given up; more than two of them are for a person to see. */
const MOST_AGAIN = 4;

/** Typed calls of the supervised engine. */
export class EngineClient implements Engine {
  readonly #supervisor: EngineSupervisor;
  readonly #cancelGraceMs: number;
  /** Parameters of the calls under way. */
  readonly #asked = new Set<unknown>();

  constructor(supervisor: EngineSupervisor, cancelGraceMs = CANCEL_GRACE_MS) {
    this.#supervisor = supervisor;
    this.#cancelGraceMs = cancelGraceMs;
  }

  /**
   * Starts the engine when needed, then calls it.
   * @throws {SemapError} what the engine answered; `engine-stopped` when it ended meanwhile; `cancelled` after an
   * abort that the engine did not answer in time.
   */
  async call<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    { onAgain, ...options }: EngineCallOptions<EngineApi[K]['progress']> = {},
  ): Promise<EngineApi[K]['result']> {
    for (let again = 0; ; again++) {
      const { deaths } = this.#supervisor;
      try {
        return await this.#callOnce(method, params, options);
      } catch (error) {
        const died =
          error instanceof EndedForAnother ||
          (toSemapError(error).reason === 'engine-stopped' && this.#supervisor.deaths > deaths);
        if (!died || !onAgain || again === MOST_AGAIN || options.signal?.aborted) throw error;
        onAgain(toSemapError(error).message);
      }
    }
  }

  #callOnce<K extends keyof EngineApi & string>(
    method: K,
    params: EngineApi[K]['params'],
    options: CallOptions<EngineApi[K]['progress']>,
  ): Promise<EngineApi[K]['result']> {
    return this.#supervisor.use(async (engine) => {
      let overdue: NodeJS.Timeout | undefined;
      let isKilled = false;
      const insist = () => {
        overdue = setTimeout(() => {
          isKilled = true;
          engine.kill(new EndedForAnother(phrase('The engine did not respond and was stopped.')));
        }, this.#cancelGraceMs);
      };
      if (!ON_THE_SIDE.has(method)) options.signal?.addEventListener('abort', insist, { once: true });
      this.#asked.add(params);
      try {
        return await engine.rpc.call(method, params, options);
      } catch (error) {
        if (isKilled)
          throw new SemapError('cancelled', phrase('Canceled. The engine did not respond and was stopped.'));
        const stopped = error instanceof EndedForAnother ? error.model : undefined;
        if (stopped !== undefined && this.#isMeant(params, stopped))
          throw new SemapError('cancelled', phrase('Stopped loading {0}.', basename(stopped)));
        throw error;
      } finally {
        // Those that ended with it are looked at together.
        setImmediate(() => this.#asked.delete(params));
        clearTimeout(overdue);
        options.signal?.removeEventListener('abort', insist);
      }
    }, options.signal);
  }

  /** Whether a call was stopped with a load: it is about that model, or none of them says that it is. */
  #isMeant(params: unknown, model: string): boolean {
    return isAbout(params, model) || ![...this.#asked].some((one) => isAbout(one, model));
  }
}
