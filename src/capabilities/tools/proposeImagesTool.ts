import path from 'node:path';
import * as z from 'zod';
import { phrase } from '../../core/text/text.ts';
import { folderInput, imagesOf } from '../agentInput.ts';
import { answeringInput, answeringOf } from '../answering.ts';
import { proposeImages } from '../proposeImages.ts';
import { tool } from '../tool.ts';

const USUAL_COUNT = 5;
const MOST_PROPOSED = 100;

export const proposeImagesTool = tool({
  name: 'propose_images',
  title: phrase('Propose Images to Label'),
  description:
    'Names the images of a folder whose labels teach most: those to ask the person about next. Give the answers to give_labels, then classify_images with settling learns from them. Best in rounds: five at a time up to twenty labels, then ten. With random, images are drawn by chance instead. It shows no image; show_images does, with consent.',
  changes: 'nothing',
  long: true,
  input: z.object({
    ...folderInput,
    ...answeringInput,
    count: z.number().int().min(1).max(MOST_PROPOSED).optional().describe('How many. Default: 5.'),
    random: z.boolean().optional().describe('Drawn by chance.'),
  }),
  output: z.object({
    folder: z.string(),
    images: z
      .array(z.string())
      .describe(
        'Relative to the folder, the one that teaches most first. For show_images, put the folder before them.',
      ),
    allLabelled: z.boolean().describe('Fewer than asked for: no other image is without a label.'),
    labels: z.array(z.string()).describe('The labels that they may get; the first 100.'),
  }),
  doing: ({ folder }) => phrase('Choosing images of {0} to label', path.basename(folder)),
  use: async ({ count = USUAL_COUNT, random = false, ...input }, session) => {
    const images = await imagesOf(input, session);
    const [folder] = images.folders;
    const { alignment, backbone } = await answeringOf(input, images, session);
    const proposed = await proposeImages({ ...images, folder, alignment, backbone, count, random }, session);
    return {
      folder: session.places.shown(folder),
      images: [...proposed],
      allLabelled: proposed.length < count,
      labels: alignment.targets.map(({ label }) => label).slice(0, 100),
    };
  },
});
