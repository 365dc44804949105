import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { furtherParts } from '../backbones/sameBackbone.ts';
import { SemapError } from '../errors.ts';
import { type ImageFolders, isImageFolders, type Layout, type SplitName } from '../folders/layout.ts';
import type { PassedOver } from '../images/imageFiles.ts';
import type { FeatureTap } from '../onnx/featureTap.ts';
import { readSkipped, type SkippedImage } from '../runs/run.ts';
import { phrase } from '../text/text.ts';

/*
 * A job: a list of images in shards, and all that answers for them, so that many machines classify them. Its folder holds
 *
 *   job.json                 this document, written last: a folder without it is no job
 *   alignment.semap.json     and the files that it names, beside it
 *   shards/000000.jsonl      the images of a shard, a line each (see shardList.ts)
 *   results/000000.parquet   what a shard came to; written whole, so that one that is there is whole
 *   run/                     what `semap merge` makes of them: a run, as those of .semap/runs
 *
 * What commands do with it, and which exit codes they end with: docs/SCALE.md and docs/reference/jobs.md.
 */

/** Grows when shards or results are read in another way: a job of another version is never run. */
export const JOB_VERSION = 1;

export const JOB_FILES = {
  job: 'job.json',
  alignment: 'alignment.semap.json',
  shards: 'shards',
  results: 'results',
  run: 'run',
} as const;

/** Shards of a job, at most: each is a file, and a hash in the document. */
export const MOST_SHARDS = 1_000_000;

export const resultFormats = ['parquet', 'jsonl'] as const;
export type ResultFormat = (typeof resultFormats)[number];

/** A folder below which images of a job lie. */
export interface JobFolder {
  /** Absolute, on the machine that planned. Another machine may have it elsewhere: `--root`. */
  readonly path: string;
  readonly layout: Layout;
}

/** A file that the job has a copy of. */
export interface JobFile {
  /** Relative to the job's folder, with `/`. */
  readonly file: string;
  readonly sha256: string;
}

/** Penultimate features that results hold, as the machine that planned tried them out. */
export interface JobFeatures {
  readonly output: string;
  readonly axis: FeatureTap['axis'];
  readonly width: number;
}

/** What the walk of the folders left out. */
export interface LeftOut {
  /** The first of them. */
  readonly skipped: readonly SkippedImage[];
  /** All of them. */
  readonly skippedCount: number;
  readonly passedOver?: PassedOver | undefined;
}

export interface JobDocument {
  readonly 'semap-job': number;
  /** 32 hexadecimal digits: the same for the same images, backbones, alignment and form of the results. */
  readonly id: string;
  /** Version of SeMap that planned it. */
  readonly semap: string;
  /** When, as ISO 8601. */
  readonly time: string;
  /** Version of how files become pixels. Another one answers otherwise. */
  readonly pixels: number;
  readonly images: number;
  readonly imagesPerShard: number;
  /** Shards are numbered from 0. */
  readonly shards: number;
  readonly format: ResultFormat;
  /** Whether results hold answers alone: what settling and looks need is left out. */
  readonly lean: boolean;
  readonly folders: readonly JobFolder[];
  /** Only images of this split. */
  readonly split?: SplitName | undefined;
  /** Whether the images were named one by one, and not found below the folders. */
  readonly listed: boolean;
  /** As they answer without a prompt: the alignment's own, then its members. Each is found by its hash. */
  readonly backbones: readonly BackboneDescription[];
  /** Absent where the backbones have none beside the same logits, and in lean jobs. */
  readonly features?: JobFeatures | undefined;
  readonly alignment: JobFile;
  /** Prompts and heads that the alignment names. */
  readonly files: readonly JobFile[];
  /** Per shard the first 16 hexadecimal digits of the SHA-256 of its list. */
  readonly lists: readonly string[];
  readonly leftOut: LeftOut;
}

/** What decides what a shard comes to, as text to be hashed for the job's id. */
export function decidingTextOf(job: Omit<JobDocument, 'id'>): string {
  const { pixels, format, lean, features, alignment, files, lists, images } = job;
  const backbones = job.backbones.map((backbone) => {
    const { sha256, input, output, outputName, labelSpace } = backbone;
    return [sha256, input, output, outputName, labelSpace.labels.length, ...furtherParts(backbone)];
  });
  const named = files.map(({ file, sha256 }) => [file, sha256]);
  return JSON.stringify([
    JOB_VERSION,
    pixels,
    format,
    lean,
    features ?? null,
    backbones,
    alignment.sha256,
    named,
    images,
    lists,
  ]);
}

/** Images of a shard. */
export function imagesOfShard({ images, imagesPerShard, shards }: JobDocument, shard: number): number {
  return shard < shards - 1 ? imagesPerShard : images - imagesPerShard * (shards - 1);
}

