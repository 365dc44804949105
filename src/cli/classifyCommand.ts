import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type AlignmentDocument, withHead } from '../core/alignments/alignment.ts';
import { SemapError } from '../core/errors.ts';
import type { Prediction } from '../core/evidence/imageScorer.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { csvOf } from '../core/text/csv.ts';
import { duration, imageCount, percent, speed } from '../core/text/numbers.ts';
import { phrase, say, textsInEnglish } from '../core/text/text.ts';
import type { ClassifyResult } from '../protocol/classification.ts';
import { align, methodOf, warn } from './alignCommand.ts';
import { readAlignment, readHeadFile } from './alignmentFile.ts';
import { backboneRef, DEFAULT_BACKBONE, sidecarOf } from './backboneArguments.ts';
import {
  cautionInJson,
  cautionLines,
  cautionOf,
  cautionOptions,
  mustSuit,
  SaidAnswers,
} from './cautionArguments.ts';
import { type Command, EXIT } from './command.ts';
import { UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { measuredNotes, passedOverLine, skippedLines } from './notRead.ts';
import { backboneOption, commonOptions, methodOptions, sidecarOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { ProgressBar } from './progressBar.ts';
import { checkFolders, namesOf, targetsOf } from './targetArguments.ts';
import { printable, type Terminal, table } from './terminal.ts';

const natural = new Intl.Collator('en', { numeric: true });
const SHOWN_SKIPPED = 10;

export const classifyCommand: Command = {
  name: 'classify',
  usage: 'classify FOLDER... [--backbone FILE|NAME] [--alignment FILE | --method NAME] [--json]',
  summary: 'Classify images zero-shot, and measure accuracy where class folders name the labels.',
  text: 'Runs every image of the folders through a backbone and an alignment. If the first folder below FOLDER matches a target label, that label is the truth, and accuracy is measured. Without --alignment, the class folders or the labels of --labels are aligned first. Outputs are cached: the same images with another method take moments, and an interrupted run resumes where it stopped.',
  options: {
    alignment: { short: 'a', value: 'FILE', text: 'An alignment document, as written by semap align --out.' },
    prompt: {
      value: 'FILE|RUN',
      text: 'A visual prompt to apply to every image: a prompt.safetensors, or the folder of a training run (with its mapping).',
    },
    head: {
      value: 'FILE',
      text: 'A head that decides instead of the mapping: the NAME.head.safetensors that semap learn wrote. An alignment that names its head needs no --head.',
    },
    ...methodOptions,
    ...backboneOption,
    'prior-matching': {
      text: 'Assume that the folders hold about as many images of each label, and shift the scores accordingly.',
    },
    ...cautionOptions,
    csv: {
      value: 'FILE',
      text: 'Also write the predictions as CSV for spreadsheets. An apostrophe precedes text that would start a formula, and invisible characters are spelled out. --json has every name as it is.',
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
      'semap classify photos/ --none 0.05 --roll-up',
      'At most 5% wrong labels: "none of these", or a common kind, where an answer is not sure.',
    ],
    [
      'semap classify photos/ --prompt .semap/runs/2026-01-31T10-00-00-train-signs',
      'With the prompt and mapping of a training run.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    if (args.positionals.length === 0) {
      throw new UsageError('No folder to classify.', 'For example: semap classify photos/');
    }
    const prompt = await promptOf(args.text('prompt'));
    if (prompt?.alignment !== undefined && args.has('alignment')) {
      throw new UsageError('--alignment cannot be used with a run as --prompt, which has its own alignment.');
    }
    const file = prompt?.alignment ?? args.text('alignment');
    if (file !== undefined) {
      const unused = Object.keys(methodOptions).find((name) => args.has(name));
      if (unused) throw new UsageError(`--${unused} cannot be used with --alignment, which already sets it.`);
    }
    const folders = args.positionals.map((folder) => path.resolve(folder));
    const settings = methodOf(args);
    const sidecar = sidecarOf(args);
    const caution = await cautionOf(args);
    const csv = args.text('csv');
    checkOutput('csv', csv);
    await checkFolders(folders);
    const names = await namesOf(args);
    const headFile = args.text('head');
    const head = headFile === undefined ? undefined : await readHeadFile(headFile);
    const given = file === undefined ? undefined : await readAlignment(file);
    return withEngine(setup, async (engine) => {
      const chosen = args.text('backbone');
      const backbone = chosen
        ? backboneRef(chosen)
        : (given?.backbone.path ?? given?.backbone.name ?? DEFAULT_BACKBONE);
      const ofBackbone = { backbone, sidecar };
      // Loads while labels are aligned; what is wrong with it is told by the call that needs it.
      engine.call('loadBackbone', ofBackbone).catch(() => {});
      const makeAlignment = async () => {
        const targets = await targetsOf(names, folders, engine, terminal);
        return align(engine, { args, targets, settings, sidecar }, signal);
      };
      const aligned = given ?? (await makeAlignment());
      const headed = head ? withHead(aligned, head) : aligned;
      const alignment = prompt?.file === undefined ? headed : { ...headed, prompt: prompt.file };
      warn(alignment, terminal);
      const labels = alignment.targets.map(({ label }) => label);
      if (caution) mustSuit(caution, labels);
      let predictions: Prediction[] = [];
      const known = alignment.targets.filter(({ sources }) => alignment.head || sources.length > 0);
      const decides = known.length > 1;
      const bar = new ProgressBar(terminal, decides);
      const run = await engine
        .callAgain(
          'classify',
          { folders, alignment, ...ofBackbone },
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
      const matched =
        args.flag('prior-matching') && !run.cancelled
          ? await engine.call(
              'rescore',
              { folders, alignment, ...ofBackbone, priorMatching: true },
              { signal },
            )
          : undefined;
      if (matched) predictions = [...matched.predictions];
      const { predictions: _, sources: __, ...judged } = matched ?? { ...run, predictions, sources: [] };
      const { skipped, passedOver, seconds } = run;
      const notRead = { skipped, passedOver };
      const result: ClassifyResult = { ...judged, ...notRead, seconds };
      predictions.sort((a, b) => natural.compare(a.path, b.path) || (a.path < b.path ? -1 : 1));
      const cautious =
        caution && !run.cancelled
          ? await engine.call(
              'settle',
              { folders, alignment, ...ofBackbone, mode: 'never', caution },
              { signal },
            )
          : undefined;
      const said = cautious?.cautious && new SaidAnswers(cautious.cautious, cautious.paths ?? []);
      if (csv !== undefined) await writeCsv(csv, predictions, labels, said);
      terminal.out(
        args.flag('json')
          ? json(result, predictions, labels, said)
          : report(result, alignment, terminal, said),
      );
      if (result.cancelled) return EXIT.cancelled;
      return result.images === 0 ? EXIT.failed : EXIT.done;
    });
  },
};

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

function json(
  result: ClassifyResult,
  predictions: readonly Prediction[],
  labels: readonly string[],
  said: SaidAnswers | undefined,
): string {
  const { images, skipped, passedOver, accuracy, measuredOn, balancedAccuracy, perClass, ...rest } = result;
  const shown = predictions.map(({ path: file, target, confidence, truth }) => ({
    path: file,
    ...(said?.of(file, labels[target] ?? '', confidence) ?? { label: labels[target] ?? '', confidence }),
    truth: labels[truth],
  }));
  const ordered = {
    images,
    skipped,
    passedOver,
    accuracy,
    measuredOn,
    balancedAccuracy,
    perClass,
    caution: said && cautionInJson(said.cautious, labels),
    predictions: shown,
    ...rest,
  };
  return `${JSON.stringify(ordered, textsInEnglish, 2)}\n`;
}

async function writeCsv(
  file: string,
  predictions: readonly Prediction[],
  labels: readonly string[],
  said: SaidAnswers | undefined,
): Promise<void> {
  const rows = predictions.map(({ path: image, target, confidence, truth }) => [
    image,
    said?.of(image, labels[target] ?? '', confidence).label ?? labels[target] ?? '',
    confidence.toFixed(6),
    labels[truth] ?? '',
  ]);
  await writeOutput('csv', file, csvOf([['path', 'label', 'confidence', 'truth'], ...rows]));
}

function report(
  result: ClassifyResult,
  alignment: AlignmentDocument,
  terminal: Terminal,
  said: SaidAnswers | undefined,
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
    if (result.learnedFrom) {
      lines.push(`Not measured: ${say(imageCount(result.learnedFrom))} that the mapping was learned from.\n`);
    }
  }
  if (result.images > 0) lines.push(measuredNotes(result.measuredOn));
  if (said) lines.push(...cautionLines(said.cautious));
  const rate = result.seconds > 0 ? `, ${say(speed(result.images / result.seconds))}` : '';
  const how = `${alignment.backbone.name}, method ${result.method.name}, ${result.device.provider}`;
  lines.push(
    `${result.cancelled ? 'Canceled after ' : ''}${say(imageCount(result.images))} in ${say(duration(result.seconds))}${rate} (${printable(how)})\n`,
  );
  lines.push(...skippedLines(result.skipped, SHOWN_SKIPPED));
  if (result.passedOver) lines.push(passedOverLine(result.passedOver));
  return lines.join('');
}
