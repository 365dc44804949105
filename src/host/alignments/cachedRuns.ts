import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { fittingLabels } from '../../core/alignments/fittingLabels.ts';
import { type AnsweringBackbones, areSameBackbones, partsOf } from '../../core/alignments/members.ts';
import { toSemapError } from '../../core/errors.ts';
import { type ImageFolders, imageFolders } from '../../core/folders/layout.ts';
import { Listeners, type Listening } from '../../core/listeners.ts';
import type { ClassifyParams } from '../../protocol/classification.ts';
import type { CachedImages } from '../../protocol/evidence.ts';
import { titleOf } from '../files.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Images on which an alignment can be tried at once. */
export interface RunImages extends CachedImages {
  /** File name of the alignment that they were classified with, where it is another one. */
  readonly classifiedWith?: string;
}

/** What another version of an alignment would change, and on which images. */
export interface ChangeCount {
  readonly changed: number;
  readonly images: number;
  /** The folders, as people call them. */
  readonly title: string;
}

/** How many alignments are remembered with the folders that were last classified with them. */
const REMEMBERED = 32;

/** What decides whether an alignment can be tried on a run's images. */
interface AlignedWith extends AnsweringBackbones {
  readonly targets: readonly { readonly label: string }[];
}

/** What of a run it takes to score its images again: its predictions are not kept. */
export interface PastRun {
  readonly params: Pick<ClassifyParams, keyof CachedImages> & {
    readonly alignment: AlignedWith;
  };
  /** File of the alignment document, when it has one. */
  readonly alignmentPath?: string | undefined;
  /** Of a session before this one. */
  readonly remembered?: true | undefined;
}

/** Where runs end. */
interface RunEnds {
  onDidFinish(listener: (run: { readonly settings: PastRun }) => unknown): Listening;
}

/** What runs left in the cache of outputs. */
export class CachedRuns {
  readonly #engine: Engine;
  readonly #ends: RunEnds;
  /** By alignment, the one used last at the end. */
  readonly #past = new Map<string | undefined, PastRun>();
  /** Whether images of folders have outputs, by backbone and folders; one without is looked at again after a run. */
  readonly #known = new Map<string, Promise<boolean>>();
  readonly #remembered = new Listeners();
  readonly #listening: Listening;

  constructor(engine: Engine, ends: RunEnds) {
    this.#engine = engine;
    this.#ends = ends;
    this.#listening = ends.onDidFinish(({ settings: { params, alignmentPath } }) => {
      this.#past.delete(alignmentPath);
      this.#past.set(alignmentPath, { params, alignmentPath });
      for (const oldest of [...this.#past.keys()].slice(0, -REMEMBERED)) this.#past.delete(oldest);
      this.#known.clear();
    });
  }

  dispose(): void {
    this.#listening.dispose();
  }

  /** A run is over or was remembered: there are more images. */
  onDidChange(listener: () => void): Listening {
    const more = [this.#ends.onDidFinish(() => listener()), this.#remembered.on(listener)];
    return { dispose: () => more.map((one) => one.dispose()) };
  }

  /** Takes up what is kept of runs of before, the latest first: those of this session go before them. */
  remember(runs: readonly PastRun[]): void {
    const known = new Set(this.#past.keys());
    const own = [...this.#past];
    this.#past.clear();
    for (const run of runs.slice(0, REMEMBERED).toReversed()) {
      if (known.has(run.alignmentPath)) continue;
      // The latest of an alignment ends last.
      this.#past.delete(run.alignmentPath);
      this.#past.set(run.alignmentPath, { ...run, remembered: true });
    }
    for (const [path, run] of own) this.#past.set(path, run);
    if (this.#past.size > own.length) this.#remembered.tell();
  }

  /**
   * The images of the folders that the document was made for, once its backbone has seen any; otherwise those that were
   * last classified with the document at `uri`, or the last ones under its backbone for labels like its own: accuracy on
   * images of other labels would say nothing about it.
   *
   * @param document as the engine takes it
   */
  async imagesOf(document: AlignmentDocument, uri: string | undefined): Promise<RunImages | undefined> {
    const { folders = [], backbone } = document;
    const own = { ...this.#laidOut(folders), backbone: backbone.path ?? backbone.name };
    if (folders.length > 0 && (await this.#hasOutputs(own, document))) return own;
    const found = this.#imagesOfRuns(document, uri);
    if (!found) return undefined;
    const { remembered, ...images } = found;
    const { classifiedWith: _, ...cached } = images;
    // Folders and outputs of a run of before may be gone.
    return !remembered || (await this.#hasOutputs(cached, document)) ? images : undefined;
  }

  /** Folders as they were read last. */
  #laidOut(folders: readonly string[]): ImageFolders {
    const last = [...this.#past.values()].findLast(({ params }) => isSame(params.folders, folders));
    return last ? imageFolders(last.params) : { folders };
  }

  #hasOutputs(images: CachedImages, alignment: AlignmentDocument): Promise<boolean> {
    const key = JSON.stringify([
      images,
      partsOf(alignment).map(({ backbone, prompt }) => [backbone.sha256, prompt]),
    ]);
    const known =
      this.#known.get(key) ??
      this.#engine.call('liveScore', { ...images, alignment }).then(
        ({ now }) => now.images > 0,
        // Folders that are gone, or another backbone of that name: there is nothing to score on.
        (error) => {
          // What the engine did not come to say is asked again.
          if (toSemapError(error).reason === 'engine-stopped') this.#known.delete(key);
          return false;
        },
      );
    this.#known.set(key, known);
    return known;
  }

  #imagesOfRuns(
    document: AlignmentDocument,
    uri: string | undefined,
  ): (RunImages & Pick<PastRun, 'remembered'>) | undefined {
    const runs = [...this.#past.values()]
      .reverse()
      .filter(({ params }) => areSameBackbones(params.alignment, document));
    const isOwn = ({ alignmentPath }: PastRun) =>
      alignmentPath !== undefined && vscode.Uri.file(alignmentPath).toString() === uri;
    const own = runs.find(isOwn);
    const run = own ?? runs.find(({ params }) => fittingLabels(document, labelsOf(params.alignment)));
    if (!run) return undefined;
    const { backbone, sidecar } = run.params;
    return {
      ...imageFolders(run.params),
      backbone,
      ...(sidecar === undefined ? {} : { sidecar }),
      remembered: run.remembered,
      ...(own || run.alignmentPath === undefined ? {} : { classifiedWith: basename(run.alignmentPath) }),
    };
  }

  /** For how many of those images another label is predicted; undefined where there are none. */
  async countChanges(
    before: AlignmentDocument,
    after: () => Promise<AlignmentDocument>,
    uri: string | undefined,
  ): Promise<ChangeCount | undefined> {
    const found = await this.imagesOf(before, uri);
    if (!found) return undefined;
    const { classifiedWith: _, ...images } = found;
    try {
      const alignment = await after();
      const { changed, now } = await this.#engine.call('liveScore', { ...images, alignment, before });
      return { changed, images: now.images, title: titleOf(images.folders) };
    } catch {
      // The count is a help: a choice can be made without it.
      return undefined;
    }
  }
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i]);
}

function labelsOf({ targets }: AlignedWith): readonly string[] {
  return targets.map(({ label }) => label);
}
