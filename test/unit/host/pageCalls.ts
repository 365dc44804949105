import assert from 'node:assert/strict';

/** What a handler of a page is called with, where nobody listens and nothing is cancelled. */
export const context = () => ({ signal: new AbortController().signal, report: () => {} });

/** Lets all promises that can be kept be kept. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

interface WatchedPage<State> {
  readonly handlers: {
    watch(params: null, context: { signal: AbortSignal; report(state: State): void }): unknown;
  };
}

/** The states that a page is told, which grow. */
export function watch<State>(page: WatchedPage<State>): State[] {
  const states: State[] = [];
  const { signal } = new AbortController();
  void Promise.resolve(page.handlers.watch(null, { signal, report: (state) => states.push(state) }));
  return states;
}

/** The last state, which must be of a kind. */
export function last<State extends { readonly kind: string }, Kind extends State['kind']>(
  states: readonly State[],
  kind: Kind,
): Extract<State, { readonly kind: Kind }> {
  const state = states.at(-1);
  assert.ok(state?.kind === kind);
  return state as Extract<State, { readonly kind: Kind }>;
}

/** How a page is told of an error, with the button that a test looks for. */
export const describedWith =
  (title: string, command: string, ...args: unknown[]) =>
  (error: unknown) => ({
    message: (error as Error).message,
    actions: [{ title, command, ...(args.length > 0 && { arguments: args }) }],
  });
