import path from 'node:path';
import * as z from 'zod';
import { goesWithoutSaying, isSameLayout } from '../../core/folders/layout.ts';
import { layoutText } from '../../core/folders/layoutText.ts';
import { passedOverWords } from '../../core/images/imageFiles.ts';
import { phrase, say } from '../../core/text/text.ts';
import { folderInput, imagesOf } from '../agentInput.ts';
import { tool } from '../tool.ts';

/** Labels that an answer lists; all are counted. */
const SHOWN_LABELS = 100;
const SHOWN_FILES = 5;

export const describeFolder = tool({
  name: 'describe_folder',
  title: phrase('Describe Folder of Images'),
  description:
    'Describes a folder of images without opening any: how many there are, how it is laid out (class folders, splits, tables, or no labels at all), which labels it has, and what in it cannot be read. Use it first on a folder you do not know. Does not look at the images; suggest_labels does.',
  changes: 'nothing',
  input: z.object(folderInput),
  output: z.object({
    folder: z.string(),
    images: z.number().int(),
    endings: z.record(z.string(), z.number().int()).describe('Images by file ending.'),
    layout: z.string(),
    otherLayouts: z.array(z.string()).describe('Other ways to read it, if the layout is wrong.'),
    splits: z.record(z.string(), z.number().int()).describe('Images of each split; empty without splits.'),
    labels: z
      .array(z.object({ label: z.string(), images: z.number().int() }))
      .describe('Labels that class folders, names or a table give. Empty: images without labels.'),
    labelCount: z.number().int(),
    first: z.array(z.string()).describe('The first images.'),
    unreadable: z.array(z.string()),
    unreadableCount: z.number().int(),
    passedOver: z.string().optional().describe('Other files, which are not read.'),
  }),
  doing: ({ folder }) => phrase('Looking through {0}', path.basename(folder)),
  use: async (input, session) => {
    const { engine, signal, places } = session;
    const images = await imagesOf(input, session);
    const [folder] = images.folders;
    const layout = images.layouts?.[0] ?? undefined;
    const table = layout?.kind === 'table' ? path.resolve(folder, layout.table.file) : undefined;
    const [found] = await engine.call(
      'recogniseLayouts',
      { folders: [folder], counted: true, ...(table !== undefined && { table }) },
      { signal },
    );
    const survey = await engine.call('surveyImages', images, { signal });
    const asked = { folder, layout, split: images.split, counted: true };
    const classes = survey.images > 0 ? await engine.call('listClasses', asked, { signal }) : [];
    const labels = classes.map(({ label, images: count = 0 }) => ({ label, images: count }));
    // An agent may ask for another way than the likeliest.
    const ways = [found, ...found.alternatives];
    const chosen = layout && ways.find((way) => isSameLayout(way.layout, layout));
    const read = chosen ?? { ...found, layout: layout ?? found.layout, classes: labels.length };
    return {
      folder: places.shown(folder),
      images: survey.images,
      endings: Object.fromEntries(survey.endings),
      layout: say(layoutText(read)),
      otherLayouts: ways
        .filter((way) => way !== read && (!goesWithoutSaying(way) || way.layout.kind !== read.layout.kind))
        .map((other) => say(layoutText(other))),
      splits: Object.fromEntries(found.splits.map(({ split, images: count = 0 }) => [split, count])),
      labels: labels.slice(0, SHOWN_LABELS),
      labelCount: labels.length,
      first: survey.first.slice(0, SHOWN_FILES).map((file) => places.shown(file)),
      unreadable: survey.unreadable.map((file) => places.shown(file)),
      unreadableCount: survey.unreadableCount,
      ...(survey.passedOver && { passedOver: say(passedOverWords(survey.passedOver)) }),
    };
  },
});
