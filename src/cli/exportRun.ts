import { sourceWithLooks } from '../capabilities/exportSource.ts';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { filtered } from '../core/exports/exportFilter.ts';
import { followed, mustHaveImages } from '../core/exports/followedSource.ts';
import { ENGLISH, plural, say } from '../core/text/text.ts';
import { type FileExport, filesOfExport, writeExport } from '../files/exportFile.ts';
import { backboneFor } from './alignmentArguments.ts';
import { type CommandContext, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { EngineOnDemand } from './engineOnDemand.ts';
import { filterOf, formatOf, mustBeLabels, optionsOf } from './exportOptions.ts';
import { exportSidecars } from './exportSidecars.ts';
import { exportSource } from './exportSources.ts';
import { exportTree } from './exportTree.ts';
import { checkOutput, outputError } from './outputFiles.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal } from './terminal.ts';

/** Writes a classification in a format. */
export async function exportRun(command: CommandContext): Promise<number> {
  const engine = new EngineOnDemand(command.setup);
  try {
    return await exportWith(engine, command);
  } finally {
    await engine.stop();
  }
}

async function exportWith(engine: EngineOnDemand, command: CommandContext): Promise<number> {
  const { args, terminal, signal, version } = command;
  const session = sessionOf(engine, terminal, signal);
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
  const backbone = (alignment: AlignmentDocument) => backboneFor(args, alignment);
  const source = await sourceWithLooks(read, { format, filter }, backbone, session);
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
    return exportSidecars(format.id, chosen, { args, terminal, options, session });
  if (format.kind === 'tree')
    return exportTree(format, chosen, { to, options, isTried: dryRun, args, terminal, session });
  const thumbnail = (file: string, size: number) =>
    // Pictures of what is not written are not worth an engine.
    dryRun ? Promise.resolve(undefined) : engine.call('thumbnail', { path: file, size }, { signal });
  const context = { version, language: ENGLISH, filter, thumbnail };
  const asked = { format, source: chosen, options, context, to };
  const written = dryRun
    ? tryFile(asked)
    : to === '-'
      ? printFile(asked, terminal)
      : writeExport(asked).catch((error) => Promise.reject(outputError('to', error)));
  const files = await written;
  if (to === '-') return EXIT.done;
  const of = source.run.images;
  terminal.result(args.flag('json'), { format: format.id, dryRun, images, of, files }, () => {
    const words = say(plural(of, '{1} of {0} image', '{1} of {0} images', images));
    return `${dryRun ? 'Would write' : 'Wrote'} ${files.map(printable).join(', ')}: ${words}\n`;
  });
  return EXIT.done;
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
