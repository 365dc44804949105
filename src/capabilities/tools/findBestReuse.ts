import path from 'node:path';
import * as z from 'zod';
import { invalidArgument } from '../../core/errors.ts';
import type { FindPoint, FindRecord } from '../../core/find/findRecord.ts';
import { differenceText, isWorthALook, pointName, pointNames } from '../../core/find/foundTexts.ts';
import { phrase, say } from '../../core/text/text.ts';
import {
  figureOutput,
  measuredNotes,
  notesOf,
  reuseFigure,
  rounded,
  roundedOrNull,
} from '../agentFigures.ts';
import { backbonesOf, folderInput, imagesOf, labelsInput, seedInput } from '../agentInput.ts';
import { openOutput, runLink } from '../agentRuns.ts';
import { findReuse, resumeSearch, USUAL_BUDGET } from '../findReuse.ts';
import { withNewRun } from '../newRun.ts';
import { newOrResumed } from '../resumedRun.ts';
import type { AgentSession } from '../session.ts';
import { tool } from '../tool.ts';

/** Minutes that an agent may take of its own accord. */
const UNASKED_MINUTES = 10;
const MOST_MINUTES = 24 * 60;
const SHOWN_WAYS = 20;
const MOST_BACKBONES = 50;

const foundWay = z.object({
  id: z.string().describe('For keep_reuse.'),
  name: z.string(),
  accuracy: figureOutput.nullable(),
  labels: z.number().int().describe('Labeled images that it learns from.'),
  secondsToLearn: z.number().nullable(),
  imagesPerSecond: z.number().nullable(),
  megabytes: z.number(),
  problem: z.string().optional(),
});

export const findBestReuseTool = tool({
  name: 'find_best_reuse',
  title: phrase('Find Best Reuse'),
  description:
    'Searches for the best way to reuse the installed backbones for a folder: backbones, pairs, mappings, heads and visual prompts, cheap ones first, within a budget of minutes. Reports accuracy on held-out images against labels, time, speed and size, and recommends one; without labels all of it is an estimate. It is a run that survives cancel: give its name as resume. Then keep_reuse writes a way as an alignment. For the plain question which backbone suits, rank_backbones is faster.',
  changes: 'runs',
  long: true,
  input: z.object({
    folder: folderInput.folder.optional().describe('Folder with images. Needed unless resume.'),
    layout: folderInput.layout,
    split: folderInput.split,
    ...labelsInput,
    backbones: z
      .array(z.string().min(1))
      .min(1)
      .max(MOST_BACKBONES)
      .optional()
      .describe('Names or ONNX files. Default: all installed ones.'),
    minutes: z
      .number()
      .positive()
      .max(MOST_MINUTES)
      .optional()
      .describe('Time budget. Default: 5. More than 10 only with personAsked.'),
    personAsked: z.boolean().optional().describe('The person asked for more than 10 minutes.'),
    prompts: z.boolean().optional().describe('Also train visual prompts, which take longest. Default: true.'),
    seed: seedInput,
    resume: z
      .string()
      .min(1)
      .optional()
      .describe('A search to go on with, by the name of its run. Of one that is over, what it found.'),
  }),
  output: z.object({
    run: z.string().describe('For resume and keep_reuse.'),
    status: z.string().describe('done, stopped, or paused: give the run as resume to go on.'),
    verdict: z.array(z.string()),
    recommended: z.string().optional().describe('Id of a way.'),
    ways: z.array(foundWay).describe('Those worth a choice, best first.'),
    differences: z.array(z.string()).describe('How ways compare on the same images.'),
    tried: z.number().int(),
    heldOut: z.number().int().describe('Images that neither taught nor chose; 0: figures are corrected.'),
    leavesOut: measuredNotes,
    skipped: z.number().int(),
    minutes: z.number().describe('That it took.'),
    ended: z.string().optional(),
    open: openOutput,
  }),
  doing: ({ folder, resume }) =>
    folder === undefined
      ? phrase('Continuing the search {0}', resume ?? '')
      : phrase('Finding the best reuse for {0}', path.basename(folder)),
  consent: ({ folder, resume, minutes = USUAL_BUDGET }) =>
    folder === undefined
      ? phrase('Continue the search {0}?', resume ?? '')
      : phrase('Search for up to {0} minutes for the best reuse for {1}?', minutes, path.basename(folder)),
  use: async (input, session) => {
    const { personAsked = false, ...settings } = input;
    const { minutes = USUAL_BUDGET } = settings;
    const asked = await newOrResumed(settings, session);
    if ('runFolder' in asked)
      return told(await resumeSearch(asked.runFolder, session), asked.runFolder, session);
    if (minutes > UNASKED_MINUTES && !personAsked) {
      throw invalidArgument(
        phrase('More than {0} minutes only where the person asked for it.', UNASKED_MINUTES),
        { hint: phrase('Ask, and set personAsked.') },
      );
    }
    const images = await imagesOf({ ...input, ...asked }, session);
    const backbones = input.backbones && (await backbonesOf(input.backbones, session));
    return withNewRun('find', images, session, async (runFolder) => {
      const record = await findReuse(
        {
          ...images,
          labels: input.labels,
          backbones,
          budgetMinutes: minutes,
          seed: input.seed,
          ...(input.prompts === false && { withoutPrompts: true as const }),
          runFolder,
        },
        session,
      );
      return told(record, runFolder, session);
    });
  },
});

function told(record: FindRecord, runFolder: string, session: AgentSession) {
  const { points, recommended, differences, measuredOn, parts, skipped, ended, problem } = record;
  const named = pointNames(points);
  const failed = problem && say(problem.message);
  return {
    run: path.basename(runFolder),
    status: record.status,
    verdict: [...record.verdict.map((text) => say(text)), ...(failed ? [failed] : [])],
    ...(recommended !== undefined && { recommended }),
    ways: points
      .filter((point) => isWorthALook(point, recommended))
      .slice(0, SHOWN_WAYS)
      .map(wayOf),
    differences: differences.slice(0, SHOWN_WAYS).flatMap((one) => {
      const [of, than] = [named.get(one.of), named.get(one.than)];
      return of && than ? [`${say(of)}: ${say(differenceText(one, than))}`] : [];
    }),
    tried: record.tried,
    heldOut: parts.heldOut,
    leavesOut: notesOf(measuredOn, record.params.folders),
    skipped: skipped.length,
    minutes: rounded(record.seconds / 60, 1),
    ...(ended && { ended: say(ended) }),
    ...runLink(runFolder, session),
  };
}

function wayOf(point: FindPoint): z.output<typeof foundWay> {
  const { id, figure, cost, problem } = point;
  return {
    id,
    name: say(pointName(point)),
    accuracy: reuseFigure(figure),
    labels: cost.labels,
    secondsToLearn: roundedOrNull(cost.seconds, 1),
    imagesPerSecond: roundedOrNull(cost.imagesPerSecond, 1),
    megabytes: rounded(cost.bytes / 1e6, 1),
    ...(problem && { problem: say(problem.message) }),
  };
}
