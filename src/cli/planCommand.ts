import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DEFAULT_BACKBONE } from '../capabilities/alignLabels.ts';
import { layOut } from '../capabilities/layOut.ts';
import type { Session } from '../capabilities/session.ts';
import type { ImageFolders } from '../core/folders/layout.ts';
import { JOB_FILES, resultFormats } from '../core/jobs/job.ts';
import type { RecipeJob } from '../core/jobs/recipes/recipe.ts';
import { type JobEngine, jobEngines, recipeFor } from '../core/jobs/recipes/recipes.ts';
import { imageCount } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { plural, say } from '../core/text/text.ts';
import { mustBeFolder } from '../files/folders.ts';
import { readJob } from '../files/jobFolder.ts';
import { writeWhole } from '../files/wholeFile.ts';
import type { ImageList } from '../protocol/jobs.ts';
import { answeringOptions, askedAlignment } from './askedAlignment.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError, written } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { backbonesOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal } from './terminal.ts';

/** Images of a shard where nobody says how many: minutes of one machine. */
const IMAGES_PER_SHARD = 10_000;
const MOST_PER_SHARD = 1_000_000;

export const planCommand: Command = {
  name: 'plan',
  usage: 'plan FOLDER... | --list FILE --out JOB [--images-per-shard N] [--for ENGINE] [--json]',
  summary: 'Plan a job for many machines: the images in shards, and all that answers for them.',
  text: 'Lists the images of the folders, or of a file that names them, and writes a folder that holds a list for each shard, the alignment, and the hashes of the backbones. Any machine that has the images and the backbones can then run a shard (semap run-shard), with an engine such as Slurm or Kubernetes; semap merge puts the results together and answers as semap classify does. --for writes the script of an engine into the folder. For a job that is there, --out and --for alone write another one.',
  options: {
    out: { value: 'JOB', text: 'The folder of the job: new, or empty.' },
    'images-per-shard': {
      value: 'N',
      text: `Images of a shard (default ${IMAGES_PER_SHARD.toLocaleString('en')}).`,
    },
    list: {
      value: 'FILE|-',
      text: 'A file with a path per line, instead of folders; - for standard input.',
    },
    root: {
      value: 'DIR',
      text: 'With --list: what relative paths are relative to (default: the current folder). Its layout then names the classes.',
    },
    for: {
      value: 'ENGINE',
      text: `Also write what an engine runs the shards with: ${jobEngines.join(', ')}.`,
    },
    format: { value: 'FORMAT', text: 'Format of the results: parquet (default) or jsonl.' },
    lean: {
      text: 'Results hold answers alone: much smaller, but they cannot be settled, scored again or compared for near-duplicates.',
    },
    ...answeringOptions,
    ...folderOptions,
    ...methodOptions,
    ...backbonesOption,
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap plan photos/ -a photos.semap.json --images-per-shard 5000 --out job --for slurm', 'For Slurm.'],
    [
      'find /data -name "*.jpg" | semap plan --list - --labels cat,dog --out job',
      'Images that another program lists.',
    ],
    ['semap plan --out job --for kubernetes', 'The script of another engine, for a job that is there.'],
  ],
  async run({ args, setup, terminal, signal, version }) {
    const out = args.text('out');
    if (out === undefined)
      throw new UsageError('--out is missing: the folder of the job.', 'For example: --out job');
    const folder = path.resolve(out);
    const engineName = args.oneOf('for', jobEngines);
    const named = args.text('list');
    if (named !== undefined && args.positionals.length > 0)
      throw new UsageError('--list and FOLDER exclude each other.');
    if (named !== undefined && args.has('split'))
      throw new UsageError('--split cannot be used with --list, which names the images.');
    if (named === '-' && args.text('labels') === '-')
      throw new UsageError(
        '--list - and --labels - cannot both read standard input.',
        'Write one of them into a file.',
      );
    if (named === undefined && args.has('root'))
      throw new UsageError('--root needs --list.', 'It is what the paths of the list are relative to.');
    if (named === undefined && args.positionals.length === 0) {
      if (engineName === undefined || stateOf(path.join(folder, JOB_FILES.job)) === undefined)
        throw new UsageError('No folder to plan.', 'For example: semap plan photos/ --out job');
      refusePlanned(args);
      return toldRecipe(args, { folder, engineName }, terminal);
    }
    const imagesPerShard = args.whole('images-per-shard', 1, MOST_PER_SHARD) ?? IMAGES_PER_SHARD;
    const format = args.oneOf('format', resultFormats) ?? 'parquet';
    const answering = await askedAlignment(args, { runs: false });
    const askedFor = await askedFolders(args);
    const root = path.resolve(args.text('root') ?? '.');
    if (named !== undefined) await mustBeFolder(root);
    const list = named === undefined ? undefined : await listOf(named);
    try {
      return await withEngine(setup, async (engine) => {
        const images = list
          ? await imagesOfList(args, root, sessionOf(engine, terminal, signal))
          : await layOut(askedFor, sessionOf(engine, terminal, signal));
        const { alignment, backbone, sidecar } = await answering.of(images, engine, terminal, signal);
        const imageList: ImageList | undefined = list && {
          file: list.file,
          root,
          layout: images.layouts?.[0] ?? { kind: 'flat' },
        };
        const planned = await engine
          .call(
            'planJob',
            {
              folder,
              images,
              list: imageList,
              backbone,
              sidecar,
              alignment,
              imagesPerShard,
              format,
              lean: args.flag('lean'),
              semap: version,
            },
            {
              signal,
              onProgress: ({ images: found }) => terminal.rewrite(`Planned: ${say(imageCount(found))}`),
            },
          )
          .finally(() => terminal.rewrite(''));
        const start = engineName && (await writeRecipe(folder, engineName));
        if (args.flag('json')) terminal.json({ job: folder, ...planned, imagesPerShard, start });
        else {
          const shards = say(plural(planned.shards, '{0} shard', '{0} shards'));
          terminal.out(`${say(imageCount(planned.images))} in ${shards}: ${printable(folder)}\n`);
          if (planned.skipped > 0) terminal.out(`Not read: ${say(imageCount(planned.skipped))}\n`);
          tellStart(folder, start, terminal, planned.shards);
        }
        return EXIT.done;
      });
    } finally {
      await list?.dispose();
    }
  },
};

