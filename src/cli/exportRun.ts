import { imageLooks, type LooksByPath } from '../capabilities/imageLooks.ts';
import { type ExportSource, withLooks } from '../core/exports/exportedRun.ts';
import { filtered } from '../core/exports/exportFilter.ts';
import { followed, mustHaveImages } from '../core/exports/followedSource.ts';
import { ENGLISH, plural, say } from '../core/text/text.ts';
import { type FileExport, filesOfExport, writeExport } from '../files/exportFile.ts';
import { backboneFor } from './alignmentArguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { filterOf, formatOf, mustBeLabels, optionsOf } from './exportOptions.ts';
import { exportSidecars } from './exportSidecars.ts';
import { exportSource } from './exportSources.ts';
import { exportTree } from './exportTree.ts';
import { checkOutput, outputError } from './outputFiles.ts';
import { printable, type Terminal } from './terminal.ts';
import { Thumbnails } from './thumbnails.ts';

/** Writes a classification in a format. */
export async function exportRun(command: CommandContext): Promise<number> {
  const { args, setup, terminal, signal, version } = command;
  const named = args.only(
    'semap export takes one source.',
    'For example: semap export result.json --as csv --to result.csv',
  );
  const format = formatOf(args);
  const filter = filterOf(args);
  const options = optionsOf(format, args);
  const to = args.text('to');
  const dryRun = args.flag('dry-run');
  const isBeside = format.kind === 'sidecars';
  if (isBeside && to !== undefined)
    throw new UsageError(`--to cannot be used with --as ${format.id}: the files are beside the images.`);
  if (!isBeside && args.has('alignment')) throw new UsageError('--alignment goes with --as xmp.');
  if (!isBeside && to === undefined) throw new UsageError('--to PATH says where to write.');
  if (to === '-' && args.flag('json')) throw new UsageError('--json cannot be used with --to -.');
  if (to === '-' && format.kind !== 'file') throw new UsageError(`--as ${format.id} needs a folder, not -.`);
  if (to !== undefined && to !== '-' && format.kind === 'file') checkOutput('to', to);
  const read = await exportSource(named);
  for (const note of read.run.notes ?? []) terminal.err(`Warning: ${say(note)}\n`);
  mustBeLabels(filter, read);
  const source = filter.withoutDuplicates || format.wants?.looks ? await lookedAt(read, command) : read;
  if (filter.withoutDuplicates && !source.run.has.looks) {
    throw new UsageError(
      '--without-duplicates: it is not known which images are nearly the same.',
      'Classify the folder again with --json, and export that.',
    );
  }
  let images = 0;
  const onImages = (count: number) => {
    images = count;
  };
  const chosen = followed(filtered(source, filter), { signal, onImages });
  await mustHaveImages(chosen);
  if (to === undefined || format.kind === 'sidecars')
    return exportSidecars(format.id, chosen, { ...command, options });
  if (format.kind === 'tree')
    return exportTree(format, chosen, { to, options, isTried: dryRun, args, terminal, signal });
  const thumbnails = new Thumbnails(setup, signal);
  const thumbnail = (file: string, size: number) =>
    // Pictures of what is not written are not worth an engine.
    dryRun ? Promise.resolve(undefined) : thumbnails.of(file, size);
  const context = { version, language: ENGLISH, filter, thumbnail };
  const asked = { format, source: chosen, options, context, to };
  const written = dryRun
    ? tryFile(asked)
    : to === '-'
      ? printFile(asked, terminal)
      : writeExport(asked).catch((error) => Promise.reject(outputError('to', error)));
  const files = await written.finally(() => thumbnails.close());
  if (to === '-') return EXIT.done;
  const of = source.run.images;
  terminal.result(args.flag('json'), { format: format.id, dryRun, images, of, files }, () => {
    const words = say(plural(of, '{1} of {0} image', '{1} of {0} images', images));
    return `${dryRun ? 'Would write' : 'Wrote'} ${files.map(printable).join(', ')}: ${words}\n`;
  });
  return EXIT.done;
}

/** The source with what its images look like, as far as it or the cache of outputs tells. */
async function lookedAt(
  source: ExportSource,
  { args, setup, signal }: CommandContext,
): Promise<ExportSource> {
  const { has, alignment, folders, layouts, split } = source.run;
  if (has.looks || !alignment) return source;
  const about = { folders, layouts, split, alignment, backbone: backboneFor(args, alignment) };
  let looks: LooksByPath | undefined;
  await withEngine(setup, async (engine) => {
    looks = await imageLooks(about, { engine, signal });
    return EXIT.done;
  });
  return looks ? withLooks(source, (file) => looks?.get(file)) : source;
}

/** Writes a file as it would be to standard output. */
async function printFile(
  { format, source, options, context }: FileExport,
  terminal: Terminal,
): Promise<readonly string[]> {
  for await (const part of format.write(source, options, context)) {
    if (typeof part !== 'string')
      throw new UsageError(`--as ${format.id} writes no text. Name a file with --to.`);
    // The mark at the beginning of a file is for programs that open files.
    terminal.content(part.replace(/^\uFEFF/, ''));
  }
  return [];
}

/** Goes through all of it, and writes nothing. @returns the files that it would write */
async function tryFile(asked: FileExport): Promise<readonly string[]> {
  for await (const _ of asked.format.write(asked.source, asked.options, asked.context)) {
    // Only that it can be made is of interest.
  }
  return filesOfExport(asked);
}
