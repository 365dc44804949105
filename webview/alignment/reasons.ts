import { toSemapError } from '../../src/core/errors.ts';
import type { AlignmentViewApi } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';
import { say } from '../common/language.ts';

/** Why cells match, as the engine tells it: each is asked once, until labels mean something else. */
export class Reasons {
  readonly #host: Connection<AlignmentViewApi, object>['host'];
  readonly #known = new Map<string, string>();

  constructor(host: Connection<AlignmentViewApi, object>['host']) {
    this.#host = host;
  }

  forget(): void {
    this.#known.clear();
  }

  /** @param source the backbone's index */
  known(target: number, source: number): string | undefined {
    return this.#known.get(`${target} ${source}`);
  }

  /** It is cheap, so it is not cancelled. */
  async ask(revision: number, target: number, source: number): Promise<string> {
    const known = this.known(target, source);
    if (known !== undefined) return known;
    try {
      const lines = await this.#host.call('explain', { revision, target, source });
      const reason = lines.map(say).join('\n');
      this.#known.set(`${target} ${source}`, reason);
      return reason;
    } catch (error) {
      return say(toSemapError(error).text);
    }
  }
}