/** `000012`: files of shards in the order of their names. */
function shardName(shard: number): string {
  return String(shard).padStart(6, '0');
}

export function listFile(shard: number): string {
  return `${JOB_FILES.shards}/${shardName(shard)}.jsonl`;
}

export function resultFile({ format }: Pick<JobDocument, 'format'>, shard: number): string {
  return `${JOB_FILES.results}/${shardName(shard)}.${format}`;
}

/** The folders of a job as calls name them. */
export function foldersOfJob({ folders, split }: Pick<JobDocument, 'folders' | 'split'>): ImageFolders {
  return {
    folders: folders.map(({ path }) => path),
    layouts: folders.map(({ layout }) => layout),
    ...(split && { split }),
  };
}

/**
 * Reads a job.json.
 * @throws {SemapError} `invalid-document`; `newer-document` for a job of another version, newer or older
 */
export function parseJob(text: string): JobDocument {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw broken({ cause: error });
  }
  const job = (data ?? {}) as Partial<Record<keyof JobDocument, unknown>>;
  const version = job['semap-job'];
  if (typeof version !== 'number') throw broken();
  if (version !== JOB_VERSION) throw otherVersion(version, String(job.semap));
  const counts = [job.images, job.imagesPerShard, job.shards, job.pixels];
  if (!counts.every((count) => Number.isSafeInteger(count) && (count as number) > 0)) throw broken();
  const { images, imagesPerShard, shards, lists } = job as JobDocument;
  const isWhole =
    [job.id, job.semap, job.time].every((field) => typeof field === 'string' && field !== '') &&
    resultFormats.some((format) => format === job.format) &&
    [job.lean, job.listed].every((field) => typeof field === 'boolean') &&
    shards === Math.ceil(images / imagesPerShard) &&
    shards <= MOST_SHARDS &&
    Array.isArray(lists) &&
    lists.length === shards &&
    lists.every(isHash) &&
    areFolders(job) &&
    areBackbones(job.backbones) &&
    areFeatures(job.features) &&
    isFile(job.alignment) &&
    Array.isArray(job.files) &&
    job.files.every(isFile);
  if (!isWhole) throw broken();
  return { ...(data as JobDocument), leftOut: readLeftOut(job.leftOut) };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isHash = (value: unknown) => isText(value) && /^[0-9a-f]{16,64}$/.test(value);

function areFolders({ folders, split }: { readonly folders?: unknown; readonly split?: unknown }): boolean {
  if (!Array.isArray(folders) || folders.length === 0) return false;
  const all = folders as readonly { readonly path?: unknown; readonly layout?: unknown }[];
  return isImageFolders({
    folders: all.map((folder) => folder?.path),
    layouts: all.map((folder) => folder?.layout ?? undefined),
    split,
  });
}

function areBackbones(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one: Partial<BackboneDescription> | null) => {
      const { name, sha256, input, labelSpace } = one ?? {};
      return (
        isText(name) &&
        isHash(sha256) &&
        typeof input?.preprocessing === 'object' &&
        Array.isArray(labelSpace?.labels) &&
        labelSpace.labels.every((label) => isText(label?.name))
      );
    })
  );
}

function areFeatures(value: unknown): boolean {
  if (value === undefined) return true;
  const { output, axis, width } = (value ?? {}) as Partial<JobFeatures>;
  return (
    isText(output) && (axis === 'second' || axis === 'last') && Number.isSafeInteger(width) && width! > 0
  );
}

/** What lies in the job's folder, and nowhere else. */
function isFile(value: unknown): boolean {
  const { file, sha256 } = (value ?? {}) as Partial<JobFile>;
  return isText(file) && /^[\w.-]+$/.test(file) && !file.startsWith('.') && isHash(sha256);
}

function readLeftOut(value: unknown): LeftOut {
  const { skipped, skippedCount, passedOver } = (value ?? {}) as Partial<LeftOut>;
  const read = Array.isArray(skipped) ? skipped.flatMap(readSkipped) : [];
  return {
    skipped: read,
    skippedCount: Math.max(read.length, Number.isSafeInteger(skippedCount) ? skippedCount! : 0),
    ...(passedOver && typeof passedOver === 'object' && { passedOver }),
  };
}

function broken({ cause }: { readonly cause?: unknown } = {}): SemapError {
  return new SemapError('invalid-document', phrase('job.json is damaged, or is not a job of SeMap.'), {
    hint: phrase('Plan the job again with semap plan.'),
    cause,
  });
}

function otherVersion(version: number, semap: string): SemapError {
  return new SemapError(
    'newer-document',
    phrase('The job was planned by another version of SeMap ({0}, format {1}).', semap, version),
    { hint: phrase('Use that version, or plan the job again with semap plan.') },
  );
}
