import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { cancelled } from '../../core/errors.ts';
import type { ImageFolders, Layout } from '../../core/folders/layout.ts';
import { isImageFile, type PassedOver } from '../../core/images/imageFiles.ts';
import type { JobFolder } from '../../core/jobs/job.ts';
import type { ListedImage } from '../../core/jobs/shardList.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { whySystem } from '../../files/systemErrors.ts';
import type { ImageList } from '../../protocol/jobs.ts';
import { walkTogether } from '../folders/imageWalk.ts';
import { PassedOverList } from '../folders/passedOverList.ts';
import type { FolderTruths } from '../truths/truthTables.ts';
import { type Look, lookAtFiles } from './fileLooks.ts';
import { linesOf } from './listLines.ts';
import { PathSet } from './pathSet.ts';

/** Skipped images that are named; all are counted. */
const MOST_NAMED = 10_000;

interface Found extends Pick<ListedImage, 'name' | 'folder' | 'split'> {
  readonly path: string;
}

/** The images of a job that is planned, one after the other; what is left out is gathered. */
export class PlannedImages {
  readonly skipped: SkippedImage[] = [];
  skippedCount = 0;
  readonly #passedOver = new PassedOverList();
  readonly #images: ImageFolders;
  readonly #list: ImageList | undefined;
  readonly #folders: JobFolder[];
  readonly #truths: FolderTruths;
  readonly #signal: AbortSignal;

  /** @param layouts of the folders */
  constructor(
    images: ImageFolders,
    list: ImageList | undefined,
    { layouts, truths, signal }: { layouts: readonly Layout[]; truths: FolderTruths; signal: AbortSignal },
  ) {
    this.#images = { ...images, layouts };
    this.#list = list;
    this.#folders = list
      ? [{ path: list.root, layout: list.layout }]
      : images.folders.map((folder, i) => ({ path: path.resolve(folder), layout: layouts[i] }));
    this.#truths = truths;
    this.#signal = signal;
  }

  /** All that images are below; grows while a list names images elsewhere. */
  get folders(): readonly JobFolder[] {
    return this.#folders;
  }

  get passedOver(): PassedOver | undefined {
    return this.#passedOver.all;
  }

  /** In their order, some at a time. */
  async *all(): AsyncGenerator<readonly ListedImage[]> {
    for await (const some of this.#list ? this.#listed(this.#list) : this.#walked()) {
      if (this.#signal.aborted) throw cancelled();
      const looks = await lookAtFiles(some.map(({ path: file }) => file));
      yield some.flatMap((found, i) => this.#asListed(found, looks[i]) ?? []);
      await setImmediate();
    }
    if (this.#signal.aborted) throw cancelled();
  }

  async *#walked(): AsyncGenerator<readonly Found[]> {
    const starts = this.#folders.map(({ path: folder }) => startOf(folder));
    let folder = 0;
    const tableSplits = this.#folders.map(
      ({ layout }) => layout.kind === 'table' && layout.table.split !== undefined,
    );
    for await (const entries of walkTogether(this.#images, {
      signal: this.#signal,
      passedOver: this.#passedOver,
    })) {
      const some: Found[] = [];
      for (const found of entries) {
        if (found.kind !== 'image') {
          this.#skip(found);
          continue;
        }
        while (!found.path.startsWith(starts[folder])) folder++;
        const name = slashed(found.path.slice(starts[folder].length));
        some.push({ path: found.path, name, folder, split: tableSplits[folder] ? found.split : undefined });
      }
      yield some;
    }
  }

  async *#listed({ file, root }: ImageList): AsyncGenerator<readonly Found[]> {
    const before = new PathSet();
    const starts = this.#folders.map(({ path: folder }) => startOf(folder));
    for await (const lines of linesOf(file)) {
      const some: Found[] = [];
      for (const line of lines) {
        if (line === '') continue;
        const whole = path.resolve(root, line);
        if (!before.add(whole)) continue;
        if (isImageFile(path.basename(whole))) some.push(this.#placed(whole, starts));
        else
          this.#skip({ path: whole, reason: phrase('Its name is not that of an image that SeMap reads.') });
      }
      yield some;
    }
  }

  /** @param starts of the folders; grows with them */
  #placed(file: string, starts: string[]): Found {
    let folder = starts.findIndex((start) => file.startsWith(start));
    if (folder === -1) {
      const { root } = path.parse(file);
      this.#folders.push({ path: root, layout: { kind: 'flat' } });
      folder = starts.push(startOf(root)) - 1;
    }
    return { path: file, name: slashed(file.slice(starts[folder].length)), folder };
  }

  /** With size and time; those that are not there any more are left out. */
  #asListed({ path: file, name, folder, split }: Found, look: Look | Error): ListedImage | undefined {
    if (look instanceof Error) {
      this.#skip({ path: file, reason: phrase('Cannot read the file: {0}', whySystem(look)) });
      return undefined;
    }
    const truth = this.#truths.of(file);
    return { name, folder, ...look, split, truth };
  }

  #skip({ path: file, reason, folder }: SkippedImage): void {
    this.skippedCount++;
    if (this.skipped.length < MOST_NAMED) this.skipped.push({ path: file, reason, folder });
  }
}

function startOf(folder: string): string {
  return folder.endsWith(path.sep) ? folder : folder + path.sep;
}

function slashed(name: string): string {
  return path.sep === '/' ? name : name.replaceAll(path.sep, '/');
}
