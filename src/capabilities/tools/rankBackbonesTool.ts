import path from 'node:path';
import * as z from 'zod';
import type { RankingRow } from '../../core/ranking/ranking.ts';
import type { RankResult } from '../../core/runs/rankingRecord.ts';
import { phrase, say } from '../../core/text/text.ts';
import {
  type Figure,
  figureOutput,
  measuredFigure,
  measuredNotes,
  notesOf,
  rounded,
  roundedOrNull,
} from '../agentFigures.ts';
import { backbonesOf, folderInput, imagesOf, labelsInput, seedInput } from '../agentInput.ts';
import { rankBackbones } from '../rankBackbones.ts';
import { tool } from '../tool.ts';

const MOST_BACKBONES = 50;
const MOST_PER_CLASS = 1000;

const rankedBackbone = z.object({
  name: z.string(),
  accuracy: figureOutput
    .nullable()
    .describe('Zero-shot, on images whose label is known; without labels an estimate. Null: nothing tells.'),
  leep: z.number().nullable(),
  logMe: z.number().nullable(),
  hScore: z.number().nullable(),
  labelSimilarity: z
    .number()
    .nullable()
    .describe('Of your labels to their nearest source labels; 1: all are there.'),
  imagesPerSecond: z.number().nullable(),
  megabytes: z.number().nullable(),
  problem: z.string().optional().describe('Why it cannot be used.'),
});

export const rankBackbonesTool = tool({
  name: 'rank_backbones',
  title: phrase('Rank Backbones'),
  description:
    'Finds out which installed backbone suits a folder of images, by running a sample of them: zero-shot accuracy and transferability scores where labels are known (class folders, tables, labels of people), an estimate without. Use it before align_labels when several backbones are installed. Learns nothing; find_best_reuse also tries learned mappings, heads and prompts.',
  changes: 'nothing',
  long: true,
  input: z.object({
    ...folderInput,
    ...labelsInput,
    backbones: z
      .array(z.string().min(1))
      .min(1)
      .max(MOST_BACKBONES)
      .optional()
      .describe('Names or ONNX files. Default: all installed ones.'),
    imagesPerLabel: z
      .number()
      .int()
      .min(1)
      .max(MOST_PER_CLASS)
      .optional()
      .describe('Images of each label to look at. Default: 20, then 100.'),
    seed: seedInput.describe('Which images are drawn. Default: 0.'),
  }),
  output: z.object({
    headline: z.string(),
    best: z.array(z.string()).describe('Backbones that the images do not tell apart from the best.'),
    backbones: z.array(rankedBackbone).describe('Best first.'),
    reasons: z.array(z.string()),
    limits: z.array(z.string()).describe('What this ranking does not say.'),
    joinable: z
      .array(z.string())
      .optional()
      .describe('Two that may be better together: align_labels with both.'),
    leavesOut: measuredNotes,
    images: z.number().int().describe('Images in the folder.'),
    skipped: z.number().int(),
    cancelled: z.boolean(),
  }),
  doing: ({ folder }) => phrase('Ranking backbones on {0}', path.basename(folder)),
  use: async ({ labels, backbones, imagesPerLabel, seed, ...where }, session) => {
    const images = await imagesOf(where, session);
    const named = backbones && (await backbonesOf(backbones, session));
    const result = await rankBackbones(
      {
        ...images,
        labels,
        backbones: named,
        seed,
        ...(imagesPerLabel !== undefined && { imagesPerClass: [imagesPerLabel, imagesPerLabel] }),
      },
      session,
    );
    const { verdict, measuredOn, found, skipped, cancelled } = result;
    return {
      headline: say(verdict.headline),
      best: [...verdict.best],
      backbones: result.rows.map((row) => rankedRow(row, result)),
      reasons: verdict.reasons.map((text) => say(text)),
      limits: verdict.limits.map((text) => say(text)),
      ...(verdict.pair && { joinable: verdict.pair.map(({ name }) => name) }),
      leavesOut: notesOf(measuredOn, images.folders),
      images: found,
      skipped: skipped.length,
      cancelled,
    };
  },
});

function rankedRow(row: RankingRow, result: RankResult): z.output<typeof rankedBackbone> {
  const { name, facts, scores, problem } = row;
  return {
    name,
    accuracy: accuracyOf(row, result),
    leep: roundedOrNull(scores?.leep),
    logMe: roundedOrNull(scores?.logMe),
    hScore: roundedOrNull(scores?.hScore),
    labelSimilarity: roundedOrNull(facts?.labelSimilarity.meanBest),
    imagesPerSecond: roundedOrNull(facts?.imagesPerSecond, 1),
    megabytes: facts ? rounded(facts.bytes / 1e6, 1) : null,
    ...(problem && {
      problem: [problem.message, problem.hint].flatMap((text) => (text ? [say(text)] : [])).join(' '),
    }),
  };
}

/** Measured where a label is known, else judged without. */
function accuracyOf({ scores, expected }: RankingRow, { measuredOn }: RankResult): Figure | null {
  if (scores && measuredOn && scores.labelled > 0)
    return measuredFigure(scores.accuracy, measuredOn, scores.labelled, scores.units);
  if (!expected) return null;
  return {
    value: rounded(expected.accuracy),
    low: rounded(expected.low),
    high: rounded(expected.high),
    images: scores?.images ?? 0,
    measuredOn: 'an estimate without labels; the range holds for four of five folders',
  };
}
