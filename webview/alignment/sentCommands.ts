import type { AlignmentViewApi, PageCommand, SentCommand } from '../../src/protocol/alignmentView.ts';
import type { Connection } from '../common/connection.ts';

interface SentCommandsParts {
  /** Address of the document whose grid is there. */
  readonly shown: () => string | undefined;
  readonly obey: (command: PageCommand) => void;
}

/** What the host wants of the page, done as soon as the grid of the document is there that it is about. */
export class SentCommands {
  readonly #host: Connection<AlignmentViewApi, object>['host'];
  readonly #parts: SentCommandsParts;
  #wanted: SentCommand | undefined;

  constructor(host: Connection<AlignmentViewApi, object>['host'], parts: SentCommandsParts) {
    this.#host = host;
    this.#parts = parts;
  }

  /** Hears of commands until the page goes. */
  follow(): void {
    const onProgress = (sent: SentCommand) => {
      this.#wanted = sent;
      this.obeyWaiting();
    };
    void this.#host.call('commands', null, { onProgress }).catch(() => {});
  }

  /** The grid is there, perhaps. */
  obeyWaiting(): void {
    const sent = this.#wanted;
    if (sent === undefined || sent.uri !== this.#parts.shown()) return;
    this.#wanted = undefined;
    const { command, number } = sent;
    void this.#host.call('obeyed', { number }).catch(() => {});
    this.#parts.obey(command);
  }
}
