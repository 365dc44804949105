import path from 'node:path';
import * as z from 'zod';
import { OWN_ROW, trainedRows } from '../../core/reuse/trainedRows.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { TrainingRecord } from '../../core/runs/trainingRecord.ts';
import { MOST_EPOCHS, promptKinds, trainMappings } from '../../core/runs/trainingSettings.ts';
import { phrase, say } from '../../core/text/text.ts';
import { figureOutput, measuredNotes, notesOf, reuseFigure, rounded } from '../agentFigures.ts';
import { alignmentOf, backboneInput, backboneOf, folderInput, imagesOf, seedInput } from '../agentInput.ts';
import { openOutput, runLink } from '../agentRuns.ts';
import { withNewRun } from '../newRun.ts';
import { newOrResumed } from '../resumedRun.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';
import { trainPrompt } from '../trainPrompt.ts';

const USUAL_MINUTES = 10;
const MOST_MINUTES = 24 * 60;

export const trainPromptTool = tool({
  name: 'train_prompt',
  title: phrase('Train Prompt'),
  description:
    'Trains a visual prompt (added pixels) for a frozen backbone from labeled images of a folder, and compares it on the same images with zero-shot, learned mappings and a linear probe, which are often as good and far cheaper: read the verdict. Takes minutes to hours; only when the person wants it. It is a run that survives cancel: give its name as resume. Labels of agents are not used.',
  changes: 'runs',
  long: true,
  input: z.object({
    folder: folderInput.folder.optional().describe('Folder with labeled images. Needed unless resume.'),
    layout: folderInput.layout,
    split: folderInput.split,
    ...backboneInput,
    alignment: z
      .string()
      .min(1)
      .optional()
      .describe('Alignment document to start from. Default: one by meaning, of the class folders.'),
    prompt: z
      .enum(promptKinds)
      .optional()
      .describe(
        'watermark (default), padding (a frame), low-rank (few numbers), mask, or none (mapping only).',
      ),
    mapping: z
      .enum(trainMappings)
      .optional()
      .describe('How scores are made. Default: linear-probe, trained with the prompt.'),
    epochs: z.number().int().min(1).max(MOST_EPOCHS).optional().describe('At most. Default: 20.'),
    minutes: z
      .number()
      .positive()
      .max(MOST_MINUTES)
      .optional()
      .describe('Ends after the epoch in which they are used up. Default: 10.'),
    seed: seedInput,
    test: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with other images of the same labels, used once, at the end.'),
    resume: z.string().min(1).optional().describe('A training to go on with, by the name of its run.'),
  }),
  output: z.object({
    run: z.string(),
    status: z.string().describe('done, stopped, or paused: give the run as resume to go on.'),
    verdict: z.string().optional(),
    remark: z.string().optional(),
    ways: z
      .array(z.object({ name: z.string(), accuracy: figureOutput.nullable(), isThis: z.boolean() }))
      .describe('The training and what it is compared with, on the same images.'),
    epochs: z.number().int().describe('That were done.'),
    trainImages: z.number().int(),
    validationImages: z.number().int().describe('They chose the epoch, which favors the prompt a little.'),
    alignment: z.string().optional().describe('Applies prompt and mapping: classify_images takes it.'),
    leavesOut: measuredNotes,
    skipped: z.number().int(),
    minutes: z.number().describe('That it took.'),
    ended: z.string().optional(),
    open: openOutput,
  }),
  doing: ({ folder, resume }) =>
    folder === undefined
      ? phrase('Continuing the training {0}', resume ?? '')
      : phrase('Training a prompt on {0}', path.basename(folder)),
  consent: ({ folder, resume, minutes = USUAL_MINUTES }) =>
    folder === undefined
      ? phrase('Continue the training {0}?', resume ?? '')
      : phrase('Train a visual prompt on {0} for about {1} minutes?', path.basename(folder), minutes),
  use: async (input, session) => {
    const asked = await newOrResumed(input, session);
    if ('runFolder' in asked)
      return told(await trainPrompt({ resume: asked.runFolder }, session), asked.runFolder, session);
    const images = await imagesOf({ ...input, ...asked }, session);
    const alignment =
      input.alignment === undefined ? undefined : (await alignmentOf(input.alignment, session)).alignment;
    const testFolder =
      input.test === undefined ? undefined : await session.places.folder(input.test, session.signal);
    const backbone =
      alignment && input.backbone === undefined
        ? (alignment.backbone.path ?? alignment.backbone.name)
        : await backboneOf(input, session);
    const settings = {
      prompt: { kind: input.prompt ?? 'watermark' },
      mapping: input.mapping,
      epochs: input.epochs,
      budgetMinutes: input.minutes ?? USUAL_MINUTES,
      seed: input.seed,
    };
    return withNewRun('train', images, session, async (runFolder) => {
      const params = { ...images, testFolder, backbone, alignment, settings, runFolder };
      return told(await trainPrompt(params, session), runFolder, session);
    });
  },
});

async function told(record: TrainingRecord, runFolder: string, session: AgentSession) {
  const { places } = session;
  const { baselines, verdict, remark, ended, problem, measuredOn, best } = record;
  // A run of the session lies where no other tool may read.
  const alignment =
    best && (await places.readable(path.join(runFolder, RUN_FILES.alignment)).catch(() => undefined));
  const failed = problem && say(problem.message);
  const ending = ended ? say(ended) : failed;
  return {
    run: path.basename(runFolder),
    status: record.status,
    ...(verdict && { verdict: say(verdict) }),
    ...(remark && { remark: say(remark) }),
    ways: trainedRows(baselines, record).map(({ id, name, figure }) => ({
      name: say(name),
      accuracy: reuseFigure(figure),
      isThis: id === OWN_ROW,
    })),
    epochs: record.epoch,
    trainImages: record.trainImages,
    validationImages: record.validationImages,
    ...(alignment !== undefined && { alignment: places.shown(alignment) }),
    leavesOut: notesOf(measuredOn, record.params.folders),
    skipped: record.skipped.length,
    minutes: rounded(record.seconds / 60, 1),
    ...(ending !== undefined && { ended: ending }),
    ...runLink(runFolder, session),
  };
}
