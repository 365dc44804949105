import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import type { JobDocument } from '../../core/jobs/job.ts';
import { phrase } from '../../core/text/text.ts';
import type { BackboneRef } from '../../protocol/models.ts';
import type { Backbones } from '../backbones/backbones.ts';

/**
 * The backbones of a job as they are on this machine: where somebody says, else where they were, else by name, else any
 * file with the same content. What is known of them is the job's.
 * @throws {SemapError} `not-found`; `labels-mismatch` for a file that was named and is another
 */
export async function localBackbones(
  backbones: Backbones,
  job: JobDocument,
  given: readonly BackboneRef[],
): Promise<readonly BackboneDescription[]> {
  const found: BackboneDescription[] = [];
  for (const [at, described] of job.backbones.entries()) {
    const named = given[at];
    const file =
      named === undefined ? await searched(backbones, described) : await atName(backbones, described, named);
    found.push({ ...described, path: file });
  }
  return found;
}

async function atName(
  backbones: Backbones,
  { name, sha256 }: BackboneDescription,
  ref: BackboneRef,
): Promise<string> {
  const file = await backbones.find(ref);
  const [hash] = await backbones.hashes([file]);
  if (hash === sha256) return file;
  if (hash === null) throw missing(name);
  throw new SemapError(
    'labels-mismatch',
    phrase('{0} is another file than {1}, which the job was planned with.', file, name),
    {
      hint: phrase('Name the same file, or plan the job again with semap plan.'),
    },
  );
}

async function searched(backbones: Backbones, { name, path, sha256 }: BackboneDescription): Promise<string> {
  for (const ref of [path, name]) {
    const file = await backbones.find(ref).catch(() => undefined);
    if (file !== undefined && (await backbones.hashes([file]))[0] === sha256) return file;
  }
  for await (const { path: file } of backbones.entries())
    if ((await backbones.hashes([file]))[0] === sha256) return file;
  throw missing(name);
}

function missing(name: string): SemapError {
  return new SemapError('not-found', phrase('The backbone {0} of the job is not on this machine.', name), {
    hint: phrase('Name its file with --backbone, or its folder with --backbone-folder.'),
  });
}
