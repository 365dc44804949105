import path from 'node:path';
import * as z from 'zod';
import { phrase } from '../../core/text/text.ts';
import { rounded } from '../agentFigures.ts';
import { backboneInput, backboneOf, folderInput, imagesOf } from '../agentInput.ts';
import { suggestLabels } from '../suggestLabels.ts';
import { tool } from '../tool.ts';

/** Source labels that are named of a word that stands for several. */
const SHOWN_KINDS = 5;
const SHOWN_LABELS = 20;
/** Images that are looked at, unless somebody says how many. */
const USUAL_SAMPLE = 200;
const MOST_IMAGES = 5000;

export const suggestLabelsTool = tool({
  name: 'suggest_labels',
  title: phrase('Suggest Labels'),
  description:
    'Looks at a sample of the images of a folder without labels and tells what a backbone takes them for; related source labels are joined under one word (breeds under dog). Use it to learn what is in a folder, then let the person choose the labels. It knows only what the backbone was trained for, and labels no image.',
  changes: 'nothing',
  long: true,
  input: z.object({
    ...folderInput,
    ...backboneInput,
    images: z.number().int().min(1).max(MOST_IMAGES).optional().describe('Images to look at. Default: 200.'),
  }),
  output: z.object({
    lookedAt: z.number().int(),
    images: z.number().int().describe('Images in the folder.'),
    labels: z.array(
      z.object({
        label: z.string(),
        images: z.number().int().describe('Of the images looked at, those that look most like it.'),
        share: z.number(),
        proposed: z.boolean().describe('At least 2% of the images look like it.'),
        sources: z.array(z.string()).describe('Source labels that it stands for, if several.'),
      }),
    ),
    labelCount: z.number().int(),
    skipped: z.number().int().describe('Images of the sample that could not be read.'),
  }),
  doing: ({ folder }) => phrase('Looking at images of {0}', path.basename(folder)),
  use: async (input, session) => {
    const images = await imagesOf(input, session);
    const backbone = await backboneOf(input, session);
    const found = await suggestLabels({ ...images, backbone, images: input.images ?? USUAL_SAMPLE }, session);
    return {
      lookedAt: found.images,
      images: found.found,
      labels: found.labels.slice(0, SHOWN_LABELS).map(({ label, images: alike, proposed, kinds }) => ({
        label,
        images: alike,
        share: rounded(found.images === 0 ? 0 : alike / found.images),
        proposed,
        sources: kinds.slice(0, SHOWN_KINDS).map((kind) => kind.label),
      })),
      labelCount: found.labels.length,
      skipped: found.skipped.length,
    };
  },
});
