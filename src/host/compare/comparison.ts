import { join } from 'node:path';
import * as vscode from 'vscode';
import { compareAlignments, compareCached } from '../../capabilities/compareAlignments.ts';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { type AlignmentDifference, differenceOf } from '../../core/alignments/alignmentDifference.ts';
import { type SemapError, toSemapError } from '../../core/errors.ts';
import type { AlignmentComparison } from '../../core/evidence/comparison.ts';
import { type ImageFolders, imageFolders } from '../../core/folders/layout.ts';
import { Listeners } from '../../core/listeners.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import { quietSession } from '../quietSession.ts';
import type { ClassifyRun } from '../results/classifyRun.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { compareRuns } from './comparedRuns.ts';

/** An alignment that is compared. */
export interface ComparedAlignment {
  /** Address of the document, as text. */
  readonly uri: string;
  /** File name. */
  readonly name: string;
  readonly document: AlignmentDocument;
  /** Undefined when the backbone is not there: then only the documents are compared. */
  readonly backbone: string | undefined;
}

export type ImagesPhase =
  | { readonly kind: 'none' }
  | { readonly kind: 'working'; readonly done: number; readonly total: number }
  | { readonly kind: 'failed'; readonly error: SemapError }
  | { readonly kind: 'done'; readonly result: AlignmentComparison };

/** A result that is compared. */
export interface ComparedRun {
  readonly run: ClassifyRun;
  /** What people call it. */
  readonly name: string;
  /** Whether a person gave it that name. */
  readonly named: boolean;
  /** Folder of its record. */
  readonly folder: string;
}

/** Knows which folders are there. */
interface FoldersThere {
  /** @throws {SemapError} where a folder is gone */
  readonly mustBeFolder: (folder: string) => Promise<void>;
}

type Two<T> = readonly [first: T, second: T];

/** Two alignments and, when there are images, what they make of them; or two results, which are about images already. */
export class Comparison {
  readonly sides: readonly [ComparedAlignment, ComparedAlignment];
  readonly difference: AlignmentDifference;
  /** What is another by now than when another window compared them. */
  readonly notes: readonly string[];
  /** Images that the other window compared on. */
  readonly expected: number;
  /** The results, where these are compared. */
  readonly results: Two<ComparedRun> | undefined;
  readonly #changed = new Listeners();
  #on: ImageFolders = { folders: [] };
  #images: ImagesPhase = { kind: 'none' };
  #abort = new AbortController();

  readonly onDidChange = this.#changed.on;

  /** @param before what another window that compared them has left */
  constructor(
    sides: Two<ComparedAlignment>,
    before: { readonly notes: readonly string[]; readonly images: number } = { notes: [], images: 0 },
    results?: Two<ComparedRun>,
  ) {
    this.sides = sides;
    this.results = results;
    this.notes = before.notes;
    this.expected = before.images;
    this.difference = differenceOf(sides[0].document, sides[1].document);
  }

  /**
   * Two results on the images that both have: what was predicted then, and nothing is run.
   * @param addressOf of a file that a result names
   */
  static async ofResults(
    results: Two<ComparedRun>,
    addressOf: (file: string) => vscode.Uri,
  ): Promise<Comparison> {
    const [first, second] = results;
    const sideOf = ({ run, name, folder }: ComparedRun): ComparedAlignment => ({
      uri: addressOf(run.alignmentPath ?? join(folder, RUN_FILES.alignment)).toString(),
      name,
      document: run.alignment,
      backbone: String(run.settings.params.backbone),
    });
    const { result, sameFolders } = await compareRuns(first.run, second.run);
    const notes = [
      sameFolders || result.images === 0
        ? undefined
        : vscode.l10n.t('The results are about other folders: images of the same name are compared.'),
      result.images === 0 ? vscode.l10n.t('The results have no images in common.') : undefined,
      ...(results.every(({ run }) => run.answers.settled)
        ? [vscode.l10n.t('The answers of both are settled.')]
        : results.map(({ run, name }) =>
            run.answers.settled ? vscode.l10n.t('The answers of {0} are settled.', name) : undefined,
          )),
    ].filter((note) => note !== undefined);
    const sides: Two<ComparedAlignment> = [sideOf(first), sideOf(second)];
    const comparison = new Comparison(sides, { notes, images: 0 }, results);
    comparison.#on = first.run.images;
    comparison.#images = { kind: 'done', result };
    return comparison;
  }

  get folders(): readonly string[] {
    return this.#on.folders;
  }

  /** The same, and how they are read. */
  get imageFolders(): ImageFolders {
    return this.#on;
  }

  get images(): ImagesPhase {
    return this.#images;
  }

  cancel(): void {
    this.#abort.abort();
  }

  /**
   * Compares on folders of images: those that a backbone has not seen run once, unless only what is in the cache is
   * wanted. Never rejects.
   */
  async on(
    on: ImageFolders,
    engine: Engine,
    { cachedOnly }: { readonly cachedOnly?: FoldersThere | undefined } = {},
  ): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#on = imageFolders(on);
    const show = (images: ImagesPhase) => {
      if (signal !== this.#abort.signal) return;
      this.#images = images;
      this.#changed.tell();
    };
    show({ kind: 'working', done: 0, total: 0 });
    try {
      const sides = this.sides.map(({ backbone, document }) => ({
        // A backbone that is not there fails with the message that helps.
        backbone: backbone ?? document.backbone.name,
        alignment: document,
      }));
      if (cachedOnly) await Promise.all(on.folders.map(cachedOnly.mustBeFolder));
      const compare = cachedOnly ? compareCached : compareAlignments;
      const result = await compare(
        this.#on,
        [sides[0], sides[1]],
        quietSession(engine, signal),
        ({ done, total }) => show({ kind: 'working', done, total }),
      );
      show({ kind: 'done', result });
    } catch (thrown) {
      const error = toSemapError(thrown);
      show(error.reason === 'cancelled' ? { kind: 'none' } : { kind: 'failed', error });
    }
  }
}
