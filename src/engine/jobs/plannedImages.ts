import { createReadStream, type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
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
import { walkImages } from '../folders/imageWalk.ts';
import { PassedOverList } from '../folders/passedOverList.ts';
import type { FolderTruths } from '../truths/truthTables.ts';
import { PathSet } from './pathSet.ts';

/** Images that are looked at together. */
const AT_A_TIME = 256;
/** Where a look takes longer, the disk is far away, and many looks at a time are faster. */
const FAR_MILLISECONDS = 0.2;
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
  #far = false;

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

  async *all(): AsyncGenerator<ListedImage> {
    let batch: Found[] = [];
    for await (const found of this.#list ? this.#listed(this.#list) : this.#walked()) {
      if (batch.push(found) < AT_A_TIME) continue;
      yield* await this.#looked(batch);
      batch = [];
    }
    yield* await this.#looked(batch);
  }

  async *#walked(): AsyncGenerator<Found> {
    const starts = this.#folders.map(({ path: folder }) =>
      folder.endsWith(path.sep) ? folder : folder + path.sep,
    );
    let folder = 0;
    const tableSplits = this.#folders.map(
      ({ layout }) => layout.kind === 'table' && layout.table.split !== undefined,
    );
    for await (const found of walkImages(this.#images, {
      signal: this.#signal,
      passedOver: this.#passedOver,
    })) {
      if (found.kind !== 'image') {
        this.#skip(found);
        continue;
      }
      while (!found.path.startsWith(starts[folder])) folder++;
      const name = found.path.slice(starts[folder].length);
      yield {
        path: found.path,
        name: path.sep === '/' ? name : name.replaceAll(path.sep, '/'),
        folder,
        ...(tableSplits[folder] && found.split && { split: found.split }),
      };
    }
  }

  async *#listed({ file, root }: ImageList): AsyncGenerator<Found> {
    const before = new PathSet();
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
      if (this.#signal.aborted) return;
      if (line === '') continue;
      const whole = path.resolve(root, line);
      if (!before.add(whole)) continue;
      if (isImageFile(path.basename(whole))) yield { path: whole, ...this.#placeOf(whole) };
      else this.#skip({ path: whole, reason: phrase('Its name is not that of an image that SeMap reads.') });
    }
  }

  #placeOf(file: string): Pick<Found, 'name' | 'folder'> {
    const named = (folder: string) => {
      const start = folder.endsWith(path.sep) ? folder : folder + path.sep;
      return file.startsWith(start) ? file.slice(start.length).replaceAll(path.sep, '/') : undefined;
    };
    for (const [folder, { path: root }] of this.#folders.entries()) {
      const name = named(root);
      if (name !== undefined) return { name, folder };
    }
    const root = path.parse(file).root;
    this.#folders.push({ path: root, layout: { kind: 'flat' } });
    return { name: named(root)!, folder: this.#folders.length - 1 };
  }

  /** With size and time; those that are not there any more are left out. */
  async #looked(batch: readonly Found[]): Promise<readonly ListedImage[]> {
    if (this.#signal.aborted) throw cancelled();
    const started = performance.now();
    const looks = this.#far
      ? await Promise.all(batch.map(({ path: file }) => stat(file).catch(asError)))
      : batch.map(({ path: file }) => lookAt(file));
    this.#far ||= performance.now() - started > FAR_MILLISECONDS * batch.length;
    await setImmediate();
    const images: ListedImage[] = [];
    for (const [i, found] of batch.entries()) {
      const look = looks[i];
      if (look instanceof Error) {
        this.#skip({ path: found.path, reason: phrase('Cannot read the file: {0}', whySystem(look)) });
        continue;
      }
      const { name, folder, split } = found;
      const truth = this.#truths.of(found.path);
      images.push({ name, folder, bytes: look.size, modified: Math.floor(look.mtimeMs), split, truth });
    }
    return images;
  }

  #skip({ path: file, reason, folder }: SkippedImage): void {
    this.skippedCount++;
    if (this.skipped.length < MOST_NAMED) this.skipped.push({ path: file, reason, folder });
  }
}

function lookAt(file: string): Stats | Error {
  try {
    return statSync(file);
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error as Error;
}
