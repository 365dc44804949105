import type { Engine } from '../capabilities/session.ts';
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

  call: Engine['call'] = async (method, params, options) =>
    (await this.#running()).call(method, params, options);

  /** @throws {SemapError} what starting one fails with; the next call tries again */
  async #running(): Promise<EngineSession> {
    const before = this.#engine;
    const engine = await before?.catch(() => undefined);
    if (engine && !engine.isGone) return engine;
    // Others may have waited for the same, and started another meanwhile.
    if (this.#engine === before) this.#engine = EngineSession.start(this.#setup);
    return this.#engine ?? EngineSession.start(this.#setup);
  }

  async stop(): Promise<void> {
    await (await this.#engine?.catch(() => undefined))?.stop();
  }
}
