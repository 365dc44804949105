import * as vscode from 'vscode';
import { decidingLabel } from '../../core/alignments/alignment.ts';
import { backbonesOf } from '../../core/alignments/members.ts';
import { SemapError } from '../../core/errors.ts';
import { type ChangeGroups, changedLabels, changeGroups, changesThat } from '../../core/evidence/changes.ts';
import type { ChangedImage } from '../../core/evidence/comparison.ts';
import { DisposableValue } from '../../core/listeners.ts';
import { documentWay } from '../../core/reuse/documentRow.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type {
  ChangedItem,
  ComparedImages,
  ComparedName,
  CompareState,
  CompareViewApi,
  ComparisonSource,
} from '../../protocol/compareView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { WatchedDocument } from '../alignments/watchedAlignment.ts';
import type { ErrorDescription } from '../errors.ts';
import { shortPath, titleOf } from '../files.ts';
import { say } from '../language.ts';
import { PageFeed, type PageHost, pictureOf } from '../pages/pageFeed.ts';
import type { ClassifyRun } from '../results/classifyRun.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ComparedAlignment, ComparedRun, Comparison } from './comparison.ts';

/** What the page's host side needs of VS Code. */
export interface ComparePageHost extends PageHost {
  readonly engine: Engine;
  describeError(error: unknown): ErrorDescription;
  openImage(file: string): unknown;
  /** Shows a cell of a document: the target by its label, for the document may have changed since. */
  showCell(uri: string, cell: { label: string; target: number; source: number }): unknown;
  /** Shows a run, and in it one of its images. */
  showInResult(run: ClassifyRun, image: number): unknown;
  /** Follows an alignment document. */
  watch(uri: string): WatchedDocument;
  /** Compares the same documents, as they are now, on the same images. */
  again(comparison: Comparison): unknown;
  /** Asks for a folder; undefined when the person changed their mind. */
  askFolder(): Promise<string | undefined>;
}

/** Largest thumbnail that a page may ask for, in pixels. */
const LARGEST_THUMBNAIL = 512;

