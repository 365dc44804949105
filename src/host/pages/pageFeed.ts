import { untilAborted } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import type { PageProblem } from '../../protocol/pageProblem.ts';
import type { CallContext } from '../../protocol/rpc.ts';
import type { ErrorDescription } from '../errors.ts';
import type { NextStep } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** What the host's side of every page needs of VS Code. */
export interface PageHost {
  execute(command: string, ...args: readonly unknown[]): unknown;
}

/** What the host's side of every page does: it tells the page its state, and runs the buttons of the error in it. */
export class PageFeed<State> {
  readonly #state: () => State;
  readonly #host: () => PageHost;
  readonly #watchers = new Listeners<State>();
  #actions: readonly NextStep[] = [];

  constructor(state: () => State, host: () => PageHost) {
    this.#state = state;
    this.#host = host;
  }

  /** What the page calls to hear of every state, and for the button of that index. */
  readonly handlers = {
    watch: (_: unknown, context: CallContext<State>): Promise<never> => {
      context.report(this.#state());
      return follow(this.#watchers, context);
    },
    act: async ({ action }: { readonly action: number }): Promise<undefined> => {
      const chosen = this.#actions[action];
      if (chosen) await this.#host().execute(chosen.command, ...(chosen.arguments ?? []));
    },
  };

  /** The state is another. */
  tell(): void {
    if (this.#watchers.size > 0) this.#watchers.tell(this.#state());
  }

  /** An error as the page is told; its buttons' commands stay here. */
  problem({ message, actions }: ErrorDescription): PageProblem {
    this.#actions = actions;
    return { message, actions: actions.map(({ title }) => ({ title })) };
  }
}

/** Reports what `listeners` are told from now on, until the page is gone. */
export async function follow<T>(listeners: Listeners<T>, { signal, report }: CallContext<T>): Promise<never> {
  const listening = listeners.on(report);
  try {
    return await untilAborted(new Promise<never>(() => {}), signal);
  } finally {
    listening.dispose();
  }
}

/**
 * The small picture of an image that a page asks for.
 * @param size of its longer edge in pixels, at most `most` of them
 */
export async function pictureOf(
  engine: Pick<Engine, 'call'>,
  path: string,
  { size, most, signal }: { readonly size: number; readonly most: number; readonly signal: AbortSignal },
): Promise<{ readonly type: string; readonly bytes: Uint8Array }> {
  const pixels = Math.min(most, Math.max(16, Math.round(size)));
  const { type, bytes } = await engine.call('thumbnail', { path, size: pixels }, { signal });
  // A view into a larger buffer would carry that whole buffer into the page.
  return { type, bytes: bytes.slice() };
}
