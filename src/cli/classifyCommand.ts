import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type AlignmentDocument, withHead } from '../core/alignments/alignment.ts';
import { answeringCount } from '../core/alignments/answering.ts';
import { backbonesOf } from '../core/alignments/members.ts';
import { SemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { SplitName } from '../core/folders/layout.ts';
import { LOOKS_COLUMNS, looksInCells, looksInJson } from '../core/likeness/looks.ts';
import type { ContradictedPromise } from '../core/metrics/balance.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { csvOf } from '../core/text/csv.ts';
import { inNaturalOrder } from '../core/text/naturalOrder.ts';
import { duration, imageCount, percent, shareRange, speed } from '../core/text/numbers.ts';
import { phrase, say, textsInEnglish } from '../core/text/text.ts';
import type { ClassifyResult } from '../protocol/classification.ts';
import type { SettleResult } from '../protocol/settling.ts';
import { align, methodOf, warn } from './alignCommand.ts';
import { alignmentOption, backboneFor, refuseMethodOptions } from './alignmentArguments.ts';
import { readAlignment, readHeadFile } from './alignmentFile.ts';
import { sidecarOf } from './backboneArguments.ts';
import {
  cautionInJson,
  cautionLines,
  cautionOf,
  cautionOptions,
  mustSuit,
  SaidAnswers,
  type SaidOf,
} from './cautionArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { imageLooks, type LooksByPath } from './imageLooks.ts';
import { askedFolders, folderOptions, laidOut } from './layoutArguments.ts';
import { measuredNotes, passedOverLine, skippedLines } from './notRead.ts';
import { backbonesOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { ProgressBar } from './progressBar.ts';
import {
  contradictionOf,
  givenLabel,
  type SettleAsked,
  settled,
  settledInJson,
  settledLines,
  settleOptions,
  settlingOf,
  warnOfLabels,
} from './settleArguments.ts';
import { namesOf, targetsOf } from './targetArguments.ts';
import { printable, type Terminal, table } from './terminal.ts';
import { refuseTogether, WatchedAnswers } from './watchedAnswers.ts';

const SHOWN_SKIPPED = 10;
const COLUMNS = ['path', 'label', 'confidence', 'truth', 'plain', 'given'];

export const classifyCommand: Command = {
  name: 'classify',
  usage: 'classify FOLDER... [--backbone FILE|NAME] [--alignment FILE | --method NAME] [--json]',
  summary: 'Classify images zero-shot, and measure accuracy where folders or tables name the labels.',
  text: 'Runs every image of the folders through a backbone and an alignment. What the layout of FOLDER says of an image (its class folder, a table, or its file name) is the truth if it matches a target label, and accuracy is measured. Without --alignment, the labels of the layout or of --labels are aligned first. Outputs are cached: the same images with another method take moments, and an interrupted run resumes where it stopped. Then the images are settled together: images that look alike get like answers, where the folder says enough. The plain answer stays beside the settled one.',
  options: {
    ...alignmentOption,
    prompt: {
      value: 'FILE|RUN',
      text: 'A visual prompt to apply to every image: a prompt.safetensors, or the folder of a training run (with its mapping).',
    },
    head: {
      value: 'FILE',
      text: 'A head that decides instead of the mapping: the NAME.head.safetensors that semap learn wrote. An alignment that names its head needs no --head.',
    },
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
  async run({ argv, args, setup, terminal, signal }) {
    const time = new Date().toISOString();
    if (args.positionals.length === 0) {
      throw new UsageError('No folder to classify.', 'For example: semap classify photos/');
    }
    const prompt = await promptOf(args.text('prompt'));
    if (prompt?.alignment !== undefined && args.has('alignment')) {
      throw new UsageError('--alignment cannot be used with a run as --prompt, which has its own alignment.');
    }
    const file = prompt?.alignment ?? args.text('alignment');
    if (file !== undefined) refuseMethodOptions(args);
    const settings = methodOf(args);
    const sidecar = sidecarOf(args);
    const caution = await cautionOf(args);
    const asked = settlingOf(args);
    const watch = args.flag('watch');
    if (watch) refuseTogether(args);
    const csv = args.text('csv');
    checkOutput('csv', csv);
    const askedFor = await askedFolders(args);
    const names = await namesOf(args);
    const headFile = args.text('head');
    const head = headFile === undefined ? undefined : await readHeadFile(headFile);
    const given = file === undefined ? undefined : await readAlignment(file);
    return withEngine(setup, async (engine) => {
      const images = await laidOut(askedFor, engine, terminal);
      const { folders } = images;
      const ofBackbone = { backbone: backboneFor(args, given), sidecar };
      // Loads while labels are aligned; what is wrong with it is told by the call that needs it.
      engine.call('loadBackbone', ofBackbone).catch(() => {});
      const makeAlignment = async () => {
        const targets = await targetsOf(names, images, engine, terminal);
        return align(engine, { args, images, targets, settings, sidecar }, signal);
      };
      const aligned = given ?? (await makeAlignment());
      const headed = head ? withHead(aligned, head) : aligned;
      const alignment = prompt?.file === undefined ? headed : { ...headed, prompt: prompt.file };
      warn(alignment, terminal);
      const labels = alignment.targets.map(({ label }) => label);
      if (caution) mustSuit(caution, labels);
      const predictions: Prediction[] = [];
      const decides = answeringCount(alignment) > 1;
      const bar = new ProgressBar(terminal, decides);
      const about = { ...images, alignment, ...ofBackbone };
      if (watch) {
        const answers = new WatchedAnswers(terminal, labels, args.flag('json'));
        const result = await engine.callAgain(
          'classify',
          { ...about, watch },
          { signal, onProgress: (progress) => answers.show(progress) },
          (why) => terminal.err(`${printable(why)} Continuing with a new engine.\n`),
        );
        const answered = answersOf(inOrder(answers.predictions), labels, undefined);
        if (csv !== undefined) await writeCsv(csv, answered, undefined);
        if (args.flag('json')) answers.end({ ...result });
        else terminal.out(report(result, { alignment, folders }, terminal, undefined, asked));
        return result.cancelled ? EXIT.cancelled : EXIT.done;
      }
      const run = await engine
        .callAgain(
          'classify',
          about,
          {
            signal,
            onProgress: (progress) => {
              for (const prediction of progress.predictions) predictions.push(prediction);
              bar.show(progress);
            },
          },
          (why) => {
            // What was finished is kept: it comes once more, from the cache.
            predictions.length = 0;
            bar.clear();
            terminal.err(`${printable(why)} Continuing with a new engine.\n`);
          },
        )
        .finally(() => bar.clear());
      const together =
        run.cancelled || run.images === 0
          ? undefined
          : await settled(engine, { ...about, ...asked, caution }, terminal, signal);
      const contradicted = await contradictionOf(engine, together, { ...about, ...asked }, signal);
      if (together) warnOfLabels(together, contradicted, labels, terminal);
      const result = together ? { ...run, ...together.figures } : run;
      const isWritten = (csv !== undefined || args.flag('json')) && !run.cancelled && run.images > 0;
      const looks = isWritten ? await imageLooks(engine, about, signal) : undefined;
      const answered = answersOf(inOrder(predictions), labels, together);
      if (csv !== undefined) await writeCsv(csv, answered, looks);
      terminal.out(
        args.flag('json')
          ? json(result, answered, labels, {
              together,
              contradicted,
              looks,
              folders,
              made: { time, alignment: file, argv },
            })
          : report(result, { alignment, folders }, terminal, together, asked),
      );
      if (result.cancelled) return EXIT.cancelled;
      return result.images === 0 ? EXIT.failed : EXIT.done;
    });
  },
};

function inOrder(predictions: readonly Prediction[]): readonly Prediction[] {
  return predictions.toSorted((a, b) => inNaturalOrder(a.path, b.path));
}

/** A prompt's file, or the alignment of a run, which points to its prompt. */
async function promptOf(
  given: string | undefined,
): Promise<{ readonly file?: string; readonly alignment?: string } | undefined> {
  if (given === undefined) return undefined;
  const state = await stat(given).catch(() => undefined);
  if (!state) throw new SemapError('not-found', phrase('No prompt at {0}.', given));
  return state.isDirectory()
    ? { alignment: path.join(given, RUN_FILES.alignment) }
    : { file: path.resolve(given) };
}

/** An image in the output: what is said of it, and what else was or could be. */
interface Answered {
  readonly path: string;
  readonly said: SaidOf;
  /** What the mapping alone says; undefined where that is the same. */
  readonly plain: { readonly label: string; readonly confidence: number } | undefined;
  /** What a person said, null for none of the labels; undefined for nothing. */
  readonly given: string | null | undefined;
  readonly truth: string | undefined;
  readonly split: SplitName | undefined;
}

function answersOf(
  predictions: readonly Prediction[],
  labels: readonly string[],
  together: SettleResult | undefined,
): readonly Answered[] {
  const { paths = [], cautious } = together ?? {};
  const said = cautious && new SaidAnswers(cautious, paths);
  const places = new Map(paths.map((file, place) => [file, place]));
  const nameOf = (target: number) => labels[target] ?? '';
  return predictions.map(({ path: file, target: alone, confidence: aloneSure, truth, split }) => {
    const place = places.get(file);
    if (!together || place === undefined) {
      const label = nameOf(alone);
      return {
        path: file,
        said: { label, confidence: aloneSure },
        plain: undefined,
        given: undefined,
        truth: labels[truth],
        split,
      };
    }
    const target = together.targets[place];
    const confidence = together.confidences[place];
    const given = givenLabel(together.given[place], labels);
    const answer = { label: nameOf(target), confidence };
    return {
      path: file,
      // What a person said is sure.
      said: given === undefined ? (said?.of(file, answer.label, confidence) ?? answer) : answer,
      plain:
        together.plainTargets[place] === target
          ? undefined
          : { label: nameOf(together.plainTargets[place]), confidence: together.plainConfidences[place] },
      given,
      truth: labels[together.truths[place]],
      split,
    };
  });
}

/** What was asked when, for whoever wants the same again. */
interface MadeBy {
  readonly time: string;
  /** File of the alignment that was given. */
  readonly alignment: string | undefined;
  readonly argv: readonly string[];
}

function json(
  result: ClassifyResult,
  answered: readonly Answered[],
  labels: readonly string[],
  {
    together,
    contradicted,
    looks,
    folders,
    made,
  }: {
    readonly together: SettleResult | undefined;
    readonly contradicted: ContradictedPromise | undefined;
    readonly looks: LooksByPath | undefined;
    readonly folders: readonly string[];
    readonly made: MadeBy;
  },
): string {
  const {
    images,
    skipped,
    passedOver,
    accuracy,
    measuredOn,
    balancedAccuracy,
    perClass,
    perSplit,
    expectedAccuracy,
    ...rest
  } = result;
  const shown = answered.map(({ path: file, said, plain, given, truth, split }) => ({
    path: file,
    ...said,
    ...(plain ? { plain: plain.label, plainConfidence: plain.confidence } : {}),
    given,
    truth,
    split,
    ...looksInJson(looks?.get(file)),
  }));
  const ordered = {
    folders,
    images,
    skipped,
    passedOver,
    accuracy,
    plainAccuracy: together?.plainFigures.accuracy,
    measuredOn,
    balancedAccuracy,
    perClass,
    perSplit,
    expectedAccuracy,
    ...(together ? settledInJson(together, contradicted, labels) : {}),
    caution: together?.cautious && cautionInJson(together.cautious, labels),
    predictions: shown,
    ...rest,
    time: made.time,
    alignment: made.alignment === undefined ? null : path.resolve(made.alignment),
    command: { folder: process.cwd(), words: ['semap', ...made.argv] },
  };
  return `${JSON.stringify(ordered, textsInEnglish, 2)}\n`;
}

async function writeCsv(
  file: string,
  answered: readonly Answered[],
  looks: LooksByPath | undefined,
): Promise<void> {
  const hasSplits = answered.some(({ split }) => split !== undefined);
  const rows = answered.map(({ path: image, said, plain, given, truth, split }) => [
    image,
    said.label,
    said.confidence.toFixed(6),
    truth ?? '',
    plain?.label ?? said.answer ?? said.label,
    // As exports of the results page say it.
    given === null ? 'none of these' : (given ?? ''),
    ...(hasSplits ? [split ?? ''] : []),
    ...looksInCells(looks?.get(image)),
  ]);
  const columns = [...COLUMNS, ...(hasSplits ? ['split'] : []), ...LOOKS_COLUMNS];
  await writeOutput('csv', file, csvOf([columns, ...rows]));
}

function report(
  result: ClassifyResult,
  { alignment, folders }: { readonly alignment: AlignmentDocument; readonly folders: readonly string[] },
  terminal: Terminal,
  together: SettleResult | undefined,
  asked: SettleAsked,
): string {
  const lines: string[] = [];
  if (result.accuracy !== null) {
    const rows = result.perClass.map(({ label, images, precision, recall, f1 }) => [
      String(images),
      percent(recall),
      percent(precision),
      percent(f1),
      label,
    ]);
    const columns = ['images', 'recall', 'precision', 'F1'].map((title) => ({ title, right: true as const }));
    lines.push(table([...columns, { title: 'label' }], rows, terminal.columns));
    const share = say(measuredShare(result.measuredOn));
    lines.push(
      `Accuracy ${percent(result.accuracy)} on ${share}, balanced ${percent(result.balancedAccuracy)}\n`,
    );
    for (const { split, accuracy, balancedAccuracy, measured } of result.perSplit ?? []) {
      if (measured > 0)
        lines.push(
          `  ${split}: ${percent(accuracy)} on ${say(imageCount(measured))}, balanced ${percent(balancedAccuracy)}\n`,
        );
    }
    if (result.learnedFrom) {
      lines.push(`Not measured: ${say(imageCount(result.learnedFrom))} that something was learned from.\n`);
    }
  }
  const { expectedAccuracy, measuredOn } = result;
  if (expectedAccuracy && measuredOn.measured === 0) {
    const when = together ? ' before settling' : '';
    lines.push(`Expected accuracy${when}: ${say(shareRange(expectedAccuracy))}, estimated without labels\n`);
  }
  if (result.images > 0) lines.push(measuredNotes(result.measuredOn, folders));
  if (together)
    lines.push(
      ...settledLines(
        together,
        asked,
        result.perClass.map(({ label }) => label),
      ),
    );
  if (together?.cautious) lines.push(...cautionLines(together.cautious));
  const rate = result.seconds > 0 ? `, ${say(speed(result.images / result.seconds))}` : '';
  const by = result.head ? `head ${result.head.kind}` : `method ${result.method.name}`;
  const how = `${backbonesOf(alignment).name}, ${by}, ${result.device.provider}`;
  lines.push(
    `${result.cancelled ? 'Canceled after ' : ''}${say(imageCount(result.images))} in ${say(duration(result.seconds))}${rate} (${printable(how)})\n`,
  );
  lines.push(...skippedLines(result.skipped, SHOWN_SKIPPED));
  if (result.passedOver) lines.push(passedOverLine(result.passedOver));
  return lines.join('');
}
