import path from 'node:path';
import { layOut } from '../capabilities/layOut.ts';
import { DOCUMENT_ENDING, headBeside, learnHead, measuredOn } from '../capabilities/learnHead.ts';
import type { HeadRecord } from '../core/alignments/alignment.ts';
import { learnedHeads } from '../core/heads/learnHead.ts';
import { percent } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import { alignmentOption } from './alignmentArguments.ts';
import { writeAlignment } from './alignmentFile.ts';
import { askedAlignment } from './askedAlignment.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { backboneOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { ProgressBar } from './progressBar.ts';
import { sessionOf } from './session.ts';
import { truthsOf, truthsOption } from './settleArguments.ts';
import { printable } from './terminal.ts';

export const learnCommand: Command = {
  name: 'learn',
  usage:
    'learn FOLDER... (--alignment FILE | --labels LIST) [--truths FILE] [--kind NAME] --out FILE.semap.json [--json]',
  summary: 'Learn a classifier from a folder and its labels, and keep it.',
  text: 'Learns a head from the images of the folders and the labels that are known for them: those that people gave (labels.semap.csv, or --truths), and class folders. Writes it as an alignment with the head beside it, NAME.head.safetensors, for new images: semap classify --alignment FILE.semap.json. The accuracy that is reported is measured on images that it did not learn from.',
  options: {
    ...alignmentOption,
    ...truthsOption,
    kind: {
      value: 'NAME',
      text: 'mixture (default): the groups that the images of the folder form, added to the alignment; works without labels, too. linear-probe: a layer on features, for two or more labeled images of each label. prototypes: for fewer.',
    },
    'per-label': {
      value: 'N',
      text: 'Learn from at most N images of each class folder (default 20). At least a quarter of them is kept for validation. Labels that people gave are all learned from.',
    },
    balanced: { text: 'With --kind mixture: the folders hold about as many images of each label.' },
    out: { short: 'o', value: 'FILE', text: 'The alignment document to write: NAME.semap.json.' },
    ...folderOptions,
    ...methodOptions,
    ...backboneOption,
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    [
      'semap learn photos/ -a photos.semap.json --out mine.semap.json',
      'From the labels that people gave in photos/, with all its images.',
    ],
    [
      'semap learn photos/ --labels cat,dog --truths labels.csv --kind linear-probe -o pets.semap.json',
      'From a table of labels.',
    ],
    ['semap classify new/ --alignment mine.semap.json', 'Classifies other images with it.'],
  ],
  async run({ args, setup, terminal, signal }) {
    if (args.positionals.length === 0) {
      throw new UsageError(
        'No folder to learn from.',
        'For example: semap learn photos/ -a photos.semap.json --out mine.semap.json',
      );
    }
    const out = args.text('out');
    if (out === undefined || !DOCUMENT_ENDING.test(out))
      throw new UsageError('--out needs a file to write that ends with .semap.json.');
    const head = headBeside(out);
    checkOutput('out', out);
    checkOutput('out', head);
    const kind = args.oneOf('kind', learnedHeads) ?? 'mixture';
    const balanced = args.flag('balanced');
    if (balanced && kind !== 'mixture') throw new UsageError('--balanced goes with --kind mixture.');
    const perLabel = args.whole('per-label', 1);
    const truths = truthsOf(args);
    const answering = await askedAlignment(args, { warns: false });
    const askedFor = await askedFolders(args);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const from = await layOut(askedFor, session);
      const about = { ...from, ...(await answering.of(from, engine, terminal, signal)) };
      const asked = { ...about, kind, balanced, perLabel, truths };
      const bar = new ProgressBar(terminal, false);
      const learned = await learnHead(asked, path.resolve(head), session, (progress) =>
        bar.show(progress),
      ).finally(() => bar.clear());
      await writeOutput('out', head, learned.bytes);
      await writeAlignment(out, learned.document);
      const { images, found, validation, splits } = learned.head.learned;
      terminal.result(
        args.flag('json'),
        { alignment: out, head, kind: learned.head.kind, images, found, validation, splits },
        () => `${report(learned.head)}Wrote ${printable(out)}\n`,
      );
      return EXIT.done;
    });
  },
};

function report({ kind, learned }: HeadRecord): string {
  const { images, found = 0, validation } = learned;
  const worth =
    validation.accuracy === null
      ? 'no images are left to measure it by'
      : `accuracy ${percent(validation.accuracy)} on ${say(plural(validation.images, '{0} image', '{0} images'))} ${measuredOn(learned)}`;
  return `Learned ${kind} from ${say(plural(images, '{0} labeled image', '{0} labeled images'))}${learned.splits ? ` of the split ${learned.splits.learned},` : ''} of ${found.toLocaleString('en')}: ${worth}.\n`;
}
