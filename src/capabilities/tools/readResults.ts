import * as z from 'zod';
import { invalidArgument } from '../../core/errors.ts';
import type { ExportedImage } from '../../core/exports/exportedRun.ts';
import { filtered } from '../../core/exports/exportFilter.ts';
import { followed } from '../../core/exports/followedSource.ts';
import { phrase } from '../../core/text/text.ts';
import { figureOutput, measuredFigure, measuredNotes, notesOf } from '../agentFigures.ts';
import {
  answerOf,
  answerOutput,
  filterInput,
  filterOf,
  openOutput,
  runInput,
  runLink,
  runSource,
} from '../agentRuns.ts';
import { tool } from '../tool.ts';

const USUAL_PAGE = 50;
const LARGEST_PAGE = 200;

export const readResults = tool({
  name: 'read_results',
  title: phrase('Read Results'),
  description:
    'Reads answers for single images of a classification that was kept (classify_images, or classified in VS Code), a page at a time: by label, by confidence, only wrong ones, only those that settling changed. Use it to see what was confused with what, or which images to look at (show_images). Does not classify again.',
  changes: 'nothing',
  input: z.object({
    ...runInput,
    ...filterInput,
    changedBySettling: z.boolean().optional().describe('Only answers that settling changed.'),
    order: z
      .enum(['path', 'least sure', 'most sure'])
      .optional()
      .describe('Default: path, in natural order.'),
    most: z
      .number()
      .int()
      .min(1)
      .max(LARGEST_PAGE)
      .optional()
      .describe(`Images of a page. Default: ${USUAL_PAGE}.`),
    cursor: z.string().optional().describe('Of the page before, with everything else the same.'),
  }),
  output: z.object({
    run: z.string(),
    images: z.number().int().describe('Of the whole run.'),
    matching: z.number().int().describe('That pass the filters.'),
    answers: z.array(answerOutput),
    next: z.string().optional().describe('Cursor of the next page; absent: this was the last one.'),
    accuracy: figureOutput.nullable().describe('Of the whole run. Null: none was measured.'),
    leftOut: measuredNotes,
    open: openOutput,
  }),
  doing: ({ run }) => phrase('Reading the results of {0}', run),
  use: async ({ changedBySettling, order = 'path', most = USUAL_PAGE, cursor = '0', ...input }, session) => {
    const { places, signal } = session;
    if (!/^\d{1,9}$/.test(cursor)) throw invalidArgument(phrase('"{0}" is no cursor of a page.', cursor));
    const from = Number(cursor);
    const { folder, name, source } = await runSource(input.run, session);
    const some = followed(filtered(source, filterOf(input, source)), { signal });
    const page: ExportedImage[] = [];
    const sorted: ExportedImage[] = [];
    let matching = 0;
    for await (const images of some.images()) {
      for (const image of images) {
        if (changedBySettling && !isChanged(image)) continue;
        // Only a page of them is held where they come in order.
        if (order !== 'path') sorted.push(image);
        else if (matching >= from && page.length < most) page.push(image);
        matching++;
      }
    }
    if (order !== 'path') {
      const up = order === 'least sure' ? 1 : -1;
      sorted.sort((a, b) => up * (a.confidence - b.confidence));
      page.push(...sorted.slice(from, from + most));
    }
    const end = from + page.length;
    const { figures, images, folders } = source.run;
    return {
      run: name,
      images,
      matching,
      answers: page.map((image) => answerOf(image, places)),
      ...(end < matching && { next: String(end) }),
      accuracy: figures ? measuredFigure(figures.accuracy, figures.measuredOn) : null,
      leftOut: notesOf(figures?.measuredOn, folders),
      ...runLink(folder, session),
    };
  },
});

function isChanged({ plain, settled }: ExportedImage): boolean {
  return plain !== undefined && settled !== undefined && plain.label !== settled.label;
}
