import path from 'node:path';
import { importLabels } from '../capabilities/importLabels.ts';
import type { ImportPlan } from '../core/imports/importPlan.ts';
import { imageCount } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { plural, say } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { mustBeFolder } from '../files/folders.ts';
import type { LabelFile } from '../protocol/truths.ts';
import { alignmentOption } from './alignmentArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { commonOptions } from './options.ts';
import { printable, type Terminal, table } from './terminal.ts';

const SHOWN = 5;
const MOST_LABELS = 30;

export const importLabelsCommand: Command = {
  name: 'labels import',
  usage: 'labels import FILE FOLDER [--alignment FILE] [--replace] [--dry-run] [--json]',
  summary: 'Take over labels of images from Label Studio, COCO, CVAT, FiftyOne, Hugging Face or a table.',
  text: 'Reads labels that people gave in another program and writes them into labels.semap.csv of FOLDER, as if they were given here. FILE is an export of Label Studio (JSON, JSON-MIN or CSV), COCO annotations, "CVAT for images 1.1", labels.json of FiftyOne, metadata.csv, .jsonl or .parquet of Hugging Face, another table (CSV, JSON Lines, Parquet), or what SeMap exported. SeMap recognizes it by its content. Images are found by the end of their paths. Labels that you gave in SeMap stay where the file says something else, unless you say --replace. What models predicted is not imported.',
  options: {
    'image-column': {
      value: 'NAME',
      text: 'Column of a table that names the images (default: the likeliest).',
    },
    'label-column': { value: 'NAME', text: 'Column with the labels (default: the likeliest).' },
    replace: { text: 'Where an image has another label here, take that of the file.' },
    'dry-run': { text: 'Say what would be done, and do nothing.' },
    ...alignmentOption,
    ...commonOptions,
  },
  examples: [
    ['semap labels import project-1.json photos/ --dry-run', 'What would an export of Label Studio add?'],
    [
      'semap labels import instances.json photos/',
      'COCO annotations, where all of an image are of one category.',
    ],
    [
      'semap labels import list.csv photos/ --image-column file --label-column species -a birds.semap.json',
      'From a table, and say which labels are none of the alignment.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const [file, given, ...others] = args.positionals;
    if (file === undefined || given === undefined || others.length > 0)
      throw new UsageError(
        'semap labels import takes a file and a folder.',
        'For example: semap labels import project-1.json photos/',
      );
    const folder = path.resolve(given);
    await mustBeFolder(folder);
    const alignment = args.text('alignment');
    const targets = alignment === undefined ? undefined : (await readAlignment(alignment)).targets;
    const columns = { image: args.text('image-column'), label: args.text('label-column') };
    return withEngine(setup, async (engine) => {
      const isDry = args.flag('dry-run');
      const { read, plan, table, journal } = await importLabels(
        {
          file: path.resolve(file),
          folder,
          columns,
          targets: targets?.map(({ label }) => label),
          replace: args.flag('replace'),
          isDry,
        },
        { engine, signal },
      );
      const { givens: _, names: __, numbers: ___, ...about } = read;
      const { changes: ____, ...counts } = plan;
      const result = {
        file: path.resolve(file),
        folder,
        table,
        dryRun: isDry,
        ...(journal && { journal }),
        ...about,
        ...counts,
      };
      terminal.result(args.flag('json'), result, () =>
        [
          report(read, counts, isDry, terminal),
          journal ? `To undo: semap undo ${printable(shellWord(journal))}\n` : '',
        ].join(''),
      );
      return EXIT.done;
    });
  },
};

function report(
  read: LabelFile,
  { added, changed, same, kept, conflicts }: Omit<ImportPlan, 'changes'>,
  isDry: boolean,
  terminal: Terminal,
): string {
  const { format, columns, labels, unknown, missing, ambiguous, several, unlabelled, answered } = read;
  const lines: string[] = [];
  const tell = (line: string) => lines.push(`${line}\n`);
  const some = (one: string, many: string, { count, first }: LabelFile['missing']) => {
    if (count > 0)
      tell(
        `${say(plural(count, one, many))}: ${first.slice(0, SHOWN).map(printable).join(', ')}${count > SHOWN ? ', ...' : ''}`,
      );
  };
  tell(
    `Read as ${format}${columns ? `: images in "${printable(columns.image)}", labels in "${printable(columns.label)}"` : ''}.`,
  );
  tell(`${isDry ? 'Would add' : 'Added'} ${count(added)}.`);
  if (changed > 0) tell(`${isDry ? 'Would change' : 'Changed'} ${count(changed)}.`);
  if (same > 0) tell(`${say(imageCount(same))} had the same label.`);
  if (kept > 0)
    tell(
      `${say(imageCount(kept))} kept another label that was given here; --replace takes that of the file.`,
    );
  for (const { name, here, imported } of conflicts.slice(0, SHOWN))
    tell(`  ${printable(name)}: ${shown(here)} here, ${shown(imported)} in the file`);
  if (labels.length > 0) {
    const columnsOfLabels = [{ title: 'images', right: true as const }, { title: 'label' }];
    const rows = labels.slice(0, MOST_LABELS).map(([label, images]) => [String(images), label]);
    lines.push(table(columnsOfLabels, rows, terminal.columns));
    if (labels.length > MOST_LABELS)
      tell(`and ${(labels.length - MOST_LABELS).toLocaleString('en')} more labels.`);
  }
  if (unknown.length > 0)
    tell(`Not labels of the alignment: ${unknown.slice(0, MOST_LABELS).map(printable).join(', ')}.`);
  some('{0} image in the file is not in the folder', '{0} images in the file are not in the folder', missing);
  some(
    '{0} image in the file could be several of the folder',
    '{0} images in the file could be several of the folder',
    ambiguous,
  );
  some(
    '{0} image has several labels in the file and got none',
    '{0} images have several labels in the file and got none',
    several,
  );
  if (unlabelled > 0)
    tell(
      say(plural(unlabelled, '{0} image in the file has no label.', '{0} images in the file have no label.')),
    );
  if (answered > 0)
    tell(
      say(
        plural(
          answered,
          '{0} of them has only the answer of a model, which is no label.',
          '{0} of them have only the answer of a model, which is no label.',
        ),
      ),
    );
  return lines.join('');
}

function count(labels: number): string {
  return say(plural(labels, '{0} label', '{0} labels'));
}

function shown(label: string | undefined): string {
  return label === undefined ? 'none of the labels' : `"${printable(label)}"`;
}
