import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { partsOf } from '../../core/alignments/members.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import type { PlacedImage } from '../../core/evidence/imageScorer.ts';
import { placeOf } from '../../core/folders/placing.ts';
import { type ImageFacts, packedLook, SHAPE_BYTES, unpackedLook } from '../../core/images/imageFacts.ts';
import { foldersOfJob, type JobDocument, resultFile } from '../../core/jobs/job.ts';
import type { ListedImage } from '../../core/jobs/shardList.ts';
import { phrase } from '../../core/text/text.ts';
import type { ImageTruth } from '../../core/truths/imageTruths.ts';
import { DIGEST_BYTES } from '../../files/fileState.ts';
import { isFolder } from '../../files/folders.ts';
import { fileOf, readJob, readJobAlignment, readShardList } from '../../files/jobFolder.ts';
import type { BackboneReading, Features } from '../features/features.ts';
import type { Caches } from '../outputs/outputCaches.ts';
import type { ImageState } from '../outputs/outputIndex.ts';
import type { HeldImages, OutputStore } from '../outputs/outputStore.ts';
import type { OpenResult, Vector } from './openResult.ts';
import { openResult, widthsOf } from './resultFile.ts';
import { ResultFiles, versionOf } from './resultFiles.ts';

/** Jobs that stay open. */
const KEPT = 2;

/** Jobs whose results answer in the place of backbones, each opened once as long as its results are the same. */
export class OpenJobs {
  readonly #open = new Map<string, { readonly version: string; readonly job: Promise<OpenJob> }>();
  readonly #files = new ResultFiles();