/** Answers the page that compares two alignments. */
export class ComparePage {
  readonly #host: ComparePageHost;
  readonly #feed = new PageFeed<CompareState>(
    () => this.#state(),
    () => this.#host,
  );
  #comparison: Comparison | undefined;
  readonly #listening = new DisposableValue();
  #revision = 0;
  #watched: WatchedDocument[] = [];
  #lost: string | undefined;
  readonly #groups = new WeakMap<readonly ChangedImage[], ChangeGroups>();
  /** What the page was told of the documents. */
  #told: string | undefined;

  constructor(host: ComparePageHost) {
    this.#host = host;
  }

  /** The comparison that is shown. */
  get comparison(): Comparison | undefined {
    return this.#comparison;
  }

  /** Says why the comparison of the window before is not there. */
  showLost(message: string): void {
    this.#lost = message;
    this.#announce();
  }

  /** Turns to another comparison. */
  show(comparison: Comparison): void {
    this.dispose();
    this.#comparison = comparison;
    // Results are what they were, whatever their documents say by now.
    this.#watched = comparison.results ? [] : comparison.sides.map(({ uri }) => this.#host.watch(uri));
    for (const watched of this.#watched) {
      // What the images say does not change with the documents: the page is told only what is another.
      watched.onDidChange(() => {
        if (this.#outdated(comparison) !== this.#told) this.#announce();
      });
      void watched.read();
    }
    this.#listening.value = comparison.onDidChange(() => this.#announce());
    this.#announce();
  }

  dispose(): void {
    for (const watched of this.#watched.splice(0)) watched.dispose();
    this.#listening.dispose();
    this.#comparison?.cancel();
  }

  readonly handlers: Handlers<CompareViewApi> = {
    ...this.#feed.handlers,
    images: ({ revision, filter, from, to }) => {
      const comparison = this.#of(revision);
      const labels = labelsOf(comparison);
      const changed = this.#changed(revision);
      const places = changesThat(filter, changed, labels);
      const items = places.slice(from, to).map((image): ChangedItem => {
        const { path, truths } = changed[image];
        return {
          image,
          name: shortPath(path, comparison.folders),
          labels: changedLabels(changed[image], labels),
          truth: labels[0][truths[0]] ?? labels[1][truths[1]],
        };
      });
      return { items, matching: places.length };
    },
    thumbnail: ({ revision, image, size }, { signal }) =>
      pictureOf(this.#host.engine, this.#image(revision, image).path, {
        size,
        most: LARGEST_THUMBNAIL,
        signal,
      }),
    open: async ({ revision, image }) => {
      await this.#host.openImage(this.#image(revision, image).path);
    },
    showInResult: async ({ revision, image, side }) => {
      const { results } = this.#of(revision);
      if (results)
        await this.#host.showInResult(results[side].run, this.#image(revision, image).places[side]);
    },
    showCell: async ({ revision, side, cell }) => {
      const { sides, difference } = this.#of(revision);
      const { target, places } = difference.cells[cell] ?? {};
      const place = places?.[side];
      if (place) await this.#host.showCell(sides[side].uri, { label: target ?? '', ...place });
    },
    use: async ({ revision, side }) => {
      const alignment = vscode.Uri.parse(this.#of(revision).sides[side].uri, true);
      await this.#host.execute('semap.classify', { alignment });
    },
    choose: async () => {
      await this.#host.execute('semap.compareAlignments');
    },
    chooseFolder: async () => {
      const comparison = this.#comparison;
      const folder = comparison && (await this.#host.askFolder());
      if (folder !== undefined) void comparison?.on({ folders: [folder] }, this.#host.engine);
    },
    again: async () => {
      if (this.#comparison) await this.#host.again(this.#comparison);
    },
    cancel: () => {
      this.#comparison?.cancel();
    },
  };

  #announce(): void {
    this.#revision++;
    this.#feed.tell();
  }

  #state(): CompareState {
    const comparison = this.#comparison;
    if (!comparison) {
      return this.#lost === undefined ? { kind: 'nothing' } : { kind: 'lost', message: this.#lost };
    }
    const { sides, difference, notes, results } = comparison;
    const isAlike = sides[0].name === sides[1].name;
    const outdated = this.#outdated(comparison);
    this.#told = outdated;
    return {
      kind: 'ready',
      revision: this.#revision,
      source: sourceOf(comparison),
      notes,
      outdated,
      sides: [named(sides[0], results?.[0], isAlike), named(sides[1], results?.[1], isAlike)],
      difference,
      images: this.#images(comparison),
    };
  }

  /** Which of the documents is another by now, or that images are missing. */
  #outdated({ sides, images, expected }: Comparison): string | undefined {
    const { t } = vscode.l10n;
    const messages = sides.flatMap(({ name, document }, side) => {
      const watched = this.#watched[side];
      if (!watched?.wasRead) return [];
      const now = watched.current;
      if (!now) return [t('{0} was deleted or renamed.', name)];
      if (!now.forEngine) return [t('Cannot read {0}.', name)];
      return decidedBy(now.forEngine) === decidedBy(document) ? [] : [t('{0} was changed.', name)];
    });
    if (images.kind === 'done' && images.result.images < expected) {
      messages.push(
        say(phrase('Only {0} of {1} are still in the cache.', images.result.images, imageCount(expected))),
      );
    }
    return messages.length === 0 ? undefined : messages.join(' ');
  }

  /** Counted once: the state is told often. */
  #groupsOf(images: readonly ChangedImage[], labels: ReturnType<typeof labelsOf>): ChangeGroups {
    const known = this.#groups.get(images) ?? changeGroups(images, labels);
    this.#groups.set(images, known);
    return known;
  }

  #images(compared: Comparison): ComparedImages {
    const { images, folders } = compared;
    const labels = labelsOf(compared);
    const title = titleOf(folders);
    switch (images.kind) {
      case 'none':
        return images;
      case 'working':
        return { ...images, title };
      case 'failed':
        return { kind: 'failed', title, problem: this.#feed.problem(this.#host.describeError(images.error)) };
      case 'done': {
        const { changedImages, ...comparison } = images.result;
        return {
          kind: 'done',
          title,
          comparison: { ...comparison, named: changedImages.length },
          groups: this.#groupsOf(changedImages, labels),
        };
      }
    }
  }

  #of(revision: number): Comparison {
    if (!this.#comparison || revision !== this.#revision) {
      throw new SemapError('cancelled', phrase('Another comparison is shown.'));
    }
    return this.#comparison;
  }

  #changed(revision: number): readonly ChangedImage[] {
    const { images } = this.#of(revision);
    return images.kind === 'done' ? images.result.changedImages : [];
  }

  #image(revision: number, image: number): ChangedImage {
    const found = this.#changed(revision)[image];
    if (!found) throw new SemapError('invalid-argument', phrase('There is no image {0}.', image));
    return found;
  }
}

function labelsOf({ sides }: Comparison): readonly [readonly string[], readonly string[]] {
  const [first, second] = sides.map(({ document }) => document.targets.map(({ label }) => label));
  return [first, second];
}

function sourceOf({ sides, imageFolders, images, results }: Comparison): ComparisonSource {
  const [first, second] = sides;
  return {
    uris: [first.uri, second.uri],
    decided: [decidedBy(first.document), decidedBy(second.document)],
    ...imageFolders,
    images: images.kind === 'done' ? images.result.images : 0,
    results: results && [results[0].folder, results[1].folder],
  };
}

function named(
  { name, document }: ComparedAlignment,
  result: ComparedRun | undefined,
  isAlike: boolean,
): ComparedName {
  const { targets } = document;
  return {
    name,
    backbone: backbonesOf(document).name,
    method: say(decidingLabel(document)),
    way: documentWay(document, result?.run.answers.settled !== undefined),
    targets: targets.length,
    // Without a name of its own it is called by its hour.
    time:
      result && (result.named || isAlike) ? result.run.time.toLocaleString(vscode.env.language) : undefined,
  };
}
