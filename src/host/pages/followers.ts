import { untilAborted } from '../../core/errors.ts';
import type { CallContext } from '../../protocol/rpc.ts';

/** The parts of a page that follow something on the host's side, such as its state. */
export class Followers<T> {
  readonly #reports = new Set<(value: T) => void>();

  get size(): number {
    return this.#reports.size;
  }

  /** Reports what {@link tell} is given from now on, until the page is gone. */
  async follow({ signal, report }: CallContext<T>): Promise<never> {
    this.#reports.add(report);
    try {
      return await untilAborted(new Promise<never>(() => {}), signal);
    } finally {
      this.#reports.delete(report);
    }
  }

  tell(value: () => T): void {
    for (const report of this.#reports) report(value());
  }
}
