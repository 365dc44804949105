import type { PageProblem } from '../../protocol/alignmentView.ts';
import type { ErrorAction, ErrorDescription } from '../errors.ts';

interface CommandHost {
  execute(command: string, ...args: readonly unknown[]): unknown;
}

/** The error that a page shows; its buttons' commands stay on the host's side. */
export class ShownProblem {
  readonly #host: CommandHost;
  #actions: readonly ErrorAction[] = [];

  constructor(host: CommandHost) {
    this.#host = host;
  }

  /** What the page is told. */
  show({ message, actions }: ErrorDescription): PageProblem {
    this.#actions = actions;
    return { message, actions: actions.map(({ title }) => ({ title })) };
  }

  /** Answers a press of the button with that index. */
  async act(action: number): Promise<undefined> {
    const chosen = this.#actions[action];
    if (chosen) await this.#host.execute(chosen.command, ...(chosen.arguments ?? []));
    return undefined;
  }
}
