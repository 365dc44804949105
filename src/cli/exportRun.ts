import type { ExportSource } from '../core/exports/exportedRun.ts';
import { type ExportFilter, filtered, truthFilters } from '../core/exports/exportFilter.ts';
import { followed, mustHaveImages } from '../core/exports/followedSource.ts';
import type { Format, FormatOptions } from '../core/exports/format.ts';
import { formats } from '../core/exports/formats.ts';
import { splitNames } from '../core/folders/layout.ts';
import { closestName } from '../core/text/closestName.ts';
import { ENGLISH, plural, say } from '../core/text/text.ts';
import { type FileExport, filesOfExport, writeExport } from '../files/exportFile.ts';
import { type CommandContext, EXIT } from './command.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { exportSource } from './exportSources.ts';
import { exportTree } from './exportTree.ts';
import { checkOutput, outputError } from './outputFiles.ts';
import { printable, type Terminal } from './terminal.ts';
import { Thumbnails } from './thumbnails.ts';

/** Which images leave, as the gallery of results filters them. */
export const filterOptions = {
  label: {
    value: 'LABEL',
    multiple: true,
    text: 'Only images with this label. Can be repeated. - stands for images with none.',
  },
  'at-least': { value: 'P', text: 'Only answers with at least this confidence (0 to 1).' },
  'at-most': { value: 'P', text: 'Only answers with at most this confidence: those to look at.' },
  accepted: { text: 'Only images that a person labeled, or whose answer a person accepted.' },
  truth: {
    value: truthFilters.join('|'),
    text: 'Only images whose true label is known; whose answer is that label; whose answer is another.',
  },
  split: { value: splitNames.join('|'), text: 'Only images of this split.' },
  'without-duplicates': { text: 'Of images that are nearly the same, only the first.' },
} as const satisfies OptionTable;

/** Writes a classification in a format. */
export async function exportRun({ args, setup, terminal, signal, version }: CommandContext): Promise<number> {
  const named = args.only(
    'semap export takes one source.',
    'For example: semap export result.json --as csv --to result.csv',
  );
  const format = formatOf(args);
  const filter = filterOf(args);
  const options = optionsOf(format, args);
  const to = args.text('to');
  const isTried = args.flag('dry-run');
  if (to === undefined) throw new UsageError('--to PATH says where to write.');
  if (format.kind === 'sidecars') throw new UsageError(`--as ${format.id} cannot be written.`);
  if (to === '-' && args.flag('json')) throw new UsageError('--json cannot be used with --to -.');
  if (to === '-' && format.kind !== 'file') throw new UsageError(`--as ${format.id} needs a folder, not -.`);
  if (to !== '-' && format.kind === 'file') checkOutput('to', to);
  const source = await exportSource(named);
  for (const note of source.run.notes ?? []) terminal.err(`Warning: ${say(note)}\n`);
  mustBeLabels(filter, source);
  let images = 0;
  const chosen = followed(filtered(source, filter), {
    signal,
    onImages: (count) => {
      images = count;
    },
  });
  await mustHaveImages(chosen);
  if (format.kind === 'tree')
    return exportTree(format, chosen, { to, options, isTried, args, terminal, signal });
  const thumbnails = new Thumbnails(setup, signal);
  const thumbnail = (file: string, size: number) => thumbnails.of(file, size);
  const context = { version, language: ENGLISH, filter, thumbnail };
  const asked = { format, source: chosen, options, context, to };
  const written = isTried
    ? tryFile(asked)
    : to === '-'
      ? printFile(asked, terminal)
      : writeExport(asked).catch((error) => Promise.reject(outputError('to', error)));
  await written.finally(() => thumbnails.close());
  if (to === '-') return EXIT.done;
  const files = filesOfExport(asked);
  const of = source.run.images;
  terminal.result(args.flag('json'), { format: format.id, dryRun: isTried, images, of, files }, () => {
    const words = say(plural(of, '{1} of {0} image', '{1} of {0} images', images));
    return `${isTried ? 'Would write' : 'Wrote'} ${files.map(printable).join(', ')}: ${words}\n`;
  });
  return EXIT.done;
}

/** Writes a file as it would be to standard output. */
async function printFile(
  { format, source, options, context }: FileExport,
  terminal: Terminal,
): Promise<void> {
  for await (const part of format.write(source, options, context)) {
    if (typeof part !== 'string')
      throw new UsageError(`--as ${format.id} writes no text. Name a file with --to.`);
    // The mark at the beginning of a file is for programs that open files.
    terminal.content(part.replace(/^\uFEFF/, ''));
  }
}

/** Goes through all of it, and writes nothing. */
async function tryFile({ format, source, options, context }: FileExport): Promise<void> {
  for await (const _ of format.write(source, options, context)) {
    // Only that it can be made is of interest.
  }
}

/** @throws {UsageError} */
function formatOf(args: Arguments): Format {
  const ids = formats.map(({ id }) => id);
  const id = args.oneOf('as', ids);
  const format = formats.find((one) => one.id === id);
  if (format) return format;
  throw new UsageError('--as FORMAT says what to write.', `One of: ${ids.join(', ')}.`);
}

/** @throws {UsageError} */
function filterOf(args: Arguments): ExportFilter {
  const labels = args.texts('label').map((label) => (label === '-' ? '' : label));
  const filter = {
    labels: labels.length === 0 ? undefined : labels,
    least: args.number('at-least', { least: 0, most: 1 }),
    most: args.number('at-most', { least: 0, most: 1 }),
    accepted: args.flag('accepted') || undefined,
    truth: args.oneOf('truth', truthFilters),
    split: args.oneOf('split', splitNames),
    withoutDuplicates: args.flag('without-duplicates') || undefined,
  };
  const { least = 0, most = 1 } = filter;
  if (least > most) throw new UsageError('--at-least is above --at-most.');
  return filter;
}

/**
 * What the format asks; nothing that only others ask.
 * @throws {UsageError}
 */
function optionsOf(format: Format, args: Arguments): FormatOptions {
  const own = new Map((format.options ?? []).map((option) => [option.name, option]));
  const options: Record<string, string | true> = {};
  for (const { options: all = [] } of formats) {
    for (const { name } of all) {
      if (!args.has(name) || Object.hasOwn(options, name)) continue;
      const option = own.get(name);
      if (!option) throw new UsageError(`--${name} cannot be used with --as ${format.id}.`);
      const { choices, value } = option;
      const chosen =
        choices &&
        args.oneOf(
          name,
          choices.map(({ id }) => id),
        );
      options[name] = chosen ?? (value === undefined ? true : (args.text(name) ?? true));
    }
  }
  return options;
}

/**
 * A label that is none of the run's leaves nothing: it is misspelled.
 * @throws {UsageError}
 */
function mustBeLabels({ labels = [] }: ExportFilter, { run }: ExportSource): void {
  // Common kinds are no labels of the alignment, and are known only by what is said.
  if (run.has.caution) return;
  const unknown = labels.find((label) => label !== '' && !run.labels.includes(label));
  if (unknown === undefined) return;
  const near = closestName(unknown, run.labels);
  throw new UsageError(`--label: no label is "${unknown}".`, near && `Did you mean ${near}?`);
}
