import { answersOf, inOrder } from '../capabilities/answers.ts';
import { classifyImages } from '../capabilities/classifyImages.ts';
import { layOut } from '../capabilities/layOut.ts';
import { classifyEach } from '../capabilities/runImages.ts';
import { answeringCount } from '../core/alignments/answering.ts';
import { answeringOptions, askedAlignment } from './askedAlignment.ts';
import { cautionOf, cautionOptions, mustSuit } from './cautionArguments.ts';
import { report, tellClassified, writeCsv } from './classified.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { backbonesOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { checkOutput } from './outputFiles.ts';
import { ProgressBar } from './progressBar.ts';
import { sessionOf } from './session.ts';
import { settleOptions, settlingOf } from './settleArguments.ts';
import { printable } from './terminal.ts';
import { refuseTogether, WatchedAnswers } from './watchedAnswers.ts';

export const classifyCommand: Command = {
  name: 'classify',
  usage: 'classify FOLDER... [--backbone FILE|NAME] [--alignment FILE | --method NAME] [--json]',
  summary: 'Classify images zero-shot, and measure accuracy where folders or tables name the labels.',
  text: 'Runs every image of the folders through a backbone and an alignment. What the layout of FOLDER says of an image (its class folder, a table, or its file name) is the truth if it matches a target label, and accuracy is measured. Without --alignment, the labels of the layout or of --labels are aligned first. Outputs are cached: the same images with another method take moments, and an interrupted run resumes where it stopped. Then the images are settled together: images that look alike get like answers, where the folder says enough. The plain answer stays beside the settled one.',
  options: {
    ...answeringOptions,
    ...folderOptions,
    ...methodOptions,
    ...backbonesOption,
    ...settleOptions,
    ...cautionOptions,
    watch: {
      text: 'Then wait, and classify what arrives or changes in the folders as soon as it is written completely, until Ctrl+C. Prints a line for each answer (with --json a JSON object per line), and a summary at the end. Every image is judged alone.',
    },
    csv: {
      value: 'FILE',
      text: 'Also write the predictions as CSV for spreadsheets, with the plain answer beside the settled one. An apostrophe precedes text that would start a formula, and invisible characters are spelled out. --json has every name as it is.',
    },
    ...sidecarOptions,
    ...commonOptions,
  },
  examples: [
    ['semap classify photos/', 'Class folders name the labels and the truth. Uses the starter backbone.'],
    ['semap classify photos/ -b mobilenetv2.onnx', 'With your own backbone.'],
    [
      'semap classify photos/ --method semap-1',
      'Another method on the same images, answered from the cache.',
    ],
    ['semap classify unsorted/ --labels cat,dog,bird --csv result.csv', 'Images without class folders.'],
    ['semap classify photos/ -a photos.semap.json --json > result.json', 'An alignment that you edited.'],
    [
      'semap classify photos/ --labels cat,dog,bird --truths known.csv',
      'With labels that you know: all other images profit. semap label names the images to label.',
    ],
    ['semap classify photos/ --settle --balanced', 'About as many images of each label.'],
    [
      'semap classify photos/ --none 0.05 --roll-up',
      'At most 5% wrong labels: "none of these", or a common kind, where an answer is not sure.',
    ],
    [
      'semap classify inbox/ -a photos.semap.json --watch --json',
      'What arrives from now on, too, as JSON Lines.',
    ],
    [
      'semap classify photos/ --prompt .semap/runs/2026-01-31T10-00-00-train-signs',
      'With the prompt and mapping of a training run.',
    ],
  ],
  outlivesReader: (args) => args.has('csv'),
  async run({ argv, args, setup, terminal, signal }) {
    const time = new Date().toISOString();
    if (args.positionals.length === 0) {
      throw new UsageError('No folder to classify.', 'For example: semap classify photos/');
    }
    const answering = await askedAlignment(args);
    const caution = await cautionOf(args);
    const asked = settlingOf(args);
    const watch = args.flag('watch');
    if (watch) refuseTogether(args);
    const csv = args.text('csv');
    checkOutput('csv', csv);
    const askedFor = await askedFolders(args);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const images = await layOut(askedFor, session);
      const { folders } = images;
      const { alignment, ...ofBackbone } = await answering.of(images, engine, terminal, signal);
      const labels = alignment.targets.map(({ label }) => label);
      if (caution) mustSuit(caution, labels);
      const about = { ...images, alignment, ...ofBackbone };
      if (watch) {
        const answers = new WatchedAnswers(terminal, labels, args.flag('json'));
        const result = await classifyEach({ ...about, watch }, session, {
          onProgress: (progress) => answers.show(progress),
          onAgain: (why) => terminal.err(`${printable(why)} Continuing with a new engine.\n`),
        });
        const answered = answersOf(inOrder(answers.predictions), labels, undefined);
        if (csv !== undefined) await writeCsv(csv, answered, undefined);
        if (args.flag('json')) answers.end({ ...result });
        else terminal.out(report(result, { alignment, folders }, terminal, undefined, asked));
        return result.cancelled ? EXIT.cancelled : EXIT.done;
      }
      const bar = new ProgressBar(terminal, answeringCount(alignment) > 1);
      const looks = csv !== undefined || args.flag('json');
      const classified = await classifyImages({ about, asked, caution, looks }, session, {
        onProgress: (progress) => bar.show(progress),
        onAgain: (why) => {
          bar.clear();
          terminal.err(`${printable(why)} Continuing with a new engine.\n`);
        },
      }).finally(() => bar.clear());
      const made = { time, alignment: answering.file, argv };
      return tellClassified(classified, { csv, made, json: args.flag('json') }, terminal);
    });
  },
};
