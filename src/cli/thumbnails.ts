import { EngineSession } from './engineSession.ts';
import type { EngineSetup } from './engineSetup.ts';

/** Small pictures of images, by an engine that is started when the first of them is wanted. */
export class Thumbnails {
  readonly #setup: EngineSetup;
  readonly #signal: AbortSignal;
  #engine: Promise<EngineSession> | undefined;

  constructor(setup: EngineSetup, signal: AbortSignal) {
    this.#setup = setup;
    this.#signal = signal;
  }

  async of(path: string, size: number): Promise<{ type: string; bytes: Uint8Array }> {
    this.#engine ??= EngineSession.start(this.#setup);
    const engine = await this.#engine;
    return engine.call('thumbnail', { path, size }, { signal: this.#signal });
  }

  async close(): Promise<void> {
    const engine = await this.#engine?.catch(() => undefined);
    await engine?.stop();
  }
}
