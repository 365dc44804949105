import { formats } from '../core/exports/formats.ts';
import { say } from '../core/text/text.ts';
import type { Command } from './command.ts';
import { type Arguments, type OptionTable, UsageError, written } from './commandLine.ts';
import { classifierOptions, exportOnnx } from './exportClassifier.ts';
import { filterOptions } from './exportOptions.ts';
import { exportRun } from './exportRun.ts';
import { backboneOption, commonOptions } from './options.ts';
import { continueExport } from './undoCommand.ts';

export const exportCommand: Command = {
  name: 'export',
  usage:
    'export SOURCE --as FORMAT --to PATH [filters] [--json] | ALIGNMENT --onnx FILE [--target NAME] [--json]',
  summary: 'Write what was classified in the format of another program, or a classifier as one ONNX file.',
  text: [
    'SOURCE is the folder of a run in .semap/runs or of a merged job, the file that semap classify --json wrote, or - for standard input. Filters keep some of the images: those for which all of them hold. With --onnx, an alignment leaves as a classifier in one file: images in, probabilities of its labels out, which runs without SeMap. The file is run beside SeMap before it is kept.',
    '',
    ...formats.map(({ id, detail }) => `${id}: ${say(detail)}.`),
  ].join('\n'),
  options: {
    as: { value: 'FORMAT', text: `One of ${formats.map(({ id }) => id).join(', ')}.` },
    to: { value: 'PATH', text: 'The file or folder to write. - writes a file to standard output.' },
    continue: {
      value: 'FOLDER|JOURNAL',
      text: 'Go on with an export of images that was interrupted, in place of SOURCE.',
    },
    'dry-run': { text: 'Say what would be written, and write nothing.' },
    ...filterOptions,
    ...optionsOfFormats(),
    ...classifierOptions,
    ...backboneOption,
    alignment: {
      short: 'a',
      value: 'FILE',
      text: 'With xmp: the alignment that was used. Its WordNet senses give the kinds where SOURCE, such as JSON, does not have them.',
    },
    ...commonOptions,
  },
  examples: [
    [
      'semap export .semap/runs/2026-01-31T10-00-00-classify-photos --as csv --to photos.csv',
      'A run of VS Code, for a spreadsheet.',
    ],
    ['semap classify photos/ --json | semap export - --as jsonl --to photos.jsonl', 'In one line.'],
    [
      'semap export result.json --as csv --to sure.csv --at-least 0.9 --label dog --label cat',
      'Only what is surely a dog or a cat.',
    ],
    [
      'semap export result.json --as imagefolder --mode move --to sorted/ --dry-run',
      'What would moving the images into a folder for each label do? semap undo sorted/ brings them back.',
    ],
    [
      'semap export result.json --as xmp -a photos.semap.json --dry-run',
      'How many keywords would be written beside the images?',
    ],
    ['semap export photos.semap.json --onnx photos.onnx', 'The classifier as one file for onnxruntime.'],
    [
      'semap export photos.semap.json --onnx photos.onnx --snippets photos-snippets --triton model_repository',
      'With snippets that use it, and as a model of Triton.',
    ],
    [
      'semap export photos.semap.json --onnx photos.onnx --target other --size 480x640 --threshold 0.5',
      'For images of a camera and any program that reads ONNX 13; -1 for what it is not sure of.',
    ],
  ],
  outlivesReader: (args) => args.text('to') !== '-',
  run: (context) => {
    const { args } = context;
    const isClassifier = args.has('onnx');
    const others = isClassifier
      ? [
          'as',
          'to',
          'continue',
          'dry-run',
          'alignment',
          ...Object.keys({ ...filterOptions, ...optionsOfFormats() }),
        ]
      : Object.keys(classifierOptions);
    refuse(args, others, isClassifier);
    if (isClassifier) return exportOnnx(context);
    const interrupted = args.text('continue');
    if (interrupted === undefined) return exportRun(context);
    refuseBeside(args);
    return continueExport(interrupted, context);
  },
};

function refuse(args: Arguments, names: readonly string[], isClassifier: boolean): void {
  const unused = names.find((name) => args.has(name));
  if (unused === undefined) return;
  const word = isClassifier ? 'cannot be used with' : 'needs';
  throw new UsageError(`${written(unused)} ${word} --onnx.`);
}

/** An export that goes on does what it was asked first: of `--dry-run`, too, nothing would come. @throws {UsageError} */
function refuseBeside(args: Arguments): void {
  const unused = Object.keys(exportCommand.options).find(
    (name) => name !== 'continue' && !Object.hasOwn(commonOptions, name) && args.has(name),
  );
  if (unused === undefined && args.positionals.length === 0) return;
  const what = unused === undefined ? 'a source' : written(unused);
  throw new UsageError(`--continue uses what its export was asked; ${what} cannot be given.`);
}

/** What single formats ask, in the words of the form of VS Code, with their names behind it. */
function optionsOfFormats(): OptionTable {
  const table: Record<string, OptionTable[string]> = {};
  for (const { options = [] } of formats) {
    for (const { name, title, detail, value, choices } of options) {
      if (Object.hasOwn(table, name)) continue;
      const asked = formats.filter((one) => one.options?.some((option) => option.name === name));
      const shown = value ?? choices?.map((choice) => choice.id).join('|');
      const ids = asked.map(({ id }) => id).join(', ');
      table[name] = {
        ...(shown && { value: shown }),
        text: `${say(title)}. ${say(detail)}. With --as ${ids}.`,
      };
    }
  }
  return table;
}
