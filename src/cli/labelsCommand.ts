import path from 'node:path';
import { DEFAULT_BACKBONE } from '../capabilities/alignLabels.ts';
import { suggestLabels } from '../capabilities/suggestLabels.ts';
import { labelList } from '../core/labels/targetLabels.ts';
import { imageCount, percent } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import { mustBeFolder } from '../files/folders.ts';
import type { LabelSuggestions } from '../protocol/alignments.ts';
import { backboneRef, sidecarOf } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { skippedLines, tellSkipped } from './notRead.ts';
import { backboneOption, commonOptions, sidecarOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { sessionOf } from './session.ts';
import { printable, type Terminal, table } from './terminal.ts';

const SHOWN_SKIPPED = 5;

export const labelsCommand: Command = {
  name: 'labels',
  usage: 'labels FOLDER... [--backbone FILE|NAME] [--images N] [--out FILE] [--json]',
  summary: 'Suggest labels for images that have none, from what a backbone makes of them.',
  text: 'Runs a sample of the images through a backbone and lists the source labels that they look most like. Source labels of one kind are listed under the word for it: breeds under dog. Outputs are cached, also for semap classify. Proposed labels are those of at least 2% of the images.',
  options: {
    ...backboneOption,
    images: { value: 'N', text: 'Number of images to look at, spread over the folders (default 200).' },
    out: {
      short: 'o',
      value: 'FILE',
      text: 'Write the proposed labels to FILE, one per line, for --labels.',
    },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap labels unsorted/', 'What is in these images?'],
    [
      'semap labels unsorted/ -o labels.txt',
      'Then edit labels.txt, and: semap classify unsorted/ --labels labels.txt',
    ],
    ['semap labels unsorted/ -b mobilenetv2.onnx --images 500', 'With your own backbone, on more images.'],
  ],
  async run({ args, setup, terminal, signal }) {
    if (args.positionals.length === 0) {
      throw new UsageError('No folder to suggest labels for.', 'For example: semap labels unsorted/');
    }
    const folders = args.positionals.map((folder) => path.resolve(folder));
    const images = args.whole('images', 1);
    const out = args.text('out');
    const backbone = backboneRef(args.text('backbone') ?? DEFAULT_BACKBONE);
    const params = { folders, images, backbone, sidecar: sidecarOf(args) };
    checkOutput('out', out);
    for (const folder of folders) await mustBeFolder(folder);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const result = await suggestLabels(params, session).finally(() => terminal.rewrite(''));
      const proposed = result.labels.filter((label) => label.proposed).map(({ label }) => label);
      if (out !== undefined) await writeOutput('out', out, `${proposed.join('\n')}\n`);
      tellSkipped(result.skipped, terminal);
      terminal.result(args.flag('json'), result, () => report(result, proposed, terminal));
      if (out !== undefined && !args.flag('json')) terminal.out(`\nWrote ${printable(out)}\n`);
      return EXIT.done;
    });
  },
};

function report(
  { labels, images, found, skipped }: LabelSuggestions,
  proposed: readonly string[],
  terminal: Terminal,
): string {
  const rows = labels.map(({ label, images: alike, kinds, proposed: isProposed }) => [
    isProposed ? '*' : '',
    String(alike),
    percent(alike / images),
    label,
    kinds.map((kind) => kind.label).join(', '),
  ]);
  const columns = [
    { title: '' },
    { title: 'images', right: true as const },
    { title: 'share', right: true as const },
    { title: 'label' },
    { title: 'source labels' },
  ];
  return [
    table(columns, rows, terminal.columns),
    `${say(imageCount(images))} of ${found.toLocaleString('en')} looked at. Proposed (*): --labels "${printable(labelList(proposed))}"\n`,
    ...skippedLines(skipped, SHOWN_SKIPPED),
  ].join('');
}
