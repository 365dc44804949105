import { invalidArgument } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import type { ExportSource } from '../exportedRun.ts';
import type { ExportContext, FileFormat, FormatOption, FormatOptions } from '../format.ts';
import { htmlReport } from './htmlReport.ts';
import { markdownReport } from './markdownReport.ts';
import { reportOf } from './report.ts';
import { reportFacts } from './reportFacts.ts';

/** Images of each list of examples, usually and at most. */
const EXAMPLES = 12;
const MOST_EXAMPLES = 100;

const examples: FormatOption = {
  name: 'examples',
  title: phrase('Number of examples'),
  detail: phrase('Of wrong, right and least sure answers each (default 12; 0 = none)'),
  value: 'N',
};

/** One page to read, print and hand on. */
export const htmlFormat: FileFormat = {
  id: 'html',
  kind: 'file',
  extension: 'html',
  title: phrase('Report (HTML)'),
  detail: phrase('One page to read, print and hand on: figures, examples with pictures, how it was made'),
  options: [examples],
  wants: { looks: true },
  async *write(source, options, context) {
    yield* htmlReport(await reportFor(source, options, context), context);
  },
};

/** The same as text. */
export const markdownFormat: FileFormat = {
  id: 'markdown',
  kind: 'file',
  extension: 'md',
  title: phrase('Report (Markdown)'),
  detail: phrase('The same as text, without pictures'),
  options: [examples],
  wants: { looks: true },
  async *write(source, options, context) {
    yield* markdownReport(await reportFor(source, options, context), context.language);
  },
};

async function reportFor(source: ExportSource, options: FormatOptions, { filter, version }: ExportContext) {
  const facts = await reportFacts(source, examplesOf(options));
  const { run } = source;
  // A filter without a condition is none. What was exported before may be a part of its run.
  const isFiltered = Object.values(filter ?? {}).some((one) => one !== undefined);
  const isPart = isFiltered || (run.figures?.measuredOn.images ?? facts.images) !== facts.images;
  return reportOf({ run, facts, filter: isFiltered ? filter : undefined, isPart, version });
}

function examplesOf({ examples: asked }: FormatOptions): number {
  if (typeof asked !== 'string' || asked.trim() === '') return EXAMPLES;
  const count = Number(asked);
  if (Number.isInteger(count) && count >= 0 && count <= MOST_EXAMPLES) return count;
  throw invalidArgument(
    phrase('The number of examples must be a whole number from 0 to {0}, not "{1}".', MOST_EXAMPLES, asked),
  );
}
