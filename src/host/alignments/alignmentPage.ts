import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { AlignmentEdit } from '../../core/alignments/alignmentEdits.ts';
import { labelChanges } from '../../core/alignments/labelChanges.ts';
import { SemapError } from '../../core/errors.ts';
import type { StrongImage } from '../../core/evidence/cells.ts';
import { Listeners } from '../../core/listeners.ts';
import { phrase } from '../../core/text/text.ts';
import type {
  AlignmentState,
  AlignmentViewApi,
  PageCommand,
  PageLocation,
  PageQuestion,
  SentCommand,
  ShownEvidence,
  ShownScore,
  SimilarityAnswer,
} from '../../protocol/alignmentView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { ErrorDescription } from '../errors.ts';
import { titleOf } from '../files.ts';
import { follow, PageFeed, type PageHost, pictureOf } from '../pages/pageFeed.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { RunImages } from './cachedRuns.ts';
import type { MenuContext } from './editAlignment.ts';

/** The document that the page shows, as its owner has it. */
export interface ShownAlignment {
  /** File name. */
  readonly name: string;
  /** Address, as text. */
  readonly uri: string;
  /** Undefined when the text cannot be read: then `problem` says why. */
  readonly document: AlignmentDocument | undefined;
  readonly problem: unknown;
}

/** What the page's host side needs of VS Code. */
export interface AlignmentPageHost extends PageHost {
  readonly engine: Engine;
  readonly location: PageLocation;
  current(): ShownAlignment | undefined;
  onDidChange(listener: () => void): { dispose(): unknown };
  /** Images whose outputs under a document's backbone are cached. */
  cachedImages(document: AlignmentDocument): Promise<RunImages | undefined>;
  /** Does an edit of the document at `uri` where its target still has this label; tells the person what went wrong. */
  edit(edit: AlignmentEdit, label: string | undefined, context: MenuContext): unknown;
  /** Takes the last change of the document at `uri` back, or makes it again. @returns whether there was one */
  step(uri: string, step: 'undo' | 'redo'): Promise<boolean>;
  describeError(error: unknown): ErrorDescription;
  /** Classifies with the document at `uri`. */
  classify(uri: string): unknown;
  openImage(path: string): unknown;
  /** Asks where to put a picture of the grid of the document at `uri`. */
  savePicture(uri: string, format: 'png' | 'svg', bytes: Uint8Array): unknown;
}

/** The commands that ask. */
const QUESTIONS: Readonly<Record<PageQuestion, string>> = {
  chooseSense: 'semap.chooseSense',
  suggestHints: 'semap.suggestHints',
  addTarget: 'semap.addTarget',
  chooseMethod: 'semap.changeMethod',
  chooseSimilarity: 'semap.changeSimilarity',
  chooseAggregation: 'semap.changeAggregation',
  changeBackbones: 'semap.changeBackbones',
  addBackbone: 'semap.joinBackbone',
};

/** Largest picture that a page may ask for, in pixels. */
const LARGEST_PICTURE = 256;
/** Strong images named for a cell. */
const STRONGEST = 6;

