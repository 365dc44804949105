import path from 'node:path';
import * as z from 'zod';
import type { AlignmentComparison } from '../../core/evidence/comparison.ts';
import { SIGNIFICANCE } from '../../core/metrics/significance.ts';
import { unitsText } from '../../core/metrics/units.ts';
import { phrase, say } from '../../core/text/text.ts';
import { figureOutput, measuredFigure, measuredNotes, notesOf } from '../agentFigures.ts';
import { alignmentOf, folderInput, imagesOf } from '../agentInput.ts';
import { compareAlignments } from '../compareAlignments.ts';
import { tool } from '../tool.ts';

const USUAL_IMAGES = 20;
const MOST_IMAGES = 200;
const SHOWN_LABELS = 50;

const two = z.tuple([z.number(), z.number()]);

export const compareAlignmentsTool = tool({
  name: 'compare_alignments',
  title: phrase('Compare Alignments'),
  description:
    'Compares two alignment documents on the images of one folder: accuracy of both where labels are known, an exact paired test (McNemar) of whether the difference is more than chance, recall of each label, and the images that they answer differently. Use it before you say that one alignment is better. Runs backbones on images that they have not seen; each image is judged alone (no settling).',
  changes: 'nothing',
  long: true,
  input: z.object({
    ...folderInput,
    first: z.string().min(1).describe('Alignment document (*.semap.json).'),
    second: z.string().min(1).describe('The one to compare it with.'),
    images: z
      .number()
      .int()
      .min(0)
      .max(MOST_IMAGES)
      .optional()
      .describe('Images with different answers to name. Default: 20.'),
  }),
  output: z.object({
    accuracies: z.tuple([figureOutput.nullable(), figureOutput.nullable()]).describe('First and second.'),
    images: z.number().int().describe('Images that both have answers for.'),
    judged: z.number().int().describe('Of them, those whose label both know.'),
    onlyRight: two.describe('Images that only the first, or only the second, has right.'),
    p: z.number().nullable().describe('McNemar, exact, two-sided. Null: nothing is judged.'),
    better: z
      .enum(['first', 'second', 'neither', 'unknown'])
      .describe('neither: chance explains the difference (p >= 0.05). unknown: no image has a known label.'),
    recalls: z
      .array(z.object({ label: z.string(), images: z.number().int(), right: two }))
      .describe('Right answers of both for each label; the labels that differ most.'),
    changed: z.number().int().describe('Images that are answered differently.'),
    changedImages: z.array(
      z.object({
        image: z.string(),
        first: z.string().nullable(),
        second: z.string().nullable(),
        truth: z.string().nullable(),
      }),
    ),
    leavesOut: measuredNotes,
  }),
  doing: ({ folder }) => phrase('Comparing alignments on {0}', path.basename(folder)),
  use: async ({ first, second, images: shown = USUAL_IMAGES, ...where }, session) => {
    const images = await imagesOf(where, session);
    const [a, b] = [await alignmentOf(first, session), await alignmentOf(second, session)];
    const sideOf = ({ alignment }: typeof a) => ({
      alignment,
      backbone: alignment.backbone.path ?? alignment.backbone.name,
    });
    const result = await compareAlignments(images, [sideOf(a), sideOf(b)], session);
    const { figures, judged, units, onlyRight, p } = result;
    const nameOf = (side: 0 | 1, target: number) => [a, b][side].alignment.targets[target]?.label ?? null;
    return {
      accuracies: figures.map(({ accuracy, measuredOn, units: independent }) =>
        measuredFigure(accuracy, measuredOn, measuredOn.measured, independent),
      ) as [z.output<typeof figureOutput> | null, z.output<typeof figureOutput> | null],
      images: result.images,
      judged,
      onlyRight: [...onlyRight] as [number, number],
      p: p === null ? null : Number(p.toPrecision(3)),
      better: betterOf(result),
      recalls: result.recalls
        .toSorted((x, y) => Math.abs(y.right[1] - y.right[0]) - Math.abs(x.right[1] - x.right[0]))
        .slice(0, SHOWN_LABELS)
        .map(({ label, images: count, right }) => ({
          label,
          images: count,
          right: [...right] as [number, number],
        })),
      changed: result.changed,
      changedImages: result.changedImages.slice(0, shown).map(({ path: file, predicted, truths }) => ({
        image: session.places.shown(file),
        first: nameOf(0, predicted[0]),
        second: nameOf(1, predicted[1]),
        // A label of the second alone is known, too.
        truth: nameOf(0, truths[0]) ?? nameOf(1, truths[1]),
      })),
      leavesOut: [
        ...notesOf(figures[0].measuredOn, images.folders),
        ...unitsText(judged, units).map((text) => say(text)),
      ],
    };
  },
});

function betterOf({ p, onlyRight }: AlignmentComparison): 'first' | 'second' | 'neither' | 'unknown' {
  if (p === null) return 'unknown';
  if (p >= SIGNIFICANCE) return 'neither';
  return onlyRight[0] > onlyRight[1] ? 'first' : 'second';
}
