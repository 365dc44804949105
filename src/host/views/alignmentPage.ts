import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import type {
  AlignmentState,
  AlignmentViewApi,
  AlignmentWish,
  PageProblem,
  SimilarityAnswer,
} from '../../protocol/alignmentView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import { untilAborted } from '../../protocol/webviewChannel.ts';
import type { ErrorAction, ErrorDescription } from '../errors.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** The document that the page shows, as its owner has it. */
export interface ShownAlignment {
  /** File name. */
  readonly name: string;
  /** Undefined when the text cannot be read: then `problem` says why. */
  readonly document: AlignmentDocument | undefined;
  readonly problem: unknown;
}

/** What the page's host side needs of VS Code. */
export interface AlignmentPageHost {
  readonly engine: Engine;
  current(): ShownAlignment | undefined;
  onDidChange(listener: () => void): { dispose(): unknown };
  describeError(error: unknown): ErrorDescription;
  execute(command: string, ...args: readonly unknown[]): unknown;
}

const COMMANDS: Readonly<Record<AlignmentWish['kind'], string>> = {
  chooseSense: 'semap.chooseSense',
  addHint: 'semap.addHint',
  excludeSource: 'semap.excludeSource',
  includeSource: 'semap.includeSource',
};

/** Answers the alignment page. */
export class AlignmentPage {
  readonly #host: AlignmentPageHost;
  readonly #watchers = new Set<() => void>();
  readonly #subscription: { dispose(): unknown };
  #revision = 0;
  #actions: readonly ErrorAction[] = [];

  constructor(host: AlignmentPageHost) {
    this.#host = host;
    this.#subscription = host.onDidChange(() => {
      this.#revision++;
      for (const watcher of this.#watchers) watcher();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  readonly handlers: Handlers<AlignmentViewApi> = {
    watch: async (_, { signal, report }) => {
      const tell = () => report(this.#state());
      this.#watchers.add(tell);
      tell();
      try {
        return await untilAborted(signal);
      } finally {
        this.#watchers.delete(tell);
      }
    },
    similarities: async ({ revision }, { signal }): Promise<SimilarityAnswer> => {
      const alignment = this.#documentOf(revision);
      try {
        const view = await this.#host.engine.call('similarities', { alignment }, { signal });
        // A view into a larger buffer would carry that whole buffer into the page.
        const { sources, values, treeOrder } = view;
        return { kind: 'view', view: { sources, values: values.slice(), treeOrder: treeOrder.slice() } };
      } catch (error) {
        return { kind: 'problem', problem: this.#problem(error) };
      }
    },
    explain: ({ revision, target, source }, { signal }) =>
      this.#host.engine.call(
        'explain',
        { alignment: this.#documentOf(revision), target, source },
        { signal },
      ),
    edit: async (wish) => {
      const place = 'target' in wish ? { semapTarget: wish.target } : { semapSource: wish.source };
      await this.#host.execute(COMMANDS[wish.kind], place);
      return undefined;
    },
    align: async () => {
      await this.#host.execute('semap.alignLabels');
      return undefined;
    },
    act: async ({ action }) => {
      const chosen = this.#actions[action];
      if (chosen) await this.#host.execute(chosen.command, ...(chosen.arguments ?? []));
      return undefined;
    },
  };

  #state(): AlignmentState {
    const shown = this.#host.current();
    if (!shown) return { kind: 'nothing' };
    const { name, document, problem } = shown;
    if (!document) return { kind: 'failed', name, problem: this.#problem(problem) };
    return { kind: 'ready', revision: this.#revision, name, document };
  }

  #documentOf(revision: number): AlignmentDocument {
    const document = this.#host.current()?.document;
    if (!document || revision !== this.#revision) {
      throw new SemapError('cancelled', 'The alignment has changed meanwhile.');
    }
    return document;
  }

  #problem(error: unknown): PageProblem {
    const { message, actions } = this.#host.describeError(error);
    this.#actions = actions;
    return { message, actions: actions.map(({ title }) => ({ title })) };
  }
}