/** Answers the alignment page. */
export class AlignmentPage {
  readonly #host: AlignmentPageHost;
  readonly #feed = new PageFeed<AlignmentState>(
    () => this.#state(),
    () => this.#host,
  );
  readonly #commanded = new Listeners<SentCommand>();
  readonly #subscription: { dispose(): unknown };
  #revision = 0;
  #meaning = { key: '', count: 0 };
  #document: AlignmentDocument | undefined;
  /** The document before its last change; undefined for one that has not been changed since it is shown. */
  #before: AlignmentDocument | undefined;
  #uri = '';
  #strongest: readonly StrongImage[] = [];
  /** The last command, until a page has obeyed it. */
  #waiting: SentCommand | undefined;
  #sent = 0;

  constructor(host: AlignmentPageHost) {
    this.#host = host;
    this.#take();
    this.#subscription = host.onDidChange(() => {
      this.#take();
      this.refresh();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Tells the page again: what it shows beside the document may have changed. */
  refresh(): void {
    this.#revision++;
    this.#feed.tell();
  }

  /** Sends a command about the document at `uri` to the page, now or when it is there. */
  send(uri: string, command: PageCommand): void {
    this.#waiting = { number: ++this.#sent, uri, command };
    this.#commanded.tell(this.#waiting);
  }

  readonly handlers: Handlers<AlignmentViewApi> = {
    ...this.#feed.handlers,
    commands: (_, context) => {
      if (this.#waiting) context.report(this.#waiting);
      return follow(this.#commanded, context);
    },
    obeyed: async ({ number }) => {
      if (this.#waiting?.number === number) this.#waiting = undefined;
    },
    similarities: async ({ revision }, { signal }): Promise<SimilarityAnswer> => {
      const alignment = this.#documentOf(revision);
      try {
        const view = await this.#host.engine.call('similarities', { alignment }, { signal });
        // A view into a larger buffer would carry that whole buffer into the page.
        const { values, treeOrder } = view;
        return { kind: 'view', view: { ...view, values: values.slice(), treeOrder: treeOrder.slice() } };
      } catch (error) {
        return { kind: 'problem', problem: this.#feed.problem(this.#host.describeError(error)) };
      }
    },
    meanings: ({ revision }, { signal }) =>
      this.#host.engine.call('meanings', { alignment: this.#documentOf(revision) }, { signal }),
    explain: ({ revision, target, source }, { signal }) =>
      this.#host.engine.call(
        'explain',
        { alignment: this.#documentOf(revision), target, source },
        { signal },
      ),
    tryHint: async ({ revision, target, hint }, { signal, report }) => {
      const { engine } = this.#host;
      const before = this.#documentOf(revision);
      const edit = { kind: 'hint', target, hint } as const;
      const alignment = await engine.call('realign', { alignment: before, edit }, { signal });
      const meanings = await engine.call('meanings', { alignment }, { signal });
      report({ meaning: meanings[target], changes: labelChanges(before, alignment) });
      return this.#score(alignment, before, signal);
    },
    score: ({ revision }, { signal }) => this.#score(this.#documentOf(revision), this.#before, signal),
    evidence: async ({ revision, target, source }, { signal }): Promise<ShownEvidence | undefined> => {
      const alignment = this.#documentOf(revision);
      const found = await this.#host.cachedImages(alignment);
      if (!found) return undefined;
      const { classifiedWith: _, ...images } = found;
      const params = { ...images, alignment, target, source, strongest: STRONGEST };
      const { strongest, ...counts } = await this.#host.engine.call('cellEvidence', params, { signal });
      // The page holds the images of what it asked for since.
      signal.throwIfAborted();
      this.#strongest = strongest;
      return {
        ...counts,
        title: titleOf(images.folders),
        strongest: strongest.map(({ path, truth, ...image }) => ({
          ...image,
          name: fileName(path),
          truth: alignment.targets[truth]?.label,
        })),
      };
    },
    evidencePicture: ({ image, size }, { signal }) =>
      pictureOf(this.#host.engine, this.#strong(image), { size, most: LARGEST_PICTURE, signal }),
    openEvidence: async ({ image }) => {
      await this.#host.openImage(this.#strong(image));
    },
    edit: async ({ edit, label }) => {
      const context = this.#context();
      if (context) await this.#host.edit(edit, label, context);
    },
    step: ({ step }) => this.#host.step(this.#uri, step),
    ask: async ({ question, target }) => {
      const context = this.#context(target);
      if (context) await this.#host.execute(QUESTIONS[question], context);
    },
    exported: async ({ format, bytes }) => {
      await this.#host.savePicture(this.#uri, format, bytes);
    },
    classify: async () => {
      if (this.#uri !== '') await this.#host.classify(this.#uri);
    },
    align: async () => {
      await this.#host.execute('semap.alignLabels');
    },
  };

  /** Takes up the document as it is now; remembers what it was before. */
  #take(): void {
    const shown = this.#host.current();
    if (shown?.uri !== this.#uri) {
      // What was wanted of the document before is not wanted when it is shown again.
      if (this.#waiting?.uri === this.#uri) this.#waiting = undefined;
      this.#uri = shown?.uri ?? '';
      this.#document = undefined;
      this.#before = undefined;
    }
    const next = shown?.document;
    if (!next) return;
    if (this.#document && JSON.stringify(next) !== JSON.stringify(this.#document)) {
      this.#before = this.#document;
    }
    this.#document = next;
    const key = meaningOf(next);
    if (key !== this.#meaning.key) this.#meaning = { key, count: this.#meaning.count + 1 };
  }

  #state(): AlignmentState {
    const shown = this.#host.current();
    const { location } = this.#host;
    if (!shown) return { kind: 'nothing', location };
    const { name, uri, document, problem } = shown;
    if (!document) {
      return {
        kind: 'failed',
        location,
        name,
        problem: this.#feed.problem(this.#host.describeError(problem)),
      };
    }
    return {
      kind: 'ready',
      location,
      revision: this.#revision,
      name,
      uri,
      document,
      folders: document.folders && titleOf(document.folders),
      meaning: this.#meaning.count,
    };
  }

  #context(semapTarget?: number): MenuContext | undefined {
    const shown = this.#host.current();
    const semapEditor = this.#host.location === 'editor';
    return shown && { semapTarget, semapDocument: shown.uri, semapEditor };
  }

  #documentOf(revision: number): AlignmentDocument {
    const document = this.#host.current()?.document;
    if (!document || revision !== this.#revision) {
      throw new SemapError('cancelled', phrase('The alignment has changed in the meantime.'));
    }
    return document;
  }

  /** What cached outputs say of an alignment, and of what it was before. */
  async #score(
    alignment: AlignmentDocument,
    before: AlignmentDocument | undefined,
    signal: AbortSignal,
  ): Promise<ShownScore | undefined> {
    const found = await this.#host.cachedImages(alignment);
    if (!found) return undefined;
    const { classifiedWith, ...images } = found;
    const params = { ...images, alignment, ...(before && { before }) };
    const score = await this.#host.engine.call('liveScore', params, { signal });
    return { ...score, title: titleOf(images.folders), classifiedWith };
  }

  #strong(image: number): string {
    const strong = this.#strongest[image];
    if (!strong) throw new SemapError('invalid-argument', phrase('There is no image {0}.', image));
    return strong.path;
  }
}

/** What similarities depend on; the rest of a document may change without them. */
function meaningOf({ backbone, method, targets, members = [] }: AlignmentDocument): string {
  return JSON.stringify([
    [{ backbone, method }, ...members].map(({ backbone: { name, path, sha256 }, method: own = method }) => [
      name,
      path,
      sha256,
      own.similarity,
      own.encoder,
    ]),
    targets.map(({ label, hint, sense, pinned }) => [label, hint, pinned ? sense : undefined]),
  ]);
}

function fileName(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== '') ?? path;
}
