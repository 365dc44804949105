import path from 'node:path';
import { invalidArgument, LASTING, type Reason, type SemapError } from '../core/errors.ts';
import { indexesOf } from '../core/jobs/indexes.ts';
import { imageCount } from '../core/text/numbers.ts';
import { phrase, say } from '../core/text/text.ts';
import { readJob } from '../files/jobFolder.ts';
import { backboneNames, backboneRef } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { backbonesOption, commonOptions } from './options.ts';
import { printable } from './terminal.ts';

/** Variables in which engines say which task of an array this is. */
const INDEX_VARIABLES = ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX'];
const MOST_TASKS = 1_000_000;

/** What is the same at every try, on every machine; all else may go otherwise the next time. */
const FINAL: ReadonlySet<Reason> = new Set<Reason>([...LASTING, 'not-found', 'already-exists']);

/** The exit code by which an engine knows whether to try again. */
export function shardExit({ reason }: Pick<SemapError, 'reason'>): number {
  return FINAL.has(reason) ? EXIT.never : EXIT.again;
}

export const runShardCommand: Command = {
  name: 'run-shard',
  usage: 'run-shard JOB [INDEX] [--tasks N] [--root DIR] [--backbone FILE] [--json]',
  summary: 'Classify a shard of a job that semap plan wrote.',
  text: `Classifies the images of a shard and writes the result whole, under another name first. A result that is there, whole and of this job is left as it is, so a shard can be run as often as an engine likes. Without INDEX, it is read from ${INDEX_VARIABLES.join(', ')}. Exit codes: 0 done; ${EXIT.again} try again (device, memory, disk, a folder that is not mounted); ${EXIT.never} never (a job of another version, damaged or inconsistent, another backbone).`,
  options: {
    tasks: {
      value: 'N',
      text: 'INDEX is one of N tasks that share the shards: task 0 runs shards 0, N, 2N, ... For engines that allow fewer tasks than there are shards.',
    },
    root: {
      value: 'DIR',
      multiple: true,
      text: "Where this machine has the job's folder of images. Repeated: its next folders.",
    },
    backbone: {
      ...backbonesOption.backbone,
      text: "Where this machine has the job's backbone, if not at the same path or in a folder of backbones. Repeated: its next backbones. Its content must be the same.",
    },
    ...commonOptions,
  },
  examples: [
    ['semap run-shard job 0', 'The first shard.'],
    ['semap run-shard job 3,7-9 --root /mnt/photos', 'Some shards, with the images elsewhere.'],
    ['semap run-shard job --tasks 1000', 'In an array of 1,000 tasks, each with its share of the shards.'],
  ],
  failed: shardExit,
  outlivesReader: () => true,
  async run({ args, setup, terminal, signal, version }) {
    const [named, given, ...more] = args.positionals;
    if (named === undefined || more.length > 0)
      throw new UsageError(
        'semap run-shard takes a job, and which of its shards.',
        'For example: semap run-shard job 0',
      );
    const asked = given ?? INDEX_VARIABLES.map((name) => process.env[name]).find(Boolean);
    if (asked === undefined)
      throw new UsageError('No index of a shard.', `Name it, or set ${INDEX_VARIABLES.join(' or ')}.`);
    const tasks = args.whole('tasks', 1, MOST_TASKS);
    const roots = args.texts('root').map((folder) => path.resolve(folder));
    const backbones = backboneNames(args).map(backboneRef);
    const folder = path.resolve(named);
    const { shards: count } = await readJob(folder);
    const shards = shardsOf(asked, count, tasks);
    return withEngine(setup, async (engine) => {
      for (const shard of shards) {
        const done = await engine
          .call(
            'runShard',
            { job: folder, shard, roots, backbones, semap: version },
            {
              signal,
              onProgress: ({ done: images, total }) =>
                terminal.rewrite(
                  `Shard ${shard}: ${images.toLocaleString('en')} of ${say(imageCount(total))}`,
                ),
              onAgain: (why) => terminal.err(`${printable(why)} Continuing with a new engine.\n`),
            },
          )
          .finally(() => terminal.rewrite(''));
        const { result, images, skipped, seconds, already } = done;
        if (args.flag('json'))
          terminal.out(`${JSON.stringify({ shard, result, images, skipped, seconds, already })}\n`);
        else {
          const unread = skipped > 0 ? `, ${skipped.toLocaleString('en')} of them not read` : '';
          terminal.out(
            `Shard ${shard}${already ? ' was done before' : ''}: ${say(imageCount(images))}${unread}\n`,
          );
        }
      }
      return EXIT.done;
    });
  },
};

/** @throws {UsageError} for what is no index; `invalid-argument` for one that the job does not have */
function shardsOf(asked: string, count: number, tasks: number | undefined): readonly number[] {
  const indexes = indexesOf(asked, tasks ?? count);
  if (indexes === undefined)
    throw new UsageError(`"${asked}" is no index of a shard.`, 'For example: 3, 0-9 or 3,7-9.');
  if (indexes === 'beyond')
    throw invalidArgument(
      tasks === undefined
        ? phrase('The job has no shard {0}: its shards are 0 to {1}.', asked, count - 1)
        : phrase('There is no task {0}: tasks are 0 to {1}.', asked, tasks - 1),
    );
  if (tasks === undefined) return indexes;
  return indexes.flatMap((task) =>
    Array.from({ length: Math.max(0, Math.ceil((count - task) / tasks)) }, (_, i) => task + i * tasks),
  );
}