  /**
   * A job, with the results that are there.
   * @throws {SemapError} as `readJob`; where its files are others than were planned
   */
  async of(folder: string): Promise<OpenJob> {
    const job = await readJob(folder);
    const version = await resultsVersion(folder, job);
    const before = this.#open.get(folder);
    if (before?.version === version) return before.job;
    const opened = OpenJob.open(folder, job, version, this.#files);
    this.#open.delete(folder);
    this.#open.set(folder, { version, job: opened });
    for (const oldest of [...this.#open.keys()].slice(0, -KEPT)) this.#open.delete(oldest);
    opened.catch(() => this.#open.delete(folder));
    return opened;
  }

  close(): void {
    this.#files.close();
  }
}

async function resultsVersion(folder: string, job: JobDocument): Promise<string> {
  const times: string[] = [job.id];
  for (let shard = 0; shard < job.shards; shard++) {
    const state = await stat(path.join(folder, resultFile(job, shard))).catch(() => undefined);
    times.push(state ? versionOf(state) : '');
  }
  return times.join('\n');
}

/** A job whose results answer: its images, and what backbones said of them. */
export class OpenJob implements Caches {
  readonly folder: string;
  readonly job: JobDocument;
  /** Per backbone the hash of its prompt. */
  readonly #prompts: readonly (string | undefined)[];
  readonly #outputs: JobStore;
  readonly #features: JobStore | undefined;
  readonly #truths: ReadonlyMap<string, ImageTruth>;

  private constructor(folder: string, job: JobDocument, images: JobImages, alignment: AlignmentDocument) {
    this.folder = folder;
    this.job = job;
    const hashes = new Map(job.files.map(({ file, sha256 }) => [file, sha256]));
    this.#prompts = partsOf(alignment).map(({ prompt }) => prompt && hashes.get(path.basename(prompt)));
    const { outputs, features } = images.widths;
    this.#outputs = new JobStore(images, 'outputs', outputs);
    this.#features = features > 0 ? new JobStore(images, 'features', features) : undefined;
    this.#truths = images.truths;
  }

  static async open(folder: string, job: JobDocument, version: string, files: ResultFiles): Promise<OpenJob> {
    const alignment = await readJobAlignment(folder, job);
    const images = await JobImages.read(folder, job, alignment.targets.length, { version, files });
    return new OpenJob(folder, job, images, alignment);
  }

  /**
   * The backbones of an alignment as the job knows them, which need not be on this machine.
   * @throws {SemapError} `labels-mismatch` for other ones
   */
  backbonesOf(alignment: AlignmentDocument): readonly BackboneDescription[] {
    if (this.job.lean)
      throw new SemapError('invalid-argument', phrase('The job is lean: its results hold answers alone.'), {
        hint: phrase('Plan it again without --lean.'),
      });
    const hashes = partsOf(alignment).map(({ backbone }) => backbone.sha256);
    if (hashes.join() !== this.job.backbones.map(({ sha256 }) => sha256).join()) throw others();
    return this.job.backbones;
  }

  /** @throws {SemapError} `labels-mismatch` for backbones under other prompts */
  open({ members, ...backbone }: BackboneDescription): Promise<OutputStore> {
    const prompts = (members ?? [backbone]).map(({ input }) => input.prompt?.sha256);
    if (prompts.join() !== this.#prompts.join()) throw others();
    return Promise.resolve(this.#outputs);
  }

  openFeatures(): Promise<OutputStore> {
    return Promise.resolve(this.#features ?? this.#outputs);
  }

  reading(): Promise<BackboneReading> {
    const { features } = this.job;
    if (!features) return Promise.resolve({ parameters: null });
    const { output, axis, width } = features;
    const found: Features = { tap: { output, axis, append: new Uint8Array() }, width, sameLogits: true };
    return Promise.resolve({ parameters: null, features: found });
  }

  /** Whether this machine has the folders of the job, so that what is said of their images now can be read. */
  async isReachable(): Promise<boolean> {
    const found = await Promise.all(foldersOfJob(this.job).folders.map(isFolder));
    return found.every(Boolean);
  }

  /** What was said of an image when the job was planned. */
  truthOf(file: string): ImageTruth | undefined {
    return this.#truths.get(file);
  }
}

function others(): SemapError {
  return new SemapError(
    'labels-mismatch',
    phrase('The job has no outputs of the backbones of this alignment under its prompts.'),
    { hint: phrase('Plan a job with this alignment.') },
  );
}

/** What results say of the images of a job, but the numbers, which are read when they are asked for. */
class JobImages {
  readonly version: string;
  readonly widths: OpenResult['widths'];
  readonly places = new Map<string, number>();
  readonly images: PlacedImage[] = [];
  readonly truths = new Map<string, ImageTruth>();
  unread = 0;
  readonly #files: ResultFiles;
  readonly #results: OpenResult[] = [];
  /** Per image the result that it is in, and its row there. */
  readonly #at: number[] = [];
  /** Per image bytes and time of its file. */
  readonly #states: number[] = [];
  /** Per image width, height and look; 0 pixels where nobody noted any. */
  readonly #looks: number[] = [];
  #shapes = Buffer.alloc(0);
  #digests = Buffer.alloc(0);

  private constructor(version: string, files: ResultFiles, widths: OpenResult['widths']) {
    this.version = version;
    this.#files = files;
    this.widths = widths;
  }

  static async read(
    folder: string,
    job: JobDocument,
    targets: number,
    { version, files }: { readonly version: string; readonly files: ResultFiles },
  ): Promise<JobImages> {
    const read = new JobImages(version, files, widthsOf(job, targets));
    const { folders } = foldersOfJob(job);
    read.#shapes = Buffer.alloc(job.images * SHAPE_BYTES);
    read.#digests = Buffer.alloc(job.images * DIGEST_BYTES);
    for (let shard = 0; shard < job.shards; shard++) {
      const result = await openResult(folder, job, shard, read.widths);
      if (!result || result.facts.job !== job.id || result.facts.shard !== shard) continue;
      read.#take(result, await readShardList(folder, job, shard), job, folders);
    }
    return read;
  }

  #take(
    result: OpenResult,
    list: readonly ListedImage[],
    job: JobDocument,
    folders: readonly string[],
  ): void {
    const which = this.#results.push(result) - 1;
    for (const [row, known] of result.rows.entries()) {
      const listed = list[row];
      if (!isSameImage(listed, known.image)) return;
      const file = fileOf(listed, folders);
      if (listed.truth) this.truths.set(file, listed.truth);
      // A list may name an image twice.
      if (this.places.has(file)) continue;
      if (known.skipped) {
        this.unread++;
        continue;
      }
      const at = this.images.push(placedImage(listed, job, file)) - 1;
      this.places.set(file, at);
      this.#at.push(which, row);
      this.#states.push(known.bytes, known.modified);
      const { facts, digest } = known;
      this.#looks.push(facts?.width ?? 0, facts?.height ?? 0, facts ? packedLook(facts) : 0);
      if (facts) this.#shapes.write(facts.shape, at * SHAPE_BYTES, SHAPE_BYTES, 'latin1');
      if (digest) this.#digests.write(digest, at * DIGEST_BYTES, DIGEST_BYTES, 'latin1');
    }
  }

  stateOf(at: number): ImageState {
    const [bytes, modified] = this.#states.slice(at * 2, at * 2 + 2);
    return { path: this.images[at].path, bytes, modified, changed: 0, inode: 0 };
  }

  factsOf(at: number): ImageFacts | undefined {
    const [width, height, look] = this.#looks.slice(at * 3, at * 3 + 3);
    if (width === 0) return undefined;
    const shape = this.#shapes.toString('latin1', at * SHAPE_BYTES, (at + 1) * SHAPE_BYTES);
    return { width, height, ...unpackedLook(look), shape };
  }

  digestOf(at: number): string | undefined {
    const digest = this.#digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES);
    return digest.some((byte) => byte !== 0) ? digest.toString('latin1') : undefined;
  }

  read(vector: Vector, at: number, into: Float32Array): boolean {
    const [which, row] = this.#at.slice(at * 2, at * 2 + 2);
    return this.#results[which].read(this.#files, vector, row, into);
  }
}

/** Whether a result is about the image that was planned. */
export function isSameImage(
  listed: Pick<ListedImage, 'name' | 'folder'> | undefined,
  { name, folder }: Pick<ListedImage, 'name' | 'folder'>,
): boolean {
  return listed?.name === name && listed.folder === folder;
}

/** An image with what the layout of its folder says of it. */
export function placedImage(
  { name, folder, split }: Pick<ListedImage, 'name' | 'folder' | 'split'>,
  { folders }: Pick<JobDocument, 'folders'>,
  file: string,
): PlacedImage {
  const { path: root, layout } = folders[folder];
  const parts = name.split('/');
  const fileName = parts.pop() ?? '';
  // Of a job that was planned on Windows, a root has other separators.
  const rootName = root.split(/[/\\]/).filter(Boolean).pop() ?? '';
  return { path: file, ...placeOf(layout, rootName, parts, fileName), ...(split && { split }) };
}

/** One kind of numbers of the images of a job. */
class JobStore implements OutputStore {
  readonly width: number;
  readonly held: HeldImages;
  readonly #images: JobImages;
  readonly #vector: Vector;

  constructor(images: JobImages, vector: Vector, width: number) {
    this.width = width;
    this.#images = images;
    this.#vector = vector;
    this.held = {
      version: images.version,
      unread: images.unread,
      *all() {
        for (const [at, image] of images.images.entries()) yield { image, state: images.stateOf(at) };
      },
    };
  }

  get isEmpty(): boolean {
    return this.#images.images.length === 0;
  }

  has({ path: file }: ImageState): boolean {
    return this.#images.places.has(file);
  }

  knows(image: ImageState): boolean {
    return this.has(image);
  }

  find({ path: file }: ImageState, into = new Float32Array(this.width)): Float32Array | undefined {
    const at = this.#images.places.get(file);
    return at !== undefined && this.#images.read(this.#vector, at, into) ? into : undefined;
  }

  recognize(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  factsOf({ path: file }: ImageState): ImageFacts | undefined {
    const at = this.#images.places.get(file);
    return at === undefined ? undefined : this.#images.factsOf(at);
  }

  digestOf({ path: file }: ImageState): string | undefined {
    const at = this.#images.places.get(file);
    return at === undefined ? undefined : this.#images.digestOf(at);
  }

  /** Nothing is kept of what is not the job's. */
  add(): void {}

  carry(): boolean {
    return false;
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
