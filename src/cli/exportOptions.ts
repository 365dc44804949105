import type { ExportSource } from '../core/exports/exportedRun.ts';
import { type ExportFilter, truthFilters } from '../core/exports/exportFilter.ts';
import type { Format, FormatOptions } from '../core/exports/format.ts';
import { formats } from '../core/exports/formats.ts';
import { splitNames } from '../core/folders/layout.ts';
import { closestName } from '../core/text/closestName.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';

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

/** The format that is asked for. @throws {UsageError} */
export function formatOf(args: Arguments): Format {
  const ids = formats.map(({ id }) => id);
  const id = args.oneOf('as', ids);
  const format = formats.find((one) => one.id === id);
  if (format) return format;
  throw new UsageError('--as FORMAT says what to write.', `One of: ${ids.join(', ')}.`);
}

/** The images that are asked for. @throws {UsageError} */
export function filterOf(args: Arguments): ExportFilter {
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
export function optionsOf(format: Format, args: Arguments): FormatOptions {
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
export function mustBeLabels({ labels = [] }: ExportFilter, { run }: ExportSource): void {
  // Common kinds are no labels of the alignment, and are known only by what is said.
  if (run.has.caution) return;
  const unknown = labels.find((label) => label !== '' && !run.labels.includes(label));
  if (unknown === undefined) return;
  const near = closestName(unknown, run.labels);
  throw new UsageError(`--label: no label is "${unknown}".`, near && `Did you mean ${near}?`);
}
