import path from 'node:path';
import * as z from 'zod';
import type { CautionSettings } from '../../core/caution/cautiousAnswers.ts';
import { asksForCaution } from '../../core/caution/settings.ts';
import { cancelled, invalidArgument } from '../../core/errors.ts';
import { LOOKED_AT_UNASKED, lookCounts } from '../../core/likeness/looks.ts';
import { percent } from '../../core/text/numbers.ts';
import { phrase, say } from '../../core/text/text.ts';
import {
  figureOutput,
  measuredFigure,
  measuredNotes,
  notesOf,
  rounded,
  roundedOrNull,
} from '../agentFigures.ts';
import { folderInput, imagesOf } from '../agentInput.ts';
import { answerOutput, openOutput, runLink } from '../agentRuns.ts';
import { answeringInput, answeringOf } from '../answering.ts';
import { type Answered, answersOf } from '../answers.ts';
import { classifiedCautions } from '../classifiedCautions.ts';
import { type Classified, classifyImages } from '../classifyImages.ts';
import { imageLooks, type LooksByPath } from '../imageLooks.ts';
import { keepClassified } from '../keepClassified.ts';
import type { AgentSession, Places } from '../session.ts';
import { tool } from '../tool.ts';

/** Entries of lists that an answer has at most; all are counted, and read_results has the images. */
const SHOWN_LABELS = 50;
const SHOWN_FILES = 5;
const USUAL_EXAMPLES = 10;

const output = z.object({
  run: z.string().describe('Names the result for read_results and export_results.'),
  open: openOutput,
  images: z.number().int(),
  accuracy: figureOutput.nullable().describe('Null: no image has a known label that taught nothing.'),
  balancedAccuracy: z.number().nullable().describe('The mean of the labels.'),
  accuracyBeforeSettling: z.number().nullable(),
  expectedAccuracy: z
    .object({ value: z.number(), low: z.number(), high: z.number() })
    .nullable()
    .describe('Estimated without labels, before settling. Given only where nothing was measured.'),
  leftOut: measuredNotes,
  labels: z
    .array(
      z.object({
        label: z.string(),
        answers: z.number().int().describe('Images that got it.'),
        known: z.number().int().describe('Images that are known to be of it.'),
        recall: z.number().nullable(),
        precision: z.number().nullable(),
      }),
    )
    .describe('The most frequent first.'),
  labelCount: z.number().int(),
  withoutLabel: z.number().int().describe('Images with none of the labels, not sure, or with a common kind.'),
  settled: z
    .object({
      applied: z.boolean().describe('Whether the images decided together.'),
      changed: z.number().int().describe('Answers that it changed.'),
      learnedFrom: z
        .number()
        .int()
        .describe('Labels in labels.semap.csv that it learned from, of persons and of agents.'),
      fromRandomLabels: z
        .string()
        .optional()
        .describe('Accuracy that labels of randomly drawn images tell for all, with its 95% interval.'),
    })
    .nullable(),
  cautions: z
    .array(z.string())
    .describe(
      'What the results page warns a person of: labels that hardly work, too little evidence, what is promised. Pass it on.',
    ),
  looks: z
    .object({
      nearDuplicates: z.number().int(),
      odd: z.number().int().describe('Unlike all others.'),
      blank: z.number().int(),
      tiny: z.number().int(),
    })
    .nullable()
    .describe(
      'Images that are something whatever their label; export_results can leave them out. Null: not looked at.',
    ),
  doubtfulLabels: z
    .array(z.object({ image: z.string(), given: z.string(), looksLike: z.string() }))
    .describe('Labels in labels.semap.csv that everything else contradicts.'),
  leastSure: z.array(answerOutput).describe('The images with the least sure answers.'),
  unreadable: z.array(z.object({ file: z.string(), why: z.string() })),
  unreadableCount: z.number().int(),
  seconds: z.number(),
});

export const classifyImagesTool = tool({
  name: 'classify_images',
  title: phrase('Classify Images'),
  description:
    'Classifies all images of a folder with a pretrained backbone: by an alignment document, by labels that you name, or by the labels of its class folders, which then also measure the accuracy. Then settles the images together, so that images that look alike get like answers, and learns from labels that persons and agents gave (give_labels). Keeps the result as a run; read_results reads single images, export_results writes them out. Outputs are cached: the same images with other labels take moments. Does not train a backbone and changes no image.',
  changes: 'runs',
  long: true,
  input: z.object({
    ...folderInput,
    ...answeringInput,
    settle: z
      .enum(['auto', 'always', 'never'])
      .optional()
      .describe('Whether the images decide together. Default: auto, where they say enough about each other.'),
    balanced: z
      .boolean()
      .optional()
      .describe('Promises about as many images of each label. Makes results worse where that is not so.'),
    truths: z
      .string()
      .min(1)
      .optional()
      .describe('CSV (file_name,label) of known labels, instead of labels.semap.csv in the folder.'),
    none: z
      .number()
      .gt(0)
      .lt(1)
      .optional()
      .describe('Answer "none of these" so that at most this share of images gets a wrong label.'),
    threshold: z.number().gt(0).max(1).optional().describe('Answer "not sure" below this confidence.'),
    rollUp: z
      .boolean()
      .optional()
      .describe(
        'Where labels cannot be told apart, answer with what they have in common: mammal for dog or horse.',
      ),
    examples: z
      .number()
      .int()
      .min(0)
      .max(50)
      .optional()
      .describe(`How many of the least sure answers to tell. Default: ${USUAL_EXAMPLES}.`),
  }),
  output,
  doing: ({ folder }) => phrase('Classifying {0}', path.basename(folder)),
  consent: ({ folder }) =>
    phrase('Classify the images of {0}? This may take minutes. The result is kept as a run.', folder),
  use: async (input, session) => {
    const time = new Date().toISOString();
    if (input.balanced && input.settle === 'never')
      throw invalidArgument(
        phrase('The promise of balanced labels is used where images are settled: leave out {0}.', 'settle'),
      );
    const images = await imagesOf(input, session);
    const truths = input.truths === undefined ? undefined : await session.places.readable(input.truths);
    const { file, ...answering } = await answeringOf(input, images, session);
    const { settle, balanced = false } = input;
    const caution = cautionOf(input);
    const classified = await classifyImages(
      {
        about: { ...images, ...answering },
        asked: { mode: settle ?? (balanced ? 'always' : 'auto'), balanced, truths },
        caution: asksForCaution(caution) ? caution : undefined,
      },
      session,
    );
    if (classified.run.cancelled) throw cancelled();
    const looks =
      classified.result.images <= LOOKED_AT_UNASKED ? await imageLooks(classified.about, session) : undefined;
    const run = await session.newRun('classify', images);
    await keepClassified(run, await withBackbonePath(classified, session), { time, alignmentFile: file });
    return {
      run: path.basename(run),
      ...runLink(run, session),
      ...told(classified, input.examples ?? USUAL_EXAMPLES, session.places),
      looks: looks ? looksOf(looks) : null,
    };
  },
});

