import path from 'node:path';
import { layOut } from '../capabilities/layOut.ts';
import { proposeImages } from '../capabilities/proposeImages.ts';
import { imageCount } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import { alignmentOption } from './alignmentArguments.ts';
import { askedAlignment } from './askedAlignment.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { backboneOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { ProgressBar } from './progressBar.ts';
import { sessionOf } from './session.ts';
import { truthsOf, truthsOption } from './settleArguments.ts';
import { printable } from './terminal.ts';

const DEFAULT_COUNT = 5;

export const labelCommand: Command = {
  name: 'label',
  usage: 'label FOLDER (--labels LIST | --alignment FILE) [--truths FILE] --propose N [--random] [--json]',
  summary: 'Say which images to label next: those whose labels teach most.',
  text: 'Settles the images of a folder with the labels that are known, and names those to ask about: label them in a CSV with the header file_name,label, and give it as --truths, here and to semap classify. Best in rounds: five at a time up to twenty labels, then ten. With --random the images are drawn by chance: what they are tells the accuracy to expect, if the table has a column "asked" that says "random" for them. Without --labels and --alignment, the class folders are the labels.',
  options: {
    propose: { value: 'N', text: `Number of images to name (default ${DEFAULT_COUNT}).` },
    random: { text: 'Images drawn by chance, to measure and not to learn.' },
    ...truthsOption,
    ...alignmentOption,
    ...folderOptions,
    ...methodOptions,
    ...backboneOption,
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap label photos/ --labels cat,dog,bird --propose 5', 'The first images to label.'],
    [
      'semap label photos/ -a photos.semap.json --truths known.csv --propose 10 --json',
      'The next ones, for a program: { "images": [paths relative to photos/] }.',
    ],
    [
      'semap label photos/ -a photos.semap.json --propose 20 --random',
      'Images whose labels tell the accuracy to expect.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const [given, ...others] = args.positionals;
    if (given === undefined) {
      throw new UsageError('No folder.', 'For example: semap label photos/ --labels cat,dog --propose 5');
    }
    if (others.length > 0) throw new UsageError('semap label takes one folder.');
    const count = args.whole('propose', 1) ?? DEFAULT_COUNT;
    const folder = path.resolve(given);
    const answering = await askedAlignment(args);
    const truths = truthsOf(args);
    const askedFor = await askedFolders(args);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const images = await layOut(askedFor, session);
      const about = { ...images, ...(await answering.of(images, engine, terminal, signal)) };
      const asked = { ...about, folder, truths, count, random: args.flag('random') };
      const bar = new ProgressBar(terminal, false);
      const proposed = await proposeImages(asked, session, (progress) => bar.show(progress)).finally(() =>
        bar.clear(),
      );
      terminal.result(args.flag('json'), { images: proposed }, () => {
        if (proposed.length === 0) return 'All images have a label.\n';
        const lines = proposed.map((image) => `${printable(image)}\n`).join('');
        return proposed.length < count
          ? `${lines}Only ${say(imageCount(proposed.length))} without a label.\n`
          : lines;
      });
      return EXIT.done;
    });
  },
};
