import { stat } from 'node:fs/promises';
import path from 'node:path';
import { imagesOfShard, type JobDocument, resultFile } from '../../core/jobs/job.ts';
import type { ResultFacts, ResultRow, ResultWidths } from '../../core/jobs/shardResult.ts';
import { writeWhole } from '../../files/wholeFile.ts';
import { checkJson, jsonResult, openJson } from './jsonResult.ts';
import type { OpenResult, ResultShape } from './openResult.ts';
import { checkParquet, openParquet, parquetResult } from './parquetResult.ts';

/** What there is of a shard. */
export type ResultState =
  | { readonly kind: 'missing' | 'damaged' | 'foreign' }
  | { readonly kind: 'whole'; readonly facts: ResultFacts };

/**
 * Looks whether the result of a shard is there, whole and of this job: all its bytes are read.
 * @throws what the file system says where it cannot be read
 */
export async function checkResult(folder: string, job: JobDocument, shard: number): Promise<ResultState> {
  const file = path.join(folder, resultFile(job, shard));
  let facts: ResultFacts | undefined;
  try {
    if (!(await stat(file)).isFile()) return { kind: 'damaged' };
    facts = job.format === 'parquet' ? await checkParquet(file) : await checkJson(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  if (!facts || facts.images !== imagesOfShard(job, shard)) return { kind: facts ? 'foreign' : 'damaged' };
  return facts.job === job.id && facts.shard === shard ? { kind: 'whole', facts } : { kind: 'foreign' };
}

/**
 * Writes the result of a shard, whole or not at all.
 * @param facts asked for when all rows were taken
 * @throws {SemapError} as `writeWhole`; what the rows throw
 */
export async function writeResult(
  folder: string,
  job: JobDocument,
  shard: number,
  rows: AsyncIterable<ResultRow>,
  shape: ResultShape,
  facts: () => ResultFacts,
): Promise<string> {
  const file = path.join(folder, resultFile(job, shard));
  const write = job.format === 'parquet' ? parquetResult : jsonResult;
  await writeWhole(file, write(rows, shape, facts), { root: folder, folders: true });
  return file;
}

/**
 * Opens a result; undefined where it is missing or none of this shard. That its bytes are as they were written, `checkResult`
 * says.
 * @throws what the file system says where it cannot be read: nobody must take that for a shard that is missing
 */
export async function openResult(
  folder: string,
  job: JobDocument,
  shard: number,
  widths: ResultWidths,
): Promise<OpenResult | undefined> {
  const file = path.join(folder, resultFile(job, shard));
  const expected = { images: imagesOfShard(job, shard), widths };
  try {
    return await (job.format === 'parquet' ? openParquet(file, expected) : openJson(file, expected));
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined || code === 'ENOENT') return undefined;
    throw error;
  }
}

/** How many numbers of an image the results of a job hold. */
export function widthsOf({ lean, features, backbones }: JobDocument, targets: number): ResultWidths {
  if (lean) return { scores: 0, outputs: 0, features: 0 };
  return {
    scores: targets,
    outputs: backbones.reduce((sum, { labelSpace }) => sum + labelSpace.labels.length, 0),
    features: features?.width ?? 0,
  };
}