/** A job that is there keeps all that it was planned with. @throws {UsageError} */
function refusePlanned(args: Arguments): void {
  const unused = Object.keys(planCommand.options).find(
    (name) => name !== 'out' && name !== 'for' && !Object.hasOwn(commonOptions, name) && args.has(name),
  );
  if (unused === undefined) return;
  throw new UsageError(
    `${written(unused)} cannot be changed in a job that is planned.`,
    'Name its images and another folder with --out to plan it anew, or give --out and --for alone.',
  );
}

/** The file of a list; standard input is written down first, so that the engine can read it. */
async function listOf(named: string): Promise<{ readonly file: string; dispose(): Promise<void> }> {
  if (named !== '-') {
    if (!stateOf(named))
      throw new UsageError(`There is no list ${named}.`, 'It is a file with a path per line.');
    return { file: path.resolve(named), dispose: async () => {} };
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'semap-list-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  const file = path.join(folder, 'list.txt');
  try {
    await writeWhole(file, process.stdin as AsyncIterable<Uint8Array>, { flush: false });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { file, dispose };
}

/** What lies below the root of a list is told apart by its layout where somebody names one of both. */
async function imagesOfList(args: Arguments, root: string, session: Session): Promise<ImageFolders> {
  if (!args.has('root') && !args.has('layout')) return { folders: [root], layouts: [{ kind: 'flat' }] };
  const { layout } = await askedFolders(args);
  return layOut({ folders: [root], layout, split: undefined }, session);
}

async function toldRecipe(
  args: Arguments,
  { folder, engineName }: { readonly folder: string; readonly engineName: JobEngine },
  terminal: Terminal,
): Promise<number> {
  const start = await writeRecipe(folder, engineName);
  if (args.flag('json')) terminal.json({ job: folder, start });
  else tellStart(folder, start, terminal);
  return EXIT.done;
}

/** Writes the files of an engine into the folder of a job. @returns the commands that start it */
async function writeRecipe(folder: string, engine: JobEngine): Promise<readonly string[]> {
  const { id, shards, folders, backbones } = await readJob(folder);
  // The starter is a part of every SeMap.
  const brought = backbones.filter(({ name }) => name !== DEFAULT_BACKBONE);
  const read = [
    ...folders.map(({ path: one }) => one),
    ...brought.map(({ path: file }) => path.dirname(file)),
  ];
  const job: RecipeJob = { folder, id, shards, folders: read };
  const { files, start } = recipeFor(engine, job);
  for (const { name, text } of files) await writeWhole(path.join(folder, name), text, { root: folder });
  return start;
}

/** What comes next. @param start command lines of an engine; absent: whoever runs the shards */
function tellStart(
  folder: string,
  start: readonly string[] | undefined,
  terminal: Terminal,
  shards?: number,
): void {
  const word = printable(shellWord(folder));
  if (start) {
    terminal.out(`Start it in ${printable(folder)}:\n`);
    for (const line of start) terminal.out(`  ${printable(line)}\n`);
  } else if (shards !== undefined && shards > 0) {
    const all = shards === 1 ? '0' : `0-${shards - 1}`;
    terminal.out(`Run its shards, on any machine: semap run-shard ${word} ${all}\n`);
  }
  terminal.out(`Then: semap merge ${word}\n`);
}
