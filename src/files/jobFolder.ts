import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { parseAlignment, serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { namedPaths, withPaths } from '../core/alignments/documentPaths.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import {
  decidingTextOf,
  imagesOfShard,
  JOB_FILES,
  type JobDocument,
  type JobFile,
  listFile,
  parseJob,
} from '../core/jobs/job.ts';
import { type ListedImage, parseList } from '../core/jobs/shardList.ts';
import { phrase } from '../core/text/text.ts';
import { hashOfFile } from './fileState.ts';
import { makeFolders } from './folders.ts';
import { readRegularFile } from './regularFile.ts';
import { writeError, writeWhole } from './wholeFile.ts';

/** Bytes of a job.json with a hash for each of a million shards. */
const LARGEST_JOB = 128 << 20;
/** Bytes of the list of a shard of a million images with long names. */
const LARGEST_LIST = 512 << 20;
const LARGEST_ALIGNMENT = 256 << 20;
/** What is in the folder of a job before its job.json is. */
const OURS =
  /^(?:shards|results|alignment\.semap\.json|\d+-(?:prompt|head)\.safetensors|\.semap-.*\.tmp|list\.txt)$/;
/** Hexadecimal digits of a job's id. */
const ID_DIGITS = 32;
/** Hexadecimal digits of the hash of a list. */
const LIST_HASH = 16;

/**
 * The job of a folder.
 * @throws {SemapError} `not-found` for a folder that is no job; `invalid-document` where what decides is not what was planned;
 * as `parseJob`
 */
export async function readJob(folder: string): Promise<JobDocument> {
  let text: string;
  try {
    text = String(
      await readRegularFile(path.join(folder, JOB_FILES.job), { limit: LARGEST_JOB, root: folder }),
    );
  } catch (error) {
    if (toSemapError(error).reason !== 'not-found') throw error;
    throw new SemapError('not-found', phrase('{0} is not a job: it has no job.json.', folder), {
      hint: phrase('Plan it: semap plan FOLDER --out {0}', folder),
      cause: error,
    });
  }
  const job = parseJob(text);
  if (idOf(job) !== job.id) throw isOther(JOB_FILES.job);
  return job;
}

/** The id of a job: a hash of what decides its results. */
export function idOf(job: Omit<JobDocument, 'id'>): string {
  return createHash('sha256').update(decidingTextOf(job)).digest('hex').slice(0, ID_DIGITS);
}

/**
 * The images of a shard.
 * @throws {SemapError} `invalid-document` for a list that is another than was planned; `not-found`, `unreadable-file`
 */
export async function readShardList(
  folder: string,
  job: JobDocument,
  shard: number,
): Promise<readonly ListedImage[]> {
  const file = path.join(folder, listFile(shard));
  const bytes = await readRegularFile(file, { limit: LARGEST_LIST, root: folder });
  const images = listHash(bytes) === job.lists[shard] ? parseList(String(bytes), job.folders.length) : [];
  if (images.length !== imagesOfShard(job, shard)) throw isOther(listFile(shard));
  return images;
}

function listHash(list: Uint8Array): string {
  return createHash('sha256').update(list).digest('hex').slice(0, LIST_HASH);
}

/**
 * The alignment of a job, with absolute paths of its prompts and heads, which lie in the job.
 * @throws {SemapError} `invalid-document` for files that are others than were planned
 */
export async function readJobAlignment(folder: string, job: JobDocument): Promise<AlignmentDocument> {
  for (const file of [job.alignment, ...job.files]) await mustBeAsPlanned(folder, file);
  const bytes = await readRegularFile(path.join(folder, job.alignment.file), {
    limit: LARGEST_ALIGNMENT,
    root: folder,
  });
  const here = new Set(job.files.map(({ file }) => file));
  return withPaths(parseAlignment(String(bytes)), (named, what) => {
    if (what === 'backbone' || what === 'folder') return named;
    if (!here.has(named)) throw isOther(named);
    return path.join(folder, named);
  });
}

async function mustBeAsPlanned(folder: string, { file, sha256 }: JobFile): Promise<void> {
  const whole = path.join(folder, file);
  const hash = await hashOfFile(whole).catch((error) => {
    if (toSemapError(error).reason === 'not-found') throw isOther(file);
    throw error;
  });
  if (hash.toString('hex') !== sha256) throw isOther(file);
}

function isOther(file: string): SemapError {
  return new SemapError(
    'invalid-document',
    phrase('{0} of the job is missing, or was changed since the job was planned.', file),
    {
      hint: phrase('Plan the job again with semap plan.'),
    },
  );
}

/**
 * Makes the folder of a job that is planned.
 * @throws {SemapError} `already-exists` for a folder with anything in it; `not-writable`
 */
export async function makeJobFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder);
    const names = await readdir(folder);
    if (names.includes(JOB_FILES.job))
      throw new SemapError('already-exists', phrase('{0} already contains a job.', folder), {
        hint: phrase(
          'Choose another folder, or delete this one. For another script of this job, give --out and --for alone.',
        ),
      });
    const others = names.filter((name) => !OURS.test(name));
    if (others.length > 0)
      throw new SemapError(
        'already-exists',
        phrase('{0} is not empty: it contains {1}.', folder, others[0]),
        {
          hint: phrase('Choose an empty folder, or one that does not exist yet.'),
        },
      );
    // Of a plan that was interrupted.
    await rm(path.join(folder, JOB_FILES.shards), { recursive: true, force: true });
    for (const name of [JOB_FILES.shards, JOB_FILES.results]) await makeFolders(path.join(folder, name));
  } catch (error) {
    throw writeError(folder, error);
  }
}

/** Copies the alignment and the files that it names into the job. */
export async function copyAlignment(
  folder: string,
  alignment: AlignmentDocument,
): Promise<Pick<JobDocument, 'alignment' | 'files'>> {
  const names = new Map<string, string>();
  for (const { file, what } of namedPaths(alignment)) {
    if (what === 'backbone' || what === 'folder' || names.has(file)) continue;
    names.set(file, `${names.size}-${what}.safetensors`);
  }
  const files: JobFile[] = [];
  for (const [from, file] of names)
    files.push(await copied(folder, file, await readRegularFile(from, { limit: LARGEST_ALIGNMENT })));
  const portable = withPaths(alignment, (named) => names.get(named) ?? named);
  const text = serialiseAlignment(portable);
  return { alignment: await copied(folder, JOB_FILES.alignment, Buffer.from(text)), files };
}

async function copied(folder: string, file: string, bytes: Uint8Array): Promise<JobFile> {
  await writeWhole(path.join(folder, file), bytes, { root: folder });
  return { file, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export async function writeShardList(folder: string, shard: number, list: Uint8Array): Promise<string> {
  await writeWhole(path.join(folder, listFile(shard)), list, { root: folder, flush: false });
  return listHash(list);
}

/** Written last: a folder without it is no job. */
export async function writeJob(folder: string, job: JobDocument): Promise<void> {
  await writeWhole(path.join(folder, JOB_FILES.job), `${JSON.stringify(job, undefined, 1)}\n`, {
    root: folder,
  });
}

/** Where an image of a job is on this machine. @param folders those of the job, as this machine has them */
export function fileOf(
  { name, folder }: Pick<ListedImage, 'name' | 'folder'>,
  folders: readonly string[],
): string {
  return path.join(folders[folder], ...name.split('/'));
}
