import type { Engine } from '../capabilities/session.ts';
import { toSemapError } from '../core/errors.ts';
import { EngineSession } from './engineSession.ts';
import type { EngineSetup } from './engineSetup.ts';

/**
 * An engine that starts when it is first asked, and anew where it ended: agents start servers long before they ask
 * anything, and few exports need one.
 */
export class EngineOnDemand implements Engine {
  readonly #setup: EngineSetup;
  #engine: Promise<EngineSession> | undefined;

  constructor(setup: EngineSetup) {
    this.#setup = setup;
  }

  call: Engine['call'] = async (method, params, options) => {
    this.#engine ??= EngineSession.start(this.#setup);
    const started = this.#engine;
    try {
      return await (await started).call(method, params, options);
    } catch (error) {
      const isGone = toSemapError(error).reason === 'engine-stopped';
      if (isGone && this.#engine === started) this.#engine = undefined;
      throw error;
    }
  };

  async stop(): Promise<void> {
    await (await this.#engine?.catch(() => undefined))?.stop();
  }
}
