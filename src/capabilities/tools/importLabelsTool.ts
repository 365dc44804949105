import path from 'node:path';
import * as z from 'zod';
import { phrase } from '../../core/text/text.ts';
import { alignmentOf } from '../agentInput.ts';
import { importLabels } from '../importLabels.ts';
import { tool } from '../tool.ts';

const SHOWN = 20;

const images = z.object({ count: z.number().int(), first: z.array(z.string()) });

export const importLabelsTool = tool({
  name: 'import_labels',
  title: phrase('Import Labels'),
  description:
    'Takes over labels that people gave in another program into labels.semap.csv of a folder: exports of Label Studio, COCO, CVAT, FiftyOne, Hugging Face metadata, other tables (CSV, JSON Lines, Parquet). The format is recognized by content, images by the end of their paths. With dryRun it only tells what would be added. Labels that a person gave in SeMap stay, unless replace. Answers of models are not imported. Can be undone.',
  changes: 'labels',
  changesBy: ({ dryRun }) => (dryRun ? 'nothing' : 'labels'),
  input: z.object({
    file: z.string().min(1).describe('The file with labels.'),
    folder: z.string().min(1).describe('The folder with the images.'),
    imageColumn: z
      .string()
      .optional()
      .describe('Column of a table that names images. Default: the likeliest.'),
    labelColumn: z.string().optional().describe('Column with the labels. Default: the likeliest.'),
    alignment: z.string().min(1).optional().describe('Tells which labels are none of its targets.'),
    replace: z.boolean().optional().describe('Where an image has another label here, take that of the file.'),
    dryRun: z.boolean().optional().describe('Write nothing.'),
  }),
  output: z.object({
    format: z.string(),
    columns: z.object({ image: z.string(), label: z.string() }).optional(),
    added: z.number().int(),
    changed: z.number().int(),
    same: z.number().int(),
    kept: z.number().int().describe('Images that kept another label, which a person gave here.'),
    conflicts: z
      .array(z.object({ image: z.string(), here: z.string().nullable(), file: z.string().nullable() }))
      .describe('The first of those that were changed or kept; null is none of the labels.'),
    labels: z.record(z.string(), z.number().int()).describe('Labels with images; the most frequent.'),
    unknown: z.array(z.string()).describe('Labels that are none of the alignment.'),
    missing: images.describe('In the file, not in the folder.'),
    ambiguous: images.describe('Could be several images of the folder: not imported.'),
    several: images.describe('Have several labels in the file: not imported.'),
    table: z.string(),
    undo: z.string().optional().describe('To undo it: undo_export with this journal.'),
  }),
  doing: ({ file }) => phrase('Importing labels from {0}', path.basename(file)),
  consent: ({ file, folder, dryRun, replace }) => {
    if (dryRun) return undefined;
    const [from, into] = [path.basename(file), path.basename(folder)];
    return replace
      ? phrase(
          'Import the labels of {0} into {1}, in the place of others that people gave there?',
          from,
          into,
        )
      : phrase('Import the labels of {0} into {1}?', from, into);
  },
  use: async (
    { file, folder, imageColumn, labelColumn, alignment, replace = false, dryRun = false },
    session,
  ) => {
    const { places } = session;
    const whole = await places.folder(folder, session.signal);
    const targets =
      alignment === undefined ? undefined : (await alignmentOf(alignment, session)).alignment.targets;
    const { read, plan, table, journal } = await importLabels(
      {
        file: await places.readable(file),
        folder: whole,
        columns: { image: imageColumn, label: labelColumn },
        targets: targets?.map(({ label }) => label),
        replace,
        isDry: dryRun,
      },
      session,
    );
    const first = ({
      count,
      first: names,
    }: {
      readonly count: number;
      readonly first: readonly string[];
    }) => ({
      count,
      first: names.slice(0, SHOWN),
    });
    const { added, changed, same, kept, conflicts } = plan;
    return {
      format: read.format,
      ...(read.columns && { columns: { image: read.columns.image, label: read.columns.label } }),
      added,
      changed,
      same,
      kept,
      conflicts: conflicts
        .slice(0, SHOWN)
        .map(({ name, here, imported }) => ({ image: name, here: here ?? null, file: imported ?? null })),
      labels: Object.fromEntries(read.labels.slice(0, 100)),
      unknown: read.unknown.slice(0, SHOWN),
      missing: first(read.missing),
      ambiguous: first(read.ambiguous),
      several: first(read.several),
      table: places.shown(table),
      ...(journal && { undo: places.shown(journal) }),
    };
  },
});
