import path from 'node:path';
import * as z from 'zod';
import { invalidArgument } from '../../core/errors.ts';
import { learnedHeads } from '../../core/heads/learnHead.ts';
import { wilson } from '../../core/metrics/significance.ts';
import { phrase } from '../../core/text/text.ts';
import { figureOutput, rounded } from '../agentFigures.ts';
import { folderInput, imagesOf } from '../agentInput.ts';
import { answeringInput, answeringOf } from '../answering.ts';
import { headBeside, learnHead, measuredOn } from '../learnHead.ts';
import { documentFile, mustBeFree, OUT_TEXT, writeDocument } from '../newDocument.ts';
import { tool } from '../tool.ts';

export const learnHeadTool = tool({
  name: 'learn_head',
  title: phrase('Learn Classifier'),
  description:
    'Learns a classifier (a head over frozen features) from the images of a folder and the labels that are known for them, and writes it as an alignment document with the head beside it, for new images. mixture also learns from images without labels; linear-probe needs two labeled images of each label; prototypes takes fewer. Accuracy is measured on images that it did not learn from, never by labels of agents. Trains no prompt; train_prompt does.',
  changes: 'documents',
  long: true,
  input: z.object({
    ...folderInput,
    ...answeringInput,
    kind: z.enum(learnedHeads).optional().describe('Default: mixture.'),
    perLabel: z
      .number()
      .int()
      .min(1)
      .optional()
      .describe('Images of each class folder to learn from. Default: 20. Given labels are all used.'),
    balanced: z
      .boolean()
      .optional()
      .describe('With mixture: the person promised that labels are about equally frequent.'),
    out: z.string().min(1).describe(OUT_TEXT),
  }),
  output: z.object({
    alignment: z.string(),
    head: z.string().describe('File beside it; keep them together.'),
    kind: z.string(),
    learnedFrom: z.number().int().describe('Labeled images.'),
    images: z.number().int().describe('Images of the folder that took part.'),
    accuracy: figureOutput.nullable().describe('Null: no images are left to measure it by.'),
    open: z.string(),
  }),
  doing: ({ folder }) => phrase('Learning from {0}', path.basename(folder)),
  consent: ({ out }) => phrase('Write the alignment {0}?', out),
  use: async ({ kind = 'mixture', perLabel, balanced = false, out, ...input }, session) => {
    const { places, link } = session;
    if (balanced && kind !== 'mixture')
      throw invalidArgument(phrase('The promise of balanced labels goes with the kind mixture.'));
    const file = await documentFile(out, session);
    const headFile = headBeside(file);
    await mustBeFree(headFile);
    const images = await imagesOf(input, session);
    const { alignment, backbone } = await answeringOf(input, images, session);
    const { document, head, bytes } = await learnHead(
      { ...images, alignment, backbone, kind, balanced, perLabel },
      headFile,
      session,
    );
    await writeDocument(file, document, [{ file: headFile, bytes }]);
    const { images: learnedFrom, found = learnedFrom, validation } = head.learned;
    const { accuracy } = validation;
    const interval = wilson(accuracy ?? 0, Math.max(1, validation.images));
    return {
      alignment: places.shown(file),
      head: path.basename(headFile),
      kind: head.kind,
      learnedFrom,
      images: found,
      accuracy:
        accuracy === null || validation.images === 0
          ? null
          : {
              value: rounded(accuracy),
              low: rounded(interval.low),
              high: rounded(interval.high),
              images: validation.images,
              measuredOn: `images ${measuredOn(head.learned)}`,
            },
      open: link({ kind: 'alignment', file }),
    };
  },
});