/** A record names the file of a backbone, so that it says the same where another has the name by then. */
async function withBackbonePath(
  classified: Classified,
  { engine, signal }: AgentSession,
): Promise<Classified> {
  const { about } = classified;
  const installed = await engine.call('listBackbones', {}, { signal });
  const backbone = installed.find(({ name }) => name === about.backbone)?.path ?? about.backbone;
  return { ...classified, about: { ...about, backbone } };
}

function cautionOf({
  none,
  threshold,
  rollUp,
}: {
  readonly none?: number | undefined;
  readonly threshold?: number | undefined;
  readonly rollUp?: boolean | undefined;
}): CautionSettings {
  return {
    none: none === undefined ? undefined : { errorRate: none },
    thresholds: threshold === undefined ? undefined : { all: threshold },
    rollUp,
  };
}

function looksOf(looks: LooksByPath): z.output<typeof output>['looks'] {
  const { alike, ...others } = lookCounts(looks.values());
  return { nearDuplicates: alike, ...others };
}

function told(
  classified: Classified,
  examples: number,
  places: Places,
): Omit<z.output<typeof output>, 'run' | 'open' | 'looks'> {
  const { about, result, predictions, together } = classified;
  const names = about.alignment.targets.map(({ label }) => label);
  const answers = answersOf(predictions, names, together);
  const counts = new Map<string, number>();
  let withoutLabel = 0;
  for (const { said, given } of answers) {
    if (given === null || said.said !== undefined || said.label === '') withoutLabel++;
    else counts.set(given ?? said.label, (counts.get(given ?? said.label) ?? 0) + 1);
  }
  const labels = result.perClass.map(({ label, images, recall, precision }) => ({
    label,
    answers: counts.get(label) ?? 0,
    known: images,
    recall: roundedOrNull(recall),
    precision: roundedOrNull(precision),
  }));
  const { expectedAccuracy: estimate, measuredOn } = result;
  const unread = result.skipped.map(({ path: file, reason }) => ({
    file: places.shown(file),
    why: say(reason),
  }));
  return {
    images: result.images,
    accuracy: measuredFigure(result.accuracy, measuredOn),
    balancedAccuracy: roundedOrNull(result.balancedAccuracy),
    accuracyBeforeSettling: together?.settled ? roundedOrNull(together.plainFigures.accuracy) : null,
    expectedAccuracy:
      estimate && measuredOn.measured === 0
        ? {
            value: rounded(estimate.accuracy),
            low: rounded(estimate.low),
            high: rounded(estimate.high),
          }
        : null,
    leftOut: notesOf(measuredOn, about.folders),
    labels: labels.toSorted((a, b) => b.answers - a.answers).slice(0, SHOWN_LABELS),
    labelCount: labels.length,
    withoutLabel,
    settled: together
      ? {
          applied: together.settled,
          changed: together.changed,
          learnedFrom: together.learned,
          ...(together.expected && { fromRandomLabels: expectedWords(together.expected) }),
        }
      : null,
    cautions: classifiedCautions(classified).map((text) => say(text)),
    doubtfulLabels: (together?.doubtful ?? []).slice(0, examples).map(({ image, given, answer }) => ({
      image: places.shown(together?.paths?.[image] ?? ''),
      given: names[given],
      looksLike: names[answer],
    })),
    leastSure: answers
      .filter(({ given }) => given === undefined)
      .toSorted((a, b) => a.said.confidence - b.said.confidence)
      .slice(0, examples)
      .map((one) => shownAnswer(one, places)),
    unreadable: unread.slice(0, SHOWN_FILES),
    unreadableCount: unread.length,
    seconds: rounded(result.seconds, 1),
  };
}

function expectedWords({ right, of, low, high }: { right: number; of: number; low: number; high: number }) {
  return `${percent(right / of)} (${percent(low)} to ${percent(high)}) on ${of} images`;
}

function shownAnswer({ path: file, said, plain, truth }: Answered, places: Places) {
  return {
    image: places.shown(file),
    label: said.label,
    confidence: rounded(said.confidence),
    ...(truth !== undefined && { truth }),
    ...(plain && { before: plain.label }),
  };
}
