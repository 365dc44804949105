import { cancelled } from '../../core/errors.ts';

interface Waiting {
  readonly begin: () => Promise<void>;
}

/** Lets one piece of work in at a time, in order. */
export class Turns {
  readonly #waiting: Waiting[] = [];
  #working = false;

  /**
   * @param signal takes work back whose turn has not come
   * @param first whether it goes before what waits
   * @throws {SemapError} `cancelled`; what `work` throws
   */
  take<T>(
    work: () => Promise<T> | T,
    { signal, first = false }: { readonly signal?: AbortSignal; readonly first?: boolean } = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(cancelled());
      };
      const waiting: Waiting = {
        begin: async () => {
          signal?.removeEventListener('abort', abort);
          try {
            resolve(await work());
          } catch (error) {
            reject(error);
          }
        },
      };
      if (signal?.aborted) return reject(cancelled());
      signal?.addEventListener('abort', abort, { once: true });
      if (first) this.#waiting.unshift(waiting);
      else this.#waiting.push(waiting);
      if (!this.#working) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      await next.begin();
      // Messages that came meanwhile may take back what waits, or go before it.
      await new Promise(setImmediate);
    }
    this.#working = false;
  }
}
