import { toSemapError } from '../../src/core/errors.ts';
import type { LabelMeaning, SimilarityView } from '../../src/protocol/alignments.ts';
import type {
  AlignmentState,
  AlignmentViewApi,
  PageLocation,
  ShownScore,
} from '../../src/protocol/alignmentView.ts';
import type { PageProblem } from '../../src/protocol/pageProblem.ts';
import type { Connection } from '../common/connection.ts';
import { say } from '../common/language.ts';
import { type JoinedDocument, joinedDocument } from './joinedDocument.ts';

type SentState = Extract<AlignmentState, { kind: 'ready' }>;

/** What the page shows: the document with the sources of all its backbones. */
export interface ReadyState extends Omit<SentState, 'document'>, JoinedDocument {}

/** What happens to the document that the page shows. */
export interface FeedEvents {
  /** There is no document. */
  nothing(location: PageLocation): void;
  /** The document cannot be read. @returns whether the page goes on showing it as it was before */
  failed(name: string, problem: PageProblem, location: PageLocation): boolean;
  /** The document has changed, or another one is there; its similarities are on their way. */
  changed(state: ReadyState, same: boolean): void;
  /** It can be shown. `anew`: its similarities are others than before; `problem` says why there are none. */
  opened(state: ReadyState, loaded: LoadedView): void;
  /** What its labels are taken to mean, once for as long as that stays. */
  meant(state: ReadyState, meanings: readonly LabelMeaning[]): void;
  scored(state: ReadyState, score: ShownScore | undefined): void;
  /** The host is gone. */
  lost(problem: PageProblem): void;
}

export interface LoadedView {
  readonly view: SimilarityView | undefined;
  readonly anew: boolean;
  readonly problem: PageProblem | undefined;
}

/** Follows a document: asks for its similarities only when they can have changed, and for its score every time. */
export class AlignmentFeed {
  readonly #host: Connection<AlignmentViewApi, object>['host'];
  readonly #events: FeedEvents;
  #uri: string | undefined;
  #view: { readonly meaning: number; readonly view: SimilarityView } | undefined;
  /** What labels mean is told for this one. */
  #meant: number | undefined;
  #loading = new AbortController();

  constructor(host: Connection<AlignmentViewApi, object>['host'], events: FeedEvents) {
    this.#host = host;
    this.#events = events;
  }

  /** Until the page goes. */
  start(): void {
    void this.#host
      .call('watch', null, { onProgress: (state) => void this.#take(state) })
      .catch((error) => this.#events.lost(problemOf(error)));
  }

  async #take(sent: AlignmentState): Promise<void> {
    this.#loading.abort();
    this.#loading = new AbortController();
    const { signal } = this.#loading;
    if (sent.kind !== 'ready') {
      const kept = sent.kind === 'failed' && this.#events.failed(sent.name, sent.problem, sent.location);
      if (sent.kind === 'nothing') this.#events.nothing(sent.location);
      if (!kept) this.#forget();
      return;
    }
    const state: ReadyState = { ...sent, ...joinedDocument(sent.document) };
    const same = this.#uri === state.uri;
    if (!same) this.#forget();
    this.#uri = state.uri;
    this.#events.changed(state, same);
    const loaded = await this.#load(state, signal);
    if (signal.aborted) return;
    this.#events.opened(state, loaded);
    if (loaded.view && this.#meant !== state.meaning) await this.#mean(state, signal);
    if (signal.aborted) return;
    await this.#score(state, signal);
  }

  async #load({ revision, meaning }: ReadyState, signal: AbortSignal): Promise<LoadedView> {
    if (this.#view?.meaning === meaning) return { view: this.#view.view, anew: false, problem: undefined };
    const nothing = { view: undefined, anew: true };
    try {
      const answer = await this.#host.call('similarities', { revision }, { signal });
      if (signal.aborted) return { ...nothing, problem: undefined };
      this.#view = answer.kind === 'view' ? { meaning, view: answer.view } : undefined;
      if (answer.kind === 'view') return { view: answer.view, anew: true, problem: undefined };
      return { ...nothing, problem: answer.problem };
    } catch (error) {
      if (!signal.aborted) this.#view = undefined;
      return { ...nothing, problem: problemOf(error) };
    }
  }

  async #mean(state: ReadyState, signal: AbortSignal): Promise<void> {
    try {
      const meanings = await this.#host.call('meanings', { revision: state.revision }, { signal });
      if (signal.aborted) return;
      this.#meant = state.meaning;
      this.#events.meant(state, meanings);
    } catch {
      // The grid is shown without them; the next change asks again.
    }
  }

  async #score(state: ReadyState, signal: AbortSignal): Promise<void> {
    try {
      const score = await this.#host.call('score', { revision: state.revision }, { signal });
      if (!signal.aborted) this.#events.scored(state, score);
    } catch {
      // The figures are a help, and those of an older version are none: the next change asks for them again.
      if (!signal.aborted) this.#events.scored(state, undefined);
    }
  }

  #forget(): void {
    this.#uri = undefined;
    this.#view = undefined;
    this.#meant = undefined;
  }
}

function problemOf(error: unknown): PageProblem {
  const { text, hintText } = toSemapError(error);
  return { message: say(text), actions: [], hint: hintText && say(hintText) };
}
